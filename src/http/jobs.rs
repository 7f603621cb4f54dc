//! Jobs, as far as whoever asks may know of them, and what may be ordered of them.
//!
//! People and programs see their own; admins who may see all routers see those of all.

use super::problem::FieldError;
use super::{Client, Problem, Seen};
use crate::access::{Actor, People, Role, Visitor};
use crate::domain::action::{Action, Wanted, WantedFault};
use crate::domain::job::{Job, JobId, MOST_STEPS, Pace};
use crate::domain::router::RouterName;
use crate::state::{By, JobOrder, JobRefusal, JobWish, Right, RouterView};
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use jiff::Timestamp;
use std::future::{Ready, ready};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The most fields of which is told what is wrong with them.
const MOST_TOLD: usize = 100;

/// Who asks for jobs, and who keeps them.
pub struct Jobs {
    /// What else they see.
    pub seen: Seen,
    by: By,
    right: Right,
    sees_all: bool,
    may_act: bool,
}

/// Why nothing came of an order.
#[derive(Debug)]
pub enum Ordered {
    /// It was refused.
    Refusal(JobRefusal),
    /// Some of what is wanted is no action.
    Wrong(Vec<Amiss>),
    /// It is not for whoever asks, or went wrong.
    Problem(Problem),
}

/// Why something that is wanted is no action.
#[derive(Debug)]
pub struct Amiss {
    /// At which place of all that is wanted.
    pub at: usize,
    /// Which field.
    pub field: &'static str,
    /// What is wrong, as one word by which pages tell it.
    pub word: &'static str,
    /// What fills the text of that word.
    pub value: String,
    /// What is wrong, for programs.
    pub text: String,
}

impl Amiss {
    fn router(word: &'static str, name: &str, text: String) -> Self {
        Self { at: 0, field: "router", word, value: name.to_owned(), text }
    }
}

impl From<WantedFault> for Amiss {
    fn from(fault: WantedFault) -> Self {
        let (word, value) = fault.told();
        Self { at: 0, field: fault.field(), word, value, text: fault.to_string() }
    }
}

impl From<Problem> for Ordered {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<JobRefusal> for Ordered {
    fn from(refusal: JobRefusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<Ordered> for Problem {
    /// As programs are told.
    fn from(ordered: Ordered) -> Self {
        match ordered {
            Ordered::Problem(problem) => problem,
            Ordered::Wrong(wrong) => {
                let error =
                    |Amiss { at, field, text, .. }| FieldError::new(format!("actions[{at}].{field}"), text);
                Self::Fields(wrong.into_iter().take(MOST_TOLD).map(error).collect())
            }
            Ordered::Refusal(refusal) => match refusal {
                JobRefusal::NoSuchJob => Self::NoSuch("job"),
                JobRefusal::FullDisk => Self::DiskFull,
                JobRefusal::Failed => Self::Internal,
                JobRefusal::Empty | JobRefusal::TooMany => {
                    let error = FieldError::new("actions", refusal.to_string());
                    Self::Fields(vec![error])
                }
                JobRefusal::Crowded | JobRefusal::Over | JobRefusal::WriteModeOff(_) => {
                    Self::Conflict(refusal.to_string())
                }
            },
        }
    }
}

impl Jobs {
    /// Whether whoever asks may have anything changed on a router.
    pub fn may_act(&self) -> bool {
        self.may_act
    }

    /// The routers on which whoever asks may have something changed.
    pub fn routers(&self) -> Vec<RouterView> {
        let mut routers = self.seen.routers();
        routers.retain(|router| self.may_act && router.actions.is_some());
        routers
    }

    fn sees(&self, job: &Job) -> bool {
        let is_own = job.who == self.by.who;
        let scope = self.seen.scope();
        self.sees_all || is_own && job.steps.iter().all(|step| scope.sees(&step.router))
    }

    /// The jobs that may be known, the newest first.
    pub fn all(&self) -> Vec<Arc<Job>> {
        self.seen.all_jobs().iter().rev().filter(|job| self.sees(job)).cloned().collect()
    }

    /// The job of this id. One that may not be known is not there.
    pub fn job(&self, id: &str) -> Result<Arc<Job>, Problem> {
        let id = id.parse::<JobId>().ok();
        let jobs = self.seen.all_jobs();
        let found = jobs.iter().find(|job| Some(job.id) == id && self.sees(job));
        found.cloned().ok_or(Problem::NoSuch("job"))
    }

    async fn order(&self, wish: JobWish) -> Result<Arc<Job>, Ordered> {
        let (answer, told) = oneshot::channel();
        let order = JobOrder { wish, by: self.by.clone(), right: self.right.clone(), answer };
        let gone = || Problem::Internal;
        self.seen.job_orders().send(order).await.map_err(|_| gone())?;
        Ok(told.await.map_err(|_| gone())??)
    }

    /// The actions that are wanted, each looked up on its router; or all that is wrong with them.
    pub fn find(&self, wanted: Vec<Wanted>) -> Result<Vec<(RouterName, Action)>, Ordered> {
        if MOST_STEPS < wanted.len() {
            return Err(JobRefusal::TooMany.into());
        }
        let mut wrong = Vec::new();
        let mut actions = Vec::new();
        for (at, wanted) in wanted.into_iter().enumerate() {
            match self.find_one(wanted) {
                Ok(action) => actions.push(action),
                Err(amiss) => wrong.push(Amiss { at, ..amiss }),
            }
        }
        if wrong.is_empty() { Ok(actions) } else { Err(Ordered::Wrong(wrong)) }
    }

    fn find_one(&self, wanted: Wanted) -> Result<(RouterName, Action), Amiss> {
        // One that may not be seen is not there.
        let router = self
            .seen
            .router(&wanted.router)
            .map_err(|problem| Amiss::router("no_router", &wanted.router, problem.to_string()))?;
        if router.actions.is_none() {
            let name = router.name.to_string();
            return Err(Amiss::router(
                "write_mode_off",
                &name,
                JobRefusal::WriteModeOff(router.name).to_string(),
            ));
        }
        let snapshot = Arc::clone(&router.snapshot.borrow());
        Ok((router.name, wanted.find(&snapshot).map_err(Amiss::from)?))
    }

    /// A job of these actions, of which none is begun.
    pub async fn prepare(&self, actions: Vec<(RouterName, Action)>, pace: Pace) -> Result<Arc<Job>, Ordered> {
        self.order(JobWish::Prepare(actions, pace)).await
    }

    /// Has a job go on.
    pub async fn go_on(&self, id: &str, pace: Option<Pace>) -> Result<Arc<Job>, Ordered> {
        self.order(JobWish::GoOn(self.job(id)?.id, pace)).await
    }

    /// Has a job wait.
    pub async fn pause(&self, id: &str) -> Result<Arc<Job>, Ordered> {
        self.order(JobWish::Pause(self.job(id)?.id)).await
    }

    /// Ends a job.
    pub async fn stop(&self, id: &str) -> Result<Arc<Job>, Ordered> {
        self.order(JobWish::Stop(self.job(id)?.id)).await
    }

    /// A job that takes back what another one did.
    pub async fn undo(&self, id: &str) -> Result<Arc<Job>, Ordered> {
        let job = self.job(id)?;
        self.prepare(job.undo(), job.pace).await
    }

    /// What takes back what a job did, to be kept as a file.
    pub fn undo_file(&self, id: &str) -> Result<Vec<Wanted>, Problem> {
        let undo = self.job(id)?.undo();
        Ok(undo.iter().map(|(router, action)| Wanted::of(router.as_str(), action)).collect())
    }
}

impl FromRequest for Jobs {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut found = || {
            let seen = Seen::from_request(request, payload).into_inner()?;
            let client = Client::from_request(request, payload).into_inner()?;
            let visitor = request.extensions().get::<Visitor>().cloned().ok_or(Problem::SignIn)?;
            let Actor { who, from } = visitor.actor(client.address);
            let may_act = Role::Operator <= visitor.role && visitor.may_write;
            let sees_all = visitor.role == Role::Admin && visitor.scope.is_all();
            let people = request.app_data::<Data<People>>().cloned().ok_or(Problem::Internal)?;
            let right = Right(Arc::new(move |router: &RouterName| {
                people.may_still_act(&visitor, router, Timestamp::now())
            }));
            Ok(Self { seen, by: By { who, from }, right, sees_all, may_act })
        };
        ready(found())
    }
}
