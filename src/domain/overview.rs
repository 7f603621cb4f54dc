//! All routers together: totals, and who uses most.

use super::find::{Find, Found, Key, Sort};
use super::snapshot::{Counts, Snapshot};
use super::system::SystemResource;
use super::units::BitsPerSecond;
use jiff::Timestamp;
use std::sync::Arc;

/// What all routers together come to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// Subscribers by state.
    pub counts: Counts,
    /// The sum of the download rates that are known; `None` when none is.
    pub download: Option<BitsPerSecond>,
    /// The sum of the upload rates that are known.
    pub upload: Option<BitsPerSecond>,
    /// Routers.
    pub routers: usize,
    /// Routers that are live.
    pub live: usize,
}

impl Totals {
    /// Adds up these snapshots.
    pub fn of(snapshots: &[Arc<Snapshot>]) -> Self {
        let mut totals = Self { routers: snapshots.len(), ..Self::default() };
        for snapshot in snapshots {
            totals.counts.merge(snapshot.counts);
            totals.live += usize::from(snapshot.link.is_live());
            add(&mut totals.download, snapshot.download);
            add(&mut totals.upload, snapshot.upload);
        }
        totals
    }
}

fn add(sum: &mut Option<BitsPerSecond>, rate: Option<BitsPerSecond>) {
    if let Some(rate) = rate {
        *sum = Some(BitsPerSecond(rate.0 + sum.map_or(0.0, |sum| sum.0)));
    }
}

/// How much of its memory a router uses, in percent.
pub fn memory_percent(resource: &SystemResource) -> Option<u64> {
    let (free, total) = (resource.free_memory?, resource.total_memory?);
    (100 * total.saturating_sub(free)).checked_div(total)
}

/// How much of its disk a router uses, in percent.
pub fn disk_percent(resource: &SystemResource) -> Option<u64> {
    let (free, total) = (resource.free_disk?, resource.total_disk?);
    (100 * total.saturating_sub(free)).checked_div(total)
}

/// A subscriber among those who use most.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// Who.
    pub found: Found,
    /// How much now.
    pub rate: BitsPerSecond,
}

/// Those who receive most now, the greatest first.
pub fn busiest_down(snapshots: &[Arc<Snapshot>], limit: usize, now: Timestamp) -> Vec<Ranked> {
    busiest(snapshots, Key::Down, limit, now)
}

/// Those who send most now, the greatest first.
pub fn busiest_up(snapshots: &[Arc<Snapshot>], limit: usize, now: Timestamp) -> Vec<Ranked> {
    busiest(snapshots, Key::Up, limit, now)
}

fn busiest(snapshots: &[Arc<Snapshot>], key: Key, limit: usize, now: Timestamp) -> Vec<Ranked> {
    let find = Find { sort: Sort { key, descending: true }, limit, ..Find::default() };
    let mut ranked = Vec::with_capacity(limit);
    for found in find.run(snapshots, now).rows {
        let rate = match key {
            Key::Up => found.snapshot.upload_of(&found.subscriber),
            _ => found.snapshot.download_of(&found.subscriber),
        };
        // Gaps come last and idle subscribers use nothing: neither belongs into a list of the busiest.
        let Some(rate) = rate.filter(|rate| 0.0 < rate.0) else { break };
        ranked.push(Ranked { found, rate });
    }
    ranked
}
