//! The routers themselves: one row each.

use super::{Chip, Column, Kind, Tabular, Value, known, number};
use crate::domain::overview::{disk_percent, memory_percent};
use crate::domain::router::Link;
use crate::domain::snapshot::{Snapshot, TableState};
use crate::domain::system::SystemResource;
use crate::domain::time::Moment;
use crate::domain::units::BitsPerSecond;
use std::time::Duration;

impl Tabular for Snapshot {
    const COLUMNS: &'static [Column<Self>] = &[
        Column::new("name", Kind::Router, |entry| Value::Text(entry.row.router.as_str())),
        Column::brief("status", Kind::State, |entry| Value::Word(entry.row.link.word())),
        Column::brief("cpu_load_percent", Kind::Percent, |entry| of(entry.row, |one| one.cpu_load)),
        Column::brief("memory_used_percent", Kind::Percent, |entry| of(entry.row, memory_percent)),
        Column::new("disk_used_percent", Kind::Percent, |entry| of(entry.row, disk_percent)),
        Column::brief("sessions", Kind::Count, |entry| {
            entry.row.read_at().map_or(Value::Gap, |_| number(entry.row.sessions as u64))
        }),
        Column::new("download_bps", Kind::Rate, |entry| rate(entry.row.download)),
        Column::new("upload_bps", Kind::Rate, |entry| rate(entry.row.upload)),
        Column::new("temperature_c", Kind::Celsius, |entry| {
            entry.row.system.temperature().map_or(Value::Gap, Value::Number)
        }),
        Column::new("voltage_v", Kind::Volts, |entry| {
            entry.row.system.voltage().map_or(Value::Gap, Value::Number)
        }),
        Column::new("fan_rpm", Kind::Rpm, |entry| {
            entry.row.system.slowest_fan().map_or(Value::Gap, Value::Number)
        }),
        Column::new("psu", Kind::State, |entry| entry.row.system.power().map_or(Value::Gap, Value::Word)),
        Column::new("model", Kind::Text, |entry| Value::Text(entry.row.system.model())),
        Column::new("version", Kind::Text, |entry| {
            Value::Text(entry.row.system.resource.as_ref().map_or("", |resource| &resource.version))
        }),
        Column::new("uptime_s", Kind::Duration, |entry| {
            let uptime = entry.row.system.resource.as_ref().and_then(|resource| resource.uptime);
            known(uptime.map(|uptime| uptime.as_secs()))
        }),
        Column::new("reboots", Kind::Count, |entry| {
            entry.row.read_at().map_or(Value::Gap, |_| number(entry.row.reboots))
        }),
        Column::new("answer_mean_ms", Kind::Millis, |entry| known(entry.row.answers.mean().map(millis))),
        Column::new("poll_load_percent", Kind::Percent, |entry| {
            entry.row.poll_load_percent().map_or(Value::Gap, Value::Number)
        }),
        Column::new("protection", Kind::Protection, |entry| match entry.row.link {
            Link::Live { protection, .. } => Value::Text(protection.word()),
            _ => Value::Gap,
        }),
    ];
    const CHIPS: &'static [Chip<Self>] = &[
        Chip::new("live", |entry| entry.row.link.is_live()),
        Chip::new("trouble", |entry| entry.row.link.trouble().is_some()),
    ];

    const ARE_ROUTERS: bool = true;

    fn rows(snapshot: &Snapshot) -> &[Self] {
        std::slice::from_ref(snapshot)
    }

    fn standing(snapshot: &Snapshot) -> (TableState, Option<Moment>) {
        let state = if snapshot.traffic_at.is_some() { TableState::Fresh } else { TableState::Waiting };
        (state, snapshot.read_at())
    }

    fn id(_: &Self) -> u64 {
        0
    }

    fn texts(row: &Self) -> [&str; 5] {
        let identity = row.system.identity.as_ref().map_or("", |identity| identity.name.as_str());
        let version = row.system.resource.as_ref().map_or("", |resource| resource.version.as_str());
        [row.router.as_str(), identity, row.system.model(), version, ""]
    }
}

fn of(snapshot: &Snapshot, value: fn(&SystemResource) -> Option<u64>) -> Value<'static> {
    known(snapshot.system.resource.as_ref().and_then(value))
}

fn rate(rate: Option<BitsPerSecond>) -> Value<'static> {
    rate.map_or(Value::Gap, |rate| Value::Number(rate.0))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
