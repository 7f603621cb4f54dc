//! `GET /api/v1/hotspot` and `…/hosts`: who is signed in at a portal, and which hosts it sees.

use super::etag::Etag;
use super::list::{self, List, Row, TableMeta, Window};
use super::parameters::Parameters;
use crate::domain::hotspot::{HotspotActive, HotspotHost};
use crate::domain::time::Moment;
use crate::http::{Problem, Seen};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

/// A hotspot session.
#[derive(Serialize, ToSchema)]
pub(super) struct HotspotRow<'a> {
    router: &'a str,
    id: String,
    user: &'a str,
    server: &'a str,
    address: &'a str,
    mac_address: &'a str,
    login_by: &'a str,
    uptime_s: Option<u64>,
    time_left_s: Option<u64>,
    /// Received by the guest since the session began.
    download_bytes: u64,
    upload_bytes: u64,
    radius: bool,
    comment: &'a str,
    /// How long ago the table was read.
    age_ms: u64,
}

/// A host that a hotspot sees, signed in or not.
#[derive(Serialize, ToSchema)]
pub(super) struct HotspotHostRow<'a> {
    router: &'a str,
    id: String,
    address: &'a str,
    /// The address that the router translates it to.
    to_address: &'a str,
    mac_address: &'a str,
    server: &'a str,
    /// Signed in.
    authorized: bool,
    /// Let through without signing in.
    bypassed: bool,
    uptime_s: Option<u64>,
    comment: &'a str,
    /// How long ago the table was read.
    age_ms: u64,
}

/// Answers with a window of the sessions.
pub(super) async fn active(
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
    let mut rows = list::gather(&snapshots, |snapshot| &snapshot.hotspot_active, |row| row.id);
    let wanted = parameters.get("q");
    rows.retain(|(_, Row { row, .. })| {
        list::holds(&[&row.user, &row.address, &row.mac_address, &row.comment], wanted)
    });
    let tables = snapshots.iter().map(|shot| TableMeta::new(shot, &shot.hotspot_active, now)).collect();
    let list = List { name: "hotspot", etag: &etag, window: Window::parse(&parameters)?, tables, rows };
    list.answer(&parameters, now, |_, found| session(&found, now))
}

/// Answers with a window of the hosts.
pub(super) async fn hosts(
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
    let mut rows = list::gather(&snapshots, |snapshot| &snapshot.hotspot_hosts, |row| row.id);
    let wanted = parameters.get("q");
    rows.retain(|(_, Row { row, .. })| {
        list::holds(&[&row.address, &row.to_address, &row.mac_address, &row.comment], wanted)
    });
    let tables = snapshots.iter().map(|shot| TableMeta::new(shot, &shot.hotspot_hosts, now)).collect();
    let list = List { name: "hosts", etag: &etag, window: Window::parse(&parameters)?, tables, rows };
    list.answer(&parameters, now, |_, found| host(&found, now))
}

/// A session as the API shows it.
pub(super) fn session<'a>(found: &Row<'a, HotspotActive>, now: Moment) -> HotspotRow<'a> {
    let row = found.row;
    HotspotRow {
        router: found.snapshot.router.as_str(),
        id: row.id.to_string(),
        user: &row.user,
        server: &row.server,
        address: &row.address,
        mac_address: &row.mac_address,
        login_by: &row.login_by,
        uptime_s: row.uptime.map(|uptime| uptime.as_secs()),
        time_left_s: row.session_time_left.map(|left| left.as_secs()),
        download_bytes: row.bytes_out,
        upload_bytes: row.bytes_in,
        radius: row.radius,
        comment: &row.comment,
        age_ms: found.age_ms(now),
    }
}

/// A host as the API shows it.
pub(super) fn host<'a>(found: &Row<'a, HotspotHost>, now: Moment) -> HotspotHostRow<'a> {
    let row = found.row;
    HotspotHostRow {
        router: found.snapshot.router.as_str(),
        id: row.id.to_string(),
        address: &row.address,
        to_address: &row.to_address,
        mac_address: &row.mac_address,
        server: &row.server,
        authorized: row.authorized,
        bypassed: row.bypassed,
        uptime_s: row.uptime.map(|uptime| uptime.as_secs()),
        comment: &row.comment,
        age_ms: found.age_ms(now),
    }
}
