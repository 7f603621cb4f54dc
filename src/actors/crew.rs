//! A crew: all actors of one router, on one arbiter, built and stopped together.

use super::connection::{Connection, Setup};
use super::facts::Facts;
use super::follower::{Followable, Follower};
use super::monitor::{FollowedRows, Monitor, Outlets, Polled};
use super::pace::Turnstile;
use super::poller::{Plan, Poller};
use super::router_log::RouterLog;
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::hotspot::{HotspotActive, HotspotHost};
use crate::domain::interface::{InterfaceCounters, InterfaceFacts};
use crate::domain::log_line::RouterLogLine;
use crate::domain::monitoring::{Keep, Monitoring};
use crate::domain::network::{Arp, SimpleQueue};
use crate::domain::ppp::{Account, ActiveSession, PppoeServer, Profile, StaticPppoe};
use crate::domain::rates::Tempo;
use crate::domain::resource::Resource;
use crate::domain::system::{Clock, Health, Identity, Routerboard, SystemResource};
use actix::dev::ToEnvelope;
use actix::prelude::*;
use futures_util::future::LocalBoxFuture;
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
    /// How fast its time runs.
    pub tempo: Tempo,
    /// Whether its password cannot be read: it is not even called.
    pub is_locked: bool,
}

/// The actors of one router.
pub(super) struct Crew {
    /// In the order in which they are stopped: who asks before who answers, and the monitor last.
    members: Vec<Box<dyn Member>>,
}

/// One actor of a crew, whatever its type.
trait Member {
    fn is_alive(&self) -> bool;
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
        let facts = Arc::<Facts>::default();
        let mut building = Building { members: Vec::new(), facts, connection, monitor, on };
        building.pollers(post.poll_every);
        let router_log = RouterLog::start_in_arbiter(on, move |_| RouterLog::new(router, log));
        let monitor = building.monitor.clone();
        building.follower::<ActiveSession>(20, monitor.clone().recipient(), monitor.clone().recipient());
        building.follower::<HotspotActive>(400, monitor.clone().recipient(), monitor.recipient());
        let log = router_log.clone();
        building.follower::<RouterLogLine>(1_500, log.clone().recipient(), log.recipient());
        let Building { mut members, connection, monitor, .. } = building;
        members.push(Box::new(router_log));
        members.push(Box::new(connection));
        members.push(Box::new(monitor));
        Self { members }
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

struct Building<'a> {
    members: Vec<Box<dyn Member>>,
    facts: Arc<Facts>,
    connection: Addr<Connection>,
    monitor: Addr<Monitor>,
    on: &'a ArbiterHandle,
}

impl Building<'_> {
    /// All tables that are polled: when each is read first, so that a page is useful soon, and how often.
    fn pollers(&mut self, counters_every: Duration) {
        let seconds = Duration::from_secs;
        self.poller::<Identity>(0, seconds(300), None);
        self.poller::<SystemResource>(0, seconds(10), Some(Facts::learn));
        self.poller::<Account>(10, seconds(60), None);
        self.poller::<InterfaceCounters>(30, counters_every, None);
        self.poller::<StaticPppoe>(200, seconds(300), None);
        self.poller::<InterfaceFacts>(300, seconds(60), None);
        self.poller::<Clock>(500, seconds(300), None);
        self.poller::<Health>(600, seconds(30), None);
        self.poller::<Routerboard>(700, seconds(300), None);
        self.poller::<Profile>(800, seconds(300), None);
        self.poller::<PppoeServer>(900, seconds(300), None);
        self.poller::<Pool>(1_000, seconds(300), None);
        self.poller::<Lease>(1_900, seconds(60), None);
        self.poller::<SimpleQueue>(2_100, seconds(60), None);
        self.poller::<Arp>(2_300, seconds(60), None);
        self.poller::<HotspotHost>(2_500, seconds(60), None);
    }

    fn poller<R: Resource>(&mut self, first_after: u64, every: Duration, look: Option<super::poller::Look<R>>)
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
            yields: look.is_none(),
        };
        let (facts, connection) = (Arc::clone(&self.facts), self.connection.clone());
        let to: Recipient<Polled<R>> = self.monitor.clone().recipient();
        let poller = Poller::start_in_arbiter(self.on, move |_| {
            let poller = Poller::<R>::new(plan, facts, connection, to);
            match look {
                Some(look) => poller.looking(look),
                None => poller,
            }
        });
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
        self.members.push(Box::new(follower));
    }
}
