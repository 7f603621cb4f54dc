//! What surrounds every page.

use crate::access::{Kind, Role, Visitor};
use crate::http::Seen;
use crate::state::{ReplayTime, State};
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
    /// Whether others on the way can read along.
    is_clear: bool,
    /// Whether there is any router to watch.
    has_routers: bool,
    /// Who looks at it.
    visitor: Option<VisitorView>,
    version: &'static str,
}

#[derive(Debug, Serialize)]
struct VisitorView {
    name: String,
    kind: &'static str,
    /// Whether there is an account to look after.
    is_person: bool,
    is_admin: bool,
    csrf: String,
    /// The only pages that may be opened, if not all.
    pages: Option<Vec<String>>,
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
    pub(super) fn new(seen: &Seen, visitor: &Visitor, page: &'static str) -> Self {
        let is_person = visitor.kind == Kind::User;
        Self {
            page,
            demo: seen.is_demo(),
            replay: seen.replay().map(|replay| Replay::of(*replay.borrow())),
            is_clear: seen.is_clear(),
            has_routers: !seen.routers().is_empty(),
            visitor: Some(VisitorView {
                name: visitor.name.clone(),
                kind: kind(visitor.kind),
                is_person,
                is_admin: is_person && visitor.role == Role::Admin,
                csrf: visitor.csrf.clone().unwrap_or_default(),
                pages: visitor.pages.clone(),
            }),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Around a page for whom nobody let in yet.
    pub(super) fn outside(state: &State, page: &'static str) -> Self {
        Self {
            page,
            demo: state.demo,
            replay: None,
            is_clear: false,
            has_routers: false,
            visitor: None,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "user",
        Kind::Token => "token",
        Kind::Wall => "wall",
        Kind::Demo => "demo",
    }
}
