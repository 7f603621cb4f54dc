//! More in the log for a while, or from now on, without a restart.

use super::{Options, filter};
use std::sync::{Mutex, OnceLock, PoisonError};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{EnvFilter, Registry, reload};

/// The filter of this process' log, of which there is one.
static FILTER: OnceLock<Louder> = OnceLock::new();

/// Changes what is logged.
#[derive(Debug)]
pub struct Louder {
    handle: reload::Handle<EnvFilter, Registry>,
    /// Whether the settings decide what is usual.
    may_change: bool,
    now: Mutex<Now>,
}

#[derive(Debug)]
struct Now {
    usual: String,
    is_loud: bool,
}

impl Louder {
    /// Of the log that was started, if one was.
    pub fn of_this_process() -> Option<&'static Self> {
        FILTER.get()
    }

    /// Keeps the handle of the log that was started.
    pub(super) fn keep(handle: reload::Handle<EnvFilter, Registry>, options: &Options) {
        let now = Mutex::new(Now { usual: options.filter.clone(), is_loud: false });
        // There is one log in a process, and so this is the first.
        let _ = FILTER.set(Self { handle, may_change: options.may_change, now });
    }

    /// Whether debug entries of ours are logged anyway.
    pub fn is_loud(&self) -> bool {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        filter(&now.usual)
            .ok()
            .and_then(|filter| filter.max_level_hint())
            .is_some_and(|most| LevelFilter::DEBUG <= most)
    }

    /// Logs debug entries of ours too, or what is usual; false if that cannot be.
    pub fn set(&self, is_loud: bool) -> bool {
        self.change(|now| now.is_loud = is_loud)
    }

    /// Makes this what is usual, if nobody but the settings decides it; false if that cannot be.
    pub(super) fn set_usual(&self, usual: &str) -> bool {
        !self.may_change || self.change(|now| usual.clone_into(&mut now.usual))
    }

    fn change(&self, change: impl FnOnce(&mut Now)) -> bool {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut now);
        let text = if now.is_loud { "debug" } else { &now.usual };
        filter(text).is_ok_and(|filter| self.handle.reload(filter).is_ok())
    }
}
