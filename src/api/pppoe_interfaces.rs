//! `GET /api/pppoe_interfaces`: every session of every router, names exactly as the router has them.

use super::list;
use super::parameters::Parameters;
use super::rendered::{Rendered, render};
use super::wire::{Rate, Rfc3339, age_ms, seconds};
use super::words::StateWord;
use crate::domain::overview::Totals;
use crate::domain::snapshot::Snapshot;
use crate::domain::subscriber::{Session, State as Presence, Subscriber};
use crate::domain::time::Moment;
use crate::http::{Problem, Seen};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Serialize, Serializer};
use std::sync::Arc;
use utoipa::ToSchema;

/// Every session, and sums.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are a promise to programs")]
pub(super) struct PppoeInterfaces<'a> {
    success: bool,
    current_time: Rfc3339,
    aggregate_stats: Aggregate,
    #[schema(value_type = Vec<PppoeInterface<'a>>)]
    pppoe_interfaces: Rows<'a>,
}

/// Sums over all subscribers.
#[derive(Serialize, ToSchema)]
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

/// A session.
#[derive(Serialize, ToSchema)]
struct PppoeInterface<'a> {
    router: &'a str,
    name: &'a str,
    interface: Option<&'a str>,
    #[schema(value_type = StateWord)]
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
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
    rendered: web::Data<Rendered>,
) -> Result<HttpResponse, Problem> {
    let asked = ("/api/pppoe_interfaces", parameters.router());
    let make = |snapshots: &[Arc<Snapshot>]| {
        let now = list::now();
        render(&PppoeInterfaces {
            success: true,
            current_time: Rfc3339(now.wall),
            aggregate_stats: aggregate(snapshots),
            pppoe_interfaces: Rows { snapshots, now },
        })
    };
    rendered.answer(&request, &seen, asked, make).await
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

fn row<'a>(
    snapshot: &'a Snapshot,
    subscriber: &'a Subscriber,
    session: &'a Session,
    now: Moment,
) -> PppoeInterface<'a> {
    let traffic = snapshot.traffic_of(session);
    // The last rates of a router that cannot be asked are no rates of now.
    let rates = traffic.filter(|_| subscriber.state == Presence::Online);
    let read_at = traffic.map(|traffic| traffic.at).or(snapshot.traffic_at.map(|at| at.instant));
    PppoeInterface {
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
        uptime_s: seconds(session.since, snapshot.known_until(now.wall)),
        comment: subscriber.comment(),
    }
}
