//! What is wrong with a router, for templates.

use crate::domain::router::Trouble;
use crate::domain::visible::visible;
use serde::Serialize;

/// What failed and what to do about it.
#[derive(Debug, Default, Serialize)]
pub(in crate::web) struct TroubleWords {
    /// By it the words are found in the reader's language; without it the texts are shown as they are.
    word: &'static str,
    what: String,
    advice: String,
}

impl From<&Trouble> for TroubleWords {
    fn from(trouble: &Trouble) -> Self {
        Self {
            word: trouble.word,
            what: visible(&trouble.what).into_owned(),
            advice: visible(&trouble.advice).into_owned(),
        }
    }
}
