//! `GET /api/performance`: how well routers can be reached and how fast they answer, and how fast we do.

use super::parameters::Parameters;
use super::routers::CallsRow;
use super::wire::{self, Rfc3339};
use crate::domain::durations::Durations;
use crate::domain::snapshot::Snapshot;
use crate::http::{Performance, Problem, RouteReport, Seen};
use actix_web::HttpResponse;
use actix_web::web::Data;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Everything since the program started.
#[derive(Serialize, ToSchema)]
pub(super) struct PerformanceAnswer {
    success: bool,
    timestamp: Rfc3339,
    uptime_s: u64,
    /// Requests answered, over all routes.
    total_requests: u64,
    /// Over all routers.
    connections: Connections,
    routers: Vec<RouterPerformance>,
    /// Routes that answered something; the rest did not yet.
    routes: Vec<RoutePerformance>,
}

/// How attempts to connect to routers ended.
#[derive(Serialize, ToSchema)]
struct Connections {
    #[serde(flatten)]
    calls: CallsRow,
    /// Of all attempts that ended, from 0 to 1; null before the first did.
    success_rate: Option<f64>,
    failure_rate: Option<f64>,
}

/// How a router answers.
#[derive(Serialize, ToSchema)]
struct RouterPerformance {
    router: String,
    connections: Connections,
    /// Questions that it answered.
    answers: u64,
    /// From sending the question to the last byte of the answer; null before the first.
    average_ms: Option<f64>,
    /// At most an eighth more than the true one.
    p99_ms: Option<f64>,
}

/// How a route of ours answers.
#[derive(Serialize, ToSchema)]
struct RoutePerformance {
    /// Null, as the path, for requests that no route answers.
    method: Option<&'static str>,
    path: Option<String>,
    count: u64,
    /// Until the answer began.
    average_ms: Option<f64>,
    /// At most an eighth more than the true one.
    p99_ms: Option<f64>,
    /// Answers that blamed whoever asked (4xx).
    refused: u64,
    /// Answers that blamed ourselves (5xx).
    errors: u64,
}

/// Answers with the figures; routes are everybody's, routers are those that may be seen.
pub(super) async fn report(
    seen: Seen,
    parameters: Parameters,
    performance: Data<Performance>,
) -> Result<HttpResponse, Problem> {
    let snapshots: Vec<Arc<Snapshot>> = parameters.snapshots(&seen)?;
    let report = performance.report();
    let mut calls = crate::domain::router::Calls::default();
    for snapshot in &snapshots {
        calls.succeeded += snapshot.calls.succeeded;
        calls.failed += snapshot.calls.failed;
        calls.lost += snapshot.calls.lost;
    }
    let answered = report.iter().filter(|route| 0 < route.durations.count());
    Ok(wire::json(&PerformanceAnswer {
        success: true,
        timestamp: Rfc3339(Timestamp::now()),
        uptime_s: seen.started().instant.elapsed().as_secs(),
        total_requests: report.iter().map(|route| route.durations.count()).sum(),
        connections: connections(calls),
        routers: snapshots.iter().map(|snapshot| router(snapshot)).collect(),
        routes: answered.map(route).collect(),
    }))
}

fn connections(calls: crate::domain::router::Calls) -> Connections {
    let ended = calls.succeeded + calls.failed;
    let rate = |part: u64| (0 < ended).then(|| part as f64 / ended as f64);
    Connections { calls: calls.into(), success_rate: rate(calls.succeeded), failure_rate: rate(calls.failed) }
}

fn router(snapshot: &Snapshot) -> RouterPerformance {
    let (average_ms, p99_ms) = times(&snapshot.answers);
    RouterPerformance {
        router: snapshot.router.to_string(),
        connections: connections(snapshot.calls),
        answers: snapshot.answers.count(),
        average_ms,
        p99_ms,
    }
}

fn route(report: &RouteReport) -> RoutePerformance {
    let (average_ms, p99_ms) = times(&report.durations);
    RoutePerformance {
        method: report.route.map(|(method, _)| method),
        path: report.route.map(|(_, path)| super::openapi::template(path)),
        count: report.durations.count(),
        average_ms,
        p99_ms,
        refused: report.refused,
        errors: report.failed,
    }
}

fn times(durations: &Durations) -> (Option<f64>, Option<f64>) {
    let ms = |duration: std::time::Duration| (duration.as_secs_f64() * 1e6).round() / 1e3;
    (durations.mean().map(ms), durations.quantile(0.99).map(ms))
}
