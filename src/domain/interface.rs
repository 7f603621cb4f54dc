//! Interfaces: counters of all of them, and facts of those that are no subscriber's.

use super::id::{ItemId, Mark};
use super::resource::{Resource, Value, resource};
use super::units::Text;
use crate::routeros::Row;
use std::time::Instant;

/// Counters of one interface, and what is needed to know whether they go on from the last reading.
///
/// On the server side of PPPoE, `rx` is what the router received: the subscriber's upload.
#[derive(Debug, Clone, PartialEq)]
pub struct InterfaceCounters {
    /// The row's id; a new session has a new one.
    pub id: ItemId,
    /// Its name; `<pppoe-USER>` for a dynamic one of PPPoE.
    pub name: Text,
    /// A mark of the time at which it last came up: a change restarts the counters' comparison.
    pub last_link_up: Mark,
    /// Bytes received by the router since the counter began.
    pub rx_byte: u64,
    /// Bytes sent by the router since the counter began.
    pub tx_byte: u64,
    /// When the row was read from the socket.
    pub at: Instant,
}

impl Resource for InterfaceCounters {
    const PATH: &'static str = "/interface";
    const NAME: &'static str = "/interface counters";
    const PROPLIST: &'static str = ".id,name,last-link-up-time,rx-byte,tx-byte";

    #[inline]
    fn from_row(row: Row<'_>, at: Instant) -> Option<Self> {
        Self::in_order(row, at).or_else(|| Self::in_any_order(row, at))
    }
}

// Written by hand: of all rows that we read these are by far the most.
impl InterfaceCounters {
    /// Reads a row that has just the properties asked for, in the order of the list: nearly all have.
    #[inline]
    fn in_order(row: Row<'_>, at: Instant) -> Option<Self> {
        let charset = row.charset();
        let mut words = row.words();
        let mut next = |property: &'static [u8]| words.next()?.strip_prefix(property);
        let this = Self {
            id: ItemId::read(next(b"=.id=")?),
            name: Value::read(next(b"=name=")?, charset),
            last_link_up: Mark::of(next(b"=last-link-up-time=")?),
            rx_byte: Value::read(next(b"=rx-byte=")?, charset),
            tx_byte: Value::read(next(b"=tx-byte=")?, charset),
            at,
        };
        (words.next().is_none() && !this.name.is_empty()).then_some(this)
    }

    /// Reads any row; `None` without an id or a name.
    #[cold]
    fn in_any_order(row: Row<'_>, at: Instant) -> Option<Self> {
        let charset = row.charset();
        let (id, name) = (row.bytes(".id")?, row.bytes("name").filter(|name| !name.is_empty())?);
        let number =
            |property| row.bytes(property).map(|value| Value::read(value, charset)).unwrap_or_default();
        Some(Self {
            id: ItemId::read(id),
            name: Value::read(name, charset),
            last_link_up: row.bytes("last-link-up-time").map(Mark::of).unwrap_or_default(),
            rx_byte: number("rx-byte"),
            tx_byte: number("tx-byte"),
            at,
        })
    }
}

resource! {
    /// Facts of an interface that belongs to the router itself; subscribers' dynamic ones are left out.
    InterfaceFacts at "/interface" where "?type=pppoe-in" "?#!", needs ".id" {
        id: ItemId = ".id",
        name: Text = "name",
        kind: Text = "type",
        comment: Text = "comment",
        mac_address: Text = "mac-address",
        mtu: Text = "actual-mtu",
        running: bool = "running",
        disabled: bool = "disabled",
        dynamic: bool = "dynamic",
        link_downs: u64 = "link-downs",
        rx_error: u64 = "rx-error",
        tx_error: u64 = "tx-error",
        rx_drop: u64 = "rx-drop",
        tx_drop: u64 = "tx-drop",
    }
}
