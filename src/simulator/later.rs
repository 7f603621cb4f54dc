//! What will happen by itself because of something that was done: equipment dials again, a guest is let back in.

use super::clock::Moment;
use std::sync::{Mutex, PoisonError};

/// Something that will happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Later {
    /// A subscriber's device dials.
    Dial {
        /// Whose, as an index of the subscribers.
        subscriber: u32,
        /// Which of the two.
        device: u8,
    },
    /// A guest of the hotspot is let in by a cookie.
    Guest(u64),
}

/// What was planned since somebody last looked.
#[derive(Debug, Default)]
pub struct Agenda(Mutex<Vec<(Moment, Later)>>);

impl Agenda {
    /// Plans something.
    pub fn add(&self, at: Moment, later: Later) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((at, later));
    }

    /// Takes all that was planned.
    pub fn take(&self) -> Vec<(Moment, Later)> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
