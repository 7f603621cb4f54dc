//! Refused sign-ins on their way into the audit log: the first of each minute at once, the others as a number, so that
//! a guesser cannot fill the disk.

use super::audit::Deed;
use super::role::Actor;
use jiff::Timestamp;
use std::collections::HashMap;

/// Who is told apart in one minute; the others are counted together.
const MOST_TOLD_APART: usize = 50;

/// The refusals of the current minute.
#[derive(Default)]
pub(super) struct Refusals {
    minute: i64,
    /// How many were not written yet, by account, address and reason.
    held: HashMap<Refusal, u64>,
}

/// A refused sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Refusal {
    /// The account, if there is one of that name. Other names are not kept: people type passwords there.
    pub(super) who: String,
    pub(super) from: String,
    pub(super) why: &'static str,
}

impl Refusals {
    /// Takes a refusal; gives what is to be written now.
    pub(super) fn take(&mut self, refusal: Refusal, now: Timestamp) -> Vec<Deed> {
        let mut deeds = self.sums(now, false);
        if let Some(count) = self.held.get_mut(&refusal) {
            *count += 1;
        } else if self.held.len() < MOST_TOLD_APART {
            deeds.push(refusal.deed(refusal.why.to_owned()));
            self.held.insert(refusal, 0);
        } else {
            let others = Refusal { who: "others".to_owned(), from: "others".to_owned(), why: refusal.why };
            *self.held.entry(others).or_default() += 1;
        }
        deeds
    }

    /// What is to be written of the minutes that are over, or of all.
    pub(super) fn sums(&mut self, now: Timestamp, all: bool) -> Vec<Deed> {
        let minute = now.as_second().div_euclid(60);
        if minute == self.minute && !all {
            return Vec::new();
        }
        self.minute = minute;
        let held = self.held.drain().filter(|(_, count)| 0 < *count);
        let mut deeds: Vec<Deed> = held
            .map(|(refusal, count)| refusal.deed(format!("{}, {count} times more", refusal.why)))
            .collect();
        deeds.sort_by(|one, two| (&one.by.who, &one.by.from).cmp(&(&two.by.who, &two.by.from)));
        deeds
    }
}

impl Refusal {
    fn deed(&self, result: String) -> Deed {
        let by = Actor { who: self.who.clone(), from: self.from.clone() };
        Deed::with(&by, "session.refused", "", result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn refusal(from: usize) -> Refusal {
        Refusal { who: "ana".to_owned(), from: from.to_string(), why: "refused" }
    }

    #[test]
    fn a_minute_of_guesses_is_two_lines_and_none_is_lost() {
        let mut refusals = Refusals::default();
        assert_eq!(refusals.take(refusal(1), at(0)).len(), 1);
        for second in 1..60 {
            assert_eq!(refusals.take(refusal(1), at(second)).len(), 0);
        }
        let deeds = refusals.take(refusal(1), at(60));
        assert_eq!(deeds.len(), 2);
        assert_eq!(deeds[0].result, "refused, 59 times more");
        assert!(refusals.sums(at(61), false).is_empty());
        assert!(refusals.sums(at(120), false).is_empty());
    }

    #[test]
    fn many_guessers_are_counted_together() {
        let mut refusals = Refusals::default();
        let now: usize = (0..1000).map(|from| refusals.take(refusal(from), at(0)).len()).sum();
        assert_eq!(now, MOST_TOLD_APART);
        let sums = refusals.sums(at(1), true);
        assert_eq!(sums.len(), 1);
        assert_eq!((sums[0].by.who.as_str(), sums[0].result.as_str()), ("others", "refused, 950 times more"));
    }
}
