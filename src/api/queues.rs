//! `GET /api/v1/queues`: simple queues.

use super::parameters::Parameters;
use super::table::Asked;
use super::wire::age_ms;
use crate::domain::network::SimpleQueue;
use crate::domain::tables::Entry;
use crate::domain::time::Moment;
use crate::http::{Problem, Seen};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

/// A simple queue, seen from its target.
#[derive(Serialize, ToSchema)]
pub(super) struct QueueRow<'a> {
    router: &'a str,
    id: String,
    name: &'a str,
    target: &'a str,
    parent: &'a str,
    /// The most that the target may receive; 0 is unlimited.
    max_download_bps: Option<u64>,
    max_upload_bps: Option<u64>,
    download_bytes: Option<u64>,
    upload_bytes: Option<u64>,
    /// Packets.
    download_dropped: Option<u64>,
    upload_dropped: Option<u64>,
    dynamic: bool,
    disabled: bool,
    comment: &'a str,
    /// How long ago the table was read.
    age_ms: u64,
}

/// Answers with a window of the queues.
pub(super) async fn list(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    match Asked::new(&request, &seen, &parameters)? {
        Ok(asked) => asked.answer::<SimpleQueue, _>("queues", row),
        Err(known) => Ok(known),
    }
}

/// A queue as the API shows it.
pub(super) fn row<'a>(found: &Entry<'a, SimpleQueue>, now: Moment) -> QueueRow<'a> {
    let row = found.row;
    QueueRow {
        router: found.snapshot.router.as_str(),
        id: row.id.to_string(),
        name: &row.name,
        target: &row.target,
        parent: &row.parent,
        max_download_bps: row.max_limit.map(|(_, down)| down),
        max_upload_bps: row.max_limit.map(|(up, _)| up),
        download_bytes: row.bytes.map(|(_, down)| down),
        upload_bytes: row.bytes.map(|(up, _)| up),
        download_dropped: row.dropped.map(|(_, down)| down),
        upload_dropped: row.dropped.map(|(up, _)| up),
        dynamic: row.dynamic,
        disabled: row.disabled,
        comment: &row.comment,
        age_ms: age_ms(found.read_at(), now.instant),
    }
}
