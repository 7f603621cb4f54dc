//! How often somebody may try a password: by account and address, so that a guesser never locks the owner out.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

use super::people::lock;
use super::role::VisitId;

/// Attempts that are counted are those of this long.
const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// Attempts that are evaluated in a window, of one account from one address.
const PER_ACCOUNT: usize = 5;

/// Attempts that are evaluated in a window, of all accounts from one address.
const PER_ADDRESS: usize = 20;

/// More than this is not remembered, some 20 MiB: somebody has more addresses than we have memory.
const MOST_KEYS: usize = 100_000;

/// Attempts of one address that wait for the one before them.
const LONGEST_LINE: usize = 4;

/// From where somebody tries.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    /// An address; of IPv6 the network, as everybody has 2^64 addresses there.
    Network(IpAddr),
    /// A session, for who is in already.
    Visit(VisitId),
}

impl Origin {
    pub(super) fn of(address: IpAddr) -> Self {
        Self::Network(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from(network))
            }
            four @ IpAddr::V4(_) => four,
        })
    }
}

/// What is counted: an account from somewhere, or somewhere.
type Key = (Option<String>, Origin);

/// The attempts of the last minute.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    /// When they were, the oldest first. A sliding window and no bucket that fills: in no minute are there more.
    attempts: HashMap<Key, Vec<Timestamp>>,
}

impl Throttle {
    /// Takes an attempt; or how long to wait for the next.
    pub(super) fn take(&mut self, account: &str, origin: &Origin, now: Timestamp) -> Result<(), Duration> {
        let keys = [
            ((Some(account.to_owned()), origin.clone()), PER_ACCOUNT),
            ((None, origin.clone()), PER_ADDRESS),
        ];
        for (key, most) in &keys {
            let Some(times) = self.attempts.get_mut(key) else { continue };
            times.retain(|at| is_recent(*at, now));
            if *most <= times.len()
                && let Some(oldest) = times.first()
            {
                let left = WINDOW.saturating_sub(now.duration_since(*oldest));
                // Whole seconds are what a header can say; one that was cut off would be too early.
                let begun = u64::from(0 < left.subsec_nanos());
                return Err(Duration::from_secs(left.as_secs().unsigned_abs() + begun));
            }
        }
        self.make_room(now);
        for (key, _) in keys {
            self.attempts.entry(key).or_default().push(now);
        }
        Ok(())
    }

    /// Counts an attempt that was taken at `taken` as one of `now`, when it is known whether it was right.
    pub(super) fn evaluated(&mut self, account: &str, origin: &Origin, taken: Timestamp, now: Timestamp) {
        for account in [Some(account.to_owned()), None] {
            // Who waited for more than a minute was forgotten meanwhile, and counts all the same.
            let times = self.attempts.entry((account, origin.clone())).or_default();
            if let Some(place) = times.iter().rposition(|at| *at == taken) {
                times.remove(place);
            }
            times.push(now);
        }
    }

    /// Forgets the attempts of who has just proved to be the owner; of the address only this one, which was no guess:
    /// an office full of people may sign in at nine.
    pub(super) fn forgive(&mut self, account: &str, origin: &Origin) {
        self.attempts.remove(&(Some(account.to_owned()), origin.clone()));
        if let Some(times) = self.attempts.get_mut(&(None, origin.clone())) {
            times.pop();
        }
    }

    /// Forgets what is too old to count.
    pub(super) fn prune(&mut self, now: Timestamp) {
        self.attempts.retain(|_, times| times.last().is_some_and(|at| is_recent(*at, now)));
        self.attempts.shrink_to_fit();
    }

    /// Somebody new is never refused because others are many: the older half is forgotten instead.
    fn make_room(&mut self, now: Timestamp) {
        if self.attempts.len() < MOST_KEYS {
            return;
        }
        self.prune(now);
        if MOST_KEYS / 2 < self.attempts.len() {
            let mut last: Vec<Timestamp> =
                self.attempts.values().filter_map(|times| times.last().copied()).collect();
            let middle = last.len() / 2;
            let (_, middle, _) = last.select_nth_unstable(middle);
            let middle = *middle;
            let mut room = MOST_KEYS / 2;
            self.attempts.retain(|_, times| {
                let stays = times.last().is_some_and(|at| middle <= *at) && 0 < room;
                room -= usize::from(stays);
                stays
            });
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.attempts.len()
    }
}

/// What lies in the future was before the clock was set back: it does not count, or it would for hours.
fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(at);
    SignedDuration::ZERO <= age && age < WINDOW
}

/// One line for each address: passwords of one are hashed one after the other, so that no line is longer than there
/// are addresses, however many attempts one of them makes.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines(Arc<Mutex<HashMap<Origin, Line>>>);

#[derive(Debug, Default)]
struct Line {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Who stands in it, in front or behind.
    count: usize,
}

/// A place in a line; leaving it lets the next one in.
#[derive(Debug)]
pub(super) struct Place {
    lines: Lines,
    origin: Origin,
    turn: Option<OwnedMutexGuard<()>>,
}

impl Lines {
    /// Waits for one's turn; `None` if too many wait already.
    pub(super) async fn join(&self, origin: &Origin) -> Option<Place> {
        let turn = {
            let mut lines = lock(&self.0);
            let line = lines.entry(origin.clone()).or_default();
            if LONGEST_LINE < line.count {
                return None;
            }
            line.count += 1;
            Arc::clone(&line.turn)
        };
        // Whoever gives up while waiting leaves the line all the same.
        let mut place = Place { lines: self.clone(), origin: origin.clone(), turn: None };
        place.turn = Some(turn.lock_owned().await);
        Some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.turn = None;
        if let Entry::Occupied(mut line) = lock(&self.lines.0).entry(self.origin.clone()) {
            line.get_mut().count -= 1;
            if line.get().count == 0 {
                line.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn origin(address: &str) -> Origin {
        Origin::of(address.parse().unwrap())
    }

    #[test]
    fn five_attempts_are_evaluated_in_any_minute_whatever_their_rhythm() {
        let home = origin("192.0.2.1");
        for rhythm in [1, 7, 13, 59] {
            let mut throttle = Throttle::default();
            let taken: Vec<i64> = (0..600)
                .filter(|second| second % rhythm == 0 && throttle.take("ana", &home, at(*second)).is_ok())
                .collect();
            for start in 0..540 {
                let count = taken.iter().filter(|second| (start..start + 60).contains(*second)).count();
                assert!(count <= 5, "{count} from {start} on, every {rhythm} s");
            }
            assert!(10 <= taken.len(), "{taken:?}");
        }
    }

    #[test]
    fn attempts_that_waited_long_count_from_when_they_were_evaluated() {
        let (mut throttle, home) = (Throttle::default(), origin("192.0.2.1"));
        for second in 0..5 {
            throttle.take("ana", &home, at(second)).unwrap();
        }
        for second in 0..5 {
            throttle.evaluated("ana", &home, at(second), at(10 + second));
        }
        assert_eq!(throttle.take("ana", &home, at(60)).unwrap_err(), Duration::from_secs(10));
        throttle.take("ana", &home, at(70)).unwrap();
        throttle.take("ana", &home, at(70)).unwrap_err();

        let mut throttle = Throttle::default();
        for second in 0..5 {
            throttle.take("ana", &home, at(second)).unwrap();
        }
        throttle.prune(at(100));
        assert_eq!(throttle.len(), 0);
        for second in 0..5 {
            throttle.evaluated("ana", &home, at(second), at(100));
        }
        throttle.take("ana", &home, at(101)).unwrap_err();
    }

    #[test]
    fn a_guesser_does_not_use_up_the_attempts_of_other_addresses_and_accounts() {
        let mut throttle = Throttle::default();
        let (home, away) = (origin("192.0.2.1"), origin("198.51.100.9"));
        while throttle.take("ana", &away, at(0)).is_ok() {}
        throttle.take("ana", &home, at(0)).unwrap();
        throttle.take("bob", &away, at(0)).unwrap();
        let wait = throttle.take("ana", &away, at(20)).unwrap_err();
        assert_eq!(wait, Duration::from_secs(40));
        throttle.take("ana", &away, at(60)).unwrap();
    }

    #[test]
    fn one_address_tries_twenty_times_a_minute_with_however_many_names() {
        let mut throttle = Throttle::default();
        let away = origin("198.51.100.9");
        let taken = (0..100).filter(|n| throttle.take(&n.to_string(), &away, at(0)).is_ok()).count();
        assert_eq!(taken, PER_ADDRESS);
    }

    #[test]
    fn an_address_is_its_network_in_ipv6_and_itself_when_it_is_mapped() {
        assert_eq!(origin("2001:db8::1"), origin("2001:db8::ffff:0:0:2"));
        assert_ne!(origin("2001:db8::1"), origin("2001:db8:0:1::1"));
        assert_eq!(origin("::ffff:192.0.2.1"), origin("192.0.2.1"));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let mut throttle = Throttle::default();
        let home = origin("192.0.2.1");
        while throttle.take("ana", &home, at(7200)).is_ok() {}
        throttle.take("ana", &home, at(0)).unwrap();
    }

    #[test]
    fn a_million_addresses_do_not_fill_the_memory_nor_keep_anybody_out() {
        let mut throttle = Throttle::default();
        for n in 0..1_000_000_u128 {
            let network = Ipv6Addr::from((0x2001_0db8 << 96) | (n << 64));
            throttle.take("ana", &Origin::of(network.into()), at(0)).unwrap();
            assert!(throttle.len() <= MOST_KEYS + 1);
        }
        throttle.take("ana", &origin("192.0.2.1"), at(0)).unwrap();
        throttle.prune(at(61));
        assert_eq!(throttle.len(), 0);
    }

    #[tokio::test]
    async fn a_line_has_an_end_and_is_gone_when_nobody_stands_in_it() {
        let lines = Lines::default();
        let home = origin("192.0.2.1");
        let first = lines.join(&home).await.unwrap();
        let waiting: Vec<_> = (0..LONGEST_LINE)
            .map(|_| {
                let (lines, home) = (lines.clone(), home.clone());
                tokio::spawn(async move { lines.join(&home).await.is_some() })
            })
            .collect();
        while lock(&lines.0).get(&home).unwrap().count <= LONGEST_LINE {
            tokio::task::yield_now().await;
        }
        assert!(lines.join(&home).await.is_none(), "the line is full");
        assert!(lines.join(&origin("192.0.2.2")).await.is_some(), "another has its own");
        waiting[0].abort();
        drop(first);
        for (n, waited) in waiting.into_iter().enumerate() {
            assert!(n == 0 || waited.await.unwrap());
        }
        while !lock(&lines.0).is_empty() {
            tokio::task::yield_now().await;
        }
    }
}
