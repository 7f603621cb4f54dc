//! Refusals on their way into the audit log: the first of each minute at once, the others as a number, so that a guesser
//! cannot fill the disk.

use super::audit::Deed;
use super::people::{People, Unavailable, lock};
use super::role::Actor;
use jiff::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;

/// Who is told apart in one minute; the others are counted together.
const MOST_TOLD_APART: usize = 50;

/// The refusals of the current minute.
#[derive(Default)]
pub(super) struct Refusals {
    minute: i64,
    /// How many were not written yet, by account, address and reason.
    held: HashMap<Refusal, u64>,
}

/// A refused sign-in, or a refused request of somebody who was let in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Refusal {
    /// The account, if there is one of that name. Other names are not kept: people type passwords there.
    pub(super) who: String,
    pub(super) from: String,
    /// What was attempted.
    pub(super) action: &'static str,
    /// On what: a method and a path of our own table, never what was typed.
    pub(super) object: String,
    pub(super) why: &'static str,
}

/// Somebody was not let in.
pub(super) const SIGN_IN: &str = "session.refused";
/// Somebody who was let in may not do this.
const REQUEST: &str = "request.refused";

impl People {
    /// Notes that somebody who was let in may not do what they wanted to.
    pub fn refuse_request(
        &self,
        by: &Actor,
        route: &str,
        why: &'static str,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let Actor { who, from } = by.clone();
        self.note(Refusal { who, from, action: REQUEST, object: route.to_owned(), why }, now)
    }

    /// Notes a token that lets nobody in.
    pub fn refuse_token(&self, address: IpAddr, now: Timestamp) -> Result<(), Unavailable> {
        self.refuse_secret(address, "no such token", now)
    }

    /// Notes a link or token that lets nobody in.
    pub(super) fn refuse_secret(
        &self,
        address: IpAddr,
        why: &'static str,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let (who, object) = ("nobody".to_owned(), String::new());
        self.note(Refusal { who, from: address.to_string(), action: SIGN_IN, object, why }, now)
    }

    /// Writes what is to be written now.
    pub(super) fn note(&self, refusal: Refusal, now: Timestamp) -> Result<(), Unavailable> {
        let deeds = lock(&self.0.refusals).take(refusal, now);
        if deeds.is_empty() { Ok(()) } else { self.write_deeds(deeds, now) }
    }
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
            let (who, from) = ("others".to_owned(), "others".to_owned());
            let others = Refusal { who, from, object: String::new(), ..refusal };
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
        let order = |deed: &Deed| (deed.by.who.clone(), deed.by.from.clone(), deed.object.clone());
        deeds.sort_by_cached_key(order);
        deeds
    }
}

impl Refusal {
    fn deed(&self, result: String) -> Deed {
        let by = Actor { who: self.who.clone(), from: self.from.clone() };
        Deed::with(&by, self.action, self.object.as_str(), result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn refusal(from: usize) -> Refusal {
        let (who, object) = ("ana".to_owned(), String::new());
        Refusal { who, from: from.to_string(), action: SIGN_IN, object, why: "refused" }
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
