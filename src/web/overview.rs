//! The overview: how everything is, and what needs a person.

use super::errors::PageError;
use super::format::{self, Ago};
use super::frame::Frame;
use super::groups::CardView;
use super::parameters;
use super::templates::Templates;
use super::trouble::TroubleWords;
use crate::access::Visitor;
use crate::domain::attention::{self, Concern};
use crate::domain::bursts::{self, Happening};
use crate::domain::events::Change;
use crate::domain::overview::{Held, Ranked, Totals, busiest_down, busiest_up, memory_percent};
use crate::domain::router::Link;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::Moment;
use crate::domain::visible::brief;
use crate::http::{Grouping, Seen};
use crate::state::{RecentEvent, RouterView};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use std::time::Instant;

/// More troubles than this are not read.
const TROUBLES: usize = 8;
const BUSIEST: usize = 10;
const EVENTS: usize = 12;
const GROUPS: usize = 6;

#[derive(Serialize)]
struct View {
    frame: Frame,
    totals: TotalsView,
    /// Guests of hotspots and DHCP leases, where a router has some.
    guests: Option<HeldView>,
    leases: Option<HeldView>,
    attention: Vec<Trouble>,
    /// Troubles that are not listed.
    more: usize,
    routers: Vec<Router>,
    down: Vec<Top>,
    up: Vec<Top>,
    events: Vec<Event>,
    groups: Vec<CardView>,
    /// Groups that have no card here.
    more_groups: usize,
}

#[derive(Serialize)]
struct TotalsView {
    total: String,
    online: String,
    offline: String,
    unknown: String,
    disabled: String,
    down: String,
    up: String,
    routers: usize,
    live: usize,
    has_unknown: bool,
}

#[derive(Serialize)]
struct HeldView {
    now: String,
    /// Nothing, while none of the routers that have some can be asked.
    all: Option<String>,
    /// Routers that have some and are not counted, as they cannot be asked.
    without: usize,
}

#[derive(Serialize)]
struct Trouble {
    router: String,
    status: &'static str,
    #[serde(flatten)]
    words: TroubleWords,
    /// What is wrong with a router that answers, as the words name it; then the texts above are none.
    concern: Option<ConcernView>,
    since: Option<Ago>,
    retry_in_s: Option<u64>,
    /// Refused and blocked links wait for a person.
    rank: u8,
}

#[derive(Serialize)]
struct ConcernView {
    word: &'static str,
    value: u64,
    of: String,
}

#[derive(Serialize)]
struct Router {
    name: String,
    label: String,
    status: &'static str,
    /// How the connection is protected, while it is live.
    protection: Option<&'static str>,
    is_clear: bool,
    model: String,
    version: String,
    cpu: Option<u64>,
    memory: Option<u64>,
    sessions: String,
    down: String,
    up: String,
    /// How long its API takes to answer.
    answer: String,
    /// How old the values are; nothing, as long as the router was never reached.
    age: Option<Ago>,
}

#[derive(Serialize)]
struct Top {
    name: String,
    router: String,
    rate: String,
    link: String,
}

#[derive(Serialize)]
struct Event {
    at: Ago,
    router: String,
    kind: &'static str,
    word: &'static str,
    name: String,
    link: String,
    what: String,
    trouble: Option<TroubleWords>,
    /// How many subscribers did the same at once, and within how many seconds.
    burst: Option<(usize, i64)>,
}

/// `GET /`.
pub(super) async fn page(
    seen: Seen,
    visitor: web::ReqData<Visitor>,
    templates: web::Data<Templates>,
    grouping: Option<Grouping>,
) -> Result<HttpResponse, PageError> {
    let now = Moment::new(Instant::now(), Timestamp::now());
    let snapshots = seen.snapshots();
    let routers = seen.routers();
    let mut attention: Vec<Trouble> = snapshots.iter().flat_map(|snapshot| troubles(snapshot, now)).collect();
    attention.sort_by_key(|trouble| trouble.rank);
    let more = attention.len().saturating_sub(TROUBLES);
    attention.truncate(TROUBLES);
    // Displays of this page may not open those of groups.
    let grouping = grouping.filter(|_| visitor.pages.is_none());
    let cards = grouping.map(|grouping| grouping.cards("", None)).unwrap_or_default();
    let events = seen.events();
    let told = bursts::put_together(events.iter().rev(), |event| (event.at, &event.router, &event.change));
    let view = View {
        frame: Frame::new(&seen, &visitor, "overview"),
        totals: totals(&Totals::of(&snapshots)),
        guests: held(Held::guests(&snapshots)),
        leases: held(Held::leases(&snapshots)),
        attention,
        more,
        routers: routers.iter().map(|view| router(view, now)).collect(),
        down: busiest_down(&snapshots, BUSIEST, now.wall).iter().map(top).collect(),
        up: busiest_up(&snapshots, BUSIEST, now.wall).iter().map(top).collect(),
        events: told.into_iter().take(EVENTS).map(|happening| event(happening, now)).collect(),
        groups: cards.iter().take(GROUPS).map(CardView::from).collect(),
        more_groups: cards.len().saturating_sub(GROUPS),
    };
    templates.page(StatusCode::OK, "overview.html", &view)
}

fn totals(totals: &Totals) -> TotalsView {
    let counts = totals.counts;
    TotalsView {
        total: format::count(counts.total),
        online: format::count(counts.online),
        offline: format::count(counts.offline),
        unknown: format::count(counts.unknown),
        disabled: format::count(counts.disabled),
        down: format::rate(totals.download),
        up: format::rate(totals.upload),
        routers: totals.routers,
        live: totals.live,
        has_unknown: 0 < counts.unknown,
    }
}

fn held(held: Held) -> Option<HeldView> {
    match held {
        Held::Nowhere => None,
        Held::Unknown => Some(HeldView { now: format::NOTHING.to_owned(), all: None, without: 0 }),
        Held::Known { now, all, without } => {
            Some(HeldView { now: format::count(now), all: Some(format::count(all)), without })
        }
    }
}

/// What is wrong with a router: its link, or else what it says of itself.
fn troubles(snapshot: &Snapshot, now: Moment) -> Vec<Trouble> {
    let concern = |concern: Concern| Trouble {
        router: snapshot.router.to_string(),
        status: "warn",
        words: TroubleWords::default(),
        since: None,
        retry_in_s: None,
        rank: 3 + concern.rank,
        concern: Some(ConcernView {
            word: concern.word,
            value: concern.value,
            of: brief(&concern.of).into_owned(),
        }),
    };
    let mut all: Vec<Trouble> = attention::concerns(snapshot).into_iter().map(concern).collect();
    all.extend(trouble(snapshot, now));
    all
}

fn trouble(snapshot: &Snapshot, now: Moment) -> Option<Trouble> {
    let trouble = snapshot.link.trouble()?;
    let retry = trouble.retry_at.map(|at| at.instant.saturating_duration_since(now.instant).as_secs());
    Some(Trouble {
        router: snapshot.router.to_string(),
        status: snapshot.link.word(),
        words: trouble.into(),
        concern: None,
        since: Some(format::ago(trouble.since.wall, now.wall)),
        retry_in_s: retry,
        rank: match snapshot.link {
            Link::Refused(_) => 0,
            Link::Blocked(_) => 1,
            _ => 2,
        },
    })
}

fn router(view: &RouterView, now: Moment) -> Router {
    let snapshot = view.snapshot.borrow().clone();
    let resource = snapshot.system.resource.as_ref();
    let board = snapshot.system.routerboard.as_ref().filter(|board| !board.model.is_empty());
    let identity = snapshot.system.identity.as_ref().map(|identity| identity.name.as_str());
    let protection = snapshot.link.protection_word();
    let read_at = snapshot.read_at();
    Router {
        name: view.name.to_string(),
        label: brief(view.label.as_deref().or(identity).unwrap_or_default()).into_owned(),
        status: snapshot.link.word(),
        protection,
        is_clear: protection == Some("clear"),
        model: board
            .map(|board| brief(&board.model))
            .or(resource.map(|resource| brief(&resource.board_name)))
            .unwrap_or_default()
            .into_owned(),
        version: resource.map(|resource| brief(&resource.version).into_owned()).unwrap_or_default(),
        cpu: resource.and_then(|resource| resource.cpu_load),
        memory: resource.and_then(memory_percent),
        sessions: read_at.map_or_else(|| format::NOTHING.to_owned(), |_| format::count(snapshot.sessions)),
        down: format::rate(snapshot.download),
        up: format::rate(snapshot.upload),
        answer: snapshot
            .answers
            .mean()
            .map_or_else(|| format::NOTHING.to_owned(), |mean| format!("{} ms", mean.as_millis())),
        age: read_at.map(|at| format::ago(at.wall, now.wall)),
    }
}

fn top(ranked: &Ranked) -> Top {
    let found = &ranked.found;
    Top {
        name: brief(&found.subscriber.name).into_owned(),
        router: found.snapshot.router.to_string(),
        rate: format::rate(Some(ranked.rate)),
        link: parameters::subscriber(found.snapshot.router.as_str(), &found.subscriber.name),
    }
}

fn event(happening: Happening<&Arc<RecentEvent>>, now: Moment) -> Event {
    let (recent, burst) = match happening {
        Happening::One(recent) => (recent, None),
        Happening::Burst { newest, count, seconds } => (newest, Some((count, seconds))),
    };
    let router = recent.router.as_str();
    let at = format::ago(recent.at, now.wall);
    let plain = |kind, word, what: String, trouble| Event {
        at,
        router: router.to_owned(),
        kind,
        word,
        name: String::new(),
        link: String::new(),
        what,
        trouble,
        burst,
    };
    match &recent.change {
        Change::Presence(change) if burst.is_none() => Event {
            name: brief(&change.name).into_owned(),
            link: parameters::subscriber(router, &change.name),
            ..plain("presence", change.state.word(), brief(change.why()).into_owned(), None)
        },
        Change::Presence(change) => plain("presence", change.state.word(), String::new(), None),
        Change::Link { word, trouble, what } => {
            plain("link", word, String::new(), TroubleWords::told(trouble, what))
        }
        Change::Rebooted => plain("rebooted", "rebooted", String::new(), None),
    }
}
