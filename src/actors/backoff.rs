//! When to try again: quickly after a short outage, rarely after a long one, hardly ever with a wrong password.
//!
//! | after | attempts | why |
//! | --- | --- | --- |
//! | a loss | 0 to 0.5 s, then up to 2.5, 4, 4.4, 22, 58 and from then on 60 s apart | a router that restarts within 11 s is live at most 5 s after it is back; one that stays away sees at most 14 attempts in 10 minutes |
//! | rejected credentials | 20 minutes, then hourly | at most 2 in the first hour and 25 in a day: popular firewall recipes block an address after a few failures |
//! | a certificate that a person has to accept, a setting to mend | every 5 minutes | nothing that a router would count against us |
//!
//! Steps are shortened at random, the first one fully, so that routers that were lost together do not come back
//! together.

use std::time::{Duration, Instant};

/// The longest wait before each attempt, in milliseconds; the last one repeats.
const STEPS: [u64; 7] = [500, 2_500, 4_000, 4_400, 22_000, 58_000, LAST];
const LAST: u64 = 60_000;

/// The wait after the first rejection of our credentials, and after each later one.
const REJECTED: [Duration; 2] = [Duration::from_secs(20 * 60), Duration::from_secs(60 * 60)];

/// The wait while a person has something to decide or to mend.
pub(super) const BLOCKED: Duration = Duration::from_secs(5 * 60);

/// A connection that lasted this long ended by an accident of its own, not by one that repeats.
const STEADY: Duration = Duration::from_secs(10);

/// So many connections in a row may be short-lived before the waits go on growing.
const SHORT_LIVES: u32 = 30;

/// How a short life is forgiven: one in this time.
const FORGIVEN_AFTER: Duration = Duration::from_secs(60);

/// The plan of one connection's attempts.
#[derive(Debug)]
pub(super) struct Backoff {
    step: usize,
    rejected: bool,
    short_lives: u32,
    forgiven: Option<Instant>,
    random: fastrand::Rng,
}

impl Backoff {
    /// A plan whose jitter comes from `random`.
    pub(super) fn new(random: fastrand::Rng) -> Self {
        Self { step: 0, rejected: false, short_lives: 0, forgiven: None, random }
    }

    /// How long to wait after an attempt that failed, or after a loss.
    pub(super) fn after_failure(&mut self) -> Duration {
        self.rejected = false;
        let longest = STEPS.get(self.step).copied().unwrap_or(LAST);
        let shortest = match self.step {
            0 => 0,
            _ if longest < LAST => longest / 10 * 9,
            _ => longest - 2_000,
        };
        self.step += 1;
        Duration::from_millis(self.random.u64(shortest..=longest))
    }

    /// How long to wait after the router rejected our credentials.
    pub(super) fn after_rejection(&mut self) -> Duration {
        let [first, later] = REJECTED;
        if std::mem::replace(&mut self.rejected, true) { later } else { first }
    }

    /// Takes note that a connection that had worked since `since` was lost at `now`.
    ///
    /// It makes the next waits short again, unless connections have ended soon after they began too often: a
    /// router that throws us out each time should not be signed in to twice a second for ever.
    pub(super) fn lived(&mut self, since: Instant, now: Instant) {
        let last = *self.forgiven.get_or_insert(now);
        let forgiven = now.saturating_duration_since(last).as_secs() / FORGIVEN_AFTER.as_secs();
        if 0 < forgiven {
            self.short_lives = self.short_lives.saturating_sub(u32::try_from(forgiven).unwrap_or(u32::MAX));
            self.forgiven = Some(now);
        }
        self.rejected = false;
        if now.saturating_duration_since(since) < STEADY {
            self.short_lives += 1;
        } else {
            self.short_lives = 0;
        }
        if self.short_lives <= SHORT_LIVES {
            self.step = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts_within(mut wait: impl FnMut() -> Duration, limit: Duration) -> usize {
        let mut at = wait();
        let mut attempts = 0;
        while at <= limit {
            attempts += 1;
            at += wait();
        }
        attempts
    }

    fn backoffs() -> impl Iterator<Item = Backoff> {
        (0..500).map(|seed| Backoff::new(fastrand::Rng::with_seed(seed)))
    }

    #[test]
    fn a_short_outage_ends_within_five_seconds() {
        for mut backoff in backoffs() {
            let mut at = Duration::ZERO;
            while at < Duration::from_secs(8) {
                let wait = backoff.after_failure();
                assert!(wait < Duration::from_millis(4_500), "{wait:?} after {at:?}");
                at += wait;
            }
        }
    }

    #[test]
    fn the_first_attempt_comes_within_half_a_second() {
        assert!(backoffs().all(|mut backoff| backoff.after_failure() <= Duration::from_millis(500)));
    }

    #[test]
    fn ten_minutes_of_outage_see_at_most_fourteen_attempts() {
        for mut backoff in backoffs() {
            let attempts = attempts_within(|| backoff.after_failure(), Duration::from_secs(600));
            assert!((12..=14).contains(&attempts), "{attempts}");
        }
    }

    #[test]
    fn no_wait_is_longer_than_a_minute() {
        for mut backoff in backoffs() {
            assert!((0..50).all(|_| backoff.after_failure() <= Duration::from_secs(60)));
        }
    }

    #[test]
    fn routers_lost_together_do_not_come_back_together() {
        let waits: Vec<Duration> = backoffs().take(100).map(|mut backoff| backoff.after_failure()).collect();
        let soon = waits.iter().filter(|wait| **wait < Duration::from_millis(100)).count();
        assert!((5..=40).contains(&soon), "{soon} of 100 in the first tenth of a second");
    }

    #[test]
    fn rejected_credentials_are_tried_twice_in_an_hour_and_25_times_a_day() {
        for (hours, most) in [(1, 2), (24, 25)] {
            for mut backoff in backoffs().take(3) {
                // The attempt that was rejected first is one of them.
                let later = attempts_within(|| backoff.after_rejection(), Duration::from_secs(hours * 3_600));
                assert_eq!(1 + later, most, "in {hours} hours");
            }
        }
    }

    #[test]
    fn a_router_killed_twenty_times_in_a_row_is_tried_quickly_each_time() {
        for mut backoff in backoffs().take(20) {
            let mut now = Instant::now();
            for _ in 0..20 {
                backoff.after_failure();
                backoff.after_failure();
                backoff.lived(now, now + Duration::from_secs(1));
                now += Duration::from_secs(2);
                assert_eq!(backoff.step, 0);
            }
        }
    }

    #[test]
    fn a_router_that_throws_us_out_each_time_is_tried_less_and_less() {
        for mut backoff in backoffs().take(20) {
            let start = Instant::now();
            let mut now = start;
            let mut sign_ins = 0;
            while now < start + Duration::from_secs(3_600) {
                now += backoff.after_failure();
                sign_ins += 1;
                backoff.lived(now, now);
            }
            assert!(sign_ins < 150, "{sign_ins} in an hour");
        }
    }
}
