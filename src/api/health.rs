//! Whether we are well, and whether the routers are.

use super::parameters::Parameters;
use super::seed::{the_name, the_one};
use super::wire::{self, Rfc3339, Typed};
use super::words::{HealthWord, LinkWord};
use crate::domain::check::State;
use crate::domain::configuration::Draft;
use crate::domain::snapshot::Snapshot;
use crate::http::{Configuring, Problem, Seen};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Bytes;
use actix_web::{FromRequest as _, HttpRequest, HttpResponse};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Instant;
use utoipa::ToSchema;

/// `GET /healthz`: the server answers.
pub(super) async fn is_alive() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("text/plain; charset=utf-8")
        .body("ok")
}

/// How we are, and how the routers are.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    success: bool,
    /// `healthy`, `degraded` while a router is in trouble or the disk is full, `unhealthy` while the program stops.
    #[schema(value_type = HealthWord)]
    status: &'static str,
    timestamp: Rfc3339,
    version: &'static str,
    uptime_s: u64,
    /// Whether the disk of the data folder is full, so that nothing can be changed.
    disk_full: bool,
    /// Whether all routers that are asked for are connected.
    connected: bool,
    /// The router, if it is one.
    router_id: Option<String>,
    router_name: Option<String>,
    routers: Vec<RouterHealth>,
}

/// How a router is.
#[derive(Serialize, ToSchema)]
struct RouterHealth {
    router: String,
    /// `connecting`, `live`, `down`, `refused` or `blocked`.
    #[schema(value_type = LinkWord)]
    status: &'static str,
    since: Option<Rfc3339>,
    /// What is wrong, if anything is.
    what: Option<String>,
    /// What to do about it.
    advice: Option<String>,
    sessions: usize,
    age_ms: u64,
}

/// `GET /api/health`: how we and every router are, or the one that is asked for.
///
/// Trouble with routers is our subject, not our failure: it is "degraded" at worst. Only a server that is about to
/// stop calls itself "unhealthy". The answer is 200 always.
pub(super) async fn health(seen: Seen, parameters: Parameters) -> Result<HttpResponse, Problem> {
    Ok(wire::json(&report(&seen, &parameters)?))
}

/// A router that somebody wants to have tried, as an earlier program asked for it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TryBody {
    #[schema(min_length = 1, max_length = 253)]
    host: String,
    #[schema(min_length = 1, max_length = 255)]
    user: String,
    #[schema(value_type = Option<String>, format = Password, write_only)]
    password: Option<Typed>,
    #[schema(minimum = 1, maximum = 65535)]
    port: Option<u32>,
}

/// How all is, or what came of trying a router.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum HealthOrTried<'a> {
    Health(Health),
    Tried(Tried<'a>),
}

/// What came of trying it.
#[derive(Serialize, ToSchema)]
pub(super) struct Tried<'a> {
    success: bool,
    /// `healthy` or `unhealthy`.
    status: &'static str,
    router_identity: Option<&'a str>,
    has_resources: bool,
    error: Option<&'a str>,
}

/// `POST /api/health`: without a body the same as `GET`; with one, whether a router can be watched like that, for those
/// who may add one.
pub(super) async fn ask(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let body = body.map_err(|_| Problem::TooLarge)?;
    // Also where a body makes it of no use, the router that is named has to be one.
    let health = report(&seen, &parameters)?;
    if body.is_empty() {
        return Ok(wire::json(&HealthOrTried::Health(health)));
    }
    // What is wrong with it is told without its text, in which a password may stand.
    let wrong = |_| Problem::Body("a body is JSON with host, user, password and perhaps port".to_owned());
    let TryBody { host, user, password, port } = serde_json::from_slice(&body).map_err(wrong)?;
    let configuring = Configuring::extract(&request).await?;
    configuring.check_owner()?;
    let values = [("host", Value::from(host)), ("username", user.into()), ("port", port.into())];
    let values = values.map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
    let password = password.map(|Typed(password)| password);
    let report = configuring.test(None, Draft { values, password, ..Draft::default() }).await?;
    let known = |name: &str| report.facts.get(name).and_then(Value::as_str);
    let failed = report.steps.iter().find(|step| step.state == State::Failed);
    Ok(wire::json(&HealthOrTried::Tried(Tried {
        success: report.is_success(),
        status: if report.is_success() { "healthy" } else { "unhealthy" },
        router_identity: known("identity"),
        has_resources: known("version").is_some(),
        error: failed.map(|step| step.text.as_str()),
    })))
}

fn report(seen: &Seen, parameters: &Parameters) -> Result<Health, Problem> {
    let now = Instant::now();
    let snapshots = seen.snapshots_of(parameters.router())?;
    let all_live = snapshots.iter().all(|snapshot| snapshot.link.is_live());
    let disk_full = seen.is_disk_full();
    let status = match () {
        () if *seen.stopping().borrow() => "unhealthy",
        () if all_live && !disk_full => "healthy",
        () => "degraded",
    };
    Ok(Health {
        success: true,
        status,
        timestamp: Rfc3339(Timestamp::now()),
        version: env!("CARGO_PKG_VERSION"),
        uptime_s: now.saturating_duration_since(seen.started().instant).as_secs(),
        disk_full,
        connected: all_live && !snapshots.is_empty(),
        router_id: the_one(&snapshots).map(str::to_owned),
        router_name: the_name(seen, parameters),
        routers: snapshots.iter().map(|snapshot| router(snapshot, now)).collect(),
    })
}

fn router(snapshot: &Snapshot, now: Instant) -> RouterHealth {
    let trouble = snapshot.link.trouble();
    let since = match &snapshot.link {
        crate::domain::router::Link::Live { since, .. } => Some(*since),
        _ => trouble.map(|trouble| trouble.since),
    };
    RouterHealth {
        router: snapshot.router.to_string(),
        status: snapshot.link.word(),
        since: since.map(|since| Rfc3339(since.wall)),
        what: trouble.map(|trouble| trouble.what.clone()),
        advice: trouble.map(|trouble| trouble.advice.clone()),
        sessions: snapshot.sessions,
        age_ms: wire::age_ms(snapshot.traffic_at.map_or(snapshot.at.instant, |at| at.instant), now),
    }
}
