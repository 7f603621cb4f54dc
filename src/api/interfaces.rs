//! `GET /api/v1/interfaces`: the routers' own interfaces; those of subscribers are sessions.

use super::parameters::Parameters;
use super::table::Asked;
use super::wire::{Rate, age_ms};
use super::words::InterfaceWord;
use crate::domain::interface::InterfaceFacts;
use crate::domain::tables::Entry;
use crate::domain::time::Moment;
use crate::domain::vendors::vendor_name;
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
    /// `running`, `no_link` or `disabled`; `unknown` while the router cannot be asked.
    #[schema(value_type = InterfaceWord)]
    state: &'static str,
    dynamic: bool,
    mac_address: &'a str,
    /// Who made it, by its MAC address.
    vendor: &'static str,
    mtu: Option<u32>,
    comment: &'a str,
    /// What the router receives; null is a gap, not a zero.
    rx_bps: Option<Rate>,
    tx_bps: Option<Rate>,
    /// How much of the link's speed the busier direction uses; null where the speed is not known.
    utilisation_percent: Option<f64>,
    /// What an Ethernet port has agreed on with its other end, such as `1 Gbps full`; null without a link.
    link: Option<&'a str>,
    link_bps: Option<f64>,
    full_duplex: Option<bool>,
    rx_bytes: Option<u64>,
    tx_bytes: Option<u64>,
    rx_errors: u64,
    tx_errors: u64,
    rx_drops: u64,
    tx_drops: u64,
    /// Of both directions, over the last minute; null is a gap, not a zero.
    errors_per_s: Option<f64>,
    drops_per_s: Option<f64>,
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
    match Asked::new(&request, &seen, &parameters)? {
        Ok(asked) => asked.answer::<InterfaceFacts, _>("interfaces", row),
        Err(known) => Ok(known),
    }
}

/// An interface as the API shows it.
pub(super) fn row<'a>(found: &Entry<'a, InterfaceFacts>, now: Moment) -> InterfaceRow<'a> {
    let Entry { snapshot, index, row, .. } = *found;
    let traffic = snapshot.traffic_of_interface(index);
    let rates = traffic.and_then(|traffic| traffic.rates).filter(|_| snapshot.link.is_live());
    let faults = snapshot.interface_faults.get(index).copied().flatten().filter(|_| snapshot.link.is_live());
    let link = snapshot.link_of_interface(index);
    InterfaceRow {
        router: snapshot.router.as_str(),
        id: row.id.to_string(),
        name: &row.name,
        kind: &row.kind,
        state: row.state(snapshot.link.is_live()),
        dynamic: row.dynamic,
        mac_address: &row.mac_address,
        vendor: vendor_name(&row.mac_address),
        mtu: row.mtu.parse().ok(),
        comment: &row.comment,
        rx_bps: rates.map(|rates| Rate::from(rates.received)),
        tx_bps: rates.map(|rates| Rate::from(rates.sent)),
        utilisation_percent: snapshot.utilisation_of_interface(index).filter(|_| snapshot.link.is_live()),
        link: link.map(|link| link.text.as_str()),
        link_bps: link.and_then(|link| link.speed),
        full_duplex: link.and_then(|link| link.full_duplex),
        rx_bytes: traffic.map(|traffic| traffic.rx_byte),
        tx_bytes: traffic.map(|traffic| traffic.tx_byte),
        rx_errors: row.rx_error,
        tx_errors: row.tx_error,
        rx_drops: row.rx_drop,
        tx_drops: row.tx_drop,
        errors_per_s: faults.map(|faults| faults.errors_per_s),
        drops_per_s: faults.map(|faults| faults.drops_per_s),
        link_downs: row.link_downs,
        age_ms: age_ms(traffic.map_or_else(|| found.read_at(), |traffic| traffic.at), now.instant),
    }
}
