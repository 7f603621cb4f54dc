//! The rows that one page shows, and what changed in them.

use super::frames;
use crate::api::wire::{Rate, Rfc3339, age_ms, seconds};
use crate::domain::find::{Found, LONGEST_WINDOW};
use crate::domain::router::RouterName;
use crate::domain::snapshot::Snapshot;
use crate::domain::subscriber::{State as Presence, Subscriber, SubscriberId};
use crate::domain::time::Moment;
use crate::domain::units::Text;
use crate::http::Problem;
use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// Subscribers whose values a page shows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: Vec<Watched>,
    /// Which snapshot of each router was compared last.
    compared: HashMap<RouterName, Instant>,
}

#[derive(Debug)]
struct Watched {
    router: RouterName,
    id: SubscriberId,
    /// Where the subscriber was in the last snapshot; mostly it still is there.
    place: usize,
    sent: Option<Values>,
    /// It was told that the row is gone.
    is_gone: bool,
}

/// What is shown of a row and may change.
#[derive(Debug, Clone, PartialEq)]
struct Values {
    state: Presence,
    down: Option<Rate>,
    up: Option<Rate>,
    since: Option<Timestamp>,
    read_at: Instant,
    address: Text,
}

#[derive(Serialize)]
struct Delta {
    t: Rfc3339,
    rows: Vec<DeltaRow>,
}

/// Key, state, download, upload, uptime in seconds, age in milliseconds, address.
type DeltaRow = (String, &'static str, Option<Rate>, Option<Rate>, Option<u64>, u64, Text);

impl Rows {
    /// Reads `router:id,router:id,…`.
    pub(super) fn parse(list: &str) -> Result<Self, Problem> {
        let mut rows = Vec::new();
        for key in list.split(',').filter(|key| !key.is_empty()) {
            let watched = Watched::parse(key);
            rows.push(watched.ok_or_else(|| Problem::Parameter(format!("`{key}` names no row")))?);
        }
        if LONGEST_WINDOW < rows.len() {
            return Err(Problem::Parameter(format!("at most {LONGEST_WINDOW} rows can be followed")));
        }
        Ok(Self { rows, compared: HashMap::new() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What changed since the last call; `None` if nothing did.
    pub(super) fn delta(&mut self, snapshots: &[Arc<Snapshot>], now: Moment) -> Option<Bytes> {
        let mut rows = Vec::new();
        for snapshot in snapshots {
            let at = snapshot.at.instant;
            if self.compared.insert(snapshot.router.clone(), at) == Some(at) {
                continue;
            }
            self.look_up_places(snapshot);
            for watched in self.rows.iter_mut().filter(|watched| watched.router == snapshot.router) {
                rows.extend(watched.compare(snapshot, now));
            }
        }
        (!rows.is_empty()).then(|| frames::frame("delta", &Delta { t: Rfc3339(now.wall), rows }))
    }

    /// Finds the rows that moved, all of them in one walk over the snapshot.
    fn look_up_places(&mut self, snapshot: &Snapshot) {
        let mut moved: HashMap<SubscriberId, &mut usize> = self
            .rows
            .iter_mut()
            .filter(|watched| watched.router == snapshot.router && watched.find(snapshot).is_none())
            .map(|watched| (watched.id, &mut watched.place))
            .collect();
        if moved.is_empty() {
            return;
        }
        for (place, subscriber) in snapshot.subscribers.iter().enumerate() {
            if let Some(old) = moved.get_mut(&subscriber.id) {
                **old = place;
            }
        }
    }
}

impl Watched {
    fn parse(key: &str) -> Option<Self> {
        let (router, id) = key.rsplit_once(':')?;
        let id = SubscriberId(id.parse().ok()?);
        Some(Self { router: RouterName::new(router).ok()?, id, place: 0, sent: None, is_gone: false })
    }

    fn find<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Arc<Subscriber>> {
        snapshot.subscribers.get(self.place).filter(|subscriber| subscriber.id == self.id)
    }

    fn compare(&mut self, snapshot: &Arc<Snapshot>, now: Moment) -> Option<DeltaRow> {
        let key = || format!("{}:{}", self.router, self.id.0);
        let Some(subscriber) = self.find(snapshot) else {
            // It is told once that a subscriber is gone, also of one that never was there: the page is older than we are.
            let is_known = std::mem::replace(&mut self.is_gone, true);
            self.sent = None;
            return (!is_known).then(|| (key(), "gone", None, None, None, 0, Text::default()));
        };
        self.is_gone = false;
        let values = Values::of(snapshot, subscriber);
        if self.sent.as_ref() == Some(&values) {
            return None;
        }
        let row = (
            key(),
            values.state.word(),
            values.down,
            values.up,
            values.since.map(|since| seconds(since, snapshot.known_until(now.wall))),
            age_ms(values.read_at, now.instant),
            values.address.clone(),
        );
        self.sent = Some(values);
        Some(row)
    }
}

impl Values {
    fn of(snapshot: &Arc<Snapshot>, subscriber: &Arc<Subscriber>) -> Self {
        let is_online = subscriber.state == Presence::Online;
        let session = subscriber.session();
        let found = Found { snapshot: Arc::clone(snapshot), subscriber: Arc::clone(subscriber), group: None };
        Self {
            state: subscriber.state,
            down: snapshot.download_of(subscriber).filter(|_| is_online).map(Rate::from),
            up: snapshot.upload_of(subscriber).filter(|_| is_online).map(Rate::from),
            since: session.map(|session| session.since),
            read_at: found.read_at(),
            address: subscriber.address().clone(),
        }
    }
}
