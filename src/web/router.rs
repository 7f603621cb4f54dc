//! One router: how it is, how we reach it, its log, and what it says of itself.

mod trust;

use super::errors::PageError;
use super::format::{self, Ago};
use super::frame::Frame;
use super::table::Query;
use super::templates::Templates;
use super::trouble::{TroubleView, TroubleWords};
use crate::access::Visitor;
use crate::domain::events::Change;
use crate::domain::overview::{disk_percent, memory_percent};
use crate::domain::router::Link;
use crate::domain::snapshot::{PollReport, Snapshot, TableState};
use crate::domain::system::{Sensor, SystemResource};
use crate::domain::time::Moment;
use crate::domain::units::Bytes;
use crate::domain::visible::{brief, visible};
use crate::http::{Problem, Seen};
use crate::state::RouterView;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use std::time::{Duration, Instant};
use trust::Trust;

/// The parts of the page.
const TABS: [&str; 4] = ["summary", "connection", "log", "raw"];
/// The newest of what happened to the link, and of the lines of its log.
const ATTEMPTS: usize = 30;
const LINES: usize = 100;

#[derive(Serialize)]
struct View {
    frame: Frame,
    name: String,
    label: String,
    tab: String,
    tabs: [&'static str; 4],
    status: &'static str,
    /// For how long it is so.
    since: Option<String>,
    trouble: Option<TroubleView>,
    read: Option<Ago>,
    down: String,
    up: String,
    meters: Vec<Meter>,
    facts: Vec<Fact>,
    sensors: Vec<SensorView>,
    /// Of a router that was never read nobody knows how many there are.
    counts: [(&'static str, Option<String>); 4],
    /// Only of the part that is looked at.
    trust: Option<Trust>,
    events: Vec<Event>,
    polls: Vec<Poll>,
    lines: Vec<Line>,
    raw: Vec<Menu>,
}

/// Something that can be full.
#[derive(Serialize)]
struct Meter {
    word: &'static str,
    percent: Option<u64>,
    text: String,
}

#[derive(Serialize)]
struct Fact {
    word: &'static str,
    text: String,
}

#[derive(Serialize)]
struct SensorView {
    name: String,
    text: String,
    is_bad: bool,
}

#[derive(Serialize)]
struct Event {
    at: Ago,
    word: &'static str,
    trouble: Option<TroubleWords>,
}

/// What reading a table costs, and how it goes.
#[derive(Serialize)]
struct Poll {
    name: &'static str,
    word: &'static str,
    what: String,
    rows: String,
    bytes: String,
    took_ms: u128,
    every_s: u64,
    read: Ago,
}

#[derive(Serialize)]
struct Line {
    at: Ago,
    time: String,
    topics: String,
    message: String,
}

/// A menu's one row, as the router writes it.
#[derive(Serialize)]
struct Menu {
    name: &'static str,
    values: Vec<(String, String)>,
}

/// `GET /routers/{name}`.
pub(super) async fn page(
    seen: Seen,
    visitor: web::ReqData<Visitor>,
    templates: web::Data<Templates>,
    name: web::Path<String>,
    parameters: Query,
) -> Result<HttpResponse, PageError> {
    let router = seen.router(&name)?;
    let tab = parameters.iter().find(|(name, _)| name == "tab").map_or(TABS[0], |(_, value)| value.as_str());
    if !TABS.contains(&tab) {
        return Err(Problem::NoSuchPath.into());
    }
    let now = Moment::new(Instant::now(), Timestamp::now());
    let frame = Frame::new(&seen, &visitor, "routers");
    let mut view = view(frame, &seen, &router, tab, now);
    let trust = (tab == "connection").then(|| Trust::new(&router.snapshot.borrow(), &templates));
    view.trust = trust.transpose()?;
    templates.page(StatusCode::OK, "router.html", &view)
}

fn view(frame: Frame, seen: &Seen, router: &RouterView, tab: &str, now: Moment) -> View {
    let snapshot = router.snapshot.borrow().clone();
    let system = &snapshot.system;
    let identity = system.identity.as_ref().map(|identity| identity.name.as_str());
    let trouble = snapshot.link.trouble();
    let since = match &snapshot.link {
        Link::Live { since, .. } => Some(*since),
        _ => trouble.map(|trouble| trouble.since),
    };
    let counts = snapshot.counts;
    let count = |word, count: usize| (word, snapshot.read_at().map(|_| format::count(count)));
    View {
        frame,
        name: router.name.to_string(),
        label: visible(router.label.as_deref().or(identity).unwrap_or_default()).into_owned(),
        tab: tab.to_owned(),
        tabs: TABS,
        status: snapshot.link.word(),
        since: since.map(|since| format::uptime(seconds(now, since))),
        trouble: trouble.map(|trouble| TroubleView::new(trouble, now)),
        read: snapshot.read_at().map(|at| format::ago(at.wall, now.wall)),
        down: format::rate(snapshot.download),
        up: format::rate(snapshot.upload),
        meters: meters(system.resource.as_ref()),
        facts: facts(&snapshot, router),
        sensors: system.health.iter().flat_map(|health| &health.0).map(sensor).collect(),
        counts: [
            count("online", counts.online),
            count("offline", counts.offline),
            count("disabled", counts.disabled),
            count("unknown", counts.unknown),
        ],
        trust: None,
        events: if tab == "connection" { events(seen, router, now) } else { Vec::new() },
        polls: if tab == "connection" {
            snapshot.polls.iter().map(|report| poll(report, now)).collect()
        } else {
            Vec::new()
        },
        lines: if tab == "log" { lines(seen, router, now) } else { Vec::new() },
        raw: if tab == "raw" { raw(&snapshot) } else { Vec::new() },
    }
}

fn meters(resource: Option<&SystemResource>) -> Vec<Meter> {
    let meter = |word, percent: Option<u64>, detail: Option<String>| Meter {
        word,
        percent,
        text: match (percent, detail) {
            (None, _) => format::NOTHING.to_owned(),
            (Some(percent), None) => format!("{percent} %"),
            (Some(percent), Some(detail)) => format!("{percent} % · {detail}"),
        },
    };
    let part = |free: Option<u64>, total: Option<u64>| {
        let (free, total) = (free?, total?);
        let [used, total] =
            [total.saturating_sub(free), total].map(|bytes| format::bytes(Some(Bytes(bytes))));
        Some(format!("{used} / {total}"))
    };
    let of = |percent: fn(&SystemResource) -> Option<u64>| resource.and_then(percent);
    let cores = resource.and_then(|resource| resource.cpu_count).map(|count| format!("×{count}"));
    vec![
        meter("cpu", of(|resource| resource.cpu_load), cores),
        meter("memory", of(memory_percent), resource.and_then(|one| part(one.free_memory, one.total_memory))),
        meter("disk", of(disk_percent), resource.and_then(|one| part(one.free_disk, one.total_disk))),
    ]
}

fn seconds(until: Moment, now: Moment) -> u64 {
    until.instant.saturating_duration_since(now.instant).as_secs()
}

fn millis(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

/// What is known; what is not is left out.
fn facts(snapshot: &Snapshot, router: &RouterView) -> Vec<Fact> {
    let system = &snapshot.system;
    let resource = system.resource.as_ref();
    let board = system.routerboard.as_ref();
    let number =
        |number: Option<f64>, unit: &str| number.map_or_else(String::new, |of| format!("{of:.0} {unit}"));
    let tenths = |number: Option<f64>, unit: &str| {
        number.map_or_else(String::new, |of| format::pointed(&format_args!("{of:.1} {unit}")))
    };
    let text = |text: Option<&str>| visible(text.unwrap_or_default()).into_owned();
    let counted = |number: usize| snapshot.read_at().map_or_else(String::new, |_| format::count(number));
    let facts = [
        ("model", text(Some(system.model()))),
        ("version", text(resource.map(|resource| &*resource.version))),
        ("architecture", text(resource.map(|resource| &*resource.architecture))),
        ("firmware", text(board.map(|board| &*board.current_firmware))),
        (
            "firmware_upgrade",
            text(
                board
                    .filter(|board| board.upgrade_firmware != board.current_firmware)
                    .map(|board| &*board.upgrade_firmware),
            ),
        ),
        ("serial", text(board.map(|board| &*board.serial_number))),
        (
            "uptime",
            resource
                .and_then(|resource| resource.uptime)
                .map_or_else(String::new, |uptime| format::uptime(uptime.as_secs())),
        ),
        ("reboots", counted(usize::try_from(snapshot.reboots).unwrap_or(usize::MAX))),
        ("sessions", counted(snapshot.sessions)),
        ("temperature", number(system.temperature(), "°C")),
        ("voltage", tenths(system.voltage(), "V")),
        ("fan", number(system.slowest_fan(), "rpm")),
        ("psu", system.power().unwrap_or_default().to_owned()),
        ("answer", snapshot.answers.mean().map_or_else(String::new, millis)),
        ("slowest", snapshot.answers.quantile(0.99).map_or_else(String::new, millis)),
        ("poll_load", tenths(snapshot.poll_load_percent(), "%")),
        ("address", text(Some(&router.address))),
        ("protection", snapshot.link.protection_word().unwrap_or_default().to_owned()),
        (
            "calls",
            format!("{} / {} / {}", snapshot.calls.succeeded, snapshot.calls.failed, snapshot.calls.lost),
        ),
    ];
    let known = facts.into_iter().filter(|(_, text)| !text.is_empty());
    known.map(|(word, text)| Fact { word, text }).collect()
}

fn sensor(sensor: &Sensor) -> SensorView {
    let unit = match sensor.unit() {
        "C" => "°C",
        "RPM" => "rpm",
        other => other,
    };
    let value = if unit.is_empty() { None } else { sensor.number() };
    let text = value
        .map_or_else(|| sensor.value.to_string(), |value| format::pointed(&format_args!("{value} {unit}")));
    SensorView {
        name: brief(&sensor.name).into_owned(),
        text: brief(&text).into_owned(),
        is_bad: sensor.name.ends_with("-state") && sensor.value != "ok",
    }
}

/// What happened between us and the router, the newest first.
fn events(seen: &Seen, router: &RouterView, now: Moment) -> Vec<Event> {
    let events = seen.events();
    let own = events.iter().rev().filter(|event| event.router == router.name);
    let told = own.filter_map(|event| {
        let (word, trouble) = match &event.change {
            Change::Presence(_) => return None,
            Change::Link { word, trouble, what } => (*word, TroubleWords::told(trouble, what)),
            Change::Rebooted => ("rebooted", None),
        };
        Some(Event { at: format::ago(event.at, now.wall), word, trouble })
    });
    told.take(ATTEMPTS).collect()
}

fn poll(report: &PollReport, now: Moment) -> Poll {
    let (word, what) = match &report.state {
        TableState::Waiting => ("waiting", String::new()),
        TableState::Fresh => ("fresh", String::new()),
        TableState::Partial => ("partial", String::new()),
        TableState::Absent => ("absent", String::new()),
        TableState::Forbidden => ("forbidden", String::new()),
        TableState::Failed(words) => ("failed", brief(words).into_owned()),
    };
    Poll {
        name: report.name,
        word,
        what,
        rows: format::count(usize::try_from(report.rows).unwrap_or(usize::MAX)),
        bytes: format::bytes(Some(Bytes(report.bytes))),
        took_ms: report.took.as_millis(),
        every_s: report.every.as_secs(),
        read: format::ago(report.at.wall, now.wall),
    }
}

/// The newest lines of the router's own log.
fn lines(seen: &Seen, router: &RouterView, now: Moment) -> Vec<Line> {
    let all = seen.router_lines();
    let own = all.iter().rev().filter(|(_, line)| line.router == router.name);
    let line = own.map(|(_, line)| Line {
        at: format::ago(line.at, now.wall),
        time: visible(&line.line.time).into_owned(),
        topics: visible(&line.line.topics).into_owned(),
        message: visible(&line.line.message).into_owned(),
    });
    line.take(LINES).collect()
}

/// What the router says of itself, property by property. Secrets were never asked for.
fn raw(snapshot: &Snapshot) -> Vec<Menu> {
    let system = &snapshot.system;
    let shown = |values: Vec<(&str, String)>| {
        let known = values.into_iter().filter(|(_, value)| !value.is_empty());
        known.map(|(name, value)| (visible(name).into_owned(), visible(&value).into_owned())).collect()
    };
    let number = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
    let mut menus = Vec::new();
    if let Some(one) = &system.identity {
        menus.push(Menu { name: "/system/identity", values: shown(vec![("name", one.name.to_string())]) });
    }
    if let Some(one) = &system.resource {
        let uptime = one.uptime.map_or_else(String::new, |uptime| format::uptime(uptime.as_secs()));
        let values = vec![
            ("uptime", uptime),
            ("version", one.version.to_string()),
            ("board-name", one.board_name.to_string()),
            ("architecture-name", one.architecture.to_string()),
            ("platform", one.platform.to_string()),
            ("cpu", one.cpu.to_string()),
            ("cpu-count", number(one.cpu_count)),
            ("cpu-load", number(one.cpu_load)),
            ("free-memory", number(one.free_memory)),
            ("total-memory", number(one.total_memory)),
            ("free-hdd-space", number(one.free_disk)),
            ("total-hdd-space", number(one.total_disk)),
        ];
        menus.push(Menu { name: "/system/resource", values: shown(values) });
    }
    if let Some(one) = &system.routerboard {
        let values = vec![
            ("routerboard", one.routerboard.to_string()),
            ("model", one.model.to_string()),
            ("serial-number", one.serial_number.to_string()),
            ("current-firmware", one.current_firmware.to_string()),
            ("upgrade-firmware", one.upgrade_firmware.to_string()),
        ];
        menus.push(Menu { name: "/system/routerboard", values: shown(values) });
    }
    if let Some(one) = &system.health {
        let values = one.0.iter().map(|sensor| (sensor.name.as_str(), sensor.value.to_string())).collect();
        menus.push(Menu { name: "/system/health", values: shown(values) });
    }
    if let Some(one) = &system.clock {
        let values = vec![
            ("date", one.date.to_string()),
            ("time", one.time.to_string()),
            ("time-zone-name", one.time_zone.to_string()),
            ("gmt-offset", one.gmt_offset.to_string()),
        ];
        menus.push(Menu { name: "/system/clock", values: shown(values) });
    }
    menus
}
