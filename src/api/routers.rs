//! `GET /api/v1/routers`: the routers, and one of them with what its tables cost.

use super::etag::Etag;
use super::list::{self, state_word};
use super::parameters::Parameters;
use super::table::Asked;
use super::wire::{self, Rate, Rfc3339, age_ms, millis};
use super::words::{LinkWord, ProtectionWord, TableWord};
use crate::domain::overview::{disk_percent, memory_percent};
use crate::domain::router::{Link, RouterName};
use crate::domain::snapshot::{PollReport, Snapshot, TableState};
use crate::domain::tables::Entry;
use crate::domain::time::Moment;
use crate::http::{Problem, Seen};
use crate::state::RouterView;
use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// A router.
#[derive(Serialize, ToSchema)]
pub(super) struct RouterRow {
    /// Its name here.
    name: String,
    /// What its operator calls it.
    label: Option<String>,
    /// Where its API is.
    address: String,
    /// `connecting`, `live`, `down`, `refused` or `blocked`.
    #[schema(value_type = LinkWord)]
    status: &'static str,
    /// Since when it is live, or is not.
    since: Option<Rfc3339>,
    /// What is wrong, if anything is.
    what: Option<String>,
    /// What to do about it.
    advice: Option<String>,
    /// When we try again.
    retry_at: Option<Rfc3339>,
    /// How the connection is protected.
    protection: Option<&'static str>,
    /// The same as one word.
    #[schema(value_type = Option<ProtectionWord>)]
    protection_word: Option<&'static str>,
    /// The SHA-256 of the certificate that the router presented on the last connection.
    fingerprint: Option<String>,
    /// Its name for itself.
    identity: Option<String>,
    model: Option<String>,
    version: Option<String>,
    architecture: Option<String>,
    firmware: Option<String>,
    /// The firmware that it could be upgraded to.
    firmware_upgrade: Option<String>,
    /// In percent, over all cores.
    cpu_load_percent: Option<u64>,
    cpu_count: Option<u64>,
    memory_free_bytes: Option<u64>,
    memory_total_bytes: Option<u64>,
    memory_used_percent: Option<u64>,
    disk_free_bytes: Option<u64>,
    disk_total_bytes: Option<u64>,
    disk_used_percent: Option<u64>,
    sensors: Vec<SensorRow>,
    /// Of the hottest sensor.
    temperature_c: Option<f64>,
    /// The lowest that it is fed with.
    voltage_v: Option<f64>,
    /// Of the slowest fan.
    fan_rpm: Option<f64>,
    /// `ok` or `fail`: whether all power supplies are well; null where it tells of none.
    psu: Option<&'static str>,
    /// Since its last restart, as of the reading.
    uptime_s: Option<u64>,
    /// How often it restarted since the program started; null, as long as it was never reached.
    reboots: Option<u64>,
    /// How long ago load, memory and uptime were read.
    system_age_ms: Option<u64>,
    subscribers: KnownCounts,
    /// Null, as long as the router was never reached.
    sessions: Option<usize>,
    /// The sum over all sessions.
    download_bps: Option<Rate>,
    upload_bps: Option<Rate>,
    /// How long ago the counters were read.
    age_ms: Option<u64>,
    calls: CallsRow,
    /// How long its answers took.
    answer_mean_ms: Option<u64>,
    answer_p99_ms: Option<u64>,
    /// For how much of the time it was busy with our polls.
    poll_load_percent: Option<f64>,
}

/// How many subscribers are in which state.
#[derive(Serialize, ToSchema)]
pub(super) struct CountsRow {
    total: usize,
    online: usize,
    offline: usize,
    unknown: usize,
    disabled: usize,
}

impl From<crate::domain::snapshot::Counts> for CountsRow {
    fn from(counts: crate::domain::snapshot::Counts) -> Self {
        let crate::domain::snapshot::Counts { total, online, offline, unknown, disabled } = counts;
        Self { total, online, offline, unknown, disabled }
    }
}

/// How many subscribers of a router are in which state; null, as long as it was never reached.
#[derive(Serialize, ToSchema)]
struct KnownCounts {
    total: Option<usize>,
    online: Option<usize>,
    offline: Option<usize>,
    unknown: Option<usize>,
    disabled: Option<usize>,
}

impl KnownCounts {
    fn of(snapshot: &Snapshot) -> Self {
        let counts = snapshot.counts;
        let known = |count: usize| snapshot.read_at().map(|_| count);
        Self {
            total: known(counts.total),
            online: known(counts.online),
            offline: known(counts.offline),
            unknown: known(counts.unknown),
            disabled: known(counts.disabled),
        }
    }
}

/// A sensor, its value and unit as version 7 writes them, also of a router that runs version 6.
#[derive(Serialize, ToSchema)]
struct SensorRow {
    name: String,
    value: String,
    unit: String,
}

/// How often we called the router since the program started, and how that ended.
#[derive(Serialize, ToSchema)]
pub(super) struct CallsRow {
    succeeded: u64,
    failed: u64,
    /// Connections that broke after they had been signed in.
    lost: u64,
}

impl From<crate::domain::router::Calls> for CallsRow {
    fn from(calls: crate::domain::router::Calls) -> Self {
        Self { succeeded: calls.succeeded, failed: calls.failed, lost: calls.lost }
    }
}

/// A router, and its tables.
#[derive(Serialize, ToSchema)]
pub(super) struct RouterAnswer {
    success: bool,
    current_time: Rfc3339,
    router: RouterRow,
    /// What each table costs the router.
    tables: Vec<PollRow>,
}

/// What reading one table costs, and how it goes.
#[derive(Serialize, ToSchema)]
struct PollRow {
    /// Its menu.
    table: &'static str,
    /// `waiting`, `fresh`, `partial`, `absent`, `forbidden` or `failed`.
    #[schema(value_type = TableWord)]
    state: &'static str,
    /// The router's own words, if it failed.
    error: Option<String>,
    rows: u64,
    bytes: u64,
    took_ms: u64,
    /// The time between two questions.
    every_s: f64,
    age_ms: u64,
}

/// Answers with the routers, by name.
pub(super) async fn list(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let views = by_name(&seen);
    let row =
        |entry: &Entry<'_, Snapshot>, now| row(views.get(entry.snapshot.router.as_str()), entry.row, now);
    match Asked::new(&request, &seen, &parameters)? {
        Ok(asked) => asked.answer::<Snapshot, _>("routers", row),
        Err(known) => Ok(known),
    }
}

/// What else is known of the routers that are seen, by name.
pub(super) fn by_name(seen: &Seen) -> BTreeMap<String, RouterView> {
    seen.routers().into_iter().map(|view| (view.name.to_string(), view)).collect()
}

/// Answers with one router.
pub(super) async fn one(
    request: HttpRequest,
    seen: Seen,
    name: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let view = seen.router(&name)?;
    let snapshot = newest(&view);
    let etag = Etag::new(&request, &seen, std::slice::from_ref(&snapshot));
    if let Some(known) = etag.not_modified(&request) {
        return Ok(known);
    }
    let now = list::now();
    let mut answer = wire::json(&RouterAnswer {
        success: true,
        current_time: Rfc3339(now.wall),
        router: row(Some(&view), &snapshot, now),
        tables: snapshot.polls.iter().map(|report| poll(report, now)).collect(),
    });
    wire::set(&mut answer, ETAG, &etag.text());
    Ok(answer)
}

fn newest(view: &RouterView) -> Arc<Snapshot> {
    Arc::clone(&view.snapshot.borrow())
}

/// A router as the API shows it.
pub(super) fn row(view: Option<&RouterView>, snapshot: &Snapshot, now: Moment) -> RouterRow {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let system = &snapshot.system;
    let resource = system.resource.as_ref();
    let board = system.routerboard.as_ref();
    let trouble = snapshot.link.trouble();
    let (since, protection) = match &snapshot.link {
        Link::Live { since, protection } => (Some(*since), Some(protection.label())),
        _ => (trouble.map(|trouble| trouble.since), None),
    };
    let sensors = system.health.iter().flat_map(|health| &health.0);
    RouterRow {
        name: RouterName::to_string(&snapshot.router),
        label: view.and_then(|view| view.label.clone()),
        address: view.map_or_else(String::new, |view| view.address.clone()),
        status: snapshot.link.word(),
        since: since.map(|since| Rfc3339(since.wall)),
        what: trouble.map(|trouble| trouble.what.clone()),
        advice: trouble.map(|trouble| trouble.advice.clone()),
        retry_at: trouble.and_then(|trouble| trouble.retry_at).map(|at| Rfc3339(at.wall)),
        protection,
        protection_word: snapshot.link.protection_word(),
        fingerprint: snapshot.calls.certificate.map(|certificate| certificate.to_string()),
        identity: system.identity.as_ref().map(|identity| identity.name.to_string()),
        model: text(system.model()),
        version: resource.and_then(|resource| text(&resource.version)),
        architecture: resource.and_then(|resource| text(&resource.architecture)),
        firmware: board.and_then(|board| text(&board.current_firmware)),
        firmware_upgrade: board.and_then(|board| text(&board.upgrade_firmware)),
        cpu_load_percent: resource.and_then(|resource| resource.cpu_load),
        cpu_count: resource.and_then(|resource| resource.cpu_count),
        memory_free_bytes: resource.and_then(|resource| resource.free_memory),
        memory_total_bytes: resource.and_then(|resource| resource.total_memory),
        memory_used_percent: resource.and_then(memory_percent),
        disk_free_bytes: resource.and_then(|resource| resource.free_disk),
        disk_total_bytes: resource.and_then(|resource| resource.total_disk),
        disk_used_percent: resource.and_then(disk_percent),
        temperature_c: system.temperature(),
        voltage_v: system.voltage(),
        fan_rpm: system.slowest_fan(),
        psu: system.power(),
        sensors: sensors
            .map(|sensor| SensorRow {
                name: sensor.name.to_string(),
                value: sensor.written().into_owned(),
                unit: sensor.unit().to_owned(),
            })
            .collect(),
        uptime_s: resource.and_then(|resource| resource.uptime).map(|uptime| uptime.as_secs()),
        reboots: snapshot.read_at().map(|_| snapshot.reboots),
        system_age_ms: system.at.map(|at| age_ms(at.instant, now.instant)),
        subscribers: KnownCounts::of(snapshot),
        sessions: snapshot.read_at().map(|_| snapshot.sessions),
        download_bps: snapshot.download.map(Rate::from),
        upload_bps: snapshot.upload.map(Rate::from),
        age_ms: snapshot.traffic_at.map(|at| age_ms(at.instant, now.instant)),
        calls: snapshot.calls.into(),
        answer_mean_ms: snapshot.answers.mean().map(millis),
        answer_p99_ms: snapshot.answers.quantile(0.99).map(millis),
        poll_load_percent: snapshot.poll_load_percent().map(|percent| (percent * 100.0).round() / 100.0),
    }
}

fn poll(report: &PollReport, now: Moment) -> PollRow {
    PollRow {
        table: report.name,
        state: state_word(&report.state),
        error: match &report.state {
            TableState::Failed(words) => Some(words.clone()),
            _ => None,
        },
        rows: report.rows,
        bytes: report.bytes,
        took_ms: millis(report.took),
        every_s: report.every.as_secs_f64(),
        age_ms: age_ms(report.at.instant, now.instant),
    }
}
