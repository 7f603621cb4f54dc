//! `GET /api/v1/interfaces`: the routers' own interfaces; those of subscribers are sessions.

use super::etag::Etag;
use super::list::{self, List, Row, TableMeta, Window};
use super::parameters::Parameters;
use super::wire::{Rate, age_ms};
use super::words::InterfaceWord;
use crate::domain::interface::InterfaceFacts;
use crate::domain::time::Moment;
use crate::http::{Problem, Seen};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

/// An interface, seen from its router.
#[derive(Serialize, ToSchema)]
pub(super) struct InterfaceRow<'a> {
    router: &'a str,
    id: String,
    name: &'a str,
    /// `ether`, `vlan`, `bridge`, …
    kind: &'a str,
    /// `running`, `no_link` or `disabled`.
    #[schema(value_type = InterfaceWord)]
    state: &'static str,
    dynamic: bool,
    mac_address: &'a str,
    mtu: Option<u32>,
    comment: &'a str,
    /// What the router receives; null is a gap, not a zero.
    rx_bps: Option<Rate>,
    tx_bps: Option<Rate>,
    rx_bytes: Option<u64>,
    tx_bytes: Option<u64>,
    rx_errors: u64,
    tx_errors: u64,
    rx_drops: u64,
    tx_drops: u64,
    link_downs: u64,
    /// How long ago the counters were read, or else the rest.
    age_ms: u64,
}

/// Answers with a window of the interfaces.
pub(super) async fn list(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let snapshots = parameters.snapshots(&seen)?;
    let etag = Etag::new(&request, &seen, &snapshots);
    if let Some(known) = etag.not_modified(&request) {
        return Ok(known);
    }
    let now = list::now();
    let mut rows = list::gather(&snapshots, |snapshot| &snapshot.interfaces, |row| row.id);
    let wanted = parameters.get("q");
    rows.retain(|(_, Row { row, .. })| list::holds(&[&row.name, &row.comment, &row.mac_address], wanted));
    let tables = snapshots.iter().map(|shot| TableMeta::new(shot, &shot.interfaces, now)).collect();
    let list = List { name: "interfaces", etag: &etag, window: Window::parse(&parameters)?, tables, rows };
    list.answer(&parameters, now, |_, found| row(&found, now))
}

fn row<'a>(found: &Row<'a, InterfaceFacts>, now: Moment) -> InterfaceRow<'a> {
    let Row { snapshot, index, row, .. } = *found;
    let traffic = snapshot.traffic_of_interface(index);
    let rates = traffic.and_then(|traffic| traffic.rates).filter(|_| snapshot.link.is_live());
    InterfaceRow {
        router: snapshot.router.as_str(),
        id: row.id.to_string(),
        name: &row.name,
        kind: &row.kind,
        state: match (row.disabled, row.running) {
            (true, _) => "disabled",
            (false, true) => "running",
            (false, false) => "no_link",
        },
        dynamic: row.dynamic,
        mac_address: &row.mac_address,
        mtu: row.mtu.parse().ok(),
        comment: &row.comment,
        rx_bps: rates.map(|rates| Rate::from(rates.received)),
        tx_bps: rates.map(|rates| Rate::from(rates.sent)),
        rx_bytes: traffic.map(|traffic| traffic.rx_byte),
        tx_bytes: traffic.map(|traffic| traffic.tx_byte),
        rx_errors: row.rx_error,
        tx_errors: row.tx_error,
        rx_drops: row.rx_drop,
        tx_drops: row.tx_drop,
        link_downs: row.link_downs,
        age_ms: traffic.map_or_else(|| found.age_ms(now), |traffic| age_ms(traffic.at, now.instant)),
    }
}
