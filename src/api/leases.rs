//! `GET /api/v1/leases` and `…/pools`: DHCP leases, and the pools that addresses come from.

use super::parameters::Parameters;
use super::table::Asked;
use super::wire::age_ms;
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::tables::Entry;
use crate::domain::time::Moment;
use crate::domain::vendors::vendor_name;
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
    /// Who made it, by its MAC address.
    vendor: &'static str,
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
    match Asked::new(&request, &seen, &parameters)? {
        Ok(asked) => asked.answer::<Lease, _>("leases", row),
        Err(known) => Ok(known),
    }
}

/// A lease as the API shows it.
pub(super) fn row<'a>(found: &Entry<'a, Lease>, now: Moment) -> LeaseRow<'a> {
    let row = found.row;
    LeaseRow {
        router: found.snapshot.router.as_str(),
        id: row.id.to_string(),
        address: &row.address,
        mac_address: &row.mac_address,
        vendor: vendor_name(&row.mac_address),
        host_name: &row.host_name,
        server: &row.server,
        status: &row.status,
        expires_s: row.expires_after.map(|after| after.as_secs()),
        last_seen_s: row.last_seen.map(|ago| ago.as_secs()),
        dynamic: row.dynamic,
        blocked: row.blocked,
        disabled: row.disabled,
        comment: &row.comment,
        age_ms: age_ms(found.read_at(), now.instant),
    }
}

/// A pool of addresses.
#[derive(Serialize, ToSchema)]
pub(super) struct PoolRow<'a> {
    router: &'a str,
    id: String,
    name: &'a str,
    /// As the router writes them.
    ranges: &'a str,
    /// How many addresses it has.
    total: Option<u64>,
    /// How many of them are given out; null where the router does not tell.
    used: Option<u64>,
    used_percent: Option<f64>,
    /// Where addresses come from when it is empty.
    next_pool: &'a str,
    /// How long ago the table was read.
    age_ms: u64,
}

/// Answers with a window of the pools.
pub(super) async fn pools(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    match Asked::new(&request, &seen, &parameters)? {
        Ok(asked) => asked.answer::<Pool, _>("pools", pool),
        Err(known) => Ok(known),
    }
}

/// A pool as the API shows it.
pub(super) fn pool<'a>(found: &Entry<'a, Pool>, now: Moment) -> PoolRow<'a> {
    let row = found.row;
    PoolRow {
        router: found.snapshot.router.as_str(),
        id: row.id.to_string(),
        name: &row.name,
        ranges: &row.ranges,
        total: row.addresses(),
        used: row.used,
        used_percent: row.used_percent().map(|percent| (percent * 100.0).round() / 100.0),
        next_pool: &row.next_pool,
        age_ms: age_ms(found.read_at(), now.instant),
    }
}
