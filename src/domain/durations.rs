//! How long things took, as counts in classes: small whatever is counted, and good for a percentile.

use std::time::Duration;

/// Classes an octave: a percentile is at most an eighth too long.
const STEPS: usize = 8;
/// The finest that is told apart, 16 µs, is the first class' width.
const FINEST: u32 = 4;
/// Classes in all; the last begins beyond two minutes and holds all that took longer.
pub const CLASSES: usize = STEPS * 24;

/// How many things took how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durations {
    counts: [u64; CLASSES],
    count: u64,
    total: Duration,
}

impl Default for Durations {
    fn default() -> Self {
        Self { counts: [0; CLASSES], count: 0, total: Duration::ZERO }
    }
}

impl Durations {
    /// Puts counts together that were kept elsewhere: by class, and the sum of all durations.
    pub fn of(counts: [u64; CLASSES], total: Duration) -> Self {
        Self { counts, count: counts.iter().sum(), total }
    }

    /// Counts one.
    pub fn add(&mut self, took: Duration) {
        if let Some(count) = self.counts.get_mut(class(took)) {
            *count += 1;
        }
        self.count += 1;
        self.total += took;
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean; `None` of nothing.
    pub fn mean(&self) -> Option<Duration> {
        (0 < self.count).then(|| self.total.div_f64(self.count as f64))
    }

    /// The duration that this share of them did not exceed, such as 0.99; up to an eighth more than the true one.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count is a count"
    )]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let wanted = ((self.count as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        for (class, count) in self.counts.iter().enumerate() {
            seen += count;
            if 0 < *count && wanted <= seen {
                return Some(end(class));
            }
        }
        None
    }
}

/// The class of a duration.
pub fn class(took: Duration) -> usize {
    let units = u64::try_from(took.as_micros()).unwrap_or(u64::MAX) >> FINEST;
    // Eight equal steps first, then eight to each octave.
    let octave = (u64::BITS - units.leading_zeros()).saturating_sub(STEPS.ilog2() + 1) as usize;
    let step = usize::try_from(units >> octave).unwrap_or(0);
    (octave * STEPS + step).min(CLASSES - 1)
}

/// Where a class ends.
fn end(class: usize) -> Duration {
    let octave = (class / STEPS).saturating_sub(1);
    let step = (class - octave * STEPS) as u64;
    Duration::from_micros(((step + 1) << octave) << FINEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_has_neither_mean_nor_percentile() {
        assert_eq!((Durations::default().mean(), Durations::default().quantile(0.99)), (None, None));
    }

    #[test]
    fn one_slow_answer_in_a_hundred_is_beyond_the_percentile() {
        let mut durations = Durations::default();
        for _ in 0..99 {
            durations.add(Duration::from_millis(10));
        }
        durations.add(Duration::from_secs(9));
        let percentile = durations.quantile(0.99).unwrap();
        assert!((10..12).contains(&percentile.as_millis()), "{percentile:?}");
        assert!(Duration::from_secs(9) <= durations.quantile(1.0).unwrap());
        assert_eq!(durations.mean(), Some(Duration::from_micros(99_900)));
    }

    proptest! {
        #[test]
        fn a_class_ends_at_most_an_eighth_beyond_what_is_in_it(micros in 0_u64..100_000_000) {
            let took = Duration::from_micros(micros);
            let end = end(class(took));
            prop_assert!(took < end, "{took:?} {end:?}");
            prop_assert!(end <= took + took / 8 + Duration::from_micros(16), "{took:?} {end:?}");
        }
    }
}
