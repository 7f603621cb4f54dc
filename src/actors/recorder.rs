//! Recorders: one a router that is recorded, each on a thread of its own, so that a slow disk holds nobody up.
//!
//! After a mistake in the program a recorder begins again in a new file: what was in the last one stays as far as it was
//! written, and whoever watches the router notices nothing.

mod backlog;
mod files;
mod left_out;
mod several;
#[cfg(test)]
mod tests;

pub use backlog::Backlog;
pub use files::Destination;
pub use left_out::LeftOut;
pub use several::Recorders;

use super::clock;
use super::connection::Lost;
use super::mistakes::Mistakes;
use crate::domain::router::RouterName;
use crate::recording::{LinkState, Observed, Pseudonyms, Scribe, TableKey};
use crate::routeros::session::Outcome;
use crate::routeros::{Command, Row};
use backlog::{Inlet, Outlet, Taken};
use files::Files;
use left_out::Counts;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The longest that something recorded waits until it is in the file, where a power cut of the program does not reach it:
/// with what a busy machine adds, what the router said a second ago is always there.
const FLUSH_WITHIN: Duration = Duration::from_millis(500);

/// The longest that the end of a recording may take.
const END_WITHIN: Duration = Duration::from_secs(3);

/// Where a connection tells what the router says. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tap {
    to: Inlet,
}

/// The taps of the routers that are recorded.
pub type Taps = BTreeMap<RouterName, Tap>;

/// What was seen, before its times are counted from the start of a file.
#[derive(Debug)]
enum Seen {
    Print {
        key: TableKey,
        rows: Vec<u8>,
        partial: bool,
        asked: Instant,
    },
    Changes {
        key: TableKey,
        rows: Vec<u8>,
    },
    Link(LinkState),
    /// Has the recorder die of a mistake.
    #[cfg(test)]
    Fail,
}

impl Seen {
    /// The memory that it takes, about.
    fn size(&self) -> usize {
        match self {
            Self::Print { rows, .. } | Self::Changes { rows, .. } => rows.capacity(),
            Self::Link(_) => 0,
            #[cfg(test)]
            Self::Fail => 0,
        }
    }

    /// The table that it tells of.
    fn table(&self) -> Option<&TableKey> {
        match self {
            Self::Print { key, .. } | Self::Changes { key, .. } => Some(key),
            Self::Link(_) => None,
            #[cfg(test)]
            Self::Fail => None,
        }
    }
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
        self.to.put(at, seen);
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

    /// The connection was lost before the print was over. Of what was too much or too slow to be waited for there is
    /// no reply to be recorded, and whoever reads the recording should know; else the router just went away.
    pub(super) fn lost(self, lost: &Lost) {
        if matches!(lost, Lost::TooLong { .. } | Lost::Unfinished { .. }) {
            self.tap.to.left_out.left_out(&self.key);
        }
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
    left_out: Counts,
}

/// How a recording ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Whether all that was taken is in the file.
    pub is_written: bool,
    /// What was not taken, by menu.
    pub left_out: Vec<LeftOut>,
}

impl Recorder {
    /// Begins to record; the first file is made at once, so that it is known whether it can be.
    ///
    /// It ends when all taps are gone.
    pub fn start(
        router: RouterName,
        destination: Destination,
        pseudonyms: Option<Pseudonyms>,
        backlog: &Backlog,
    ) -> std::io::Result<(Self, Tap)> {
        let files = Files::open(router.clone(), destination, pseudonyms.is_some())?;
        let name = format!("record {router}");
        let (to, seen) = backlog.pipe(router);
        let (pen, left_out) = (Pen::new(files, pseudonyms, backlog), to.left_out.clone());
        let thread = std::thread::Builder::new().name(name).spawn(move || pen.write_all(&seen))?;
        Ok((Self { thread, left_out }, Tap { to }))
    }

    /// Waits until all is written, and says what is not. Call it when whatever holds a tap was stopped.
    pub async fn finish(self) -> Finished {
        let left_out = self.left_out.clone();
        Finished { is_written: self.written().await, left_out: left_out.all() }
    }

    async fn written(self) -> bool {
        let until = tokio::time::Instant::now() + END_WITHIN;
        while !self.thread.is_finished() {
            if until <= tokio::time::Instant::now() {
                tracing::warn!(
                    "a recording could not be ended in time; it is good up to what waits for the disk"
                );
                return false;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // A thread that died of an error in the program has not written all.
        self.thread.join().unwrap_or(false)
    }
}

/// Who writes: the thread of a recorder.
struct Pen {
    files: Files,
    scribe: Scribe,
    /// The newest that was told of the link: nothing would tell it again for a file that begins later.
    link: Option<LinkState>,
    restarts: Arc<AtomicU64>,
}

impl Pen {
    fn new(files: Files, pseudonyms: Option<Pseudonyms>, backlog: &Backlog) -> Self {
        Self { files, scribe: Scribe::new(pseudonyms), link: None, restarts: backlog.restarts() }
    }

    /// Writes what is seen until nobody can see any more; whether all of it was written.
    fn write_all(mut self, seen: &Outlet) -> bool {
        while Mistakes::caught(|| self.write(seen)).is_none() {
            if !self.files.died() {
                return false;
            }
            self.restarts.fetch_add(1, Ordering::Relaxed);
            // What the old one knows may be wrong by now; the next print of each table tells the new one all of it.
            self.scribe = Scribe::knowing(self.link);
        }
        self.files.finish()
    }

    fn write(&mut self, seen: &Outlet) {
        let mut due = None;
        loop {
            // Nothing is done while there is nothing to write.
            match seen.take(due) {
                Taken::Seen(at, seen, _room) => {
                    if let Seen::Link(link) = seen {
                        self.link = Some(link);
                    }
                    self.files.write(&mut self.scribe, at, |offset| match seen {
                        Seen::Print { key, rows, partial, asked } => {
                            Observed::Print { key, rows, partial, asked: offset(asked) }
                        }
                        Seen::Changes { key, rows } => Observed::Changes { key, rows },
                        Seen::Link(link) => Observed::Link(link),
                        #[cfg(test)]
                        Seen::Fail => panic!("a mistake in the recorder"),
                    });
                    due.get_or_insert_with(|| Instant::now() + FLUSH_WITHIN);
                }
                Taken::Nothing => {}
                Taken::End => return,
            }
            if due.is_some_and(|due| due <= Instant::now()) {
                self.files.flush();
                due = None;
            }
        }
    }
}
