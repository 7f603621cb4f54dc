//! Followers: listen first, then print, then merge; and print again each minute, as a follow may miss something.
//!
//! Where a router does not report changes, its table is polled instead: when it refuses to `listen`, while the
//! session for follows is away, and when two prints in a row show changes of which the follow said nothing.

mod tap;

use super::answer::{self, Answer, Verdict};
use super::clock;
use super::connection::{Connection, Follow, LinkNews, Subscribe};
use super::crew::Stop;
use super::facts::Facts;
use super::monitor::{FollowedRows, Polled};
use super::poller::{ABSENT_CHECK, FORBIDDEN_AGAIN};
use super::schedule::Schedule;
use crate::domain::follow::Followed;
use crate::domain::hotspot::HotspotActive;
use crate::domain::id::ItemId;
use crate::domain::log_line::RouterLogLine;
use crate::domain::ppp::ActiveSession;
use crate::domain::resource::Resource;
use crate::domain::snapshot::{Reading, TableState};
use actix::prelude::*;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tap::{News, Tap};

/// A table that can be followed.
pub(super) trait Followable: Resource + Unpin {
    /// The time between two prints while the follow works.
    const RECONCILE: Duration;
    /// The time between two prints while it does not.
    const FALLBACK: Duration;
    /// The row's id.
    fn id(&self) -> &ItemId;
}

impl Followable for ActiveSession {
    const RECONCILE: Duration = Duration::from_secs(60);
    const FALLBACK: Duration = Duration::from_secs(5);

    fn id(&self) -> &ItemId {
        &self.id
    }
}

impl Followable for HotspotActive {
    // A follow does not report byte counters, so the prints bring them.
    const RECONCILE: Duration = Duration::from_secs(30);
    const FALLBACK: Duration = Duration::from_secs(10);

    fn id(&self) -> &ItemId {
        &self.id
    }
}

impl Followable for RouterLogLine {
    const RECONCILE: Duration = Duration::from_secs(600);
    const FALLBACK: Duration = Duration::from_secs(60);

    fn id(&self) -> &ItemId {
        &self.id
    }
}

/// The first print waits this long for the follow to begin; what it misses, a second print brings.
const LISTEN_FIRST: Duration = Duration::from_secs(1);

/// So many prints with unreported changes prove that a follow is silent.
const SILENT_AFTER: u8 = 2;

/// How the follow stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There is none: it has not begun, was refused, or its session is away.
    Absent,
    /// It reports changes, as far as we can tell.
    Works,
    /// It runs but changes happened that it did not report.
    Silent,
}

/// How the print stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Print {
    /// None is under way.
    Idle,
    /// One is under way.
    Asked,
    /// One is under way that was asked for before the follow began: it may miss changes.
    AskedTooSoon,
}

/// Keeps one table up to date.
pub(super) struct Follower<R: Followable> {
    first_after: Duration,
    facts: Arc<Facts>,
    connection: Addr<Connection>,
    rows: Recipient<FollowedRows<R>>,
    prints: Recipient<Polled<R>>,
    schedule: Schedule,
    timer: Option<SpawnHandle>,
    live: bool,
    print: Print,
    follow: State,
    /// Ids reported since the print under way was asked for.
    touched: HashSet<ItemId>,
    /// Ids of all rows, as prints and follow together have it; `None` before the first whole print.
    known: Option<HashSet<ItemId>>,
    /// Whether the follow reported anything since the last print.
    heard: bool,
    strikes: u8,
    absent_in: Option<u64>,
}

impl<R: Followable> Follower<R> {
    /// A follower that begins `first_after` the router went live.
    pub(super) fn new(
        first_after: Duration,
        facts: Arc<Facts>,
        connection: Addr<Connection>,
        rows: Recipient<FollowedRows<R>>,
        prints: Recipient<Polled<R>>,
    ) -> Self {
        Self {
            first_after,
            facts,
            connection,
            rows,
            prints,
            schedule: Schedule::new(R::FALLBACK, None),
            timer: None,
            live: false,
            print: Print::Idle,
            follow: State::Absent,
            touched: HashSet::new(),
            known: None,
            heard: false,
            strikes: 0,
            absent_in: None,
        }
    }

    fn begin(&mut self, ctx: &mut Context<Self>) {
        self.listen(ctx);
        self.plan(clock::instant() + LISTEN_FIRST, ctx);
    }

    fn listen(&mut self, ctx: &mut Context<Self>) {
        // A connection that died takes no orders: what is not taken is told to be lost, and asking again at once would go
        // on for ever, with all else on this thread waiting. The crew is about to be built anew.
        if !self.connection.connected() {
            return;
        }
        self.connection.do_send(Follow::new(R::listen(), Box::new(Tap::new(ctx.address().recipient()))));
    }

    fn plan(&mut self, at: Instant, ctx: &mut Context<Self>) {
        self.unplan(ctx);
        if self.live {
            let wait = at.saturating_duration_since(clock::instant());
            self.timer = Some(ctx.run_later(wait, Self::print));
        }
    }

    fn unplan(&mut self, ctx: &mut Context<Self>) {
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
    }

    fn print(&mut self, ctx: &mut Context<Self>) {
        self.unplan(ctx);
        if self.absent_in == Some(self.facts.generation()) {
            self.plan(clock::instant() + ABSENT_CHECK, ctx);
        } else if self.live && self.print == Print::Idle {
            if self.absent_in.take().is_some() && self.follow == State::Absent {
                self.listen(ctx);
            }
            self.print = Print::Asked;
            let rows = self.known.as_ref().map_or(0, HashSet::len);
            self.connection.do_send(answer::print(ctx.address().recipient(), rows));
        }
    }

    /// Compares a print with what the follow let us expect.
    fn reconcile(&mut self, reading: &Reading<R>) {
        if reading.partial {
            return;
        }
        let printed: HashSet<ItemId> = reading.rows.iter().map(|row| *row.id()).collect();
        if let Some(known) = &self.known {
            let differs = printed.symmetric_difference(known).any(|id| !self.touched.contains(id));
            if self.heard || self.follow == State::Absent {
                self.strikes = 0;
            } else if differs {
                self.strikes = self.strikes.saturating_add(1);
            }
            if SILENT_AFTER <= self.strikes && self.follow == State::Works {
                self.follow = State::Silent;
                tracing::warn!(menu = R::PATH, "a router does not report changes, so the table is polled");
            }
        }
        let touched = self.known.take().unwrap_or_default();
        let follow_knows = touched.into_iter().filter(|id| self.touched.contains(id));
        let mut known: HashSet<ItemId> =
            printed.into_iter().filter(|id| !self.touched.contains(id)).collect();
        known.extend(follow_knows);
        self.known = Some(known);
        self.heard = false;
    }

    fn take_in(&mut self, changes: &[Followed<R>]) {
        self.heard = true;
        self.follow = State::Works;
        self.strikes = 0;
        for change in changes {
            let id = match change {
                Followed::Row(row) => row.id(),
                Followed::Gone(id) => id,
            };
            if self.print != Print::Idle {
                self.touched.insert(*id);
            }
            let known = self.known.get_or_insert_default();
            match change {
                Followed::Row(_) => known.insert(*id),
                Followed::Gone(_) => known.remove(id),
            };
        }
    }
}

impl<R: Followable> Actor for Follower<R> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.connection.do_send(Subscribe(ctx.address().recipient()));
    }
}

impl<R: Followable> Handler<LinkNews> for Follower<R> {
    type Result = ();

    fn handle(&mut self, news: LinkNews, ctx: &mut Self::Context) {
        let was = std::mem::replace(&mut self.live, news.live);
        if news.live == was {
            return;
        }
        self.unplan(ctx);
        self.follow = State::Absent;
        self.strikes = 0;
        // After an outage everything may have changed, and nobody reported it: nothing to compare with.
        self.known = None;
        self.schedule = Schedule::new(R::FALLBACK, None);
        if self.live && self.absent_in.is_some() {
            // A menu that was absent waits until the version was read on the new connection.
            self.plan(clock::instant() + ABSENT_CHECK, ctx);
        } else if self.live {
            self.timer = Some(ctx.run_later(self.first_after, Self::begin));
        }
    }
}

impl<R: Followable> Handler<News<R>> for Follower<R> {
    type Result = ();

    fn handle(&mut self, news: News<R>, ctx: &mut Self::Context) {
        match news {
            News::Started => {
                self.follow = State::Works;
                // What changed before was reported to nobody: nothing to compare the next print with.
                self.known = None;
                if self.print == Print::Idle {
                    self.print(ctx);
                } else {
                    self.print = Print::AskedTooSoon;
                }
            }
            News::Rows(rows) => {
                self.take_in(&rows.changes);
                self.rows.do_send(rows);
            }
            News::Refused(reason) => {
                self.follow = State::Absent;
                tracing::info!(
                    menu = R::PATH,
                    reason,
                    "a router does not report changes of a table: it is polled"
                );
                self.plan(clock::instant() + R::FALLBACK, ctx);
            }
            News::Lost => {
                self.follow = State::Absent;
                if self.live {
                    self.listen(ctx);
                    self.plan(clock::instant() + R::FALLBACK, ctx);
                }
            }
        }
    }
}

impl<R: Followable> Handler<Answer<R>> for Follower<R> {
    type Result = ();

    fn handle(&mut self, answer: Answer<R>, ctx: &mut Self::Context) {
        let again = std::mem::replace(&mut self.print, Print::Idle) == Print::AskedTooSoon;
        let except = self.touched.iter().copied().collect();
        match answer.verdict(except) {
            Verdict::Read(reading, cost) => {
                self.reconcile(&reading);
                self.schedule.set_every(if self.follow == State::Works { R::RECONCILE } else { R::FALLBACK });
                let next = self.schedule.next(cost.at.instant, cost.took, self.facts.is_busy());
                let state = if reading.partial { TableState::Partial } else { TableState::Fresh };
                let report = cost.report(R::NAME, self.schedule.every(), state);
                self.prints.do_send(Polled { reading: Some(reading), report });
                if again {
                    self.known = None;
                }
                self.plan(if again { clock::instant() } else { next }, ctx);
            }
            Verdict::Refused(state, cost) => {
                let wait = match &state {
                    TableState::Absent => {
                        self.absent_in = Some(self.facts.generation());
                        ABSENT_CHECK
                    }
                    TableState::Forbidden => FORBIDDEN_AGAIN,
                    _ => R::RECONCILE,
                };
                let report = cost.report(R::NAME, wait, state);
                self.prints.do_send(Polled { reading: None, report });
                self.plan(clock::instant() + wait, ctx);
            }
            Verdict::Lost => {}
        }
        self.touched.clear();
    }
}

impl<R: Followable> Handler<Stop> for Follower<R> {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}
