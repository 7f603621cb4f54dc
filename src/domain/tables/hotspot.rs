//! Guests of hotspots, and the hosts that these see.

use super::{Chip, Column, Kind, Tabular, Value, made_by, number, seconds, standing};
use crate::domain::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use crate::domain::snapshot::{Snapshot, TableState};
use crate::domain::time::Moment;

impl Tabular for HotspotActive {
    const COLUMNS: &'static [Column<Self>] = &[
        Column::new("user", Kind::Text, |entry| Value::Text(&entry.row.user)),
        Column::brief("address", Kind::Address, |entry| Value::Text(&entry.row.address)),
        Column::brief("download_bytes", Kind::Bytes, |entry| number(entry.row.bytes_out)),
        Column::brief("upload_bytes", Kind::Bytes, |entry| number(entry.row.bytes_in)),
        Column::brief("uptime_s", Kind::Duration, |entry| seconds(entry.row.uptime)),
        Column::new("time_left_s", Kind::Duration, |entry| seconds(entry.row.session_time_left)),
        Column::new("router", Kind::Router, |entry| Value::Text(entry.snapshot.router.as_str())),
        Column::new("server", Kind::Text, |entry| Value::Text(&entry.row.server)),
        Column::new("mac_address", Kind::Mac, |entry| Value::Text(&entry.row.mac_address)),
        Column::new("vendor", Kind::Text, |entry| made_by(&entry.row.mac_address)),
        Column::new("login_by", Kind::Text, |entry| Value::Text(&entry.row.login_by)),
        Column::new("comment", Kind::Text, |entry| Value::Text(&entry.row.comment)),
    ];
    const CHIPS: &'static [Chip<Self>] = &[];

    fn rows(snapshot: &Snapshot) -> &[Self] {
        &snapshot.hotspot_active.rows
    }

    fn standing(snapshot: &Snapshot) -> (TableState, Option<Moment>) {
        standing(&snapshot.hotspot_active)
    }

    fn id(row: &Self) -> u64 {
        row.id.number()
    }

    fn texts(row: &Self) -> [&str; 5] {
        [&row.user, &row.address, &row.mac_address, &row.comment, ""]
    }
}

impl Tabular for HotspotHost {
    const COLUMNS: &'static [Column<Self>] = &[
        Column::new("address", Kind::Address, |entry| Value::Text(&entry.row.address)),
        Column::brief("mac_address", Kind::Mac, |entry| Value::Text(&entry.row.mac_address)),
        Column::new("vendor", Kind::Text, |entry| made_by(&entry.row.mac_address)),
        Column::new("to_address", Kind::Address, |entry| Value::Text(&entry.row.to_address)),
        Column::brief("authorized", Kind::Flag, |entry| Value::Flag(entry.row.authorized)),
        Column::new("bypassed", Kind::Flag, |entry| Value::Flag(entry.row.bypassed)),
        Column::brief("uptime_s", Kind::Duration, |entry| seconds(entry.row.uptime)),
        Column::brief("router", Kind::Router, |entry| Value::Text(entry.snapshot.router.as_str())),
        Column::new("server", Kind::Text, |entry| Value::Text(&entry.row.server)),
        Column::new("comment", Kind::Text, |entry| Value::Text(&entry.row.comment)),
    ];
    const CHIPS: &'static [Chip<Self>] = &[
        Chip::new("authorized", |entry| entry.row.authorized),
        Chip::new("bypassed", |entry| entry.row.bypassed),
        Chip::new("waiting", |entry| !entry.row.authorized && !entry.row.bypassed),
    ];

    fn rows(snapshot: &Snapshot) -> &[Self] {
        &snapshot.hotspot_hosts.rows
    }

    fn standing(snapshot: &Snapshot) -> (TableState, Option<Moment>) {
        standing(&snapshot.hotspot_hosts)
    }

    fn id(row: &Self) -> u64 {
        row.id.number()
    }

    fn texts(row: &Self) -> [&str; 5] {
        [&row.address, &row.to_address, &row.mac_address, &row.comment, ""]
    }
}

impl Tabular for HotspotUser {
    const COLUMNS: &'static [Column<Self>] = &[
        Column::new("name", Kind::Text, |entry| Value::Text(&entry.row.name)),
        Column::brief("state", Kind::State, |entry| Value::Word(entry.row.state())),
        Column::brief("uptime_s", Kind::Duration, |entry| seconds(entry.row.uptime)),
        Column::brief("time_left_s", Kind::Duration, |entry| seconds(entry.row.time_left())),
        Column::new("limit_uptime_s", Kind::Duration, |entry| seconds(entry.row.limit_uptime)),
        Column::brief("download_bytes", Kind::Bytes, |entry| number(entry.row.bytes_out)),
        Column::new("upload_bytes", Kind::Bytes, |entry| number(entry.row.bytes_in)),
        Column::new("limit_bytes", Kind::Bytes, |entry| match entry.row.limit_bytes {
            0 => Value::Gap,
            limit => number(limit),
        }),
        Column::brief("router", Kind::Router, |entry| Value::Text(entry.snapshot.router.as_str())),
        Column::new("server", Kind::Text, |entry| Value::Text(&entry.row.server)),
        Column::new("profile", Kind::Text, |entry| Value::Text(&entry.row.profile)),
        Column::new("address", Kind::Address, |entry| Value::Text(&entry.row.address)),
        Column::new("mac_address", Kind::Mac, |entry| Value::Text(&entry.row.mac_address)),
        Column::new("vendor", Kind::Text, |entry| made_by(&entry.row.mac_address)),
        Column::new("comment", Kind::Text, |entry| Value::Text(&entry.row.comment)),
    ];
    const CHIPS: &'static [Chip<Self>] = &[
        Chip::new("valid", |entry| entry.row.state() == "valid"),
        Chip::new("used_up", |entry| entry.row.state() == "used_up"),
        Chip::new("disabled", |entry| entry.row.disabled),
    ];

    fn rows(snapshot: &Snapshot) -> &[Self] {
        &snapshot.hotspot_users.rows
    }

    fn standing(snapshot: &Snapshot) -> (TableState, Option<Moment>) {
        standing(&snapshot.hotspot_users)
    }

    fn id(row: &Self) -> u64 {
        row.id.number()
    }

    fn texts(row: &Self) -> [&str; 5] {
        [&row.name, &row.comment, &row.mac_address, &row.address, &row.profile]
    }
}
