//! The keeper of jobs: has their actions done one after the other, and in the audit log.
//!
//! What somebody begins is in the audit log before anything is sent, and what became of each action as soon as that is
//! known. Jobs are not kept on the disk: after a restart nothing goes on that nobody looks at.

#[cfg(test)]
mod tests;
mod told;

use super::clock;
use super::crew::Stop;
use super::mistakes::Mistakes;
use crate::domain::action::{Action, Outcome};
use crate::domain::job::{Job, JobId, MOST_STEPS, Pace, Pause, Phase, Step, StepState};
use crate::domain::router::RouterName;
use crate::state::{ActionOrder, By, JobOrder, JobRefusal, JobWish, Right, RouterView};
use crate::store::Changes;
use crate::store::ledger::{Entry, Ledger, LedgerError};
use actix::prelude::*;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};
use told::{broken, entry, outline, refused};

/// The most jobs that are known at a time, of one person too, and the most actions of all of them together.
const MOST_JOBS: usize = 200;
const MOST_OF_ONE: usize = 50;
const MOST_IN_ALL: usize = 10 * MOST_STEPS;

/// How long is waited at the end of the program for actions that are under way.
const LAST_ACTIONS: Duration = Duration::from_secs(2);

/// How long a job is known that nobody began, and one that is at rest.
const UNUSED: SignedDuration = SignedDuration::from_mins(30);
const AT_REST: SignedDuration = SignedDuration::from_hours(24);

/// How long is waited until a router takes an order.
const PATIENCE: Duration = Duration::from_secs(30);

/// Keeps jobs. It waits for the disk, and so needs a thread of its own.
pub struct JobKeeper {
    ledger: Box<dyn Ledger>,
    routers: watch::Receiver<Arc<[RouterView]>>,
    shown: watch::Sender<Arc<[Arc<Job>]>>,
    jobs: BTreeMap<u64, Kept>,
    /// The number of the next job: they are shown in the order in which they were made.
    next: u64,
    /// How many actions are under way.
    acting: watch::Sender<usize>,
    /// What could not be written into the audit log, and has to be before anything else is.
    unwritten: Vec<Entry>,
    /// How many orders ended in a panic.
    mistakes: Arc<AtomicU64>,
}

/// A job, and what is of no interest to those who look at it.
struct Kept {
    job: Arc<Job>,
    /// Who had it go on last.
    by: By,
    /// Whether they may still have it done.
    right: Right,
    /// When anything happened to it last.
    touched: Timestamp,
    /// When the next action may be begun.
    due: Instant,
}

impl JobKeeper {
    /// Has jobs kept on this thread, as long as somebody may order something, and shown as they are.
    pub fn begin(
        on: &ArbiterHandle,
        ledger: Box<dyn Ledger>,
        routers: watch::Receiver<Arc<[RouterView]>>,
        shown: watch::Sender<Arc<[Arc<Job>]>>,
        orders: mpsc::Receiver<JobOrder>,
        mistakes: Arc<AtomicU64>,
    ) -> Addr<Self> {
        Self::start_in_arbiter(on, move |ctx| {
            ctx.add_stream(stream::unfold(orders, |mut orders: mpsc::Receiver<_>| async move {
                orders.recv().await.map(|order| (order, orders))
            }));
            let (acting, _) = watch::channel(0);
            let (jobs, unwritten) = (BTreeMap::new(), Vec::new());
            Self { ledger, routers, shown, jobs, next: 0, acting, unwritten, mistakes }
        })
    }

    /// A mistake about one job must not be the end of all others.
    fn guarded<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, JobRefusal>) -> Result<T, JobRefusal> {
        let mistakes = Arc::clone(&self.mistakes);
        Mistakes::caught_in(&mistakes, || act(self)).unwrap_or_else(|| {
            tracing::error!("an order about a job ended in a panic");
            Err(JobRefusal::Failed)
        })
    }

    fn show(&self) {
        self.shown.send_replace(self.jobs.values().map(|kept| Arc::clone(&kept.job)).collect());
    }

    fn find(&mut self, id: JobId) -> Option<(u64, &mut Kept)> {
        self.jobs.iter_mut().find(|(_, kept)| kept.job.id == id).map(|(number, kept)| (*number, kept))
    }

    /// Where orders for this router go, if anything may be changed there.
    fn orders_of(&self, router: &RouterName) -> Option<mpsc::Sender<ActionOrder>> {
        let routers = self.routers.borrow();
        routers.iter().find(|view| view.name == *router).and_then(|view| view.actions.clone())
    }

    /// Forgets jobs that nobody needs any more.
    fn tidy(&mut self, now: Timestamp) {
        self.jobs.retain(|_, kept| {
            let age = now.duration_since(kept.touched);
            let most = if kept.job.phase == Phase::Prepared { UNUSED } else { AT_REST };
            !kept.job.is_at_rest() || age < most
        });
    }

    /// Makes room for so many actions of somebody: by forgetting the oldest jobs of theirs that nothing is lost with, then
    /// those of others that are over. Nobody's job that waits is forgotten for somebody else's.
    fn make_room(&mut self, who: &str, steps: usize) -> Result<(), JobRefusal> {
        loop {
            let in_all: usize = self.jobs.values().map(|kept| kept.job.steps.len()).sum();
            let own = self.jobs.values().filter(|kept| kept.job.who == who).count();
            let has_room = self.jobs.len() < MOST_JOBS && in_all + steps <= MOST_IN_ALL;
            if has_room && own < MOST_OF_ONE {
                return Ok(());
            }
            let oldest = |wanted: &dyn Fn(&Job) -> bool| {
                let found = self.jobs.iter().find(|(_, kept)| kept.job.is_at_rest() && wanted(&kept.job));
                found.map(|(number, _)| *number)
            };
            let is_over = |job: &Job| matches!(job.phase, Phase::Over | Phase::Stopped);
            let found = oldest(&|job| job.who == who && is_over(job))
                .or_else(|| oldest(&|job| job.who == who && job.phase == Phase::Prepared))
                .or_else(|| if own < MOST_OF_ONE { oldest(&is_over) } else { None });
            self.jobs.remove(&found.ok_or(JobRefusal::Crowded)?);
        }
    }

    fn prepare(
        &mut self,
        actions: Vec<(RouterName, Action)>,
        pace: Pace,
        (by, right): (By, Right),
    ) -> Result<Arc<Job>, JobRefusal> {
        match actions.len() {
            0 => return Err(JobRefusal::Empty),
            1..=MOST_STEPS => {}
            _ => return Err(JobRefusal::TooMany),
        }
        for (router, _) in &actions {
            self.check(router)?;
        }
        self.make_room(&by.who, actions.len())?;
        let step = |(router, action)| Arc::new(Step { router, action, state: StepState::Waiting });
        let made = clock::now().wall;
        let job = Arc::new(Job {
            id: JobId(fastrand::u64(..)),
            who: by.who.clone(),
            made,
            pace,
            phase: Phase::Prepared,
            steps: actions.into_iter().map(step).collect(),
        });
        let kept = Kept { job: Arc::clone(&job), by, right, touched: made, due: clock::instant() };
        self.jobs.insert(self.next, kept);
        self.next += 1;
        Ok(job)
    }

    fn check(&self, router: &RouterName) -> Result<(), JobRefusal> {
        let may_act = self.orders_of(router).is_some();
        if may_act { Ok(()) } else { Err(JobRefusal::WriteModeOff(router.clone())) }
    }

    /// Has a job go on; the audit log says so before anything is sent, with each action that may follow.
    fn go_on(
        &mut self,
        id: JobId,
        pace: Option<Pace>,
        (by, right): (By, Right),
    ) -> Result<(u64, Arc<Job>), JobRefusal> {
        let (number, kept) = self.find(id).ok_or(JobRefusal::NoSuchJob)?;
        let job = Arc::clone(&kept.job);
        let pace = pace.unwrap_or(job.pace);
        match job.phase {
            Phase::Over | Phase::Stopped => return Err(JobRefusal::Over),
            // It is under way already, for whoever had it go on; only how fast may be another.
            Phase::Running => {
                Arc::make_mut(&mut kept.job).pace = pace;
                return Ok((number, Arc::clone(&kept.job)));
            }
            Phase::Prepared | Phase::Paused(_) => {}
        }
        for router in job.routers_ahead() {
            self.check(router)?;
        }
        let is_new = job.phase == Phase::Prepared;
        let action = if is_new { "job.begin" } else { "job.resume" };
        let mut entries = vec![Entry::done(&by.who, &by.from, action, outline(&job, pace))];
        if is_new && 1 < job.steps.len() {
            entries.extend(job.steps.iter().map(|step| entry(step, &by, "ordered".to_owned())));
        }
        self.write(entries).map_err(|error| refused(&error))?;
        let kept = self.jobs.get_mut(&number).ok_or(JobRefusal::NoSuchJob)?;
        let job = Arc::make_mut(&mut kept.job);
        (job.phase, job.pace) = (Phase::Running, pace);
        (kept.by, kept.right) = (by, right);
        kept.touched = clock::now().wall;
        Ok((number, Arc::clone(&kept.job)))
    }

    /// Has a job wait, or end.
    fn halt(&mut self, id: JobId, to: Phase, by: &By) -> Result<Arc<Job>, JobRefusal> {
        let action = if to == Phase::Stopped { "job.stop" } else { "job.pause" };
        let (_, kept) = self.find(id).ok_or(JobRefusal::NoSuchJob)?;
        match kept.job.phase {
            Phase::Over | Phase::Stopped => return Err(JobRefusal::Over),
            Phase::Prepared if to != Phase::Stopped => return Ok(Arc::clone(&kept.job)),
            _ => {}
        }
        let job = Arc::make_mut(&mut kept.job);
        job.halt(to);
        kept.touched = clock::now().wall;
        let job = Arc::clone(&kept.job);
        // It halts in any case: whoever sees that something goes wrong must not be kept from that by a full disk.
        let entry = Entry::done(&by.who, &by.from, action, outline(&job, job.pace));
        if let Err(error) = self.write(vec![entry.clone()]) {
            let _ = refused(&error);
            self.unwritten.push(entry);
        }
        Ok(job)
    }

    /// Has entries in the audit log, behind those that could not be written before.
    fn write(&mut self, entries: Vec<Entry>) -> Result<(), LedgerError> {
        let mut all = std::mem::take(&mut self.unwritten);
        let before = all.len();
        all.extend(entries);
        let written = self.ledger.write(Changes::default(), &all, clock::now().wall);
        if written.is_err() {
            all.truncate(before);
            self.unwritten = all;
        }
        written
    }

    /// Begins the next action of a job; a mistake in that ends nothing else.
    fn step(&mut self, number: u64, ctx: &mut Context<Self>) {
        let begun = self.guarded(|this| {
            this.begin_step(number, ctx);
            Ok(())
        });
        if begun.is_err()
            && let Some(kept) = self.jobs.get_mut(&number)
        {
            Arc::make_mut(&mut kept.job).phase = Phase::Paused(Pause::Broken);
        }
    }

    /// Begins the next action of a job, if it is running and none is under way.
    fn begin_step(&mut self, number: u64, ctx: &mut Context<Self>) {
        let Some(kept) = self.jobs.get_mut(&number) else { return };
        let is_acting = kept.job.steps.iter().any(|step| step.state == StepState::Acting);
        let Some(at) = kept.job.next().filter(|_| kept.job.phase == Phase::Running && !is_acting) else {
            return;
        };
        let now = clock::instant();
        let wait = kept.due.saturating_duration_since(now);
        if !wait.is_zero() {
            ctx.run_later(wait, move |this, ctx| {
                this.step(number, ctx);
                this.show();
            });
            return;
        }
        let Some(step) = kept.job.steps.get(at).cloned() else { return };
        if !(kept.right.0)(&step.router) {
            Arc::make_mut(&mut kept.job).phase = Phase::Paused(Pause::NoRight);
            return;
        }
        kept.due = now + kept.job.pace.interval();
        let by = kept.by.clone();
        Arc::make_mut(&mut kept.job).set(at, StepState::Acting);
        self.acting.send_modify(|acting| *acting += 1);
        let orders = self.orders_of(&step.router);
        let acting = async move {
            let Some(orders) = orders else { return Outcome::forbidden() };
            let (answer, told) = oneshot::channel();
            let Ok(place) = tokio::time::timeout(PATIENCE, orders.reserve()).await else {
                return Outcome::Busy;
            };
            let Ok(place) = place else { return Outcome::forbidden() };
            place.send(ActionOrder { action: step.action.clone(), asked: clock::instant(), answer });
            told.await.unwrap_or_else(|_| broken())
        };
        ctx.spawn(acting.into_actor(self).map(move |outcome, this, ctx| {
            let ended = this.guarded(|this| {
                this.ended((number, at), &by, outcome);
                Ok(())
            });
            if ended.is_err()
                && let Some(kept) = this.jobs.get_mut(&number)
            {
                let job = Arc::make_mut(&mut kept.job);
                job.ended(at, broken());
                job.phase = Phase::Paused(Pause::Broken);
            }
            this.acting.send_modify(|acting| *acting = acting.saturating_sub(1));
            this.step(number, ctx);
            this.show();
        }));
    }

    /// Takes in what became of an action, and has it in the audit log.
    fn ended(&mut self, (number, at): (u64, usize), by: &By, outcome: Outcome) {
        let Some(kept) = self.jobs.get_mut(&number) else { return };
        let Some(step) = kept.job.steps.get(at).cloned() else { return };
        let entry = entry(&step, by, outcome.told());
        kept.touched = clock::now().wall;
        Arc::make_mut(&mut kept.job).ended(at, outcome);
        if let Err(error) = self.write(vec![entry.clone()]) {
            let _ = refused(&error);
            self.unwritten.push(entry);
            if let Some(kept) = self.jobs.get_mut(&number)
                && kept.job.phase == Phase::Running
            {
                Arc::make_mut(&mut kept.job).phase = Phase::Paused(Pause::NotLogged);
            }
        }
    }
}

impl std::fmt::Debug for JobKeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JobKeeper").field("jobs", &self.jobs.len()).finish_non_exhaustive()
    }
}

impl Actor for JobKeeper {
    type Context = Context<Self>;
}

impl StreamHandler<JobOrder> for JobKeeper {
    fn handle(&mut self, order: JobOrder, ctx: &mut Self::Context) {
        let JobOrder { wish, by, right, answer } = order;
        let mut begun = None;
        let told = self.guarded(|this| {
            this.tidy(clock::now().wall);
            match wish {
                JobWish::Prepare(actions, pace) => this.prepare(actions, pace, (by, right)),
                JobWish::GoOn(id, pace) => {
                    let (number, job) = this.go_on(id, pace, (by, right))?;
                    begun = Some(number);
                    Ok(job)
                }
                JobWish::Pause(id) => this.halt(id, Phase::Paused(Pause::Wanted), &by),
                JobWish::Stop(id) => this.halt(id, Phase::Stopped, &by),
            }
        });
        if let Some(number) = begun {
            self.step(number, ctx);
        }
        self.show();
        // Somebody who left meanwhile is not told.
        drop(answer.send(told));
    }
}

impl Handler<Stop> for JobKeeper {
    type Result = ResponseActFuture<Self, ()>;

    /// Nothing more is begun; what is under way comes to its end, and into the audit log, if it does so soon.
    fn handle(&mut self, _: Stop, _: &mut Self::Context) -> Self::Result {
        for kept in self.jobs.values_mut().filter(|kept| kept.job.phase == Phase::Running) {
            Arc::make_mut(&mut kept.job).phase = Phase::Paused(Pause::Wanted);
        }
        let mut acting = self.acting.subscribe();
        let ended = async move {
            let _ = tokio::time::timeout(LAST_ACTIONS, acting.wait_for(|acting| *acting == 0)).await;
        };
        Box::pin(ended.into_actor(self).map(|(), this, _| {
            // There is no later entry that those which could not be written would be written with.
            if !this.unwritten.is_empty()
                && let Err(error) = this.write(Vec::new())
            {
                let _ = refused(&error);
            }
        }))
    }
}
