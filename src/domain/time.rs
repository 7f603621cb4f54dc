//! Moments: a monotonic and a wall clock reading together.

use jiff::Timestamp;
use std::time::{Duration, Instant};

/// A moment, on the monotonic clock for differences and on the wall clock for people.
///
/// Rates and ages use the monotonic half only, so that a jump of the wall clock changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The monotonic clock.
    pub instant: Instant,
    /// The wall clock, in UTC.
    pub wall: Timestamp,
}

impl Moment {
    /// Joins two readings of the clocks.
    pub fn new(instant: Instant, wall: Timestamp) -> Self {
        Self { instant, wall }
    }

    /// The wall time of another monotonic reading, as seen from this moment.
    pub fn wall_at(self, instant: Instant) -> Timestamp {
        match instant.checked_duration_since(self.instant) {
            Some(later) => self.wall.checked_add(signed(later)).unwrap_or(self.wall),
            None => self.wall_before(self.instant.saturating_duration_since(instant)),
        }
    }

    /// The wall time this long before.
    pub fn wall_before(self, ago: Duration) -> Timestamp {
        self.wall.checked_sub(signed(ago)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The moment this much later.
    #[must_use]
    pub fn plus(self, later: Duration) -> Self {
        Self {
            instant: self.instant + later,
            wall: self.wall.checked_add(signed(later)).unwrap_or(self.wall),
        }
    }
}

/// jiff's timestamps take signed durations; ours never exceed some centuries.
fn signed(duration: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX)
}
