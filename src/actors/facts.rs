//! What the actors of one router tell each other of it: its load and its version.

use crate::domain::system::SystemResource;
use crate::domain::units::Text;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Above this load, in percent, polls slow down.
const BUSY: u64 = 80;

/// What is known of one router and matters to all who poll it.
#[derive(Debug, Default)]
pub(super) struct Facts {
    cpu_load: AtomicU64,
    version: Mutex<Text>,
    /// How often the version turned out to be another one.
    generation: AtomicU64,
}

impl Facts {
    /// Takes in a reading of the router's load and version.
    pub(super) fn learn(&self, rows: &[SystemResource]) {
        let Some(resource) = rows.first() else { return };
        self.cpu_load.store(resource.cpu_load.unwrap_or_default(), Ordering::Relaxed);
        // A panic while the lock was held cannot have left half a version behind.
        let mut version = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        if *version != resource.version {
            version.clone_from(&resource.version);
            self.generation.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether the router has no time for us.
    pub(super) fn is_busy(&self) -> bool {
        BUSY < self.cpu_load.load(Ordering::Relaxed)
    }

    /// Changes when the router's version does: what was absent may be there now.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }
}
