//! The fleet: a crew for each router, checked and rebuilt as a whole.
//!
//! What readers hold, the snapshot cells, lives here and outlives the crews.

#[cfg(test)]
mod tests;

use super::clock;
use super::connection::{Credentials, Reach, Setup};
use super::crew::{Crew, Post, Stop};
use super::logs::LogBook;
use super::monitor::Outlets;
use super::pace::Turnstile;
use super::recorder::Taps;
use crate::domain::events::Changes;
use crate::domain::monitoring::Monitoring;
use crate::domain::router::{Link, RouterName, Trouble};
use crate::domain::time::Moment;
use crate::settings::RouterSettings;
use crate::state::RouterView;
use actix::prelude::*;
use futures_util::future::join_all;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, watch};

/// How often crews are checked.
const CHECK_EVERY: Duration = Duration::from_millis(500);

/// The longest that stopping may take.
const STOP_WITHIN: Duration = Duration::from_secs(3);

/// A crew that dies again within this time is rebuilt later each time.
const STEADY: Duration = Duration::from_secs(60);

/// The longest wait before a crew that goes on dying is rebuilt.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Has these routers watched, in this order, and no others. Crews of routers whose settings stay go on as they are.
#[derive(Debug, Message)]
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
}

#[derive(Clone)]
struct Feeds {
    changes: broadcast::Sender<Arc<Changes>>,
    log: Addr<LogBook>,
}

/// One router and who looks after it.
struct Ship {
    /// What it was built from.
    settings: Option<RouterSettings>,
    post: Post,
    view: RouterView,
    outlets: Outlets,
    on: ArbiterHandle,
    crew: Option<Crew>,
    built: Option<Instant>,
    pause: Duration,
    due: Instant,
    /// How often a crew was rebuilt.
    restarts: Arc<AtomicU64>,
}

/// Starts watching the routers that are enabled; gives their views in the order of the settings. Those that have a
/// tap are recorded.
///
/// Routers are dealt over as many arbiters as there are cores, at least two.
pub fn start(
    routers: Vec<RouterSettings>,
    taps: &Taps,
    changes: &broadcast::Sender<Arc<Changes>>,
    log: &Addr<LogBook>,
) -> (Addr<Fleet>, watch::Receiver<Arc<[RouterView]>>) {
    let feeds = Feeds { changes: changes.clone(), log: log.clone() };
    let (mut fleet, views) = Fleet::new(Vec::new(), feeds);
    fleet.arrange(routers, taps);
    (fleet.start(), views)
}

fn post(settings: RouterSettings, taps: &Taps) -> (Post, Option<String>, String) {
    let address = settings.endpoint.to_string();
    let credentials = Credentials {
        username: settings.username,
        password: settings.password.unwrap_or_default(),
        forbid_clear_sign_in: settings.forbid_clear_sign_in,
    };
    let setup = Setup {
        tap: taps.get(&settings.name).cloned(),
        router: settings.name,
        dial: Arc::new(Reach { endpoint: settings.endpoint, allow_own: settings.allow_own }),
        credentials,
        charset: settings.charset,
        deadline: settings.deadline,
    };
    let RouterSettings { poll_every, profile, tempo, is_locked, label, .. } = settings;
    (Post { setup, poll_every, profile, tempo, is_locked }, label, address)
}

impl Ship {
    fn new(post: Post, label: Option<String>, address: String, on: ArbiterHandle, feeds: &Feeds) -> Self {
        let now = clock::now();
        let name = post.setup.router.clone();
        let mut monitoring = Monitoring::new(name.clone());
        if post.is_locked {
            monitoring.link(Link::Blocked(locked(now)), now);
        }
        let (cell, snapshot) = watch::channel(monitoring.snapshot(now));
        let restarts = Arc::<AtomicU64>::default();
        let view = RouterView { name, label, address, snapshot, restarts: Arc::clone(&restarts) };
        let outlets = Outlets { cell, changes: feeds.changes.clone(), log: feeds.log.clone() };
        Self {
            settings: None,
            post,
            view,
            outlets,
            on,
            crew: None,
            built: None,
            pause: Duration::ZERO,
            due: now.instant,
            restarts,
        }
    }
}

/// Why a router is not called whose password is sealed with a key that is not there.
fn locked(now: Moment) -> Trouble {
    Trouble {
        since: now,
        what: "its password cannot be read: it was sealed with another key".to_owned(),
        advice: "type the password again in its form under Settings, or bring the key back and restart"
            .to_owned(),
        retry_at: None,
    }
}

impl Fleet {
    fn new(handles: Vec<ArbiterHandle>, feeds: Feeds) -> (Self, watch::Receiver<Arc<[RouterView]>>) {
        let (views, reader) = watch::channel(Arc::from([]));
        let (ships, ending, arbiters) = (Vec::new(), HashMap::new(), Vec::new());
        (Self { ships, ending, arbiters, handles, turnstile: Arc::default(), feeds, views }, reader)
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

    /// Takes in the routers as they shall be; gives the crews that are to end, and of which routers they were.
    fn arrange(&mut self, routers: Vec<RouterSettings>, taps: &Taps) -> Vec<(RouterName, Crew)> {
        let mut before = std::mem::take(&mut self.ships);
        let mut ended = Vec::new();
        for settings in routers.into_iter().filter(|router| router.enabled) {
            let old =
                before.iter().position(|ship| ship.view.name == settings.name).map(|at| before.remove(at));
            let stays = |ship: &Ship| ship.settings.as_ref().is_some_and(|before| before.is_same(&settings));
            let mut ship = match old {
                Some(mut ship) if stays(&ship) => {
                    ship.view.label.clone_from(&settings.label);
                    ship
                }
                old => {
                    let on = old.as_ref().map_or_else(|| self.berth(), |ship| ship.on.clone());
                    let (post, label, address) = post(settings.clone(), taps);
                    let ship = Ship::new(post, label, address, on, &self.feeds);
                    ended.extend(old.and_then(|old| old.crew).map(|crew| (settings.name.clone(), crew)));
                    ship
                }
            };
            ship.settings = Some(settings);
            self.ships.push(ship);
        }
        for ship in before {
            ended.extend(ship.crew.map(|crew| (ship.view.name, crew)));
        }
        for (name, _) in &ended {
            *self.ending.entry(name.clone()).or_default() += 1;
        }
        self.show();
        ended
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

    /// Has crews end; who waits for one of them is built then.
    fn end(&self, crews: Vec<(RouterName, Crew)>, ctx: &mut Context<Self>) {
        for (name, crew) in crews {
            let stopped = tokio::time::timeout(STOP_WITHIN, crew.stop()).into_actor(self);
            ctx.spawn(stopped.map(move |_, this: &mut Self, _| {
                this.has_ended(&name);
                this.build(clock::instant());
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

    /// Builds crews that are due, and takes away those that lost an actor.
    fn check(&mut self, _: &mut Context<Self>) {
        let now = clock::instant();
        for ship in &mut self.ships {
            if let Some(dead) = ship.crew.take_if(|crew| !crew.is_whole()) {
                let name = &ship.post.setup.router;
                let steady = ship.built.is_some_and(|built| STEADY <= now.saturating_duration_since(built));
                ship.pause = match ship.pause {
                    _ if steady => Duration::ZERO,
                    Duration::ZERO if ship.built.is_some() => Duration::from_secs(1),
                    pause => (pause * 2).min(LONGEST_PAUSE),
                };
                ship.due = now + ship.pause;
                tracing::error!(router.name = %name, retry.seconds = ship.pause.as_secs_f64(),
                    "an actor of `{name}` died of an error in the program: all of them are started again");
                actix::spawn(dead.stop());
            }
        }
        self.build(now);
    }

    fn build(&mut self, now: Instant) {
        for ship in &mut self.ships {
            let is_waiting = self.ending.contains_key(&ship.view.name);
            if ship.crew.is_none() && !is_waiting && !ship.post.is_locked && ship.due <= now {
                let again = ship.built.is_some();
                let (post, outlets) = (&ship.post, ship.outlets.clone());
                let turnstile = Arc::clone(&self.turnstile);
                ship.crew = Some(Crew::build(post, outlets, turnstile, &ship.on, again));
                ship.built = Some(now);
                ship.restarts.fetch_add(u64::from(again), Ordering::Relaxed);
            }
        }
    }
}

impl Actor for Fleet {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.build(clock::instant());
        ctx.run_interval(CHECK_EVERY, Self::check);
    }
}

impl Handler<Arrange> for Fleet {
    type Result = ();

    fn handle(&mut self, Arrange { routers, taps }: Arrange, ctx: &mut Self::Context) {
        let ended = self.arrange(routers, &taps);
        self.end(ended, ctx);
        self.build(clock::instant());
    }
}

impl Handler<Stop> for Fleet {
    type Result = ResponseActFuture<Self, ()>;

    /// Stops all crews at the same time, then their threads.
    fn handle(&mut self, _: Stop, _: &mut Self::Context) -> Self::Result {
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
