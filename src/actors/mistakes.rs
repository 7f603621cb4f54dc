//! Mistakes in the program that whoever made them outlives: caught, counted, and told without burying the log.

use super::clock;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Who makes no mistake for this long is well again.
pub(super) const STEADY: Duration = Duration::from_secs(60);

/// The mistakes of one who goes on after them.
#[derive(Debug)]
pub(super) struct Mistakes {
    count: Arc<AtomicU64>,
    last: Option<Instant>,
}

impl Mistakes {
    /// None yet; they are added to this count.
    pub(super) fn new(count: &Arc<AtomicU64>) -> Self {
        Self { count: Arc::clone(count), last: None }
    }

    /// Does something; nothing comes of it if it panics. Whoever calls must not trust what it changed then.
    pub(super) fn caught<T>(act: impl FnOnce() -> T) -> Option<T> {
        catch_unwind(AssertUnwindSafe(act)).ok()
    }

    /// Does what somebody ordered; if it panics, that is counted, and none comes of it.
    pub(super) fn caught_in<T>(count: &AtomicU64, act: impl FnOnce() -> T) -> Option<T> {
        let done = Self::caught(act);
        if done.is_none() {
            count.fetch_add(1, Ordering::Relaxed);
        }
        done
    }

    /// Counts one; whether it is the first after a time without any, and so worth a line in the log. A mistake in taking
    /// such a line would make the next one otherwise, without end.
    pub(super) fn count(&mut self) -> bool {
        self.count.fetch_add(1, Ordering::Relaxed);
        let now = clock::instant();
        let last = self.last.replace(now);
        last.is_none_or(|last| STEADY <= now.saturating_duration_since(last))
    }
}
