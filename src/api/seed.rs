//! The paths of an earlier program, with its names and envelopes, and without any secret.
//!
//! Rows are as the router tells them: properties under its own names, values as text.

pub(super) mod kept;
pub(super) mod rows;
pub(super) mod summary;

use super::list;
use super::parameters::Parameters;
use super::rendered::{Rendered, render};
use super::wire::{self, Rfc3339};
use crate::domain::overview::Totals;
use crate::domain::snapshot::Snapshot;
use crate::http::{Problem, Seen};
use crate::state::RouterView;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use rows::{InterfaceWords, PppActive, PppSecret, PppoeInterfaceWords, ResourceWords};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Whether one router can be asked.
#[derive(Serialize, ToSchema)]
pub(super) struct Status {
    success: bool,
    connected: bool,
    router_id: String,
    router_name: String,
    router_ip: String,
    router_port: Option<u16>,
    identity: Option<String>,
    current_time: Rfc3339,
}

/// Load, memory and version of one router.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the earlier program's")]
pub(super) struct Resources<'a> {
    success: bool,
    router_id: String,
    router_name: String,
    resources: Option<ResourceWords<'a>>,
    current_time: Rfc3339,
    /// What is wrong with the router, if it cannot be asked: its resources are those that were known last.
    error_message: Option<String>,
}

/// Interfaces that are no subscriber's.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the earlier program's")]
pub(super) struct Interfaces<'a> {
    success: bool,
    /// The router, if it is one.
    router_id: Option<&'a str>,
    router_name: Option<String>,
    interfaces: Vec<InterfaceWords<'a>>,
    current_time: Rfc3339,
    /// What is wrong with routers that cannot be asked: what is told of them is what was known last.
    error_message: Option<String>,
}

/// Sessions.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the earlier program's")]
pub(super) struct Active<'a> {
    success: bool,
    /// The router, if it is one.
    router_id: Option<&'a str>,
    router_name: Option<String>,
    ppp_active: Vec<PppActive<'a>>,
    current_time: Rfc3339,
    /// What is wrong with routers that cannot be asked: what is told of them is what was known last.
    error_message: Option<String>,
}

/// Accounts, without their passwords, which are never read.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the earlier program's")]
pub(super) struct Accounts<'a> {
    success: bool,
    /// The router, if it is one.
    router_id: Option<&'a str>,
    router_name: Option<String>,
    ppp_accounts: Vec<PppSecret<'a>>,
    current_time: Rfc3339,
    /// What is wrong with routers that cannot be asked: what is told of them is what was known last.
    error_message: Option<String>,
}

/// All of it.
#[derive(Serialize, ToSchema)]
pub(super) struct Dashboard<'a> {
    success: bool,
    pppoe_interfaces: Vec<PppoeInterfaceWords<'a>>,
    ppp_accounts: Vec<PppSecret<'a>>,
    ppp_active: Vec<PppActive<'a>>,
    aggregate_stats: AggregateStats,
    current_time: Rfc3339,
    /// What is wrong with routers that cannot be asked.
    error_message: Option<String>,
}

/// Subscribers by state.
#[derive(Serialize, ToSchema)]
struct AggregateStats {
    total_accounts: usize,
    online_accounts: usize,
    offline_accounts: usize,
    /// Those of routers that cannot be asked.
    unknown_accounts: usize,
    enabled_accounts: usize,
    disabled_accounts: usize,
    last_updated: Rfc3339,
}

impl AggregateStats {
    fn of(snapshots: &[Arc<Snapshot>], now: Timestamp) -> Self {
        let counts = Totals::of(snapshots).counts;
        Self {
            total_accounts: counts.total,
            online_accounts: counts.online,
            offline_accounts: counts.offline,
            unknown_accounts: counts.unknown,
            enabled_accounts: counts.total - counts.disabled,
            disabled_accounts: counts.disabled,
            last_updated: Rfc3339(now),
        }
    }
}

/// What is wrong with routers that cannot be asked, if anything is.
fn troubles(snapshots: &[Arc<Snapshot>]) -> Option<String> {
    let trouble = |snapshot: &Arc<Snapshot>| {
        snapshot.link.trouble().map(|trouble| format!("{}: {}", snapshot.router, trouble.what))
    };
    let troubles: Vec<String> = snapshots.iter().filter_map(trouble).collect();
    (!troubles.is_empty()).then(|| troubles.join("; "))
}

/// The router that is asked for, or else the first: the seed had one that was "active".
fn one(seen: &Seen, parameters: &Parameters) -> Result<RouterView, Problem> {
    match parameters.router() {
        Some(name) => seen.router(name),
        None => seen.routers().into_iter().next().ok_or(Problem::NoRouters),
    }
}

/// `GET /api/status`.
pub(super) async fn status(seen: Seen, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let router = one(&seen, &parameters)?;
    let snapshot = Arc::clone(&router.snapshot.borrow());
    let (host, port) = host_and_port(&router.address);
    Ok(wire::json(&Status {
        success: true,
        connected: snapshot.link.is_live(),
        router_id: router.name.to_string(),
        router_name: shown_name(&router),
        router_ip: host.to_owned(),
        router_port: port,
        identity: snapshot.system.identity.as_ref().map(|identity| identity.name.to_string()),
        current_time: Rfc3339(list::now().wall),
    }))
}

/// `GET /api/resources`.
pub(super) async fn resources(seen: Seen, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let router = one(&seen, &parameters)?;
    let snapshot = Arc::clone(&router.snapshot.borrow());
    Ok(wire::json(&Resources {
        success: true,
        router_id: router.name.to_string(),
        router_name: shown_name(&router),
        resources: snapshot.system.resource.as_ref().map(ResourceWords::of),
        current_time: Rfc3339(list::now().wall),
        error_message: troubles(std::slice::from_ref(&snapshot)),
    }))
}

/// `GET /api/interfaces`.
pub(super) async fn interfaces(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
    rendered: Data<Rendered>,
) -> Result<HttpResponse, Problem> {
    let router_name = the_name(&seen, &parameters);
    let make = |snapshots: &[Arc<Snapshot>]| {
        render(&Interfaces {
            success: true,
            router_id: the_one(snapshots),
            router_name,
            interfaces: snapshots.iter().flat_map(|snapshot| InterfaceWords::all(snapshot)).collect(),
            current_time: Rfc3339(list::now().wall),
            error_message: troubles(snapshots),
        })
    };
    rendered.answer(&request, &seen, ("/api/interfaces", parameters.router()), make).await
}

/// `GET /api/ppp_active`.
pub(super) async fn active(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
    rendered: Data<Rendered>,
) -> Result<HttpResponse, Problem> {
    let router_name = the_name(&seen, &parameters);
    let make = |snapshots: &[Arc<Snapshot>]| {
        let now = list::now();
        render(&Active {
            success: true,
            router_id: the_one(snapshots),
            router_name,
            ppp_active: snapshots
                .iter()
                .flat_map(|snapshot| PppActive::of(snapshot, &snapshot.subscribers, now.wall))
                .collect(),
            current_time: Rfc3339(now.wall),
            error_message: troubles(snapshots),
        })
    };
    rendered.answer(&request, &seen, ("/api/ppp_active", parameters.router()), make).await
}

/// `GET /api/ppp_accounts`.
pub(super) async fn accounts(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
    rendered: Data<Rendered>,
) -> Result<HttpResponse, Problem> {
    let router_name = the_name(&seen, &parameters);
    let make = |snapshots: &[Arc<Snapshot>]| {
        render(&Accounts {
            success: true,
            router_id: the_one(snapshots),
            router_name,
            ppp_accounts: snapshots
                .iter()
                .flat_map(|snapshot| PppSecret::of(snapshot, &snapshot.subscribers))
                .collect(),
            current_time: Rfc3339(list::now().wall),
            error_message: troubles(snapshots),
        })
    };
    rendered.answer(&request, &seen, ("/api/ppp_accounts", parameters.router()), make).await
}

/// `GET /api/dashboard`.
pub(super) async fn dashboard(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
    rendered: Data<Rendered>,
) -> Result<HttpResponse, Problem> {
    let make = |snapshots: &[Arc<Snapshot>]| {
        let now = list::now();
        render(&Dashboard {
            success: true,
            pppoe_interfaces: snapshots
                .iter()
                .flat_map(|one| PppoeInterfaceWords::of(one, &one.subscribers))
                .collect(),
            ppp_accounts: snapshots.iter().flat_map(|one| PppSecret::of(one, &one.subscribers)).collect(),
            ppp_active: snapshots
                .iter()
                .flat_map(|one| PppActive::of(one, &one.subscribers, now.wall))
                .collect(),
            aggregate_stats: AggregateStats::of(snapshots, now.wall),
            current_time: Rfc3339(now.wall),
            error_message: troubles(snapshots),
        })
    };
    rendered.answer(&request, &seen, ("/api/dashboard", parameters.router()), make).await
}

/// What people call a router.
pub(super) fn shown_name(router: &RouterView) -> String {
    router.label.clone().unwrap_or_else(|| router.name.to_string())
}

/// The parts of an address; an IPv6 address stands in brackets.
pub(super) fn host_and_port(address: &str) -> (&str, Option<u16>) {
    let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
    (host.trim_start_matches('[').trim_end_matches(']'), port.parse().ok())
}

/// The router, if it is one.
pub(super) fn the_one(snapshots: &[Arc<Snapshot>]) -> Option<&str> {
    match snapshots {
        [one] => Some(one.router.as_str()),
        _ => None,
    }
}

/// What people call the router that is asked for, or the only one there is.
pub(super) fn the_name(seen: &Seen, parameters: &Parameters) -> Option<String> {
    match (parameters.router(), &*seen.routers()) {
        (Some(name), _) => seen.router(name).ok().as_ref().map(shown_name),
        (None, [one]) => Some(shown_name(one)),
        (None, _) => None,
    }
}
