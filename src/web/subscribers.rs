//! The subscribers: a long list, of which the server sends what can be seen.

use super::errors::PageError;
use super::format::{self, Ago};
use super::frame::Frame;
use super::parameters::Parameters;
use super::templates::Templates;
use crate::access::Visitor;
use crate::domain::find::{Chip, Find, Found, Key, Page, Problem, Sort};
use crate::domain::snapshot::Counts;
use crate::domain::subscriber::{Session, State as Presence};
use crate::domain::time::Moment;
use crate::domain::visible::{brief, visible};
use crate::http::Seen;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use std::time::Instant;

const PATH: &str = "/subscribers";
/// Rows on a page that is read without JavaScript; with it they are only the first that are shown.
const ROWS: usize = 50;

#[derive(Serialize)]
struct View {
    frame: Frame,
    q: String,
    state: String,
    router: String,
    sort: String,
    is_filtered: bool,
    chips: Vec<ChipView>,
    columns: Vec<Column>,
    routers: Vec<String>,
    rows: Vec<Row>,
    problem: Option<ProblemView>,
    total: usize,
    shown_total: String,
    offset: usize,
    from: usize,
    to: usize,
    previous: Option<String>,
    next: Option<String>,
    clear: String,
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
    profile: String,
    caller_id: String,
    comment: String,
    service: String,
    sessions: usize,
}

/// `GET /subscribers`.
pub(super) async fn page(
    seen: Seen,
    visitor: web::ReqData<Visitor>,
    templates: web::Data<Templates>,
    parameters: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, PageError> {
    let now = Moment::new(Instant::now(), Timestamp::now());
    let asked = Find::parse(parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let kept = Parameters::new(&parameters);
    let (status, view) = match asked {
        Ok(find) => {
            let find = Find { limit: ROWS, ..find };
            let page = find.run(&seen.snapshots(), now.wall);
            (StatusCode::OK, view(&seen, &visitor, &kept, &find, &page, None, now))
        }
        Err(problem) => {
            let view = view(&seen, &visitor, &kept, &Find::default(), &Page::default(), Some(&problem), now);
            (StatusCode::BAD_REQUEST, view)
        }
    };
    templates.page(status, "subscribers.html", &view)
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
    let window = |offset: usize| kept.link(PATH, &[("offset", &offset.to_string())]);
    View {
        frame: Frame::new(seen, visitor, "subscribers"),
        q: kept.get("q").to_owned(),
        state: kept.get("state").to_owned(),
        router: kept.get("router").to_owned(),
        sort: find.sort.to_string(),
        is_filtered: ["q", "state", "router"].iter().any(|name| !kept.get(name).is_empty()),
        chips: chips(kept, page.counts, find.chip),
        columns: Key::ALL.into_iter().map(|key| column(kept, key, find.sort)).collect(),
        routers: seen.routers().iter().map(|router| router.name.to_string()).collect(),
        rows: page.rows.iter().map(|found| row(found, now)).collect(),
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
    let next = Sort { key, descending: if is_sorted { !sort.descending } else { key.falls_first() } };
    Column {
        word: key.word(),
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
    let is_online = subscriber.state == Presence::Online;
    let text = |of: fn(&Session) -> &str| {
        session.map(of).map_or_else(String::new, |text| visible(text).into_owned())
    };
    let seconds = |since: Timestamp| u64::try_from(now.wall.duration_since(since).as_secs()).unwrap_or(0);
    let last_caller_id = subscriber.account.as_ref().map_or("", |account| account.last_caller_id.as_str());
    Row {
        key: format!("{}:{}", snapshot.router, subscriber.id.0),
        name: brief(&subscriber.name).into_owned(),
        state: subscriber.state.word(),
        is_disabled: subscriber.is_disabled(),
        down: format::rate(snapshot.download_of(subscriber).filter(|_| is_online)),
        up: format::rate(snapshot.upload_of(subscriber).filter(|_| is_online)),
        address: text(|session| &session.address),
        router: snapshot.router.to_string(),
        uptime: session.map(|session| format::uptime(seconds(session.since))),
        since: session.map(|session| format::ago(session.since, now.wall)),
        last_seen: subscriber.last_seen.map(|seen| format::ago(seen, now.wall)),
        profile: brief(subscriber.profile()).into_owned(),
        caller_id: session.map_or_else(
            || visible(last_caller_id).into_owned(),
            |session| visible(&session.caller_id).into_owned(),
        ),
        comment: brief(subscriber.comment()).into_owned(),
        service: text(|session| &session.service),
        sessions: subscriber.sessions.len(),
    }
}
