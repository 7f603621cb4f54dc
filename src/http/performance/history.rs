//! What was counted until a moment ago, for figures of the last minute.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time between two samples.
const EVERY: Duration = Duration::from_secs(5);
/// What the figures are of, once the program has run for so long.
const SPAN: Duration = Duration::from_secs(60);
/// A few more than the span needs, as samples come late.
const KEPT: usize = 16;

/// What had been counted at one moment.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) at: Instant,
    /// The processor time that the process had used.
    pub(super) cpu: Duration,
    /// Answers, route by route.
    pub(super) counts: Vec<u64>,
}

/// The samples of the last minute. They are taken by whoever counts an answer when one is due: nobody else has to run.
#[derive(Debug)]
pub(super) struct History {
    begun: Instant,
    /// When the next is due, in milliseconds since the beginning.
    due: AtomicU64,
    samples: Mutex<VecDeque<Sample>>,
}

impl History {
    /// Begins with what was counted by now.
    pub(super) fn new(first: Sample) -> Self {
        let (begun, every) = (first.at, millis(EVERY));
        Self { begun, due: AtomicU64::new(every), samples: Mutex::new(VecDeque::from([first])) }
    }

    /// Whether a sample is due; true for one caller only.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let now = millis(now.saturating_duration_since(self.begun));
        let due = self.due.load(Ordering::Relaxed);
        let next = now + millis(EVERY);
        due <= now && self.due.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Keeps a sample.
    pub(super) fn note(&self, sample: Sample) {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() == KEPT {
            samples.pop_front();
        }
        samples.push_back(sample);
    }

    /// What had been counted a minute ago, or at the beginning if that is less long ago.
    pub(super) fn before(&self, now: Instant) -> Option<Sample> {
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        let is_old = |sample: &&Sample| SPAN <= now.saturating_duration_since(sample.at);
        samples.iter().rev().find(is_old).or(samples.front()).cloned()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: Instant, count: u64) -> Sample {
        Sample { at, cpu: Duration::ZERO, counts: vec![count] }
    }

    #[test]
    fn a_sample_is_due_every_few_seconds_and_for_one_only() {
        let now = Instant::now();
        let history = History::new(sample(now, 0));
        assert!(!history.is_due(now + EVERY / 2));
        assert!(history.is_due(now + EVERY));
        assert!(!history.is_due(now + EVERY), "somebody takes it already");
        assert!(history.is_due(now + 3 * EVERY));
    }

    #[test]
    fn figures_are_of_the_last_minute_or_of_all_there_is() {
        let now = Instant::now();
        let history = History::new(sample(now, 0));
        assert_eq!(history.before(now + EVERY).unwrap().counts, [0]);
        for n in 1..=30 {
            history.note(sample(now + n * EVERY, n.into()));
        }
        assert_eq!(history.before(now + 30 * EVERY).unwrap().counts, [18], "twelve samples are a minute");
        assert_eq!(
            history.before(now + 100 * EVERY).unwrap().counts,
            [30],
            "the youngest that is old enough"
        );
    }
}
