//! `GET /api/v1/queues`: simple queues.

use super::etag::Etag;
use super::list::{self, List, Row, TableMeta, Window};
use super::parameters::Parameters;
use crate::domain::network::SimpleQueue;
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
    let snapshots = parameters.snapshots(&seen)?;
    let etag = Etag::new(&request, &seen, &snapshots);
    if let Some(known) = etag.not_modified(&request) {
        return Ok(known);
    }
    let now = list::now();
    let mut rows = list::gather(&snapshots, |snapshot| &snapshot.queues, |row| row.id);
    let wanted = parameters.get("q");
    rows.retain(|(_, Row { row, .. })| list::holds(&[&row.name, &row.target, &row.comment], wanted));
    let tables = snapshots.iter().map(|shot| TableMeta::new(shot, &shot.queues, now)).collect();
    let list = List { name: "queues", etag: &etag, window: Window::parse(&parameters)?, tables, rows };
    list.answer(&parameters, now, |_, found| row(&found, now))
}

/// A queue as the API shows it.
pub(super) fn row<'a>(found: &Row<'a, SimpleQueue>, now: Moment) -> QueueRow<'a> {
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
        age_ms: found.age_ms(now),
    }
}
