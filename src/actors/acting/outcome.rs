//! What became of an action.

use crate::domain::action::{Changed, Denial, Item};
use crate::domain::visible::visible;

/// What became of an action.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The router did it.
    Done {
        /// What the row is like now.
        after: Afterwards,
    },
    /// Nothing was sent, as the row is not what was seen any more.
    Changed(Changed),
    /// The router refused.
    Refused {
        /// Its own words, made fit to be looked at.
        words: String,
        /// What they mean, with a remedy.
        denial: Denial,
    },
    /// The router could not be asked, and nothing was sent.
    Unreachable {
        /// What failed.
        what: String,
        /// What to do.
        advice: String,
    },
    /// The connection was lost after it was sent: it may have happened, or not.
    Unknown {
        /// How the connection was lost.
        what: String,
        /// What the row is like now, which may tell.
        after: Afterwards,
    },
    /// Others were before it for too long, and nothing was sent.
    Busy,
}

/// A row, read again after something was sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Afterwards {
    /// As it is now.
    Row(Item),
    /// There is none.
    Gone,
    /// It could not be read.
    NotRead,
}

impl Outcome {
    /// One word for programs and the log.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Changed(_) => "changed",
            Self::Refused { .. } => "refused",
            Self::Unreachable { .. } => "unreachable",
            Self::Unknown { .. } => "unknown",
            Self::Busy => "busy",
        }
    }

    pub(super) fn refused(message: &str) -> Self {
        Self::Refused { words: visible(message).into_owned(), denial: Denial::of(message) }
    }
}
