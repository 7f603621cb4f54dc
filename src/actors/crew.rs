//! A crew: all actors of one router, on one arbiter, built and stopped together.

#[cfg(test)]
mod fail_points;

#[cfg(test)]
pub(super) use fail_points::FailPoint;
#[cfg(test)]
pub(super) use fail_points::fail_half_way;

use super::connection::{Connection, Setup};
use super::facts::Facts;
use super::follower::{Followable, Follower};
use super::monitor::{FollowedRows, Monitor, Outlets, Polled};
use super::pace::Turnstile;
use super::poller::{Again, Plan, Poller};
use super::router_log::RouterLog;
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::ethernet::EthernetLink;
use crate::domain::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use crate::domain::interface::{InterfaceCounters, InterfaceFacts};
use crate::domain::line::{Delegation, PppoeLine, Vlan};
use crate::domain::log_line::RouterLogLine;
use crate::domain::monitoring::{Keep, Monitoring};
use crate::domain::network::{Arp, SimpleQueue};
use crate::domain::polling;
use crate::domain::ppp::{Account, ActiveSession, PppoeServer, Profile, StaticPppoe};
use crate::domain::rates::Tempo;
use crate::domain::resource::Resource;
use crate::domain::rights::{OurUser, UserGroup};
use crate::domain::system::{Clock, Health, Identity, Routerboard, SystemResource};
use actix::dev::ToEnvelope;
use actix::prelude::*;
use futures_util::future::LocalBoxFuture;
use std::convert::identity;
use std::sync::Arc;
use std::time::Duration;

/// Asks an actor to end; the answer comes when it has let go of what it owns.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Stop;

/// What a crew is built from, again if need be.
#[derive(Debug, Clone)]
pub struct Post {
    /// How to reach the router.
    pub setup: Setup,
    /// How often traffic counters are read.
    pub poll_every: Duration,
    /// Which other tables are read otherwise than usual.
    pub profile: polling::Profile,
    /// How fast its time runs.
    pub tempo: Tempo,
    /// Whether its password cannot be read: it is not even called.
    pub is_locked: bool,
    /// Tables that are to be read again soon.
    pub again: Again,
}

/// The actors of one router.
pub(super) struct Crew {
    /// In the order in which they are stopped: who asks before who answers, and the monitor last.
    members: Vec<Box<dyn Member>>,
    /// Lets each of them die.
    #[cfg(test)]
    pub(super) fail_points: Vec<FailPoint>,
}

/// One actor of a crew, whatever its type.
trait Member {
    fn is_alive(&self) -> bool;
    /// Has it end, without waiting for that.
    fn end(&self);
    fn stop(&self) -> LocalBoxFuture<'static, ()>;
}

impl<A> Member for Addr<A>
where
    A: Actor + Handler<Stop>,
    A::Context: ToEnvelope<A, Stop>,
{
    fn is_alive(&self) -> bool {
        self.connected()
    }

    fn end(&self) {
        self.do_send(Stop);
    }

    fn stop(&self) -> LocalBoxFuture<'static, ()> {
        let stopped = self.send(Stop);
        Box::pin(async move {
            // An actor that is gone already has stopped, too.
            let _ = stopped.await;
        })
    }
}

impl Crew {
    /// Builds a crew on an arbiter; `again` when it replaces one that died.
    pub(super) fn build(
        post: &Post,
        outlets: Outlets,
        turnstile: Arc<Turnstile>,
        on: &ArbiterHandle,
        again: bool,
    ) -> Self {
        let router = post.setup.router.clone();
        let log = outlets.log.clone();
        let monitor = Monitor::new(Monitoring::new(router.clone()).at_tempo(post.tempo), outlets, again);
        let monitor = Monitor::start_in_arbiter(on, move |_| monitor);
        let (setup, told) = (post.setup.clone(), monitor.clone());
        let connection =
            Connection::start_in_arbiter(on, move |_| Connection::new(setup, turnstile, told.recipient()));
        let facts = Arc::new(Facts::new(&post.setup.credentials.username));
        let mut building = Building {
            members: Vec::new(),
            facts,
            connection,
            monitor,
            on,
            again: &post.again,
            #[cfg(test)]
            fail_points: Vec::new(),
        };
        building.pollers(post.poll_every, &post.profile);
        #[cfg(test)]
        fail_points::half_way();
        let router_log = RouterLog::start_in_arbiter(on, move |_| RouterLog::new(router, log));
        let monitor = building.monitor.clone();
        building.follower::<ActiveSession>(20, monitor.clone().recipient(), monitor.clone().recipient());
        if post.profile.follows(HotspotActive::NAME) {
            building.follower::<HotspotActive>(400, monitor.clone().recipient(), monitor.recipient());
        }
        if post.profile.follows(RouterLogLine::NAME) {
            let log = router_log.clone();
            building.follower::<RouterLogLine>(1_500, log.clone().recipient(), log.recipient());
        }
        #[cfg(test)]
        let fail_points = {
            let all = [
                fail_points::of(&router_log),
                fail_points::of(&building.connection),
                fail_points::of(&building.monitor),
            ];
            std::mem::take(&mut building.fail_points).into_iter().chain(all).collect()
        };
        building.members.push(Box::new(router_log));
        building.members.push(Box::new(building.connection.clone()));
        building.members.push(Box::new(building.monitor.clone()));
        Self {
            members: std::mem::take(&mut building.members),
            #[cfg(test)]
            fail_points,
        }
    }

    /// Whether every actor is alive.
    pub(super) fn is_whole(&self) -> bool {
        self.members.iter().all(|member| member.is_alive())
    }

    /// Stops all actors, one after the other.
    pub(super) fn stop(self) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            for member in self.members {
                member.stop().await;
            }
        })
    }
}

/// How a poller differs from others.
type Way<R> = fn(Poller<R>) -> Poller<R>;

struct Building<'a> {
    /// Those that are built; none once the whole crew is.
    members: Vec<Box<dyn Member>>,
    facts: Arc<Facts>,
    connection: Addr<Connection>,
    monitor: Addr<Monitor>,
    on: &'a ArbiterHandle,
    again: &'a Again,
    #[cfg(test)]
    fail_points: Vec<FailPoint>,
}

impl Drop for Building<'_> {
    /// What a mistake left half built ends: its actors would go on by themselves, with sessions of their own.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for member in &self.members {
            member.end();
        }
        self.connection.do_send(Stop);
        self.monitor.do_send(Stop);
    }
}

impl Building<'_> {
    /// All tables that are polled: when each is read first, so that a page is useful soon, and how often.
    fn pollers(&mut self, counters_every: Duration, profile: &polling::Profile) {
        let seconds = Duration::from_secs;
        self.poller::<Identity>(0, seconds(300), identity);
        self.poller::<SystemResource>(0, seconds(10), |poller| poller.looking(Facts::learn));
        self.poller::<Account>(10, seconds(60), identity);
        self.poller::<InterfaceCounters>(30, counters_every, identity);
        self.table::<StaticPppoe>(200, profile);
        self.table_with::<InterfaceFacts>(300, profile, |poller| poller.looking(Facts::learn_ports));
        // As often as the interfaces and soon after them: a link that came up since has its speed by then.
        self.table_with::<EthernetLink>(400, profile, |poller| poller.asking(Facts::ask_links));
        self.table::<Clock>(500, profile);
        self.table::<Health>(600, profile);
        self.table::<Routerboard>(700, profile);
        self.table::<Profile>(800, profile);
        self.table::<PppoeServer>(900, profile);
        self.table::<Pool>(1_000, profile);
        self.table::<Vlan>(1_100, profile);
        self.table::<PppoeLine>(1_200, profile);
        self.table::<Delegation>(1_300, profile);
        self.table_with::<OurUser>(1_400, profile, |poller| poller.asking(Facts::ask_user));
        self.table::<UserGroup>(1_500, profile);
        self.table::<Lease>(1_900, profile);
        self.table::<SimpleQueue>(2_100, profile);
        self.table::<Arp>(2_300, profile);
        self.table::<HotspotHost>(2_500, profile);
        self.table::<HotspotUser>(2_700, profile);
    }

    /// A table whose reading may be set.
    fn table<R: Resource>(&mut self, first_after: u64, profile: &polling::Profile)
    where
        Monitoring: Keep<R>,
    {
        self.table_with::<R>(first_after, profile, identity);
    }

    /// The same, of one that is read in its own way.
    fn table_with<R: Resource>(&mut self, first_after: u64, profile: &polling::Profile, way: Way<R>)
    where
        Monitoring: Keep<R>,
    {
        let usual = polling::TABLES.iter().find(|(menu, _)| *menu == R::NAME).map_or(60, |(_, usual)| *usual);
        if let Some(every) = profile.every(R::NAME, Duration::from_secs(usual.into())) {
            self.poller::<R>(first_after, every, way);
        }
    }

    fn poller<R: Resource>(&mut self, first_after: u64, every: Duration, way: Way<R>)
    where
        Monitoring: Keep<R>,
    {
        let is_counters = R::NAME == InterfaceCounters::NAME;
        let plan = Plan {
            first_after: Duration::from_millis(first_after),
            every,
            // A rate needs two readings, and nobody likes to wait for the first.
            second_after: is_counters.then_some(Duration::from_millis(1_200)),
            // The load itself is one row, and has to be read to see that it went down.
            yields: R::NAME != SystemResource::NAME,
        };
        let (facts, connection, again) =
            (Arc::clone(&self.facts), self.connection.clone(), self.again.clone());
        let to: Recipient<Polled<R>> = self.monitor.clone().recipient();
        let poller = Poller::start_in_arbiter(self.on, move |_| {
            way(Poller::<R>::new(plan, facts, connection, to, again))
        });
        #[cfg(test)]
        self.fail_points.push(fail_points::of(&poller));
        self.members.push(Box::new(poller));
    }

    fn follower<R: Followable>(
        &mut self,
        first_after: u64,
        rows: Recipient<FollowedRows<R>>,
        prints: Recipient<Polled<R>>,
    ) {
        let first_after = Duration::from_millis(first_after);
        let (facts, connection) = (Arc::clone(&self.facts), self.connection.clone());
        let follower = Follower::start_in_arbiter(self.on, move |_| {
            Follower::<R>::new(first_after, facts, connection, rows, prints)
        });
        #[cfg(test)]
        self.fail_points.push(fail_points::of(&follower));
        self.members.push(Box::new(follower));
    }
}
