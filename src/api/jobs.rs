//! `/api/v1/jobs`: actions on routers, looked at before they are begun, and what became of each.

use super::parameters::Parameters;
use super::wire::{self, Rfc3339};
use super::words::words;
use crate::domain::action::{Action, Afterwards, Changed, Item, Outcome, Wanted};
use crate::domain::job::{Job, Pace, Phase, Step, StepState};
use crate::domain::visible::visible;
use crate::http::{Jobs, LargeJson, Problem};
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

words! {
    /// How far a job is.
    PhaseWord: Prepared, Running, Paused, Stopped, Over;
    /// Why a job waits.
    PauseWord: Wanted, Unreachable, NotPermitted, NoRight, Busy, Broken, NotLogged;
    /// What became of an action. `unknown` is one after which the connection was lost: it may have been done, or not.
    OutcomeWord: Waiting, Acting, Done, Changed, Refused, Unreachable, Unknown, Busy;
    /// What may be done with a job.
    JobVerb: Begin, Pause, Stop;
}

/// What is to be done on routers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JobBody {
    /// In their order.
    #[schema(min_items = 1, max_items = 5_000)]
    actions: Vec<Wanted>,
    /// How many are begun in a second, at most; 5 if nothing is said.
    #[schema(minimum = 1, maximum = 20)]
    pace: Option<u32>,
    /// Whether to begin at once. Otherwise the commands are told, and nothing is sent to any router.
    #[serde(default)]
    begin: bool,
}

/// What is to be done with a job.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JobChange {
    #[schema(value_type = JobVerb)]
    #[serde(rename = "do")]
    verb: String,
    /// How many actions are begun in a second from now on.
    #[schema(minimum = 1, maximum = 20)]
    pace: Option<u32>,
}

/// Jobs, the newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct JobsAnswer {
    success: bool,
    jobs: Vec<JobRow>,
}

/// A job.
#[derive(Serialize, ToSchema)]
struct JobRow {
    id: String,
    who: String,
    made: Rfc3339,
    #[schema(value_type = PhaseWord)]
    phase: &'static str,
    /// Why it waits, if it does.
    #[schema(value_type = Option<PauseWord>)]
    pause: Option<&'static str>,
    /// How many actions are begun in a second, at most.
    pace: u32,
    routers: Vec<String>,
    counts: JobCounts,
}

/// How many actions are how far.
#[derive(Serialize, ToSchema)]
struct JobCounts {
    total: usize,
    waiting: usize,
    acting: usize,
    done: usize,
    failed: usize,
    unknown: usize,
}

/// A job with some of its actions.
#[derive(Serialize, ToSchema)]
pub(super) struct JobAnswer {
    success: bool,
    job: JobRow,
    limit: usize,
    offset: usize,
    steps: Vec<StepRow>,
}

/// An action, and what became of it.
#[derive(Serialize, ToSchema)]
struct StepRow {
    router: String,
    action: &'static str,
    /// The account, session, user or lease that it is about.
    name: String,
    /// The commands as they would be typed in a terminal; passwords are stars.
    commands: Vec<String>,
    #[schema(value_type = OutcomeWord)]
    state: &'static str,
    /// The router's own words, if it refused.
    words: Option<String>,
    /// What went wrong.
    cause: Option<String>,
    /// What to do about it.
    remedy: Option<String>,
    /// What the row said otherwise than it was seen to, by property: it was left alone.
    changed: Option<BTreeMap<&'static str, String>>,
    /// What the row says now, by property; null if it is gone, or could not be read.
    after: Option<BTreeMap<&'static str, String>>,
}

/// What takes back what a job did; it can be posted as a job.
#[derive(Serialize, ToSchema)]
pub(super) struct UndoFile {
    actions: Vec<Wanted>,
}

impl JobRow {
    fn new(job: &Job) -> Self {
        let counts = job.counts();
        Self {
            id: job.id.to_string(),
            who: job.who.clone(),
            made: Rfc3339(job.made),
            phase: job.phase.word(),
            pause: match job.phase {
                Phase::Paused(pause) => Some(pause.word()),
                _ => None,
            },
            pace: job.pace.per_second(),
            routers: job.routers().into_iter().map(ToString::to_string).collect(),
            counts: JobCounts {
                total: job.steps.len(),
                waiting: counts.waiting,
                acting: counts.acting,
                done: counts.done,
                failed: counts.failed,
                unknown: counts.unknown,
            },
        }
    }
}

fn properties(item: &Item) -> BTreeMap<&'static str, String> {
    item.values().map(|(name, value)| (name, value.to_owned())).collect()
}

impl StepRow {
    fn new(step: &Step) -> Self {
        let action: &Action = &step.action;
        let mut row = Self {
            router: step.router.to_string(),
            action: action.word(),
            name: action.subject().to_owned(),
            commands: action.typed(),
            state: "waiting",
            words: None,
            cause: None,
            remedy: None,
            changed: None,
            after: None,
        };
        if step.state == StepState::Acting {
            row.state = "acting";
        }
        let Some(outcome) = step.state.outcome() else { return row };
        if !step.state.is_waiting() {
            row.state = outcome.word();
        }
        match outcome {
            Outcome::Done { after } | Outcome::Unknown { after, .. } => {
                if let Afterwards::Row(item) = after {
                    row.after = Some(properties(item));
                }
            }
            Outcome::Changed(Changed::Differs(all)) => {
                row.changed = Some(all.iter().map(|one| (one.property, one.now.to_string())).collect());
            }
            Outcome::Changed(Changed::Gone) => row.cause = Some("the row is gone".to_owned()),
            Outcome::Refused { words, denial } => {
                row.words = Some(words.clone());
                row.cause = Some(denial.cause().to_owned());
                row.remedy = Some(denial.remedy().to_owned());
            }
            Outcome::Unreachable { what, advice, .. } => {
                row.cause = Some(visible(what).into_owned());
                row.remedy = Some(visible(advice).into_owned());
            }
            Outcome::Busy => row.cause = Some("others were before it for too long".to_owned()),
        }
        if let Outcome::Unknown { what, .. } = outcome {
            row.cause = Some(visible(what).into_owned());
        }
        row
    }
}

fn pace(per_second: Option<u32>) -> Result<Option<Pace>, Problem> {
    let wrong = || Problem::Parameter("`pace` is a number from 1 to 20".to_owned());
    per_second.map(|number| Pace::new(number).ok_or_else(wrong)).transpose()
}

fn answer(job: &Arc<Job>, limit: usize, offset: usize) -> HttpResponse {
    let steps = job.steps.iter().skip(offset).take(limit).map(|step| StepRow::new(step)).collect();
    wire::json(&JobAnswer { success: true, job: JobRow::new(job), limit, offset, steps })
}

/// How many actions are told where nothing else is asked for.
const TOLD: usize = 100;

/// `GET /api/v1/jobs`.
pub(super) async fn list(jobs: Jobs) -> HttpResponse {
    let jobs = jobs.all().iter().map(|job| JobRow::new(job)).collect();
    wire::json(&JobsAnswer { success: true, jobs })
}

/// `POST /api/v1/jobs`.
pub(super) async fn add(jobs: Jobs, LargeJson(body): LargeJson<JobBody>) -> Result<HttpResponse, Problem> {
    let pace = pace(body.pace)?;
    let actions = jobs.find(body.actions)?;
    let mut job = jobs.prepare(actions, pace.unwrap_or_default()).await?;
    if body.begin {
        job = jobs.go_on(&job.id.to_string(), None).await?;
    }
    let mut answer = answer(&job, TOLD, 0);
    *answer.status_mut() = StatusCode::CREATED;
    Ok(answer)
}

/// `GET /api/v1/jobs/{id}`.
pub(super) async fn one(
    jobs: Jobs,
    id: web::Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    Ok(answer(&jobs.job(&id)?, parameters.limit()?, parameters.offset()?))
}

/// `POST /api/v1/jobs/{id}`.
pub(super) async fn change(
    jobs: Jobs,
    id: web::Path<String>,
    LargeJson(body): LargeJson<JobChange>,
) -> Result<HttpResponse, Problem> {
    let pace = pace(body.pace)?;
    let job = match body.verb.as_str() {
        "begin" => jobs.go_on(&id, pace).await?,
        "pause" => jobs.pause(&id).await?,
        "stop" => jobs.stop(&id).await?,
        _ => return Err(Problem::Parameter("`do` is one of begin, pause, stop".to_owned())),
    };
    Ok(answer(&job, TOLD, 0))
}

/// `GET /api/v1/jobs/{id}/undo`.
pub(super) async fn undo(jobs: Jobs, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let mut answer = wire::json(&UndoFile { actions: jobs.undo_file(&id)? });
    let name = format!("attachment; filename=\"tikwatch-undo-{}.json\"", jobs.job(&id)?.id);
    if let Ok(name) = name.parse() {
        answer.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(answer)
}
