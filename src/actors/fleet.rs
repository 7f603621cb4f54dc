//! The fleet: a crew for each router, checked and rebuilt as a whole.
//!
//! What readers hold, the snapshot cells, lives here and outlives the crews. Mistakes of its own it outlives, too:
//! `Fleet::contained`.

#[cfg(test)]
mod fail_points;
mod mishaps;
mod ship;
#[cfg(test)]
mod tests;

use super::clock;
use super::crew::{Crew, Stop};
use super::logs::LogBook;
use super::mistakes::Mistakes;
use super::pace::Turnstile;
use super::recorder::Taps;
use crate::domain::events::Changes;
use crate::domain::router::RouterName;
use crate::settings::RouterSettings;
use crate::state::RouterView;
use actix::prelude::*;
use futures_util::future::join_all;
use ship::{Ship, post};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc, watch};

/// How often crews are checked.
const CHECK_EVERY: Duration = Duration::from_millis(500);

/// The longest that stopping may take.
const STOP_WITHIN: Duration = Duration::from_secs(3);

/// The longest wait before a crew that goes on dying is rebuilt.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Has these routers watched, in this order, and no others. Crews of routers whose settings stay go on as they are.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Arrange {
    /// The routers; of those that are not enabled nothing is seen.
    pub routers: Vec<RouterSettings>,
    /// Of those that are recorded.
    pub taps: Taps,
}

/// All routers that are watched.
pub struct Fleet {
    ships: Vec<Ship>,
    /// While routers are arranged: those that have not found their place yet.
    unplaced: Vec<Ship>,
    /// What is still to be arranged, and when that is tried again, if a mistake came between.
    wanted: Option<Arrange>,
    again: Instant,
    /// Crews that are to end.
    leaving: Vec<(RouterName, Crew)>,
    /// How many crews of which router are ending. The next one is built after them, so that a router never has two, also
    /// when it was taken out and is back at once.
    ending: HashMap<RouterName, usize>,
    arbiters: Vec<Arbiter>,
    /// Where crews are put, in turn.
    handles: Vec<ArbiterHandle>,
    turnstile: Arc<Turnstile>,
    /// What crews tell others by.
    feeds: Feeds,
    views: watch::Sender<Arc<[RouterView]>>,
    mistakes: Mistakes,
    /// Where the next mistake is made.
    #[cfg(test)]
    fails: Option<fail_points::Step>,
}

#[derive(Clone)]
struct Feeds {
    changes: broadcast::Sender<Arc<Changes>>,
    log: Addr<LogBook>,
}

/// Starts watching the routers that are enabled; gives their views in the order of the settings. Those that have a
/// tap are recorded. Mistakes that it outlives are added to `restarts`.
///
/// Routers are dealt over as many arbiters as there are cores, at least two.
pub fn start(
    routers: Vec<RouterSettings>,
    taps: &Taps,
    changes: &broadcast::Sender<Arc<Changes>>,
    log: &Addr<LogBook>,
    restarts: &Arc<AtomicU64>,
) -> (Addr<Fleet>, watch::Receiver<Arc<[RouterView]>>) {
    let feeds = Feeds { changes: changes.clone(), log: log.clone() };
    let (mut fleet, views) = Fleet::new(Vec::new(), feeds, restarts);
    fleet.arrange(Arrange { routers, taps: taps.clone() });
    (fleet.start(), views)
}

impl Fleet {
    fn new(
        handles: Vec<ArbiterHandle>,
        feeds: Feeds,
        restarts: &Arc<AtomicU64>,
    ) -> (Self, watch::Receiver<Arc<[RouterView]>>) {
        let (views, reader) = watch::channel(Arc::from([]));
        let fleet = Self {
            ships: Vec::new(),
            unplaced: Vec::new(),
            wanted: None,
            again: clock::instant(),
            leaving: Vec::new(),
            ending: HashMap::new(),
            arbiters: Vec::new(),
            handles,
            turnstile: Arc::default(),
            feeds,
            views,
            mistakes: Mistakes::new(restarts),
            #[cfg(test)]
            fails: None,
        };
        (fleet, reader)
    }

    /// An arbiter for one more router: a new one as long as there are fewer than cores, then those in turn.
    fn berth(&mut self) -> ArbiterHandle {
        let cores = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        let taken =
            |handles: &[ArbiterHandle], ships: usize| handles.get(ships % handles.len().max(1)).cloned();
        if self.arbiters.len() < cores && self.handles.len() <= self.ships.len() {
            let arbiter = Arbiter::new();
            self.handles.push(arbiter.handle());
            self.arbiters.push(arbiter);
        }
        taken(&self.handles, self.ships.len()).unwrap_or_else(Arbiter::current)
    }

    /// Takes in the routers as they shall be.
    fn arrange(&mut self, wanted: Arrange) {
        self.wanted = Some(wanted);
        self.arrange_wanted();
    }

    /// The same of what was wanted last. Whatever is moved is in one of our lists at any time, and so it is not lost with
    /// a mistake, which would leave a crew to itself that goes on talking to its router.
    fn arrange_wanted(&mut self) {
        let Some(Arrange { routers, taps }) = self.wanted.clone() else { return };
        self.unplaced.append(&mut self.ships);
        for settings in routers.into_iter().filter(|router| router.enabled) {
            #[cfg(test)]
            fail_points::pass(&mut self.fails, &fail_points::Step::Arranging(settings.name.clone()));
            let at = self.unplaced.iter().position(|ship| ship.view.name == settings.name);
            let old = at.and_then(|at| self.unplaced.get(at));
            let as_before = old.and_then(|ship| ship.settings.as_ref());
            if !as_before.is_some_and(|before| before.is_same(&settings)) {
                let on = old.map(|old| old.on.clone());
                let on = on.unwrap_or_else(|| self.berth());
                let (post, label, address) = post(settings.clone(), &taps);
                let ship = Ship::new(post, label, address, on, &self.feeds);
                if let Some(old) = at.map(|at| self.unplaced.remove(at)) {
                    self.take_leave(old);
                }
                self.ships.push(ship);
            } else if let Some(ship) = at.map(|at| self.unplaced.remove(at)) {
                self.ships.push(ship);
            }
            if let Some(ship) = self.ships.last_mut() {
                ship.view.label.clone_from(&settings.label);
                ship.act(&settings);
                ship.settings = Some(settings);
            }
        }
        while let Some(ship) = self.unplaced.pop() {
            self.take_leave(ship);
        }
        self.wanted = None;
        self.show();
    }

    /// Has the crew of a ship end, which is no more.
    fn take_leave(&mut self, ship: Ship) {
        self.leaving.extend(ship.crew.map(|crew| (ship.view.name, crew)));
    }

    /// Shows readers which routers there are.
    fn show(&self) {
        self.views.send_replace(self.ships.iter().map(|ship| ship.view.clone()).collect());
    }

    #[cfg(test)]
    fn board(&mut self, ship: Ship) {
        self.ships.push(ship);
        self.show();
    }

    /// The crews that are to end, which count as ending from now on.
    fn depart(&mut self) -> Vec<(RouterName, Crew)> {
        let leaving = std::mem::take(&mut self.leaving);
        for (name, _) in &leaving {
            *self.ending.entry(name.clone()).or_default() += 1;
        }
        leaving
    }

    /// Has crews end; who waits for one of them is built then.
    fn end(&mut self, ctx: &mut Context<Self>) {
        for (name, crew) in self.depart() {
            let stopped = tokio::time::timeout(STOP_WITHIN, crew.stop()).into_actor(self);
            ctx.spawn(stopped.map(move |_, this: &mut Self, _| {
                this.has_ended(&name);
                this.contained(|this| this.build(clock::instant()));
            }));
        }
    }

    /// One crew of this router less is ending.
    fn has_ended(&mut self, name: &RouterName) {
        if let Some(left) = self.ending.get_mut(name) {
            *left -= 1;
        }
        self.ending.retain(|_, left| 0 < *left);
    }

    /// Brings about what is still wanted, takes away crews that lost an actor, and builds those that are due.
    fn check(&mut self) {
        let now = clock::instant();
        #[cfg(test)]
        fail_points::pass(&mut self.fails, &fail_points::Step::Checking);
        for ship in &mut self.ships {
            if let Some(dead) = ship.crew.take_if(|crew| !crew.is_whole()) {
                let name = ship.view.name.clone();
                // The next one waits until what is left of this one has ended.
                self.leaving.push((name.clone(), dead));
                ship.wait(now);
                tracing::error!(router.name = %name, retry.seconds = ship.pause.as_secs_f64(),
                    "an actor of `{name}` died of an error in the program: all of them are started again");
            }
        }
        self.revive_acting();
        self.build(now);
        if self.again <= now {
            self.arrange_wanted();
        }
    }

    /// Has somebody else act where whoever did died of an error in the program.
    fn revive_acting(&mut self) {
        let is_dead = |ship: &Ship| ship.view.actions.as_ref().is_some_and(mpsc::Sender::is_closed);
        let mut revived = false;
        for ship in self.ships.iter_mut().filter(|ship| is_dead(ship)) {
            if let Some(settings) = ship.settings.clone() {
                ship.act(&settings);
                revived = true;
            }
        }
        if revived {
            self.show();
        }
    }

    fn build(&mut self, now: Instant) {
        for ship in &mut self.ships {
            let name = &ship.view.name;
            let is_waiting =
                self.ending.contains_key(name) || self.leaving.iter().any(|(leaving, _)| leaving == name);
            if ship.crew.is_none() && !is_waiting && !ship.post.is_locked && ship.due <= now {
                let (post, outlets) = (&ship.post, ship.outlets.clone());
                let (turnstile, again) = (Arc::clone(&self.turnstile), ship.had_crew);
                ship.tried = Some(now);
                let built = Mistakes::caught(|| {
                    #[cfg(test)]
                    fail_points::fail_half_way(&mut self.fails, name);
                    Crew::build(post, outlets, turnstile, &ship.on, again)
                });
                if built.is_some() {
                    ship.had_crew = true;
                    ship.restarts.fetch_add(u64::from(again), Ordering::Relaxed);
                } else {
                    tracing::error!(router.name = %name,
                        "the actors of `{name}` could not be started, by an error in the program: that is tried again");
                    // Other routers do not wait for what goes wrong with this one.
                    self.mistakes.count();
                    ship.wait(now);
                }
                ship.crew = built;
            }
        }
    }
}

impl Actor for Fleet {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.contained(|this| this.build(clock::instant()));
        ctx.run_interval(CHECK_EVERY, |this, ctx| {
            this.contained(Self::check);
            this.end(ctx);
        });
    }
}

impl Handler<Arrange> for Fleet {
    type Result = ();

    fn handle(&mut self, wanted: Arrange, ctx: &mut Self::Context) {
        self.contained(|this| this.arrange(wanted));
        self.end(ctx);
        self.contained(|this| this.build(clock::instant()));
    }
}

impl Handler<Stop> for Fleet {
    type Result = ResponseActFuture<Self, ()>;

    /// Stops all crews at the same time, then their threads.
    fn handle(&mut self, _: Stop, _: &mut Self::Context) -> Self::Result {
        // What was still to be arranged would call routers again.
        self.wanted = None;
        let crews = self.ships.drain(..).filter_map(|ship| ship.crew).map(Crew::stop);
        let stopped = tokio::time::timeout(STOP_WITHIN, join_all(crews.collect::<Vec<_>>()));
        Box::pin(stopped.into_actor(self).map(|stopped, this, ctx| {
            if stopped.is_err() {
                tracing::warn!("some routers' actors did not stop in time");
            }
            for arbiter in this.arbiters.drain(..) {
                arbiter.stop();
            }
            ctx.stop();
        }))
    }
}
