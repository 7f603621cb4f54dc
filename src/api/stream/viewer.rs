//! One client of the stream.

use super::live::Beginning;
use super::own::{self, own};
use super::past::{Place, Told};
use super::rows::Rows;
use super::seats::Seat;
use super::{Live, Topics, frames};
use crate::domain::time::Moment;
use crate::http::Seen;
use crate::state::ReplayTime;
use bytes::Bytes;
use futures_util::Stream;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Interval, MissedTickBehavior};

/// Two deltas a second are as many as people can read.
const DELTA_EVERY: Duration = Duration::from_millis(500);
const HEARTBEAT_EVERY: Duration = Duration::from_secs(10);

/// One client: what it listens to and what waits to be sent.
///
/// It is asked for the next piece only when the last one is on its way, so a slow client holds one piece and its
/// place in the shared feeds; when it falls out of those it is told to start anew.
pub(super) struct Viewer {
    seen: Seen,
    topics: Topics,
    rows: Rows,
    changes: broadcast::Receiver<Option<Told>>,
    samples: Option<broadcast::Receiver<Bytes>>,
    routers: Option<watch::Receiver<Bytes>>,
    totals: Option<watch::Receiver<Bytes>>,
    busiest: Option<watch::Receiver<Bytes>>,
    logs: Option<watch::Receiver<Bytes>>,
    replay: Option<watch::Receiver<ReplayTime>>,
    delta: Interval,
    heartbeat: Interval,
    waiting: VecDeque<Bytes>,
    stopping: watch::Receiver<bool>,
    /// Which run of the program speaks.
    run: i64,
    /// Whether the last piece is on its way.
    is_over: bool,
}

impl Viewer {
    /// `last` is the id of the last event that the client had before its stream broke off.
    pub(super) fn new(seen: Seen, live: &Live, topics: Topics, rows: Rows, last: Option<&str>) -> Self {
        let now = Timestamp::now();
        let every = |period| {
            let mut interval = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        };
        let rows = if topics.subscribers { rows } else { Rows::default() };
        let Beginning { place, missed, changes } = live.begin(last);
        let hello = frames::hello(seen.started().wall, now);
        let mut viewer = Self {
            topics,
            rows,
            changes,
            samples: topics.totals.then(|| live.samples.subscribe()),
            routers: topics.routers.then(|| live.routers.subscribe()),
            totals: topics.totals.then(|| live.totals.subscribe()),
            busiest: topics.totals.then(|| live.busiest.subscribe()),
            logs: topics.logs.then(|| live.logs.subscribe()),
            replay: seen.replay(),
            delta: every(DELTA_EVERY),
            heartbeat: every(HEARTBEAT_EVERY),
            // The first event says how soon to come back.
            waiting: VecDeque::from(["retry: 2000\n".into(), numbered(&[&hello], place)]),
            stopping: seen.stopping(),
            run: place.run,
            is_over: false,
            seen,
        };
        match missed {
            Some(missed) => {
                viewer.waiting.extend(missed.into_iter().map(|told| viewer.told(&told)).collect::<Vec<_>>());
            }
            None => viewer.waiting.push_back(frames::reset(now)),
        }
        // What was before speaks of all routers.
        if topics.totals && viewer.seen.is_all() {
            viewer.waiting.push_back(live.history.borrow().clone());
        }
        if let Some(cell) = &viewer.routers {
            let frame = cell.borrow().clone();
            viewer.waiting.push_back(own(&viewer.seen, frame, own::routers));
        }
        if let Some(cell) = &viewer.totals {
            let frame = cell.borrow().clone();
            viewer.waiting.push_back(own(&viewer.seen, frame, own::totals));
        }
        viewer.put_delta();
        viewer
    }

    /// The pieces, until the client leaves or the program stops; its seat is free then.
    pub(super) fn into_stream(self, seat: Seat) -> impl Stream<Item = Result<Bytes, Infallible>> {
        futures_util::stream::unfold((self, seat), async |(mut viewer, seat)| {
            let piece = viewer.next().await?;
            Some((Ok(piece), (viewer, seat)))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            while let Some(frame) = self.waiting.pop_front() {
                if !frame.is_empty() {
                    return Some(frame);
                }
            }
            if self.is_over {
                return None;
            }
            let frame = tokio::select! {
                biased;
                () = stopped(&mut self.stopping) => return None,
                told = self.changes.recv() => Some(match told {
                    Ok(Some(told)) => self.told(&told),
                    Ok(None) | Err(RecvError::Lagged(_)) => frames::reset(Timestamp::now()),
                    Err(RecvError::Closed) => return None,
                }),
                frame = changed(&mut self.routers) => Some(own(&self.seen, frame?, own::routers)),
                frame = changed(&mut self.totals) => Some(own(&self.seen, frame?, own::totals)),
                frame = sampled(&mut self.samples) => Some(own(&self.seen, frame?, own::sample)),
                frame = changed(&mut self.busiest) => Some(own(&self.seen, frame?, own::busiest)),
                frame = changed(&mut self.logs) => Some(frame?),
                time = changed(&mut self.replay) => Some(frames::replay(time?)),
                _ = self.delta.tick(), if !self.rows.is_empty() => None,
                _ = self.heartbeat.tick() => Some(self.heartbeat()),
            };
            match frame {
                Some(frame) => self.waiting.push_back(frame),
                None => self.put_delta(),
            }
        }
    }

    /// A sign of life; or the end, for who may not look any more.
    fn heartbeat(&mut self) -> Bytes {
        let now = Timestamp::now();
        if self.seen.still_admits(now) {
            return frames::heartbeat(now);
        }
        self.is_over = true;
        frames::sign_in(now)
    }

    fn put_delta(&mut self) {
        let now = Moment::new(Instant::now(), Timestamp::now());
        self.waiting.extend(self.rows.delta(&self.seen.snapshots(), now));
    }

    /// A batch, as far as the client wants to hear of it and may. Only its last event has its id.
    fn told(&self, told: &Told) -> Bytes {
        if !self.seen.scope().sees(&told.router) {
            return Bytes::new();
        }
        let presence = if self.topics.presence { told.presence.as_ref() } else { b"" };
        let events = if self.topics.events { told.events.as_ref() } else { b"" };
        if presence.is_empty() && events.is_empty() {
            return Bytes::new();
        }
        numbered(&[presence, events], Place { run: self.run, number: told.number })
    }
}

/// Tells the client with the last of these events where it is.
fn numbered(frames: &[&[u8]], place: Place) -> Bytes {
    let mut piece = frames.concat();
    // The empty line that ends the event comes after its id.
    piece.pop();
    piece.extend_from_slice(format!("id: {place}\n\n").as_bytes());
    piece.into()
}

/// Waits until the program is about to stop, or is gone already.
pub(super) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// The next point of the chart. One that was missed is a gap of some seconds.
async fn sampled(feed: &mut Option<broadcast::Receiver<Bytes>>) -> Option<Bytes> {
    let Some(feed) = feed else { return std::future::pending().await };
    loop {
        match feed.recv().await {
            Ok(frame) => return Some(frame),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}

/// The newest value of a cell once it changes.
async fn changed<T: Clone>(cell: &mut Option<watch::Receiver<T>>) -> Option<T> {
    let Some(cell) = cell else { return std::future::pending().await };
    cell.changed().await.ok()?;
    Some(cell.borrow_and_update().clone())
}
