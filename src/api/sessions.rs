//! `GET /api/v1/sessions`: every session of every subscriber.

use super::etag::Etag;
use super::list::{self, List, Place, TableMeta, Window};
use super::parameters::Parameters;
use super::wire::{Rate, Rfc3339, age_ms, seconds};
use super::words::StateWord;
use crate::domain::find::{Grouped, Query};
use crate::domain::snapshot::Snapshot;
use crate::domain::subscriber::{Session, State as Presence, Subscriber, Traffic};
use crate::domain::time::Moment;
use crate::http::{Problem, Seen};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A session.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionRow<'a> {
    router: &'a str,
    /// The router's id for it, good until it ends.
    id: String,
    /// The login name, exactly as the router has it.
    name: &'a str,
    /// `online`, or `unknown` while the router cannot be asked.
    #[schema(value_type = StateWord)]
    state: &'static str,
    service: &'a str,
    address: &'a str,
    caller_id: &'a str,
    interface: Option<&'a str>,
    since: Rfc3339,
    uptime_s: u64,
    /// Whether RADIUS let it in.
    radius: bool,
    /// What the subscriber receives; null is a gap, not a zero.
    download_bps: Option<Rate>,
    upload_bps: Option<Rate>,
    /// Received by the subscriber since the counters began.
    download_bytes: Option<u64>,
    upload_bytes: Option<u64>,
    profile: &'a str,
    comment: &'a str,
    /// How long ago the counters were read.
    age_ms: u64,
}

/// Answers with a window of the sessions.
pub(super) async fn list(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let snapshots = parameters.snapshots(&seen)?;
    // Sessions have one order and no states: whoever asks for another is told so, and not served as if it were that.
    for name in ["sort", "state", "keys"] {
        if parameters.get(name).is_some() {
            return Err(Problem::Parameter(format!("sessions have no `{name}`; `q` searches them")));
        }
    }
    let groups = seen.grouped();
    let revision = groups.all.as_ref().map_or(0, |groups| groups.revision());
    let etag = Etag::new(&request, &seen, &snapshots).and(revision);
    if let Some(known) = etag.not_modified(&request) {
        return Ok(known);
    }
    let now = list::now();
    let rows = found(&parameters, &snapshots, &groups, now)?;
    let tables = snapshots.iter().map(|snapshot| TableMeta::of_sessions(snapshot, now)).collect();
    let window = Window::parse(&parameters)?;
    let list = List { name: "sessions", etag: &etag, window, tables, rows };
    list.answer(&parameters, now, |_, Spot { snapshot, subscriber, session, .. }| {
        row(snapshot, subscriber, session, now)
    })
}

/// A session, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot<'a> {
    snapshot: &'a Snapshot,
    subscriber: &'a Subscriber,
    session: &'a Session,
    /// Their places: among the snapshots, the subscribers of that one, and their sessions.
    pub(super) at: (usize, usize, usize),
}

/// The sessions that are asked for, in no order.
pub(super) fn found<'a>(
    parameters: &Parameters,
    snapshots: &'a [Arc<Snapshot>],
    groups: &Grouped,
    now: Moment,
) -> Result<Vec<(Place<'a>, Spot<'a>)>, Problem> {
    let query = Query::parse(parameters.get("q").unwrap_or_default())?;
    let mut rows = Vec::new();
    for (router, snapshot) in snapshots.iter().enumerate() {
        let group = groups.of(snapshot);
        for (index, subscriber) in snapshot.subscribers.iter().enumerate() {
            let group = group(index).map(AsRef::as_ref);
            if subscriber.sessions.is_empty() || !query.matches(snapshot, subscriber, group, now.wall) {
                continue;
            }
            for (number, session) in subscriber.sessions.iter().enumerate() {
                let place = Place { router: snapshot.router.as_str(), number: session.id.number() };
                rows.push((place, Spot { snapshot, subscriber, session, at: (router, index, number) }));
            }
        }
    }
    Ok(rows)
}

/// A session as the API shows it.
pub(super) fn row<'a>(
    snapshot: &'a Snapshot,
    subscriber: &'a Subscriber,
    session: &'a Session,
    now: Moment,
) -> SessionRow<'a> {
    let traffic = snapshot.traffic_of(session);
    // The last rates of a router that cannot be asked are no rates of now.
    let rates = traffic.filter(|_| subscriber.state == Presence::Online);
    let read_at = traffic.map(|traffic| traffic.at).or(snapshot.traffic_at.map(|at| at.instant));
    SessionRow {
        router: snapshot.router.as_str(),
        id: session.id.to_string(),
        name: &subscriber.name,
        state: subscriber.state.word(),
        service: &session.service,
        address: &session.address,
        caller_id: &session.caller_id,
        interface: session.interface.as_deref(),
        since: Rfc3339(session.since),
        uptime_s: seconds(session.since, snapshot.known_until(now.wall)),
        radius: session.radius,
        download_bps: rates.and_then(Traffic::download).map(Rate::from),
        upload_bps: rates.and_then(Traffic::upload).map(Rate::from),
        download_bytes: traffic.map(|traffic| traffic.tx_byte),
        upload_bytes: traffic.map(|traffic| traffic.rx_byte),
        profile: subscriber.profile(),
        comment: subscriber.comment(),
        age_ms: age_ms(read_at.unwrap_or(snapshot.at.instant), now.instant),
    }
}
