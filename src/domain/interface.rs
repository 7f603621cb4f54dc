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

    // Written by hand: of all rows that we read these are by far the most.
    #[inline]
    fn from_row(row: Row<'_>, at: Instant) -> Option<Self> {
        let charset = row.charset();
        let mut this = Self {
            id: ItemId::default(),
            name: Text::default(),
            last_link_up: Mark::default(),
            rx_byte: 0,
            tx_byte: 0,
            at,
        };
        for word in row.words() {
            if let Some(value) = word.strip_prefix(b"=tx-byte=") {
                this.tx_byte = Value::read(value, charset);
            } else if let Some(value) = word.strip_prefix(b"=rx-byte=") {
                this.rx_byte = Value::read(value, charset);
            } else if let Some(value) = word.strip_prefix(b"=name=") {
                this.name = Value::read(value, charset);
            } else if let Some(value) = word.strip_prefix(b"=.id=") {
                this.id = ItemId::read(value);
            } else if let Some(value) = word.strip_prefix(b"=last-link-up-time=") {
                this.last_link_up = Mark::of(value);
            }
        }
        (this.id.is_some() && !this.name.is_empty()).then_some(this)
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
