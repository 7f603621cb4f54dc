//! Which of a router's tables are read, how often, and what that costs it.

mod estimate;

pub use estimate::{Counted, estimate};

use super::dhcp::{Lease, Pool};
use super::ethernet::EthernetLink;
use super::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use super::interface::InterfaceFacts;
use super::line::{Delegation, PppoeLine, Vlan};
use super::log_line::RouterLogLine;
use super::network::{Arp, SimpleQueue};
use super::ppp::{ActiveSession, PppoeServer, Profile as PppProfile, StaticPppoe};
use super::resource::Resource as _;
use super::rights::{OurUser, UserGroup};
use super::snapshot::PollReport;
use super::system::{Clock, Health, Routerboard};
use std::collections::BTreeMap;
use std::time::Duration;

/// A table whose reading may be set: its menu, and every how many seconds it is read unless somebody says otherwise.
///
/// What is not among them is needed to know the router and its subscribers at all.
pub const TABLES: [(&str, u16); 19] = [
    (InterfaceFacts::NAME, 60),
    (EthernetLink::NAME, 60),
    (Lease::NAME, 60),
    (Arp::NAME, 60),
    (HotspotHost::NAME, 60),
    (HotspotUser::NAME, 60),
    (SimpleQueue::NAME, 60),
    (Health::NAME, 30),
    (Clock::NAME, 300),
    (Routerboard::NAME, 300),
    (PppProfile::NAME, 300),
    (PppoeServer::NAME, 300),
    (StaticPppoe::NAME, 300),
    (PppoeLine::NAME, 300),
    (Vlan::NAME, 300),
    (Delegation::NAME, 300),
    (Pool::NAME, 300),
    (OurUser::NAME, 900),
    (UserGroup::NAME, 900),
];

/// Tables that are followed: the router tells what changes in them by itself, so that they are followed or not at all.
pub const FOLLOWED: [&str; 2] = [HotspotActive::NAME, RouterLogLine::NAME];

/// The table that is followed whatever somebody says.
pub const ALWAYS: &str = ActiveSession::NAME;

/// How often a table may be read, in seconds.
pub const SECONDS: std::ops::RangeInclusive<u16> = 5..=3600;

/// What of a router's tables is read otherwise than usual; `None` is not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile(pub BTreeMap<&'static str, Option<Duration>>);

impl Profile {
    /// How often a table is read; `None` if it is not.
    pub fn every(&self, menu: &str, usual: Duration) -> Option<Duration> {
        self.0.get(menu).copied().unwrap_or(Some(usual))
    }

    /// Whether a table is followed that may be.
    pub fn follows(&self, menu: &str) -> bool {
        self.0.get(menu) != Some(&None)
    }
}

/// What polls cost a router in a minute, by what its answers were like last.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Load {
    /// Questions.
    pub commands: f64,
    /// Rows of the answers.
    pub rows: f64,
    /// Bytes of the answers.
    pub bytes: f64,
}

/// Adds up what polls cost.
pub fn load<'p>(polls: impl IntoIterator<Item = &'p PollReport>) -> Load {
    polls.into_iter().fold(Load::default(), |load, poll| {
        let times = 60.0 / poll.every.as_secs_f64().max(0.001);
        Load {
            commands: load.commands + times,
            rows: load.rows + times * poll.rows as f64,
            bytes: load.bytes + times * poll.bytes as f64,
        }
    })
}
