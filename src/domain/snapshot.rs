//! Snapshots: all that is known of one router at one moment.

use super::dhcp::{Lease, Pool};
use super::durations::Durations;
use super::hotspot::{HotspotActive, HotspotHost};
use super::id::ItemId;
use super::interface::InterfaceFacts;
use super::network::{Arp, SimpleQueue};
use super::ppp::{PppoeServer, Profile};
use super::router::{Calls, Link, RouterName};
use super::subscriber::{Session, Slot, State, Subscriber, Traffic};
use super::system::{Clock, Health, Identity, Routerboard, SystemResource};
use super::time::Moment;
use super::units::BitsPerSecond;
use std::sync::Arc;
use std::time::Duration;

/// The typed result of one poll.
#[derive(Debug, Clone)]
pub struct Reading<R> {
    /// When the reply was complete.
    pub at: Moment,
    /// Its rows.
    pub rows: Vec<R>,
    /// Whether the router broke off after good rows: what is missing is not gone.
    pub partial: bool,
    /// Ids that changed while they were printed: a follow knows better than these rows.
    pub except: Vec<ItemId>,
}

/// How a table of a router stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum TableState {
    /// Not read yet.
    #[default]
    Waiting,
    /// Read in full.
    Fresh,
    /// The router broke off; some rows may be missing.
    Partial,
    /// The router has no such menu.
    Absent,
    /// The router's user may not read it.
    Forbidden,
    /// The router answered something else, in its own words.
    Failed(String),
}

/// Rows of one menu, as last read.
#[derive(Debug)]
pub struct Table<R> {
    /// The rows, in the router's order.
    pub rows: Arc<Vec<R>>,
    /// When they were read.
    pub at: Option<Moment>,
    /// How the last read ended.
    pub state: TableState,
}

impl<R> Clone for Table<R> {
    fn clone(&self) -> Self {
        Self { rows: Arc::clone(&self.rows), at: self.at, state: self.state.clone() }
    }
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self { rows: Arc::default(), at: None, state: TableState::default() }
    }
}

/// What one poll costs the router and how it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct PollReport {
    /// The table: its menu, and more where a menu is read as two tables.
    pub name: &'static str,
    /// When the last answer was complete.
    pub at: Moment,
    /// How long the router took for it.
    pub took: Duration,
    /// Its rows.
    pub rows: u64,
    /// Its bytes on the wire.
    pub bytes: u64,
    /// The time between two questions now in force.
    pub every: Duration,
    /// How it ended.
    pub state: TableState,
}

/// The router itself.
#[derive(Debug, Clone, Default)]
pub struct System {
    /// Its name for itself.
    pub identity: Option<Identity>,
    /// Load, memory, disk, version.
    pub resource: Option<SystemResource>,
    /// Model and firmware; absent on x86 and CHR.
    pub routerboard: Option<Routerboard>,
    /// Sensors.
    pub health: Option<Health>,
    /// Its clock.
    pub clock: Option<Clock>,
    /// When the load was read.
    pub at: Option<Moment>,
}

/// How many subscribers are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All: accounts, and sessions without one.
    pub total: usize,
    /// With a session.
    pub online: usize,
    /// Without one.
    pub offline: usize,
    /// Not to be asked for.
    pub unknown: usize,
    /// Switched off on the router (whatever their state).
    pub disabled: usize,
}

impl Counts {
    /// Adds one subscriber.
    pub fn add(&mut self, subscriber: &Subscriber) {
        self.total += 1;
        *self.of(subscriber.state) += 1;
        self.disabled += usize::from(subscriber.is_disabled());
    }

    /// Takes one subscriber off that was added before.
    pub fn remove(&mut self, subscriber: &Subscriber) {
        self.total -= 1;
        *self.of(subscriber.state) -= 1;
        self.disabled -= usize::from(subscriber.is_disabled());
    }

    /// Adds another router's.
    pub fn merge(&mut self, other: Self) {
        self.total += other.total;
        self.online += other.online;
        self.offline += other.offline;
        self.unknown += other.unknown;
        self.disabled += other.disabled;
    }

    fn of(&mut self, state: State) -> &mut usize {
        match state {
            State::Online => &mut self.online,
            State::Offline => &mut self.offline,
            State::Unknown => &mut self.unknown,
        }
    }
}

/// All we know of one router at one moment. Immutable; a new one replaces it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Whose.
    pub router: RouterName,
    /// How things stand between us and the router.
    pub link: Link,
    /// How often we called it.
    pub calls: Calls,
    /// How long its answers took since we watch it.
    pub answers: Arc<Durations>,
    /// When it was published.
    pub at: Moment,
    /// The router itself.
    pub system: Arc<System>,
    /// Its subscribers, in no particular order; an index is good within this snapshot only.
    pub subscribers: Arc<Vec<Arc<Subscriber>>>,
    /// Counters and rates, to be looked up by a session's slot.
    pub traffic: Arc<Vec<Traffic>>,
    /// When the counters were last read in full.
    pub traffic_at: Option<Moment>,
    /// How many subscribers are in which state.
    pub counts: Counts,
    /// Sessions, of which a subscriber may have several.
    pub sessions: usize,
    /// The sum of the sessions' download rates; `None` before the second reading and while unreachable.
    pub download: Option<BitsPerSecond>,
    /// The sum of the sessions' upload rates.
    pub upload: Option<BitsPerSecond>,
    /// Interfaces that belong to the router itself.
    pub interfaces: Table<InterfaceFacts>,
    /// Where their counters stand in `traffic`, in the same order.
    pub interface_slots: Arc<Vec<Option<Slot>>>,
    /// PPP profiles.
    pub profiles: Table<Profile>,
    /// PPPoE servers.
    pub pppoe_servers: Table<PppoeServer>,
    /// Hotspot sessions.
    pub hotspot_active: Table<HotspotActive>,
    /// Hosts seen by hotspots.
    pub hotspot_hosts: Table<HotspotHost>,
    /// DHCP leases.
    pub leases: Table<Lease>,
    /// Address pools.
    pub pools: Table<Pool>,
    /// Simple queues.
    pub queues: Table<SimpleQueue>,
    /// The ARP table.
    pub arp: Table<Arp>,
    /// What our polls cost the router, by menu.
    pub polls: Arc<Vec<PollReport>>,
    /// How the account table stands; without it only sessions are known.
    pub accounts: TableState,
}

impl Snapshot {
    /// When the router was last read; `None` if it was never reached, so that nothing here was measured.
    pub fn read_at(&self) -> Option<Moment> {
        self.traffic_at.or(self.link.is_live().then_some(self.at))
    }

    /// The counters and rates of a session, if they are known.
    pub fn traffic_of(&self, session: &Session) -> Option<&Traffic> {
        self.traffic.get(session.slot?.0 as usize)
    }

    /// The counters and rates of one of the router's own interfaces, by its place in the table.
    pub fn traffic_of_interface(&self, row: usize) -> Option<&Traffic> {
        let slot = self.interface_slots.get(row).copied().flatten()?;
        self.traffic.get(slot.0 as usize)
    }

    /// A subscriber's download over all its sessions; `None` when no session has a rate.
    pub fn download_of(&self, subscriber: &Subscriber) -> Option<BitsPerSecond> {
        self.sum(subscriber, Traffic::download)
    }

    /// A subscriber's upload over all its sessions.
    pub fn upload_of(&self, subscriber: &Subscriber) -> Option<BitsPerSecond> {
        self.sum(subscriber, Traffic::upload)
    }

    fn sum(
        &self,
        of: &Subscriber,
        rate: impl Fn(&Traffic) -> Option<BitsPerSecond>,
    ) -> Option<BitsPerSecond> {
        let mut rates = of.sessions.iter().filter_map(|session| rate(self.traffic_of(session)?)).peekable();
        rates.peek()?;
        Some(BitsPerSecond(rates.map(|rate| rate.0).sum()))
    }
}
