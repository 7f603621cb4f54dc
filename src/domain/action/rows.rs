//! Rows of a router, as it was read last, that actions can be about.

use super::{Item, Table};
use crate::domain::snapshot::Snapshot;
use jiff::Timestamp;

/// The rows of this name in a table.
pub fn named(snapshot: &Snapshot, table: Table, name: &str) -> Vec<Item> {
    match table {
        Table::Sessions => {
            let found = snapshot.subscriber(name).into_iter();
            let session = |session| Item::of_session(name, session, snapshot.at.wall);
            found.flat_map(|(_, subscriber)| &subscriber.sessions).map(session).collect()
        }
        Table::Accounts => {
            let found = snapshot.subscriber(name).and_then(|(_, subscriber)| subscriber.account.as_deref());
            found.map(Item::from).into_iter().collect()
        }
        Table::HotspotSessions => {
            let rows = snapshot.hotspot_active.rows.iter().filter(|row| row.user == name);
            rows.map(Item::from).collect()
        }
        Table::HotspotUsers => {
            let rows = snapshot.hotspot_users.rows.iter().filter(|row| row.name == name);
            rows.map(Item::from).collect()
        }
        Table::Leases => {
            let rows = snapshot.leases.rows.iter().filter(|row| row.address == name);
            rows.map(Item::from).collect()
        }
    }
}

/// The profiles that an account may have.
pub fn ppp_profiles(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.profiles.rows.iter().map(|profile| profile.name.as_str()).collect()
}

/// The profiles that a hotspot user may have, as far as they are known: those that one has, and the one that every router
/// has.
pub fn hotspot_profiles(snapshot: &Snapshot) -> Vec<&str> {
    let rows = snapshot.hotspot_users.rows.iter();
    let mut profiles: Vec<&str> =
        rows.map(|row| row.profile.as_str()).filter(|name| !name.is_empty()).collect();
    profiles.push("default");
    profiles.sort_unstable();
    profiles.dedup();
    profiles
}

/// How long a session is known to have lasted: its beginning is known to a few seconds.
pub(super) fn lasted(since: Timestamp, now: Timestamp) -> String {
    const DOUBT: i64 = 10;
    format!("{}s", (now.duration_since(since).as_secs() - DOUBT).max(0))
}
