//! Many subscribers who came or went at once: one event for people, not a hundred.

use super::events::Change;
use super::router::RouterName;
use super::subscriber::State;
use jiff::{SignedDuration, Timestamp};

/// Fewer than this at once are told one by one.
const FEWEST: usize = 5;
/// What lies this close together is one event.
const APART: SignedDuration = SignedDuration::from_secs(60);

/// What happened, put together for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening<T> {
    /// One event, as it is.
    One(T),
    /// Several subscribers of one router came, or went.
    Burst {
        /// The newest of them.
        newest: T,
        /// How many.
        count: usize,
        /// Within how many seconds.
        seconds: i64,
    },
}

/// Puts events together, the newest first; `read` tells when, where and what each was.
pub fn put_together<'a, T: Copy>(
    events: impl Iterator<Item = T>,
    read: impl Fn(T) -> (Timestamp, &'a RouterName, &'a Change),
) -> Vec<Happening<T>> {
    let mut runs: Vec<Vec<T>> = Vec::new();
    for event in events {
        let (at, router, change) = read(event);
        let goes_on = runs.last().and_then(|run| run.first().zip(run.last())).is_some_and(|(first, last)| {
            let (newest, ..) = read(*first);
            let (_, of, before) = read(*last);
            newest.duration_since(at) <= APART
                && of == router
                && presence(before).is_some()
                && presence(before) == presence(change)
        });
        match runs.last_mut() {
            Some(run) if goes_on => run.push(event),
            _ => runs.push(vec![event]),
        }
    }
    let mut all = Vec::new();
    for run in runs {
        match (run.first(), run.last()) {
            (Some(&newest), Some(&oldest)) if FEWEST <= run.len() => {
                let seconds = read(newest).0.duration_since(read(oldest).0).as_secs().max(1);
                all.push(Happening::Burst { newest, count: run.len(), seconds });
            }
            _ => all.extend(run.into_iter().map(Happening::One)),
        }
    }
    all
}

fn presence(change: &Change) -> Option<State> {
    match change {
        Change::Presence(change) => Some(change.state),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::events::PresenceChange;
    use crate::domain::subscriber::SubscriberId;

    type Event = (i64, &'static str, Option<State>);

    fn check(events: &[Event], expect: &[(usize, i64)]) {
        let change = |state: Option<State>| match state {
            None => Change::Rebooted,
            Some(state) => Change::Presence(PresenceChange {
                id: SubscriberId(1),
                name: "x".into(),
                from: State::Unknown,
                state,
                since: None,
                address: "".into(),
                caller_id: "".into(),
                reason: "".into(),
            }),
        };
        let made: Vec<_> = events
            .iter()
            .map(|(at, router, state)| {
                (Timestamp::from_second(*at).unwrap(), RouterName::new(router).unwrap(), change(*state))
            })
            .collect();
        let told = put_together(0..made.len(), |at| (made[at].0, &made[at].1, &made[at].2));
        let told: Vec<_> = told
            .into_iter()
            .map(|one| match one {
                Happening::One(_) => (1, 0),
                Happening::Burst { count, seconds, .. } => (count, seconds),
            })
            .collect();
        assert_eq!(told, expect, "{events:?}");
    }

    #[test]
    fn many_at_once_are_one_event() {
        let gone = Some(State::Offline);
        let run = |count: i64, from: i64| (0..count).map(move |n| (from - n * 10, "r", gone));
        check(&[], &[]);
        check(&run(4, 1_000).collect::<Vec<_>>(), &[(1, 0); 4]);
        check(&run(5, 1_000).collect::<Vec<_>>(), &[(5, 40)]);
        // No more than a minute is one burst.
        check(&run(9, 1_000).collect::<Vec<_>>(), &[(7, 60), (1, 0), (1, 0)]);
        let same: Vec<Event> = (0..6).map(|_| (50, "r", gone)).collect();
        check(&same, &[(6, 1)]);
    }

    #[test]
    fn other_routers_other_directions_and_restarts_are_apart() {
        let gone = Some(State::Offline);
        let mixed: Vec<Event> = (0..6).map(|n| (100, if n < 3 { "a" } else { "b" }, gone)).collect();
        check(&mixed, &[(1, 0); 6]);
        let turned: Vec<Event> =
            (0..6).map(|n| (100, "a", if n < 3 { gone } else { Some(State::Online) })).collect();
        check(&turned, &[(1, 0); 6]);
        check(&[(9, "a", None); 6], &[(1, 0); 6]);
    }
}
