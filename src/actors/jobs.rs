//! The keeper of jobs: has their actions done one after the other, and in the audit log.
//!
//! What somebody begins is in the audit log before anything is sent, and what became of each action as soon as that is
//! known. Jobs are not kept on the disk: after a restart nothing goes on that nobody looks at.

use super::clock;
use crate::domain::action::{Action, Outcome};
use crate::domain::job::{Job, JobId, MOST_STEPS, Pace, Pause, Phase, Step, StepState};
use crate::domain::router::RouterName;
use crate::state::{ActionOrder, By, JobOrder, JobRefusal, JobWish, RouterView};
use crate::store::Changes;
use crate::store::ledger::{Entry, Ledger, LedgerError};
use actix::prelude::*;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};

/// The most jobs that are known at a time, and the most actions of all of them together.
const MOST_JOBS: usize = 200;
const MOST_IN_ALL: usize = 10 * MOST_STEPS;

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
}

/// A job, and what is of no interest to those who look at it.
struct Kept {
    job: Arc<Job>,
    /// Who had it go on last.
    by: By,
    /// When anything happened to it last.
    touched: Timestamp,
    /// When the next action may be begun.
    due: Instant,
}

impl JobKeeper {
    /// Has jobs kept on the thread that calls this, as long as somebody may order something; gives them as they are.
    pub fn begin(
        ledger: Box<dyn Ledger>,
        routers: watch::Receiver<Arc<[RouterView]>>,
        shown: watch::Sender<Arc<[Arc<Job>]>>,
        orders: mpsc::Receiver<JobOrder>,
    ) -> Addr<Self> {
        Self::create(move |ctx| {
            ctx.add_stream(stream::unfold(orders, |mut orders: mpsc::Receiver<_>| async move {
                orders.recv().await.map(|order| (order, orders))
            }));
            Self { ledger, routers, shown, jobs: BTreeMap::new(), next: 0 }
        })
    }

    /// A mistake about one job must not be the end of all others.
    fn guarded<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, JobRefusal>) -> Result<T, JobRefusal> {
        catch_unwind(AssertUnwindSafe(|| act(self))).unwrap_or_else(|_| {
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

    /// Makes room for so many actions, by forgetting the oldest jobs that are at rest.
    fn make_room(&mut self, steps: usize) -> Result<(), JobRefusal> {
        loop {
            let in_all: usize = self.jobs.values().map(|kept| kept.job.steps.len()).sum();
            if self.jobs.len() < MOST_JOBS && in_all + steps <= MOST_IN_ALL {
                return Ok(());
            }
            let oldest = self.jobs.iter().find(|(_, kept)| kept.job.is_at_rest()).map(|(number, _)| *number);
            self.jobs.remove(&oldest.ok_or(JobRefusal::Crowded)?);
        }
    }

    fn prepare(
        &mut self,
        actions: Vec<(RouterName, Action)>,
        pace: Pace,
        by: By,
    ) -> Result<Arc<Job>, JobRefusal> {
        match actions.len() {
            0 => return Err(JobRefusal::Empty),
            1..=MOST_STEPS => {}
            _ => return Err(JobRefusal::TooMany),
        }
        for (router, _) in &actions {
            self.check(router)?;
        }
        self.make_room(actions.len())?;
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
        let kept = Kept { job: Arc::clone(&job), by, touched: made, due: clock::instant() };
        self.jobs.insert(self.next, kept);
        self.next += 1;
        Ok(job)
    }

    fn check(&self, router: &RouterName) -> Result<(), JobRefusal> {
        let may_act = self.orders_of(router).is_some();
        if may_act { Ok(()) } else { Err(JobRefusal::WriteModeOff(router.clone())) }
    }

    /// Has a job go on; the audit log says so before anything is sent.
    fn go_on(&mut self, id: JobId, pace: Option<Pace>, by: By) -> Result<(u64, Arc<Job>), JobRefusal> {
        let (_, kept) = self.find(id).ok_or(JobRefusal::NoSuchJob)?;
        let job = Arc::clone(&kept.job);
        match job.phase {
            Phase::Over | Phase::Stopped => return Err(JobRefusal::Over),
            Phase::Running | Phase::Prepared | Phase::Paused(_) => {}
        }
        for router in job.routers() {
            self.check(router)?;
        }
        let pace = pace.unwrap_or(job.pace);
        let action = if job.phase == Phase::Prepared { "job.begin" } else { "job.resume" };
        self.write(&Entry::done(&by.who, &by.from, action, outline(&job, pace)))
            .map_err(|error| refused(&error))?;
        let (number, kept) = self.find(id).ok_or(JobRefusal::NoSuchJob)?;
        let job = Arc::make_mut(&mut kept.job);
        (job.phase, job.pace) = (Phase::Running, pace);
        kept.by = by;
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
        job.phase = to;
        kept.touched = clock::now().wall;
        let job = Arc::clone(&kept.job);
        // It halts in any case: whoever sees that something goes wrong must not be kept from that by a full disk.
        if let Err(error) = self.write(&Entry::done(&by.who, &by.from, action, outline(&job, job.pace))) {
            let _ = refused(&error);
        }
        Ok(job)
    }

    fn write(&self, entry: &Entry) -> Result<(), LedgerError> {
        self.ledger.write(Changes::default(), std::slice::from_ref(entry), clock::now().wall)
    }

    /// Begins the next action of a job, if it is running and none is under way.
    fn step(&mut self, number: u64, ctx: &mut Context<Self>) {
        let Some(kept) = self.jobs.get_mut(&number) else { return };
        let is_acting = kept.job.steps.iter().any(|step| step.state == StepState::Acting);
        let Some(at) = kept.job.next().filter(|_| kept.job.phase == Phase::Running && !is_acting) else {
            return;
        };
        let now = clock::instant();
        let wait = kept.due.saturating_duration_since(now);
        if !wait.is_zero() {
            ctx.run_later(wait, move |this, ctx| this.step(number, ctx));
            return;
        }
        kept.due = now + kept.job.pace.interval();
        Arc::make_mut(&mut kept.job).set(at, StepState::Acting);
        let Some(step) = kept.job.steps.get(at).cloned() else { return };
        let orders = self.orders_of(&step.router);
        let acting = async move {
            let Some(orders) = orders else { return gone() };
            let (answer, told) = oneshot::channel();
            let Ok(place) = tokio::time::timeout(PATIENCE, orders.reserve()).await else {
                return Outcome::Busy;
            };
            let Ok(place) = place else { return gone() };
            place.send(ActionOrder { action: step.action.clone(), asked: clock::instant(), answer });
            told.await.unwrap_or_else(|_| broken())
        };
        ctx.spawn(acting.into_actor(self).map(move |outcome, this, ctx| {
            let ended = this.guarded(|this| {
                this.ended(number, at, outcome);
                Ok(())
            });
            if ended.is_ok() {
                this.step(number, ctx);
            }
            this.show();
        }));
    }

    /// Takes in what became of an action, and has it in the audit log.
    fn ended(&mut self, number: u64, at: usize, outcome: Outcome) {
        let Some(kept) = self.jobs.get_mut(&number) else { return };
        let Some(step) = kept.job.steps.get(at).cloned() else { return };
        let result = outcome.told();
        kept.touched = clock::now().wall;
        Arc::make_mut(&mut kept.job).ended(at, outcome);
        let By { who, from } = kept.by.clone();
        let object = format!("{}: {}", step.router, told(&step.action));
        let entry = Entry { who, from, action: step.action.deed(), object, result };
        if let Err(error) = self.write(&entry) {
            let _ = refused(&error);
            if let Some(kept) = self.jobs.get_mut(&number)
                && kept.job.phase == Phase::Running
            {
                Arc::make_mut(&mut kept.job).phase = Phase::Paused(Pause::NotLogged);
            }
        }
    }
}

/// Of an action on a router on which nothing may be changed any more.
fn gone() -> Outcome {
    Outcome::Unreachable {
        word: "write_off",
        what: "nothing may be changed on this router any more".to_owned(),
        advice: "see under Settings whether its write mode is on".to_owned(),
    }
}

/// Of an action whose actor died of an error in the program.
fn broken() -> Outcome {
    Outcome::Unknown {
        word: "mistake",
        what: "an error in the program came between: the log says more".to_owned(),
        after: crate::domain::action::Afterwards::NotRead,
    }
}

/// A job in a line of the audit log; of a single action all of it.
fn outline(job: &Job, pace: Pace) -> String {
    let routers: Vec<&str> = job.routers().into_iter().map(RouterName::as_str).collect();
    let Some(first) = job.steps.first() else { return job.id.to_string() };
    if let [only] = job.steps.as_slice() {
        return format!("{}: {}: {}", job.id, only.router, told(&only.action));
    }
    let is_one_kind = job.steps.iter().all(|step| step.action.word() == first.action.word());
    let what = if is_one_kind { first.action.word() } else { "actions" };
    let (count, pace) = (job.steps.len(), pace.per_second());
    format!("{}: {count} × {what} on {}, {pace} per second", job.id, routers.join(", "))
}

/// An action as it is typed, and whom it is about.
fn told(action: &Action) -> String {
    format!("{} ({})", action.typed().join("; "), action.subject())
}

fn refused(error: &LedgerError) -> JobRefusal {
    tracing::error!(error = %error.source, "what was to be done on a router could not be written into the audit log");
    if error.is_full_disk { JobRefusal::FullDisk } else { JobRefusal::Failed }
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
        let JobOrder { wish, by, answer } = order;
        let mut begun = None;
        let told = self.guarded(|this| {
            this.tidy(clock::now().wall);
            match wish {
                JobWish::Prepare(actions, pace) => this.prepare(actions, pace, by),
                JobWish::GoOn(id, pace) => {
                    let (number, job) = this.go_on(id, pace, by)?;
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
