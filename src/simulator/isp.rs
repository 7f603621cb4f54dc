//! A synthetic ISP: its subscribers, and their sessions as they are now.

mod accounts;

pub use accounts::AccountChange;

use super::clock::{Clock, Moment};
use super::guests::Guests;
use super::later::Agenda;
use super::log::Log;
use super::plan::RouterPlan;
use super::subscribers::{Reason, Subscriber, draw, mac};
use super::traffic::{Usage, mix};
use super::values::{put_address, put_mac};
use super::world::{Change, Feed};
use fastrand::Rng;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

/// The first id of a dynamic interface, as seen on real routers.
pub const INTERFACES: u64 = 0xF0_0000;

/// One PPPoE session.
///
/// It holds all that the counters' poll asks for: sessions lie in memory in the order in which they are read, and
/// subscribers do not.
#[derive(Debug)]
pub struct Session {
    /// Whose, as an index of [`State::subscribers`].
    pub subscriber: u32,
    /// The first or the second device of that subscriber.
    pub device: u8,
    /// The tariff that it began with.
    pub tariff: u8,
    /// When it began.
    pub since: Moment,
    /// The address that it was given.
    pub address: u32,
    /// Its dynamic interface.
    pub interface: Box<[u8]>,
    up: Meter,
    down: Meter,
}

/// Counts what a session makes of one direction of a subscriber's use.
#[derive(Debug)]
struct Meter {
    usage: Usage,
    /// What there was before the session.
    before: u64,
}

impl Session {
    /// The bytes uploaded up to a moment; zero when it begins.
    pub fn uploaded(&self, at: Moment) -> u64 {
        self.share(&self.up, at)
    }

    /// The bytes downloaded up to a moment; zero when it begins.
    pub fn downloaded(&self, at: Moment) -> u64 {
        self.share(&self.down, at)
    }

    /// Both: uploaded, downloaded.
    pub fn bytes(&self, at: Moment) -> (u64, u64) {
        (self.uploaded(at), self.downloaded(at))
    }

    fn share(&self, meter: &Meter, at: Moment) -> u64 {
        let bytes = meter.usage.total(at.max(self.since)).saturating_sub(meter.before);
        // The second device does a quarter of what the first one does.
        if self.device == 0 { bytes } else { bytes / 4 }
    }
}

/// The ISP at one moment.
pub struct State {
    /// When the router was booted.
    pub boot: Moment,
    /// Everybody.
    pub subscribers: Vec<Subscriber>,
    /// Every session by its number since boot.
    pub sessions: BTreeMap<u32, Session>,
    last_session: u32,
}

/// What tells of changes in the menus that follow from sessions.
#[derive(Debug, Clone, Default)]
pub struct Feeds {
    /// Of `/ppp/active`.
    pub active: Feed,
    /// Of `/interface`.
    pub interface: Feed,
    /// Of `/interface/pppoe-server`.
    pub server: Feed,
    /// Of `/queue/simple`.
    pub queue: Feed,
    /// Of `/ppp/secret`.
    pub account: Feed,
    /// Of `/ip/pool/used`.
    pub pool: Feed,
}

/// A synthetic ISP.
pub struct Isp {
    /// What it follows from.
    pub plan: RouterPlan,
    /// Its time.
    pub clock: Clock,
    /// What tells of its changes.
    pub feeds: Feeds,
    /// The router's log.
    pub log: Log,
    /// What an operator changed of hotspot and leases.
    pub guests: Guests,
    /// What will happen by itself.
    pub later: Agenda,
    names: RwLock<HashMap<Box<[u8]>, u32>>,
    /// Whose rows cannot be changed, and what the router says then.
    stubborn: Mutex<HashMap<Box<[u8]>, String>>,
    state: RwLock<State>,
}

impl Isp {
    /// The ISP of a plan, some time after it opened: most sessions are hours or days old.
    pub fn new(plan: RouterPlan) -> Arc<Self> {
        let clock = if plan.frozen { Clock::frozen() } else { Clock::running() };
        let mut rng = Rng::with_seed(plan.seed);
        let boot = Moment::first_boot();
        let mut state = State {
            boot,
            subscribers: Vec::with_capacity(plan.subscribers),
            sessions: BTreeMap::new(),
            last_session: 0,
        };
        let mut names = HashMap::with_capacity(plan.subscribers);
        let mut since = Vec::with_capacity(plan.subscribers);
        for index in 0..plan.subscribers {
            let (subscriber, sessions) = draw(&plan, index, &mut rng);
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            for device in 0..sessions {
                since.push((begun(&mut rng), index, device));
            }
            names.insert(subscriber.name.clone(), index);
            state.subscribers.push(subscriber);
        }
        // Session numbers grow with time.
        since.sort_unstable();
        for (since, subscriber, device) in since {
            state.begin(subscriber, device, since);
        }
        let log = Log::new(&plan, clock.clone());
        let isp = Self {
            plan,
            clock,
            feeds: Feeds::default(),
            log,
            guests: Guests::default(),
            later: Agenda::default(),
            names: RwLock::new(names),
            stubborn: Mutex::default(),
            state: RwLock::new(state),
        };
        isp.write_history();
        Arc::new(isp)
    }

    /// Reads the ISP as it is now. Do not wait while you hold it.
    pub fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The subscriber of this name.
    pub fn subscriber(&self, name: &[u8]) -> Option<u32> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).get(name).copied()
    }

    /// Lets every change of this name fail with these words.
    pub fn refuse_changes(&self, name: &[u8], message: &str) {
        let mut stubborn = self.stubborn.lock().unwrap_or_else(PoisonError::into_inner);
        stubborn.insert(name.into(), message.to_owned());
    }

    /// The words with which changes of this name fail, if they do.
    pub fn stubborn(&self, name: &[u8]) -> Option<String> {
        self.stubborn.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The session behind an interface name such as `<pppoe-maria>` or, for a second one, `<pppoe-maria-1>`.
    pub fn session_of_interface(&self, interface: &[u8]) -> Option<u32> {
        let name = interface.strip_prefix(b"<pppoe-")?.strip_suffix(b">")?;
        let (name, device) = match (self.subscriber(name), name.strip_suffix(b"-1")) {
            (Some(_), _) | (None, None) => (name, 0),
            (None, Some(name)) => (name, 1),
        };
        let subscriber = self.subscriber(name)? as usize;
        *self.state().subscribers.get(subscriber)?.sessions.get(device)?
    }

    /// Starts a session; `false` if there is one already, or the account is disabled.
    pub fn dial(&self, subscriber: u32, device: u8) -> bool {
        let now = self.clock.now();
        let Some(number) = self.change().dial(subscriber, device, now) else { return false };
        self.log_dialled(number);
        let feeds = &self.feeds;
        feeds.interface.tell(Change::Put(INTERFACES + u64::from(number)));
        feeds.server.tell(Change::Put(INTERFACES + u64::from(number)));
        feeds.queue.tell(Change::Put(u64::from(number)));
        feeds.pool.tell(Change::Put(u64::from(number)));
        feeds.active.tell(Change::Put(u64::from(number)));
        true
    }

    /// Ends a session; `false` if there is none of this number.
    pub fn hang_up(&self, number: u32, reason: Reason) -> bool {
        let now = self.clock.now();
        let (session, lines, account) = {
            let mut state = self.change();
            let Some(session) = state.sessions.remove(&number) else { return false };
            let lines = self.farewell(&state, &session, reason, now);
            let subscriber = state.subscribers.get_mut(session.subscriber as usize);
            let account = subscriber.is_some_and(|subscriber| {
                subscriber.last_session = Some((now, reason));
                if let Some(place) = subscriber.sessions.get_mut(usize::from(session.device)) {
                    *place = None;
                }
                subscriber.has_account()
            });
            (session, lines, account)
        };
        let feeds = &self.feeds;
        feeds.active.tell(Change::Gone(u64::from(number)));
        feeds.queue.tell(Change::Gone(u64::from(number)));
        feeds.pool.tell(Change::Gone(u64::from(number)));
        feeds.server.tell(Change::Gone(INTERFACES + u64::from(number)));
        feeds.interface.tell(Change::Gone(INTERFACES + u64::from(number)));
        if account {
            feeds.account.tell(Change::Put(u64::from(session.subscriber) + 1));
        }
        for (topics, line) in lines {
            self.log.write(topics, line);
        }
        true
    }

    /// Boots the router again: everybody dials anew, ids and counters begin again.
    pub fn reboot(&self) {
        let now = self.clock.now();
        let mut state = self.change();
        state.boot = now;
        state.last_session = 0;
        let sessions = std::mem::take(&mut state.sessions);
        for session in sessions.into_values() {
            state.begin(session.subscriber, session.device, now);
        }
        self.log.clear();
        self.log.write("system,info", *b"router rebooted");
    }

    fn write_history(&self) {
        let state = self.state();
        self.log.write_at(state.boot, "system,info", *b"router rebooted");
        let skip = state.sessions.len().saturating_sub(100);
        for session in state.sessions.values().skip(skip) {
            for (topics, line) in greeting(&state, session) {
                self.log.write_at(session.since, topics, line);
            }
        }
    }

    fn log_dialled(&self, number: u32) {
        let lines = {
            let state = self.state();
            state.sessions.get(&number).map(|session| greeting(&state, session))
        };
        for (topics, line) in lines.into_iter().flatten() {
            self.log.write(topics, line);
        }
    }

    /// The log lines when a session ends; versions before 7 leave out `from MAC`.
    fn farewell(&self, state: &State, session: &Session, reason: Reason, now: Moment) -> Vec<LogLine> {
        let Some(subscriber) = state.subscribers.get(session.subscriber as usize) else { return Vec::new() };
        let interface = &session.interface;
        let (up, down) = session.bytes(now);
        let seconds = now.since(session.since).as_secs();
        let mut out = [&*subscriber.name, b" logged out, "].concat();
        let totals = format!("{seconds} {up} {down} {} {}", packets_up(up), packets_down(down));
        out.extend_from_slice(totals.as_bytes());
        if self.plan.ros.is_7() {
            out.extend_from_slice(b" from ");
            put_mac(&mut out, device_mac(subscriber, session.device));
        }
        vec![
            ("pppoe,ppp,info", [&**interface, b": terminating...", reason.logged().as_bytes()].concat()),
            ("pppoe,ppp,info,account", out),
            ("pppoe,ppp,info", [&**interface, b": disconnected"].concat()),
        ]
    }
}

impl State {
    fn dial(&mut self, subscriber: u32, device: u8, now: Moment) -> Option<u32> {
        let who = self.subscribers.get(subscriber as usize)?;
        let free = who.sessions.get(usize::from(device))?.is_none();
        (free && who.may_dial()).then(|| self.begin(subscriber, device, now))
    }

    fn begin(&mut self, subscriber: u32, device: u8, since: Moment) -> u32 {
        self.last_session += 1;
        let number = self.last_session;
        // Every subscriber has four addresses of 100.64.0.0/10; a new session may get another one.
        let address = 0x6440_0100 + (subscriber * 4 + u32::from(device) * 2 + number % 2) % 0x003F_FE00;
        let Some(who) = self.subscribers.get_mut(subscriber as usize) else { return number };
        if let Some(place) = who.sessions.get_mut(usize::from(device)) {
            *place = Some(number);
        }
        let interface = interface_name(&who.name, device).into_boxed_slice();
        let meter = |usage: Usage| Meter { usage, before: usage.total(since) };
        let (up, down, tariff) = (meter(who.up), meter(who.down), who.tariff);
        self.sessions
            .insert(number, Session { subscriber, device, tariff, since, address, interface, up, down });
        number
    }
}

type LogLine = (&'static str, Vec<u8>);

fn greeting(state: &State, session: &Session) -> Vec<LogLine> {
    let Some(subscriber) = state.subscribers.get(session.subscriber as usize) else { return Vec::new() };
    let interface = &session.interface;
    let mac = device_mac(subscriber, session.device);
    let mut established = b"PPPoE connection established from ".to_vec();
    put_mac(&mut established, mac);
    let mut logged_in = [&*subscriber.name, b" logged in, "].concat();
    put_address(&mut logged_in, session.address);
    logged_in.extend_from_slice(b" from ");
    put_mac(&mut logged_in, mac);
    vec![
        ("pppoe,info", established),
        ("pppoe,ppp,info,account", logged_in),
        ("pppoe,ppp,info", [&**interface, b": authenticated"].concat()),
        ("pppoe,ppp,info", [&**interface, b": connected"].concat()),
    ]
}

/// When a session began that goes on at the start: minutes ago for some, weeks ago for others.
fn begun(rng: &mut Rng) -> Moment {
    let longest = Moment::start().since(Moment::first_boot()).as_secs_f64() * 0.95;
    Moment::start().before(Duration::from_secs_f64(30.0 * (longest / 30.0).powf(rng.f64())))
}

/// The dynamic interface of a session; the second one of a subscriber has a number.
fn interface_name(name: &[u8], device: u8) -> Vec<u8> {
    let number: &[u8] = if device == 0 { b"" } else { b"-1" };
    [b"<pppoe-", name, number, b">"].concat()
}

/// The hardware address of a subscriber's device.
pub fn device_mac(subscriber: &Subscriber, device: u8) -> [u8; 6] {
    if device == 0 {
        return subscriber.mac;
    }
    let [.., x, y, z] = subscriber.mac;
    mac(mix(u64::from_be_bytes([0, 0, 0, 0, device, x, y, z])))
}

/// Packets for uploaded bytes; small ones, as most are acknowledgements.
pub fn packets_up(bytes: u64) -> u64 {
    bytes.div_ceil(320)
}

/// Packets for downloaded bytes.
pub fn packets_down(bytes: u64) -> u64 {
    bytes.div_ceil(1130)
}
