//! How well routers can be reached, how fast they and we answer, and what the process takes. Scripts renew the figures:
//! `static/js/performance.js`.

use super::errors::PageError;
use super::format::{self, NOTHING};
use super::frame::Frame;
use super::templates::Templates;
use crate::access::{People, Visitor};
use crate::domain::durations::Durations;
use crate::domain::router::Calls;
use crate::domain::snapshot::Snapshot;
use crate::domain::units::Bytes;
use crate::http::{Performance, Problem, RouteReport, Seen};
use crate::state::Restarts;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ReqData};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[derive(Serialize)]
struct View {
    frame: Frame,
    figures: Vec<Figure>,
    routers: Vec<Line>,
    router_columns: &'static [&'static str],
    routes: Vec<Line>,
    route_columns: &'static [&'static str],
}

/// One figure on top: its name in the words, and how it stands.
#[derive(Serialize)]
struct Figure {
    word: &'static str,
    value: String,
}

/// A line of a table: what it is about, and its cells, by the names that the API has for them.
#[derive(Serialize)]
struct Line {
    key: String,
    state: Option<&'static str>,
    cells: Vec<(&'static str, String)>,
}

const ROUTER_COLUMNS: [&str; 9] = [
    "succeeded",
    "failed",
    "lost",
    "answers",
    "average_ms",
    "p50_ms",
    "p95_ms",
    "p99_ms",
    "poll_load_percent",
];
const ROUTE_COLUMNS: [&str; 9] =
    ["count", "per_minute", "average_ms", "p50_ms", "p95_ms", "p99_ms", "refused", "limited", "errors"];

/// `GET /performance`.
pub(super) async fn page(
    seen: Seen,
    visitor: ReqData<Visitor>,
    templates: Data<Templates>,
    performance: Data<Performance>,
    people: Data<People>,
) -> Result<HttpResponse, PageError> {
    let report = performance.report();
    // Its size is asked of the disk.
    let size = web::block(move || people.store().size().ok()).await.map_err(|_| Problem::Internal)?;
    let snapshots = seen.snapshots();
    let calls = snapshots.iter().map(|snapshot| snapshot.calls);
    let (succeeded, failed) =
        calls.fold((0, 0), |(good, bad), calls: Calls| (good + calls.succeeded, bad + calls.failed));
    let share = (0 < succeeded + failed).then(|| succeeded as f64 / (succeeded + failed) as f64 * 100.0);
    let process = report.process;
    let figure = |word, value: String| Figure { word, value };
    let bytes = |bytes: Option<u64>| format::bytes(bytes.map(Bytes));
    let figures = vec![
        figure("uptime_s", format::uptime(seen.started().instant.elapsed().as_secs())),
        figure("memory_bytes", bytes(process.memory)),
        figure("peak_memory_bytes", bytes(process.peak_memory)),
        figure("cpu_percent", process.cpu_percent.map_or_else(nothing, percent)),
        figure("total_requests", counted(report.total())),
        figure("requests_per_minute", tenths(report.per_minute)),
        figure("limited", counted(report.limited())),
        figure("success_rate", share.map_or_else(nothing, percent)),
        figure("size_bytes", bytes(size.map(|(bytes, _)| bytes))),
        figure("restarts", counted(restarts(&seen))),
    ];
    let mut routes: Vec<&RouteReport> = report.answered().collect();
    routes.sort_by_key(|route| std::cmp::Reverse(route.durations.count()));
    let view = View {
        frame: Frame::new(&seen, &visitor, "performance"),
        figures,
        routers: snapshots.iter().map(router).collect(),
        router_columns: &ROUTER_COLUMNS,
        routes: routes.into_iter().map(route).collect(),
        route_columns: &ROUTE_COLUMNS,
    };
    templates.page(StatusCode::OK, "performance.html", &view)
}

/// How often a part of the program was begun again, those that watch the routers that may be seen among them.
fn restarts(seen: &Seen) -> u64 {
    let Restarts { fleet, log_book, recorders, keepers } = seen.restarts();
    let routers = seen.routers();
    let crews = routers.iter().map(|router| &router.restarts);
    crews.chain([fleet, log_book, recorders, keepers]).map(|count| count.load(Ordering::Relaxed)).sum()
}

fn router(snapshot: &Arc<Snapshot>) -> Line {
    let Calls { succeeded, failed, lost, .. } = snapshot.calls;
    let load = snapshot.poll_load_percent();
    let mut cells = vec![
        ("succeeded", counted(succeeded)),
        ("failed", counted(failed)),
        ("lost", counted(lost)),
        ("answers", counted(snapshot.answers.count())),
    ];
    cells.extend(times(&snapshot.answers));
    cells.push((
        "poll_load_percent",
        load.map_or_else(nothing, |load| format::pointed(&format_args!("{load:.2} %"))),
    ));
    Line { key: snapshot.router.to_string(), state: Some(snapshot.link.word()), cells }
}

fn route(report: &RouteReport) -> Line {
    let key = report
        .route
        .map_or_else(|| "–".to_owned(), |(method, path)| format!("{method} {}", path.replace(":.*}", "}")));
    let mut cells =
        vec![("count", counted(report.durations.count())), ("per_minute", tenths(report.per_minute))];
    cells.extend(times(&report.durations));
    cells.extend([
        ("refused", counted(report.refused)),
        ("limited", counted(report.limited)),
        ("errors", counted(report.failed)),
    ]);
    Line { key, state: None, cells }
}

/// The mean, and what half, 95 and 99 of a hundred did not exceed.
fn times(durations: &Durations) -> [(&'static str, String); 4] {
    let ms = |took: Option<std::time::Duration>| {
        took.map_or_else(nothing, |took| millis(took.as_secs_f64() * 1e3))
    };
    [
        ("average_ms", ms(durations.mean())),
        ("p50_ms", ms(durations.quantile(0.5))),
        ("p95_ms", ms(durations.quantile(0.95))),
        ("p99_ms", ms(durations.quantile(0.99))),
    ]
}

fn nothing() -> String {
    NOTHING.to_owned()
}

fn counted(number: u64) -> String {
    format::count(usize::try_from(number).unwrap_or(usize::MAX))
}

fn tenths(number: f64) -> String {
    format::pointed(&format_args!("{number:.1}"))
}

fn percent(number: f64) -> String {
    format::pointed(&format_args!("{number:.1} %"))
}

/// Three digits: `0.42 ms`, `4.2 ms`, `420 ms`.
fn millis(number: f64) -> String {
    let digits = if number < 0.995 { 2 } else { usize::from(number < 99.95) };
    format::pointed(&format_args!("{number:.digits$} ms"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_have_three_digits() {
        let check = |number: f64, text: &str| assert_eq!(millis(number), text);
        check(0.416, "0.42 ms");
        check(4.16, "4.2 ms");
        check(41.6, "41.6 ms");
        check(416.4, "416 ms");
    }
}
