//! How RouterOS writes values.

use super::ros::Ros;
pub use crate::domain::units::{put_duration, put_number};
use jiff::Timestamp;
use jiff::tz::Offset;
use std::io::Write;
use std::net::Ipv4Addr;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Appends anything that can be displayed.
pub fn put(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    // Writing to memory does not fail.
    let _ = write!(out, "{value}");
}

/// Appends an item's id, such as `*F00000`.
pub fn put_id(out: &mut Vec<u8>, key: u64) {
    out.push(b'*');
    // Each row of each reply has one, so this does without the formatter.
    let digits = key.max(1).ilog2() / 4;
    for place in (0..=digits).rev() {
        put_hex_digit(out, key >> (place * 4));
    }
}

/// Appends the lowest hexadecimal digit of a number.
fn put_hex_digit(out: &mut Vec<u8>, number: u64) {
    out.push(match (number & 0xF).to_le_bytes()[0] {
        digit @ 0..10 => b'0' + digit,
        digit => b'A' + digit - 10,
    });
}

/// Reads an item's id.
pub fn id(text: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(text.strip_prefix(b"*")?).ok()?, 16).ok()
}

/// Appends `true` or `false`.
pub fn put_flag(out: &mut Vec<u8>, flag: bool) {
    out.extend_from_slice(if flag { b"true" } else { b"false" });
}

/// Appends a hardware address, such as `D4:CA:6D:26:05:F7`.
pub fn put_mac(out: &mut Vec<u8>, mac: [u8; 6]) {
    for (index, byte) in mac.into_iter().enumerate() {
        if 0 < index {
            out.push(b':');
        }
        put_hex_digit(out, u64::from(byte >> 4));
        put_hex_digit(out, u64::from(byte));
    }
}

/// Appends an IPv4 address.
pub fn put_address(out: &mut Vec<u8>, address: u32) {
    for (index, byte) in Ipv4Addr::from(address).octets().into_iter().enumerate() {
        if 0 < index {
            out.push(b'.');
        }
        put_number(out, u64::from(byte));
    }
}

/// Appends a number from 0 to 99 in two digits.
fn put_two_digits(out: &mut Vec<u8>, number: impl Into<i16>) {
    let number = u8::try_from(number.into()).unwrap_or_default();
    out.extend_from_slice(&[b'0' + number / 10 % 10, b'0' + number % 10]);
}

/// A wall time in the router's zone.
#[derive(Debug, Clone, Copy)]
pub struct Local {
    time: jiff::civil::DateTime,
    ros: Ros,
}

impl Local {
    /// Seconds since 1970 UTC, in a zone this many seconds east.
    pub fn new(wall: i64, offset: i32, ros: Ros) -> Self {
        let offset = Offset::from_seconds(offset).unwrap_or(Offset::UTC);
        let time = offset.to_datetime(Timestamp::from_second(wall).unwrap_or(Timestamp::UNIX_EPOCH));
        Self::at(time, ros)
    }

    /// A date and time as they are there.
    pub fn at(time: jiff::civil::DateTime, ros: Ros) -> Self {
        Self { time, ros }
    }

    /// Appends the date, `jan/02/2026` or `2026-01-02`.
    pub fn put_date(&self, out: &mut Vec<u8>) {
        if self.ros.has_iso_dates() {
            self.put_year(out);
            out.push(b'-');
            put_two_digits(out, self.time.month());
            out.push(b'-');
            put_two_digits(out, self.time.day());
        } else {
            self.put_month_and_day(out);
            out.push(b'/');
            self.put_year(out);
        }
    }

    /// Appends the time of day, `15:04:05`.
    pub fn put_time(&self, out: &mut Vec<u8>) {
        put_two_digits(out, self.time.hour());
        out.push(b':');
        put_two_digits(out, self.time.minute());
        out.push(b':');
        put_two_digits(out, self.time.second());
    }

    /// Appends date and time.
    pub fn put_date_time(&self, out: &mut Vec<u8>) {
        self.put_date(out);
        out.push(b' ');
        self.put_time(out);
    }

    /// Appends the time as `/log` shows it: 6.x and early 7.x leave out what is today's date.
    pub fn put_log_time(&self, out: &mut Vec<u8>, today: &Local) {
        if self.ros == Ros::V7_21 {
            return self.put_date_time(out);
        }
        if self.time.date() != today.time.date() {
            if self.ros.has_iso_dates() {
                put(out, format_args!("{:02}-{:02} ", self.time.month(), self.time.day()));
            } else {
                self.put_month_and_day(out);
                out.push(b' ');
            }
        }
        self.put_time(out);
    }

    fn put_year(&self, out: &mut Vec<u8>) {
        put_two_digits(out, self.time.year() / 100);
        put_two_digits(out, self.time.year() % 100);
    }

    /// As RouterOS 6 begins a date: `jan/02`.
    fn put_month_and_day(&self, out: &mut Vec<u8>) {
        let index = usize::try_from(self.time.month()).unwrap_or(1).saturating_sub(1);
        out.extend_from_slice(MONTHS.get(index).copied().unwrap_or("jan").as_bytes());
        out.push(b'/');
        put_two_digits(out, self.time.day());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn check(write: impl Fn(&mut Vec<u8>), expect: &str) {
        let mut out = Vec::new();
        write(&mut out);
        assert_eq!(String::from_utf8_lossy(&out), expect);
    }

    #[test]
    fn values_are_written_as_routers_write_them() {
        check(|out| put_number(out, 0), "0");
        check(|out| put_number(out, u64::MAX), "18446744073709551615");
        check(|out| put_id(out, 0xF0_0000), "*F00000");
        check(|out| put_id(out, 0), "*0");
        check(|out| put_id(out, 0x10), "*10");
        check(|out| put_id(out, u64::MAX), "*FFFFFFFFFFFFFFFF");
        check(|out| put_mac(out, [0xD4, 0xCA, 0x6D, 0x26, 5, 0xF7]), "D4:CA:6D:26:05:F7");
        check(|out| put_address(out, 0xC0A8_590A), "192.168.89.10");
        assert_eq!(id(b"*F00000"), Some(0xF0_0000));
        assert_eq!(id(b"F00000"), None);
    }

    #[test]
    fn durations_leave_out_what_is_zero() {
        check(|out| put_duration(out, Duration::ZERO), "0s");
        check(|out| put_duration(out, Duration::from_secs(2695)), "44m55s");
        check(|out| put_duration(out, Duration::from_secs(604_800)), "1w");
        check(|out| put_duration(out, Duration::from_secs(1_034_769)), "1w4d23h26m9s");
    }

    #[test]
    fn each_version_writes_its_dates() {
        let at = |ros| Local::new(1_767_366_245, 3600, ros);
        let tomorrow = |ros| Local::new(1_767_366_245 + 86_400, 3600, ros);
        check(|out| at(Ros::V6_49).put_date_time(out), "jan/02/2026 16:04:05");
        check(|out| at(Ros::V7_14).put_date_time(out), "2026-01-02 16:04:05");
        check(|out| at(Ros::V6_49).put_log_time(out, &at(Ros::V6_49)), "16:04:05");
        check(|out| at(Ros::V6_49).put_log_time(out, &tomorrow(Ros::V6_49)), "jan/02 16:04:05");
        check(|out| at(Ros::V7_14).put_log_time(out, &tomorrow(Ros::V7_14)), "01-02 16:04:05");
        check(|out| at(Ros::V7_21).put_log_time(out, &at(Ros::V7_21)), "2026-01-02 16:04:05");
    }
}
