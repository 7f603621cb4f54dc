//! `GET /api/v1/subscribers`: a window of the list, searched, filtered and ordered on the server.

use super::etag::Etag;
use super::events::{self, EventRow};
use super::list::{Columns, Envelope};
use super::parameters::Parameters;
use super::routers::CountsRow;
use super::sessions::{self, SessionRow};
use super::wire::{self, Rate, Rfc3339, age_ms, json, seconds};
use super::words::StateWord;
use crate::domain::events::Change;
use crate::domain::find::{Find, Found};
use crate::domain::subscriber::State as Presence;
use crate::domain::time::Moment;
use crate::domain::visible::visible;
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
    address: &'a str,
    caller_id: &'a str,
    profile: &'a str,
    service: &'a str,
    uptime_s: Option<u64>,
    comment: &'a str,
    sessions: usize,
    /// The texts with control and direction characters written out, only if one of them has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<Shown<'a>>,
}

/// Texts with control and direction characters written out.
#[derive(Serialize, ToSchema)]
struct Shown<'a> {
    name: Cow<'a, str>,
    address: Cow<'a, str>,
    caller_id: Cow<'a, str>,
    profile: Cow<'a, str>,
    service: Cow<'a, str>,
    comment: Cow<'a, str>,
}

/// Answers with a window of the list.
pub(super) async fn list(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let find = Find::parse(parameters.pairs())?;
    let columns = Columns::parse::<SubscriberRow<'_>>(&parameters)?;
    if let Some(router) = &find.router {
        seen.router(router.as_str())?;
    }
    let now = Moment::new(Instant::now(), Timestamp::now());
    let snapshots = seen.snapshots();
    let etag = Etag::new(&request, &seen, &snapshots);
    if let Some(known) = etag.not_modified(&request) {
        return Ok(known);
    }
    let page = find.run(&snapshots, now.wall);
    let meta = SubscribersMeta {
        current_time: Rfc3339(now.wall),
        total: page.total,
        offset: find.offset,
        limit: find.limit,
        cursor: page.next.as_ref().map(ToString::to_string),
        sort: find.sort.to_string(),
        counts: page.counts.into(),
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
    let subscriber =
        snapshot.subscribers.iter().find(|subscriber| subscriber.name == name).ok_or_else(nobody)?;
    let events = seen.numbered_events();
    let newest = events.last().map_or(0, |(number, _)| number + 1);
    let etag = Etag::new(&request, &seen, &snapshots).and(newest);
    if let Some(known) = etag.not_modified(&request) {
        return Ok(known);
    }
    let now = Moment::new(Instant::now(), Timestamp::now());
    let found = Found { snapshot: Arc::clone(snapshot), subscriber: Arc::clone(subscriber) };
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
    });
    wire::set(&mut answer, ETAG, &etag.text());
    Ok(answer)
}

fn row(found: &Found, now: Moment) -> SubscriberRow<'_> {
    let (snapshot, subscriber) = (&found.snapshot, &found.subscriber);
    let session = subscriber.session();
    let is_online = subscriber.state == Presence::Online;
    let text = |of: fn(&crate::domain::subscriber::Session) -> &str| session.map_or("", of);
    let account = subscriber.account.as_ref();
    let mut row = SubscriberRow {
        key: format!("{}:{}", snapshot.router, subscriber.id.0),
        router: snapshot.router.as_str(),
        name: &subscriber.name,
        state: subscriber.state,
        disabled: subscriber.is_disabled(),
        since: subscriber.since.map(Rfc3339),
        last_seen: subscriber.last_seen.map(Rfc3339),
        age_ms: age_ms(found.read_at(), now.instant),
        download_bps: snapshot.download_of(subscriber).filter(|_| is_online).map(Rate::from),
        upload_bps: snapshot.upload_of(subscriber).filter(|_| is_online).map(Rate::from),
        address: text(|session| &session.address),
        caller_id: session
            .map(|session| session.caller_id.as_str())
            .or(account.map(|account| account.last_caller_id.as_str()))
            .unwrap_or_default(),
        profile: subscriber.profile(),
        service: text(|session| &session.service),
        uptime_s: session.map(|session| seconds(session.since, now.wall)),
        comment: subscriber.comment(),
        sessions: subscriber.sessions.len(),
        shown: None,
    };
    row.shown = shown(&row);
    row
}

fn shown<'a>(row: &SubscriberRow<'a>) -> Option<Shown<'a>> {
    let shown = Shown {
        name: visible(row.name),
        address: visible(row.address),
        caller_id: visible(row.caller_id),
        profile: visible(row.profile),
        service: visible(row.service),
        comment: visible(row.comment),
    };
    let texts =
        [&shown.name, &shown.address, &shown.caller_id, &shown.profile, &shown.service, &shown.comment];
    let differs = texts.into_iter().any(|text| matches!(text, Cow::Owned(_)));
    differs.then_some(shown)
}
