//! `GET /api/v1/leases`: DHCP leases.

use super::etag::Etag;
use super::list::{self, List, Row, TableMeta, Window};
use super::parameters::Parameters;
use crate::domain::dhcp::Lease;
use crate::domain::time::Moment;
use crate::http::{Problem, Seen};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

/// A lease.
#[derive(Serialize, ToSchema)]
pub(super) struct LeaseRow<'a> {
    router: &'a str,
    id: String,
    address: &'a str,
    mac_address: &'a str,
    /// What the client calls itself.
    host_name: &'a str,
    server: &'a str,
    /// `bound`, `waiting`, `offered`, …
    status: &'a str,
    /// When it ends, counted from the reading; null for one that does not.
    expires_s: Option<u64>,
    /// How long the client was not heard of, at the reading.
    last_seen_s: Option<u64>,
    /// Given out by the server, rather than written down by somebody.
    dynamic: bool,
    blocked: bool,
    disabled: bool,
    comment: &'a str,
    /// How long ago the table was read.
    age_ms: u64,
}

/// Answers with a window of the leases.
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
    let mut rows = list::gather(&snapshots, |snapshot| &snapshot.leases, |row| row.id);
    let wanted = parameters.get("q");
    rows.retain(|(_, Row { row, .. })| {
        list::holds(&[&row.address, &row.mac_address, &row.host_name, &row.comment], wanted)
    });
    let tables = snapshots.iter().map(|shot| TableMeta::new(shot, &shot.leases, now)).collect();
    let list = List { name: "leases", etag: &etag, window: Window::parse(&parameters)?, tables, rows };
    list.answer(&parameters, now, |_, found| row(&found, now))
}

/// A lease as the API shows it.
pub(super) fn row<'a>(found: &Row<'a, Lease>, now: Moment) -> LeaseRow<'a> {
    let row = found.row;
    LeaseRow {
        router: found.snapshot.router.as_str(),
        id: row.id.to_string(),
        address: &row.address,
        mac_address: &row.mac_address,
        host_name: &row.host_name,
        server: &row.server,
        status: &row.status,
        expires_s: row.expires_after.map(|after| after.as_secs()),
        last_seen_s: row.last_seen.map(|ago| ago.as_secs()),
        dynamic: row.dynamic,
        blocked: row.blocked,
        disabled: row.disabled,
        comment: &row.comment,
        age_ms: found.age_ms(now),
    }
}
