//! `/interface`: the router's ports, then a dynamic interface for each session.

use super::sessions::{Line, each_line, flag, number, text};
use crate::simulator::clock::Moment;
use crate::simulator::computed::{Computed, Values, shown};
use crate::simulator::isp::{INTERFACES, Isp, packets_down, packets_up};
use crate::simulator::subscribers::mac;
use crate::simulator::traffic::Usage;
use crate::simulator::values::{Local, put_mac};
use crate::simulator::world::{Cells, Menu, Monitor, Name, Rates, Source};
use std::sync::Arc;

/// An interface that is always there.
#[derive(Debug)]
pub struct Port {
    /// Its name.
    pub name: &'static str,
    kind: &'static str,
    comment: &'static str,
    running: bool,
    address: [u8; 6],
    received: Usage,
    sent: Usage,
}

impl Port {
    /// Received and sent bytes between boot and a moment.
    pub fn bytes(&self, boot: Moment, at: Moment) -> (u64, u64) {
        if self.running { (self.received.between(boot, at), self.sent.between(boot, at)) } else { (0, 0) }
    }

    /// Whether it is an Ethernet port.
    pub fn is_ethernet(&self) -> bool {
        self.kind == "ether"
    }

    /// The speed that its other end agrees to, as RouterOS writes it.
    fn speed(&self) -> &'static str {
        match self.name {
            "ether2" => "100Mbps",
            name if name.starts_with("sfp-sfpplus") => "10Gbps",
            _ => "1Gbps",
        }
    }

    /// Whether it is a VLAN.
    pub fn is_vlan(&self) -> bool {
        self.kind == "vlan"
    }
}

/// The ports of a router, with about the traffic that its subscribers make.
pub fn ports(isp: &Isp) -> Vec<Port> {
    let state = isp.state();
    let online = state.subscribers.iter().filter(|subscriber| subscriber.is_online());
    let (up, down) = online.fold((0, 0), |(up, down), one| (up + one.up.mean(), down + one.down.mean()));
    let (up, down) = (up + 10_000, down + 50_000);
    let seed = isp.plan.seed.wrapping_mul(1000);
    let port = |index: u64, name, kind, comment, (received, sent): (u64, u64)| Port {
        name,
        kind,
        comment,
        running: 0 < received,
        address: mac(seed + index),
        received: Usage::even(seed + index * 2, received),
        sent: Usage::even(seed + index * 2 + 1, sent),
    };
    vec![
        port(1, "sfp-sfpplus1", "ether", "uplink", (down, up)),
        port(2, "sfp-sfpplus2", "ether", "to the access network", (up, down)),
        port(3, "ether1", "ether", "management", (2000, 9000)),
        port(4, "ether2", "ether", "hotspot", (40_000, 400_000)),
        port(5, "ether3", "ether", "", (0, 0)),
        port(6, "ether4", "ether", "<b>spare</b>", (0, 0)),
        port(7, "bridge-subscribers", "bridge", "", (up, down)),
        port(8, "vlan100-north", "vlan", "North tower", (up / 3, down / 3)),
        port(9, "vlan200-south", "vlan", "South tower", (up / 2, down / 2)),
        port(10, "vlan300-office", "vlan", "", (15_000, 60_000)),
    ]
}

/// A port at the moment of the read.
struct PortRow<'a> {
    port: &'a Port,
    isp: &'a Isp,
    boot: Moment,
    now: Moment,
}

impl PortRow<'_> {
    fn bytes(&self) -> (u64, u64) {
        self.port.bytes(self.boot, self.now)
    }
}

/// The table behind `/interface`, or the part of it that is of one kind.
pub struct Interfaces {
    isp: Arc<Isp>,
    ports: Arc<Vec<Port>>,
}

impl Interfaces {
    /// All interfaces.
    pub fn new(isp: Arc<Isp>, ports: Arc<Vec<Port>>) -> Self {
        Self { isp, ports }
    }
}

impl Source for Interfaces {
    fn columns(&self) -> Vec<Name> {
        COLUMNS.iter().map(|column| Name::Borrowed(column.name)).collect()
    }

    fn visit(&self, after: Option<u64>, visit: &mut dyn FnMut(u64, &dyn Cells) -> bool) {
        if after.is_none_or(|after| after < INTERFACES) {
            let boot = self.isp.state().boot;
            let now = self.isp.clock.now();
            for (key, port) in (1..).zip(self.ports.iter()) {
                let wanted = after.is_none_or(|after| after < key);
                if wanted && !visit(key, &PortRow { port, isp: &self.isp, boot, now }) {
                    return;
                }
            }
        }
        let after = after.and_then(|after| after.checked_sub(INTERFACES));
        each_line(&self.isp, after, &mut |line| {
            visit(INTERFACES + u64::from(line.number), &LineRow { line, isp: &self.isp })
        });
    }
}

impl Monitor for Interfaces {
    fn rates(&self, interface: &[u8]) -> Option<Rates> {
        let now = self.isp.clock.now();
        let at = |moment| bytes(&self.isp, &self.ports, interface, moment);
        let (received, sent) = at(now)?;
        let (later_received, later_sent) = at(Moment(now.0 + 1000))?;
        Some((later_received.saturating_sub(received) * 8, later_sent.saturating_sub(sent) * 8))
    }
}

/// What `/interface/ethernet/monitor` tells: what the ports have agreed on with their other ends.
pub fn links(ports: Arc<Vec<Port>>) -> Menu {
    let columns = &["name", "status", "auto-negotiation", "rate", "full-duplex"];
    Menu::monitor(Computed::new(columns, move || {
        let ethernet = (1..).zip(ports.iter()).filter(|(_, port)| port.is_ethernet());
        let row = |port: &Port| {
            let mut values: Values = vec![("name", shown(port.name))];
            if port.running {
                values.extend([("status", shown("link-ok")), ("auto-negotiation", shown("done"))]);
                values.extend([("rate", shown(port.speed())), ("full-duplex", shown(port.name != "ether2"))]);
            } else {
                values.extend([("status", shown("no-link")), ("auto-negotiation", shown("incomplete"))]);
            }
            values
        };
        ethernet.map(|(key, port)| (key, row(port))).collect()
    }))
}

/// Received and sent bytes of the interface of this name at a moment.
pub fn bytes(isp: &Isp, ports: &[Port], interface: &[u8], at: Moment) -> Option<(u64, u64)> {
    if let Some(port) = ports.iter().find(|port| port.name.as_bytes() == interface) {
        return Some(port.bytes(isp.state().boot, at));
    }
    let number = isp.session_of_interface(interface)?;
    let state = isp.state();
    let session = state.sessions.get(&number)?;
    Some(session.bytes(at))
}

struct LineRow<'a> {
    line: &'a Line<'a>,
    isp: &'a Isp,
}

impl Cells for LineRow<'_> {
    fn put(&self, column: usize, out: &mut Vec<u8>) -> bool {
        COLUMNS.get(column).is_some_and(|column| (column.line)(self, out))
    }
}

impl Cells for PortRow<'_> {
    fn put(&self, column: usize, out: &mut Vec<u8>) -> bool {
        COLUMNS.get(column).is_some_and(|column| (column.port)(self, out))
    }
}

fn date(isp: &Isp, at: Moment, out: &mut Vec<u8>) -> bool {
    Local::new(isp.clock.wall(at), isp.plan.utc_offset, isp.plan.ros).put_date_time(out);
    true
}

/// A column of the table: how a session's row and how a port's row write it.
struct Column {
    name: &'static str,
    line: for<'a> fn(&LineRow<'a>, &mut Vec<u8>) -> bool,
    port: for<'a> fn(&PortRow<'a>, &mut Vec<u8>) -> bool,
}

/// A column.
const fn column(name: &'static str, line: LineCell, port: PortCell) -> Column {
    Column { name, line, port }
}

type LineCell = for<'a> fn(&LineRow<'a>, &mut Vec<u8>) -> bool;
type PortCell = for<'a> fn(&PortRow<'a>, &mut Vec<u8>) -> bool;

/// A value that is the same in every row.
macro_rules! zero {
    ($name:literal) => {
        column($name, |_, out| number(out, 0), |_, out| number(out, 0))
    };
}

static COLUMNS: &[Column] = &[
    column("name", |row, out| text(out, &row.line.session.interface), |row, out| text(out, row.port.name)),
    column("default-name", |_, _| false, |row, out| row.port.is_ethernet() && text(out, row.port.name)),
    column("type", |_, out| text(out, "pppoe-in"), |row, out| text(out, row.port.kind)),
    column("mtu", |_, out| number(out, 1480), |_, out| number(out, 1500)),
    column("actual-mtu", |_, out| number(out, 1480), |_, out| number(out, 1500)),
    column("l2mtu", |_, _| false, |_, out| number(out, 1592)),
    column(
        "mac-address",
        |_, _| false,
        |row, out| {
            put_mac(out, row.port.address);
            true
        },
    ),
    column(
        "last-link-up-time",
        |row, out| date(row.isp, row.line.session.since, out),
        |row, out| row.port.running && date(row.isp, row.boot, out),
    ),
    zero!("link-downs"),
    column("rx-byte", |row, out| number(out, row.line.uploaded()), |row, out| number(out, row.bytes().0)),
    column("tx-byte", |row, out| number(out, row.line.downloaded()), |row, out| number(out, row.bytes().1)),
    column(
        "rx-packet",
        |row, out| number(out, packets_up(row.line.uploaded())),
        |row, out| number(out, packets_up(row.bytes().0)),
    ),
    column(
        "tx-packet",
        |row, out| number(out, packets_down(row.line.downloaded())),
        |row, out| number(out, packets_down(row.bytes().1)),
    ),
    zero!("rx-drop"),
    zero!("tx-drop"),
    zero!("tx-queue-drop"),
    zero!("rx-error"),
    zero!("tx-error"),
    zero!("fp-rx-byte"),
    zero!("fp-tx-byte"),
    zero!("fp-rx-packet"),
    zero!("fp-tx-packet"),
    column("running", |_, out| flag(out, true), |row, out| flag(out, row.port.running)),
    column("dynamic", |_, out| flag(out, true), |_, out| flag(out, false)),
    column("slave", |_, _| false, |row, out| flag(out, row.port.name == "sfp-sfpplus2")),
    column("disabled", |_, out| flag(out, false), |row, out| flag(out, row.port.name == "ether4")),
    column("comment", |_, _| false, |row, out| !row.port.comment.is_empty() && text(out, row.port.comment)),
];
