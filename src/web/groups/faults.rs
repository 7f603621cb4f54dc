//! What is wrong with a form, field by field.

use crate::domain::groups::{Fault, ReadingError, Wrong};
use crate::domain::visible::visible;
use crate::http::{FieldError, Grouping};
use serde::Serialize;

/// What is wrong with one field: a key of the words, and what fills it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FaultView {
    pub(super) field: String,
    pub(super) key: String,
    pub(super) value: String,
    /// The other group, for whom may know of it.
    pub(super) group: String,
    /// What somebody else says of it, in English: whoever reads JSON.
    pub(super) message: Option<String>,
}

/// Of so many places of a file it is told what is wrong there.
const MOST_OF_FILE: usize = 100;

/// The field of the form that a fault is of: `members[3]` stands with all members.
fn field(path: &str) -> &str {
    path.split(['[', '.']).next().unwrap_or(path)
}

/// What is wrong, by the fields of the form.
pub(super) fn views(grouping: &Grouping, faults: &[Fault]) -> Vec<FaultView> {
    let view = |fault: &Fault| FaultView { field: field(&fault.field).to_owned(), ..view(grouping, fault) };
    // A person mends some, and sees the others then.
    faults.iter().take(20).map(view).collect()
}

/// What is wrong, by the places of a file.
pub(super) fn of_file(grouping: &Grouping, faults: &[Fault]) -> Vec<FaultView> {
    faults.iter().take(MOST_OF_FILE).map(|fault| view(grouping, fault)).collect()
}

fn view(grouping: &Grouping, fault: &Fault) -> FaultView {
    let other = match &fault.wrong {
        Wrong::Elsewhere { group, .. } => grouping.group(&group.to_string()).ok(),
        _ => None,
    };
    let word = if other.is_some() { "elsewhere_in" } else { fault.wrong.word() };
    let group = other.map(|group| group.outline.name.clone()).unwrap_or_default();
    FaultView { group, ..own(&visible(&fault.field), word, &visible(&fault.wrong.value())) }
}

/// A router that is not there for whoever asks; which one, is told in English.
pub(super) fn no_router(error: &FieldError) -> FaultView {
    FaultView {
        message: Some(visible(&error.detail).into_owned()),
        ..own(&visible(&error.field), "router", "")
    }
}

/// Why a file cannot be read.
pub(super) fn unread(error: &ReadingError) -> FaultView {
    let message = match error {
        ReadingError::Shape(message) => Some(visible(message).into_owned()),
        _ => None,
    };
    FaultView { message, ..own("", error.word(), &visible(&error.value())) }
}

/// A fault of this field, told without a rule of the domain.
pub(super) fn own(field: &str, word: &str, value: &str) -> FaultView {
    FaultView {
        field: field.to_owned(),
        key: format!("groups.fault.{word}"),
        value: value.to_owned(),
        group: String::new(),
        message: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_why_a_file_cannot_be_read_has_its_words() {
        let words = include_str!("../../../templates/locales/en.json");
        for error in [
            ReadingError::Unknown,
            ReadingError::Newer(2),
            ReadingError::Shape("a\u{202e}b".to_owned()),
            ReadingError::WhichRouter,
            ReadingError::WhichOf("a, b".to_owned()),
            ReadingError::NoneOf("a, b".to_owned()),
        ] {
            let told = unread(&error);
            assert!(words.contains(&format!("\"{}\": ", told.key)), "{}", told.key);
            assert!(told.message.is_none_or(|message| message == "a\\u{202e}b"), "{error}");
        }
    }
}
