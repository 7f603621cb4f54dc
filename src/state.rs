//! What pages, the API and metrics read: cells with the newest state, and the feed of changes.
//!
//! Actors publish into these cells; readers borrow from them and never queue at an actor.

use crate::domain::events::{Change, Changes};
use crate::domain::log_entry::LogEntry;
use crate::domain::log_line::RouterLogLine;
use crate::domain::router::RouterName;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::Moment;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// One router as readers see it.
#[derive(Debug, Clone)]
pub struct RouterView {
    /// Its name, unique.
    pub name: RouterName,
    /// What its operator calls it, if that is something else.
    pub label: Option<String>,
    /// Where it is, `host:port`.
    pub address: String,
    /// The newest snapshot; it outlives the actors that publish it.
    pub snapshot: watch::Receiver<Arc<Snapshot>>,
}

/// Something that happened, as shown in "recent events".
#[derive(Debug, Clone, PartialEq)]
pub struct RecentEvent {
    /// When we saw it.
    pub at: Timestamp,
    /// At which router.
    pub router: RouterName,
    /// What.
    pub change: Change,
}

/// A line that a router wrote into its log.
#[derive(Debug, Clone, PartialEq)]
pub struct RouterLine {
    /// When we read it.
    pub at: Timestamp,
    /// Which router.
    pub router: RouterName,
    /// The line; its text may quote anybody.
    pub line: RouterLogLine,
}

/// The newest log entries and events.
#[derive(Debug, Clone, Default)]
pub struct LogView {
    /// The numbers of the first of each.
    pub first: FirstNumbers,
    /// Our own log, oldest first.
    pub entries: Vec<Arc<LogEntry>>,
    /// Events of subscribers and routers, oldest first.
    pub events: Vec<Arc<RecentEvent>>,
    /// Lines of the routers' own logs, oldest first.
    pub router_lines: Vec<Arc<RouterLine>>,
}

/// What is kept is numbered from the start of the program on; these are the numbers of the oldest that are left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FirstNumbers {
    /// Of our own log.
    pub entries: u64,
    /// Of the events.
    pub events: u64,
    /// Of the lines of routers' logs.
    pub router_lines: u64,
}

/// An order to forget our own log, and where to tell how many entries that were.
pub type ClearOrder = oneshot::Sender<usize>;

/// Everything that the web side needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct State {
    /// All routers, in the order of the settings.
    pub routers: watch::Receiver<Arc<[RouterView]>>,
    /// Changes as they become known; a reader that is too slow is told that it missed some.
    pub changes: broadcast::Sender<Arc<Changes>>,
    /// The newest log entries and events.
    pub log: watch::Receiver<Arc<LogView>>,
    /// Has our own log forgotten.
    pub clear_log: mpsc::Sender<ClearOrder>,
    /// Becomes true when the program is about to stop: live streams end.
    pub stopping: watch::Receiver<bool>,
    /// When the program started.
    pub started: Moment,
    /// What is shown is made up: a demo.
    pub demo: bool,
    /// What time it is in the recording that is shown, if it is one.
    pub replay: Option<watch::Receiver<ReplayTime>>,
}

/// The time in a recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReplayTime {
    /// The wall time when it was recorded.
    pub wall: Timestamp,
    /// How many times faster it passes.
    pub speed: f64,
    /// Whether the end was reached: nothing changes any more.
    pub has_ended: bool,
}

impl State {
    /// The newest snapshot of every router, in the order of the settings.
    pub fn snapshots(&self) -> Vec<Arc<Snapshot>> {
        self.routers.borrow().iter().map(|router| Arc::clone(&router.snapshot.borrow())).collect()
    }

    /// The router of this name.
    pub fn router(&self, name: &str) -> Option<RouterView> {
        self.routers.borrow().iter().find(|router| router.name.as_str() == name).cloned()
    }
}

#[cfg(test)]
pub(crate) mod example;
