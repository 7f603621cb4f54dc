//! `GET /api/v1/hotspot`, `…/hosts` and `…/users`: who is signed in at a portal, which hosts it sees, and who may sign in.

use super::parameters::Parameters;
use super::table::Asked;
use super::wire::age_ms;
use super::words::VoucherWord;
use crate::domain::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use crate::domain::tables::Entry;
use crate::domain::time::Moment;
use crate::domain::vendors::vendor_name;
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
    /// Who made it, by its MAC address.
    vendor: &'static str,
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
    /// Who made it, by its MAC address.
    vendor: &'static str,
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

/// Somebody who may sign in at a portal. The password is never read.
#[derive(Serialize, ToSchema)]
pub(super) struct HotspotUserRow<'a> {
    router: &'a str,
    id: String,
    name: &'a str,
    /// `valid`, `used_up` or `disabled`.
    #[schema(value_type = VoucherWord)]
    state: &'static str,
    /// The only portal where they may, if that is limited.
    server: &'a str,
    profile: &'a str,
    address: &'a str,
    mac_address: &'a str,
    /// Who made it, by its MAC address.
    vendor: &'static str,
    /// Over all sessions.
    uptime_s: Option<u64>,
    /// Null where it is not limited.
    limit_uptime_s: Option<u64>,
    time_left_s: Option<u64>,
    download_bytes: u64,
    upload_bytes: u64,
    /// Of both directions; null where it is not limited.
    limit_bytes: Option<u64>,
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
    match Asked::new(&request, &seen, &parameters)? {
        Ok(asked) => asked.answer::<HotspotActive, _>("hotspot", session),
        Err(known) => Ok(known),
    }
}

/// Answers with a window of the hosts.
pub(super) async fn hosts(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    match Asked::new(&request, &seen, &parameters)? {
        Ok(asked) => asked.answer::<HotspotHost, _>("hosts", host),
        Err(known) => Ok(known),
    }
}

/// Answers with a window of the users.
pub(super) async fn users(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    match Asked::new(&request, &seen, &parameters)? {
        Ok(asked) => asked.answer::<HotspotUser, _>("users", user),
        Err(known) => Ok(known),
    }
}

/// A session as the API shows it.
pub(super) fn session<'a>(found: &Entry<'a, HotspotActive>, now: Moment) -> HotspotRow<'a> {
    let row = found.row;
    HotspotRow {
        router: found.snapshot.router.as_str(),
        id: row.id.to_string(),
        user: &row.user,
        server: &row.server,
        address: &row.address,
        mac_address: &row.mac_address,
        vendor: vendor_name(&row.mac_address),
        login_by: &row.login_by,
        uptime_s: row.uptime.map(|uptime| uptime.as_secs()),
        time_left_s: row.session_time_left.map(|left| left.as_secs()),
        download_bytes: row.bytes_out,
        upload_bytes: row.bytes_in,
        radius: row.radius,
        comment: &row.comment,
        age_ms: age_ms(found.read_at(), now.instant),
    }
}

/// A host as the API shows it.
pub(super) fn host<'a>(found: &Entry<'a, HotspotHost>, now: Moment) -> HotspotHostRow<'a> {
    let row = found.row;
    HotspotHostRow {
        router: found.snapshot.router.as_str(),
        id: row.id.to_string(),
        address: &row.address,
        to_address: &row.to_address,
        mac_address: &row.mac_address,
        vendor: vendor_name(&row.mac_address),
        server: &row.server,
        authorized: row.authorized,
        bypassed: row.bypassed,
        uptime_s: row.uptime.map(|uptime| uptime.as_secs()),
        comment: &row.comment,
        age_ms: age_ms(found.read_at(), now.instant),
    }
}

/// A user as the API shows it.
pub(super) fn user<'a>(found: &Entry<'a, HotspotUser>, now: Moment) -> HotspotUserRow<'a> {
    let row = found.row;
    HotspotUserRow {
        router: found.snapshot.router.as_str(),
        id: row.id.to_string(),
        name: &row.name,
        state: row.state(),
        server: &row.server,
        profile: &row.profile,
        address: &row.address,
        mac_address: &row.mac_address,
        vendor: vendor_name(&row.mac_address),
        uptime_s: row.uptime.map(|uptime| uptime.as_secs()),
        limit_uptime_s: row.limit_uptime.map(|limit| limit.as_secs()),
        time_left_s: row.time_left().map(|left| left.as_secs()),
        download_bytes: row.bytes_out,
        upload_bytes: row.bytes_in,
        limit_bytes: Some(row.limit_bytes).filter(|limit| 0 < *limit),
        comment: &row.comment,
        age_ms: age_ms(found.read_at(), now.instant),
    }
}
