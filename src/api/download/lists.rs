//! Which lists there are as files, and how each is found.

use super::Found;
use crate::api::list::{self, Place, TableMeta};
use crate::api::parameters::Parameters;
use crate::api::people::{Asking, unavailable};
use crate::api::{
    audit, events, groups, hotspot, interfaces, leases, logs, queues, routers, sessions, subscribers, table,
};
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::find::Find;
use crate::domain::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use crate::domain::interface::InterfaceFacts;
use crate::domain::network::SimpleQueue;
use crate::domain::snapshot::Snapshot;
use crate::domain::tables::{Ask, Entry, Tabular};
use crate::domain::time::Moment;
use crate::http::{Exports, Grouping, Problem, Seen};
use actix_web::HttpResponse;
use serde_json::{Value, to_value};
use std::sync::Arc;
use utoipa::ToSchema;

/// Entries and lines that the log book does not keep any more.
const OLDER: (&str, &str) = ("what is older than the newest entries, which alone are kept", "older");

/// The rows of a table; `row` makes one of them.
fn of_table<R: Tabular, W: ToSchema>(
    seen: &Seen,
    parameters: &Parameters,
    list: &'static str,
    row: impl Fn(&Entry<'_, R>, Moment) -> serde_json::Result<Value> + 'static,
) -> Result<Found, Problem> {
    // A file has all rows, however the list is leafed through.
    let ask = Ask { offset: 0, limit: usize::MAX, after: None, ..table::ask::<R>(parameters)? };
    let (snapshots, now) = (parameters.snapshots(seen)?, list::now());
    let page = table::search::<R>(&ask, &snapshots, &table::labels(seen));
    let places: Vec<(usize, usize)> = page
        .rows
        .iter()
        .filter_map(|entry| {
            let is_its = |snapshot: &Arc<Snapshot>| std::ptr::eq(&raw const **snapshot, entry.snapshot);
            Some((snapshots.iter().position(is_its)?, entry.index))
        })
        .collect();
    let standings = table::standings::<R>(&snapshots, now);
    let found = Found::new::<W>(list, parameters, now, places.len(), move |place| {
        let (router, index) = *places.get(place)?;
        let snapshot = snapshots.get(router)?;
        let entry =
            Entry { snapshot, index, row: R::rows(snapshot).get(index)?, at: R::standing(snapshot).1 };
        Some(row(&entry, now))
    })?;
    Ok(found.of(&standings))
}

/// Handlers of lists that differ in nothing but their rows.
macro_rules! tables {
    ($($name:ident: $rows:ty, $row:ty = $make:path;)+) => {$(
        pub(super) async fn $name(
            seen: Seen,
            parameters: Parameters,
            exports: Exports,
        ) -> Result<HttpResponse, Problem> {
            let row = |entry: &Entry<'_, $rows>, now| to_value($make(entry, now));
            let found = of_table::<$rows, $row>(&seen, &parameters, stringify!($name), row)?;
            found.answer(&seen, &parameters, &exports)
        }
    )+};
}

tables! {
    interfaces: InterfaceFacts, interfaces::InterfaceRow<'static> = interfaces::row;
    hotspot: HotspotActive, hotspot::HotspotRow<'static> = hotspot::session;
    hosts: HotspotHost, hotspot::HotspotHostRow<'static> = hotspot::host;
    hotspot_users: HotspotUser, hotspot::HotspotUserRow<'static> = hotspot::user;
    leases: Lease, leases::LeaseRow<'static> = leases::row;
    pools: Pool, leases::PoolRow<'static> = leases::pool;
    queues: SimpleQueue, queues::QueueRow<'static> = queues::row;
}

pub(super) async fn routers(
    seen: Seen,
    parameters: Parameters,
    exports: Exports,
) -> Result<HttpResponse, Problem> {
    let views = routers::by_name(&seen);
    let row = move |entry: &Entry<'_, Snapshot>, now| {
        to_value(routers::row(views.get(entry.snapshot.router.as_str()), entry.row, now))
    };
    let found = of_table::<Snapshot, routers::RouterRow>(&seen, &parameters, "routers", row)?;
    found.answer(&seen, &parameters, &exports)
}

pub(super) async fn subscribers(
    seen: Seen,
    parameters: Parameters,
    exports: Exports,
) -> Result<HttpResponse, Problem> {
    let find = Find::parse(parameters.pairs().filter(|(name, _)| *name != "limit" && *name != "offset"))?;
    let find = Find { groups: seen.grouped(), limit: usize::MAX, after: None, ..find };
    let router = find.router.as_ref().map(ToString::to_string);
    let (snapshots, now) = (seen.snapshots_of(router.as_deref())?, list::now());
    let rows = find.run(&snapshots, now.wall).rows;
    let tables = of_sessions(&snapshots, now);
    let found = Found::new::<subscribers::SubscriberRow<'_>>(
        "subscribers",
        &parameters,
        now,
        rows.len(),
        move |place| rows.get(place).map(|found| to_value(subscribers::row(found, now))),
    )?;
    found.of(&tables).answer(&seen, &parameters, &exports)
}

fn of_sessions(snapshots: &[Arc<Snapshot>], now: Moment) -> Vec<TableMeta> {
    snapshots.iter().map(|snapshot| TableMeta::of_sessions(snapshot, now)).collect()
}

pub(super) async fn sessions(
    seen: Seen,
    parameters: Parameters,
    exports: Exports,
) -> Result<HttpResponse, Problem> {
    let (snapshots, now) = (parameters.snapshots(&seen)?, list::now());
    let mut spots: Vec<(Place<'_>, (usize, usize, usize))> = Vec::new();
    for (place, spot) in sessions::found(&parameters, &snapshots, &seen.grouped(), now)? {
        spots.push((place, spot.at));
    }
    spots.sort_unstable_by_key(|(place, _)| *place);
    let spots: Vec<_> = spots.into_iter().map(|(_, at)| at).collect();
    let tables = of_sessions(&snapshots, now);
    let found =
        Found::new::<sessions::SessionRow<'_>>("sessions", &parameters, now, spots.len(), move |place| {
            let (router, subscriber, session) = *spots.get(place)?;
            let snapshot = snapshots.get(router)?;
            let subscriber = snapshot.subscribers.get(subscriber)?;
            let session = subscriber.sessions.get(session)?;
            Some(to_value(sessions::row(snapshot, subscriber, session, now)))
        })?;
    found.of(&tables).answer(&seen, &parameters, &exports)
}

pub(super) async fn groups(
    grouping: Grouping,
    parameters: Parameters,
    exports: Exports,
) -> Result<HttpResponse, Problem> {
    let cards = groups::found(&grouping, &parameters)?;
    let tables = of_sessions(&grouping.snapshots(), list::now());
    let found =
        Found::new::<groups::GroupRow<'_>>("groups", &parameters, list::now(), cards.len(), move |place| {
            cards.get(place).map(|card| to_value(groups::GroupRow::new(card)))
        })?;
    let found = found.of(&tables).without(("who is in each group: /api/v1/groups/export has it", "members"));
    found.answer(&grouping.seen, &parameters, &exports)
}

pub(super) async fn events(
    seen: Seen,
    parameters: Parameters,
    exports: Exports,
) -> Result<HttpResponse, Problem> {
    let rows = logs::query(&parameters)?.events(&seen)?;
    let found =
        Found::new::<events::EventRow<'_>>("events", &parameters, list::now(), rows.len(), move |place| {
            rows.get(place).map(|(number, event)| to_value(events::row(*number, event)))
        })?;
    found.without(OLDER).answer(&seen, &parameters, &exports)
}

pub(super) async fn audit(
    seen: Seen,
    asking: Asking,
    parameters: Parameters,
    exports: Exports,
) -> Result<HttpResponse, Problem> {
    let search = audit::search(&parameters);
    let found = asking.wait(move |people| people.search_audit(&search, 0, 0)).await?;
    let numbers = found.map_err(|error| unavailable(error.into()))?.numbers;
    let rows = numbers.len();
    let people = asking.people;
    // Each entry is read when it is its turn: of a log of years only the numbers are held.
    let row = move |place: usize| {
        let entry = people.audit_entry(*numbers.get(place)?).ok().flatten()?;
        Some(to_value(audit::row(entry)))
    };
    Found::new::<audit::AuditRow>("audit", &parameters, list::now(), rows, row)?
        .without(("how the entries hang together: /api/v1/audit/check tells whether they are whole", "chain"))
        .answer(&seen, &parameters, &exports)
}

pub(super) async fn logs(
    seen: Seen,
    parameters: Parameters,
    exports: Exports,
) -> Result<HttpResponse, Problem> {
    let rows = logs::found(&seen, &parameters)?;
    let found = Found::new::<logs::LogRow<'_>>("logs", &parameters, list::now(), rows.len(), move |place| {
        rows.get(place).map(|kept| to_value(kept.row()))
    })?;
    found.without(OLDER).answer(&seen, &parameters, &exports)
}
