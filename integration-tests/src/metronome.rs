//! How long the machine itself stood still, for tests of promises in seconds: a shared one stalls now and then.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long each sleep is meant to be.
const BEAT: Duration = Duration::from_millis(10);

/// A thread that sleeps a little, again and again, and notes by how much it overslept. It ends when this is dropped.
///
/// It shows stalls of the whole machine or process, which no program under test can help, and not that the program
/// under test was slow.
#[derive(Debug)]
pub struct Metronome {
    slept: Arc<Mutex<Vec<Slept>>>,
    _stop: Sender<()>,
}

/// One sleep.
#[derive(Debug, Clone, Copy)]
struct Slept {
    from: Instant,
    to: Instant,
}

impl Slept {
    fn too_long(self) -> Duration {
        self.to.saturating_duration_since(self.from).saturating_sub(BEAT)
    }
}

impl Metronome {
    /// Begins to listen to the machine.
    pub fn start() -> Self {
        let (stop, stopped) = channel();
        let slept = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&slept);
        let mut from = Instant::now();
        // Nothing is ever sent: it waits for the end, a beat at a time.
        thread::spawn(move || {
            while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                let to = Instant::now();
                noted.lock().unwrap_or_else(PoisonError::into_inner).push(Slept { from, to });
                from = to;
            }
        });
        Self { slept, _stop: stop }
    }

    /// By how much it overslept at most, of all sleeps that lay in this time at least in part; also of one that is not
    /// over yet.
    pub fn longest_oversleep(&self, from: Instant, to: Instant) -> Duration {
        let slept = self.slept.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = slept.last().map(|last| Slept { from: last.to, to: Instant::now() });
        let touching =
            slept.iter().copied().chain(under_way).filter(|slept| from <= slept.to && slept.from <= to);
        touching.map(Slept::too_long).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(now: Instant, milliseconds: [u64; 2], expect: u64) {
        let at = |milliseconds| now + Duration::from_millis(milliseconds);
        let slept = |from, to| Slept { from: at(from), to: at(to) };
        let slept = vec![slept(0, 10), slept(10, 420), slept(420, 431), slept(431, 500)];
        let metronome = Metronome { slept: Arc::new(Mutex::new(slept)), _stop: channel().0 };
        let [from, to] = milliseconds.map(at);
        assert_eq!(metronome.longest_oversleep(from, to), Duration::from_millis(expect), "{milliseconds:?}");
    }

    #[test]
    fn the_longest_oversleep_is_that_of_the_time_asked_for() {
        // Nothing here is under way: the last sleep ends in a time to come.
        let now = Instant::now() + Duration::from_secs(60);
        check(now, [0, 500], 400);
        check(now, [200, 300], 400);
        check(now, [421, 425], 1);
        check(now, [425, 500], 59);
        check(now, [600, 700], 0);
    }

    #[test]
    fn a_sleep_that_is_not_over_counts_as_far_as_it_is() {
        let now = Instant::now();
        let slept = vec![Slept { from: now, to: now }];
        let metronome = Metronome { slept: Arc::new(Mutex::new(slept)), _stop: channel().0 };
        while now.elapsed() < 3 * BEAT {
            thread::yield_now();
        }
        assert!(BEAT <= metronome.longest_oversleep(now, Instant::now()));
    }

    #[test]
    fn a_started_one_notes_its_sleeps_until_it_is_dropped() {
        let metronome = Metronome::start();
        let slept = Arc::downgrade(&metronome.slept);
        let noted = || slept.upgrade().map_or(0, |slept| slept.lock().unwrap().len());
        while noted() < 3 {
            thread::yield_now();
        }
        drop(metronome);
        while slept.upgrade().is_some() {
            thread::yield_now();
        }
    }
}
