//! The routers' own interfaces.

use super::{Chip, Column, Entry, Kind, Tabular, Value, known, made_by, number, standing};
use crate::domain::interface::{Faults, InterfaceFacts};
use crate::domain::snapshot::{Snapshot, TableState};
use crate::domain::time::Moment;

impl Tabular for InterfaceFacts {
    const COLUMNS: &'static [Column<Self>] = &[
        Column::new("name", Kind::Text, |entry| Value::Text(&entry.row.name)),
        Column::brief("state", Kind::State, |entry| Value::Word(state(entry))),
        Column::brief("rx_bps", Kind::Rate, |entry| rate(entry, |rates| rates.received.0)),
        Column::brief("tx_bps", Kind::Rate, |entry| rate(entry, |rates| rates.sent.0)),
        Column::new("utilisation_percent", Kind::Percent, |entry| {
            let part = entry.snapshot.utilisation_of_interface(entry.index);
            part.filter(|_| entry.snapshot.link.is_live()).map_or(Value::Gap, Value::Number)
        }),
        Column::new("link", Kind::Link, |entry| {
            let link = entry.snapshot.link_of_interface(entry.index);
            link.map_or(Value::Gap, |link| Value::Text(&link.text))
        }),
        Column::brief("router", Kind::Router, |entry| Value::Text(entry.snapshot.router.as_str())),
        Column::new("kind", Kind::Text, |entry| Value::Text(&entry.row.kind)),
        Column::new("errors_per_s", Kind::PerSecond, |entry| faults(entry, |faults| faults.errors_per_s)),
        Column::new("drops_per_s", Kind::PerSecond, |entry| faults(entry, |faults| faults.drops_per_s)),
        Column::new("rx_errors", Kind::Count, |entry| number(entry.row.rx_error)),
        Column::new("tx_errors", Kind::Count, |entry| number(entry.row.tx_error)),
        Column::new("rx_drops", Kind::Count, |entry| number(entry.row.rx_drop)),
        Column::new("tx_drops", Kind::Count, |entry| number(entry.row.tx_drop)),
        Column::new("link_downs", Kind::Count, |entry| number(entry.row.link_downs)),
        Column::new("mtu", Kind::Count, |entry| known(entry.row.mtu.parse().ok())),
        Column::new("mac_address", Kind::Mac, |entry| Value::Text(&entry.row.mac_address)),
        Column::new("vendor", Kind::Text, |entry| made_by(&entry.row.mac_address)),
        Column::new("comment", Kind::Text, |entry| Value::Text(&entry.row.comment)),
    ];
    const CHIPS: &'static [Chip<Self>] = &[
        Chip::new("own", |entry| !entry.row.dynamic),
        Chip::new("running", |entry| !entry.row.dynamic && state(entry) == "running"),
        Chip::new("no_link", |entry| !entry.row.dynamic && state(entry) == "no_link"),
        Chip::new("unknown", |entry| !entry.row.dynamic && state(entry) == "unknown"),
        Chip::new("disabled", |entry| !entry.row.dynamic && entry.row.disabled),
        Chip::new("dynamic", |entry| entry.row.dynamic),
    ];

    fn rows(snapshot: &Snapshot) -> &[Self] {
        &snapshot.interfaces.rows
    }

    fn standing(snapshot: &Snapshot) -> (TableState, Option<Moment>) {
        standing(&snapshot.interfaces)
    }

    fn lacks(snapshot: &Snapshot) -> Option<&'static str> {
        match snapshot.links_state {
            TableState::Absent => Some("links_absent"),
            TableState::Forbidden => Some("links_forbidden"),
            TableState::Failed(_) => Some("links_failed"),
            TableState::Waiting | TableState::Fresh | TableState::Partial => None,
        }
    }

    fn id(row: &Self) -> u64 {
        row.id.number()
    }

    fn texts(row: &Self) -> [&str; 5] {
        [&row.name, &row.comment, &row.mac_address, &row.kind, ""]
    }
}

fn state(entry: &Entry<'_, InterfaceFacts>) -> &'static str {
    entry.row.state(entry.snapshot.link.is_live())
}

fn faults(entry: &Entry<'_, InterfaceFacts>, of: fn(&Faults) -> f64) -> Value<'static> {
    let faults = entry.snapshot.interface_faults.get(entry.index).copied().flatten();
    faults.filter(|_| entry.snapshot.link.is_live()).map_or(Value::Gap, |faults| Value::Number(of(&faults)))
}

fn rate(entry: &Entry<'_, InterfaceFacts>, of: fn(&crate::domain::rates::Rates) -> f64) -> Value<'static> {
    let traffic = entry.snapshot.traffic_of_interface(entry.index);
    let rates = traffic.and_then(|traffic| traffic.rates).filter(|_| entry.snapshot.link.is_live());
    rates.map_or(Value::Gap, |rates| Value::Number(of(&rates)))
}
