//! Leases, and the pools that addresses come from.

use super::{Chip, Column, Kind, Tabular, Value, known, made_by, seconds, standing};
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::snapshot::{Snapshot, TableState};
use crate::domain::time::Moment;

impl Tabular for Lease {
    const COLUMNS: &'static [Column<Self>] = &[
        Column::new("address", Kind::Address, |entry| Value::Text(&entry.row.address)),
        Column::brief("status", Kind::Text, |entry| Value::Text(&entry.row.status)),
        Column::brief("host_name", Kind::Text, |entry| Value::Text(&entry.row.host_name)),
        Column::brief("mac_address", Kind::Mac, |entry| Value::Text(&entry.row.mac_address)),
        Column::new("vendor", Kind::Text, |entry| made_by(&entry.row.mac_address)),
        Column::new("expires_s", Kind::Duration, |entry| seconds(entry.row.expires_after)),
        Column::new("last_seen_s", Kind::Duration, |entry| seconds(entry.row.last_seen)),
        Column::brief("router", Kind::Router, |entry| Value::Text(entry.snapshot.router.as_str())),
        Column::new("server", Kind::Text, |entry| Value::Text(&entry.row.server)),
        Column::new("dynamic", Kind::Flag, |entry| Value::Flag(entry.row.dynamic)),
        Column::new("comment", Kind::Text, |entry| Value::Text(&entry.row.comment)),
    ];
    const CHIPS: &'static [Chip<Self>] = &[
        Chip::new("bound", |entry| entry.row.status == "bound"),
        Chip::new("waiting", |entry| entry.row.status == "waiting"),
        Chip::new("dynamic", |entry| entry.row.dynamic),
        Chip::new("static", |entry| !entry.row.dynamic),
        Chip::new("blocked", |entry| entry.row.blocked || entry.row.disabled),
    ];

    fn rows(snapshot: &Snapshot) -> &[Self] {
        &snapshot.leases.rows
    }

    fn standing(snapshot: &Snapshot) -> (TableState, Option<Moment>) {
        standing(&snapshot.leases)
    }

    fn id(row: &Self) -> u64 {
        row.id.number()
    }

    fn texts(row: &Self) -> [&str; 5] {
        [&row.address, &row.mac_address, &row.host_name, &row.comment, ""]
    }
}

impl Tabular for Pool {
    const COLUMNS: &'static [Column<Self>] = &[
        Column::new("name", Kind::Text, |entry| Value::Text(&entry.row.name)),
        Column::brief("used_percent", Kind::Percent, |entry| {
            entry.row.used_percent().map_or(Value::Gap, Value::Number)
        }),
        Column::brief("used", Kind::Count, |entry| known(entry.row.used)),
        Column::brief("total", Kind::Count, |entry| known(entry.row.addresses())),
        Column::brief("router", Kind::Router, |entry| Value::Text(entry.snapshot.router.as_str())),
        Column::new("ranges", Kind::Text, |entry| Value::Text(&entry.row.ranges)),
        Column::new("next_pool", Kind::Text, |entry| Value::Text(&entry.row.next_pool)),
    ];
    const CHIPS: &'static [Chip<Self>] =
        &[Chip::new("nearly_full", |entry| entry.row.used_percent().is_some_and(|percent| 90.0 <= percent))];

    fn rows(snapshot: &Snapshot) -> &[Self] {
        &snapshot.pools.rows
    }

    fn standing(snapshot: &Snapshot) -> (TableState, Option<Moment>) {
        standing(&snapshot.pools)
    }

    fn lacks(snapshot: &Snapshot) -> Option<&'static str> {
        let pools = &snapshot.pools.rows;
        (!pools.is_empty() && pools.iter().all(|pool| pool.used.is_none())).then_some("pools_no_use")
    }

    fn id(row: &Self) -> u64 {
        row.id.number()
    }

    fn texts(row: &Self) -> [&str; 5] {
        [&row.name, &row.ranges, &row.next_pool, "", ""]
    }
}
