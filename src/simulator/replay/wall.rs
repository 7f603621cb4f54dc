//! The recorded router's own clock: between its readings it goes on, as uptimes do.

use crate::domain::units;
use crate::simulator::ros::Ros;
use crate::simulator::values::Local;
use jiff::{SignedDuration, civil};
use std::time::Duration;

/// The menu that tells it.
pub(super) const MENU: &str = "/system/clock";

/// The properties that go on.
pub(super) const DATE: &str = "date";
pub(super) const TIME: &str = "time";

/// The clock as it was read last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wall {
    read: civil::DateTime,
    /// At which offset.
    at: Duration,
    /// Its notation.
    ros: Ros,
}

impl Wall {
    /// What was read at an offset; `None` if it is no date and time.
    pub(super) fn read(date: &[u8], time: &[u8], at: Duration) -> Option<Self> {
        let (date, time) = (std::str::from_utf8(date).ok()?, std::str::from_utf8(time).ok()?);
        let read = units::date_time(&format!("{date} {time}"))?;
        let ros = if date.contains('/') { Ros::V6_49 } else { Ros::V7_21 };
        Some(Self { read, at, ros })
    }

    /// What it shows at an offset.
    pub(super) fn at(self, offset: Duration) -> Local {
        let signed = |time: Duration| SignedDuration::try_from(time).unwrap_or_default();
        let passed = signed(offset).saturating_sub(signed(self.at));
        Local::at(self.read.checked_add(passed).unwrap_or(self.read), self.ros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(date: &str, time: &str, at: u64, offset: u64, expect: &str) {
        let wall = Wall::read(date.as_bytes(), time.as_bytes(), Duration::from_millis(at));
        let shown = wall.map(|wall| {
            let mut out = Vec::new();
            wall.at(Duration::from_millis(offset)).put_date_time(&mut out);
            String::from_utf8(out).unwrap()
        });
        assert_eq!(shown.unwrap_or_default(), expect, "{date} {time}");
    }

    #[test]
    fn it_goes_on_from_where_it_was_read_also_past_midnight_and_before_it_was_read() {
        check("2026-11-22", "14:56:28", 500, 500, "2026-11-22 14:56:28");
        check("2026-11-22", "14:56:28", 500, 61_600, "2026-11-22 14:57:29");
        check("2026-11-22", "14:56:28", 500, 0, "2026-11-22 14:56:27");
        check("2026-12-31", "23:59:50", 0, 10_000, "2027-01-01 00:00:00");
        check("nov/30/2026", "23:59:50", 0, 15_000, "dec/01/2026 00:00:05");
    }

    #[test]
    fn what_is_no_clock_is_left_as_it_is() {
        check("yesterday", "14:56:28", 0, 0, "");
        check("2026-11-22", "noon", 0, 0, "");
        check("9999-12-31", "23:59:59", 0, 60_000, "9999-12-31 23:59:59");
    }
}
