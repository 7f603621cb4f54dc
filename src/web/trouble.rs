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

impl From<&Trouble> for TroubleWords {
    fn from(trouble: &Trouble) -> Self {
        Self::new(trouble.word, &trouble.what, &trouble.advice)
    }
}
