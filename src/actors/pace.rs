//! Pacing: how fast we may talk to one router, and to all of them.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Questions that may follow each other at once: a first round of all tables.
const BURST: u32 = 30;

/// One more question each time this has passed.
const REFILL: Duration = Duration::from_millis(100);

/// The pace of one session: a burst, then 10 questions a second.
///
/// A lab router answered in 1 ms and clamped to 20 ms after about 200 requests in a burst.
#[derive(Debug)]
pub(super) struct Pace {
    /// When the budget would be full again.
    full_at: Instant,
}

impl Pace {
    /// A full budget.
    pub(super) fn new(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes one question from the budget; the wait until it may be asked.
    pub(super) fn take(&mut self, now: Instant) -> Duration {
        self.full_at = self.full_at.max(now) + REFILL;
        self.full_at.saturating_duration_since(now).saturating_sub(REFILL * BURST)
    }
}

/// The gap between two new connections, whichever routers they lead to: 20 a second.
const BETWEEN_CONNECTIONS: Duration = Duration::from_millis(50);

/// Lets new connections through one after the other, for all routers together.
///
/// After an outage of our own network hundreds of routers come back at once; their sign-ins, and our own CPU,
/// are spread.
#[derive(Debug, Default)]
pub(super) struct Turnstile {
    next: Mutex<Option<Instant>>,
}

impl Turnstile {
    /// Takes the next free place; the wait until then.
    pub(super) fn take(&self, now: Instant) -> Duration {
        // A panic while the lock was held cannot have left a torn instant behind.
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let place = next.map_or(now, |next| next.max(now));
        *next = Some(place + BETWEEN_CONNECTIONS);
        place.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_round_is_not_held_back_and_a_flood_is() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        assert!((0..BURST).all(|_| pace.take(now).is_zero()));
        assert_eq!(pace.take(now), REFILL);
        assert_eq!(pace.take(now), 2 * REFILL);
        assert!(pace.take(now + 60 * REFILL).is_zero());
    }

    #[test]
    fn a_hundred_routers_that_come_back_together_take_five_seconds() {
        let now = Instant::now();
        let turnstile = Turnstile::default();
        let waits: Vec<Duration> = (0..100).map(|_| turnstile.take(now)).collect();
        for (second, expect) in [(1, 20), (2, 40), (5, 100)] {
            let through = waits.iter().filter(|wait| **wait < Duration::from_secs(second)).count();
            assert_eq!(through, expect, "within {second} s");
        }
        assert!(turnstile.take(now + Duration::from_secs(60)).is_zero());
    }
}
