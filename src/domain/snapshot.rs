//! Snapshots: all that is known of one router at one moment.

use super::dhcp::{Lease, Pool};
use super::durations::Durations;
use super::ethernet::EthernetLink;
use super::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use super::id::ItemId;
use super::interface::{Faults, InterfaceCounters, InterfaceFacts};
use super::line::{Line, Lines};
use super::network::{Arp, SimpleQueue};
use super::ppp::{PppoeServer, Profile};
use super::recent::{Recent, Sample};
use super::resource::Resource as _;
use super::rights::{OurUser, UserGroup};
use super::router::{Calls, Link, RouterName};
use super::subscriber::{Session, Slot, State, Subscriber, Traffic};
use super::system::{Clock, Health, Identity, Routerboard, SystemResource};
use super::time::Moment;
use super::units::BitsPerSecond;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    /// The user as whom we sign in.
    pub user: Option<OurUser>,
    /// The groups of its users.
    pub groups: Vec<UserGroup>,
    /// When the load was read.
    pub at: Option<Moment>,
}

impl System {
    /// The group of our user and its policies; `None` where the router does not tell, or RADIUS decides.
    pub fn rights(&self) -> Option<(&str, &str)> {
        let group = self
            .groups
            .iter()
            .find(|group| self.user.as_ref().is_some_and(|user| user.group == group.name))?;
        Some((&group.name, &group.policy))
    }
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
    /// How often it restarted since we watch it.
    pub reboots: u64,
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
    /// The rates of the last five minutes.
    pub recent: Recent,
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
    /// Errors and drops a second of these interfaces, in the same order; `None` before the second reading.
    pub interface_faults: Arc<Vec<Option<Faults>>>,
    /// What those of Ethernet have agreed on with their other ends, in the same order.
    pub interface_links: Arc<Vec<Option<EthernetLink>>>,
    /// How the table of these links stands.
    pub links_state: TableState,
    /// PPP profiles.
    pub profiles: Table<Profile>,
    /// PPPoE servers.
    pub pppoe_servers: Table<PppoeServer>,
    /// Hotspot sessions.
    pub hotspot_active: Table<HotspotActive>,
    /// Hosts seen by hotspots.
    pub hotspot_hosts: Table<HotspotHost>,
    /// Who may sign in at hotspots.
    pub hotspot_users: Table<HotspotUser>,
    /// DHCP leases.
    pub leases: Table<Lease>,
    /// Address pools.
    pub pools: Table<Pool>,
    /// Simple queues.
    pub queues: Table<SimpleQueue>,
    /// The ARP table.
    pub arp: Table<Arp>,
    /// What carries the sessions.
    pub lines: Arc<Lines>,
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

    /// Until when what lasts is known to last: until now, or of a router that cannot be asked until it was read last.
    pub fn known_until(&self, now: Timestamp) -> Timestamp {
        if self.link.is_live() { now } else { self.traffic_at.unwrap_or(self.at).wall.min(now) }
    }

    /// For how much of the time the router was busy with our polls, in percent; `None` before the first.
    pub fn poll_load_percent(&self) -> Option<f64> {
        let share = |poll: &PollReport| poll.took.as_secs_f64() / poll.every.as_secs_f64().max(0.001);
        (!self.polls.is_empty()).then(|| 100.0 * self.polls.iter().map(share).sum::<f64>())
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

    /// What one of the router's own interfaces has agreed on, by its place in the table, while it runs.
    pub fn link_of_interface(&self, row: usize) -> Option<&EthernetLink> {
        let is_up = self.link.is_live() && self.interfaces.rows.get(row).is_some_and(|row| row.running);
        self.interface_links.get(row)?.as_ref().filter(|link| is_up && link.speed.is_some())
    }

    /// How much of an interface's speed its busier direction uses, in percent; `None` where the speed is not known.
    pub fn utilisation_of_interface(&self, row: usize) -> Option<f64> {
        let rates = self.traffic_of_interface(row)?.rates?;
        Some(100.0 * rates.received.0.max(rates.sent.0) / self.link_of_interface(row)?.speed?)
    }

    /// What carries a session.
    pub fn line_of(&self, session: &Session) -> Option<&Line> {
        self.lines.get(session.interface.as_ref()?)
    }

    /// The subscriber of this name, and its place.
    pub fn subscriber(&self, name: &str) -> Option<(usize, &Arc<Subscriber>)> {
        self.subscribers.iter().enumerate().find(|(_, subscriber)| subscriber.name == name)
    }

    /// What a subscriber's profile limits it to, in the router's words.
    pub fn rate_limit_of(&self, subscriber: &Subscriber) -> &str {
        let profile = self.profiles.rows.iter().find(|profile| profile.name == subscriber.profile());
        profile.map_or("", |profile| profile.rate_limit.as_str())
    }

    /// A subscriber's rates of the last five minutes, oldest first.
    pub fn recent_of(&self, subscriber: &Subscriber, now: Instant) -> Vec<Sample> {
        self.recent.of(subscriber.id, now)
    }

    /// How often counters are read now; `None` before the first time.
    pub fn counters_every(&self) -> Option<Duration> {
        let poll = self.polls.iter().find(|poll| poll.name == InterfaceCounters::NAME)?;
        Some(poll.every)
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
