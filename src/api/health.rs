//! Whether we are well, and whether the routers are.

use super::wire::{self, Rfc3339};
use super::words::{HealthWord, LinkWord};
use crate::domain::snapshot::Snapshot;
use crate::http::{Problem, Seen};
use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Bytes;
use jiff::Timestamp;
use serde::Serialize;
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
    /// `healthy`, `degraded` while a router is in trouble, `unhealthy` while the program stops.
    #[schema(value_type = HealthWord)]
    status: &'static str,
    timestamp: Rfc3339,
    version: &'static str,
    uptime_s: u64,
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

/// `GET /api/health`: how we and every router are.
///
/// Trouble with routers is our subject, not our failure: it is "degraded" at worst. Only a server that is about to
/// stop calls itself "unhealthy". The answer is 200 always.
pub(super) async fn health(seen: Seen) -> HttpResponse {
    wire::json(&report(&seen))
}

/// `POST /api/health`: the same. To try a router by given credentials is another route's work, so that nothing that is
/// posted here is ever taken for a password.
pub(super) async fn ask(seen: Seen, body: Result<Bytes, actix_web::Error>) -> Result<HttpResponse, Problem> {
    let body = body.map_err(|_| Problem::TooLarge)?;
    if !body.is_empty() {
        let what = "this route takes no body: it tells how the watched routers are, and tries no other";
        return Err(Problem::Body(what.to_owned()));
    }
    Ok(wire::json(&report(&seen)))
}

fn report(seen: &Seen) -> Health {
    let now = Instant::now();
    let snapshots = seen.snapshots();
    let all_live = snapshots.iter().all(|snapshot| snapshot.link.is_live());
    let status = match () {
        () if *seen.stopping().borrow() => "unhealthy",
        () if all_live => "healthy",
        () => "degraded",
    };
    Health {
        success: true,
        status,
        timestamp: Rfc3339(Timestamp::now()),
        version: env!("CARGO_PKG_VERSION"),
        uptime_s: now.saturating_duration_since(seen.started().instant).as_secs(),
        routers: snapshots.iter().map(|snapshot| router(snapshot, now)).collect(),
    }
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
