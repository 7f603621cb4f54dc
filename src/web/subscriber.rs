//! One subscriber: what is known now, what was measured in the last five minutes, what happened.

use super::acts;
use super::chart::Chart;
use super::errors::PageError;
use super::format::{self, Ago, VendorView};
use super::frame::Frame;
use super::parameters;
use super::templates::Templates;
use super::trouble::TroubleWords;
use crate::access::Visitor;
use crate::domain::events::Change;
use crate::domain::find::{Find, Grouped, Query};
use crate::domain::groups::Group;
use crate::domain::snapshot::Snapshot;
use crate::domain::subscriber::{Session, State, Subscriber, Traffic};
use crate::domain::time::Moment;
use crate::domain::units::Bytes;
use crate::domain::visible::{brief, visible};
use crate::http::{Jobs, Problem, Seen};
use crate::state::RecentEvent;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use std::time::Instant;

/// Events that are shown, the newest.
const EVENTS: usize = 30;
/// Others who may be meant, where there is nobody of this name.
const ALIKE: usize = 8;

#[derive(Serialize)]
struct View {
    frame: Frame,
    /// Names the subscriber on the live stream.
    key: String,
    name: String,
    router: String,
    state: &'static str,
    is_disabled: bool,
    /// For how long the state holds.
    since: Option<String>,
    /// What is shown is old: since when, and why.
    trouble: Option<TroubleView>,
    read: Ago,
    down: String,
    up: String,
    chart: Chart,
    facts: Vec<Fact>,
    vendor: Option<VendorView>,
    group: Option<GroupLink>,
    sessions: Vec<SessionView>,
    absence: Option<Absence>,
    events: Vec<Event>,
    /// What whoever looks may have done: word, link, and which session is meant where there are several.
    actions: Vec<(&'static str, String, String)>,
    /// The list, where those of the same router are.
    others: String,
}

#[derive(Serialize)]
struct TroubleView {
    #[serde(flatten)]
    words: TroubleWords,
    since: Ago,
}

/// Something that is known of the subscriber, under a key of the words.
#[derive(Serialize)]
struct Fact {
    word: &'static str,
    text: String,
    /// What is copied, exactly as the router has it, where people want to.
    copied: Option<String>,
    link: Option<String>,
    /// Whether it is no text but numbers and signs, which no language turns round.
    is_code: bool,
}

#[derive(Serialize)]
struct GroupLink {
    id: String,
    name: String,
}

#[derive(Serialize)]
struct SessionView {
    service: String,
    address: String,
    caller_id: String,
    interface: String,
    uptime: String,
    since: Ago,
    down: String,
    up: String,
    down_bytes: String,
    up_bytes: String,
    is_radius: bool,
}

/// What is known of somebody who is away.
#[derive(Serialize)]
struct Absence {
    downtime: String,
    last_seen: Option<Ago>,
    last_address: String,
    reason: String,
}

#[derive(Serialize)]
struct Event {
    at: Ago,
    word: &'static str,
    address: String,
    what: String,
}

/// Nobody of this name is there.
#[derive(Serialize)]
struct Nobody {
    frame: Frame,
    name: String,
    router: String,
    has_router: bool,
    alike: Vec<Alike>,
    search: String,
}

#[derive(Serialize)]
struct Alike {
    name: String,
    router: String,
    state: &'static str,
    link: String,
}

/// `GET /subscribers/{router}/{name}`.
pub(super) async fn page(
    seen: Seen,
    jobs: Jobs,
    visitor: web::ReqData<Visitor>,
    templates: web::Data<Templates>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, PageError> {
    let (router, name) = path.into_inner();
    let now = Moment::new(Instant::now(), Timestamp::now());
    let snapshot = match seen.snapshots_of(Some(&router)) {
        Ok(snapshots) => snapshots.into_iter().next(),
        // A router that may not be seen is not there.
        Err(Problem::NoSuchRouter(_)) => None,
        Err(problem) => return Err(problem.into()),
    };
    let frame = Frame::new(&seen, &visitor, "subscribers");
    let found = snapshot.as_ref().and_then(|snapshot| {
        let (place, subscriber) = snapshot.subscriber(&name)?;
        Some((snapshot, place, subscriber))
    });
    let Some((snapshot, place, subscriber)) = found else {
        let view = nobody(frame, &seen, &router, &name, snapshot.is_some(), now);
        return templates.page(StatusCode::NOT_FOUND, "nobody.html", &view);
    };
    // Routers and groups have pages of their own, which displays may not open.
    let may_leave = visitor.pages.is_none();
    let groups: Grouped = seen.grouped();
    let group = groups.of(snapshot)(place).filter(|_| may_leave);
    let events: Vec<Event> = seen
        .events()
        .iter()
        .rev()
        .filter(|event| event.router == snapshot.router)
        .filter_map(|recent| event(recent, &name, now))
        .take(EVENTS)
        .collect();
    let mut view = view(frame, snapshot, subscriber, group, events, may_leave, now);
    if jobs.routers().iter().any(|router| router.name == snapshot.router) {
        view.actions = actions(snapshot, subscriber);
    }
    templates.page(StatusCode::OK, "subscriber.html", &view)
}

fn view(
    frame: Frame,
    snapshot: &Arc<Snapshot>,
    subscriber: &Subscriber,
    group: Option<&Arc<Group>>,
    events: Vec<Event>,
    may_leave: bool,
    now: Moment,
) -> View {
    let is_online = subscriber.state == State::Online;
    let read_at = subscriber.session().and_then(|session| snapshot.traffic_of(session));
    let read_at = read_at.map_or(snapshot.at.wall, |traffic| now.wall_at(traffic.at));
    View {
        frame,
        key: format!("{}:{}", snapshot.router, subscriber.id.0),
        name: visible(&subscriber.name).into_owned(),
        router: snapshot.router.to_string(),
        state: subscriber.state.word(),
        is_disabled: subscriber.is_disabled(),
        since: subscriber.since.map(|since| format::uptime(seconds(since, now))),
        trouble: snapshot.link.trouble().map(|trouble| TroubleView {
            words: trouble.into(),
            since: format::ago(trouble.since.wall, now.wall),
        }),
        read: format::ago(read_at, now.wall),
        down: format::rate(snapshot.download_of(subscriber).filter(|_| is_online)),
        up: format::rate(snapshot.upload_of(subscriber).filter(|_| is_online)),
        chart: Chart::new(&snapshot.recent_of(subscriber, now.instant), snapshot.counters_every(), now),
        facts: facts(snapshot, subscriber, may_leave),
        vendor: VendorView::of(subscriber.caller_id()),
        group: group.map(|group| GroupLink {
            id: group.id.to_string(),
            name: visible(&group.outline.name).into_owned(),
        }),
        sessions: subscriber.sessions.iter().map(|one| session(snapshot, one, now)).collect(),
        absence: subscriber.sessions.is_empty().then(|| Absence {
            downtime: subscriber
                .down_since()
                .map_or_else(|| format::NOTHING.to_owned(), |since| format::uptime(seconds(since, now))),
            last_seen: subscriber.seen_last().map(|seen| format::ago(seen, now.wall)),
            last_address: visible(&subscriber.last_address).into_owned(),
            reason: visible(subscriber.last_disconnect_reason()).into_owned(),
        }),
        events,
        actions: Vec::new(),
        others: format!("/subscribers?router={}", snapshot.router),
    }
}

/// What can be done to a subscriber, as far as that is known.
fn actions(snapshot: &Snapshot, subscriber: &Subscriber) -> Vec<(&'static str, String, String)> {
    let link = |action: &'static str, id: String, which: &str| {
        let link = acts::one(snapshot.router.as_str(), action, &subscriber.name, &id);
        (action, link, visible(which).into_owned())
    };
    let has_several = 1 < subscriber.sessions.len();
    let mut actions: Vec<_> = subscriber
        .sessions
        .iter()
        .map(|session| {
            let which = if has_several { session.address.as_str() } else { "" };
            link("disconnect_session", session.id.to_string(), which)
        })
        .collect();
    if let Some(account) = &subscriber.account {
        let switch = if account.disabled { "enable_account" } else { "disable_account" };
        let words = [switch, "set_profile", "set_comment", "remove_account"];
        actions.extend(words.map(|word| link(word, account.id.to_string(), "")));
    }
    actions
}

fn seconds(since: Timestamp, now: Moment) -> u64 {
    u64::try_from(now.wall.duration_since(since).as_secs()).unwrap_or(0)
}

/// What is known; what is not is left out.
fn facts(snapshot: &Snapshot, subscriber: &Subscriber, may_leave: bool) -> Vec<Fact> {
    let fact = |word, text: &str| Fact {
        word,
        text: visible(text).into_owned(),
        copied: None,
        link: None,
        is_code: false,
    };
    let code = |word, text: &str| Fact { is_code: true, ..fact(word, text) };
    let copied = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let session = subscriber.session();
    let of = |of: fn(&Session) -> &str| session.map_or("", of);
    let address = of(|session| &session.address);
    let line = session.and_then(|session| snapshot.line_of(session));
    let prefix = line.map_or("", |line| line.ipv6_prefix.as_str());
    let router = snapshot.router.as_str();
    let account = subscriber.account.as_deref();
    let limited_to = account.map_or("", |account| account.caller_id.as_str());
    let mut facts = vec![
        Fact { copied: copied(address), ..code("address", address) },
        Fact { copied: copied(subscriber.caller_id()), ..code("caller_id", subscriber.caller_id()) },
        Fact { link: may_leave.then(|| format!("/routers/{router}")), ..fact("router", router) },
        code("interface", of(|session| session.interface.as_deref().unwrap_or_default())),
        code("vlan", line.map_or("", |line| &line.vlan)),
        Fact { copied: copied(prefix), ..code("ipv6_prefix", prefix) },
        fact("service", of(|session| &session.service)),
        fact("profile", subscriber.profile()),
        code("rate_limit", snapshot.rate_limit_of(subscriber)),
        code("only_caller", limited_to),
        fact("comment", subscriber.comment()),
    ];
    facts.retain(|fact| !fact.text.is_empty());
    facts
}

fn session(snapshot: &Snapshot, session: &Session, now: Moment) -> SessionView {
    let traffic = snapshot.traffic_of(session);
    let is_live = snapshot.link.is_live();
    let bytes = |bytes: Option<u64>| format::bytes(bytes.map(Bytes));
    SessionView {
        service: visible(&session.service).into_owned(),
        address: visible(&session.address).into_owned(),
        caller_id: visible(&session.caller_id).into_owned(),
        interface: visible(session.interface.as_deref().unwrap_or_default()).into_owned(),
        uptime: format::uptime(seconds(
            session.since,
            Moment { wall: snapshot.known_until(now.wall), ..now },
        )),
        since: format::ago(session.since, now.wall),
        down: format::rate(traffic.and_then(Traffic::download).filter(|_| is_live)),
        up: format::rate(traffic.and_then(Traffic::upload).filter(|_| is_live)),
        down_bytes: bytes(traffic.map(|traffic| traffic.tx_byte)),
        up_bytes: bytes(traffic.map(|traffic| traffic.rx_byte)),
        is_radius: session.radius,
    }
}

/// Something that happened to the subscriber of this name; also that the router was out of sight.
fn event(recent: &RecentEvent, name: &str, now: Moment) -> Option<Event> {
    let Change::Presence(change) = &recent.change else { return None };
    (change.name == name).then(|| Event {
        at: format::ago(recent.at, now.wall),
        word: change.state.word(),
        address: visible(&change.address).into_owned(),
        what: visible(change.why()).into_owned(),
    })
}

fn nobody(frame: Frame, seen: &Seen, router: &str, name: &str, has_router: bool, now: Moment) -> Nobody {
    let quoted = |start: &str| format!("{start}\"{}\"", name.replace('"', "\"\""));
    // Of the same name elsewhere, or with a name that has it in it.
    let query = Query::parse(&quoted("name:")).unwrap_or_default();
    let find = Find { query, limit: ALIKE, ..Find::default() };
    let found = if find.query.is_empty() { Vec::new() } else { find.run(&seen.snapshots(), now.wall).rows };
    let alike = |found: &crate::domain::find::Found| Alike {
        name: brief(&found.subscriber.name).into_owned(),
        router: found.snapshot.router.to_string(),
        state: found.subscriber.state.word(),
        link: parameters::subscriber(found.snapshot.router.as_str(), &found.subscriber.name),
    };
    let mut search = "/subscribers?q=".to_owned();
    parameters::encode(&mut search, &quoted("name:"));
    Nobody {
        frame,
        name: brief(name).into_owned(),
        router: brief(router).into_owned(),
        has_router,
        alike: found.iter().map(alike).collect(),
        search,
    }
}
