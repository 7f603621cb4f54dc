//! The logs: our own, the routers', and what happened, the newest first. Scripts follow them: `static/js/logs.js`.

use super::desk::Desk;
use super::errors::PageError;
use super::forms::{Fields, Sent, go};
use super::frame::Frame;
use super::offer::Offer;
use super::parameters::encode;
use super::templates::Templates;
use crate::access::{Kind, Role, Visitor};
use crate::domain::events::Change;
use crate::domain::log_entry::LogEntry;
use crate::domain::visible::{brief, visible};
use crate::http::{LogQuery, Numbered, Problem, Seen};
use crate::state::{RecentEvent, RouterLine};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ReqData};
use jiff::Timestamp;
use serde::Serialize;

/// Rows on one page.
const ROWS: usize = 100;
/// What is chosen of a log, in the order of addresses.
const CHOOSING: [&str; 4] = ["q", "level", "router", "topic"];
const LEVELS: [&str; 4] = ["error", "warn", "info", "debug"];

/// Which log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Program,
    Routers,
    Events,
}

impl Tab {
    const ALL: [Self; 3] = [Self::Program, Self::Routers, Self::Events];

    fn word(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Routers => "routers",
            Self::Events => "events",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Program => "/logs",
            Self::Routers => "/logs/routers",
            Self::Events => "/logs/events",
        }
    }

    /// Its name as a list of the API, and what tells it from others there.
    fn list(self) -> (&'static str, &'static [(&'static str, &'static str)]) {
        match self {
            Self::Program => ("logs", &[("source", "program")]),
            Self::Routers => ("logs", &[("source", "routers")]),
            Self::Events => ("events", &[]),
        }
    }
}

#[derive(Serialize)]
struct View {
    frame: Frame,
    tab: &'static str,
    path: &'static str,
    list: &'static str,
    tabs: Vec<TabView>,
    q: String,
    level: String,
    router: String,
    topic: String,
    levels: [&'static str; 4],
    routers: Vec<String>,
    topics: Vec<String>,
    rows: Vec<Row>,
    /// What scripts make new lines of.
    blank: Row,
    /// The highest number there is, whatever is searched for: what comes later is newer.
    newest: Option<u64>,
    problem: Option<Wrong>,
    is_filtered: bool,
    /// Debug entries for a while, where our own log is shown.
    debug: Option<DebugView>,
    /// Whether whoever looks may see the log at all.
    is_seen: bool,
    total: usize,
    from: usize,
    to: usize,
    newer: Option<String>,
    older: Option<String>,
    offer: Offer,
}

/// What the address asks for that there is not: a key of the words, and what fills it.
#[derive(Serialize)]
struct Wrong {
    key: &'static str,
    value: String,
}

impl Wrong {
    fn new(key: &'static str, value: &str) -> Self {
        Self { key, value: brief(value).into_owned() }
    }
}

#[derive(Serialize)]
struct DebugView {
    /// Until when they are logged.
    until: Option<String>,
    /// The token of the form that switches them, for whoever may.
    csrf: Option<String>,
}

impl DebugView {
    /// Nothing, if they are logged anyway.
    fn of(seen: &Seen, visitor: &Visitor) -> Option<Self> {
        let debug = seen.debug_log().filter(|debug| !debug.is_usual)?;
        let until = *debug.until.borrow();
        let is_admin = visitor.kind == Kind::User && visitor.role == Role::Admin;
        let csrf = visitor.csrf.clone().filter(|_| is_admin && visitor.may_write);
        Some(Self { until: until.map(|until| until.strftime("%H:%M UTC").to_string()), csrf })
    }
}

/// `POST /logs/debug`: logs debug entries for a while, or no more.
pub(super) async fn debug(desk: Desk, sent: Sent) -> Result<HttpResponse, PageError> {
    let is_loud = Fields::of(sent).text("on") == "true";
    let debug = desk.seen.debug_log().ok_or(Problem::OutOfScope)?;
    let (actor, how) = (desk.actor(), if is_loud { "on" } else { "off" });
    // First: it must not be done without a trace.
    let noted = desk.wait(move |people| people.audit(&actor, "log.debug", how, "done", Timestamp::now()));
    noted.await?.map_err(Problem::from)?;
    let mut until = debug.until.clone();
    debug.order.send(is_loud).await.map_err(|_| Problem::Internal)?;
    // The page that follows says how it is.
    until.wait_for(|until| until.is_some() == is_loud).await.map_err(|_| Problem::Internal)?;
    Ok(go("/logs"))
}

#[derive(Serialize)]
struct TabView {
    word: &'static str,
    path: &'static str,
    is_current: bool,
}

/// One line. What it has not is empty.
#[derive(Serialize)]
struct Row {
    number: u64,
    at: String,
    time: String,
    /// The word of a level or of a state, whose shape is shown.
    state: &'static str,
    router: String,
    source: String,
    /// The subscriber of an event.
    name: String,
    message: String,
    fields: Vec<(String, String)>,
}

impl Row {
    fn new(number: u64, at: Timestamp, state: &'static str) -> Self {
        Self {
            number,
            at: format!("{at:.3}"),
            time: at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            state,
            router: String::new(),
            source: String::new(),
            name: String::new(),
            message: String::new(),
            fields: Vec::new(),
        }
    }

    fn own((number, entry): &Numbered<LogEntry>) -> Self {
        let shown = |text: &str| visible(text).into_owned();
        Self {
            source: shown(&entry.target),
            message: shown(&entry.message),
            fields: entry.fields.iter().map(|(name, value)| (shown(name), shown(value))).collect(),
            ..Self::new(*number, entry.at, level(entry.level))
        }
    }

    fn line((number, line): &Numbered<RouterLine>) -> Self {
        Self {
            router: line.router.to_string(),
            source: visible(&line.line.topics).into_owned(),
            message: visible(&line.line.message).into_owned(),
            ..Self::new(*number, line.at, level(line.line.level()))
        }
    }

    fn event((number, event): &Numbered<RecentEvent>) -> Self {
        let (state, name, what) = match &event.change {
            Change::Presence(change) => (change.state.word(), change.name.as_str(), change.why()),
            Change::Link { word, what, .. } => (*word, "", what.as_str()),
            Change::Rebooted => ("rebooted", "", ""),
        };
        Self {
            router: event.router.to_string(),
            name: brief(name).into_owned(),
            message: visible(what).into_owned(),
            ..Self::new(*number, event.at, state)
        }
    }
}

/// A level as words name it.
fn level(level: &str) -> &'static str {
    match level {
        "ERROR" => "error",
        "WARN" => "warn",
        "DEBUG" => "debug",
        "TRACE" => "trace",
        _ => "info",
    }
}

type Query = web::Query<Vec<(String, String)>>;

macro_rules! pages {
    ($($(#[$doc:meta])* $name:ident = $tab:expr;)+) => {$(
        $(#[$doc])*
        pub(super) async fn $name(
            seen: Seen,
            visitor: ReqData<Visitor>,
            templates: Data<Templates>,
            parameters: Query,
        ) -> Result<HttpResponse, PageError> {
            page($tab, &seen, &visitor, &templates, &parameters)
        }
    )+};
}

pages! {
    /// `GET /logs`.
    program = Tab::Program;
    /// `GET /logs/routers`.
    routers = Tab::Routers;
    /// `GET /logs/events`.
    events = Tab::Events;
}

/// What was found, and what there is in all.
struct Found {
    rows: Vec<Row>,
    shown: usize,
    all: usize,
    newest: Option<u64>,
    topics: Vec<String>,
}

fn page(
    tab: Tab,
    seen: &Seen,
    visitor: &Visitor,
    templates: &Templates,
    parameters: &Query,
) -> Result<HttpResponse, PageError> {
    let value = |name: &str| {
        let found = parameters.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    };
    let offset = value("offset").unwrap_or("0");
    let query = LogQuery {
        q: value("q"),
        router: value("router"),
        level: value("level").filter(|_| tab != Tab::Events),
        topic: value("topic").filter(|_| tab == Tab::Routers),
        after: None,
    };
    let nothing = || Found { rows: Vec::new(), shown: 0, all: 0, newest: None, topics: Vec::new() };
    let (offset, found, problem) = match offset.parse() {
        Err(_) => (0, nothing(), Some(Wrong::new("js.problem.no_number", offset))),
        Ok(offset) => match find(tab, &query, seen, offset) {
            Ok(found) => (offset, found, None),
            Err(Problem::NoSuchRouter(name)) => {
                (0, nothing(), Some(Wrong::new("problem.no_such_router", &name)))
            }
            // Of what is asked here nothing else can be misunderstood.
            Err(Problem::Parameter(_)) => {
                (0, nothing(), Some(Wrong::new("logs.no_level", query.level.unwrap_or_default())))
            }
            Err(problem) => return Err(problem.into()),
        },
    };
    let status = if problem.is_none() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let chosen: Vec<(&str, &str)> =
        CHOOSING.into_iter().filter_map(|name| Some((name, value(name)?))).collect();
    let at = |offset: usize| link(tab.path(), &chosen, offset);
    let (list, always) = tab.list();
    let to = offset + found.rows.len();
    let text = |name| value(name).unwrap_or_default().to_owned();
    let view = View {
        frame: Frame::new(seen, visitor, "logs"),
        tab: tab.word(),
        path: tab.path(),
        list,
        tabs: Tab::ALL
            .map(|one| TabView { word: one.word(), path: one.path(), is_current: one == tab })
            .into(),
        q: text("q"),
        level: text("level"),
        router: text("router"),
        topic: text("topic"),
        levels: LEVELS,
        routers: seen.routers().iter().map(|router| router.name.to_string()).collect(),
        topics: found.topics,
        newest: found.newest,
        problem,
        is_filtered: !chosen.is_empty(),
        debug: DebugView::of(seen, visitor).filter(|_| tab == Tab::Program),
        is_seen: tab != Tab::Program || seen.is_all(),
        total: found.shown,
        from: if found.rows.is_empty() { 0 } else { offset + 1 },
        to,
        newer: (0 < offset).then(|| at(offset.saturating_sub(ROWS))),
        older: (to < found.shown).then(|| at(to)),
        offer: Offer::with(list, always, &chosen, found.shown, found.all),
        rows: found.rows,
        blank: Row::new(0, Timestamp::UNIX_EPOCH, "none"),
    };
    templates.page(status, "logs.html", &view)
}

fn find(tab: Tab, query: &LogQuery<'_>, seen: &Seen, offset: usize) -> Result<Found, Problem> {
    fn cut<T>(
        found: &[Numbered<T>],
        all: &[Numbered<T>],
        offset: usize,
        row: fn(&Numbered<T>) -> Row,
    ) -> Found {
        let rows = found.iter().skip(offset).take(ROWS).map(row).collect();
        let newest = all.iter().map(|(number, _)| *number).max();
        Found { rows, shown: found.len(), all: all.len(), newest, topics: Vec::new() }
    }
    Ok(match tab {
        Tab::Program => cut(&query.own(seen)?, &seen.entries(), offset, Row::own),
        Tab::Routers => {
            let lines = seen.router_lines();
            let topics = lines.iter().flat_map(|(_, line)| line.line.topics.split(','));
            let mut topics: Vec<_> = topics.map(|topic| visible(topic).into_owned()).collect();
            topics.sort_unstable();
            topics.dedup();
            Found { topics, ..cut(&query.lines(seen)?, &lines, offset, Row::line) }
        }
        Tab::Events => cut(&query.events(seen)?, &seen.numbered_events(), offset, Row::event),
    })
}

fn link(path: &str, chosen: &[(&str, &str)], offset: usize) -> String {
    let offset = offset.to_string();
    let last = [("offset", offset.as_str())];
    let mut link = path.to_owned();
    let mut sign = '?';
    for (name, value) in chosen.iter().chain(last.iter().filter(|(_, offset)| *offset != "0")) {
        link.push(sign);
        link.push_str(name);
        link.push('=');
        encode(&mut link, value);
        sign = '&';
    }
    link
}
