//! How many requests each route answered, and how long it took. Counting waits for nobody.

mod history;
mod process;

pub use process::Process;

use super::routes::TABLE;
use crate::domain::durations::{self, CLASSES, Durations};
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use history::{History, Sample};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Counters of all routes since the start. Cheap to clone.
#[derive(Clone)]
pub struct Performance(Arc<Inner>);

struct Inner {
    counters: Vec<Counters>,
    history: History,
}

/// Counters of one route.
struct Counters {
    classes: Box<[AtomicU64; CLASSES]>,
    micros: AtomicU64,
    limited: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
}

impl Counters {
    fn count(&self) -> u64 {
        self.classes.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }
}

/// What was counted until now.
#[derive(Debug)]
pub struct Report {
    /// Every route, in the order of the table.
    pub routes: Vec<RouteReport>,
    /// Requests a minute, over all routes.
    pub per_minute: f64,
    /// What the process takes.
    pub process: Process,
}

impl Report {
    /// Requests that were answered, over all routes.
    pub fn total(&self) -> u64 {
        self.routes.iter().map(|route| route.durations.count()).sum()
    }

    /// Requests that were too many, over all routes.
    pub fn limited(&self) -> u64 {
        self.routes.iter().map(|route| route.limited).sum()
    }

    /// The routes that answered something.
    pub fn answered(&self) -> impl Iterator<Item = &RouteReport> {
        self.routes.iter().filter(|route| 0 < route.durations.count())
    }
}

/// What one route answered until now.
#[derive(Debug)]
pub struct RouteReport {
    /// The method, and the path as the table has it; none for requests that no route of the table answered.
    pub route: Option<(&'static str, &'static str)>,
    /// How long it took until the answer began, which for a stream or an export is not its end.
    pub durations: Durations,
    /// Requests a minute, of late.
    pub per_minute: f64,
    /// Requests that were too many (429).
    pub limited: u64,
    /// Answers that blamed whoever asked (4xx), those among them.
    pub refused: u64,
    /// Answers that blamed ourselves (5xx).
    pub failed: u64,
}

impl std::fmt::Debug for Performance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Performance").finish_non_exhaustive()
    }
}

impl Default for Performance {
    fn default() -> Self {
        let counters = || Counters {
            classes: Box::new([const { AtomicU64::new(0) }; CLASSES]),
            micros: AtomicU64::new(0),
            limited: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        };
        // The last is for all requests that no route answers.
        let counters: Vec<_> = (0..=TABLE.len()).map(|_| counters()).collect();
        let first = Sample { at: Instant::now(), cpu: process::cpu(), counts: vec![0; counters.len()] };
        Self(Arc::new(Inner { counters, history: History::new(first) }))
    }
}

impl Performance {
    /// Counts one answer.
    fn add(&self, method: &str, path: Option<&str>, status: u16, took: Duration) {
        let method = if method == "HEAD" { "GET" } else { method };
        let place = TABLE.iter().position(|route| route.method == method && Some(route.path) == path);
        let Some(counters) = self.0.counters.get(place.unwrap_or(TABLE.len())) else { return };
        // Each counter is true by itself; that they may differ by a request while they are read does no harm.
        if let Some(class) = counters.classes.get(durations::class(took)) {
            class.fetch_add(1, Ordering::Relaxed);
        }
        counters.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        if status == 429 {
            counters.limited.fetch_add(1, Ordering::Relaxed);
        }
        match status {
            400..500 => counters.refused.fetch_add(1, Ordering::Relaxed),
            500.. => counters.failed.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
        let now = Instant::now();
        if self.0.history.is_due(now) {
            self.0.history.note(self.sample(now));
        }
    }

    fn sample(&self, at: Instant) -> Sample {
        Sample { at, cpu: process::cpu(), counts: self.0.counters.iter().map(Counters::count).collect() }
    }

    /// What was counted until now.
    pub fn report(&self) -> Report {
        let now = self.sample(Instant::now());
        let before = self.0.history.before(now.at).unwrap_or_else(|| now.clone());
        let seconds = now.at.saturating_duration_since(before.at).as_secs_f64();
        let share = |part: f64| if seconds < 1.0 { 0.0 } else { part / seconds };
        let rates: Vec<f64> = now
            .counts
            .iter()
            .zip(&before.counts)
            .map(|(now, before)| share(now.saturating_sub(*before) as f64) * 60.0)
            .collect();
        let used = now.cpu.saturating_sub(before.cpu).as_secs_f64();
        let cpu_percent = (1.0 <= seconds).then(|| share(used) * 100.0);
        Report {
            per_minute: rates.iter().sum(),
            routes: self.routes(&rates),
            process: Process { cpu_percent, ..Process::now() },
        }
    }

    fn routes(&self, rates: &[f64]) -> Vec<RouteReport> {
        let names = TABLE.iter().map(|route| Some((route.method, route.path))).chain([None]);
        let report = |((route, counters), rate): ((_, &Counters), &f64)| {
            let counts = std::array::from_fn(|class| {
                counters.classes.get(class).map_or(0, |count| count.load(Ordering::Relaxed))
            });
            RouteReport {
                route,
                durations: Durations::of(
                    counts,
                    Duration::from_micros(counters.micros.load(Ordering::Relaxed)),
                ),
                per_minute: *rate,
                limited: counters.limited.load(Ordering::Relaxed),
                refused: counters.refused.load(Ordering::Relaxed),
                failed: counters.failed.load(Ordering::Relaxed),
            }
        };
        names.zip(&self.0.counters).zip(rates).map(report).collect()
    }
}

/// A middleware for `actix_web::middleware::from_fn`: counts every answer. Put it outermost, so that refusals count.
pub async fn performance(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let begun = Instant::now();
    let counters = request.app_data::<Data<Performance>>().cloned();
    let method = request.method().clone();
    // What the guard refuses never reaches its route, so the path is looked up rather than asked for afterwards.
    let path = request.resource_map().match_pattern(request.path());
    let answer = next.call(request).await;
    let status = match &answer {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    if let Some(counters) = counters {
        counters.add(method.as_str(), path.as_deref(), status.as_u16(), begun.elapsed());
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, test, web};

    #[actix_web::test]
    async fn answers_are_counted_by_route_and_refusals_apart() {
        let performance = Performance::default();
        let app = App::new()
            .app_data(Data::new(performance.clone()))
            .wrap(from_fn(super::performance))
            .route("/healthz", web::get().to(HttpResponse::Ok))
            .route("/favicon.ico", web::get().to(HttpResponse::InternalServerError));
        let app = test::init_service(app).await;
        for path in ["/healthz", "/healthz", "/favicon.ico", "/nothing"] {
            test::call_service(&app, test::TestRequest::get().uri(path).to_request()).await;
        }
        let report = performance.report().routes;
        let of = |path: Option<&str>| {
            let found = report.iter().find(|report| report.route.map(|(_, path)| path) == path).unwrap();
            (found.durations.count(), found.refused, found.failed)
        };
        assert_eq!(of(Some("/healthz")), (2, 0, 0));
        assert_eq!(of(Some("/favicon.ico")), (1, 0, 1));
        assert_eq!(of(None), (1, 1, 0));
        assert_eq!(of(Some("/")), (0, 0, 0));
    }
}
