//! What all clients of the stream see alike, encoded once.

use super::frames::{self, Sample};
use super::past::{Past, Place, Told};
use super::seats::Seats;
use super::viewer::stopped;
use crate::api::wire::Rate;
use crate::domain::events::Changes;
use crate::domain::overview::{self, Totals};
use crate::domain::snapshot::Snapshot;
use crate::domain::time::Moment;
use crate::state::{LogView, State};
use bytes::Bytes;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::MissedTickBehavior;

/// How many batches of changes a client may lag behind before it has to start anew.
const BACKLOG: usize = 1_024;
/// Samples kept for the chart: 15 minutes of them.
const SAMPLES: usize = 180;
/// Ticks of a second between two samples.
const SAMPLE_EVERY: u64 = 5;
/// How many subscribers the lists of the busiest name.
pub(super) const BUSIEST: usize = 10;

/// The feeds of the live stream. Cheap to clone; one a process, see [`Live::start`].
#[derive(Debug, Clone)]
pub struct Live {
    /// When the program was started, in milliseconds since 1970.
    run: i64,
    /// `None` says that something was missed.
    changes: broadcast::Sender<Option<Told>>,
    /// Held while a batch is sent, so that nobody gets it twice, or never.
    past: Arc<Mutex<Past>>,
    pub(super) samples: broadcast::Sender<Bytes>,
    pub(super) routers: watch::Sender<Bytes>,
    pub(super) totals: watch::Sender<Bytes>,
    pub(super) logs: watch::Sender<Bytes>,
    pub(super) busiest: watch::Sender<Bytes>,
    pub(super) history: watch::Sender<Bytes>,
    pub(super) seats: Seats,
}

/// Where a client begins.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) place: Place,
    /// What the client missed; `None` if that is not known, so that it has to start anew.
    pub(super) missed: Option<Vec<Told>>,
    pub(super) changes: broadcast::Receiver<Option<Told>>,
}

impl Live {
    /// Starts the task that feeds the streams, on the current runtime. It ends when the program is about to stop.
    pub fn start(state: State) -> Self {
        let live = Self {
            run: state.started.wall.as_millisecond(),
            changes: broadcast::Sender::new(BACKLOG),
            past: Arc::default(),
            samples: broadcast::Sender::new(16),
            routers: watch::Sender::new(Bytes::new()),
            totals: watch::Sender::new(Bytes::new()),
            logs: watch::Sender::new(Bytes::new()),
            busiest: watch::Sender::new(Bytes::new()),
            history: watch::Sender::new(Bytes::new()),
            seats: Seats::default(),
        };
        // Subscribed before anybody can change anything, so that nothing is missed while the task starts.
        let changes = state.changes.subscribe();
        tokio::spawn(feed(live.clone(), state, changes));
        live
    }

    /// Begins after the last event that a client had, or with what comes next.
    pub(super) fn begin(&self, last: Option<&str>) -> Beginning {
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = Place { run: self.run, number: past.newest };
        let changes = self.changes.subscribe();
        let Some(last) = last else { return Beginning { place: newest, missed: Some(Vec::new()), changes } };
        let known = Place::parse(last).filter(|place| place.run == self.run);
        match known.and_then(|place| Some((place, past.after(place.number)?))) {
            Some((place, missed)) => Beginning { place, missed: Some(missed), changes },
            None => Beginning { place: newest, missed: None, changes },
        }
    }

    fn changed(&self, changes: &Changes) {
        let (presence, events) = (frames::presence(changes), frames::events(changes));
        if presence.is_empty() && events.is_empty() {
            return;
        }
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let told = past.push(changes.router.clone(), presence, events);
        // Sending fails when nobody listens, which is no failure.
        let _ = self.changes.send(Some(told));
    }

    fn missed(&self) {
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.forget();
        let _ = self.changes.send(None);
    }
}

async fn feed(live: Live, state: State, mut changes: broadcast::Receiver<Arc<Changes>>) {
    let mut stopping = state.stopping.clone();
    let mut regular = Regular::default();
    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stopping) => return,
            change = changes.recv() => match change {
                Ok(change) => live.changed(&change),
                Err(RecvError::Lagged(_)) => live.missed(),
                Err(RecvError::Closed) => return,
            },
            _ = second.tick() => regular.tick(&live, &state),
        }
    }
}

/// What is looked at each second.
#[derive(Debug, Default)]
struct Regular {
    ticks: u64,
    samples: VecDeque<Sample>,
    seen: Vec<Instant>,
    log: Arc<LogView>,
}

impl Regular {
    fn tick(&mut self, live: &Live, state: &State) {
        let now = Moment::new(Instant::now(), Timestamp::now());
        let snapshots = state.snapshots();
        let totals = Totals::of(&snapshots);
        replace(&live.totals, frames::totals(&totals));
        self.routers(live, &snapshots, now);
        let log = Arc::clone(&state.log.borrow());
        if !Arc::ptr_eq(&log, &self.log) {
            self.log = log;
            replace(&live.logs, frames::logs(now.wall));
        }
        if self.ticks.is_multiple_of(SAMPLE_EVERY) {
            self.sample(live, &totals, now);
            if 0 < live.busiest.receiver_count() {
                let down = overview::busiest_down(&snapshots, BUSIEST, now.wall);
                let up = overview::busiest_up(&snapshots, BUSIEST, now.wall);
                replace(&live.busiest, frames::busiest(&down, &up));
            }
        }
        self.ticks += 1;
    }

    /// Ages change always: routers are worth an event only when a snapshot is new.
    fn routers(&mut self, live: &Live, snapshots: &[Arc<Snapshot>], now: Moment) {
        let seen: Vec<Instant> = snapshots.iter().map(|snapshot| snapshot.at.instant).collect();
        if self.seen != seen || live.routers.borrow().is_empty() {
            replace(&live.routers, frames::routers(snapshots, now));
            self.seen = seen;
        }
    }

    fn sample(&mut self, live: &Live, totals: &Totals, now: Moment) {
        let sample: Sample =
            (now.wall.as_second(), totals.download.map(Rate::from), totals.upload.map(Rate::from));
        let _ = live.samples.send(frames::sample(&sample));
        if SAMPLES <= self.samples.len() {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
        live.history.send_replace(frames::history(&self.samples));
    }
}

/// Publishes a frame if it says something new.
fn replace(cell: &watch::Sender<Bytes>, frame: Bytes) {
    cell.send_if_modified(|old| {
        let is_new = *old != frame;
        *old = frame;
        is_new
    });
}
