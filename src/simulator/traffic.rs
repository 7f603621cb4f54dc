//! Believable use of a line, as a function of time.
//!
//! Each line has a rate that is constant for a segment of 10 to 60 s and then changes. Nothing is counted up:
//! the bytes up to any moment are computed in closed form, so 50,000 lines cost nothing while nobody asks,
//! and a test can ask for the truth at any moment.

use super::clock::Moment;

/// A well mixed 64-bit hash (splitmix64).
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The segments of one period.
const SEGMENTS: u64 = 6;

/// How a line is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Hardly at all: some equipment that calls home.
    Idle,
    /// In bursts, as pages and pictures are loaded.
    Bursty,
    /// Evenly, as films and downloads are.
    Heavy,
}

/// One direction of a line.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    seed: u64,
    /// Bytes per second, on average.
    mean: u64,
    /// Seconds; the volume of each period differs by up to 90 % of the mean.
    period: u64,
    bursty: bool,
}

impl Usage {
    /// The use of a line whose highest rate in bytes per second is `ceiling`.
    pub fn new(seed: u64, habit: Habit, ceiling: u64) -> Self {
        let die = mix(seed);
        // The highest rate in a period is below 2.5 means when the segments are even, below 9 when they are not.
        let mean = match habit {
            Habit::Idle => 100 + die % 1900,
            Habit::Bursty => ceiling / 100 + die % (ceiling / 12).max(1),
            Habit::Heavy => ceiling / 8 + die % (ceiling / 4).max(1),
        };
        let bursty = habit != Habit::Heavy;
        let mean = mean.min(if bursty { ceiling / 9 } else { ceiling / 3 });
        Self { seed: die, mean, period: 60 + SEGMENTS * (mix(die) % 51), bursty }
    }

    /// An even flow of this many bytes per second, such as the sum of many lines.
    pub fn even(seed: u64, mean: u64) -> Self {
        Self { seed: mix(seed), mean, period: 300, bursty: false }
    }

    /// Bytes per second, on average.
    pub fn mean(&self) -> u64 {
        self.mean
    }

    /// The bytes since the network was built; never falls.
    pub fn total(&self, at: Moment) -> u64 {
        let period = self.period * 1000;
        let (number, into) = (at.0 / period, at.0 % period);
        let from = self.boundary(number);
        let volume = self.boundary(number + 1).saturating_sub(from);
        let segment = period / SEGMENTS;
        let (current, within) = (into / segment, into % segment);
        let hash = mix(self.seed ^ (number << 1 | 1));
        let (mut all, mut past, mut here) = (0, 0, 0);
        for index in 0..SEGMENTS {
            let weight = self.weight(hash, index);
            all += weight;
            if index < current {
                past += weight;
            } else if index == current {
                here = weight;
            }
        }
        let past = volume * past / all;
        // In thousandths of a byte it would overflow for the uplink of a very large network only.
        from + past + (volume * here / all).saturating_mul(within) / segment
    }

    /// The bytes between two moments.
    pub fn between(&self, from: Moment, to: Moment) -> u64 {
        self.total(to).saturating_sub(self.total(from.min(to)))
    }

    /// The rate at a moment, in bytes per second.
    pub fn rate(&self, at: Moment) -> u64 {
        self.total(Moment(at.0 + 1000)).saturating_sub(self.total(at))
    }

    /// The bytes up to the start of a period: its share of the mean, moved back by up to 90 % of a period.
    fn boundary(&self, number: u64) -> u64 {
        let volume = self.mean * self.period;
        volume * number + volume / 1000 * (mix(self.seed ^ (number << 1)) % 900)
    }

    fn weight(&self, hash: u64, index: u64) -> u64 {
        let die = hash >> (index * 8) & 0xFF;
        match (self.bursty, die) {
            (false, _) => 200 + die / 4,
            (true, 0..160) => 1 + die / 16,
            (true, _) => 200 + die,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_never_fall_and_stay_below_the_ceiling() {
        let ceiling = 12_500_000;
        for habit in [Habit::Idle, Habit::Bursty, Habit::Heavy] {
            for seed in 0..50 {
                let usage = Usage::new(seed, habit, ceiling);
                let mut last = usage.total(Moment::start());
                for second in 1..900 {
                    let at = Moment(Moment::start().0 + second * 1000);
                    let total = usage.total(at);
                    let rate = total.checked_sub(last).expect("a counter never falls");
                    assert!(rate <= ceiling, "{habit:?} {seed}: {rate} bytes in a second");
                    last = total;
                }
            }
        }
    }

    #[test]
    fn the_mean_is_kept_over_a_day() {
        for seed in 0..50 {
            let usage = Usage::new(seed, Habit::Bursty, 12_500_000);
            let day = Moment(Moment::start().0 + 86_400_000);
            let mean = usage.between(Moment::start(), day) / 86_400;
            let difference = mean.abs_diff(usage.mean());
            assert!(difference * 50 <= usage.mean(), "{mean} and not {}", usage.mean());
        }
    }

    #[test]
    fn rates_change_in_steps_and_not_only_once() {
        let usage = Usage::new(7, Habit::Bursty, 12_500_000);
        let rate = |second: u64| usage.rate(Moment(Moment::start().0 + second * 1000));
        let rates: Vec<u64> = (0..600).map(rate).collect();
        let steady = rates.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 2).count();
        let distinct = rates.iter().collect::<std::collections::HashSet<_>>().len();
        assert!(450 < steady, "{steady} of 599 seconds go on as before");
        assert!(10 < distinct, "{distinct} rates in ten minutes");
    }

    #[test]
    fn a_large_uplink_does_not_overflow() {
        let usage = Usage::even(1, 50_000_000_000);
        let later = Moment(Moment::start().0 + 10 * 86_400_000);
        let mean = usage.between(Moment::start(), later) / (10 * 86_400);
        assert!(mean.abs_diff(50_000_000_000) < 1_000_000_000, "{mean}");
    }
}
