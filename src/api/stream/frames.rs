//! Events of the stream, encoded. A frame is everything but ids.

use crate::api::wire::{Rate, Rfc3339, age_ms};
use crate::domain::events::{Change, Changes};
use crate::domain::overview::{Ranked, Totals};
use crate::domain::snapshot::Snapshot;
use crate::domain::subscriber::State as Presence;
use crate::domain::time::Moment;
use crate::domain::visible::{brief, visible};
use crate::state::ReplayTime;
use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Cow;
use std::sync::Arc;

/// Writes one event into the buffer. JSON has no line breaks, so one `data` line holds it.
pub(super) fn put(buffer: &mut Vec<u8>, event: &str, data: &impl Serialize) {
    let start = buffer.len();
    buffer.extend_from_slice(b"event: ");
    buffer.extend_from_slice(event.as_bytes());
    buffer.extend_from_slice(b"\ndata: ");
    match serde_json::to_writer(&mut *buffer, data) {
        Ok(()) => buffer.extend_from_slice(b"\n\n"),
        Err(error) => {
            tracing::error!(error = %error, event, "an event could not be written as JSON");
            buffer.truncate(start);
        }
    }
}

/// One event.
pub(super) fn frame(event: &str, data: &impl Serialize) -> Bytes {
    let mut buffer = Vec::with_capacity(256);
    put(&mut buffer, event, data);
    buffer.into()
}

#[derive(Serialize)]
struct Hello {
    epoch: Rfc3339,
    version: &'static str,
    t: Rfc3339,
}

/// The first event: which run of the program speaks.
pub(super) fn hello(started: Timestamp, now: Timestamp) -> Bytes {
    let hello = Hello { epoch: Rfc3339(started), version: env!("CARGO_PKG_VERSION"), t: Rfc3339(now) };
    frame("hello", &hello)
}

#[derive(Serialize)]
struct At {
    t: Rfc3339,
}

#[derive(Serialize)]
struct Replay {
    t: Rfc3339,
    speed: f64,
    has_ended: bool,
}

/// What time it is in the recording that is shown.
pub(super) fn replay(replay: ReplayTime) -> Bytes {
    let ReplayTime { wall, speed, has_ended } = replay;
    frame("replay", &Replay { t: Rfc3339(wall), speed, has_ended })
}

/// A sign of life.
pub(super) fn heartbeat(now: Timestamp) -> Bytes {
    frame("hb", &At { t: Rfc3339(now) })
}

/// Something was logged, or happened: what it is, the log says.
pub(super) fn logs(now: Timestamp) -> Bytes {
    frame("logs", &At { t: Rfc3339(now) })
}

/// The viewer has to sign in again: the session is over.
pub(super) fn sign_in(now: Timestamp) -> Bytes {
    frame("auth", &At { t: Rfc3339(now) })
}

/// Events were missed: what the page shows has to be loaded again.
pub(super) fn reset(now: Timestamp) -> Bytes {
    frame("reset", &At { t: Rfc3339(now) })
}

#[derive(Serialize)]
struct PresenceData<'a> {
    router: &'a str,
    name: &'a str,
    state: Presence,
    since: Option<Rfc3339>,
    address: &'a str,
    caller_id: &'a str,
}

/// The presence changes among these, names exactly as the router has them.
pub(super) fn presence(changes: &Changes) -> Bytes {
    let mut buffer = Vec::new();
    for change in &changes.items {
        let Change::Presence(change) = change else { continue };
        let data = PresenceData {
            router: changes.router.as_str(),
            name: &change.name,
            state: change.state,
            since: change.since.map(Rfc3339),
            address: &change.address,
            caller_id: &change.caller_id,
        };
        put(&mut buffer, "presence", &data);
    }
    buffer.into()
}

#[derive(Serialize)]
struct EventData<'a> {
    at: Rfc3339,
    router: &'a str,
    kind: &'static str,
    word: &'static str,
    name: Cow<'a, str>,
    what: Cow<'a, str>,
}

/// The changes that people call events, texts made visible.
pub(super) fn events(changes: &Changes) -> Bytes {
    let mut buffer = Vec::new();
    for change in changes.items.iter().filter(|change| change.is_event()) {
        let (kind, word, name, what): (_, _, Cow<'_, str>, Cow<'_, str>) = match change {
            Change::Presence(change) => {
                ("presence", change.state.word(), brief(&change.name), brief(change.why()))
            }
            Change::Link { word, what, .. } => ("link", word, "".into(), visible(what)),
            Change::Rebooted => ("rebooted", "rebooted", "".into(), "".into()),
        };
        let at = Rfc3339(changes.at.wall);
        put(&mut buffer, "event", &EventData { at, router: changes.router.as_str(), kind, word, name, what });
    }
    buffer.into()
}

#[derive(Serialize)]
struct RouterData<'a> {
    router: &'a str,
    status: &'static str,
    what: Option<Cow<'a, str>>,
    advice: Option<Cow<'a, str>>,
    since: Option<Rfc3339>,
    retry_in_s: Option<u64>,
    /// Nothing, as long as the router was never reached.
    sessions: Option<usize>,
    cpu: Option<u64>,
    memory: Option<u64>,
    down: Option<Rate>,
    up: Option<Rate>,
    age_ms: Option<u64>,
}

/// How the routers are.
pub(super) fn routers(snapshots: &[Arc<Snapshot>], now: Moment) -> Bytes {
    let routers: Vec<RouterData<'_>> = snapshots.iter().map(|snapshot| router(snapshot, now)).collect();
    frame("routers", &routers)
}

fn router(snapshot: &Snapshot, now: Moment) -> RouterData<'_> {
    let resource = snapshot.system.resource.as_ref();
    let trouble = snapshot.link.trouble();
    let read_at = snapshot.read_at();
    RouterData {
        router: snapshot.router.as_str(),
        status: snapshot.link.word(),
        what: trouble.map(|trouble| visible(&trouble.what)),
        advice: trouble.map(|trouble| visible(&trouble.advice)),
        since: trouble.map(|trouble| Rfc3339(trouble.since.wall)),
        retry_in_s: trouble
            .and_then(|trouble| trouble.retry_at)
            .map(|at| at.instant.saturating_duration_since(now.instant).as_secs()),
        sessions: read_at.map(|_| snapshot.sessions),
        cpu: resource.and_then(|resource| resource.cpu_load),
        memory: resource.and_then(crate::domain::overview::memory_percent),
        down: snapshot.download.map(Rate::from),
        up: snapshot.upload.map(Rate::from),
        age_ms: read_at.map(|at| age_ms(at.instant, now.instant)),
    }
}

#[derive(Serialize)]
struct TotalsData {
    total: usize,
    online: usize,
    offline: usize,
    unknown: usize,
    disabled: usize,
    down: Option<Rate>,
    up: Option<Rate>,
    routers: usize,
    live: usize,
}

/// All routers together.
pub(super) fn totals(totals: &Totals) -> Bytes {
    let counts = totals.counts;
    let data = TotalsData {
        total: counts.total,
        online: counts.online,
        offline: counts.offline,
        unknown: counts.unknown,
        disabled: counts.disabled,
        down: totals.download.map(Rate::from),
        up: totals.upload.map(Rate::from),
        routers: totals.routers,
        live: totals.live,
    };
    frame("totals", &data)
}

/// Who uses most: for each direction rows of router, name as shown, exact name, rate.
pub(super) fn busiest(down: &[Ranked], up: &[Ranked]) -> Bytes {
    #[derive(Serialize)]
    struct Busiest<'a> {
        down: Vec<(&'a str, Cow<'a, str>, &'a str, Rate)>,
        up: Vec<(&'a str, Cow<'a, str>, &'a str, Rate)>,
    }
    fn rows(ranked: &[Ranked]) -> Vec<(&str, Cow<'_, str>, &str, Rate)> {
        ranked
            .iter()
            .map(|ranked| {
                let name = ranked.found.subscriber.name.as_str();
                (ranked.found.snapshot.router.as_str(), brief(name), name, Rate::from(ranked.rate))
            })
            .collect()
    }
    frame("busiest", &Busiest { down: rows(down), up: rows(up) })
}

/// One point of the throughput chart: seconds since 1970, download, upload.
pub(super) type Sample = (i64, Option<Rate>, Option<Rate>);

/// A new point of the chart.
pub(super) fn sample(sample: &Sample) -> Bytes {
    frame("sample", sample)
}

/// The points of the chart so far, oldest first.
pub(super) fn history<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Bytes {
    frame("history", &samples.into_iter().collect::<Vec<_>>())
}
