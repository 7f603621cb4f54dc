//! One router of the fleet: what outlives its crews, and when the next one is due.

use super::{Feeds, LONGEST_PAUSE};
use crate::actors::acting::{Acting, ActingSetup};
use crate::actors::clock;
use crate::actors::connection::{Credentials, Reach, Setup};
use crate::actors::crew::{Crew, Post};
use crate::actors::mistakes::STEADY;
use crate::actors::monitor::Outlets;
use crate::actors::poller::Again;
use crate::actors::recorder::Taps;
use crate::domain::monitoring::Monitoring;
use crate::domain::router::{Link, Trouble};
use crate::domain::time::Moment;
use crate::settings::RouterSettings;
use crate::state::RouterView;
use actix::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// One router and who looks after it.
pub(super) struct Ship {
    /// What it was built from.
    pub(super) settings: Option<RouterSettings>,
    pub(super) post: Post,
    pub(super) view: RouterView,
    pub(super) outlets: Outlets,
    pub(super) on: ArbiterHandle,
    pub(super) crew: Option<Crew>,
    /// When a crew was built last, or that went wrong.
    pub(super) tried: Option<Instant>,
    /// Whether it had a crew already.
    pub(super) had_crew: bool,
    pub(super) pause: Duration,
    pub(super) due: Instant,
    /// How often a crew was rebuilt.
    pub(super) restarts: Arc<AtomicU64>,
    /// Whether whoever acts may still do so.
    gate: Gate,
}

/// What stays open as long as something may be changed.
#[derive(Default)]
struct Gate(Arc<AtomicBool>);

impl Drop for Gate {
    /// Nothing is changed on a router that is not watched any more, or otherwise.
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// What a crew is built from, what its operator calls the router, and where that is.
pub(super) fn post(settings: RouterSettings, taps: &Taps) -> (Post, Option<String>, String) {
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
    (Post { setup, poll_every, profile, tempo, is_locked, again: Again::default() }, label, address)
}

impl Ship {
    pub(super) fn new(
        post: Post,
        label: Option<String>,
        address: String,
        on: ArbiterHandle,
        feeds: &Feeds,
    ) -> Self {
        let now = clock::now();
        let name = post.setup.router.clone();
        let mut monitoring = Monitoring::new(name.clone());
        if post.is_locked {
            monitoring.link(Link::Blocked(locked(now)), now);
        }
        let (cell, snapshot) = watch::channel(monitoring.snapshot(now));
        let restarts = Arc::<AtomicU64>::default();
        let restarted = Arc::clone(&restarts);
        let view = RouterView { name, label, address, snapshot, restarts: restarted, actions: None };
        let outlets = Outlets { cell, changes: feeds.changes.clone(), log: feeds.log.clone() };
        Self {
            settings: None,
            post,
            view,
            outlets,
            on,
            crew: None,
            tried: None,
            had_crew: false,
            pause: Duration::ZERO,
            due: now.instant,
            restarts,
            gate: Gate::default(),
        }
    }

    /// Has somebody act on it by these settings, or nobody if they forbid that. Who acted by others sends nothing more.
    pub(super) fn act(&mut self, settings: &RouterSettings) {
        let mode = &settings.write_mode;
        let before = self.settings.as_ref().map(|before| &before.write_mode);
        let is_alive = self.view.actions.as_ref().is_none_or(|orders| !orders.is_closed());
        if is_alive && before.is_some_and(|before| before.is_same(mode)) {
            return;
        }
        self.gate = Gate(Arc::new(AtomicBool::new(mode.is_on)));
        let Setup { router, dial, credentials, charset, deadline, .. } = &self.post.setup;
        let credentials = match &mode.username {
            Some(username) => Credentials {
                username: username.clone(),
                password: mode.password.clone().unwrap_or_default(),
                ..credentials.clone()
            },
            None => credentials.clone(),
        };
        let is_locked = if mode.username.is_some() { mode.is_locked } else { self.post.is_locked };
        let setup = ActingSetup {
            router: router.clone(),
            dial: Arc::clone(dial),
            credentials,
            charset: *charset,
            deadline: *deadline,
            again: self.post.again.clone(),
            gate: Arc::clone(&self.gate.0),
        };
        self.view.actions = (mode.is_on && !is_locked).then(|| Acting::begin(setup, &self.on));
    }

    /// Waits before its next crew is built: not at all after a long life, and longer each time after short ones.
    pub(super) fn wait(&mut self, now: Instant) {
        let steady = self.tried.is_some_and(|tried| STEADY <= now.saturating_duration_since(tried));
        self.pause = match self.pause {
            _ if steady => Duration::ZERO,
            Duration::ZERO => Duration::from_secs(1),
            pause => (pause * 2).min(LONGEST_PAUSE),
        };
        self.due = now + self.pause;
    }
}

/// Why a router is not called whose password is sealed with a key that is not there.
fn locked(now: Moment) -> Trouble {
    Trouble {
        since: now,
        word: "locked",
        what: "its password cannot be read: it was sealed with another key".to_owned(),
        advice: "type the password again in its form under Settings, or bring the key back and restart"
            .to_owned(),
        retry_at: None,
    }
}
