//! The clock that actors read, so that tests can pause it.

use crate::domain::time::Moment;
use jiff::Timestamp;
use std::time::Instant;

/// The monotonic time, from tokio's clock: it stands still in tests that pause it.
pub(super) fn instant() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// The present moment on both clocks.
pub(super) fn now() -> Moment {
    Moment::new(instant(), Timestamp::now())
}
