//! The connection to one router: at most two sessions, one for polls and one for follows.
//!
//! A lost session is opened anew after the waits of `backoff`; what was asked on it ends at
//! once with the reason. The session for follows is opened when the first follow is asked for.

mod dial;
mod follows;
mod line;
mod lost;
mod polls;
#[cfg(test)]
mod tests;

pub(super) use dial::open;
pub use dial::{Credentials, Dial, Dialled, Reach};
pub use follows::{Follow, FollowEnd, FollowRows};
pub use line::LARGE_READ;
pub(super) use line::Line;
pub use lost::Lost;
pub use polls::{Collect, Ended, Query};

use super::backoff::{self, Backoff};
use super::clock;
use super::crew::Stop;
use super::monitor::LinkChanged;
use super::pace::Turnstile;
use super::recorder::Tap;
use crate::domain::router::{Calls, Link, RouterName, Trouble};
use crate::domain::time::Moment;
use crate::recording::LinkState;
use crate::routeros::{Charset, Conduct};
use actix::prelude::*;
use dial::{Failure, Obstacle};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How to reach one router, and how long to wait for it.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Its name, for the log.
    pub router: RouterName,
    /// Opens connections to it.
    pub dial: Arc<dyn Dial>,
    /// As whom we sign in.
    pub credentials: Credentials,
    /// How its text that is not UTF-8 is read.
    pub charset: Charset,
    /// The longest that opening, signing in, or an answer may take.
    pub deadline: Duration,
    /// Hears everything that the router says, to record it.
    pub tap: Option<Tap>,
}

/// The wait until changes are followed again of a router that reported too many.
const AFTER_FLOOD: Duration = Duration::from_secs(60);

/// Asks to be told when the link goes up or down; the present state is told at once.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Subscribe(pub Recipient<LinkNews>);

/// Whether the router can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub struct LinkNews {
    /// Whether a signed-in session for polls is there.
    pub live: bool,
}

/// The connection to one router.
pub struct Connection {
    setup: Setup,
    turnstile: Arc<Turnstile>,
    monitor: Recipient<LinkChanged>,
    watchers: Vec<Recipient<LinkNews>>,
    polls: Side<Query>,
    follows: Side<Follow>,
    /// Follows that wait for their session.
    waiting: Vec<Follow>,
    calls: Calls,
    outage: Option<Outage>,
}

/// One of the two sessions.
struct Side<M> {
    backoff: Backoff,
    /// To the task that runs the session, while there is one.
    jobs: Option<mpsc::UnboundedSender<M>>,
    /// The task that opens or runs the session, or the timer until it is opened again.
    task: Option<SpawnHandle>,
    since: Option<Instant>,
}

impl<M> Side<M> {
    fn new() -> Self {
        Self { backoff: Backoff::new(fastrand::Rng::new()), jobs: None, task: None, since: None }
    }

    /// Takes note that a running session ended.
    fn ended(&mut self) {
        self.jobs = None;
        self.task = None;
        if let Some(since) = self.since.take() {
            self.backoff.lived(since, clock::instant());
        }
    }

    fn wait(&mut self, failure: &Failure) -> Duration {
        match failure.obstacle {
            Obstacle::Passing => self.backoff.after_failure(),
            Obstacle::Credentials => self.backoff.after_rejection(),
            Obstacle::Person => backoff::BLOCKED,
        }
    }
}

/// The time since the router was live last, or since we began.
struct Outage {
    since: Moment,
    attempts: u32,
    /// What failed last; the same trouble is logged once.
    what: String,
}

impl Connection {
    /// A connection that is opened as soon as the actor starts.
    pub(super) fn new(setup: Setup, turnstile: Arc<Turnstile>, monitor: Recipient<LinkChanged>) -> Self {
        Self {
            setup,
            turnstile,
            monitor,
            watchers: Vec::new(),
            polls: Side::new(),
            follows: Side::new(),
            waiting: Vec::new(),
            calls: Calls::default(),
            outage: None,
        }
    }

    fn open(&self) -> impl Future<Output = Result<(line::Line, dial::Seen), Failure>> + use<> {
        let setup = self.setup.clone();
        let wait = self.turnstile.take(clock::instant());
        async move {
            tokio::time::sleep(wait).await;
            dial::open(&*setup.dial, &setup.credentials, Conduct::Watching, setup.charset, setup.deadline)
                .await
        }
    }

    fn open_polls(&mut self, ctx: &mut Context<Self>) {
        let opened = self.open().into_actor(self).map(|opened, this, ctx| match opened {
            Ok((line, seen)) => this.polls_opened(line, seen, ctx),
            Err(failure) => {
                this.calls.failed += 1;
                this.down(failure, ctx);
            }
        });
        self.polls.task = Some(ctx.spawn(opened));
    }

    fn polls_opened(&mut self, line: line::Line, seen: dial::Seen, ctx: &mut Context<Self>) {
        let now = clock::now();
        let (jobs, queries) = mpsc::unbounded_channel();
        let run = polls::answer(line, queries, self.setup.deadline, self.setup.tap.clone()).into_actor(self);
        let task = ctx.spawn(run.map(|lost, this, ctx| this.lost(&lost, ctx)));
        self.polls.jobs = Some(jobs);
        self.polls.task = Some(task);
        self.polls.since = Some(now.instant);
        self.log_live(now);
        self.outage = None;
        self.calls.succeeded += 1;
        self.calls.certificate = seen.fingerprint;
        self.link_changed(Link::Live { since: now, protection: seen.protection });
        if let Some(tap) = &self.setup.tap {
            tap.link(LinkState::Live, now.instant);
        }
        self.tell();
        self.open_follows(ctx);
    }

    fn lost(&mut self, lost: &Lost, ctx: &mut Context<Self>) {
        self.polls.ended();
        self.calls.lost += 1;
        // Both sessions lead to the same router: what ended one will have ended the other.
        if let Some(task) = self.follows.task.take() {
            ctx.cancel_future(task);
        }
        self.follows.ended();
        self.follows.backoff = Backoff::new(fastrand::Rng::new());
        // Who follows begins anew when the router is back.
        self.waiting.clear();
        let failure = Failure {
            obstacle: Obstacle::Passing,
            word: lost.word(),
            what: lost.to_string(),
            advice: lost.advice().to_owned(),
        };
        self.down(failure, ctx);
        self.tell();
    }

    /// The router is not live: says so and plans the next attempt.
    fn down(&mut self, failure: Failure, ctx: &mut Context<Self>) {
        let now = clock::now();
        if let Some(tap) = &self.setup.tap {
            tap.link(LinkState::Lost, now.instant);
        }
        let wait = self.polls.wait(&failure);
        self.log_down(&failure, now, wait);
        let outage = self.outage.get_or_insert(Outage { since: now, attempts: 0, what: String::new() });
        outage.attempts += 1;
        outage.what.clone_from(&failure.what);
        let trouble = Trouble {
            since: outage.since,
            word: failure.word,
            what: failure.what,
            advice: failure.advice,
            retry_at: Some(now.plus(wait)),
        };
        self.link_changed(match failure.obstacle {
            Obstacle::Passing => Link::Down(trouble),
            Obstacle::Credentials => Link::Refused(trouble),
            Obstacle::Person => Link::Blocked(trouble),
        });
        self.polls.task = Some(ctx.run_later(wait, Self::open_polls));
    }

    /// Opens the session for follows, if somebody waits for it and the router can be asked at all.
    fn open_follows(&mut self, ctx: &mut Context<Self>) {
        if self.waiting.is_empty() || self.polls.jobs.is_none() || self.follows.task.is_some() {
            return;
        }
        let opened = self.open().into_actor(self).map(|opened, this, ctx| match opened {
            Ok((line, _)) => this.follows_opened(line, ctx),
            Err(failure) => {
                let wait = this.follows.wait(&failure);
                this.log_follows(&failure.what, wait);
                this.follows.task = Some(ctx.run_later(wait, |this, ctx| {
                    this.follows.task = None;
                    this.open_follows(ctx);
                }));
            }
        });
        self.follows.task = Some(ctx.spawn(opened));
    }

    fn follows_opened(&mut self, line: line::Line, ctx: &mut Context<Self>) {
        let (jobs, follows) = mpsc::unbounded_channel();
        for follow in self.waiting.drain(..) {
            // The receiver is in this very function.
            let _ = jobs.send(follow);
        }
        let run = follows::carry(line, follows, self.setup.deadline, self.setup.tap.clone()).into_actor(self);
        let task = ctx.spawn(run.map(|lost, this, ctx| {
            this.follows.ended();
            let wait = this.follows.backoff.after_failure();
            // Each attempt would let as much in again.
            let wait = if matches!(lost, Lost::Flood { .. }) { wait.max(AFTER_FLOOD) } else { wait };
            this.log_follows(&lost.to_string(), wait);
            this.follows.task = Some(ctx.run_later(wait, |this, ctx| {
                this.follows.task = None;
                this.open_follows(ctx);
            }));
        }));
        self.follows.jobs = Some(jobs);
        self.follows.task = Some(task);
        self.follows.since = Some(clock::instant());
    }

    fn link_changed(&self, link: Link) {
        self.monitor.do_send(LinkChanged { link, calls: self.calls });
    }

    fn tell(&self) {
        let news = LinkNews { live: self.polls.jobs.is_some() };
        for watcher in &self.watchers {
            watcher.do_send(news);
        }
    }

    fn log_live(&self, now: Moment) {
        let name = &self.setup.router;
        match &self.outage {
            None => tracing::info!(router.name = %name, "connected to `{name}`"),
            Some(outage) => {
                let seconds = now.instant.saturating_duration_since(outage.since.instant).as_secs_f64();
                let attempts = outage.attempts;
                tracing::info!(router.name = %name, outage.seconds = seconds, outage.attempts = attempts,
                    "connected to `{name}` again");
            }
        }
    }

    fn log_down(&self, failure: &Failure, now: Moment, wait: Duration) {
        let name = &self.setup.router;
        let seconds = wait.as_secs_f64();
        let what = &failure.what;
        match &self.outage {
            Some(outage) if outage.what == *what => {
                let attempts = outage.attempts;
                let outage = now.instant.saturating_duration_since(outage.since.instant).as_secs_f64();
                tracing::debug!(router.name = %name, retry.seconds = seconds, outage.seconds = outage,
                    outage.attempts = attempts, "`{name}` is still away: {what}");
            }
            _ => tracing::warn!(router.name = %name, retry.seconds = seconds, advice = failure.advice,
                "`{name}` is not reachable: {what}"),
        }
    }

    fn log_follows(&self, what: &str, wait: Duration) {
        let name = &self.setup.router;
        tracing::warn!(router.name = %name, retry.seconds = wait.as_secs_f64(),
            "cannot follow changes on `{name}`, so its tables are polled: {what}");
    }
}

impl Actor for Connection {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.open_polls(ctx);
    }
}

impl Handler<Query> for Connection {
    type Result = ();

    fn handle(&mut self, query: Query, _: &mut Self::Context) {
        // A query that cannot be handed over tells its collector by being dropped.
        if let Some(jobs) = &self.polls.jobs {
            let _ = jobs.send(query);
        }
    }
}

impl Handler<Follow> for Connection {
    type Result = ();

    fn handle(&mut self, follow: Follow, ctx: &mut Self::Context) {
        if let Some(jobs) = &self.follows.jobs {
            let _ = jobs.send(follow);
        } else {
            self.waiting.push(follow);
            self.open_follows(ctx);
        }
    }
}

impl Handler<Subscribe> for Connection {
    type Result = ();

    fn handle(&mut self, Subscribe(watcher): Subscribe, _: &mut Self::Context) {
        watcher.do_send(LinkNews { live: self.polls.jobs.is_some() });
        self.watchers.push(watcher);
    }
}

impl Handler<Stop> for Connection {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}
