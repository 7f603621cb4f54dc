//! Menus with a row for each session: `/ppp/active`, `/interface/pppoe-server`, `/queue/simple`, `/ip/pool/used`.

use crate::simulator::clock::Moment;
use crate::simulator::isp::{INTERFACES, Isp, Session, device_mac, packets_down, packets_up};
use crate::simulator::plan::RouterPlan;
use crate::simulator::subscribers::{Account, Subscriber, tariff};
use crate::simulator::values::{put, put_address, put_duration, put_flag, put_mac, put_number};
use crate::simulator::world::{Cells, Name, Source};
use std::sync::Arc;

/// A session with all that its rows are made of.
pub struct Line<'a> {
    /// The router's plan.
    pub plan: &'a RouterPlan,
    /// The session's number.
    pub number: u32,
    /// The session.
    pub session: &'a Session,
    /// Whose it is.
    pub subscriber: &'a Subscriber,
    /// The moment of the read.
    pub now: Moment,
}

/// A column: its name, and how a row writes it (`false` if it has none).
pub type Column = (&'static str, fn(&Line<'_>, &mut Vec<u8>) -> bool);

/// A menu with a row for each session.
pub struct Sessions {
    isp: Arc<Isp>,
    /// What is added to a session's number to give the key of its row.
    base: u64,
    columns: &'static [Column],
}

impl Sessions {
    /// `/ppp/active`. It has no byte counters: no version has.
    pub fn active(isp: Arc<Isp>) -> Self {
        Self { isp, base: 0, columns: ACTIVE }
    }

    /// `/interface/pppoe-server`; its ids are those of the interfaces.
    pub fn servers(isp: Arc<Isp>) -> Self {
        Self { isp, base: INTERFACES, columns: SERVER }
    }

    /// `/queue/simple`: the dynamic queue of each session.
    pub fn queues(isp: Arc<Isp>) -> Self {
        Self { isp, base: 0, columns: QUEUE }
    }

    /// `/ipv6/dhcp-server/binding`: the prefix that each session was given.
    pub fn prefixes(isp: Arc<Isp>) -> Self {
        Self { isp, base: 0, columns: BINDING }
    }

    /// `/ip/pool/used`.
    pub fn addresses(isp: Arc<Isp>) -> Self {
        Self { isp, base: 0, columns: POOL_USED }
    }
}

impl Source for Sessions {
    fn columns(&self) -> Vec<Name> {
        self.columns.iter().map(|(name, _)| Name::Borrowed(*name)).collect()
    }

    fn visit(&self, after: Option<u64>, visit: &mut dyn FnMut(u64, &dyn Cells) -> bool) {
        let after = after.and_then(|key| key.checked_sub(self.base));
        each_line(&self.isp, after, &mut |line| {
            visit(self.base + u64::from(line.number), &Row { line, columns: self.columns })
        });
    }
}

struct Row<'a> {
    line: &'a Line<'a>,
    columns: &'static [Column],
}

impl Cells for Row<'_> {
    fn put(&self, column: usize, out: &mut Vec<u8>) -> bool {
        self.columns.get(column).is_some_and(|(_, write)| write(self.line, out))
    }
}

/// Shows the sessions whose number lies above `after`, until `visit` says `false`.
pub fn each_line(isp: &Isp, after: Option<u64>, visit: &mut dyn FnMut(&Line<'_>) -> bool) {
    let from = u32::try_from(after.map_or(0, |number| number.saturating_add(1))).unwrap_or(u32::MAX);
    let state = isp.state();
    let now = isp.clock.now();
    for (&number, session) in state.sessions.range(from..) {
        let Some(subscriber) = state.subscribers.get(session.subscriber as usize) else { continue };
        if !visit(&Line { plan: &isp.plan, number, session, subscriber, now }) {
            break;
        }
    }
}

impl Line<'_> {
    fn put_caller(&self, out: &mut Vec<u8>) -> bool {
        put_mac(out, device_mac(self.subscriber, self.session.device));
        true
    }

    fn put_uptime(&self, out: &mut Vec<u8>) -> bool {
        put_duration(out, self.now.since(self.session.since));
        true
    }

    fn put_address(&self, out: &mut Vec<u8>) -> bool {
        put_address(out, self.session.address);
        true
    }

    /// The interface that its frames come in on.
    fn carrier(&self) -> &'static str {
        match self.session.subscriber % 3 {
            0 => "vlan100-north",
            1 => "vlan200-south",
            _ => "bridge-subscribers",
        }
    }

    /// Uploaded and downloaded bytes.
    pub fn bytes(&self) -> (u64, u64) {
        self.session.bytes(self.now)
    }

    /// Uploaded bytes.
    pub fn uploaded(&self) -> u64 {
        self.session.uploaded(self.now)
    }

    /// Downloaded bytes.
    pub fn downloaded(&self) -> u64 {
        self.session.downloaded(self.now)
    }

    /// Uploaded and downloaded bytes per second.
    pub fn rates(&self) -> (u64, u64) {
        let (up, down) = self.bytes();
        let (later_up, later_down) = self.session.bytes(Moment(self.now.0 + 1000));
        (later_up.saturating_sub(up), later_down.saturating_sub(down))
    }
}

/// Appends a text and says that there is a value.
pub fn text(out: &mut Vec<u8>, text: impl AsRef<[u8]>) -> bool {
    out.extend_from_slice(text.as_ref());
    true
}

/// Appends a number and says that there is a value.
pub fn number(out: &mut Vec<u8>, number: u64) -> bool {
    put_number(out, number);
    true
}

/// Appends `true` or `false` and says that there is a value.
pub fn flag(out: &mut Vec<u8>, flag: bool) -> bool {
    put_flag(out, flag);
    true
}

fn pair(out: &mut Vec<u8>, up: u64, down: u64) -> bool {
    put_number(out, up);
    out.push(b'/');
    put_number(out, down);
    true
}

static ACTIVE: &[Column] = &[
    ("name", |line, out| text(out, &line.subscriber.name)),
    ("service", |_, out| text(out, "pppoe")),
    ("caller-id", |line, out| line.put_caller(out)),
    ("address", |line, out| line.put_address(out)),
    ("uptime", |line, out| line.put_uptime(out)),
    ("encoding", |_, out| text(out, "")),
    ("session-id", |line, out| {
        put(out, format_args!("0x{:08x}", 0x8110_0000 + line.number));
        true
    }),
    ("limit-bytes-in", |_, out| number(out, 0)),
    ("limit-bytes-out", |_, out| number(out, 0)),
    ("radius", |line, out| flag(out, line.subscriber.account == Account::Radius)),
    ("comment", |line, out| line.subscriber.comment.as_ref().is_some_and(|comment| text(out, comment))),
];

static SERVER: &[Column] = &[
    ("name", |line, out| text(out, &line.session.interface)),
    ("user", |line, out| text(out, &line.subscriber.name)),
    ("service", |_, out| text(out, "internet")),
    ("remote-address", |line, out| line.put_caller(out)),
    ("mtu", |_, out| number(out, 1480)),
    ("mru", |_, out| number(out, 1480)),
    ("uptime", |line, out| line.put_uptime(out)),
    ("encoding", |_, out| text(out, "")),
    ("interface", |line, out| text(out, line.carrier())),
    ("running", |_, out| flag(out, true)),
    ("dynamic", |_, out| flag(out, true)),
    ("disabled", |_, out| flag(out, false)),
];

static QUEUE: &[Column] = &[
    ("name", |line, out| text(out, &line.session.interface)),
    ("target", |line, out| text(out, &line.session.interface)),
    ("parent", |_, out| text(out, "none")),
    ("packet-marks", |_, out| text(out, "")),
    ("priority", |_, out| text(out, "8/8")),
    ("queue", |_, out| text(out, "default-small/default-small")),
    ("limit-at", |_, out| text(out, "0/0")),
    ("max-limit", |line, out| {
        // A session keeps what it began with.
        let tariff = tariff(line.session.tariff);
        pair(out, tariff.up * 1_000_000, tariff.down * 1_000_000)
    }),
    ("burst-limit", |_, out| text(out, "0/0")),
    ("burst-threshold", |_, out| text(out, "0/0")),
    ("burst-time", |_, out| text(out, "0s/0s")),
    ("bytes", |line, out| {
        let (up, down) = line.bytes();
        pair(out, up, down)
    }),
    ("packets", |line, out| {
        let (up, down) = line.bytes();
        pair(out, packets_up(up), packets_down(down))
    }),
    ("rate", |line, out| {
        let (up, down) = line.rates();
        pair(out, up * 8, down * 8)
    }),
    ("packet-rate", |line, out| {
        let (up, down) = line.rates();
        pair(out, packets_up(up), packets_down(down))
    }),
    ("dropped", |_, out| text(out, "0/0")),
    ("queued-bytes", |_, out| text(out, "0/0")),
    ("queued-packets", |_, out| text(out, "0/0")),
    ("dynamic", |_, out| flag(out, true)),
    ("invalid", |_, out| flag(out, false)),
    ("disabled", |_, out| flag(out, false)),
];

static BINDING: &[Column] = &[
    ("address", |line, out| {
        let (high, low) = (line.number >> 16, line.number & 0xFFFF);
        put(out, format_args!("2001:db8:{high:x}:{low:x}::/64"));
        true
    }),
    ("server", |line, out| text(out, &line.session.interface)),
    ("status", |_, out| text(out, "bound")),
    ("prefix-pool", |_, out| text(out, "subscribers6")),
    ("dynamic", |_, out| flag(out, true)),
    ("disabled", |_, out| flag(out, false)),
];

static POOL_USED: &[Column] = &[
    ("pool", |_, out| text(out, "subscribers")),
    ("address", |line, out| line.put_address(out)),
    ("owner", |_, out| text(out, "PPP")),
    ("info", |line, out| text(out, &line.session.interface)),
];
