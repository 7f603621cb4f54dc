//! Counters become rates; what cannot be compared becomes a gap.

use super::units::BitsPerSecond;
use std::time::{Duration, Instant};

/// Two readings closer together than this say more about timing than about traffic.
const SHORTEST: Duration = Duration::from_millis(400);
/// Two readings further apart than this say nothing about now.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// An interface's byte counters at one moment, from the router's viewpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// When the row was read from the socket.
    pub at: Instant,
    /// Bytes received by the router.
    pub received: u64,
    /// Bytes sent by the router.
    pub sent: u64,
}

/// Rates from the router's viewpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// What the router received: a subscriber's upload.
    pub received: BitsPerSecond,
    /// What the router sent: a subscriber's download.
    pub sent: BitsPerSecond,
}

/// How many times faster than ours a router's time runs: once, but for a replay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tempo(pub f64);

impl Default for Tempo {
    fn default() -> Self {
        Self(1.0)
    }
}

impl Tempo {
    /// The rates in the router's own time, of those that we measured in ours.
    #[inline]
    pub fn rates(self, measured: Rates) -> Rates {
        let rate = |rate: BitsPerSecond| BitsPerSecond(rate.0 / self.0);
        Rates { received: rate(measured.received), sent: rate(measured.sent) }
    }
}

/// What two readings of the same counters tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Comparison {
    /// The mean rates between the two.
    Rates(Rates),
    /// They cannot be compared: a counter went down, or too much time passed. A gap is honest; a spike is a lie.
    Gap,
    /// They are too close together: the earlier reading stays the one to compare with.
    TooClose,
}

/// Compares two readings of the counters of one interface.
#[inline]
pub fn compare(earlier: Counters, later: Counters) -> Comparison {
    let Some(elapsed) = later.at.checked_duration_since(earlier.at) else { return Comparison::TooClose };
    let (Some(received), Some(sent)) =
        (later.received.checked_sub(earlier.received), later.sent.checked_sub(earlier.sent))
    else {
        return Comparison::Gap;
    };
    if elapsed < SHORTEST {
        return Comparison::TooClose;
    }
    if LONGEST < elapsed {
        return Comparison::Gap;
    }
    let seconds = elapsed.as_secs_f64();
    let rate = |bytes: u64| BitsPerSecond(bytes as f64 * 8.0 / seconds);
    Comparison::Rates(Rates { received: rate(received), sent: rate(sent) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Compares (milliseconds, received, sent) twice.
    fn check(earlier: (u64, u64, u64), later: (u64, u64, u64), expect: Comparison) {
        let start = Instant::now();
        let counters = |(milliseconds, received, sent)| Counters {
            at: start + Duration::from_millis(milliseconds),
            received,
            sent,
        };
        assert_eq!(compare(counters(earlier), counters(later)), expect);
    }

    fn rates(received: f64, sent: f64) -> Comparison {
        Comparison::Rates(Rates { received: BitsPerSecond(received), sent: BitsPerSecond(sent) })
    }

    #[test]
    fn a_steady_session_has_its_rate() {
        check((0, 1_000, 5_000), (5_000, 2_000, 10_000), rates(1_600.0, 8_000.0));
    }

    #[test]
    fn an_idle_session_has_a_measured_zero() {
        check((0, 7, 7), (5_000, 7, 7), rates(0.0, 0.0));
    }

    #[test]
    fn a_counter_that_went_down_gives_a_gap() {
        check((0, 0, 5_000), (10_000, 0, 4_000), Comparison::Gap);
        check((0, 5_000, 0), (10_000, 4_000, 9_000), Comparison::Gap);
    }

    #[test]
    fn a_clock_that_did_not_advance_gives_nothing() {
        check((10, 0, 0), (10, 9, 9), Comparison::TooClose);
        check((10, 0, 0), (9, 9, 9), Comparison::TooClose);
    }

    #[test]
    fn an_outage_gives_a_gap() {
        check((0, 0, 0), (16 * 60_000, 9, 9), Comparison::Gap);
    }

    proptest! {
        #[test]
        fn a_rate_is_never_negative_nor_infinite(a in any::<(u32, u64, u64)>(), b in any::<(u32, u64, u64)>()) {
            let start = Instant::now();
            let counters = |(at, received, sent): (u32, u64, u64)| Counters {
                at: start + Duration::from_millis(u64::from(at)), received, sent,
            };
            if let Comparison::Rates(rates) = compare(counters(a), counters(b)) {
                for rate in [rates.received.0, rates.sent.0] {
                    prop_assert!(rate.is_finite() && 0.0 <= rate);
                }
            }
        }
    }
}
