//! How numbers and times are written.

use super::reader::{self, Rates};
use crate::domain::units::{BitsPerSecond, Bytes};
use crate::domain::vendors::{Vendor, vendor};
use jiff::Timestamp;
use serde::Serialize;

/// What is written where a value is not known.
pub(super) const NOTHING: &str = "–";

/// A count, grouped by thousands as the reader's language does it: `12,345`.
pub(super) fn count(number: usize) -> String {
    let language = reader::language();
    let digits = number.to_string();
    if digits.len() < language.grouped_from {
        return digits;
    }
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.char_indices() {
        if 0 < place && (digits.len() - place).is_multiple_of(3) {
            grouped.push(language.group);
        }
        grouped.push(digit);
    }
    grouped
}

/// A number that was written with a point, as the reader's language has it.
pub(super) fn pointed(number: &impl std::fmt::Display) -> String {
    let text = number.to_string();
    match reader::language().decimal {
        '.' => text,
        decimal => text.replacen('.', decimal.encode_utf8(&mut [0; 4]), 1),
    }
}

/// A duration: `3d 04:12`, `4:12:33`, `12:33`.
pub(super) fn uptime(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes}:{:02}", seconds % 60),
        (0, _) => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
        _ => format!("{days}d {hours:02}:{minutes:02}"),
    }
}

/// A rate in the unit that the reader chose, or a dash.
pub(super) fn rate(rate: Option<BitsPerSecond>) -> String {
    rate.map_or_else(
        || NOTHING.to_owned(),
        |rate| match reader::rates() {
            Rates::Bits => pointed(&rate),
            Rates::Bytes => pointed(&rate.in_bytes()),
        },
    )
}

/// A volume, or a dash.
pub(super) fn bytes(volume: Option<Bytes>) -> String {
    volume.map_or_else(|| NOTHING.to_owned(), |volume| pointed(&volume))
}

/// What a MAC address tells of who made the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct VendorView {
    name: &'static str,
    /// The device made the address up, so that it tells nothing.
    is_local: bool,
}

impl VendorView {
    /// Of an address, if it tells anything.
    pub(super) fn of(address: &str) -> Option<Self> {
        Some(match vendor(address)? {
            Vendor::Known(name) => Self { name, is_local: false },
            Vendor::Local => Self { name: "", is_local: true },
        })
    }
}

/// How long ago something was, by the greatest unit that fits: a key of the words and its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Ago {
    pub(super) key: &'static str,
    pub(super) n: i64,
    /// The time itself, for machines.
    pub(super) at: String,
}

/// How long ago this was.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> Ago {
    let seconds = now.duration_since(at).as_secs().max(0);
    let (key, n) = match seconds {
        0..60 => ("js.ago.seconds", seconds),
        60..3_600 => ("js.ago.minutes", seconds / 60),
        3_600..86_400 => ("js.ago.hours", seconds / 3_600),
        _ => ("js.ago.days", seconds / 86_400),
    };
    Ago { key, n, at: format!("{at:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        let check = |number: usize, shown: &str| assert_eq!(count(number), shown);
        check(0, "0");
        check(999, "999");
        check(1_000, "1,000");
        check(1_234_567, "1,234,567");
    }

    #[test]
    fn uptimes_are_short() {
        let check = |seconds: u64, shown: &str| assert_eq!(uptime(seconds), shown);
        check(7, "0:07");
        check(3_700, "1:01:40");
        check(274_320, "3d 04:12");
    }
}
