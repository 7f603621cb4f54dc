//! `GET /api/v1/subscribers`: a window of the list, searched, filtered and ordered on the server.

use super::etag::Etag;
use super::events::{self, EventRow};
use super::list::{Columns, Envelope, TableMeta};
use super::parameters::Parameters;
use super::routers::CountsRow;
use super::sessions::{self, SessionRow};
use super::wire::{self, Rate, Rfc3339, age_ms, json, seconds};
use super::words::StateWord;
use crate::domain::events::Change;
use crate::domain::find::{Find, Found};
use crate::domain::recent::Sample;
use crate::domain::snapshot::Snapshot;
use crate::domain::subscriber::State as Presence;
use crate::domain::time::Moment;
use crate::domain::vendors::{Vendor, vendor};
use crate::domain::visible::{brief, visible};
use crate::http::{Problem, Seen};
use crate::state::RecentEvent;
use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;
use utoipa::ToSchema;

/// What is said of the list as a whole.
#[derive(Serialize, ToSchema)]
pub(super) struct SubscribersMeta {
    current_time: Rfc3339,
    total: usize,
    offset: usize,
    limit: usize,
    /// Give it as `cursor`, with the same `sort`, to go on; null at the end.
    cursor: Option<String>,
    sort: String,
    /// How many match by state, whichever state is asked for.
    counts: CountsRow,
    /// How the sessions stand, router by router.
    tables: Vec<TableMeta>,
}

/// A subscriber.
#[derive(Serialize, ToSchema)]
pub(super) struct SubscriberRow<'a> {
    /// Names the row on the live stream.
    key: String,
    router: &'a str,
    /// The login name, exactly as the router has it.
    name: &'a str,
    #[schema(value_type = StateWord)]
    state: Presence,
    /// Switched off on the router.
    disabled: bool,
    since: Option<Rfc3339>,
    last_seen: Option<Rfc3339>,
    age_ms: u64,
    download_bps: Option<Rate>,
    upload_bps: Option<Rate>,
    /// Of whoever is away the last that it had.
    address: &'a str,
    caller_id: &'a str,
    /// Who made the device with this caller id.
    vendor: Option<&'static str>,
    /// The caller id is an address that the device made up.
    is_local_mac: bool,
    profile: &'a str,
    /// Of the profile: upload/download, in the router's words.
    rate_limit: &'a str,
    service: &'a str,
    interface: &'a str,
    /// What carries the session: the number of its VLAN and the interface, or only the interface.
    vlan: &'a str,
    vlan_id: Option<u64>,
    /// Delegated to it by DHCPv6.
    ipv6_prefix: &'a str,
    /// While the router cannot be asked, as of when it was read last.
    uptime_s: Option<u64>,
    /// For how long it is offline, as far as that is known.
    downtime_s: Option<u64>,
    /// Why the last session ended, in the router's words.
    last_disconnect_reason: &'a str,
    comment: &'a str,
    /// The name of its group, if it is in one.
    group: Option<&'a str>,
    sessions: usize,
    /// The texts with control and direction characters written out, only if one of them has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<Shown<'a>>,
}

/// Texts with control and direction characters written out; names, profiles and comments are cut at 64 characters, as
/// pages show them.
#[derive(Serialize, ToSchema)]
struct Shown<'a> {
    name: Cow<'a, str>,
    address: Cow<'a, str>,
    caller_id: Cow<'a, str>,
    profile: Cow<'a, str>,
    rate_limit: Cow<'a, str>,
    service: Cow<'a, str>,
    interface: Cow<'a, str>,
    vlan: Cow<'a, str>,
    ipv6_prefix: Cow<'a, str>,
    last_disconnect_reason: Cow<'a, str>,
    comment: Cow<'a, str>,
    group: Cow<'a, str>,
}

/// Answers with a window of the list.
pub(super) async fn list(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let find = Find { groups: seen.grouped(), ..Find::parse(parameters.pairs())? };
    let columns = Columns::parse::<SubscriberRow<'_>>(&parameters)?;
    if let Some(router) = &find.router {
        seen.router(router.as_str())?;
    }
    let now = Moment::new(Instant::now(), Timestamp::now());
    let snapshots = seen.snapshots();
    let revision = find.groups.all.as_ref().map_or(0, |groups| groups.revision());
    let etag = Etag::new(&request, &seen, &snapshots).and(revision);
    if let Some(known) = etag.not_modified(&request) {
        return Ok(known);
    }
    let page = find.run(&snapshots, now.wall);
    let is_asked =
        |snapshot: &&Arc<Snapshot>| find.router.as_ref().is_none_or(|router| *router == snapshot.router);
    let tables = snapshots.iter().filter(is_asked);
    let meta = SubscribersMeta {
        current_time: Rfc3339(now.wall),
        total: page.total,
        offset: find.offset,
        limit: find.limit,
        cursor: page.next.as_ref().map(ToString::to_string),
        sort: find.sort.to_string(),
        counts: page.counts.into(),
        tables: tables.map(|snapshot| TableMeta::of_sessions(snapshot, now)).collect(),
    };
    let rows: Vec<SubscriberRow<'_>> = page.rows.iter().map(|found| row(found, now)).collect();
    let mut answer = json(&Envelope { meta, name: "subscribers", rows: &rows, columns: &columns });
    wire::set(&mut answer, ETAG, &etag.text());
    Ok(answer)
}

/// One subscriber, with everything that is known of it.
#[derive(Serialize, ToSchema)]
pub(super) struct SubscriberAnswer<'a> {
    success: bool,
    current_time: Rfc3339,
    subscriber: SubscriberRow<'a>,
    /// Oldest first.
    sessions: Vec<SessionRow<'a>>,
    /// Null for those whom RADIUS lets in.
    account: Option<AccountRow<'a>>,
    /// Of the recent ones, the newest first.
    events: Vec<EventRow<'a>>,
    /// The rates of the last five minutes, oldest first, as often as counters are read.
    samples: Vec<SampleRow>,
}

/// Rates at one moment.
#[derive(Serialize, ToSchema)]
struct SampleRow {
    time: Rfc3339,
    /// Null is a gap, not a zero.
    download_bps: Option<Rate>,
    upload_bps: Option<Rate>,
}

/// An account on the router. Its password is never read.
#[derive(Serialize, ToSchema)]
struct AccountRow<'a> {
    service: &'a str,
    profile: &'a str,
    /// The only caller that may use it, if that is limited.
    caller_id: &'a str,
    disabled: bool,
    comment: &'a str,
    /// In the router's own words and zone.
    last_logged_out: &'a str,
    last_caller_id: &'a str,
    last_disconnect_reason: &'a str,
}

/// Answers with one subscriber.
pub(super) async fn one(
    request: HttpRequest,
    seen: Seen,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (router, name) = path.into_inner();
    let snapshots = seen.snapshots_of(Some(&router))?;
    let nobody = || Problem::NoSuchSubscriber(router.clone());
    let snapshot = snapshots.first().ok_or_else(nobody)?;
    let (place, subscriber) = snapshot.subscriber(&name).ok_or_else(nobody)?;
    let events = seen.numbered_events();
    let newest = events.last().map_or(0, |(number, _)| number + 1);
    let groups = seen.grouped();
    let revision = groups.all.as_ref().map_or(0, |groups| groups.revision());
    let etag = Etag::new(&request, &seen, &snapshots).and(newest).and(revision);
    if let Some(known) = etag.not_modified(&request) {
        return Ok(known);
    }
    let now = Moment::new(Instant::now(), Timestamp::now());
    let group = groups.of(snapshot)(place).cloned();
    let found = Found { snapshot: Arc::clone(snapshot), subscriber: Arc::clone(subscriber), group };
    let is_about = |event: &RecentEvent| {
        matches!(&event.change, Change::Presence(change) if change.name == name)
            && event.router == snapshot.router
    };
    let events = events.iter().rev().filter(|(_, event)| is_about(event));
    let sessions = subscriber.sessions.iter();
    let mut answer = json(&SubscriberAnswer {
        success: true,
        current_time: Rfc3339(now.wall),
        subscriber: row(&found, now),
        sessions: sessions.map(|session| sessions::row(snapshot, subscriber, session, now)).collect(),
        account: subscriber.account.as_deref().map(|account| AccountRow {
            service: &account.service,
            profile: &account.profile,
            caller_id: &account.caller_id,
            disabled: account.disabled,
            comment: &account.comment,
            last_logged_out: &account.last_logged_out,
            last_caller_id: &account.last_caller_id,
            last_disconnect_reason: &account.last_disconnect_reason,
        }),
        events: events.map(|(number, event)| events::row(*number, event)).collect(),
        samples: snapshot.recent_of(subscriber, now.instant).iter().map(sample).collect(),
    });
    wire::set(&mut answer, ETAG, &etag.text());
    Ok(answer)
}

fn sample(sample: &Sample) -> SampleRow {
    let (down, up) = sample.rates.unzip();
    SampleRow {
        time: Rfc3339(sample.at.wall),
        download_bps: down.map(Rate::from),
        upload_bps: up.map(Rate::from),
    }
}

/// A subscriber as the API shows it.
pub(super) fn row(found: &Found, now: Moment) -> SubscriberRow<'_> {
    let (snapshot, subscriber) = (&found.snapshot, &found.subscriber);
    let session = subscriber.session();
    let is_online = subscriber.state == Presence::Online;
    let text = |of: fn(&crate::domain::subscriber::Session) -> &str| session.map_or("", of);
    let line = session.and_then(|session| snapshot.line_of(session));
    let caller_id = subscriber.caller_id();
    let vendor = vendor(caller_id);
    let mut row = SubscriberRow {
        key: format!("{}:{}", snapshot.router, subscriber.id.0),
        router: snapshot.router.as_str(),
        name: &subscriber.name,
        state: subscriber.state,
        disabled: subscriber.is_disabled(),
        since: subscriber.since.map(Rfc3339),
        last_seen: subscriber.seen_last().map(Rfc3339),
        age_ms: age_ms(found.read_at(), now.instant),
        download_bps: snapshot.download_of(subscriber).filter(|_| is_online).map(Rate::from),
        upload_bps: snapshot.upload_of(subscriber).filter(|_| is_online).map(Rate::from),
        address: subscriber.address(),
        caller_id,
        vendor: match vendor {
            Some(Vendor::Known(name)) => Some(name),
            _ => None,
        },
        is_local_mac: vendor == Some(Vendor::Local),
        profile: subscriber.profile(),
        rate_limit: snapshot.rate_limit_of(subscriber),
        service: text(|session| &session.service),
        interface: text(|session| session.interface.as_deref().unwrap_or_default()),
        vlan: line.map_or("", |line| line.vlan.as_str()),
        vlan_id: line.and_then(|line| line.vlan_id),
        ipv6_prefix: line.map_or("", |line| line.ipv6_prefix.as_str()),
        uptime_s: session.map(|session| seconds(session.since, snapshot.known_until(now.wall))),
        downtime_s: subscriber.down_since().map(|since| seconds(since, now.wall)),
        last_disconnect_reason: subscriber.last_disconnect_reason(),
        comment: subscriber.comment(),
        group: found.group.as_ref().map(|group| group.outline.name.as_str()),
        sessions: subscriber.sessions.len(),
        shown: None,
    };
    row.shown = shown(&row);
    row
}

fn shown<'a>(row: &SubscriberRow<'a>) -> Option<Shown<'a>> {
    let shown = Shown {
        name: brief(row.name),
        address: visible(row.address),
        caller_id: visible(row.caller_id),
        profile: brief(row.profile),
        rate_limit: brief(row.rate_limit),
        service: visible(row.service),
        interface: brief(row.interface),
        vlan: brief(row.vlan),
        ipv6_prefix: brief(row.ipv6_prefix),
        last_disconnect_reason: brief(row.last_disconnect_reason),
        comment: brief(row.comment),
        group: brief(row.group.unwrap_or_default()),
    };
    let texts = [
        &shown.name,
        &shown.address,
        &shown.caller_id,
        &shown.profile,
        &shown.rate_limit,
        &shown.service,
        &shown.interface,
        &shown.vlan,
        &shown.ipv6_prefix,
        &shown.last_disconnect_reason,
        &shown.comment,
        &shown.group,
    ];
    let differs = texts.into_iter().any(|text| matches!(text, Cow::Owned(_)));
    differs.then_some(shown)
}
