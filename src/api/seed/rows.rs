//! Rows as the router tells them: properties under its own names, values as text.

use crate::api::wire::Rate;
use crate::api::words::YesWord;
use crate::domain::ppp::Account;
use crate::domain::snapshot::Snapshot;
use crate::domain::subscriber::{State, Subscriber, Traffic};
use crate::domain::system::SystemResource;
use crate::domain::units::put_duration;
use jiff::Timestamp;
use serde::Serialize;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// Some or all of a snapshot's subscribers.
pub(in crate::api) type People<'a> = &'a [Arc<Subscriber>];

/// The row of `/system/resource`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::api) struct ResourceWords<'a> {
    uptime: Option<String>,
    version: &'a str,
    board_name: &'a str,
    architecture_name: &'a str,
    platform: &'a str,
    cpu: &'a str,
    cpu_count: Option<String>,
    cpu_load: Option<String>,
    free_memory: Option<String>,
    total_memory: Option<String>,
    free_hdd_space: Option<String>,
    total_hdd_space: Option<String>,
}

/// A row of `/interface` with its router.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::api) struct InterfaceWords<'a> {
    router: &'a str,
    id: String,
    name: &'a str,
    r#type: &'a str,
    comment: &'a str,
    mac_address: &'a str,
    actual_mtu: &'a str,
    #[schema(value_type = YesWord)]
    running: &'static str,
    #[schema(value_type = YesWord)]
    disabled: &'static str,
    #[schema(value_type = YesWord)]
    dynamic: &'static str,
    link_downs: String,
    rx_byte: Option<String>,
    tx_byte: Option<String>,
    rx_error: String,
    tx_error: String,
    rx_drop: String,
    tx_drop: String,
}

/// The interface of a session.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct PppoeInterfaceWords<'a> {
    router: &'a str,
    name: &'a str,
    r#type: &'static str,
    #[schema(value_type = YesWord)]
    running: &'static str,
    user: &'a str,
    address: &'a str,
    /// Received by the router: the subscriber's upload.
    rx_bytes: Option<u64>,
    tx_bytes: Option<u64>,
    /// The same in the router's words.
    #[serde(rename = "rx-byte")]
    rx_byte: Option<String>,
    #[serde(rename = "tx-byte")]
    tx_byte: Option<String>,
    /// In bits per second; null is a gap, not a zero.
    rx_rate: Option<Rate>,
    tx_rate: Option<Rate>,
}

/// A row of `/ppp/active` with its router.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::api) struct PppActive<'a> {
    router: &'a str,
    id: String,
    name: &'a str,
    service: &'a str,
    caller_id: &'a str,
    address: &'a str,
    uptime: String,
    #[schema(value_type = YesWord)]
    radius: &'static str,
}

/// A row of `/ppp/secret` with its router, without the password.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::api) struct PppSecret<'a> {
    router: &'a str,
    id: String,
    name: &'a str,
    service: &'a str,
    profile: &'a str,
    caller_id: &'a str,
    comment: &'a str,
    #[schema(value_type = YesWord)]
    disabled: &'static str,
    last_logged_out: &'a str,
    last_caller_id: &'a str,
    last_disconnect_reason: &'a str,
}

impl<'a> ResourceWords<'a> {
    pub(in crate::api) fn of(resource: &'a SystemResource) -> Self {
        let number = |number: Option<u64>| number.map(|number| number.to_string());
        Self {
            uptime: resource.uptime.map(duration),
            version: &resource.version,
            board_name: &resource.board_name,
            architecture_name: &resource.architecture,
            platform: &resource.platform,
            cpu: &resource.cpu,
            cpu_count: number(resource.cpu_count),
            cpu_load: number(resource.cpu_load),
            free_memory: number(resource.free_memory),
            total_memory: number(resource.total_memory),
            free_hdd_space: number(resource.free_disk),
            total_hdd_space: number(resource.total_disk),
        }
    }
}

impl<'a> InterfaceWords<'a> {
    /// All of a router's own.
    pub(in crate::api) fn all(snapshot: &'a Snapshot) -> impl Iterator<Item = Self> + 'a {
        Self::part(snapshot, 0..snapshot.interfaces.rows.len())
    }

    /// Some of them, by their places in the table.
    pub(in crate::api) fn part(
        snapshot: &'a Snapshot,
        places: Range<usize>,
    ) -> impl Iterator<Item = Self> + 'a {
        places.filter_map(move |index| Some((index, snapshot.interfaces.rows.get(index)?))).map(
            move |(index, row)| {
                let traffic = snapshot.traffic_of_interface(index);
                Self {
                    router: snapshot.router.as_str(),
                    id: row.id.to_string(),
                    name: &row.name,
                    r#type: &row.kind,
                    comment: &row.comment,
                    mac_address: &row.mac_address,
                    actual_mtu: &row.mtu,
                    running: word(row.running),
                    disabled: word(row.disabled),
                    dynamic: word(row.dynamic),
                    link_downs: row.link_downs.to_string(),
                    rx_byte: traffic.map(|traffic| traffic.rx_byte.to_string()),
                    tx_byte: traffic.map(|traffic| traffic.tx_byte.to_string()),
                    rx_error: row.rx_error.to_string(),
                    tx_error: row.tx_error.to_string(),
                    rx_drop: row.rx_drop.to_string(),
                    tx_drop: row.tx_drop.to_string(),
                }
            },
        )
    }
}

impl<'a> PppoeInterfaceWords<'a> {
    /// Those of these subscribers' sessions whose interface is known.
    pub(in crate::api) fn of(snapshot: &'a Snapshot, of: People<'a>) -> impl Iterator<Item = Self> + 'a {
        of.iter().flat_map(move |subscriber| {
            let with_interface = move |session: &'a crate::domain::subscriber::Session| {
                let name = session.interface.as_deref()?;
                let traffic = snapshot.traffic_of(session);
                let rates = traffic.filter(|_| subscriber.state == State::Online);
                Some(Self {
                    router: snapshot.router.as_str(),
                    name,
                    r#type: "pppoe-in",
                    running: word(subscriber.state == State::Online),
                    user: &subscriber.name,
                    address: &session.address,
                    rx_bytes: traffic.map(|traffic| traffic.rx_byte),
                    tx_bytes: traffic.map(|traffic| traffic.tx_byte),
                    rx_byte: traffic.map(|traffic| traffic.rx_byte.to_string()),
                    tx_byte: traffic.map(|traffic| traffic.tx_byte.to_string()),
                    rx_rate: rates.and_then(Traffic::upload).map(Rate::from),
                    tx_rate: rates.and_then(Traffic::download).map(Rate::from),
                })
            };
            let pppoe = subscriber.sessions.iter().filter(|session| session.service == "pppoe");
            pppoe.filter_map(with_interface)
        })
    }
}

impl<'a> PppActive<'a> {
    /// The sessions of these subscribers.
    pub(in crate::api) fn of(
        snapshot: &'a Snapshot,
        of: People<'a>,
        now: Timestamp,
    ) -> impl Iterator<Item = Self> + 'a {
        let now = snapshot.known_until(now);
        of.iter().flat_map(move |subscriber| {
            subscriber.sessions.iter().map(move |session| {
                let age = Duration::from_secs(crate::api::wire::seconds(session.since, now));
                Self {
                    router: snapshot.router.as_str(),
                    id: session.id.to_string(),
                    name: &subscriber.name,
                    service: &session.service,
                    caller_id: &session.caller_id,
                    address: &session.address,
                    uptime: duration(age),
                    radius: word(session.radius),
                }
            })
        })
    }
}

impl<'a> PppSecret<'a> {
    /// The accounts of these subscribers.
    pub(in crate::api) fn of(snapshot: &'a Snapshot, of: People<'a>) -> impl Iterator<Item = Self> + 'a {
        let accounts = of.iter().filter_map(|subscriber| subscriber.account.as_deref());
        accounts.map(move |account: &'a Account| Self {
            router: snapshot.router.as_str(),
            id: account.id.to_string(),
            name: &account.name,
            service: &account.service,
            profile: &account.profile,
            caller_id: &account.caller_id,
            comment: &account.comment,
            disabled: word(account.disabled),
            last_logged_out: &account.last_logged_out,
            last_caller_id: &account.last_caller_id,
            last_disconnect_reason: &account.last_disconnect_reason,
        })
    }
}

fn word(truth: bool) -> &'static str {
    if truth { "true" } else { "false" }
}

fn duration(duration: Duration) -> String {
    let mut text = Vec::new();
    put_duration(&mut text, duration);
    String::from_utf8_lossy(&text).into_owned()
}
