//! `GET /api/pppoe_interfaces`: every session of every router, names exactly as the router has them.

use super::wire::{Rate, Rfc3339, age_ms, json, seconds};
use crate::domain::overview::Totals;
use crate::domain::snapshot::Snapshot;
use crate::domain::subscriber::{Session, State as Presence, Subscriber};
use crate::domain::time::Moment;
use crate::http::{Problem, Seen};
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use std::sync::Arc;
use std::time::Instant;

/// The parameters of the list.
#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    router: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    current_time: Rfc3339,
    aggregate_stats: Aggregate,
    pppoe_interfaces: Rows<'a>,
}

#[derive(Serialize)]
struct Aggregate {
    total_accounts: usize,
    online_accounts: usize,
    offline_accounts: usize,
    unknown_accounts: usize,
    enabled_accounts: usize,
    disabled_accounts: usize,
    download_bps: Option<Rate>,
    upload_bps: Option<Rate>,
}

/// The rows, written one after the other straight from the snapshots: there may be tens of thousands.
struct Rows<'a> {
    snapshots: &'a [Arc<Snapshot>],
    now: Moment,
}

#[derive(Serialize)]
struct Row<'a> {
    router: &'a str,
    name: &'a str,
    interface: Option<&'a str>,
    state: Presence,
    since: Rfc3339,
    age_ms: u64,
    download_bps: Option<Rate>,
    upload_bps: Option<Rate>,
    rx_byte: Option<u64>,
    tx_byte: Option<u64>,
    address: &'a str,
    caller_id: &'a str,
    profile: &'a str,
    service: &'a str,
    uptime_s: u64,
    comment: &'a str,
}

/// Answers with all sessions, or with those of one router.
pub(super) async fn list(
    seen: Seen,
    parameters: web::Query<Parameters>,
) -> Result<HttpResponse, Problem> {
    let snapshots = seen.snapshots_of(parameters.router.as_deref())?;
    let now = Moment::new(Instant::now(), Timestamp::now());
    Ok(json(&Body {
        success: true,
        current_time: Rfc3339(now.wall),
        aggregate_stats: aggregate(&snapshots),
        pppoe_interfaces: Rows { snapshots: &snapshots, now },
    }))
}

fn aggregate(snapshots: &[Arc<Snapshot>]) -> Aggregate {
    let totals = Totals::of(snapshots);
    let counts = totals.counts;
    Aggregate {
        total_accounts: counts.total,
        online_accounts: counts.online,
        offline_accounts: counts.offline,
        unknown_accounts: counts.unknown,
        enabled_accounts: counts.total - counts.disabled,
        disabled_accounts: counts.disabled,
        download_bps: totals.download.map(Rate::from),
        upload_bps: totals.upload.map(Rate::from),
    }
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.snapshots.iter().flat_map(|snapshot| {
            snapshot.subscribers.iter().flat_map(move |subscriber| {
                subscriber.sessions.iter().map(move |session| row(snapshot, subscriber, session, self.now))
            })
        }))
    }
}

fn row<'a>(snapshot: &'a Snapshot, subscriber: &'a Subscriber, session: &'a Session, now: Moment) -> Row<'a> {
    let traffic = snapshot.traffic_of(session);
    // The last rates of a router that cannot be asked are no rates of now.
    let rates = traffic.filter(|_| subscriber.state == Presence::Online);
    let read_at = traffic.map(|traffic| traffic.at).or(snapshot.traffic_at.map(|at| at.instant));
    Row {
        router: snapshot.router.as_str(),
        name: &subscriber.name,
        interface: session.interface.as_deref(),
        state: subscriber.state,
        since: Rfc3339(session.since),
        age_ms: age_ms(read_at.unwrap_or(snapshot.at.instant), now.instant),
        download_bps: rates.and_then(crate::domain::subscriber::Traffic::download).map(Rate::from),
        upload_bps: rates.and_then(crate::domain::subscriber::Traffic::upload).map(Rate::from),
        rx_byte: traffic.map(|traffic| traffic.rx_byte),
        tx_byte: traffic.map(|traffic| traffic.tx_byte),
        address: &session.address,
        caller_id: &session.caller_id,
        profile: subscriber.profile(),
        service: &session.service,
        uptime_s: seconds(session.since, now.wall),
        comment: subscriber.comment(),
    }
}
