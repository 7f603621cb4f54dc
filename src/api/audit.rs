//! `/api/v1/audit`: who did what, when and from where.

use super::parameters::Parameters;
use super::people::{Asking, unavailable};
use super::wire::{self, Rfc3339};
use crate::access::{AuditEntry, AuditError, AuditSearch, People};
use crate::http::Problem;
use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

/// Entries of the audit log.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditAnswer {
    success: bool,
    meta: AuditMeta,
    /// The newest first.
    audit: Vec<AuditRow>,
}

/// What is said of the entries as a whole.
#[derive(Serialize, ToSchema)]
struct AuditMeta {
    /// How many there are that were asked for.
    total: usize,
    limit: usize,
    offset: usize,
}

/// Something that somebody did, or tried to do.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditRow {
    /// Counts from the first start on.
    number: u64,
    time: Rfc3339,
    /// A user, a token, or the program itself.
    who: String,
    /// The address that they called from, or `console`.
    from: String,
    /// What was done or attempted: `group.delete`.
    action: String,
    /// To whom or what.
    object: String,
    /// How it ended.
    result: String,
}

/// Whether the audit log is as it was written.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditCheck {
    success: bool,
    is_whole: bool,
    /// How many entries there are, if they are whole.
    entries: Option<u64>,
    /// The first entry that does not fit.
    broken_at: Option<u64>,
}

/// What is searched for.
pub(super) fn search(parameters: &Parameters) -> AuditSearch {
    let text = |name| parameters.get(name).unwrap_or_default().to_owned();
    AuditSearch { q: text("q"), action: text("action") }
}

/// `GET /api/v1/audit`.
pub(super) async fn list(asking: Asking, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let (limit, offset) = (parameters.limit()?, parameters.offset()?);
    let search = search(&parameters);
    let found = asking.wait(move |people| people.search_audit(&search, offset, limit)).await?;
    let found = found.map_err(|error| unavailable(error.into()))?;
    Ok(wire::json(&AuditAnswer {
        success: true,
        meta: AuditMeta { total: found.numbers.len(), limit, offset },
        audit: found.entries.into_iter().map(row).collect(),
    }))
}

/// `GET /api/v1/audit/check`.
pub(super) async fn check(asking: Asking) -> Result<HttpResponse, Problem> {
    let (entries, broken_at) = match asking.wait(People::verify_audit).await? {
        Ok(entries) => (Some(entries), None),
        Err(AuditError::Broken(broken)) => (None, Some(broken.at)),
        Err(AuditError::Unavailable(error)) => return Err(unavailable(error)),
    };
    Ok(wire::json(&AuditCheck { success: true, is_whole: broken_at.is_none(), entries, broken_at }))
}

/// An entry as the API shows it.
pub(super) fn row(entry: AuditEntry) -> AuditRow {
    let AuditEntry { seq, at, who, from, action, object, result, .. } = entry;
    AuditRow { number: seq, time: Rfc3339(at), who, from, action, object, result }
}
