//! How a connection is getting on, and when it is to be cut.

use std::time::{Duration, Instant};

/// How long a connection may do nothing that it should do.
pub(super) const STILL: Duration = Duration::from_secs(30);

/// A reader that waits for us is never slow; one that we wait for takes this much a second, on average over `STILL`.
/// A page of 64 KiB takes 16 s at that pace: nobody would look at it, and a program that reads like that is none.
const PACE: u64 = 4 << 10;

/// What a connection is doing.
#[derive(Debug)]
pub(super) struct Course {
    doing: Doing,
    /// Bytes of answers that went towards the reader since the connection was made.
    given: u64,
    pace: Pace,
    /// The rest of a body that nobody reads has to be here by then.
    closes_by: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// No request, since then.
    Nothing(Instant),
    /// A request is being answered, and it is our turn: the answer is being made, or the next piece of it.
    OurTurn,
    /// A piece was given then, and the next one was not asked for yet: the reader's turn.
    TheirTurn(Instant),
}

/// What the reader took while it was its turn.
#[derive(Debug, Default)]
struct Pace {
    /// What had been given at the last look, if it was the reader's turn then.
    at_last_look: Option<u64>,
    looks: u32,
    taken: u64,
}

/// How often connections are looked at.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// No request came, or not to its end.
    Silent,
    /// The reader fetches nothing, or too slowly.
    SlowReader,
    /// A body that nobody reads does not end.
    SlowBody,
}

impl Course {
    pub(super) fn new(now: Instant) -> Self {
        Self { doing: Doing::Nothing(now), given: 0, pace: Pace::default(), closes_by: None }
    }

    /// A request is here.
    pub(super) fn begins(&mut self) {
        self.doing = Doing::OurTurn;
    }

    /// A piece of the answer is handed over.
    pub(super) fn gives(&mut self, bytes: usize, now: Instant) {
        self.given += bytes as u64;
        self.doing = Doing::TheirTurn(now);
    }

    /// The next piece was asked for, and is not there yet.
    pub(super) fn waits(&mut self) {
        self.doing = Doing::OurTurn;
    }

    /// The answer was given whole, or given up.
    pub(super) fn ends(&mut self, now: Instant) {
        self.doing = Doing::Nothing(now);
    }

    /// The connection has to be closed by then.
    pub(super) fn closes_by(&mut self, then: Instant) {
        self.closes_by = Some(then);
    }

    /// Looks at the connection, each `LOOK_EVERY`; says if and why it is to be cut.
    pub(super) fn look(&mut self, now: Instant) -> Option<Reason> {
        let too_long = |since: Instant| STILL <= now.saturating_duration_since(since);
        let is_over = self.closes_by.is_some_and(|then| then <= now);
        match self.doing {
            Doing::Nothing(since) if is_over || too_long(since) => {
                Some(if is_over { Reason::SlowBody } else { Reason::Silent })
            }
            Doing::TheirTurn(since) if too_long(since) => Some(Reason::SlowReader),
            Doing::TheirTurn(_) => self.pace.look(self.given),
            _ => {
                self.pace.at_last_look = None;
                None
            }
        }
    }
}

impl Pace {
    /// Only what is taken between two looks at which it was the reader's turn counts: what fills the buffers on the
    /// way at the beginning says nothing of the reader.
    fn look(&mut self, given: u64) -> Option<Reason> {
        if let Some(before) = self.at_last_look.replace(given) {
            self.looks += 1;
            self.taken += given - before;
        }
        let whole = u64::from(self.looks) * LOOK_EVERY.as_secs();
        if whole < STILL.as_secs() {
            return None;
        }
        let is_slow = self.taken < whole * PACE;
        *self = Self { at_last_look: self.at_last_look, ..Self::default() };
        is_slow.then_some(Reason::SlowReader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Watched {
        course: Course,
        now: Instant,
    }

    impl Watched {
        fn new() -> Self {
            let now = Instant::now();
            Self { course: Course::new(now), now }
        }

        /// Lets seconds pass, each with what happens in it, until the connection is cut: after which, and why.
        fn until_cut(
            &mut self,
            most: u64,
            mut each: impl FnMut(&mut Course, u64, Instant),
        ) -> Option<(u64, Reason)> {
            for second in 1..=most {
                self.now += LOOK_EVERY;
                each(&mut self.course, second, self.now);
                if let Some(reason) = self.course.look(self.now) {
                    return Some((second, reason));
                }
            }
            None
        }
    }

    #[test]
    fn a_connection_without_a_request_is_cut() {
        let mut watched = Watched::new();
        assert_eq!(watched.until_cut(100, |_, _, _| {}), Some((30, Reason::Silent)));
        let mut watched = Watched::new();
        watched.course.begins();
        assert_eq!(watched.until_cut(1_000, |_, _, _| {}), None, "a handler may take its time");
        watched.course.ends(watched.now);
        assert_eq!(watched.until_cut(100, |_, _, _| {}), Some((30, Reason::Silent)));
    }

    #[test]
    fn a_reader_that_takes_nothing_is_cut() {
        let mut watched = Watched::new();
        watched.course.begins();
        watched.course.gives(1 << 20, watched.now);
        assert_eq!(watched.until_cut(100, |_, _, _| {}), Some((30, Reason::SlowReader)));
    }

    #[test]
    fn a_reader_below_the_pace_is_cut_and_one_above_is_not() {
        fn check(bytes: usize, every: u64, expected: Option<(u64, Reason)>) {
            let mut watched = Watched::new();
            watched.course.begins();
            // The buffers on the way take this at once.
            watched.course.gives(400 << 10, watched.now);
            let cut = watched.until_cut(1_000, |course, second, now| {
                if second % every == 0 {
                    course.gives(bytes, now);
                }
            });
            assert_eq!(cut, expected, "{bytes} bytes every {every} s");
        }
        check(1, 1, Some((31, Reason::SlowReader)));
        check(3 << 10, 1, Some((31, Reason::SlowReader)));
        check(32 << 10, 15, Some((31, Reason::SlowReader)));
        check(5 << 10, 1, None);
        check(32 << 10, 5, None);
        check(64 << 10, 10, None);
    }

    #[test]
    fn a_stream_that_has_little_to_say_is_not_slow() {
        let mut watched = Watched::new();
        watched.course.begins();
        let cut = watched.until_cut(1_000, |course, second, now| {
            if second % 10 == 0 {
                course.gives(100, now);
                course.waits();
            }
        });
        assert_eq!(cut, None);
    }

    #[test]
    fn a_stream_whose_reader_lags_most_of_the_time_is_cut() {
        let mut watched = Watched::new();
        watched.course.begins();
        let cut = watched.until_cut(1_000, |course, second, now| {
            // Nine seconds of ten it is the reader's turn.
            if second % 10 == 0 { course.waits() } else { course.gives(100, now) }
        });
        assert!(matches!(cut, Some((30..=60, Reason::SlowReader))), "{cut:?}");
    }

    #[test]
    fn a_body_that_nobody_reads_has_to_end() {
        let mut watched = Watched::new();
        watched.course.begins();
        watched.course.closes_by(watched.now + Duration::from_secs(15));
        assert_eq!(watched.until_cut(20, |_, _, _| {}), None, "while it is being answered");
        watched.course.ends(watched.now);
        assert_eq!(watched.until_cut(20, |_, _, _| {}), Some((1, Reason::SlowBody)));
    }
}
