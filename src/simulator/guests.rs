//! What may be changed of the hotspot and of leases: who was sent away, users, cookies, leases that were made static.

use super::clock::Moment;
use super::stored::Stored;
use super::world::{Change, Feed};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

/// What an operator changed, and what tells of it.
#[derive(Debug, Default)]
pub struct Guests {
    /// `/ip/hotspot/user`.
    pub users: Stored,
    /// `/ip/hotspot/cookie`.
    pub cookies: Stored,
    /// Tells of `/ip/hotspot/active`.
    pub active: Feed,
    /// Tells of `/ip/hotspot/host`.
    pub host: Feed,
    /// Tells of `/ip/dhcp-server/lease`.
    pub lease: Feed,
    /// Those who were sent away, and since when they are back.
    sent_away: RwLock<BTreeMap<u64, Option<Moment>>>,
    /// Leases that were made static.
    fixed: RwLock<BTreeSet<u64>>,
}

/// Whether a guest is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// As drawn.
    Untouched,
    /// Sent away.
    Away,
    /// Back again since then.
    Back(Moment),
}

impl Guests {
    /// Whether the guest with this address is there.
    pub fn presence(&self, address: u64) -> Presence {
        match self.sent_away.read().unwrap_or_else(PoisonError::into_inner).get(&address) {
            None => Presence::Untouched,
            Some(None) => Presence::Away,
            Some(Some(since)) => Presence::Back(*since),
        }
    }

    /// Ends a guest's session and tells of it.
    pub fn send_away(&self, address: u64) {
        self.sent_away.write().unwrap_or_else(PoisonError::into_inner).insert(address, None);
        self.active.tell(Change::Gone(address));
        self.host.tell(Change::Put(address));
    }

    /// Begins a new session of a guest who was sent away.
    pub fn come_back(&self, address: u64, now: Moment) {
        self.sent_away.write().unwrap_or_else(PoisonError::into_inner).insert(address, Some(now));
        self.active.tell(Change::Put(address));
        self.host.tell(Change::Put(address));
    }

    /// Whether a lease was made static.
    pub fn is_fixed(&self, lease: u64) -> bool {
        self.fixed.read().unwrap_or_else(PoisonError::into_inner).contains(&lease)
    }

    /// Makes a lease static and tells of it.
    pub fn fix(&self, lease: u64) {
        self.fixed.write().unwrap_or_else(PoisonError::into_inner).insert(lease);
        self.lease.tell(Change::Put(lease));
    }
}
