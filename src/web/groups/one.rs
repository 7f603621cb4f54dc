//! One group: how it stands, and its members.

use super::{CardView, may_edit, subscribers_of};
use crate::domain::groups::{Absent, Member, RuleKind};
use crate::domain::snapshot::Snapshot;
use crate::domain::subscriber::{State, Subscriber};
use crate::domain::visible::{brief, visible};
use crate::http::Grouping;
use crate::web::desk::Desk;
use crate::web::errors::PageError;
use crate::web::format::{self, Ago};
use crate::web::forms::Notice;
use crate::web::frame::Frame;
use crate::web::parameters;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;

/// Members on one page.
const ROWS: usize = 100;
/// Names of those who were not met at their router; the totals tell how many there are.
const MISSING: usize = 1_000;

#[derive(Serialize)]
struct View {
    frame: Frame,
    notice: Option<Notice>,
    csrf: String,
    may_edit: bool,
    card: CardView,
    version: u64,
    rows: Vec<Row>,
    /// Named members who are not known to their router.
    missing: Vec<Named>,
    /// Named members of whom their router does not tell.
    unheard: Vec<Named>,
    rules: Vec<RuleView>,
    subscribers: String,
    from: usize,
    to: usize,
    total: String,
    previous: Option<usize>,
    next: Option<usize>,
}

#[derive(Serialize)]
struct RuleView {
    key: String,
    value: String,
}

#[derive(Serialize)]
struct Row {
    key: String,
    name: String,
    link: String,
    state: &'static str,
    is_disabled: bool,
    down: String,
    up: String,
    address: String,
    router: String,
    uptime: Option<String>,
    last_seen: Option<Ago>,
}

/// Somebody who is named, and of whom nothing else is known.
#[derive(Serialize)]
struct Named {
    name: String,
    /// Where it is not said by the group.
    router: Option<String>,
}

fn named(members: &[&Member]) -> Vec<Named> {
    let named = |member: &&Member| Named {
        name: brief(&member.name).into_owned(),
        router: member.router.as_ref().map(ToString::to_string),
    };
    members.iter().take(MISSING).map(named).collect()
}

fn rule(kind: RuleKind, value: &str) -> RuleView {
    RuleView { key: format!("groups.rule.{}", kind.word()), value: visible(value).into_owned() }
}

/// Offline first: those are who somebody looks for here.
fn rank(subscriber: &Subscriber) -> u8 {
    match subscriber.state {
        State::Offline if !subscriber.is_disabled() => 0,
        State::Unknown => 1,
        State::Online => 2,
        State::Offline => 3,
    }
}

fn row(snapshot: &Snapshot, subscriber: &Subscriber, now: Timestamp) -> Row {
    let is_online = subscriber.state == State::Online;
    let session = subscriber.session();
    let uptime = |since: Timestamp| {
        let lasts = snapshot.known_until(now).duration_since(since);
        format::uptime(u64::try_from(lasts.as_secs()).unwrap_or(0))
    };
    Row {
        key: format!("{}:{}", snapshot.router, subscriber.id.0),
        name: brief(&subscriber.name).into_owned(),
        link: parameters::subscriber(snapshot.router.as_str(), &subscriber.name),
        state: subscriber.state.word(),
        is_disabled: subscriber.is_disabled(),
        down: format::rate(snapshot.download_of(subscriber).filter(|_| is_online)),
        up: format::rate(snapshot.upload_of(subscriber).filter(|_| is_online)),
        address: session.map_or_else(String::new, |session| visible(&session.address).into_owned()),
        router: snapshot.router.to_string(),
        uptime: session.map(|session| uptime(session.since)),
        last_seen: subscriber.seen_last().map(|seen| format::ago(seen, now)),
    }
}

/// `GET /groups/{id}`.
pub(in crate::web) async fn page(
    desk: Desk,
    grouping: Grouping,
    id: web::Path<String>,
    parameters: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    let group = grouping.group(&id)?;
    let value =
        |name: &str| parameters.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value);
    let offset = value("offset").parse().unwrap_or(0_usize);
    let (now, snapshots) = (Timestamp::now(), grouping.snapshots());
    let at = grouping.all().index(group.id);
    let mut members = Vec::new();
    for snapshot in &snapshots {
        let roster = grouping.all().roster(snapshot);
        for (place, subscriber) in snapshot.subscribers.iter().enumerate() {
            if at.is_some() && roster.group(place) == at {
                members.push((snapshot, subscriber));
            }
        }
    }
    members.sort_by(|one, other| (rank(one.1), &one.1.name).cmp(&(rank(other.1), &other.1.name)));
    let outline = &group.outline;
    let absent = Absent::of(group, &snapshots);
    // Who leads behind the end, as after some have left the group, sees the last page.
    let offset = offset.min(members.len().saturating_sub(1) / ROWS * ROWS);
    let rows: Vec<Row> = members
        .iter()
        .skip(offset)
        .take(ROWS)
        .map(|(snapshot, subscriber)| row(snapshot, subscriber, now))
        .collect();
    let to = offset + rows.len();
    let view = View {
        frame: Frame::new(&desk.seen, &desk.me, "groups"),
        notice: (value("done") == "saved").then(|| Notice::good("groups.saved")),
        csrf: desk.csrf(),
        may_edit: may_edit(&desk),
        card: (&grouping.card(group)).into(),
        version: group.version,
        missing: named(&absent.missing),
        unheard: named(&absent.unheard),
        rules: outline.rules.iter().map(|one| rule(one.kind, &one.value)).collect(),
        subscribers: subscribers_of(group.id),
        from: if rows.is_empty() { 0 } else { offset + 1 },
        to,
        total: format::count(members.len()),
        previous: (0 < offset).then(|| offset.saturating_sub(ROWS)),
        next: (to < members.len()).then_some(to),
        rows,
    };
    desk.templates.page(StatusCode::OK, "group.html", &view)
}
