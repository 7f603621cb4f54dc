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

impl TroubleWords {
    /// Of a trouble of this word, with the texts of who noticed it.
    pub(in crate::web) fn new(word: &'static str, what: &str, advice: &str) -> Self {
        Self { word, what: visible(what).into_owned(), advice: visible(advice).into_owned() }
    }
}

impl From<&Trouble> for TroubleWords {
    fn from(trouble: &Trouble) -> Self {
        Self::new(trouble.word, &trouble.what, &trouble.advice)
    }
}
