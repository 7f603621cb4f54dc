//! What is wrong with a router, for templates.

use super::format::{self, Ago};
use crate::domain::router::{Link, Trouble};
use crate::domain::snapshot::{Snapshot, TableState};
use crate::domain::tables::Tabular;
use crate::domain::time::Moment;
use crate::domain::visible::visible;
use serde::Serialize;
use std::sync::Arc;

/// More routers whose rows are not well are not named.
const NOTES: usize = 5;

/// What failed and what to do about it.
#[derive(Debug, Default, Serialize)]
pub(in crate::web) struct TroubleWords {
    /// By it the words are found in the reader's language; without it the texts are shown as they are.
    word: &'static str,
    what: String,
    advice: String,
    /// What only the text of who noticed it tells, such as a router's own words.
    more: Option<String>,
}

/// Troubles of which the text tells more than the word.
const TELLING: [&str; 11] = [
    "fatal",
    "sign_in_refused",
    "broken",
    "ca_file",
    "protocol",
    "foreign",
    "withheld",
    "forbidden_target",
    "certificate_not_trusted",
    "certificate_unknown",
    "certificate_changed",
];

impl TroubleWords {
    /// Of a trouble of this word, with the texts of who noticed it.
    pub(in crate::web) fn new(word: &'static str, what: &str, advice: &str) -> Self {
        let what = visible(what).into_owned();
        let more = TELLING.contains(&word).then(|| what.clone());
        Self { word, what, advice: visible(advice).into_owned(), more }
    }
}

impl TroubleWords {
    /// Of what failed by an event, if anything did.
    pub(in crate::web) fn told(word: &'static str, what: &str) -> Option<Self> {
        (!what.is_empty()).then(|| Self::new(word, what, ""))
    }
}

/// The same, with since when it is so and when we try again.
#[derive(Debug, Serialize)]
pub(in crate::web) struct TroubleView {
    #[serde(flatten)]
    words: TroubleWords,
    since: Ago,
    retry_in_s: Option<u64>,
}

impl TroubleView {
    pub(in crate::web) fn new(trouble: &Trouble, now: Moment) -> Self {
        let wait = |at: Moment| at.instant.saturating_duration_since(now.instant).as_secs();
        Self {
            words: trouble.into(),
            since: format::ago(trouble.since.wall, now.wall),
            retry_in_s: trouble.retry_at.map(wait),
        }
    }
}

/// What is to be said of the routers that a list is from.
#[derive(Debug, Serialize)]
pub(in crate::web) struct Notes {
    routers: Vec<Note>,
    more: usize,
    /// Nothing was ever read: that the list is empty is not the search's doing.
    pub(in crate::web) is_unread: bool,
}

/// A router of which the rows cannot be had, or are old.
#[derive(Debug, Serialize)]
struct Note {
    router: String,
    word: &'static str,
    /// What is wrong and what to do about it, where that is why.
    trouble: Option<TroubleView>,
}

impl Notes {
    /// Of the routers whose rows are not well. One without such a menu is no trouble, as long as others have it.
    pub(in crate::web) fn new<R: Tabular>(snapshots: &[Arc<Snapshot>], is_empty: bool, now: Moment) -> Self {
        let note = |snapshot: &Arc<Snapshot>| {
            let word = match (&snapshot.link, R::standing(snapshot).0) {
                (Link::Connecting, _) => snapshot.link.word(),
                // Nothing is shown of it that could be old.
                (link, TableState::Waiting) if !link.is_live() => "never",
                (link, _) if !link.is_live() => link.word(),
                (_, TableState::Waiting) => "waiting",
                (_, TableState::Partial) => "partial",
                (_, TableState::Absent) if is_empty => "absent",
                (_, TableState::Forbidden) => "forbidden",
                (_, TableState::Failed(_)) => "failed",
                (_, TableState::Fresh | TableState::Absent) => R::lacks(snapshot)?,
            };
            let trouble = snapshot.link.trouble().map(|trouble| TroubleView::new(trouble, now));
            Some(Note { router: snapshot.router.to_string(), word, trouble })
        };
        let mut notes: Vec<Note> = snapshots.iter().filter_map(note).collect();
        let more = notes.len().saturating_sub(NOTES);
        notes.truncate(NOTES);
        let is_waiting = |snapshot: &Arc<Snapshot>| R::standing(snapshot).0 == TableState::Waiting;
        Self { routers: notes, more, is_unread: !snapshots.is_empty() && snapshots.iter().all(is_waiting) }
    }
}

impl From<&Trouble> for TroubleWords {
    fn from(trouble: &Trouble) -> Self {
        Self::new(trouble.word, &trouble.what, &trouble.advice)
    }
}
