//! `GET /api/performance`: how well routers can be reached and how fast they answer, and how fast we do.

use super::parameters::Parameters;
use super::routers::CallsRow;
use super::wire::{self, Rfc3339};
use super::words::LinkWord;
use crate::access::People;
use crate::domain::durations::Durations;
use crate::domain::snapshot::Snapshot;
use crate::http::{Performance, Problem, RouteReport, Seen};
use crate::state::Restarts;
use actix_web::HttpResponse;
use actix_web::web::Data;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
    /// Requests a minute, over all routes, during the last minute.
    requests_per_minute: f64,
    /// Requests that were too many.
    limited: u64,
    /// Parts that were begun again after an error in this program, beside those that watch a router.
    restarts: RestartsRow,
    process: ProcessRow,
    store: StoreRow,
}

/// How often each part was begun again.
#[derive(Serialize, ToSchema)]
struct RestartsRow {
    /// What keeps routers watched.
    fleet: u64,
    /// What keeps the newest of the logs and of the events.
    log_book: u64,
    /// What records routers.
    recorders: u64,
    /// What keeps groups, settings and jobs: orders that ended in an error.
    keepers: u64,
}

/// What the process takes of the machine.
#[derive(Serialize, ToSchema)]
struct ProcessRow {
    memory_bytes: Option<u64>,
    /// The most that it ever held.
    peak_memory_bytes: Option<u64>,
    /// Processor time since the start.
    cpu_s: f64,
    /// Of one core, during the last minute.
    cpu_percent: Option<f64>,
    threads: Option<u64>,
}

/// What is kept on the disk: users, groups and sealed passwords.
#[derive(Serialize, ToSchema)]
struct StoreRow {
    /// Null if the disk does not say.
    size_bytes: Option<u64>,
    /// How often it was changed since it is there.
    changes: Option<u64>,
    /// How many entries the audit log has, which is never shortened; null for who may not see all routers.
    audit_entries: Option<u64>,
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
    /// How often those who watch it were started again, after an error in this program.
    restarts: u64,
    /// Questions that it answered.
    answers: u64,
    /// From sending the question to the last byte of the answer; null before the first.
    average_ms: Option<f64>,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    /// At most an eighth more than the true one.
    p99_ms: Option<f64>,
    /// For how much of the time it was busy with our polls.
    poll_load_percent: Option<f64>,
    #[schema(value_type = LinkWord)]
    status: &'static str,
}

/// How a route of ours answers.
#[derive(Serialize, ToSchema)]
struct RoutePerformance {
    /// Null, as the path, for requests that no route answers.
    method: Option<&'static str>,
    path: Option<String>,
    count: u64,
    /// Requests a minute, during the last minute.
    per_minute: f64,
    /// Until the answer began.
    average_ms: Option<f64>,
    /// At most an eighth more than the true one, as the others.
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    /// At most an eighth more than the true one.
    p99_ms: Option<f64>,
    /// Answers that blamed whoever asked (4xx).
    refused: u64,
    /// Those of them that were one too many (429).
    limited: u64,
    /// Answers that blamed ourselves (5xx).
    errors: u64,
}

/// Answers with the figures; routes are everybody's, routers are those that may be seen.
pub(super) async fn report(
    seen: Seen,
    parameters: Parameters,
    performance: Data<Performance>,
    people: Data<People>,
) -> Result<HttpResponse, Problem> {
    let snapshots: Vec<Arc<Snapshot>> = parameters.snapshots(&seen)?;
    let report = performance.report();
    let mut calls = crate::domain::router::Calls::default();
    for snapshot in &snapshots {
        calls.succeeded += snapshot.calls.succeeded;
        calls.failed += snapshot.calls.failed;
        calls.lost += snapshot.calls.lost;
    }
    let sees_all = seen.is_all();
    // Its size is asked of the disk.
    let ask = move || {
        let entries = if sees_all { people.audit_length().ok() } else { None };
        (people.store().size().ok(), entries.and_then(|entries| u64::try_from(entries).ok()))
    };
    let (size, audit_entries) = actix_web::web::block(ask).await.unwrap_or_default();
    let process = report.process;
    Ok(wire::json(&PerformanceAnswer {
        success: true,
        timestamp: Rfc3339(Timestamp::now()),
        uptime_s: seen.started().instant.elapsed().as_secs(),
        total_requests: report.total(),
        connections: connections(calls),
        routers: snapshots.iter().map(|snapshot| router(snapshot, &seen)).collect(),
        routes: report.answered().map(route).collect(),
        requests_per_minute: tenths(report.per_minute),
        limited: report.limited(),
        restarts: restarts(seen.restarts()),
        process: ProcessRow {
            memory_bytes: process.memory,
            peak_memory_bytes: process.peak_memory,
            cpu_s: tenths(process.cpu.as_secs_f64()),
            cpu_percent: process.cpu_percent.map(tenths),
            threads: process.threads,
        },
        store: StoreRow {
            size_bytes: size.map(|(bytes, _)| bytes),
            changes: size.map(|(_, changes)| changes),
            audit_entries,
        },
    }))
}

fn connections(calls: crate::domain::router::Calls) -> Connections {
    let ended = calls.succeeded + calls.failed;
    let rate = |part: u64| (0 < ended).then(|| part as f64 / ended as f64);
    Connections { calls: calls.into(), success_rate: rate(calls.succeeded), failure_rate: rate(calls.failed) }
}

fn restarts(Restarts { fleet, log_book, recorders, keepers }: &Restarts) -> RestartsRow {
    let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let (fleet, log_book) = (count(fleet), count(log_book));
    RestartsRow { fleet, log_book, recorders: count(recorders), keepers: count(keepers) }
}

fn router(snapshot: &Snapshot, seen: &Seen) -> RouterPerformance {
    let view = seen.router(snapshot.router.as_str());
    let [average_ms, p50_ms, p95_ms, p99_ms] = times(&snapshot.answers);
    RouterPerformance {
        router: snapshot.router.to_string(),
        connections: connections(snapshot.calls),
        restarts: view.map_or(0, |view| view.restarts.load(Ordering::Relaxed)),
        answers: snapshot.answers.count(),
        average_ms,
        p50_ms,
        p95_ms,
        p99_ms,
        poll_load_percent: snapshot.poll_load_percent().map(|percent| (percent * 100.0).round() / 100.0),
        status: snapshot.link.word(),
    }
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

fn route(report: &RouteReport) -> RoutePerformance {
    let [average_ms, p50_ms, p95_ms, p99_ms] = times(&report.durations);
    RoutePerformance {
        method: report.route.map(|(method, _)| method),
        path: report.route.map(|(_, path)| super::openapi::template(path)),
        count: report.durations.count(),
        per_minute: tenths(report.per_minute),
        average_ms,
        p50_ms,
        p95_ms,
        p99_ms,
        refused: report.refused,
        limited: report.limited,
        errors: report.failed,
    }
}

/// The mean, and what half, 95 and 99 of a hundred did not exceed.
fn times(durations: &Durations) -> [Option<f64>; 4] {
    let ms = |duration: std::time::Duration| (duration.as_secs_f64() * 1e6).round() / 1e3;
    let share = |share| durations.quantile(share).map(ms);
    [durations.mean().map(ms), share(0.5), share(0.95), share(0.99)]
}
