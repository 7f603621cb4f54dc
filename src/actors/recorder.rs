//! Recorders: one a router that is recorded, each on a thread of its own, so that a slow disk holds nobody up.

mod files;

pub use files::Destination;

use super::clock;
use crate::domain::router::RouterName;
use crate::recording::{LinkState, Observed, Pseudonyms, Scribe, TableKey};
use crate::routeros::session::Outcome;
use crate::routeros::{Command, Row};
use files::Files;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Replies that may wait for the disk. One more is left out: the next poll of its table has it all.
const BACKLOG: usize = 256;

/// How often what was recorded is seen to be in the file.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// The longest that the end of a recording may take.
const END_WITHIN: Duration = Duration::from_secs(3);

/// Where a connection tells what the router says. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tap {
    router: RouterName,
    to: SyncSender<(Instant, Seen)>,
}

/// The taps of the routers that are recorded.
pub type Taps = BTreeMap<RouterName, Tap>;

/// What was seen, before its times are counted from the start of a file.
#[derive(Debug)]
enum Seen {
    Print { key: TableKey, rows: Vec<u8>, partial: bool, asked: Instant },
    Changes { key: TableKey, rows: Vec<u8> },
    Link(LinkState),
}

/// One print or one `listen` that is listened in on.
#[derive(Debug)]
pub(super) struct Tapped {
    tap: Tap,
    key: TableKey,
    rows: Vec<u8>,
    asked: Instant,
}

impl Tap {
    /// Listens in on a print that is about to be sent.
    pub(super) fn print(&self, command: &Command) -> Option<Tapped> {
        let key = TableKey::of(command)?;
        Some(Tapped { tap: self.clone(), key, rows: Vec::new(), asked: clock::instant() })
    }

    /// Listens in on a `listen` that was sent.
    pub(super) fn listen(&self, command: &Command) -> Option<Tapped> {
        self.print(command)
    }

    /// Tells that the link went up or down.
    pub(super) fn link(&self, link: LinkState, at: Instant) {
        self.tell(at, Seen::Link(link));
    }

    fn tell(&self, at: Instant, seen: Seen) {
        if let Err(TrySendError::Full(_)) = self.to.try_send((at, seen)) {
            tracing::warn!(router.name = %self.router, "the disk is too slow to record all of `{}`", self.router);
        }
    }
}

impl Tapped {
    /// Takes a row.
    pub(super) fn row(&mut self, row: Row<'_>) {
        row.put(&mut self.rows);
    }

    /// The print is over. What was refused as a whole is not there to be recorded.
    pub(super) fn end(self, outcome: &Outcome, at: Instant) {
        let refused = !outcome.traps.is_empty();
        if refused && !outcome.is_partial() {
            return;
        }
        let Self { tap, key, rows, asked } = self;
        tap.tell(at, Seen::Print { key, rows, partial: refused, asked });
    }

    /// The rows of one read were taken; more may come.
    pub(super) fn caught_up(&mut self, at: Instant) {
        let (key, rows) = (self.key.clone(), std::mem::take(&mut self.rows));
        self.tap.tell(at, Seen::Changes { key, rows });
    }
}

/// The recorder of one router.
#[derive(Debug)]
pub struct Recorder {
    thread: JoinHandle<bool>,
}

impl Recorder {
    /// Begins to record; the first file is made at once, so that it is known whether it can be.
    ///
    /// It ends when all taps are gone.
    pub fn start(
        router: RouterName,
        destination: Destination,
        pseudonyms: Option<Pseudonyms>,
    ) -> std::io::Result<(Self, Tap)> {
        let files = Files::open(router.clone(), destination, pseudonyms.is_some())?;
        let (to, seen) = sync_channel(BACKLOG);
        let scribe = Scribe::new(pseudonyms);
        let thread = std::thread::Builder::new()
            .name(format!("record {router}"))
            .spawn(move || write(&seen, files, scribe))?;
        Ok((Self { thread }, Tap { router, to }))
    }

    /// Waits until all is written, and says whether it was. Call it when whatever holds a tap was stopped.
    pub async fn finish(self) -> bool {
        let until = tokio::time::Instant::now() + END_WITHIN;
        while !self.thread.is_finished() {
            if until <= tokio::time::Instant::now() {
                tracing::warn!("a recording could not be ended in time; it is good up to a second ago");
                return false;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // A thread that died of an error in the program has not written all.
        self.thread.join().unwrap_or(false)
    }
}

/// Writes what is seen until nobody can see any more; whether all of it was written.
fn write(seen: &Receiver<(Instant, Seen)>, mut files: Files, mut scribe: Scribe) -> bool {
    let mut due = Instant::now() + FLUSH_EVERY;
    loop {
        match seen.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Ok((at, seen)) => files.write(&mut scribe, at, |offset| match seen {
                Seen::Print { key, rows, partial, asked } => {
                    Observed::Print { key, rows, partial, asked: offset(asked) }
                }
                Seen::Changes { key, rows } => Observed::Changes { key, rows },
                Seen::Link(link) => Observed::Link(link),
            }),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if due <= Instant::now() {
            files.flush();
            due = Instant::now() + FLUSH_EVERY;
        }
    }
    files.finish()
}
