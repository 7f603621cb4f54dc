//! The fleet: a crew for each router, checked and rebuilt as a whole.
//!
//! What readers hold, the snapshot cells, lives here and outlives the crews.

#[cfg(test)]
mod tests;

use super::clock;
use super::connection::{Credentials, Setup};
use super::crew::{Crew, Post, Stop};
use super::logs::LogBook;
use super::monitor::Outlets;
use super::pace::Turnstile;
use super::recorder::Taps;
use crate::domain::events::Changes;
use crate::domain::monitoring::Monitoring;
use crate::domain::router::{Link, Trouble};
use crate::domain::time::Moment;
use crate::settings::RouterSettings;
use crate::state::RouterView;
use actix::prelude::*;
use futures_util::future::join_all;
use std::sync::Arc;
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

/// Asks how many crews were rebuilt since the start, because one of their actors died.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "u64")]
pub struct Rebuilds;

/// All routers that are watched.
pub struct Fleet {
    ships: Vec<Ship>,
    arbiters: Vec<Arbiter>,
    turnstile: Arc<Turnstile>,
    rebuilds: u64,
}

/// One router and who looks after it.
struct Ship {
    post: Post,
    outlets: Outlets,
    on: ArbiterHandle,
    crew: Option<Crew>,
    built: Option<Instant>,
    pause: Duration,
    due: Instant,
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
    let cores = std::thread::available_parallelism().map_or(2, usize::from).max(2);
    let enabled: Vec<RouterSettings> = routers.into_iter().filter(|router| router.enabled).collect();
    let arbiters: Vec<Arbiter> = (0..cores.min(enabled.len())).map(|_| Arbiter::new()).collect();
    let handles: Vec<ArbiterHandle> = arbiters.iter().map(Arbiter::handle).collect();
    let posts = enabled.into_iter().map(|router| post(router, taps)).collect();
    launch(posts, arbiters, &handles, changes, log)
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
        dial: Arc::new(settings.endpoint),
        credentials,
        charset: settings.charset,
        deadline: settings.deadline,
    };
    let RouterSettings { poll_every, tempo, is_locked, label, .. } = settings;
    (Post { setup, poll_every, tempo, is_locked }, label, address)
}

fn launch(
    posts: Vec<(Post, Option<String>, String)>,
    arbiters: Vec<Arbiter>,
    handles: &[ArbiterHandle],
    changes: &broadcast::Sender<Arc<Changes>>,
    log: &Addr<LogBook>,
) -> (Addr<Fleet>, watch::Receiver<Arc<[RouterView]>>) {
    let now = clock::now();
    let mut views = Vec::new();
    let mut ships = Vec::new();
    for ((post, label, address), on) in posts.into_iter().zip(handles.iter().cycle()) {
        let name = post.setup.router.clone();
        let mut monitoring = Monitoring::new(name.clone());
        if post.is_locked {
            monitoring.link(Link::Blocked(locked(now)), now);
        }
        let (cell, snapshot) = watch::channel(monitoring.snapshot(now));
        views.push(RouterView { name, label, address, snapshot });
        if post.is_locked {
            continue;
        }
        let outlets = Outlets { cell, changes: changes.clone(), log: log.clone() };
        let on = on.clone();
        let due = now.instant;
        ships.push(Ship { post, outlets, on, crew: None, built: None, pause: Duration::ZERO, due });
    }
    let fleet = Fleet { ships, arbiters, turnstile: Arc::default(), rebuilds: 0 };
    // Routers do not come and go while we run, yet; the sender may end.
    let (_, views) = watch::channel(views.into());
    (fleet.start(), views)
}

/// Why a router is not called whose password is sealed with a key that is not there.
fn locked(now: Moment) -> Trouble {
    Trouble {
        since: now,
        what: "its password cannot be read: it was sealed with another key".to_owned(),
        advice: "write the password into the settings again, or bring the key back; then restart".to_owned(),
        retry_at: None,
    }
}

impl Fleet {
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
            if ship.crew.is_none() && ship.due <= now {
                let again = ship.built.is_some();
                let (post, outlets) = (&ship.post, ship.outlets.clone());
                let turnstile = Arc::clone(&self.turnstile);
                ship.crew = Some(Crew::build(post, outlets, turnstile, &ship.on, again));
                ship.built = Some(now);
                self.rebuilds += u64::from(again);
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

impl Handler<Rebuilds> for Fleet {
    type Result = u64;

    fn handle(&mut self, _: Rebuilds, _: &mut Self::Context) -> u64 {
        self.rebuilds
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
