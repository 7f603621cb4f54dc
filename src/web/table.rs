//! Pages that are one table of the routers: what Interfaces, Hotspot, DHCP, Queues and Routers have in common.

use super::acts::{self, Acted};
use super::errors::PageError;
use super::format;
use super::frame::Frame;
use super::offer::Offer;
use super::parameters::Parameters;
use super::templates::Templates;
use super::trouble::Notes;
use crate::access::Visitor;
use crate::domain::snapshot::Snapshot;
use crate::domain::tables::{Ask, Column, Entry, Kind, Order, Tabular, Value};
use crate::domain::time::Moment;
use crate::domain::visible::brief;
use crate::http::{Jobs, Problem};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ReqData};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use std::time::Instant;

mod cell;

pub(super) use cell::Cell;

/// Rows on a page that is read without JavaScript; with it they are only the first that are shown.
pub(super) const ROWS: usize = 50;

/// One such page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sheet {
    /// Which page of the rail it belongs to.
    pub(super) page: &'static str,
    pub(super) path: &'static str,
    /// Where its rows come from, and their name there.
    pub(super) api: &'static str,
    pub(super) list: &'static str,
    /// Their name among the files.
    pub(super) file: &'static str,
    /// The pages that stand beside it as tabs: a word and a path.
    pub(super) tabs: &'static [(&'static str, &'static str)],
    /// The choice that is made unless another one is.
    pub(super) usual: &'static str,
}

#[derive(Serialize)]
struct View {
    frame: Frame,
    page: &'static str,
    path: &'static str,
    api: &'static str,
    list: &'static str,
    usual: &'static str,
    tabs: Vec<Tab>,
    q: String,
    state: String,
    router: String,
    sort: String,
    is_filtered: bool,
    /// The search and the router that are chosen, and the first part of the keys of states: what nothing matched.
    wanted: [String; 2],
    state_key: &'static str,
    chips: Vec<ChipView>,
    columns: Vec<ColumnView>,
    blank: Vec<Cell>,
    routers: Vec<String>,
    rows: Vec<Row>,
    /// The routers at whose rows the visitor may have something done, with spaces between.
    acting: String,
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
}

#[derive(Serialize)]
struct Tab {
    word: &'static str,
    path: &'static str,
    is_current: bool,
}

#[derive(Serialize)]
struct ChipView {
    word: &'static str,
    count: String,
    link: String,
    is_chosen: bool,
}

#[derive(Serialize)]
struct ColumnView {
    word: &'static str,
    kind: &'static str,
    is_brief: bool,
    falls: bool,
    link: String,
    /// `ascending`, `descending` or `none`, as `aria-sort` wants it.
    order: &'static str,
}

#[derive(Serialize)]
struct Row {
    key: String,
    is_stale: bool,
    /// Where what can be done at it is ordered.
    act: Option<String>,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct ProblemView {
    word: &'static str,
    value: String,
}

/// What a page's handler is given.
pub(super) type Query = web::Query<Vec<(String, String)>>;

/// Answers with the first rows, and with all that scripts need for the others.
pub(super) fn page<R: Acted>(
    sheet: Sheet,
    jobs: &Jobs,
    visitor: &ReqData<Visitor>,
    templates: &Data<Templates>,
    parameters: &Query,
) -> Result<HttpResponse, PageError> {
    let (seen, kept) = (&jobs.seen, Parameters::new(parameters));
    let router = kept.get("router");
    // A router that may not be seen is not there.
    let snapshots = match seen.snapshots_of(Some(router).filter(|router| !router.is_empty())) {
        Ok(snapshots) => snapshots,
        Err(Problem::NoSuchRouter(_)) => Vec::new(),
        Err(problem) => return Err(problem.into()),
    };
    let (ask, problem) = match ask::<R>(sheet, parameters, &kept) {
        Ok(ask) => (ask, None),
        Err(problem) => (Ask::default(), Some(problem)),
    };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let frame = Frame::new(seen, visitor, sheet.page);
    let view = view::<R>(sheet, frame, jobs, &kept, &snapshots, &ask, problem);
    templates.page(status, "table.html", &view)
}

/// The question that the address asks.
fn ask<R: Tabular>(sheet: Sheet, all: &Query, kept: &Parameters) -> Result<Ask, ProblemView> {
    let problem = |word, value: &str| ProblemView { word, value: brief(value).into_owned() };
    let sort = kept.get("sort");
    let order = Order::parse::<R>(sort);
    if !sort.is_empty() && order.is_none() {
        return Err(problem("no_column", sort));
    }
    let state = if kept.get("state").is_empty() { sheet.usual } else { kept.get("state") };
    let chip = R::CHIPS.iter().position(|chip| chip.word == state);
    if !state.is_empty() && state != "all" && chip.is_none() {
        return Err(problem("no_state", state));
    }
    let offset = all.iter().find(|(name, _)| name == "offset").map_or("0", |(_, value)| value.as_str());
    let offset = offset.parse().map_err(|_| problem("no_number", offset))?;
    Ok(Ask { q: kept.get("q").to_owned(), chip, order, offset, limit: ROWS, ..Ask::default() })
}

fn view<R: Acted>(
    sheet: Sheet,
    frame: Frame,
    jobs: &Jobs,
    kept: &Parameters,
    snapshots: &[Arc<Snapshot>],
    ask: &Ask,
    problem: Option<ProblemView>,
) -> View {
    let needle = ask.q.to_lowercase();
    let seen = &jobs.seen;
    let acting = acts::routers::<R>(jobs);
    let views = seen.routers();
    let label = |entry: &Entry<'_, R>| {
        let view = views.iter().find(|view| view.name == entry.snapshot.router);
        view.is_some_and(|view| {
            let address = R::ARE_ROUTERS.then_some(&view.address);
            let mut texts = view.label.iter().chain(address);
            texts.any(|text| text.to_lowercase().contains(&needle))
        })
    };
    let found = ask.run::<R>(snapshots, label);
    let (offset, to) = (ask.offset, ask.offset + found.rows.len());
    let window = |offset: usize| kept.link(sheet.path, &[("offset", &offset.to_string())]);
    let now = Moment::new(Instant::now(), Timestamp::now());
    let chip = |word: &'static str, count: usize| {
        let is_chosen = kept.get("state") == word || kept.get("state").is_empty() && sheet.usual == word;
        let state = if word == sheet.usual { "" } else { word };
        ChipView {
            word,
            count: format::count(count),
            link: kept.link(sheet.path, &[("state", state)]),
            is_chosen,
        }
    };
    let all = sheet.usual.is_empty().then(|| ChipView {
        is_chosen: kept.get("state").is_empty(),
        link: kept.link(sheet.path, &[("state", "")]),
        ..chip("all", found.found)
    });
    let usual = if kept.get("state").is_empty() { sheet.usual } else { "" };
    let chosen = [kept.all().as_slice(), &[("state", usual)]].concat();
    let rows: usize = seen.snapshots().iter().map(|snapshot| R::rows(snapshot).len()).sum();
    let offer = Offer::new(sheet.file, &chosen, found.total, rows);
    let chips = R::CHIPS.iter().zip(&found.counts).map(|(known, count)| chip(known.word, *count));
    View {
        page: sheet.page,
        path: sheet.path,
        api: sheet.api,
        list: sheet.list,
        usual: sheet.usual,
        tabs: sheet
            .tabs
            .iter()
            .map(|&(word, path)| Tab { word, path, is_current: path == sheet.path })
            .collect(),
        q: kept.get("q").to_owned(),
        state: kept.get("state").to_owned(),
        router: kept.get("router").to_owned(),
        sort: kept.get("sort").to_owned(),
        wanted: ["q", "router"].map(|name| kept.shown(name)),
        state_key: "chip.",
        is_filtered: ["q", "state", "router"].iter().any(|name| !kept.get(name).is_empty()),
        chips: all.into_iter().chain(chips).collect(),
        columns: R::COLUMNS.iter().enumerate().map(|(at, one)| column(sheet, kept, ask, at, one)).collect(),
        blank: R::COLUMNS.iter().map(|column| Cell::new(column, Value::Gap)).collect(),
        routers: views.iter().map(|router| router.name.to_string()).collect(),
        rows: found.rows.iter().map(|entry| row(entry, &acting)).collect(),
        acting: acting.join(" "),
        notes: Notes::new::<R>(snapshots, found.found == 0, now),
        problem,
        total: found.total,
        shown_total: format::count(found.total),
        offset,
        from: if found.rows.is_empty() { 0 } else { offset + 1 },
        to,
        previous: (0 < offset).then(|| window(offset.saturating_sub(ROWS))),
        next: found.has_more.then(|| window(to)),
        clear: kept.link(sheet.path, &[("q", ""), ("state", ""), ("router", "")]),
        offer,
        frame,
    }
}

fn column<R>(sheet: Sheet, kept: &Parameters, ask: &Ask, at: usize, column: &Column<R>) -> ColumnView {
    let sorted = ask.order.filter(|order| order.column == at);
    let falls = sorted.map_or_else(|| column.kind.falls_first(), |order| !order.descending);
    let next = format!("{}{}", if falls { "-" } else { "" }, column.word);
    ColumnView {
        word: column.word,
        kind: column.kind.word(),
        is_brief: column.is_brief,
        falls: column.kind.falls_first(),
        link: kept.link(sheet.path, &[("sort", &next)]),
        order: match sorted {
            None => "none",
            Some(Order { descending: false, .. }) => "ascending",
            Some(Order { descending: true, .. }) => "descending",
        },
    }
}

fn row<R: Acted>(entry: &Entry<'_, R>, acting: &[String]) -> Row {
    let cells = R::COLUMNS.iter().map(|column| Cell::new(column, (column.value)(entry)));
    Row {
        key: entry.key(),
        is_stale: !entry.snapshot.link.is_live(),
        act: acts::at(acting, entry),
        cells: cells.collect(),
    }
}

/// Whether values of this kind stand at the end of their column.
fn is_number(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Text | Kind::Protection | Kind::Address | Kind::Mac | Kind::State | Kind::Router | Kind::Flag
    )
}
