//! Pollers: one question at a time, planned after the answer.

use super::answer::{self, Answer, Verdict};
use super::clock;
use super::connection::{Connection, LinkNews, Subscribe};
use super::crew::Stop;
use super::facts::Facts;
use super::monitor::Polled;
use super::schedule::Schedule;
use crate::domain::resource::Resource;
use crate::domain::snapshot::{PollReport, Reading, TableState};
use crate::routeros::Command;
use actix::prelude::*;
use futures_util::{Stream, stream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::{self, error::RecvError};

/// A menu that the user may not read is tried again after this time: somebody may have mended it.
pub(super) const FORBIDDEN_AGAIN: Duration = Duration::from_secs(600);

/// How often a poller of a menu that is not there looks whether the router's version changed meanwhile.
pub(super) const ABSENT_CHECK: Duration = Duration::from_secs(15);

/// The soonest that a table is read again because something in it was changed, and how many times as long as the last
/// reading took, if that is more: many changes must not become as many readings of a large table.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
const AGAIN_SHARE: u32 = 5;

/// How often a poller that has nothing to ask looks whether it has by now.
const NOTHING_AGAIN: Duration = Duration::from_secs(5);

/// When and how often a table is read.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// The time between going live and the first question: it puts the first round into an order.
    pub(super) first_after: Duration,
    /// The time between two questions.
    pub(super) every: Duration,
    /// The time between the first two questions, if that is another.
    pub(super) second_after: Option<Duration>,
    /// Whether a busy router is asked less.
    pub(super) yields: bool,
}

/// Tables that are to be read again soon, since something in them was changed.
#[derive(Debug, Clone)]
pub struct Again(broadcast::Sender<&'static str>);

impl Default for Again {
    fn default() -> Self {
        Self(broadcast::channel(16).0)
    }
}

impl Again {
    /// Has the table of this name read again soon.
    pub fn ask(&self, table: &'static str) {
        // Where nobody is watching nobody reads.
        let _ = self.0.send(table);
    }

    /// A wish for each time that this table is to be read again.
    fn of(&self, table: &'static str) -> impl Stream<Item = Wish> + use<> {
        stream::unfold(self.0.subscribe(), move |mut told| async move {
            loop {
                match told.recv().await {
                    Ok(wanted) if wanted != table => {}
                    // Who missed some may have missed its own.
                    Ok(_) | Err(RecvError::Lagged(_)) => return Some((Wish, told)),
                    Err(RecvError::Closed) => return None,
                }
            }
        })
    }
}

/// The table is to be read again soon.
pub(super) struct Wish;

/// Learns from rows before they are passed on.
pub(super) type Look<R> = fn(&Facts, &[R]);

/// What is asked, by what is known; `None` while there is nothing to ask.
pub(super) type Question = fn(&Facts) -> Option<Command>;

/// Reads one table again and again.
pub(super) struct Poller<R: Resource> {
    plan: Plan,
    schedule: Schedule,
    facts: Arc<Facts>,
    connection: Addr<Connection>,
    to: Recipient<Polled<R>>,
    look: Option<Look<R>>,
    question: Question,
    timer: Option<SpawnHandle>,
    live: bool,
    asked: bool,
    rows: usize,
    again: Again,
    /// When it may be read again out of turn.
    again_from: Instant,
    /// When it is read next.
    planned: Option<Instant>,
    /// Whether that is wished for, and not done yet.
    is_wished: bool,
    /// The generation of the router's version in which the menu turned out to be absent.
    absent_in: Option<u64>,
}

impl<R: Resource> Poller<R> {
    /// A poller that begins when the router is live.
    pub(super) fn new(
        plan: Plan,
        facts: Arc<Facts>,
        connection: Addr<Connection>,
        to: Recipient<Polled<R>>,
        again: Again,
    ) -> Self {
        let schedule = Schedule::new(plan.every, plan.second_after);
        Self {
            plan,
            schedule,
            facts,
            connection,
            to,
            look: None,
            question: |_| Some(R::print()),
            timer: None,
            live: false,
            asked: false,
            rows: 0,
            again,
            again_from: clock::instant(),
            planned: None,
            is_wished: false,
            absent_in: None,
        }
    }

    /// Lets `look` learn from each reading.
    pub(super) fn looking(mut self, look: Look<R>) -> Self {
        self.look = Some(look);
        self
    }

    /// Asks this instead of printing the menu.
    pub(super) fn asking(mut self, question: Question) -> Self {
        self.question = question;
        self
    }

    fn plan(&mut self, at: Instant, ctx: &mut Context<Self>) {
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        self.planned = self.live.then_some(at);
        if self.live {
            let wait = at.saturating_duration_since(clock::instant());
            self.timer = Some(ctx.run_later(wait, Self::ask));
        }
    }

    fn ask(&mut self, ctx: &mut Context<Self>) {
        self.timer = None;
        if self.absent_in == Some(self.facts.generation()) {
            self.plan(clock::instant() + ABSENT_CHECK, ctx);
        } else if self.live && !self.asked {
            let Some(command) = (self.question)(&self.facts) else {
                return self.plan(clock::instant() + NOTHING_AGAIN, ctx);
            };
            self.asked = true;
            self.connection.do_send(answer::ask(command, ctx.address().recipient(), self.rows));
        }
    }

    fn pass_on(&mut self, reading: Option<Reading<R>>, report: PollReport) {
        if let (Some(look), Some(reading)) = (self.look, &reading) {
            look(&self.facts, &reading.rows);
        }
        self.to.do_send(Polled { reading, report });
    }
}

/// Rows are never held in place here, whatever their type.
impl<R: Resource> Unpin for Poller<R> {}

impl<R: Resource> Actor for Poller<R> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.connection.do_send(Subscribe(ctx.address().recipient()));
        ctx.add_stream(self.again.of(R::NAME));
    }
}

impl<R: Resource> StreamHandler<Wish> for Poller<R> {
    fn handle(&mut self, _: Wish, ctx: &mut Self::Context) {
        // While an answer is under way, which may be from before the change, the wish waits for it.
        if self.asked {
            self.is_wished = true;
        } else if self.absent_in.is_none() {
            let at = self.planned.map_or(self.again_from, |planned| planned.min(self.again_from));
            self.plan(at, ctx);
        }
    }

    /// Nobody wishes any more; the table is read as before.
    fn finished(&mut self, _: &mut Self::Context) {}
}

impl<R: Resource> Handler<LinkNews> for Poller<R> {
    type Result = ();

    fn handle(&mut self, news: LinkNews, ctx: &mut Self::Context) {
        let was = std::mem::replace(&mut self.live, news.live);
        if news.live && !was {
            self.schedule = Schedule::new(self.plan.every, self.plan.second_after);
            // A menu that was absent waits until the version was read on the new connection.
            let wait = if self.absent_in.is_some() { ABSENT_CHECK } else { self.plan.first_after };
            self.plan(clock::instant() + wait, ctx);
        } else if let Some(timer) = self.timer.take_if(|_| !news.live) {
            ctx.cancel_future(timer);
        }
    }
}

impl<R: Resource> Handler<Answer<R>> for Poller<R> {
    type Result = ();

    fn handle(&mut self, answer: Answer<R>, ctx: &mut Self::Context) {
        self.asked = false;
        match answer.verdict(Vec::new()) {
            Verdict::Read(reading, cost) => {
                self.absent_in = None;
                self.rows = reading.rows.len();
                let busy = self.plan.yields && self.facts.is_busy();
                let next = self.schedule.next(cost.at.instant, cost.took, busy);
                let state = if reading.partial { TableState::Partial } else { TableState::Fresh };
                self.pass_on(Some(reading), cost.report(R::NAME, self.schedule.every(), state));
                self.again_from = cost.at.instant + (cost.took * AGAIN_SHARE).max(AGAIN_AFTER);
                let is_wished = std::mem::take(&mut self.is_wished);
                self.plan(if is_wished { next.min(self.again_from) } else { next }, ctx);
            }
            Verdict::Refused(state, cost) => {
                let wait = match &state {
                    TableState::Absent => {
                        self.absent_in = Some(self.facts.generation());
                        ABSENT_CHECK
                    }
                    TableState::Forbidden => FORBIDDEN_AGAIN,
                    _ => self.plan.every,
                };
                tracing::debug!(table = R::NAME, state = ?state, "a table cannot be read");
                self.pass_on(None, cost.report(R::NAME, wait, state));
                self.plan(cost.at.instant + wait, ctx);
            }
            // An answer lost just before the link came back, and asked for since: nothing is under way then.
            Verdict::Lost => self.plan(clock::instant() + self.plan.first_after, ctx),
        }
    }
}

impl<R: Resource> Handler<Stop> for Poller<R> {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}
