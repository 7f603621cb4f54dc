//! `GET /api/export`: everything that whoever asks may see, as one JSON file, written while it is sent.

use super::list::{self, Row};
use super::parameters::Parameters;
use super::seed::rows::{InterfaceWords, People, PppActive, PppSecret, PppoeInterfaceWords, ResourceWords};
use super::seed::{host_and_port, shown_name};
use super::wire::Rfc3339;
use super::words::LinkWord;
use super::{events, hotspot, leases, queues};
use crate::domain::snapshot::{Snapshot, Table};
use crate::domain::time::Moment;
use crate::http::{Problem, Seen};
use crate::state::{RecentEvent, RouterView};
use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;
use utoipa::ToSchema;

/// A piece is sent when it has grown to this: what waits for a slow reader is one of them.
const PIECE: usize = 64 << 10;

/// So many places are written at once.
const STEP: usize = 100;

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
    hotspot_active: Vec<hotspot::HotspotRow<'a>>,
    hotspot_hosts: Vec<hotspot::HotspotHostRow<'a>>,
    dhcp_leases: Vec<leases::LeaseRow<'a>>,
    queues: Vec<queues::QueueRow<'a>>,
    /// The recent ones, oldest first.
    events: Vec<events::EventRow<'a>>,
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

/// One list of the file: how many places a router has in it, and how those in a range are written.
struct Section {
    name: &'static str,
    places: fn(&Snapshot) -> usize,
    write: fn(&Snapshot, Range<usize>, Moment, &mut Piece),
}

const SECTIONS: [Section; 9] = [
    Section {
        name: "interfaces",
        places: |one| one.interfaces.rows.len(),
        write: |one, places, _, piece| piece.rows(InterfaceWords::part(one, places)),
    },
    Section {
        name: "pppoe_interfaces",
        places: |one| one.subscribers.len(),
        write: |one, places, _, piece| piece.rows(PppoeInterfaceWords::of(one, people(one, places))),
    },
    Section { name: "ppp_secrets", places: |one| one.subscribers.len(), write: secrets },
    Section {
        name: "ppp_active",
        places: |one| one.subscribers.len(),
        write: |one, places, now, piece| piece.rows(PppActive::of(one, people(one, places), now.wall)),
    },
    Section { name: "ppp_accounts", places: |one| one.subscribers.len(), write: secrets },
    Section {
        name: "hotspot_active",
        places: |one| one.hotspot_active.rows.len(),
        write: |one, places, now, piece| {
            piece.rows(part(one, &one.hotspot_active, places).map(|row| hotspot::session(&row, now)));
        },
    },
    Section {
        name: "hotspot_hosts",
        places: |one| one.hotspot_hosts.rows.len(),
        write: |one, places, now, piece| {
            piece.rows(part(one, &one.hotspot_hosts, places).map(|row| hotspot::host(&row, now)));
        },
    },
    Section {
        name: "dhcp_leases",
        places: |one| one.leases.rows.len(),
        write: |one, places, now, piece| {
            piece.rows(part(one, &one.leases, places).map(|row| leases::row(&row, now)));
        },
    },
    Section {
        name: "queues",
        places: |one| one.queues.rows.len(),
        write: |one, places, now, piece| {
            piece.rows(part(one, &one.queues, places).map(|row| queues::row(&row, now)));
        },
    },
];

fn secrets(one: &Snapshot, places: Range<usize>, _: Moment, piece: &mut Piece) {
    piece.rows(PppSecret::of(one, people(one, places)));
}

fn people(snapshot: &Snapshot, places: Range<usize>) -> People<'_> {
    snapshot.subscribers.get(places).unwrap_or_default()
}

fn part<'a, R>(
    snapshot: &'a Snapshot,
    table: &'a Table<R>,
    places: Range<usize>,
) -> impl Iterator<Item = Row<'a, R>> {
    places.filter_map(move |index| Some(Row { snapshot, index, row: table.rows.get(index)?, at: table.at }))
}

/// A piece of the file that grows until it is sent.
#[derive(Default)]
struct Piece {
    bytes: Vec<u8>,
    /// Whether the list that is open has a row already.
    has_rows: bool,
    failed: bool,
}

impl Piece {
    fn rows<R: Serialize>(&mut self, rows: impl Iterator<Item = R>) {
        for row in rows {
            if std::mem::replace(&mut self.has_rows, true) {
                self.bytes.push(b',');
            }
            self.value(&row);
        }
    }

    fn value(&mut self, value: &impl Serialize) {
        if let Err(error) = serde_json::to_writer(&mut self.bytes, value) {
            tracing::error!(error = %error, "an export could not be written as JSON");
            self.failed = true;
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn open(&mut self, name: &str) {
        self.text(",\"");
        self.text(name);
        self.text("\":[");
        self.has_rows = false;
    }
}

/// Writes the file piece by piece.
struct Writer {
    routers: Vec<RouterInfo>,
    snapshots: Vec<Arc<Snapshot>>,
    events: Vec<(u64, Arc<RecentEvent>)>,
    now: Moment,
    /// The section, the router in it, and the place in that router's part; the section before the first is the head.
    at: Option<(usize, usize, usize)>,
    piece: Piece,
    is_over: bool,
}

impl Writer {
    /// The next piece; `None` at the end. One that cannot be written ends the file short, which no reader takes for whole.
    fn next(&mut self) -> Option<Bytes> {
        while !self.is_over && !self.piece.failed && self.piece.bytes.len() < PIECE {
            self.step();
        }
        let bytes = std::mem::take(&mut self.piece.bytes);
        (!bytes.is_empty()).then(|| bytes.into())
    }

    fn step(&mut self) {
        let piece = &mut self.piece;
        let Some((section, router, place)) = self.at else {
            self.head();
            return;
        };
        let Some(list) = SECTIONS.get(section) else {
            piece.open("events");
            piece.rows(self.events.iter().map(|(number, event)| events::row(*number, event)));
            piece.text("]}}");
            self.is_over = true;
            return;
        };
        if (router, place) == (0, 0) {
            piece.open(list.name);
        }
        let Some(snapshot) = self.snapshots.get(router) else {
            piece.text("]");
            self.at = Some((section + 1, 0, 0));
            return;
        };
        let end = (list.places)(snapshot).min(place + STEP);
        (list.write)(snapshot, place..end, self.now, piece);
        let is_done = end == (list.places)(snapshot);
        self.at = Some(if is_done { (section, router + 1, 0) } else { (section, router, end) });
    }

    fn head(&mut self) {
        let piece = &mut self.piece;
        piece.text("{\"success\":true,\"data\":{\"export_time\":");
        piece.value(&Rfc3339(self.now.wall));
        let one = if self.routers.len() == 1 { self.routers.first() } else { None };
        piece.text(",\"router_info\":");
        piece.value(&one);
        piece.text(",\"routers\":");
        piece.value(&self.routers);
        let resources = self.snapshots.first().filter(|_| one.is_some());
        let resources = resources.and_then(|snapshot| snapshot.system.resource.as_ref());
        piece.text(",\"resources\":");
        piece.value(&resources.map(ResourceWords::of));
        self.at = Some((0, 0, 0));
    }
}

/// Answers with the file.
pub(super) async fn export(seen: Seen, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let views = match parameters.router() {
        Some(name) => vec![seen.router(name)?],
        None => seen.routers(),
    };
    let snapshots: Vec<_> = views.iter().map(|view| Arc::clone(&view.snapshot.borrow())).collect();
    let mut events = seen.numbered_events();
    events.retain(|(_, event)| views.iter().any(|view| view.name == event.router));
    let now = list::now();
    let routers = views.iter().zip(&snapshots).map(|(view, snapshot)| info(view, snapshot)).collect();
    let piece = Piece::default();
    let writer = Writer { routers, snapshots, events, now, at: None, piece, is_over: false };
    let pieces = stream::unfold(writer, async |mut writer| {
        let piece = writer.next()?;
        // Others wait for this thread, too.
        tokio::task::yield_now().await;
        Some((Ok::<_, Infallible>(piece), writer))
    });
    let name = now.wall.strftime("tikwatch-%Y%m%dT%H%M%SZ.json");
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(pieces))
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
