//! How many streams one visitor has open: each is a connection and some memory for as long as it likes.

use crate::access::VisitId;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

/// The most streams of one session, token or wall at a time. A browser has one for each page that is seen, and one
/// that was left counts until it is written to, within a few seconds.
pub(in crate::api) const MOST: usize = 200;

/// The streams that are open, by whose they are.
#[derive(Debug, Clone, Default)]
pub(super) struct Seats(Arc<Mutex<HashMap<VisitId, usize>>>);

/// A stream that is open. Dropping it makes room for another one.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Seats,
    id: VisitId,
}

impl Seats {
    /// A place for one more stream; `None` if this visitor has as many as they may.
    pub(super) fn take(&self, id: &VisitId) -> Option<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(id.clone()).or_default();
        if MOST <= *count {
            return None;
        }
        *count += 1;
        Some(Seat { seats: self.clone(), id: id.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = taken.entry(self.id.clone()) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_visitor_has_so_many_streams_and_leaves_the_others_theirs() {
        let (seats, ana, ben) = (Seats::default(), id("a"), id("b"));
        let mut open: Vec<Seat> = (0..MOST).map(|_| seats.take(&ana).unwrap()).collect();
        assert!(seats.take(&ana).is_none());
        assert!(seats.take(&ben).is_some());
        open.pop();
        open.push(seats.take(&ana).unwrap());
        assert!(seats.take(&ana).is_none());
        drop(open);
        assert!(seats.0.lock().unwrap().is_empty());
    }

    fn id(digit: &str) -> VisitId {
        digit.repeat(16).parse().unwrap()
    }
}
