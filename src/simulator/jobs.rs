//! Commands that take a while: long prints, follows, monitors.

use super::selection::Selection;
use super::service::Service;
use super::values::{put_id, put_number};
use super::world::{Change, Heard};
use crate::routeros::server::Replies;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A command in progress.
pub struct Job {
    /// What its changes are marked with.
    pub mark: u64,
    /// The label of its replies.
    pub tag: Option<Vec<u8>>,
    /// The menu that it reads.
    pub menu: String,
    /// What is left to do.
    pub work: Work,
    /// What the client wants to see; a monitor has its own columns.
    pub selection: Option<Selection>,
}

/// What is left to do for a command.
pub enum Work {
    /// Rows of a print.
    Print(Print),
    /// Nothing by itself: changes are told as they come.
    Follow,
    /// Rates of interfaces.
    Monitor {
        /// Their names, in the order asked.
        interfaces: Vec<Vec<u8>>,
        /// The time between samples; `None` for a single one.
        every: Option<Duration>,
        /// When the next sample is due.
        due: Instant,
        /// Its number.
        section: u64,
    },
}

/// A print in progress.
pub struct Print {
    after: Option<u64>,
    any: bool,
    follows: bool,
    every: Option<Duration>,
    due: Instant,
    section: u64,
}

impl Work {
    /// A print that is over at its end, goes on with what changes, or is repeated.
    pub fn print(follows: bool, every: Option<Duration>) -> Self {
        Self::Print(Print { after: None, any: false, follows, every, due: Instant::now(), section: 0 })
    }

    /// Samples of rates.
    pub fn monitor(interfaces: Vec<Vec<u8>>, every: Option<Duration>) -> Self {
        Self::Monitor { interfaces, every, due: Instant::now(), section: 0 }
    }
}

impl Job {
    /// When it has something to do; never for follows, which wait for changes.
    pub fn due(&self) -> Option<Instant> {
        match &self.work {
            Work::Print(Print { due, .. }) | Work::Monitor { due, .. } => Some(*due),
            Work::Follow => None,
        }
    }

    /// Whether it has something to do now.
    pub fn can_work(&self, now: Instant) -> bool {
        self.due().is_some_and(|due| due <= now)
    }

    /// Appends up to about `limit` bytes; `false` when the command is over.
    pub fn work(&mut self, service: &Service, out: &mut Vec<u8>, limit: usize, now: Instant) -> bool {
        let tag = self.tag.as_deref();
        match &mut self.work {
            Work::Follow => true,
            Work::Monitor { interfaces, every, due, section } => {
                let number = every.is_some().then_some(*section);
                put_rates(service, interfaces, number, &mut Replies::new(out, tag));
                let Some(every) = *every else {
                    Replies::new(out, tag).done();
                    return false;
                };
                *due = (*due + every).max(now);
                *section += 1;
                true
            }
            Work::Print(print) => {
                let (Some(menu), Some(selection)) = (service.world.menu(&self.menu), &mut self.selection)
                else {
                    return false;
                };
                let end = out.len() + limit;
                let section = print.every.is_some().then_some(print.section);
                let mut whole = true;
                menu.source.visit(print.after, &mut |key, cells| {
                    print.any |= selection.write(key, cells, section, &mut Replies::new(out, tag));
                    print.after = Some(key);
                    whole = out.len() < end;
                    whole
                });
                if !whole {
                    return true;
                }
                if let Some(every) = print.every {
                    print.after = None;
                    print.due = (print.due + every).max(now);
                    print.section += 1;
                    return true;
                }
                if print.follows {
                    self.work = Work::Follow;
                    return true;
                }
                let mut replies = Replies::new(out, tag);
                if !print.any && service.ros.says_empty() {
                    replies.empty();
                }
                replies.done();
                false
            }
        }
    }

    /// Tells of a change: the whole row as it is now, or that it is gone.
    pub fn hear(&mut self, service: &Service, change: Change, out: &mut Vec<u8>) {
        let (Some(menu), Some(selection)) = (service.world.menu(&self.menu), &mut self.selection) else {
            return;
        };
        let mut replies = Replies::new(out, self.tag.as_deref());
        match change {
            // If it is gone already, that will be told next.
            Change::Put(key) => menu.source.find(key, &mut |cells| {
                selection.write(key, cells, None, &mut replies);
            }),
            Change::Gone(key) => {
                let mut id = Vec::new();
                put_id(&mut id, key);
                replies.row([(b".id".as_slice(), id.as_slice()), (b".dead", service.ros.dead())]);
            }
        }
    }

    /// Stops hearing of changes.
    pub fn forget(&self, service: &Service, hears: &mpsc::Sender<Heard>) {
        if let Some(feed) = service.world.menu(&self.menu).and_then(|menu| menu.feed.as_ref()) {
            feed.forget(self.mark, hears);
        }
    }
}

fn put_rates(service: &Service, interfaces: &[Vec<u8>], section: Option<u64>, replies: &mut Replies<'_>) {
    for interface in interfaces {
        // An interface that went away meanwhile has no row.
        let Some((received, sent)) = service.world.monitor().and_then(|monitor| monitor.rates(interface))
        else {
            continue;
        };
        let text = |number: u64| {
            let mut out = Vec::new();
            put_number(&mut out, number);
            out
        };
        let values = [
            ("name", interface.clone()),
            ("rx-packets-per-second", text(received / 8 / 320)),
            ("rx-bits-per-second", text(received)),
            ("rx-drops-per-second", text(0)),
            ("rx-errors-per-second", text(0)),
            ("tx-packets-per-second", text(sent / 8 / 1130)),
            ("tx-bits-per-second", text(sent)),
            ("tx-drops-per-second", text(0)),
            ("tx-errors-per-second", text(0)),
        ];
        let section = section.map(|number| (".section", text(number)));
        let values = values.iter().chain(section.as_ref());
        replies.row(values.map(|(name, value)| (name.as_bytes(), value.as_slice())));
    }
}

/// Reads the time between two samples: `2`, `2s`, `500ms` or `00:00:02`, at least 200 ms.
pub fn interval(text: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(text).ok()?;
    let milliseconds = if let Some(number) = text.strip_suffix("ms") {
        number.parse::<u64>().ok()?
    } else if text.contains(':') {
        let parts = text.split(':').map(|part| part.parse::<u64>().ok());
        parts
            .into_iter()
            .try_fold(0, |sum: u64, part| sum.checked_mul(60)?.checked_add(part?))?
            .checked_mul(1000)?
    } else {
        text.strip_suffix('s').unwrap_or(text).parse::<u64>().ok()?.checked_mul(1000)?
    };
    Some(Duration::from_millis(milliseconds.clamp(200, 86_400_000)))
}
