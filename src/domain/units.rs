//! Quantities with their units, and how RouterOS writes them.

use compact_str::CompactString;
use jiff::civil;
use serde::Serialize;
use std::time::Duration;

/// Text as a router has it, decoded once at the edge; hostile until it is escaped where it is shown.
pub type Text = CompactString;

/// A rate in bits per second.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct BitsPerSecond(pub f64);

/// A volume in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl std::fmt::Display for BitsPerSecond {
    /// Three significant digits, SI prefixes: `0 bit/s`, `984 bit/s`, `12.4 kbit/s`, `8.52 Mbit/s`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        scaled(f, self.0, &["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"])
    }
}

impl BitsPerSecond {
    /// The same rate, written in bytes.
    pub fn in_bytes(self) -> BytesPerSecond {
        BytesPerSecond(self.0 / 8.0)
    }
}

/// A rate in bytes per second, for who reads rates so; all else reckons in bits.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct BytesPerSecond(f64);

impl std::fmt::Display for BytesPerSecond {
    /// Three significant digits, SI prefixes: `0 B/s`, `123 B/s`, `1.55 kB/s`, `1.06 MB/s`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        scaled(f, self.0, &["B/s", "kB/s", "MB/s", "GB/s", "TB/s"])
    }
}

impl std::fmt::Display for Bytes {
    /// Three significant digits, SI prefixes (1 kB is 1,000 bytes): `1.24 GB`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        scaled(f, self.0 as f64, &["B", "kB", "MB", "GB", "TB", "PB"])
    }
}

fn scaled(f: &mut std::fmt::Formatter<'_>, value: f64, units: &[&str]) -> std::fmt::Result {
    let mut value = value;
    let mut units = units.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    let first = unit;
    // 999.5 would be printed as 1000 with three digits, so the next unit begins there.
    while 999.5 <= value
        && let Some(next) = units.next()
    {
        value /= 1000.0;
        unit = next;
    }
    let digits = match value {
        _ if unit == first => 0,
        _ if value < 9.995 => 2,
        _ if value < 99.95 => 1,
        _ => 0,
    };
    write!(f, "{value:.digits$} {unit}")
}

/// A duration as RouterOS writes it: `1w2d3h4m5s`, `9ms445us`, `00:00:10`, `1d02:03:04`, `2d20:12:20.5`.
///
/// `None` for words such as `never` or `none`, and for anything else that is no duration.
pub fn duration(text: &str) -> Option<Duration> {
    if text.contains(':') {
        return with_clock(text);
    }
    in_units(text)
}

/// A duration without a clock in it.
fn in_units(text: &str) -> Option<Duration> {
    if text.is_empty() {
        return None;
    }
    // Each session has an uptime in each print, so this reads digits and units in one pass.
    let mut total = Duration::ZERO;
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, unit) = rest.split_at_checked(digits)?;
        if number.is_empty() || 12 < number.len() {
            return None;
        }
        let number = number.iter().fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0'));
        let (part, length) = match unit {
            [b'w', ..] => (Duration::from_secs(number * 604_800), 1),
            [b'd', ..] => (Duration::from_secs(number * 86_400), 1),
            [b'h', ..] => (Duration::from_secs(number * 3_600), 1),
            [b'm', b's', ..] => (Duration::from_millis(number), 2),
            [b'm', ..] => (Duration::from_secs(number * 60), 1),
            [b's', ..] => (Duration::from_secs(number), 1),
            [b'u', b's', ..] => (Duration::from_micros(number), 2),
            [b'n', b's', ..] => (Duration::from_nanos(number), 2),
            _ => return None,
        };
        total = total.checked_add(part)?;
        rest = unit.get(length..)?;
    }
    Some(total)
}

/// Appends a whole number; much faster than formatting, and counters are most of what is written.
pub fn put_number(out: &mut Vec<u8>, mut number: u64) {
    let start = out.len();
    loop {
        // The remainder is below ten.
        out.push(b'0' + u8::try_from(number % 10).unwrap_or_default());
        number /= 10;
        if number == 0 {
            break;
        }
    }
    if let Some(digits) = out.get_mut(start..) {
        digits.reverse();
    }
}

/// Appends a duration as RouterOS writes it, in whole seconds: `1w4d23h26m9s`.
pub fn put_duration(out: &mut Vec<u8>, time: Duration) {
    let mut seconds = time.as_secs();
    let start = out.len();
    for (unit, letter) in [(604_800, b'w'), (86_400, b'd'), (3600, b'h'), (60, b'm')] {
        if unit <= seconds {
            put_number(out, seconds / unit);
            out.push(letter);
            seconds %= unit;
        }
    }
    if 0 < seconds || out.len() == start {
        put_number(out, seconds);
        out.push(b's');
    }
}

/// A duration with a clock in it: `00:00:10`, `1d02:03:04`, `2d20:12:20.5`.
fn with_clock(text: &str) -> Option<Duration> {
    let start = text.rfind(|c: char| c.is_ascii_alphabetic()).map_or(0, |unit| unit + 1);
    let (days, time) = text.split_at_checked(start)?;
    // What stands before the clock has none of its own: text such as `a:b` would be looked at for ever.
    let days = if days.is_empty() { Duration::ZERO } else { in_units(days)? };
    days.checked_add(clock(time)?)
}

fn clock(text: &str) -> Option<Duration> {
    let mut seconds = 0.0;
    for part in text.split(':') {
        seconds = seconds * 60.0 + part.parse::<f64>().ok()?;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A date and time in the router's zone: `2026-01-02 15:04:05`, or `jan/02/2026 15:04:05` up to about 7.9.
pub fn date_time(text: &str) -> Option<civil::DateTime> {
    let (date, time) = text.split_once(' ')?;
    let (year, month, day) = if date.contains('/') {
        let mut parts = date.split('/');
        let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
        let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))?;
        (year, i8::try_from(month).ok()? + 1, day)
    } else {
        let mut parts = date.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        (year, month.parse().ok()?, day)
    };
    let mut parts = time.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let date = civil::Date::new(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    let time = civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, second.parse().ok()?, 0).ok()?;
    Some(date.to_datetime(time))
}

/// Seconds east of UTC, as `/system/clock` writes them: `+01:00`, `-03:30`.
pub fn gmt_offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let offset = i32::from(hours.parse::<u8>().ok()?) * 3600 + i32::from(minutes.parse::<u8>().ok()?) * 60;
    (offset <= 15 * 3600).then_some(sign * offset)
}

/// A pair `a/b` of numbers, as in queues: upload/download as seen by the target.
pub fn pair(text: &str) -> Option<(u64, u64)> {
    let (first, second) = text.split_once('/')?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_three_significant_digits() {
        let check = |rate: f64, shown: &str| assert_eq!(BitsPerSecond(rate).to_string(), shown);
        check(0.0, "0 bit/s");
        check(984.0, "984 bit/s");
        check(999.6, "1.00 kbit/s");
        check(12_400.0, "12.4 kbit/s");
        check(8_520_000.0, "8.52 Mbit/s");
        check(9_996_000.0, "10.0 Mbit/s");
        check(1_200_000_000.0, "1.20 Gbit/s");
        assert_eq!(Bytes(1_240_000_000).to_string(), "1.24 GB");
        assert_eq!(Bytes(17).to_string(), "17 B");
    }

    #[test]
    fn durations_of_every_notation_are_read() {
        let check = |text: &str, seconds: Option<f64>| {
            assert_eq!(duration(text).map(|duration| duration.as_secs_f64()), seconds, "{text:?}");
        };
        check("1w2d3h4m5s", Some(788_645.0));
        check("44m55s", Some(2_695.0));
        check("9ms445us", Some(0.009_445));
        check("0s", Some(0.0));
        check("00:00:10", Some(10.0));
        check("1d02:03:04", Some(93_784.0));
        check("2d20:12:20.5", Some(245_540.5));
        check("never", None);
        check("none", None);
        check("", None);
        check("9999999999999999999w", None);
        check("5", None);
        check("1.5s", None);
        check("a:b", None);
        check("D0:D0:4B:00:00:0F", None);
        check("1:2:3d4", None);
        check("w-:-s", None);
        check(":", None);
    }

    proptest::proptest! {
        #[test]
        fn nonsense_is_no_duration_and_no_harm(text in "[0-9a-z:.]{0,20}|.{0,20}") {
            let _ = duration(&text);
        }
    }

    #[test]
    fn dates_of_both_notations_are_read() {
        let expect = civil::date(2026, 1, 2).at(15, 4, 5, 0);
        let check =
            |text: &str, expect: Option<civil::DateTime>| assert_eq!(date_time(text), expect, "{text:?}");
        check("2026-01-02 15:04:05", Some(expect));
        check("jan/02/2026 15:04:05", Some(expect));
        check("Jan/02/2026 15:04:05", Some(expect));
        check("13:55:57", None);
        check("foo/02/2026 15:04:05", None);
        check("2026-13-02 15:04:05", None);
        assert_eq!(gmt_offset("+01:00"), Some(3600));
        assert_eq!(gmt_offset("-03:30"), Some(-12_600));
        for nonsense in ["-99999999:99", "+-01:00", "99:00", "01", ""] {
            assert_eq!(gmt_offset(nonsense), None, "{nonsense:?}");
        }
    }
}
