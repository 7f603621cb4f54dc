//! The rates of the last five minutes, of all subscribers of a router: what a page shows of somebody at once, whoever
//! it is, without having watched them before.
//!
//! Each reading of the counters adds one column, which is shared by all snapshots and never changed. A subscriber costs
//! eight bytes a column: at 50,000 sessions and a reading each five seconds that is 24 MB for all of them.

use super::subscriber::{Subscriber, SubscriberId};
use super::time::Moment;
use super::units::BitsPerSecond;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How far back the rates go.
pub const SPAN: Duration = Duration::from_secs(5 * 60);

/// The most cells that one router may have. Where more would be needed, columns are further apart.
const MOST_CELLS: u32 = 4_000_000;

/// Two readings closer together than this make one column.
const CLOSEST: Duration = Duration::from_millis(900);

/// The rates of one router's subscribers, oldest first. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Recent {
    columns: Arc<VecDeque<Arc<Column>>>,
}

/// What was measured at one moment.
#[derive(Debug)]
struct Column {
    at: Moment,
    /// In the order of their ids.
    cells: Box<[Cell]>,
}

/// The rates of one subscriber. Ids count up from one: four milliards of them are never reached.
#[derive(Debug, Clone, Copy)]
struct Cell {
    id: u32,
    down: Small,
    up: Small,
}

/// Rates of one subscriber at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// When they were read.
    pub at: Moment,
    /// Download and upload; `None` is a gap: it was asked for, and there was nothing to compare.
    pub rates: Option<(BitsPerSecond, BitsPerSecond)>,
}

impl Recent {
    /// Adds the rates of a reading, as far as `rates` knows them, and forgets what is too old.
    pub fn push(
        &mut self,
        at: Moment,
        subscribers: &[Arc<Subscriber>],
        rates: impl Fn(&Subscriber, Option<Instant>) -> Option<(BitsPerSecond, BitsPerSecond)>,
    ) {
        let before = self.columns.back().map(|column| column.at.instant);
        let count = u32::try_from(subscribers.len()).unwrap_or(u32::MAX);
        let apart = CLOSEST.max(SPAN.saturating_mul(count) / MOST_CELLS);
        if before.is_some_and(|before| at.instant.saturating_duration_since(before) < apart) {
            return;
        }
        let cell = |subscriber: &Arc<Subscriber>| {
            let (down, up) = rates(subscriber, before)?;
            Some(Cell { id: short(subscriber.id), down: Small::of(down), up: Small::of(up) })
        };
        let mut cells: Vec<Cell> = subscribers.iter().filter_map(cell).collect();
        if !cells.is_sorted_by_key(|cell| cell.id) {
            cells.sort_unstable_by_key(|cell| cell.id);
        }
        let columns = Arc::make_mut(&mut self.columns);
        while columns
            .front()
            .is_some_and(|oldest| SPAN < at.instant.saturating_duration_since(oldest.at.instant))
        {
            columns.pop_front();
        }
        columns.push_back(Arc::new(Column { at, cells: cells.into() }));
    }

    /// The rates of a subscriber during the last five minutes, oldest first; none from before it was first seen.
    pub fn of(&self, id: SubscriberId, now: Instant) -> Vec<Sample> {
        let id = short(id);
        let is_recent = |column: &&Arc<Column>| now.saturating_duration_since(column.at.instant) <= SPAN;
        let sample = |column: &Arc<Column>| {
            let place = column.cells.binary_search_by_key(&id, |cell| cell.id).ok();
            let cell = place.and_then(|place| column.cells.get(place));
            Sample { at: column.at, rates: cell.map(|cell| (cell.down.rate(), cell.up.rate())) }
        };
        let samples = self.columns.iter().filter(is_recent).map(sample);
        samples.skip_while(|sample| sample.rates.is_none()).collect()
    }
}

/// The part of an id that tells subscribers of one router from each other: ids follow each other, from wherever they began.
#[expect(clippy::cast_possible_truncation, reason = "what is cut off is the same of all, or one more")]
fn short(id: SubscriberId) -> u32 {
    id.0 as u32
}

/// A rate in two bytes: six bits of exponent and ten of fraction, right to a twentieth of a percent, which is finer than
/// three digits show; less than one bit per second is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Small(u16);

/// The bits of a fraction that are left out, and the exponent of one in the bits that stay.
const LEFT_OUT: u32 = 13;
const ONE: u32 = 127 << 10;

impl Small {
    #[expect(clippy::cast_possible_truncation, reason = "what is cut off is what is rounded")]
    fn of(rate: BitsPerSecond) -> Self {
        if rate.0 < 1.0 {
            return Self(0);
        }
        let rounded = ((rate.0 as f32).to_bits() + (1 << (LEFT_OUT - 1))) >> LEFT_OUT;
        Self(u16::try_from(rounded - ONE + 1).unwrap_or(u16::MAX))
    }

    fn rate(self) -> BitsPerSecond {
        match self.0 {
            0 => BitsPerSecond(0.0),
            small => BitsPerSecond(f64::from(f32::from_bits((u32::from(small) - 1 + ONE) << LEFT_OUT))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::example::{Made, now, snapshot};
    use proptest::prelude::*;

    fn push(recent: &mut Recent, at: Moment, subscribers: &[Arc<Subscriber>], rate: Option<f64>) {
        recent.push(at, subscribers, |_, _| Some((BitsPerSecond(rate?), BitsPerSecond(0.0))));
    }

    fn downloads(recent: &Recent, id: u64, now: Instant) -> Vec<Option<f64>> {
        let samples = recent.of(SubscriberId(id), now);
        samples.iter().map(|sample| sample.rates.map(|(down, _)| down.0)).collect()
    }

    #[test]
    fn five_minutes_are_kept_and_gaps_stay_gaps() {
        let people =
            snapshot("r", &[Made::online("ana", 1.0, 1.0), Made::online("bob", 1.0, 1.0)]).subscribers;
        let (mut recent, begin) = (Recent::default(), now());
        let at = |seconds: u64| begin.plus(Duration::from_secs(seconds));
        push(&mut recent, at(0), &people, None);
        push(&mut recent, at(5), &people, Some(1024.0));
        push(&mut recent, at(10), &people, None);
        push(&mut recent, at(15), &people, Some(2048.0));
        assert_eq!(downloads(&recent, 1, at(15).instant), [Some(1024.0), None, Some(2048.0)]);
        assert_eq!(downloads(&recent, 2, at(15).instant), [Some(1024.0), None, Some(2048.0)]);
        assert_eq!(downloads(&recent, 3, at(15).instant), [], "nobody has this id");
        // What is too old is not shown even though nothing came after it.
        assert_eq!(downloads(&recent, 1, at(314).instant), [Some(2048.0)]);
        for second in (20..1_000).step_by(5) {
            push(&mut recent, at(second), &people, Some(1.0));
        }
        assert_eq!(recent.columns.len(), 61);
    }

    #[test]
    fn columns_keep_a_distance_that_bounds_their_memory() {
        let check = |count: usize, every: Duration, most: usize| {
            let one = snapshot("r", &[Made::online("ana", 1.0, 1.0)]).subscribers;
            let people: Vec<_> = std::iter::repeat_n(Arc::clone(&one[0]), count).collect();
            let (mut recent, mut at) = (Recent::default(), now());
            for _ in 0..(2 * SPAN.as_millis() / every.as_millis()) {
                push(&mut recent, at, &people, Some(1.0));
                at = at.plus(every);
            }
            let cells: usize = recent.columns.iter().map(|column| column.cells.len()).sum();
            assert!(recent.columns.len() <= most && cells <= MOST_CELLS as usize + 2 * count, "{cells}");
            assert!(most - 2 <= recent.columns.len(), "{}", recent.columns.len());
        };
        check(1, Duration::from_millis(100), 335);
        check(50_000, Duration::from_secs(5), 61);
        check(200_000, Duration::from_secs(5), 21);
    }

    proptest! {
        #[test]
        fn a_rate_is_right_in_three_digits(rate in 1.0_f64..1e12) {
            let kept = Small::of(BitsPerSecond(rate)).rate().0;
            prop_assert!((kept - rate).abs() <= rate * 0.0005, "{rate} {kept}");
        }
    }

    #[test]
    fn rates_at_the_edges_stay_what_they_are() {
        let check = |rate: f64, kept: f64| {
            assert_eq!(Small::of(BitsPerSecond(rate)).rate().0.to_bits(), kept.to_bits(), "{rate}");
        };
        check(0.0, 0.0);
        check(0.9, 0.0);
        check(1.0, 1.0);
        check(-5.0, 0.0);
        check(f64::NAN, Small(u16::MAX).rate().0);
        assert!(1e18 < Small::of(BitsPerSecond(f64::INFINITY)).rate().0);
    }
}
