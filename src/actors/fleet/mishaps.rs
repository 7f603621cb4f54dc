//! What becomes of the fleet after a mistake: crews go on as they are, and what went wrong is tried again.
//!
//! It is not made anew with crews of its own: they would call routers that the old ones still talk to, or everybody would
//! have to wait until those have ended. All that it has is moved in steps that lose nothing, and so it can go on with it.

use super::{Fleet, LONGEST_PAUSE};
use crate::actors::clock;
use crate::actors::mistakes::Mistakes;
use std::time::Duration;

impl Fleet {
    /// Does something, and outlives it if that ends in a panic.
    pub(super) fn contained(&mut self, act: impl FnOnce(&mut Self)) {
        if Mistakes::caught(|| act(self)).is_some() {
            return;
        }
        let is_rare = self.mistakes.count();
        // Those that have not found their places have theirs from before.
        self.ships.append(&mut self.unplaced);
        self.show();
        self.again = clock::instant() + if is_rare { Duration::ZERO } else { LONGEST_PAUSE };
        if is_rare {
            tracing::error!(
                "the part that keeps routers watched met an error in the program: they are watched on, and what it was \
                 about is tried again"
            );
        }
    }
}
