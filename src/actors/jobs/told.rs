//! What is said of jobs: in the audit log, and of actions of which nobody knows more.

use crate::domain::action::{Action, Afterwards, Outcome};
use crate::domain::job::{Job, Pace, Step};
use crate::domain::router::RouterName;
use crate::domain::visible::visible;
use crate::state::{By, JobRefusal};
use crate::store::ledger::{Entry, LedgerError};

/// Of an action whose actor died of an error in the program.
pub(super) fn broken() -> Outcome {
    Outcome::Unknown {
        word: "mistake",
        what: "the program ended, or an error in it came between: its log says more".to_owned(),
        after: Afterwards::NotRead,
    }
}

/// A job in a line of the audit log; of a single action all of it.
pub(super) fn outline(job: &Job, pace: Pace) -> String {
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
pub(super) fn told(action: &Action) -> String {
    format!("{} ({:?})", action.typed().join("; "), visible(action.subject()))
}

/// What the audit log says of an action.
pub(super) fn entry(step: &Step, by: &By, result: String) -> Entry {
    let By { who, from } = by.clone();
    let object = format!("{}: {}", step.router, told(&step.action));
    Entry { who, from, action: step.action.deed(), object, result }
}

pub(super) fn refused(error: &LedgerError) -> JobRefusal {
    tracing::error!(error = %error.source, "what was to be done on a router could not be written into the audit log");
    if error.is_full_disk { JobRefusal::FullDisk } else { JobRefusal::Failed }
}
