//! What surrounds every page.

use crate::state::State;
use serde::Serialize;

/// The frame's part of a view.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    /// Which page it is, as the words name it.
    page: &'static str,
    /// Whether what is shown is made up.
    demo: bool,
    /// Whether there is any router to watch.
    has_routers: bool,
    version: &'static str,
}

impl Frame {
    pub(super) fn new(state: &State, page: &'static str) -> Self {
        Self {
            page,
            demo: state.demo,
            has_routers: !state.routers.borrow().is_empty(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
