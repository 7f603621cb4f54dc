//! Interfaces: counters of all of them, and facts of those that are no subscriber's.

use super::id::{ItemId, Mark};
use super::resource::{Resource, Value, resource};
use super::units::Text;
use crate::routeros::Row;
use std::time::{Duration, Instant};

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

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "of all rows that we read these are by far the most: a move shows"
    )]
    fn from_row(row: Row<'_>, at: Instant) -> Option<Self> {
        let found = Found::in_order(row).or_else(|| Found::in_any_order(row))?;
        let charset = row.charset();
        Some(Self {
            id: ItemId::read(found.id),
            name: Value::read(found.name, charset),
            last_link_up: Mark::of(found.last_link_up),
            rx_byte: Value::read(found.rx_byte, charset),
            tx_byte: Value::read(found.tx_byte, charset),
            at,
        })
    }
}

/// The values of a row of counters, where they stand.
struct Found<'a> {
    id: &'a [u8],
    name: &'a [u8],
    last_link_up: &'a [u8],
    rx_byte: &'a [u8],
    tx_byte: &'a [u8],
}

impl<'a> Found<'a> {
    /// Those of a row that has just the properties asked for, in the order of the list: nearly all have.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "its result is not to leave the registers")]
    fn in_order(row: Row<'a>) -> Option<Self> {
        let mut words = row.words();
        let found = Self {
            id: words.short_after(b"=.id=")?,
            name: words.short_after(b"=name=")?,
            last_link_up: words.short_after(b"=last-link-up-time=")?,
            rx_byte: words.short_after(b"=rx-byte=")?,
            tx_byte: words.short_after(b"=tx-byte=")?,
        };
        (words.next().is_none() && !found.name.is_empty()).then_some(found)
    }

    /// Those of any row; `None` without an id or a name.
    #[cold]
    fn in_any_order(row: Row<'a>) -> Option<Self> {
        Some(Self {
            id: row.bytes(".id")?,
            name: row.bytes("name").filter(|name| !name.is_empty())?,
            last_link_up: row.bytes("last-link-up-time").unwrap_or_default(),
            rx_byte: row.bytes("rx-byte").unwrap_or_default(),
            tx_byte: row.bytes("tx-byte").unwrap_or_default(),
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

impl InterfaceFacts {
    /// One word for how it is: `running`, `no_link` or `disabled`; `unknown` while its router cannot be asked, as what
    /// was read last may hold no more. What is switched off stays so.
    pub fn state(&self, is_live: bool) -> &'static str {
        match (self.disabled, is_live, self.running) {
            (true, ..) => "disabled",
            (false, false, _) => "unknown",
            (false, true, true) => "running",
            (false, true, false) => "no_link",
        }
    }
}

/// What went wrong on an interface, by the second, in both directions together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Faults {
    /// Damaged packets.
    pub errors_per_s: f64,
    /// Packets thrown away.
    pub drops_per_s: f64,
}

impl Faults {
    /// Between two readings of one interface; `None` if a counter went down, or no time passed.
    pub fn between(before: &InterfaceFacts, now: &InterfaceFacts, elapsed: Duration) -> Option<Self> {
        let count = |of: fn(&InterfaceFacts) -> [u64; 2]| {
            let pairs = of(before).into_iter().zip(of(now));
            pairs.map(|(before, now)| now.checked_sub(before)).sum::<Option<u64>>()
        };
        let seconds = elapsed.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "it is shown with three digits")]
        let per_s = |count: u64| (0.0 < seconds).then(|| count as f64 / seconds);
        Some(Self {
            errors_per_s: per_s(count(|row| [row.rx_error, row.tx_error])?)?,
            drops_per_s: per_s(count(|row| [row.rx_drop, row.tx_drop])?)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routeros::sentence::{Limits, Splitter, put_sentence};
    use crate::routeros::{Charset, Row};

    fn check(words: &[&str], expect: Option<(&str, &str, u64, u64)>) {
        let mut bytes = Vec::new();
        put_sentence(&mut bytes, words.iter().map(|word| word.as_bytes()));
        let (sentence, _) = Splitter::new(Limits::default()).next(&bytes).unwrap().unwrap();
        let at = Instant::now();
        let read = InterfaceCounters::from_row(Row::new(sentence, Charset::default()), at);
        let expect = expect.map(|(name, up, rx_byte, tx_byte)| InterfaceCounters {
            id: ItemId::read(b"*F0001A"),
            name: name.into(),
            last_link_up: Mark::of(up.as_bytes()),
            rx_byte,
            tx_byte,
            at,
        });
        assert_eq!(read, expect, "{words:?}");
    }

    #[test]
    fn counters_are_read_in_whatever_order_they_come() {
        let up = "=last-link-up-time=2026-03-02 11:30:44";
        let (id, name, rx, tx) = ("=.id=*F0001A", "=name=<pppoe-ana>", "=rx-byte=123456789012", "=tx-byte=7");
        let all = Some(("<pppoe-ana>", "2026-03-02 11:30:44", 123_456_789_012, 7));
        check(&[id, name, up, rx, tx], all);
        check(&[id, name, up, rx, tx, "=mtu=1500"], all);
        check(&[id, name, up, rx, tx, "=rx-byte=5"], Some(("<pppoe-ana>", "2026-03-02 11:30:44", 5, 7)));
        check(&[tx, rx, up, name, id, ".tag=4"], all);
        check(&[id, name, rx, tx], Some(("<pppoe-ana>", "", 123_456_789_012, 7)));
        check(&[id, "=name=", up, rx, tx], None);
        check(&[name, up, rx, tx], None);
    }

    #[test]
    fn names_of_every_length_are_read() {
        for length in 1..300 {
            let name = "x".repeat(length);
            check(
                &[
                    "=.id=*F0001A",
                    &format!("=name={name}"),
                    "=last-link-up-time=",
                    "=rx-byte=1",
                    "=tx-byte=2",
                ],
                Some((&name, "", 1, 2)),
            );
        }
    }
}
