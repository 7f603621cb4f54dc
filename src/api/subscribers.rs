//! `GET /api/v1/subscribers`: a window of the list, searched, filtered and ordered on the server.

use super::wire::{Rate, Rfc3339, age_ms, json, seconds};
use crate::domain::find::{Find, Found};
use crate::domain::subscriber::State as Presence;
use crate::domain::time::Moment;
use crate::domain::visible::visible;
use crate::http::{Problem, Seen};
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Cow;
use std::time::Instant;

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    meta: Meta,
    subscribers: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Meta {
    current_time: Rfc3339,
    total: usize,
    offset: usize,
    limit: usize,
    sort: String,
    counts: Counts,
}

#[derive(Serialize)]
struct Counts {
    total: usize,
    online: usize,
    offline: usize,
    unknown: usize,
    disabled: usize,
}

#[derive(Serialize)]
struct Row<'a> {
    /// Names the row on the live stream.
    key: String,
    router: &'a str,
    name: &'a str,
    state: Presence,
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

#[derive(Serialize)]
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
    seen: Seen,
    parameters: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Problem> {
    let find = Find::parse(parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    if let Some(router) = &find.router {
        seen.router(router.as_str())?;
    }
    let now = Moment::new(Instant::now(), Timestamp::now());
    let page = find.run(&seen.snapshots(), now.wall);
    let counts = page.counts;
    Ok(json(&Body {
        success: true,
        meta: Meta {
            current_time: Rfc3339(now.wall),
            total: page.total,
            offset: find.offset,
            limit: find.limit,
            sort: find.sort.to_string(),
            counts: Counts {
                total: counts.total,
                online: counts.online,
                offline: counts.offline,
                unknown: counts.unknown,
                disabled: counts.disabled,
            },
        },
        subscribers: page.rows.iter().map(|found| row(found, now)).collect(),
    }))
}

fn row(found: &Found, now: Moment) -> Row<'_> {
    let (snapshot, subscriber) = (&found.snapshot, &found.subscriber);
    let session = subscriber.session();
    let is_online = subscriber.state == Presence::Online;
    let text = |of: fn(&crate::domain::subscriber::Session) -> &str| session.map_or("", of);
    let account = subscriber.account.as_ref();
    let mut row = Row {
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

fn shown<'a>(row: &Row<'a>) -> Option<Shown<'a>> {
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
