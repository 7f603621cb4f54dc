//! What surrounds every page.

use super::rail;
use super::reader::ReaderView;
use crate::access::{Kind, Role, Visitor};
use crate::http::Seen;
use crate::state::{Recovered, ReplayTime, State};
use serde::Serialize;

/// The frame's part of a view.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is something that a template asks for")]
pub(super) struct Frame {
    /// Which page it is, as the words name it.
    page: &'static str,
    /// Whether what is shown is made up.
    demo: bool,
    /// The time in the recording that is shown, if it is one.
    replay: Option<Replay>,
    /// What became of what is kept, if it was damaged at the start.
    recovered: Option<RecoveredView>,
    /// Whether the disk is full, so that nothing can be changed.
    disk_full: bool,
    /// Whether others on the way can read along.
    is_clear: bool,
    /// Whether there is any router to watch.
    has_routers: bool,
    /// Whether the visitor may add routers.
    may_configure: bool,
    /// Where the rail leads.
    rail: Vec<rail::Entry>,
    /// Who looks at it.
    visitor: Option<VisitorView>,
    version: &'static str,
    /// In which language it is read, and what else may be chosen.
    reader: ReaderView,
}

#[derive(Debug, Serialize)]
struct VisitorView {
    name: String,
    kind: &'static str,
    /// Whether there is an account to look after.
    is_person: bool,
    csrf: String,
}

/// What the banner of a damaged store says.
#[derive(Debug, Serialize)]
struct RecoveredView {
    key: String,
    at: String,
    lost: u64,
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
            recovered: seen.recovered().filter(|_| is_person && Role::Operator <= visitor.role).map(
                |recovered| {
                    let Recovered { word, at, lost } = recovered;
                    RecoveredView { key: format!("frame.recovered.{word}"), at: at.clone(), lost: *lost }
                },
            ),
            disk_full: seen.is_disk_full(),
            is_clear: seen.is_clear(),
            has_routers: !seen.routers().is_empty(),
            may_configure: is_person && visitor.role == Role::Admin && visitor.scope.is_all(),
            rail: rail::rail(visitor, is_person && visitor.role == Role::Admin),
            visitor: Some(VisitorView {
                name: visitor.name.clone(),
                kind: kind(visitor.kind),
                is_person,
                csrf: visitor.csrf.clone().unwrap_or_default(),
            }),
            version: env!("CARGO_PKG_VERSION"),
            reader: ReaderView::now(),
        }
    }

    /// Around a page for whom nobody let in yet.
    pub(super) fn outside(state: &State, page: &'static str) -> Self {
        Self {
            page,
            demo: state.demo,
            replay: None,
            recovered: None,
            disk_full: *state.disk_full.borrow(),
            is_clear: false,
            has_routers: false,
            may_configure: false,
            rail: Vec::new(),
            visitor: None,
            version: env!("CARGO_PKG_VERSION"),
            reader: ReaderView::now(),
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
