//! What pages, the API and metrics read: cells with the newest state, and the feed of changes.
//!
//! Actors publish into these cells; readers borrow from them and never queue at an actor.

use crate::domain::action::{Action, Outcome};
use crate::domain::check::Report;
use crate::domain::configuration::{self, Configuration, Draft};
use crate::domain::events::{Change, Changes};
use crate::domain::groups::{self, Groups};
use crate::domain::job::{Job, JobId, MOST_STEPS, Pace};
use crate::domain::log_entry::LogEntry;
use crate::domain::log_line::RouterLogLine;
use crate::domain::router::RouterName;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::Moment;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;
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
    /// How often the actors that watch it were started again because one of them died.
    pub restarts: Arc<AtomicU64>,
    /// Where to send what is to be done on it: nowhere, unless its write mode is on.
    pub actions: Option<mpsc::Sender<ActionOrder>>,
}

/// An order to do something on a router, and where to tell what became of it.
#[derive(Debug)]
pub struct ActionOrder {
    /// What to do.
    pub action: Action,
    /// When it was ordered: one that waited too long is not begun.
    pub asked: Instant,
    /// Where to tell. It is done also when nobody listens any more.
    pub answer: oneshot::Sender<Outcome>,
}

/// How often parts of the program were begun again after an error in it, since the start. Those who watch a router are
/// counted with it: [`RouterView::restarts`].
#[derive(Debug, Clone, Default)]
pub struct Restarts {
    /// Who keeps the routers watched.
    pub fleet: Arc<AtomicU64>,
    /// Who keeps the newest of the logs and of the events.
    pub log_book: Arc<AtomicU64>,
    /// Those who record routers.
    pub recorders: Arc<AtomicU64>,
    /// Those who keep groups, settings and jobs: orders that ended in an error in the program.
    pub keepers: Arc<AtomicU64>,
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

/// Debug entries for a while, whatever the settings say.
#[derive(Debug, Clone)]
pub struct DebugLog {
    /// Until when they are logged because somebody wanted them.
    pub until: watch::Receiver<Option<Timestamp>>,
    /// Whether they are logged anyway.
    pub is_usual: bool,
    /// Has them logged for a while, or no more.
    pub order: mpsc::Sender<bool>,
}

/// Somebody's order to change groups or categories, and where to tell what came of it.
#[derive(Debug)]
pub struct GroupOrder {
    /// What shall be changed.
    pub change: groups::Change,
    /// Who wants it, for the audit log.
    pub who: String,
    /// From where.
    pub from: String,
    /// Where to tell; what came of it is on the disk by then.
    pub answer: oneshot::Sender<Result<groups::Outcome, GroupsError>>,
}

/// Somebody's order to read, change or try out settings, and where to tell what came of it.
#[derive(Debug)]
pub enum SettingsOrder {
    /// Reads them.
    Read(oneshot::Sender<Result<Configuration, configuration::Refusal>>),
    /// Changes them; what came of it is on the disk, and routers are watched accordingly.
    Change {
        /// What shall be changed.
        change: configuration::Change,
        /// Of which text of the file; any if none is said.
        version: Option<u64>,
        /// Who wants it, for the audit log.
        by: By,
        /// Where to tell.
        answer: oneshot::Sender<Result<Configuration, configuration::Refusal>>,
    },
    /// Says whether such a change would be made; nothing is changed.
    TryOut {
        /// What would be changed.
        change: configuration::Change,
        /// Of which text of the file; any if none is said.
        version: Option<u64>,
        /// Where to tell.
        answer: oneshot::Sender<Result<(), configuration::Refusal>>,
    },
    /// Tests a connection to a router.
    Test {
        /// The router whose settings the draft begins from, and whose password may be used where it leads already.
        router: Option<RouterName>,
        /// What is tested.
        draft: Draft,
        /// Who wants it.
        by: By,
        /// Where to tell.
        answer: oneshot::Sender<Result<Report, configuration::Refusal>>,
    },
}

/// Somebody's order about a job, and where to tell what the job is like then.
#[derive(Debug)]
pub struct JobOrder {
    /// What is wanted.
    pub wish: JobWish,
    /// Who wants it, for the audit log.
    pub by: By,
    /// Whether they may still have it done, as long as it goes on.
    pub right: Right,
    /// Where to tell.
    pub answer: oneshot::Sender<Result<Arc<Job>, JobRefusal>>,
}

/// Says whether somebody may still have something done on a router.
#[derive(Clone)]
pub struct Right(pub Arc<dyn Fn(&RouterName) -> bool + Send + Sync>);

impl std::fmt::Debug for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Right")
    }
}

/// What may be wanted of a job.
#[derive(Debug)]
pub enum JobWish {
    /// A new one with these actions, of which none is begun.
    Prepare(Vec<(RouterName, Action)>, Pace),
    /// That it begins, or goes on, at this pace if one is said.
    GoOn(JobId, Option<Pace>),
    /// That it waits; what is under way comes to its end.
    Pause(JobId),
    /// That nothing more of it is done.
    Stop(JobId),
}

/// Why nothing came of an order about a job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobRefusal {
    /// There is none of this id, or no more.
    #[error("there is no such job: jobs are forgotten a day after they end, and when the program does")]
    NoSuchJob,
    /// It would have no action.
    #[error("there is nothing to do")]
    Empty,
    /// It would have too many.
    #[error("a job has at most {MOST_STEPS} actions: make several")]
    TooMany,
    /// There are too many others.
    #[error("too many jobs are under way or wait: begin or stop some of yours first")]
    Crowded,
    /// It is over, or stopped.
    #[error("the job is over")]
    Over,
    /// Nothing may be changed on this router.
    #[error(
        "nothing may be changed on `{0}`: its write mode is off, or the password for changes cannot be read; see Settings"
    )]
    WriteModeOff(RouterName),
    /// The disk is full, and nothing is done that the audit log does not tell.
    #[error("nothing was done, since the disk is full and the audit log cannot be written")]
    FullDisk,
    /// It went wrong here; the log says how.
    #[error("it went wrong; the log says why")]
    Failed,
}

/// Who ordered something, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub who: String,
    /// From where.
    pub from: String,
}

/// Why groups were not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroupsError {
    /// It is against the rules.
    #[error(transparent)]
    Refused(#[from] groups::Refusal),
    /// The disk is full.
    #[error("the disk is full")]
    FullDisk,
    /// It could not be written, or went wrong here; the log says how.
    #[error("it could not be kept; the log says why")]
    Failed,
}

/// Everything that the web side needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct State {
    /// How often parts of the program were begun again.
    pub restarts: Restarts,
    /// All routers, in the order of the settings.
    pub routers: watch::Receiver<Arc<[RouterView]>>,
    /// Changes as they become known; a reader that is too slow is told that it missed some.
    pub changes: broadcast::Sender<Arc<Changes>>,
    /// The newest log entries and events.
    pub log: watch::Receiver<Arc<LogView>>,
    /// Has our own log forgotten.
    pub clear_log: mpsc::Sender<ClearOrder>,
    /// Debug entries for a while.
    pub debug_log: DebugLog,
    /// All groups and categories of subscribers.
    pub groups: watch::Receiver<Arc<Groups>>,
    /// Has groups and categories changed.
    pub change_groups: mpsc::Sender<GroupOrder>,
    /// Has settings read, changed and tried out.
    pub settings: mpsc::Sender<SettingsOrder>,
    /// All jobs that are known, the newest last.
    pub jobs: watch::Receiver<Arc<[Arc<Job>]>>,
    /// Has jobs prepared, begun, paused and ended.
    pub order_jobs: mpsc::Sender<JobOrder>,
    /// Becomes true when the program is about to stop: live streams end.
    pub stopping: watch::Receiver<bool>,
    /// When the program started.
    pub started: Moment,
    /// What is shown is made up: a demo.
    pub demo: bool,
    /// What became of what is kept, if it was damaged at the start.
    pub recovered: Option<Arc<Recovered>>,
    /// Whether the disk is full, so that nothing can be changed.
    pub disk_full: watch::Receiver<bool>,
    /// What time it is in the recording that is shown, if it is one.
    pub replay: Option<watch::Receiver<ReplayTime>>,
}

/// What became of what is kept, users and groups and sealed passwords, after it was found damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// `repaired`, `backup` or `nothing`.
    pub word: &'static str,
    /// When the backup was made that is used, if it is one.
    pub at: String,
    /// How many changes are known to be lost.
    pub lost: u64,
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
