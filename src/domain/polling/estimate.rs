//! What polls will cost a router, before it was polled.

use super::{Load, Profile, TABLES};
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::ethernet::EthernetLink;
use crate::domain::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use crate::domain::interface::{InterfaceCounters, InterfaceFacts};
use crate::domain::line::{Delegation, PppoeLine, Vlan};
use crate::domain::network::{Arp, SimpleQueue};
use crate::domain::ppp::{Account, ActiveSession};
use crate::domain::resource::Resource as _;
use crate::domain::snapshot::Snapshot;
use crate::domain::system::{Identity, SystemResource};
use std::time::Duration;

/// How many there are of what tables have rows for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Sessions of PPP.
    pub sessions: u64,
    /// Accounts of PPP.
    pub accounts: u64,
    /// Interfaces, those of sessions among them.
    pub interfaces: u64,
    /// Sessions of hotspots.
    pub hotspot: u64,
    /// DHCP leases.
    pub leases: u64,
    /// Simple queues.
    pub queues: u64,
}

impl Counted {
    /// A router of which nothing is known: one with a thousand subscribers.
    pub const TYPICAL: Self =
        Self { sessions: 1_000, accounts: 1_000, interfaces: 1_020, hotspot: 0, leases: 20, queues: 1_000 };

    /// What a router that is watched has.
    pub fn of(snapshot: &Snapshot) -> Option<Self> {
        snapshot.read_at()?;
        let sessions = snapshot.sessions as u64;
        Some(Self {
            sessions,
            accounts: snapshot.subscribers.iter().filter(|one| one.account.is_some()).count() as u64,
            interfaces: sessions + snapshot.interfaces.rows.len() as u64,
            hotspot: snapshot.hotspot_active.rows.len() as u64,
            leases: snapshot.leases.rows.len() as u64,
            queues: snapshot.queues.rows.len() as u64,
        })
    }

    /// The rows of a table, about, and how many bytes each takes on the wire.
    ///
    /// The bytes are those of the property lists with values of usual length.
    fn reply(self, table: &str) -> (u64, u64) {
        let own = self.interfaces.saturating_sub(self.sessions);
        match table {
            InterfaceCounters::NAME => (self.interfaces, 133),
            ActiveSession::NAME => (self.sessions, 140),
            PppoeLine::NAME | Delegation::NAME => (self.sessions, 83),
            Account::NAME => (self.accounts, 217),
            InterfaceFacts::NAME => (own, 220),
            EthernetLink::NAME | Vlan::NAME => (own, 60),
            HotspotActive::NAME | HotspotHost::NAME | HotspotUser::NAME => (self.hotspot, 200),
            Lease::NAME | Arp::NAME => (self.leases, 190),
            SimpleQueue::NAME => (self.queues, 197),
            SystemResource::NAME => (1, 300),
            Pool::NAME => (3, 100),
            _ => (1, 100),
        }
    }
}

/// What is always read, and every how many seconds; the counters as often as it is set.
const ALWAYS: [(&str, u16); 5] = [
    (Identity::NAME, 300),
    (SystemResource::NAME, 10),
    (Account::NAME, 60),
    (ActiveSession::NAME, 60),
    (HotspotActive::NAME, 60),
];

/// Adds up what polls of a router with so much to tell will cost.
pub fn estimate(profile: &Profile, counters_every: Duration, counted: Counted) -> Load {
    let seconds = |seconds: u16| Duration::from_secs(seconds.into());
    let followed = ALWAYS.into_iter().filter(|(table, _)| profile.follows(table));
    let always = followed.map(|(table, every)| (table, seconds(every)));
    let set =
        TABLES.iter().filter_map(|(table, usual)| Some((*table, profile.every(table, seconds(*usual))?)));
    let all = always.chain(set).chain([(InterfaceCounters::NAME, counters_every)]);
    all.fold(Load::default(), |load, (table, every)| {
        let (rows, bytes) = counted.reply(table);
        let times = 60.0 / every.as_secs_f64().max(1.0);
        #[expect(clippy::cast_precision_loss, reason = "it is an estimate")]
        let (rows, bytes) = (rows as f64, (rows * bytes) as f64);
        Load {
            commands: load.commands + times,
            rows: load.rows + times * rows,
            bytes: load.bytes + times * bytes,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_follows_the_intervals_the_tables_and_the_rows() {
        let every = Duration::from_secs(5);
        let usual = estimate(&Profile::default(), every, Counted::TYPICAL);
        // The counters alone: twelve times a minute, each a row for each interface.
        assert!(12.0 * 1_020.0 < usual.rows && usual.rows < 20.0 * 1_020.0, "{usual:?}");
        assert!(100.0 < usual.bytes / usual.rows && usual.bytes / usual.rows < 200.0, "{usual:?}");

        let slower = estimate(&Profile::default(), every * 2, Counted::TYPICAL);
        assert!((usual.commands - slower.commands - 6.0).abs() < 0.01, "{usual:?} {slower:?}");
        assert!((usual.rows - slower.rows - 6.0 * 1_020.0).abs() < 0.01, "{usual:?} {slower:?}");

        let profile = Profile([(SimpleQueue::NAME, None)].into_iter().collect());
        let without = estimate(&profile, every, Counted::TYPICAL);
        assert!((usual.rows - without.rows - 1_000.0).abs() < 0.01, "{usual:?} {without:?}");

        let hotspot = Counted { hotspot: 500, ..Counted::TYPICAL };
        let usual = estimate(&Profile::default(), every, hotspot);
        let profile = Profile([(HotspotActive::NAME, None)].into_iter().collect());
        let without = estimate(&profile, every, hotspot);
        assert!((usual.rows - without.rows - 500.0).abs() < 0.01, "{usual:?} {without:?}");
        assert!((usual.commands - without.commands - 1.0).abs() < 0.01, "{usual:?} {without:?}");

        let more = Counted { sessions: 2_000, interfaces: 2_020, ..Counted::TYPICAL };
        assert!(usual.rows * 1.5 < estimate(&Profile::default(), every, more).rows);
    }
}
