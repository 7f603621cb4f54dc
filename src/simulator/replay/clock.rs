//! The time in a recording.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Tells how far a replay is. Clones are handles to the same clock.
///
/// It follows tokio's clock, so that a test which pauses time also pauses the replay.
#[derive(Debug, Clone)]
pub struct ReplayClock {
    /// When it was (re)started.
    started: Arc<Mutex<Instant>>,
    from: Duration,
    speed: f64,
    length: Duration,
}

impl ReplayClock {
    /// A clock that begins at `from` now.
    pub fn new(from: Duration, speed: f64, length: Duration) -> Self {
        Self { started: Arc::new(Mutex::new(now())), from, speed, length }
    }

    /// How many times faster than it was recorded.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// The offset now, at most the length of the recording.
    pub fn offset(&self) -> Duration {
        let passed = now().saturating_duration_since(self.started());
        (self.from + passed.mul_f64(self.speed)).min(self.length)
    }

    /// Whether the end was reached.
    pub fn has_ended(&self) -> bool {
        self.length <= self.offset()
    }

    /// How long it is until an offset.
    pub(super) fn until(&self, offset: Duration) -> Duration {
        let due = offset.saturating_sub(self.from).div_f64(self.speed);
        (self.started() + due).saturating_duration_since(now())
    }

    /// Begins anew.
    pub(super) fn restart(&self) {
        *self.started.lock().unwrap_or_else(PoisonError::into_inner) = now();
    }

    fn started(&self) -> Instant {
        *self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
