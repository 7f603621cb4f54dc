//! What was seen and waits for the disk: never more than some memory, in all recorders together.

use super::Seen;
use super::left_out::Counts;
use crate::domain::router::RouterName;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Instant;

/// The bytes that may wait: what 50,000 subscribers say in half a minute. A reply for which there is no room is left
/// out; the next print of its table has it all.
const MOST: usize = 64 << 20;

/// What waits counts for this at least, as it is more than its rows.
const LEAST: usize = 4 << 10;

/// What all recorders of a program share: the memory that they take, and a count of their mistakes. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Backlog {
    bytes: Arc<AtomicUsize>,
    restarts: Arc<AtomicU64>,
}

impl Backlog {
    /// How often a recorder began again after an error in the program.
    pub fn restarts(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.restarts)
    }

    /// What the recorder of one router is told through.
    pub(super) fn pipe(&self, router: RouterName) -> (Inlet, Outlet) {
        let (to, from) = channel();
        let inlet =
            Inlet { router, to, backlog: self.clone(), unsaid: Arc::default(), left_out: Counts::default() };
        (inlet, Outlet { from })
    }

    /// Makes room for so many bytes, if there is any.
    fn room(&self, bytes: usize) -> Option<Room> {
        let fits = |waiting: usize| waiting.checked_add(bytes).filter(|sum| *sum <= MOST);
        self.bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).ok()?;
        Some(Room { bytes, backlog: self.clone() })
    }
}

/// Room that is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Room {
    bytes: usize,
    backlog: Backlog,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.backlog.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Something seen, on its way.
#[derive(Debug)]
struct Waiting {
    at: Instant,
    seen: Seen,
    room: Room,
}

/// Where what was seen is put. Cheap to clone; never waits.
#[derive(Debug, Clone)]
pub(super) struct Inlet {
    router: RouterName,
    to: Sender<Waiting>,
    backlog: Backlog,
    /// Replies left out since the log said so.
    unsaid: Arc<AtomicU64>,
    /// All replies left out, for the end.
    pub(super) left_out: Counts,
}

impl Inlet {
    /// Puts something in, unless too much waits already. The link is always told: nothing would tell it again.
    pub(super) fn put(&self, at: Instant, seen: Seen) {
        let bytes = seen.table().map_or(0, |_| seen.size().max(LEAST));
        let Some(room) = self.backlog.room(bytes) else { return self.leave_out(&seen) };
        if 0 < bytes {
            self.goes_on();
        }
        if let Seen::Print { key, .. } = &seen {
            self.left_out.recorded(key);
        }
        // Without a recorder, which has said why, there is nothing to be done.
        let _ = self.to.send(Waiting { at, seen, room });
    }

    fn leave_out(&self, seen: &Seen) {
        if let Some(key) = seen.table() {
            self.left_out.left_out(key);
        }
        if 0 < self.unsaid.fetch_add(1, Ordering::Relaxed) {
            return;
        }
        let (name, menu) = (&self.router, seen.table().map_or("", |table| &table.menu));
        tracing::warn!(
            router.name = %name,
            "the disk is too slow to record all of `{name}`; what it says is left out from now on, first of {menu}"
        );
    }

    fn goes_on(&self) {
        let left_out = self.unsaid.swap(0, Ordering::Relaxed);
        if 0 < left_out {
            let name = &self.router;
            tracing::warn!(
                router.name = %name, replies = left_out,
                "`{name}` is recorded again; {left_out} of its replies were left out"
            );
        }
    }
}

/// Where the recorder takes what was seen.
#[derive(Debug)]
pub(super) struct Outlet {
    from: Receiver<Waiting>,
}

/// What is there to be written.
#[derive(Debug)]
pub(super) enum Taken {
    /// This, which takes its room until that is dropped.
    Seen(Instant, Seen, Room),
    /// Nothing, until the time that was given.
    Nothing,
    /// Nothing any more.
    End,
}

impl Outlet {
    /// Takes what waits longest; waits until something does, or for this time to come.
    pub(super) fn take(&self, until: Option<Instant>) -> Taken {
        let taken = match until {
            None => self.from.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(until) => self.from.recv_timeout(until.saturating_duration_since(Instant::now())),
        };
        match taken {
            Ok(Waiting { at, seen, room }) => Taken::Seen(at, seen, room),
            Err(RecvTimeoutError::Timeout) => Taken::Nothing,
            Err(RecvTimeoutError::Disconnected) => Taken::End,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::recorder::LeftOut;
    use crate::domain::ppp::ActiveSession;
    use crate::domain::resource::Resource as _;
    use crate::recording::{LinkState, TableKey};

    fn print(size: usize) -> Seen {
        let key = TableKey::of(&ActiveSession::print()).unwrap();
        Seen::Print { key, rows: Vec::with_capacity(size), partial: false, asked: Instant::now() }
    }

    fn pipe(backlog: &Backlog, name: &str) -> (Inlet, Outlet) {
        backlog.pipe(RouterName::new(name).unwrap())
    }

    fn put(inlet: &Inlet, size: usize) {
        inlet.put(Instant::now(), print(size));
    }

    /// How many wait; their room is given back.
    fn drain(outlet: &Outlet) -> usize {
        let now = Some(Instant::now());
        std::iter::from_fn(|| matches!(outlet.take(now), Taken::Seen(..)).then_some(())).count()
    }

    #[test]
    fn what_waits_is_bounded_over_all_recorders_and_what_is_left_out_is_told() {
        let said = tempfile::NamedTempFile::new().unwrap();
        let log = Arc::new(said.reopen().unwrap());
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(log).finish();
        let backlog = Backlog::default();
        let ((one, of_one), (other, of_other)) = (pipe(&backlog, "r1"), pipe(&backlog, "r2"));
        tracing::subscriber::with_default(log, || {
            for _ in 0..50 {
                put(&one, 1 << 20);
                put(&other, 1 << 20);
            }
            // Tiny, and all the same without room.
            put(&one, 1);
            other.put(Instant::now(), Seen::Link(LinkState::Lost));
            assert_eq!((drain(&of_one), drain(&of_other)), (32, 33));
            assert_eq!(backlog.bytes.load(Ordering::Relaxed), 0);
            put(&one, 1);
            put(&one, 1);
        });
        assert_eq!(drain(&of_one), 2);
        let sessions =
            |replies| [LeftOut { menu: "/ppp/active".to_owned(), replies, is_missing: false }].to_vec();
        assert_eq!((one.left_out.all(), other.left_out.all()), (sessions(19), sessions(18)));
        let said = std::fs::read_to_string(said.path()).unwrap();
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 3, "{said}");
        assert!(
            lines[0].contains("too slow to record all of `r1`") && lines[0].contains("first of /ppp/active")
        );
        assert!(lines[1].contains("too slow to record all of `r2`"), "{said}");
        assert!(lines[2].contains("`r1` is recorded again; 19 of its replies were left out"), "{said}");
    }

    #[test]
    fn tiny_replies_are_bounded_too() {
        let backlog = Backlog::default();
        let (inlet, outlet) = pipe(&backlog, "r1");
        for _ in 0..2 * MOST / LEAST {
            put(&inlet, 0);
        }
        assert_eq!(drain(&outlet), MOST / LEAST);
    }

    #[test]
    fn what_is_dropped_unread_takes_no_room() {
        let backlog = Backlog::default();
        let (inlet, outlet) = pipe(&backlog, "r1");
        put(&inlet, MOST);
        drop(outlet);
        assert_eq!(backlog.bytes.load(Ordering::Relaxed), 0);
        put(&inlet, MOST);
        assert_eq!(backlog.bytes.load(Ordering::Relaxed), 0);
    }
}
