//! What was told of late, for clients that come back.

use crate::domain::router::RouterName;
use bytes::Bytes;
use std::collections::VecDeque;
use std::fmt;

/// The most that is kept; a client that missed more has to start anew.
const MOST: usize = 4 << 20;
/// What a batch costs besides its texts, about.
const EACH: usize = 128;

/// A batch of changes of one router, encoded.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// Counts the batches of this run of the program.
    pub(super) number: u64,
    pub(super) router: RouterName,
    /// The changes of presence; may be empty.
    pub(super) presence: Bytes,
    /// The same in the words of the list of events; may be empty.
    pub(super) events: Bytes,
}

impl Told {
    fn bytes(&self) -> usize {
        EACH + self.presence.len() + self.events.len()
    }
}

/// Where a client is in the batches: the `id` of its last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// When the program was started, in milliseconds since 1970.
    pub(super) run: i64,
    pub(super) number: u64,
}

impl Place {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (run, number) = text.split_once('-')?;
        Some(Self { run: run.parse().ok()?, number: number.parse().ok()? })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.run, self.number)
    }
}

/// The newest batches.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// The number of the newest batch there was, kept or not.
    pub(super) newest: u64,
    told: VecDeque<Told>,
    bytes: usize,
}

impl Past {
    /// Numbers a batch and keeps it.
    pub(super) fn push(&mut self, router: RouterName, presence: Bytes, events: Bytes) -> Told {
        self.newest += 1;
        let told = Told { number: self.newest, router, presence, events };
        self.bytes += told.bytes();
        self.told.push_back(told.clone());
        while MOST < self.bytes {
            let Some(oldest) = self.told.pop_front() else { break };
            self.bytes -= oldest.bytes();
        }
        told
    }

    /// Nobody can go on from before now: something was never seen here.
    pub(super) fn forget(&mut self) {
        *self = Self { newest: self.newest + 1, ..Self::default() };
    }

    /// What came after this batch; `None` if not all of it is known.
    pub(super) fn after(&self, number: u64) -> Option<Vec<Told>> {
        let missed = usize::try_from(self.newest.checked_sub(number)?).ok()?;
        let first = self.told.len().checked_sub(missed)?;
        Some(self.told.range(first..).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(past: &mut Past, size: usize) -> u64 {
        past.push(RouterName::new("a").unwrap(), vec![b'x'; size].into(), Bytes::new()).number
    }

    fn numbers(past: &Past, after: u64) -> Option<Vec<u64>> {
        Some(past.after(after)?.iter().map(|told| told.number).collect())
    }

    #[test]
    fn who_comes_back_gets_what_was_told_since() {
        let mut past = Past::default();
        assert_eq!(numbers(&past, 0), Some(vec![]));
        for _ in 0..3 {
            push(&mut past, 10);
        }
        assert_eq!(numbers(&past, 0), Some(vec![1, 2, 3]));
        assert_eq!(numbers(&past, 2), Some(vec![3]));
        assert_eq!(numbers(&past, 3), Some(vec![]));
        assert_eq!(numbers(&past, 4), None);
        past.forget();
        assert_eq!(numbers(&past, 3), None);
        assert_eq!(numbers(&past, 4), Some(vec![]));
    }

    #[test]
    fn the_past_is_bounded() {
        let mut past = Past::default();
        for _ in 0..100 {
            push(&mut past, MOST / 10);
        }
        assert!(past.bytes <= MOST);
        assert_eq!(numbers(&past, 90), None);
        assert_eq!(numbers(&past, 92).map(|told| told.len()), Some(8));
        push(&mut past, MOST + 1);
        assert_eq!((past.bytes, numbers(&past, 100), numbers(&past, 101)), (0, None, Some(vec![])));
    }

    #[test]
    fn places_are_read_as_they_are_written() {
        let place = Place { run: 1_700_000_000_123, number: 17 };
        assert_eq!(Place::parse(&place.to_string()), Some(place));
        for odd in ["", "7", "-", "a-1", "1-a", "1--1", "1-99999999999999999999999"] {
            assert_eq!(Place::parse(odd), None, "{odd}");
        }
    }
}
