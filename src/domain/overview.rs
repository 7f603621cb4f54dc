//! All routers together: totals, and who uses most.

use super::find::{Find, Found, Key, Sort};
use super::hotspot::HotspotUser;
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

/// Something that only some routers have, over all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// No router has any.
    Nowhere,
    /// Some have, and none of these can be asked now.
    Unknown,
    /// Those that can be asked have so many in use now, of so many.
    Known {
        /// In use.
        now: usize,
        /// In all.
        all: usize,
        /// Routers that have some and cannot be asked now, which are not counted.
        without: usize,
    },
}

impl Held {
    /// Guests who are signed in at hotspots.
    pub fn guests(snapshots: &[Arc<Snapshot>]) -> Self {
        // Every router has the user of its trial: that alone is no hotspot.
        let is_somebody = |user: &HotspotUser| user.name != "default-trial";
        Self::of(snapshots, |one| {
            let (active, hosts) = (&one.hotspot_active, &one.hotspot_hosts.rows);
            let is_there = !active.rows.is_empty()
                || !hosts.is_empty()
                || one.hotspot_users.rows.iter().any(is_somebody);
            (is_there, active.at.map(|_| (active.rows.len(), active.rows.len())))
        })
    }

    /// Leases of DHCP servers; those that are bound are in use.
    pub fn leases(snapshots: &[Arc<Snapshot>]) -> Self {
        Self::of(snapshots, |one| {
            let rows = &one.leases.rows;
            let bound = rows.iter().filter(|lease| lease.status == "bound").count();
            (!rows.is_empty(), Some((bound, rows.len())))
        })
    }

    /// `count` tells whether a router has some, and how many are in use and in all, as far as that was read.
    fn of(snapshots: &[Arc<Snapshot>], count: impl Fn(&Snapshot) -> (bool, Option<(usize, usize)>)) -> Self {
        let (mut sum, mut without) = (None, 0);
        for snapshot in snapshots {
            let (has_some, counted) = count(snapshot);
            if !has_some {
                continue;
            }
            match counted.filter(|_| snapshot.link.is_live()) {
                Some((more_now, more)) => {
                    let (now, all) = sum.unwrap_or((0, 0));
                    sum = Some((now + more_now, all + more));
                }
                None => without += 1,
            }
        }
        match sum {
            Some((now, all)) => Self::Known { now, all, without },
            None if 0 < without => Self::Unknown,
            None => Self::Nowhere,
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dhcp::Lease;
    use crate::domain::example::{now, snapshot, unreachable};
    use crate::domain::hotspot::HotspotActive;
    use crate::domain::snapshot::{Table, TableState};

    fn table<R>(rows: Vec<R>) -> Table<R> {
        Table { rows: Arc::new(rows), at: Some(now()), state: TableState::Fresh }
    }

    fn lease(status: &str) -> Lease {
        Lease { status: status.into(), ..Lease::default() }
    }

    fn user(name: &str) -> Table<HotspotUser> {
        table(vec![HotspotUser { name: name.into(), ..HotspotUser::default() }])
    }

    #[test]
    fn guests_are_counted_where_there_is_a_hotspot() {
        let none = Arc::new(Snapshot {
            hotspot_active: table(Vec::new()),
            hotspot_users: user("default-trial"),
            ..snapshot("a", &[])
        });
        assert_eq!(Held::guests(&[none]), Held::Nowhere, "every router has the user of its trial");
        let empty = Arc::new(Snapshot {
            hotspot_active: table(Vec::new()),
            hotspot_users: user("voucher"),
            ..snapshot("b", &[])
        });
        assert_eq!(
            Held::guests(&[Arc::clone(&empty)]),
            Held::Known { now: 0, all: 0, without: 0 },
            "zero is measured"
        );
        let unread = Arc::new(Snapshot { hotspot_users: user("voucher"), ..snapshot("c", &[]) });
        assert_eq!(Held::guests(&[unread]), Held::Unknown, "nobody asked who is signed in");
        let guests = || table(vec![HotspotActive::default(), HotspotActive::default()]);
        let two = Arc::new(Snapshot { hotspot_active: guests(), ..snapshot("d", &[]) });
        let lost = Arc::new(Snapshot { hotspot_active: guests(), ..unreachable("e", &[]) });
        assert_eq!(Held::guests(&[Arc::clone(&lost)]), Held::Unknown, "who is there now is not known");
        assert_eq!(Held::guests(&[lost, two, empty]), Held::Known { now: 2, all: 2, without: 1 });
    }

    #[test]
    fn leases_are_counted_over_the_routers_that_have_some() {
        let one =
            |name: &str, all: Vec<Lease>| Arc::new(Snapshot { leases: table(all), ..snapshot(name, &[]) });
        assert_eq!(Held::leases(&[one("a", Vec::new())]), Held::Nowhere);
        let routers = [
            one("a", vec![lease("bound"), lease("waiting")]),
            one("b", vec![lease("bound")]),
            one("c", Vec::new()),
        ];
        assert_eq!(Held::leases(&routers), Held::Known { now: 2, all: 3, without: 0 });
        let lost = Arc::new(Snapshot { leases: table(vec![lease("bound")]), ..unreachable("d", &[]) });
        assert_eq!(Held::leases(&[Arc::clone(&lost)]), Held::Unknown);
        assert_eq!(Held::leases(&[routers[1].clone(), lost]), Held::Known { now: 1, all: 1, without: 1 });
    }
}
