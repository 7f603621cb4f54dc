//! Made-up snapshots for tests.

use super::durations::Durations;
use super::id::ItemId;
use super::ppp::Account;
use super::rates::Rates;
use super::recent::Recent;
use super::router::{Calls, Link, RouterName, Trouble};
use super::snapshot::{Counts, Snapshot, System, Table, TableState};
use super::subscriber::{Session, Slot, State, Subscriber, SubscriberId, Traffic};
use super::system::{Identity, SystemResource};
use super::time::Moment;
use super::units::{BitsPerSecond, Text};
use crate::routeros::stream::Protection;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A moment that is now.
pub(crate) fn now() -> Moment {
    Moment::new(Instant::now(), jiff::Timestamp::now())
}

/// One made-up subscriber.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) name: String,
    pub(crate) state: State,
    /// Download and upload, in bits per second.
    pub(crate) rates: Option<(f64, f64)>,
    pub(crate) address: String,
    pub(crate) caller_id: String,
    pub(crate) profile: &'static str,
    pub(crate) comment: String,
    pub(crate) disabled: bool,
    pub(crate) uptime: Duration,
}

impl Made {
    /// A subscriber with a session and these rates.
    pub(crate) fn online(name: &str, down: f64, up: f64) -> Self {
        Self {
            name: name.to_owned(),
            state: State::Online,
            rates: Some((down, up)),
            address: "10.0.3.7".to_owned(),
            caller_id: "AA:BB:CC:00:11:22".to_owned(),
            profile: "10M",
            comment: String::new(),
            disabled: false,
            uptime: Duration::from_secs(3_700),
        }
    }

    /// A subscriber without a session.
    pub(crate) fn offline(name: &str) -> Self {
        Self { state: State::Offline, rates: None, ..Self::online(name, 0.0, 0.0) }
    }
}

/// A live router with these subscribers; ids count from 1.
pub(crate) fn snapshot(router: &str, made: &[Made]) -> Snapshot {
    let at = now();
    let mut subscribers = Vec::new();
    let mut traffic = Vec::new();
    let mut counts = Counts::default();
    for (id, made) in (1_u64..).zip(made) {
        let subscriber = subscriber(id, made, at, &mut traffic);
        counts.add(&subscriber);
        subscribers.push(Arc::new(subscriber));
    }
    let sum = |of: fn(&Traffic) -> Option<BitsPerSecond>| {
        Some(BitsPerSecond(traffic.iter().filter_map(of).map(|rate| rate.0).sum()))
    };
    Snapshot {
        router: RouterName::new(router).expect("tests name routers well"),
        link: Link::Live { since: at, protection: Protection::Verified },
        calls: Calls { succeeded: 1, ..Calls::default() },
        reboots: 0,
        answers: Arc::new(Durations::default()),
        at,
        system: Arc::new(system(router, at)),
        download: sum(Traffic::download),
        upload: sum(Traffic::upload),
        sessions: counts.online,
        subscribers: Arc::new(subscribers),
        traffic: Arc::new(traffic),
        traffic_at: Some(at),
        recent: Recent::default(),
        counts,
        interfaces: Table::default(),
        interface_slots: Arc::default(),
        interface_faults: Arc::default(),
        interface_links: Arc::default(),
        links_state: TableState::default(),
        lines: Arc::default(),
        profiles: Table::default(),
        pppoe_servers: Table::default(),
        hotspot_active: Table::default(),
        hotspot_hosts: Table::default(),
        hotspot_users: Table::default(),
        leases: Table::default(),
        pools: Table::default(),
        queues: Table::default(),
        arp: Table::default(),
        polls: Arc::default(),
        accounts: TableState::Fresh,
    }
}

/// The snapshot of a router that cannot be reached.
pub(crate) fn unreachable(router: &str, made: &[Made]) -> Snapshot {
    let made: Vec<Made> =
        made.iter().map(|made| Made { state: State::Unknown, rates: None, ..made.clone() }).collect();
    let at = now();
    let trouble = Trouble {
        since: at,
        word: "",
        what: format!("cannot reach the router at {router}"),
        advice: "check the cable".to_owned(),
        retry_at: Some(at.plus(Duration::from_secs(4))),
    };
    let snapshot = snapshot(router, &made);
    Snapshot { link: Link::Down(trouble), download: None, upload: None, ..snapshot }
}

fn subscriber(id: u64, made: &Made, at: Moment, traffic: &mut Vec<Traffic>) -> Subscriber {
    let since = at.wall_before(made.uptime);
    let account = Account {
        id: ItemId::read(format!("*{id:x}").as_bytes()),
        name: made.name.as_str().into(),
        service: "pppoe".into(),
        profile: made.profile.into(),
        comment: made.comment.as_str().into(),
        disabled: made.disabled,
        last_caller_id: made.caller_id.as_str().into(),
        ..Account::default()
    };
    let mut sessions = Vec::new();
    if made.state != State::Offline {
        let slot = Slot(u32::try_from(traffic.len()).expect("tests are small"));
        let rates =
            made.rates.map(|(down, up)| Rates { sent: BitsPerSecond(down), received: BitsPerSecond(up) });
        traffic.push(Traffic { rx_byte: 1_000, tx_byte: 5_000, at: at.instant, rates, is_subscribers: true });
        sessions.push(Session {
            id: ItemId::read(format!("*8{id:x}").as_bytes()),
            service: "pppoe".into(),
            address: made.address.as_str().into(),
            caller_id: made.caller_id.as_str().into(),
            since,
            radius: false,
            interface: Some(format!("<pppoe-{}>", made.name).into()),
            slot: Some(slot),
        });
    }
    Subscriber {
        id: SubscriberId(id),
        name: made.name.as_str().into(),
        account: Some(Arc::new(account)),
        sessions,
        state: made.state,
        since: Some(since),
        last_seen: (made.state == State::Offline).then_some(since),
        last_address: Text::default(),
    }
}

fn system(router: &str, at: Moment) -> System {
    let resource = SystemResource {
        uptime: Some(Duration::from_secs(90_000)),
        version: "7.21 (stable)".into(),
        board_name: "CCR2004".into(),
        cpu_load: Some(17),
        free_memory: Some(3_000_000_000),
        total_memory: Some(4_000_000_000),
        ..SystemResource::default()
    };
    System {
        identity: Some(Identity { name: format!("{router} <b>core</b>").into() }),
        resource: Some(resource),
        at: Some(at),
        ..System::default()
    }
}
