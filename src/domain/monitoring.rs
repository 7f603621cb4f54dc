//! The working state of one router: readings go in, changes and snapshots come out.
//!
//! It thinks and never waits: an actor owns it, hands it what was read, and publishes what it makes of it.

mod interfaces;
mod people;
mod presence;
mod tables;
#[cfg(test)]
mod tests;

use super::durations::Durations;
use super::events::Change;
use super::ppp::ActiveSession;
use super::rates::Tempo;
use super::recent::Recent;
use super::router::{Calls, Link, RouterName};
use super::snapshot::{PollReport, Reading, Snapshot, System, TableState};
use super::time::Moment;
use super::units::BitsPerSecond;
use super::{follow::Followed, hotspot::HotspotActive};
use interfaces::Interfaces;
use people::People;
use std::sync::Arc;
use std::time::Duration;
use tables::Tables;

/// A router's uptime may be read a little late; only a real step back is a reboot.
const UPTIME_SLACK: Duration = Duration::from_secs(10);

/// Takes in one reading.
pub trait Keep<R> {
    /// Works out what the reading means and remembers it.
    fn keep(&mut self, reading: Reading<R>);
}

/// The working state of one router.
#[derive(Debug)]
pub struct Monitoring {
    router: RouterName,
    link: Link,
    calls: Calls,
    reboots: u64,
    answers: Arc<Durations>,
    system: Arc<System>,
    people: People,
    interfaces: Interfaces,
    tables: Tables,
    recent: Recent,
    polls: Arc<Vec<PollReport>>,
    changes: Vec<Change>,
}

impl Monitoring {
    /// A router of which nothing is known yet.
    pub fn new(router: RouterName) -> Self {
        Self {
            router,
            link: Link::Connecting,
            calls: Calls::default(),
            reboots: 0,
            answers: Arc::default(),
            system: Arc::default(),
            people: People::default(),
            interfaces: Interfaces::default(),
            tables: Tables::default(),
            recent: Recent::default(),
            polls: Arc::default(),
            changes: Vec::new(),
        }
    }

    /// The same, of a router whose time runs faster than ours.
    #[must_use]
    pub fn at_tempo(mut self, tempo: Tempo) -> Self {
        self.interfaces.set_tempo(tempo);
        self
    }

    /// Which router it is.
    pub fn router(&self) -> &RouterName {
        &self.router
    }

    /// The link changed. When it is lost, subscribers become unknown, never offline, and rates become gaps.
    pub fn link(&mut self, link: Link, at: Moment) {
        if self.link.word() != link.word() {
            let trouble = link.trouble();
            let what = trouble.map(|trouble| trouble.what.clone()).unwrap_or_default();
            let trouble = trouble.map_or("", |trouble| trouble.word);
            self.changes.push(Change::Link { word: link.word(), trouble, what });
        }
        if !link.is_live() {
            self.people.out_of_sight(at, &mut self.changes);
            self.interfaces.forget_rates();
        }
        self.link = link;
    }

    /// How often the router was called until now.
    pub fn called(&mut self, calls: Calls) {
        self.calls = calls;
    }

    /// A follow of `/ppp/active` reported a change.
    pub fn session_changed(&mut self, change: Followed<ActiveSession>, at: Moment) {
        match change {
            Followed::Row(row) => self.people.session(row, at, &mut self.changes),
            Followed::Gone(id) => self.people.session_gone(id, at, &mut self.changes),
        }
        self.join();
    }

    /// A follow of `/ip/hotspot/active` reported a change.
    pub fn hotspot_changed(&mut self, change: Followed<HotspotActive>, at: Moment) {
        self.tables.hotspot_changed(change, at);
    }

    /// A poll of the table of this name failed: its menu is absent, forbidden, or answered something else. Its last
    /// rows stay.
    pub fn table_state(&mut self, name: &str, state: TableState) {
        self.tables.state(name, state);
    }

    /// What a poll cost.
    pub fn polled(&mut self, report: PollReport) {
        Arc::make_mut(&mut self.answers).add(report.took);
        let polls = Arc::make_mut(&mut self.polls);
        match polls.iter_mut().find(|poll| poll.name == report.name) {
            Some(poll) => *poll = report,
            None => polls.push(report),
        }
    }

    /// What changed since the last call.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// All that is known, as an immutable whole.
    pub fn snapshot(&mut self, at: Moment) -> Arc<Snapshot> {
        let totals = self.interfaces.totals();
        Arc::new(Snapshot {
            router: self.router.clone(),
            link: self.link.clone(),
            calls: self.calls,
            reboots: self.reboots,
            answers: Arc::clone(&self.answers),
            at,
            system: Arc::clone(&self.system),
            subscribers: self.people.rows(),
            traffic: self.interfaces.traffic(),
            traffic_at: self.interfaces.read_at(),
            recent: self.recent.clone(),
            counts: self.people.counts(),
            sessions: self.people.sessions(),
            download: totals.map(|rates| BitsPerSecond(rates.sent.0)),
            upload: totals.map(|rates| BitsPerSecond(rates.received.0)),
            interface_slots: Arc::new(self.interfaces.slots_of(&self.tables.interfaces.rows)),
            interface_faults: Arc::clone(&self.tables.faults),
            interface_links: Arc::clone(&self.tables.links_of),
            links_state: self.tables.links.state.clone(),
            interfaces: self.tables.interfaces.clone(),
            profiles: self.tables.profiles.clone(),
            pppoe_servers: self.tables.pppoe_servers.clone(),
            hotspot_active: self.tables.hotspot_active.clone(),
            hotspot_hosts: self.tables.hotspot_hosts.clone(),
            hotspot_users: self.tables.hotspot_users.clone(),
            leases: self.tables.leases.clone(),
            pools: self.tables.pools.clone(),
            queues: self.tables.queues.clone(),
            arp: self.tables.arp.clone(),
            lines: Arc::clone(&self.tables.lines),
            polls: Arc::clone(&self.polls),
            accounts: self.tables.accounts.clone(),
        })
    }

    /// Joins sessions to the interfaces that carry them, where either side is new.
    fn join(&mut self) {
        self.people.join(&mut self.interfaces);
    }

    /// Keeps the rates that a reading of the counters told.
    fn remember(&mut self, at: Moment) {
        let traffic = self.interfaces.traffic();
        self.recent.push(at, &self.people.rows(), |subscriber, before| {
            let told = subscriber.sessions.iter().filter_map(|session| traffic.get(session.slot?.0 as usize));
            // Where the router broke off, what it did not get to is as old as the reading before.
            let new = told.filter(|traffic| before.is_none_or(|before| before < traffic.at));
            let mut rates = new.filter_map(|traffic| traffic.rates);
            let first = rates.next()?;
            let (down, up) = rates.fold((first.sent.0, first.received.0), |(down, up), rates| {
                (down + rates.sent.0, up + rates.received.0)
            });
            Some((BitsPerSecond(down), BitsPerSecond(up)))
        });
    }

    fn system(&mut self) -> &mut System {
        Arc::make_mut(&mut self.system)
    }

    /// Whether the router restarted between two readings of its uptime.
    fn rebooted(&self, uptime: Option<Duration>, at: Moment) -> bool {
        let (Some(before), Some(then), Some(now)) =
            (self.system.resource.as_ref().and_then(|resource| resource.uptime), self.system.at, uptime)
        else {
            return false;
        };
        let expected = before + at.instant.saturating_duration_since(then.instant);
        now + UPTIME_SLACK < expected && now < before
    }
}
