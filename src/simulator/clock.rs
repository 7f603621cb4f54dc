//! The simulated router's time.

use jiff::Timestamp;
use std::time::{Duration, Instant};

/// The age of a simulated network when it starts: its counters begin with that much use behind them.
const AGE: Duration = Duration::from_secs(400 * 86_400);

/// How long the router has been up when it starts.
const UP: Duration = Duration::from_secs(37 * 86_400 + 5 * 3600 + 1234);

/// The wall time of a frozen router, the same in every run: 2026-01-02 15:04:05 UTC.
const FROZEN_WALL: i64 = 1_767_366_245;

/// A moment in the life of a simulated network, in milliseconds since it was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub u64);

impl Moment {
    /// The moment at which the simulation starts.
    pub fn start() -> Self {
        Self(milliseconds(AGE))
    }

    /// When the router was last booted, seen from the start of the simulation.
    pub fn first_boot() -> Self {
        Self(milliseconds(AGE.saturating_sub(UP)))
    }

    /// The time from `earlier` to this moment; zero if it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// The moment this much earlier.
    #[must_use]
    pub fn before(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(milliseconds(time)))
    }

    /// The moment this much later.
    #[must_use]
    pub fn after(self, time: Duration) -> Self {
        Self(self.0.saturating_add(milliseconds(time)))
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Where moments come from: time as it passes, or one moment forever.
///
/// It follows tokio's clock, so that a test which pauses time also pauses the router.
#[derive(Debug, Clone)]
pub struct Clock {
    origin: Instant,
    wall: i64,
    frozen: bool,
}

impl Clock {
    /// Time as it passes, from now on.
    pub fn running() -> Self {
        Self { origin: instant(), wall: Timestamp::now().as_second(), frozen: false }
    }

    /// One moment forever, the same in every run.
    pub fn frozen() -> Self {
        Self { origin: instant(), wall: FROZEN_WALL, frozen: true }
    }

    /// Whether time stands still.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// The present moment.
    pub fn now(&self) -> Moment {
        self.at(instant())
    }

    /// The moment at an instant of this process.
    pub fn at(&self, instant: Instant) -> Moment {
        if self.frozen {
            return Moment::start();
        }
        match instant.checked_duration_since(self.origin) {
            Some(later) => Moment::start().after(later),
            None => Moment::start().before(self.origin.saturating_duration_since(instant)),
        }
    }

    /// The instant of this process at which a moment comes; an earlier one has already come.
    pub fn instant(&self, moment: Moment) -> Instant {
        self.origin + moment.since(Moment::start())
    }

    /// The wall time at a moment, in seconds since 1970 UTC.
    pub fn wall(&self, moment: Moment) -> i64 {
        let seconds = |moment: Moment| i64::try_from(moment.0 / 1000).unwrap_or(i64::MAX);
        self.wall.saturating_add(seconds(moment)).saturating_sub(seconds(Moment::start()))
    }
}

fn instant() -> Instant {
    tokio::time::Instant::now().into_std()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_stands_still() {
        let clock = Clock::frozen();
        let later = Instant::now() + Duration::from_secs(3600);
        assert_eq!(clock.at(later), Moment::start());
        assert_eq!(clock.wall(clock.now()), FROZEN_WALL);
    }

    #[test]
    fn a_running_clock_knows_the_past() {
        let clock = Clock::running();
        let now = clock.now();
        assert_eq!(clock.wall(now.before(Duration::from_secs(60))), clock.wall(now) - 60);
        assert_eq!(
            clock.at(clock.instant(now.after(Duration::from_secs(5)))),
            now.after(Duration::from_secs(5))
        );
    }
}
