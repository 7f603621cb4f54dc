//! What surrounds every page.

use crate::http::Seen;
use crate::state::ReplayTime;
use serde::Serialize;

/// The frame's part of a view.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    /// Which page it is, as the words name it.
    page: &'static str,
    /// Whether what is shown is made up.
    demo: bool,
    /// The time in the recording that is shown, if it is one.
    replay: Option<Replay>,
    /// Whether there is any router to watch.
    has_routers: bool,
    version: &'static str,
}

/// What the banner of a replay says.
#[derive(Debug, Serialize)]
struct Replay {
    key: &'static str,
    time: String,
    speed: String,
}

impl Replay {
    fn of(replay: ReplayTime) -> Self {
        let key = if replay.has_ended { "js.replay.over" } else { "js.replay.plays" };
        Self {
            key,
            time: replay.wall.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            speed: replay.speed.to_string(),
        }
    }
}

impl Frame {
    /// Around a page of this visitor.
    pub(super) fn new(seen: &Seen, page: &'static str) -> Self {
        Self {
            page,
            demo: seen.is_demo(),
            replay: seen.replay().map(|replay| Replay::of(*replay.borrow())),
            has_routers: !seen.routers().is_empty(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
