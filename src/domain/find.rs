//! Finding subscribers: what is typed into the search box, in which order, and which part of the list.

mod cursor;
pub(super) mod order;
mod parameters;
mod query;
pub(super) mod text;

pub use cursor::Cursor;
pub use order::{Key, Sort};
pub use parameters::Problem;
pub use query::{Chip, Query};

use super::groups::{Group, Groups};
use super::router::RouterName;
use super::snapshot::{Counts, Snapshot};
use super::subscriber::{Subscriber, SubscriberId};
use jiff::Timestamp;
use order::Candidate;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

/// The most rows that one question may ask for.
pub const LONGEST_WINDOW: usize = 1_000;

/// A question for subscribers.
#[derive(Debug, Clone, PartialEq)]
pub struct Find {
    /// What they must match.
    pub query: Query,
    /// The state chosen beside the query; the counts by state are taken before it.
    pub chip: Option<Chip>,
    /// The router chosen beside the query.
    pub router: Option<RouterName>,
    /// In which order.
    pub sort: Sort,
    /// How many rows to pass over.
    pub offset: usize,
    /// The last row of the window before, after which this one begins.
    pub after: Option<Cursor>,
    /// How many rows to give.
    pub limit: usize,
    /// Only these rows, whether they match or not: the rows of whoever asks again how they stand.
    pub keys: Option<Vec<RowKey>>,
    /// In which group each subscriber is.
    pub groups: Grouped,
}

/// Names a row: a router, and the number of a subscriber there.
pub type RowKey = (RouterName, SubscriberId);

/// The groups that whoever asks may know of.
#[derive(Debug, Clone, Default)]
pub struct Grouped {
    /// All groups, if any are known.
    pub all: Option<Arc<Groups>>,
    /// Whether groups of all routers may be known, too.
    pub with_global: bool,
}

impl PartialEq for Grouped {
    /// A question stays the same whatever groups there are.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Grouped {
    /// Tells the group of each subscriber of a snapshot, by their places.
    pub fn of<'a>(&'a self, snapshot: &Snapshot) -> impl Fn(usize) -> Option<&'a Arc<Group>> {
        let rosters = self.all.as_ref().map(|all| (all, all.roster(snapshot)));
        let with_global = self.with_global;
        move |subscriber| {
            let (all, roster) = rosters.as_ref()?;
            let group = all.all().get(roster.group(subscriber)?)?;
            (with_global || group.outline.router.is_some()).then_some(group)
        }
    }
}

impl Default for Find {
    fn default() -> Self {
        Self {
            query: Query::default(),
            chip: None,
            router: None,
            sort: Sort::default(),
            offset: 0,
            after: None,
            limit: 100,
            keys: None,
            groups: Grouped::default(),
        }
    }
}

/// A subscriber that was found, with the snapshot that knows its rates.
#[derive(Debug, Clone)]
pub struct Found {
    /// The snapshot of its router.
    pub snapshot: Arc<Snapshot>,
    /// The subscriber.
    pub subscriber: Arc<Subscriber>,
    /// Its group, if it is in one that may be known.
    pub group: Option<Arc<Group>>,
}

impl Found {
    /// When the subscriber's rates, or else what we know of it, were read.
    pub fn read_at(&self) -> Instant {
        let session = self.subscriber.session();
        let traffic = session.and_then(|session| self.snapshot.traffic_of(session));
        traffic.map_or(self.snapshot.at.instant, |traffic| traffic.at)
    }
}

/// What a question found.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The rows of the window, in order.
    pub rows: Vec<Found>,
    /// How many match in all.
    pub total: usize,
    /// Where the next window begins, if there are more rows.
    pub next: Option<Cursor>,
    /// How many match by state, whichever state is chosen.
    pub counts: Counts,
}

impl Find {
    /// Answers the question from these snapshots.
    ///
    /// Only the window is put in order; the rest is merely parted from it, so that a question to 50,000
    /// subscribers takes some milliseconds.
    pub fn run(&self, snapshots: &[Arc<Snapshot>], now: Timestamp) -> Page {
        let (mut counts, mut total) = (Counts::default(), 0);
        let mut candidates = Vec::new();
        for snapshot in snapshots {
            let is_asked = self.router.as_ref().is_none_or(|router| *router == snapshot.router)
                && self.query.may_match(snapshot);
            let wanted = self.wanted(snapshot);
            if !is_asked && wanted.as_ref().is_none_or(HashSet::is_empty) {
                continue;
            }
            let groups = self.groups.of(snapshot);
            for (at, subscriber) in snapshot.subscribers.iter().enumerate() {
                let group = groups(at);
                let is_found =
                    is_asked && self.query.matches(snapshot, subscriber, group.map(AsRef::as_ref), now);
                if is_found {
                    counts.add(subscriber);
                }
                let is_row = is_found && self.chip.is_none_or(|chip| chip.holds(subscriber));
                total += usize::from(is_row);
                if wanted.as_ref().map_or(is_row, |wanted| wanted.contains(&subscriber.id)) {
                    candidates.push(Candidate::new(snapshot, subscriber, group, self.sort.key));
                }
            }
        }
        if let Some(after) = &self.after {
            let last = after.standing();
            candidates.retain(|row| last.compare(&row.standing(), self.sort.descending).is_lt());
        }
        let left = candidates.len();
        let window = order::window(&mut candidates, self.sort, self.offset, self.limit);
        let has_more = self.offset.saturating_add(window.len()) < left;
        let next = window.last().filter(|_| has_more).map(|last| Cursor::at(last, self.sort));
        let rows = window.iter().map(Candidate::found).collect();
        Page { rows, total, next, counts }
    }

    /// The rows of a router that are asked for by their keys, if rows are.
    fn wanted(&self, snapshot: &Snapshot) -> Option<HashSet<SubscriberId>> {
        let keys = self.keys.as_ref()?.iter();
        Some(keys.filter(|(router, _)| *router == snapshot.router).map(|(_, id)| *id).collect())
    }
}

#[cfg(test)]
mod tests;
