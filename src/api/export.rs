//! `GET /api/export`: everything that whoever asks may see, as one JSON file, written while it is sent.

mod left_out;

use super::download::{LeftOut, TOTAL_ROWS};
use super::groups::{self, categories::CategoryRow};
use super::list;
use super::parameters::Parameters;
use super::piece::{self, Piece, STEP, Writer};
use super::routers::{self, CountsRow};
use super::seed::rows::{InterfaceWords, People, PppActive, PppSecret, PppoeInterfaceWords, ResourceWords};
use super::seed::{host_and_port, shown_name};
use super::wire::Rfc3339;
use super::words::LinkWord;
use super::{events, hotspot, interfaces as ports, leases, queues, sessions};
use crate::domain::groups::{Card, Category};
use crate::domain::overview::Totals;
use crate::domain::router::RouterName;
use crate::domain::snapshot::{Snapshot, Table};
use crate::domain::tables::Entry;
use crate::domain::time::Moment;
use crate::http::{Grouping, Problem};
use crate::state::{RecentEvent, RouterView};
use actix_web::HttpResponse;
use serde::Serialize;
use std::ops::Range;
use std::sync::Arc;
use utoipa::ToSchema;

/// The whole file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written piece by piece")]
pub(super) struct Export<'a> {
    success: bool,
    data: ExportData<'a>,
}

/// What is exported. Every row names its router.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what is written piece by piece")]
struct ExportData<'a> {
    export_time: Rfc3339,
    /// The router, if it is one.
    router_info: Option<RouterInfo>,
    routers: Vec<RouterInfo>,
    /// Of the router, if it is one.
    resources: Option<ResourceWords<'a>>,
    interfaces: Vec<InterfaceWords<'a>>,
    pppoe_interfaces: Vec<PppoeInterfaceWords<'a>>,
    ppp_secrets: Vec<PppSecret<'a>>,
    ppp_active: Vec<PppActive<'a>>,
    /// The same as `ppp_secrets`.
    ppp_accounts: Vec<PppSecret<'a>>,
    /// The routers with all that is known of their systems, and how their tables stand.
    systems: Vec<routers::RouterRow>,
    /// Subscribers of all these routers by state.
    statistics: CountsRow,
    sessions: Vec<sessions::SessionRow<'a>>,
    ports: Vec<ports::InterfaceRow<'a>>,
    hotspot_active: Vec<hotspot::HotspotRow<'a>>,
    hotspot_hosts: Vec<hotspot::HotspotHostRow<'a>>,
    hotspot_users: Vec<hotspot::HotspotUserRow<'a>>,
    dhcp_leases: Vec<leases::LeaseRow<'a>>,
    dhcp_pools: Vec<leases::PoolRow<'a>>,
    queues: Vec<queues::QueueRow<'a>>,
    /// The recent ones, oldest first.
    events: Vec<events::EventRow<'a>>,
    groups: Vec<groups::GroupRow<'a>>,
    categories: Vec<CategoryRow>,
    /// What is not in the file.
    left_out: Vec<String>,
}

/// A router, without its credentials.
#[derive(Serialize, ToSchema)]
struct RouterInfo {
    id: String,
    name: String,
    host: String,
    port: Option<u16>,
    identity: Option<String>,
    #[schema(value_type = LinkWord)]
    status: &'static str,
}

/// One list of the file: how many places a router has in it, how many rows these come to, and how those in a range are
/// written.
struct Section {
    name: &'static str,
    places: fn(&Snapshot) -> usize,
    rows: fn(&Snapshot) -> usize,
    write: fn(&Snapshot, Range<usize>, Moment, &mut Piece),
}

const SECTIONS: [Section; 13] = [
    Section {
        name: "interfaces",
        places: |one| one.interfaces.rows.len(),
        rows: |one| one.interfaces.rows.len(),
        write: |one, places, _, piece| piece.rows(InterfaceWords::part(one, places)),
    },
    Section {
        name: "pppoe_interfaces",
        places: |one| one.subscribers.len(),
        rows: with_interface,
        write: |one, places, _, piece| piece.rows(PppoeInterfaceWords::of(one, people(one, places))),
    },
    Section { name: "ppp_secrets", places: |one| one.subscribers.len(), rows: accounts, write: secrets },
    Section {
        name: "ppp_active",
        places: |one| one.subscribers.len(),
        rows: session_count,
        write: |one, places, now, piece| piece.rows(PppActive::of(one, people(one, places), now.wall)),
    },
    Section { name: "ppp_accounts", places: |one| one.subscribers.len(), rows: accounts, write: secrets },
    Section { name: "sessions", places: |one| one.subscribers.len(), rows: session_count, write: sessions },
    Section {
        name: "ports",
        places: |one| one.interfaces.rows.len(),
        rows: |one| one.interfaces.rows.len(),
        write: |one, places, now, piece| {
            piece.rows(part(one, &one.interfaces, places).map(|row| ports::row(&row, now)));
        },
    },
    Section {
        name: "hotspot_active",
        places: |one| one.hotspot_active.rows.len(),
        rows: |one| one.hotspot_active.rows.len(),
        write: |one, places, now, piece| {
            piece.rows(part(one, &one.hotspot_active, places).map(|row| hotspot::session(&row, now)));
        },
    },
    Section {
        name: "hotspot_hosts",
        places: |one| one.hotspot_hosts.rows.len(),
        rows: |one| one.hotspot_hosts.rows.len(),
        write: |one, places, now, piece| {
            piece.rows(part(one, &one.hotspot_hosts, places).map(|row| hotspot::host(&row, now)));
        },
    },
    Section {
        name: "hotspot_users",
        places: |one| one.hotspot_users.rows.len(),
        rows: |one| one.hotspot_users.rows.len(),
        write: |one, places, now, piece| {
            piece.rows(part(one, &one.hotspot_users, places).map(|row| hotspot::user(&row, now)));
        },
    },
    Section {
        name: "dhcp_leases",
        places: |one| one.leases.rows.len(),
        rows: |one| one.leases.rows.len(),
        write: |one, places, now, piece| {
            piece.rows(part(one, &one.leases, places).map(|row| leases::row(&row, now)));
        },
    },
    Section {
        name: "dhcp_pools",
        places: |one| one.pools.rows.len(),
        rows: |one| one.pools.rows.len(),
        write: |one, places, now, piece| {
            piece.rows(part(one, &one.pools, places).map(|row| leases::pool(&row, now)));
        },
    },
    Section {
        name: "queues",
        places: |one| one.queues.rows.len(),
        rows: |one| one.queues.rows.len(),
        write: |one, places, now, piece| {
            piece.rows(part(one, &one.queues, places).map(|row| queues::row(&row, now)));
        },
    },
];

fn session_count(one: &Snapshot) -> usize {
    one.subscribers.iter().map(|subscriber| subscriber.sessions.len()).sum()
}

fn with_interface(one: &Snapshot) -> usize {
    let sessions = one.subscribers.iter().flat_map(|subscriber| &subscriber.sessions);
    sessions.filter(|session| session.interface.is_some()).count()
}

fn accounts(one: &Snapshot) -> usize {
    one.subscribers.iter().filter(|subscriber| subscriber.account.is_some()).count()
}

fn secrets(one: &Snapshot, places: Range<usize>, _: Moment, piece: &mut Piece) {
    piece.rows(PppSecret::of(one, people(one, places)));
}

fn sessions(one: &Snapshot, places: Range<usize>, now: Moment, piece: &mut Piece) {
    for subscriber in people(one, places) {
        let sessions = subscriber.sessions.iter();
        piece.rows(sessions.map(|session| sessions::row(one, subscriber, session, now)));
    }
}

fn people(snapshot: &Snapshot, places: Range<usize>) -> People<'_> {
    snapshot.subscribers.get(places).unwrap_or_default()
}

fn part<'a, R>(
    snapshot: &'a Snapshot,
    table: &'a Table<R>,
    places: Range<usize>,
) -> impl Iterator<Item = Entry<'a, R>> {
    places.filter_map(move |index| Some(Entry { snapshot, index, row: table.rows.get(index)?, at: table.at }))
}

/// Everything, as it is at one moment.
struct Everything {
    routers: Vec<RouterInfo>,
    views: Vec<RouterView>,
    snapshots: Vec<Arc<Snapshot>>,
    cards: Vec<Card>,
    categories: Vec<CategoryRow>,
    left_out: Vec<String>,
    events: Vec<(u64, Arc<RecentEvent>)>,
    now: Moment,
    /// The section, the router in it, and the place in that router's part; the section before the first is the head.
    at: Option<(usize, usize, usize)>,
}

impl Writer for Everything {
    fn step(&mut self, piece: &mut Piece) -> bool {
        let Some((section, router, place)) = self.at else {
            self.head(piece);
            return true;
        };
        let Some(list) = SECTIONS.get(section) else {
            piece.open("events");
            piece.rows(self.events.iter().map(|(number, event)| events::row(*number, event)));
            piece.text("]");
            self.foot(piece);
            return false;
        };
        if (router, place) == (0, 0) {
            piece.open(list.name);
        }
        let Some(snapshot) = self.snapshots.get(router) else {
            piece.text("]");
            self.at = Some((section + 1, 0, 0));
            return true;
        };
        let end = (list.places)(snapshot).min(place + STEP);
        (list.write)(snapshot, place..end, self.now, piece);
        let is_done = end == (list.places)(snapshot);
        self.at = Some(if is_done { (section, router + 1, 0) } else { (section, router, end) });
        true
    }
}

impl Everything {
    /// How many rows all lists have, and so how many lines the file.
    fn rows(&self) -> usize {
        let of_routers = SECTIONS.iter().flat_map(|list| self.snapshots.iter().map(|one| (list.rows)(one)));
        let others = [self.routers.len(), self.views.len(), self.events.len(), self.cards.len()];
        of_routers.chain(others).sum::<usize>() + self.categories.len()
    }

    /// What is the same for all routers.
    fn foot(&self, piece: &mut Piece) {
        piece.open("groups");
        piece.rows(self.cards.iter().map(groups::GroupRow::new));
        piece.text("]");
        piece.open("categories");
        piece.rows(self.categories.iter());
        piece.text("],\"left_out\":");
        piece.value(&self.left_out);
        piece.text("}}");
    }

    fn head(&mut self, piece: &mut Piece) {
        piece.text("{\"success\":true,\"data\":{\"export_time\":");
        piece.value(&Rfc3339(self.now.wall));
        let one = if self.routers.len() == 1 { self.routers.first() } else { None };
        piece.text(",\"router_info\":");
        piece.value(&one);
        piece.open("routers");
        piece.rows(self.routers.iter());
        let resources = self.snapshots.first().filter(|_| one.is_some());
        let resources = resources.and_then(|snapshot| snapshot.system.resource.as_ref());
        piece.text("],\"resources\":");
        piece.value(&resources.map(ResourceWords::of));
        piece.open("systems");
        let views = self.views.iter().zip(&self.snapshots);
        piece.rows(views.map(|(view, snapshot)| routers::row(Some(view), snapshot, self.now)));
        piece.text("],\"statistics\":");
        piece.value(&CountsRow::from(Totals::of(&self.snapshots).counts));
        self.at = Some((0, 0, 0));
    }
}

/// Answers with the file.
pub(super) async fn export(grouping: Grouping, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let seen = &grouping.seen;
    let cards = groups::found(&grouping, &parameters)?;
    let views = match parameters.router() {
        Some(name) => vec![seen.router(name)?],
        None => seen.routers(),
    };
    let snapshots: Vec<_> = views.iter().map(|view| Arc::clone(&view.snapshot.borrow())).collect();
    let mut events = seen.numbered_events();
    events.retain(|(_, event)| views.iter().any(|view| view.name == event.router));
    let now = list::now();
    let routers = views.iter().zip(&snapshots).map(|(view, snapshot)| info(view, snapshot)).collect();
    let of_these = |category: &&Arc<Category>| {
        let names = |router: &RouterName| views.iter().any(|view| view.name == *router);
        parameters.router().is_none() || category.router.as_ref().is_some_and(names)
    };
    let categories = grouping.categories().filter(of_these).map(|one| CategoryRow::from(&**one)).collect();
    let left_out = left_out::of(seen.is_all(), &snapshots);
    let [texts, words] = LeftOut::headers(&left_out::in_short(&left_out));
    let left_out = left_out.into_iter().map(|one| one.text).collect();
    let everything =
        Everything { routers, views, snapshots, cards, categories, left_out, events, now, at: None };
    let name = now.wall.strftime("tikwatch-%Y-%m-%dT%H-%M-%SZ.json").to_string();
    let headers = [(TOTAL_ROWS, everything.rows().to_string()), texts, words];
    Ok(piece::file(&name, "application/json", &headers, everything))
}

fn info(view: &RouterView, snapshot: &Snapshot) -> RouterInfo {
    let (host, port) = host_and_port(&view.address);
    RouterInfo {
        id: view.name.to_string(),
        name: shown_name(view),
        host: host.to_owned(),
        port,
        identity: snapshot.system.identity.as_ref().map(|identity| identity.name.to_string()),
        status: snapshot.link.word(),
    }
}
