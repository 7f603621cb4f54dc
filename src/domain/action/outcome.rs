//! What became of an action.

use super::{Changed, Denial, Difference, Item};
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
        /// What failed, as one word, by which pages tell it.
        word: &'static str,
        /// What failed.
        what: String,
        /// What to do.
        advice: String,
    },
    /// The connection was lost after it was sent: it may have happened, or not.
    Unknown {
        /// How the connection was lost, as one word, by which pages tell it.
        word: &'static str,
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

    /// Of an action on a router on which nothing may be changed any more.
    pub fn forbidden() -> Self {
        Self::Unreachable {
            word: "write_off",
            what: "nothing may be changed on this router any more".to_owned(),
            advice: "see under Settings whether its write mode is on".to_owned(),
        }
    }

    /// What became of it in a line, as the audit log has it: nothing in it is longer or stranger than it may be there.
    pub fn told(&self) -> String {
        const LONGEST: usize = 500;
        visible(&self.in_words()).chars().take(LONGEST).collect()
    }

    fn in_words(&self) -> String {
        match self {
            Self::Done { .. } | Self::Busy => self.word().to_owned(),
            Self::Changed(Changed::Gone) => "changed: the row is gone".to_owned(),
            Self::Changed(Changed::Differs(differences)) => {
                let one = |one: &Difference| format!("{} is {:?}, not {:?}", one.property, one.now, one.seen);
                let all: Vec<String> = differences.iter().map(one).collect();
                format!("changed: {}", all.join(", "))
            }
            Self::Refused { words, .. } => format!("refused: {words}"),
            Self::Unreachable { what, .. } => format!("unreachable: {what}"),
            Self::Unknown { what, .. } => format!("unknown: {what}"),
        }
    }

    /// The router's no, in its own words.
    pub fn refused(message: &str) -> Self {
        Self::Refused { words: visible(message).into_owned(), denial: Denial::of(message) }
    }
}
