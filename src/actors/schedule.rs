//! When to ask next: planned after the answer, slower while the router is busy.

use std::time::{Duration, Instant};

/// At most this many times the interval that was set.
const SLOWEST: u32 = 8;

/// The plan of one table.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    every: Duration,
    /// The time between the first two questions, where a rate should be there soon.
    second_after: Option<Duration>,
    stretch: u32,
}

impl Schedule {
    /// One question in this time; `second_after` is the time between the first two, if that is another.
    pub(super) fn new(every: Duration, second_after: Option<Duration>) -> Self {
        Self { every, second_after, stretch: 1 }
    }

    /// Changes the interval; how far it is stretched remains.
    pub(super) fn set_every(&mut self, every: Duration) {
        self.every = every;
    }

    /// The interval in force.
    pub(super) fn every(&self) -> Duration {
        self.every * self.stretch
    }

    /// When to ask next, after an answer that was complete at `answered` and took `took`.
    ///
    /// While the router is busy, or takes more than a quarter of the interval to answer, the interval doubles, up
    /// to eight times; it halves again with each quick answer. Questions missed are not made up for.
    pub(super) fn next(&mut self, answered: Instant, took: Duration, busy: bool) -> Instant {
        if busy || self.every() / 4 < took {
            self.stretch = (self.stretch * 2).min(SLOWEST);
        } else if took <= self.every() / 8 {
            // Half the interval would still be four times the answer's time, so this does not swing.
            self.stretch = (self.stretch / 2).max(1);
        }
        let asked = answered.checked_sub(took).unwrap_or(answered);
        let every = self.second_after.take().unwrap_or(self.every());
        (asked + every).max(answered + every / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(8);

    /// Feeds answers (how long each took, whether the router is busy) and expects the waits that follow them.
    fn check(answers: &[(u64, bool)], expect: &[u64]) {
        let mut schedule = Schedule::new(EVERY, None);
        let asked = Instant::now();
        let waits: Vec<u64> = answers
            .iter()
            .map(|&(took, busy)| {
                let took = Duration::from_secs(took);
                (schedule.next(asked + took, took, busy) - asked).as_secs()
            })
            .collect();
        assert_eq!(waits, expect, "{answers:?}");
    }

    #[test]
    fn questions_are_an_interval_apart_however_long_the_answer_took() {
        check(&[(0, false), (1, false), (2, false)], &[8, 8, 8]);
    }

    #[test]
    fn a_busy_router_is_asked_less_and_later_as_before() {
        check(&[(0, true), (0, true), (0, true), (0, true)], &[16, 32, 64, 64]);
        check(&[(0, true), (0, true), (0, false), (0, false), (0, false)], &[16, 32, 16, 8, 8]);
    }

    #[test]
    fn slow_answers_stretch_the_interval_without_swinging() {
        check(&[(3, false), (3, false), (3, false), (1, false)], &[16, 16, 16, 8]);
    }

    #[test]
    fn an_answer_that_took_longer_than_the_interval_is_followed_by_a_pause() {
        check(&[(100, false)], &[101]);
    }

    #[test]
    fn the_second_question_may_come_sooner_and_only_once() {
        let mut schedule = Schedule::new(EVERY, Some(Duration::from_secs(1)));
        let asked = Instant::now();
        assert_eq!(schedule.next(asked, Duration::ZERO, false), asked + Duration::from_secs(1));
        assert_eq!(schedule.next(asked, Duration::ZERO, false), asked + EVERY);
    }
}
