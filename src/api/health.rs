//! Whether we are well, and whether the routers are.

use super::wire::{self, Rfc3339};
use crate::domain::snapshot::Snapshot;
use crate::http::Seen;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::HttpResponse;
use jiff::Timestamp;
use serde::Serialize;
use std::time::Instant;

/// `GET /healthz`: the server answers.
pub(super) async fn is_alive() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("text/plain; charset=utf-8")
        .body("ok")
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    status: &'static str,
    timestamp: Rfc3339,
    version: &'static str,
    uptime_s: u64,
    routers: Vec<RouterHealth<'a>>,
}

#[derive(Serialize)]
struct RouterHealth<'a> {
    router: &'a str,
    status: &'static str,
    since: Option<Rfc3339>,
    what: Option<&'a str>,
    advice: Option<&'a str>,
    sessions: usize,
    age_ms: u64,
}

/// `GET /api/health`: how we and every router are.
///
/// Trouble with routers is our subject, not our failure: it is "degraded" at worst. Only a server that is about to
/// stop calls itself "unhealthy". The answer is 200 always.
pub(super) async fn health(seen: Seen) -> HttpResponse {
    let now = Instant::now();
    let snapshots = seen.snapshots();
    let all_live = snapshots.iter().all(|snapshot| snapshot.link.is_live());
    let status = match () {
        () if *seen.stopping().borrow() => "unhealthy",
        () if all_live => "healthy",
        () => "degraded",
    };
    wire::json(&Body {
        success: true,
        status,
        timestamp: Rfc3339(Timestamp::now()),
        version: env!("CARGO_PKG_VERSION"),
        uptime_s: now.saturating_duration_since(seen.started().instant).as_secs(),
        routers: snapshots.iter().map(|snapshot| router(snapshot, now)).collect(),
    })
}

fn router(snapshot: &Snapshot, now: Instant) -> RouterHealth<'_> {
    let trouble = snapshot.link.trouble();
    let since = match &snapshot.link {
        crate::domain::router::Link::Live { since, .. } => Some(*since),
        _ => trouble.map(|trouble| trouble.since),
    };
    RouterHealth {
        router: snapshot.router.as_str(),
        status: snapshot.link.word(),
        since: since.map(|since| Rfc3339(since.wall)),
        what: trouble.map(|trouble| trouble.what.as_str()),
        advice: trouble.map(|trouble| trouble.advice.as_str()),
        sessions: snapshot.sessions,
        age_ms: wire::age_ms(snapshot.traffic_at.map_or(snapshot.at.instant, |at| at.instant), now),
    }
}
