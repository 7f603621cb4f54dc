//! Jobs: what is to be done on routers, with its exact commands, before it is begun; and what became of it.

pub(super) mod form;

use super::desk::Desk;
use super::errors::PageError;
use super::format::{self, Ago};
use super::forms::{Fields, Notice, Sent, go};
use super::frame::Frame;
use super::parameters;
use super::trouble::TroubleWords;
use crate::domain::action::{Afterwards, Changed, Item, Outcome};
use crate::domain::job::{Job, Pace, Phase, Step, StepState};
use crate::domain::visible::visible;
use crate::http::{Jobs, Ordered};
use crate::state::JobRefusal;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many actions a page shows.
const SHOWN: usize = 200;

#[derive(Serialize)]
struct ListView {
    frame: Frame,
    rows: Vec<Row>,
    /// Whether there is any router on which something may be changed.
    can_act: bool,
}

/// A job in the list.
#[derive(Serialize)]
struct Row {
    id: String,
    what: &'static str,
    total: usize,
    /// Whom it is about, if that is only one.
    name: Option<String>,
    routers: String,
    who: String,
    made: Ago,
    phase: &'static str,
    done: usize,
    failed: usize,
}

#[derive(Serialize)]
struct View {
    frame: Frame,
    csrf: String,
    notice: Option<Notice>,
    row: Row,
    /// Why it waits, as the words name it.
    pause: Option<&'static str>,
    pace: u32,
    waiting: usize,
    unknown: usize,
    /// How many of all are over.
    over: usize,
    can_undo: usize,
    /// Which of its actions are shown: `failed`, or all.
    only: String,
    offset: usize,
    previous: Option<usize>,
    next: Option<usize>,
    matching: usize,
    steps: Vec<StepView>,
    /// Where whoever came from one subscriber goes back to.
    back: Option<String>,
}

/// An action, and what became of it.
#[derive(Serialize)]
struct StepView {
    router: String,
    action: &'static str,
    name: String,
    commands: Vec<String>,
    state: &'static str,
    /// The router's own words.
    words: Option<String>,
    /// What the router's words mean, as one word.
    denial: Option<&'static str>,
    /// Why it could not be asked, or was lost.
    trouble: Option<TroubleWords>,
    /// What the row said otherwise than it was seen to.
    differs: Vec<Difference>,
    is_gone: bool,
    /// What the row was seen to say, which is compared before anything is sent.
    seen: Vec<(&'static str, String)>,
    /// What the row says now.
    after: Vec<(&'static str, String)>,
}

#[derive(Serialize)]
struct Difference {
    property: &'static str,
    seen: String,
    now: String,
}

impl Row {
    fn new(job: &Job, now: Timestamp) -> Self {
        let first = job.steps.first();
        let word = first.map_or("", |step| step.action.word());
        let is_one_kind = job.steps.iter().all(|step| step.action.word() == word);
        let name = first.filter(|_| job.steps.len() == 1);
        let routers: Vec<&str> = job.routers().iter().map(|name| name.as_str()).collect();
        let counts = job.counts();
        Self {
            id: job.id.to_string(),
            what: if is_one_kind { word } else { "several" },
            total: job.steps.len(),
            name: name.map(|step| visible(step.action.subject()).into_owned()),
            routers: routers.join(", "),
            who: visible(&job.who).into_owned(),
            made: format::ago(job.made, now),
            phase: job.phase.word(),
            done: counts.done,
            failed: counts.failed + counts.unknown,
        }
    }
}

impl StepView {
    fn new(step: &Step) -> Self {
        let action = &step.action;
        let mut view = Self {
            router: step.router.to_string(),
            action: action.word(),
            name: visible(action.subject()).into_owned(),
            commands: action.typed(),
            state: "waiting",
            words: None,
            denial: None,
            trouble: None,
            differs: Vec::new(),
            is_gone: false,
            seen: action.seen().map(properties).unwrap_or_default(),
            after: Vec::new(),
        };
        if step.state == StepState::Acting {
            view.state = "acting";
        }
        let Some(outcome) = step.state.outcome() else { return view };
        if !step.state.is_waiting() {
            view.state = outcome.word();
        }
        match outcome {
            Outcome::Done { after } => view.take(after),
            Outcome::Changed(Changed::Gone) => view.is_gone = true,
            Outcome::Changed(Changed::Differs(all)) => {
                view.differs = all
                    .iter()
                    .map(|one| Difference {
                        property: one.property,
                        seen: visible(&one.seen).into_owned(),
                        now: visible(&one.now).into_owned(),
                    })
                    .collect();
            }
            Outcome::Refused { words, denial } => {
                view.words = Some(words.clone());
                view.denial = Some(denial.word());
            }
            Outcome::Unreachable { word, what, advice } => {
                view.trouble = Some(TroubleWords::new(word, what, advice));
            }
            Outcome::Unknown { word, what, after } => {
                view.trouble = Some(TroubleWords::new(word, what, ""));
                view.take(after);
            }
            Outcome::Busy => {}
        }
        view
    }

    fn take(&mut self, after: &Afterwards) {
        match after {
            Afterwards::Row(item) => self.after = properties(item),
            Afterwards::Gone => self.is_gone = true,
            Afterwards::NotRead => {}
        }
    }
}

fn properties(item: &Item) -> Vec<(&'static str, String)> {
    item.values().skip(1).map(|(name, value)| (name, visible(value).into_owned())).collect()
}

/// Why nothing came of an order.
fn refused(refusal: &JobRefusal) -> Notice {
    Notice::bad(match refusal {
        JobRefusal::WriteModeOff(router) => {
            return Notice::bad("job.refused.write_mode_off").with(router.to_string());
        }
        JobRefusal::NoSuchJob => "job.refused.none",
        JobRefusal::Empty => "job.wrong.nobody",
        JobRefusal::TooMany => "job.wrong.many",
        JobRefusal::Crowded => "job.refused.crowded",
        JobRefusal::Over => "job.refused.over",
        JobRefusal::FullDisk => "refusal.disk_full",
        JobRefusal::Failed => "job.refused.failed",
    })
}

/// What the page of a job is asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    only: String,
    #[serde(default)]
    offset: usize,
}

/// `GET /jobs`.
pub(super) async fn list(desk: Desk, jobs: Jobs) -> Result<HttpResponse, PageError> {
    let now = Timestamp::now();
    let view = ListView {
        frame: Frame::new(&desk.seen, &desk.me, "jobs"),
        rows: jobs.all().iter().map(|job| Row::new(job, now)).collect(),
        can_act: !jobs.routers().is_empty(),
    };
    desk.templates.page(StatusCode::OK, "jobs.html", &view)
}

/// `GET /jobs/{id}`.
pub(super) async fn page(
    desk: Desk,
    jobs: Jobs,
    id: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, PageError> {
    show(&desk, &jobs.job(&id)?, &asked, None)
}

fn show(
    desk: &Desk,
    job: &Arc<Job>,
    asked: &Asked,
    notice: Option<Notice>,
) -> Result<HttpResponse, PageError> {
    let only_failed = asked.only == "failed";
    let has_failed = |step: &Step| match &step.state {
        StepState::Ended(outcome) => !matches!(outcome, Outcome::Done { .. }),
        _ => false,
    };
    let meant: Vec<&Arc<Step>> = job.steps.iter().filter(|step| !only_failed || has_failed(step)).collect();
    let offset = asked.offset.min(meant.len());
    let counts = job.counts();
    let status = if notice.as_ref().is_some_and(|notice| !notice.is_good) {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let view = View {
        frame: Frame::new(&desk.seen, &desk.me, "jobs"),
        csrf: desk.csrf(),
        notice,
        row: Row::new(job, Timestamp::now()),
        pause: match job.phase {
            Phase::Paused(pause) => Some(pause.word()),
            _ => None,
        },
        pace: job.pace.per_second(),
        waiting: counts.waiting,
        unknown: counts.unknown,
        over: job.steps.len() - counts.waiting - counts.acting,
        can_undo: if job.is_at_rest() { job.undo().len() } else { 0 },
        only: if only_failed { "failed".to_owned() } else { String::new() },
        offset,
        previous: (0 < offset).then(|| offset.saturating_sub(SHOWN)),
        next: (offset + SHOWN < meant.len()).then_some(offset + SHOWN),
        matching: meant.len(),
        steps: meant.into_iter().skip(offset).take(SHOWN).map(|step| StepView::new(step)).collect(),
        back: back(desk, job),
    };
    desk.templates.page(status, "job.html", &view)
}

/// The page of the one subscriber that a job is about.
fn back(desk: &Desk, job: &Job) -> Option<String> {
    let [step] = job.steps.as_slice() else { return None };
    let snapshots = desk.seen.snapshots_of(Some(step.router.as_str())).ok()?;
    let name = step.action.subject();
    snapshots.first()?.subscriber(name).map(|_| parameters::subscriber(step.router.as_str(), name))
}

/// `POST /jobs/{id}`.
pub(super) async fn change(
    desk: Desk,
    jobs: Jobs,
    id: web::Path<String>,
    sent: Sent,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let typed = fields.text("pace");
    let pace = typed.parse().ok().and_then(Pace::new);
    if pace.is_none() && !typed.is_empty() {
        let notice = Notice::bad("job.wrong.pace");
        return show(&desk, &jobs.job(&id)?, &Asked::default(), Some(notice));
    }
    let ordered = match fields.text("do") {
        "begin" => jobs.go_on(&id, pace).await,
        "pause" => jobs.pause(&id).await,
        "stop" => jobs.stop(&id).await,
        "undo" => jobs.undo(&id).await,
        _ => jobs.job(&id).map_err(Ordered::Problem),
    };
    match ordered {
        Ok(job) => Ok(go(&format!("/jobs/{}", job.id))),
        Err(Ordered::Refusal(refusal)) => {
            show(&desk, &jobs.job(&id)?, &Asked::default(), Some(refused(&refusal)))
        }
        Err(other) => Err(crate::http::Problem::from(other).into()),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::action::Denial;

    #[test]
    fn each_reason_of_a_router_has_its_words() {
        let words = include_str!("../../templates/locales/en.json");
        for word in Denial::ALL.map(Denial::word) {
            for key in [format!("denial.cause.{word}"), format!("denial.advice.{word}")] {
                assert!(words.contains(&format!("\"{key}\": ")), "{key}");
            }
        }
    }
}
