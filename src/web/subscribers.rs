//! The subscribers: a long list, of which the server sends what can be seen.

use super::acts;
use super::errors::PageError;
use super::format::{self, Ago, VendorView};
use super::frame::Frame;
use super::offer::Offer;
use super::parameters::{self, Parameters};
use super::templates::Templates;
use super::trouble::Notes;
use crate::access::Visitor;
use crate::domain::find::{Chip, Find, Found, Key, Page, Problem, Sort};
use crate::domain::snapshot::{Counts, Snapshot};
use crate::domain::subscriber::{Session, State as Presence};
use crate::domain::time::Moment;
use crate::domain::visible::{brief, visible};
use crate::http::{Jobs, Seen};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use std::time::Instant;

const PATH: &str = "/subscribers";
/// The columns that are shown unless others are chosen.
const USUAL: [Key; 10] = [
    Key::Name,
    Key::State,
    Key::Down,
    Key::Up,
    Key::Address,
    Key::Router,
    Key::Uptime,
    Key::Group,
    Key::CallerId,
    Key::Comment,
];
/// Rows on a page that is read without JavaScript; with it they are only the first that are shown.
const ROWS: usize = 50;

#[derive(Serialize)]
struct View {
    frame: Frame,
    path: &'static str,
    q: String,
    state: String,
    router: String,
    sort: String,
    is_filtered: bool,
    /// The search and the router that are chosen, and the first part of the keys of states: what nothing matched.
    wanted: [String; 2],
    state_key: &'static str,
    chips: Vec<ChipView>,
    columns: Vec<Column>,
    /// Which columns are chosen, as the address says it; empty for the usual ones.
    chosen: String,
    routers: Vec<String>,
    rows: Vec<Row>,
    notes: Notes,
    problem: Option<ProblemView>,
    total: usize,
    shown_total: String,
    offset: usize,
    from: usize,
    to: usize,
    previous: Option<String>,
    next: Option<String>,
    clear: String,
    offer: Offer,
    /// Where something is ordered for all who are shown.
    order: Option<String>,
}

#[derive(Serialize)]
struct ChipView {
    word: &'static str,
    count: String,
    link: String,
    is_chosen: bool,
}

#[derive(Serialize)]
struct Column {
    word: &'static str,
    /// Cells of this list have classes of their own.
    kind: Option<&'static str>,
    falls: bool,
    is_shown: bool,
    is_usual: bool,
    link: String,
    /// `ascending`, `descending` or `none`, as `aria-sort` wants it.
    order: &'static str,
}

#[derive(Serialize)]
struct ProblemView {
    word: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Row {
    key: String,
    link: String,
    name: String,
    state: &'static str,
    is_disabled: bool,
    down: String,
    up: String,
    address: String,
    router: String,
    uptime: Option<String>,
    since: Option<Ago>,
    last_seen: Option<Ago>,
    downtime: String,
    reason: String,
    group: String,
    profile: String,
    rate_limit: String,
    caller_id: String,
    vendor: Option<VendorView>,
    comment: String,
    service: String,
    interface: String,
    vlan: String,
    ipv6_prefix: String,
    sessions: usize,
}

/// `GET /subscribers`.
pub(super) async fn page(
    seen: Seen,
    jobs: Jobs,
    visitor: web::ReqData<Visitor>,
    templates: web::Data<Templates>,
    parameters: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    let now = Moment::new(Instant::now(), Timestamp::now());
    let asked = Find::parse(parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let kept = Parameters::new(&parameters);
    let order = acts::those(&jobs, &kept);
    let (status, view) = match asked {
        Ok(find) => {
            let find = Find { limit: ROWS, groups: seen.grouped(), ..find };
            let page = find.run(&seen.snapshots(), now.wall);
            (StatusCode::OK, view(&seen, &visitor, &kept, &find, &page, None, now))
        }
        Err(problem) => {
            let view = view(&seen, &visitor, &kept, &Find::default(), &Page::default(), Some(&problem), now);
            (StatusCode::BAD_REQUEST, view)
        }
    };
    templates.page(status, "subscribers.html", &View { order, ..view })
}

fn view(
    seen: &Seen,
    visitor: &Visitor,
    kept: &Parameters,
    find: &Find,
    page: &Page,
    problem: Option<&Problem>,
    now: Moment,
) -> View {
    let (offset, to) = (find.offset, find.offset + page.rows.len());
    let mut snapshots = seen.snapshots();
    let all = snapshots.iter().map(|snapshot| snapshot.subscribers.len()).sum();
    snapshots.retain(|snapshot| find.router.as_ref().is_none_or(|router| *router == snapshot.router));
    let window = |offset: usize| kept.link(PATH, &[("offset", &offset.to_string())]);
    View {
        frame: Frame::new(seen, visitor, "subscribers"),
        path: PATH,
        q: kept.get("q").to_owned(),
        state: kept.get("state").to_owned(),
        router: kept.get("router").to_owned(),
        sort: find.sort.to_string(),
        wanted: ["q", "router"].map(|name| kept.shown(name)),
        state_key: "js.state.",
        is_filtered: ["q", "state", "router"].iter().any(|name| !kept.get(name).is_empty()),
        chips: chips(kept, page.counts, find.chip),
        columns: Key::ALL.into_iter().map(|key| column(kept, key, find.sort)).collect(),
        chosen: kept.get("columns").to_owned(),
        routers: seen.routers().iter().map(|router| router.name.to_string()).collect(),
        rows: page.rows.iter().map(|found| row(found, now)).collect(),
        notes: Notes::new::<Snapshot>(&snapshots, page.counts.total == 0, now),
        problem: problem
            .map(|problem| ProblemView { word: problem.word(), value: brief(problem.value()).into_owned() }),
        total: page.total,
        shown_total: format::count(page.total),
        offset,
        from: if page.rows.is_empty() { 0 } else { offset + 1 },
        to,
        previous: (0 < offset).then(|| window(offset.saturating_sub(ROWS))),
        next: (to < page.total).then(|| window(to)),
        clear: kept.link(PATH, &[("q", ""), ("state", ""), ("router", "")]),
        offer: Offer::new("subscribers", &kept.all(), page.total, all),
        order: None,
    }
}

fn chips(kept: &Parameters, counts: Counts, chosen: Option<Chip>) -> Vec<ChipView> {
    let chip = |word: &'static str, count: usize, state: &str, is_chosen: bool| ChipView {
        word,
        count: format::count(count),
        link: kept.link(PATH, &[("state", state)]),
        is_chosen,
    };
    let mut chips = vec![chip("all", counts.total, "", chosen.is_none())];
    for state in Chip::ALL {
        let count = match state {
            Chip::Online => counts.online,
            Chip::Offline => counts.offline,
            Chip::Unknown => counts.unknown,
            Chip::Disabled => counts.disabled,
        };
        chips.push(chip(state.word(), count, state.word(), chosen == Some(state)));
    }
    chips
}

fn column(kept: &Parameters, key: Key, sort: Sort) -> Column {
    let is_sorted = sort.key == key;
    let chosen = kept.get("columns");
    let is_usual = USUAL.contains(&key);
    let next = Sort { key, descending: if is_sorted { !sort.descending } else { key.falls_first() } };
    Column {
        word: key.word(),
        kind: None,
        falls: key.falls_first(),
        // The name says who it is about.
        is_shown: key == Key::Name
            || if chosen.is_empty() { is_usual } else { chosen.split(',').any(|word| word == key.word()) },
        is_usual,
        link: kept.link(PATH, &[("sort", &next.to_string())]),
        order: match (is_sorted, sort.descending) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        },
    }
}

fn row(found: &Found, now: Moment) -> Row {
    let (snapshot, subscriber) = (&found.snapshot, &found.subscriber);
    let session = subscriber.session();
    let line = session.and_then(|session| snapshot.line_of(session));
    let is_online = subscriber.state == Presence::Online;
    let text = |of: fn(&Session) -> &str| {
        session.map(of).map_or_else(String::new, |text| visible(text).into_owned())
    };
    let lasts = |since: Timestamp, until: Timestamp| {
        u64::try_from(until.duration_since(since).as_secs()).unwrap_or(0)
    };
    Row {
        key: format!("{}:{}", snapshot.router, subscriber.id.0),
        link: parameters::subscriber(snapshot.router.as_str(), &subscriber.name),
        name: brief(&subscriber.name).into_owned(),
        state: subscriber.state.word(),
        is_disabled: subscriber.is_disabled(),
        down: format::rate(snapshot.download_of(subscriber).filter(|_| is_online)),
        up: format::rate(snapshot.upload_of(subscriber).filter(|_| is_online)),
        address: visible(subscriber.address()).into_owned(),
        router: snapshot.router.to_string(),
        uptime: session.map(|session| format::uptime(lasts(session.since, snapshot.known_until(now.wall)))),
        since: session.map(|session| format::ago(session.since, now.wall)),
        last_seen: subscriber.seen_last().map(|seen| format::ago(seen, now.wall)),
        downtime: subscriber
            .down_since()
            .map_or_else(|| format::NOTHING.to_owned(), |since| format::uptime(lasts(since, now.wall))),
        reason: brief(subscriber.last_disconnect_reason()).into_owned(),
        group: found.group.as_ref().map_or_else(String::new, |group| brief(&group.outline.name).into_owned()),
        profile: brief(subscriber.profile()).into_owned(),
        rate_limit: brief(snapshot.rate_limit_of(subscriber)).into_owned(),
        caller_id: visible(subscriber.caller_id()).into_owned(),
        vendor: VendorView::of(subscriber.caller_id()),
        comment: brief(subscriber.comment()).into_owned(),
        service: text(|session| &session.service),
        interface: text(|session| session.interface.as_deref().unwrap_or_default()),
        vlan: line.map_or_else(String::new, |line| brief(&line.vlan).into_owned()),
        ipv6_prefix: line.map_or_else(String::new, |line| brief(&line.ipv6_prefix).into_owned()),
        sessions: subscriber.sessions.len(),
    }
}
