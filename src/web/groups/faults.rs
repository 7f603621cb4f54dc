//! What is wrong with a form, field by field.

use crate::domain::groups::{Fault, Wrong};
use crate::http::Grouping;
use serde::Serialize;

/// What is wrong with one field: a key of the words, and what fills it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FaultView {
    pub(super) field: String,
    pub(super) key: String,
    pub(super) value: String,
    /// The other group, for whom may know of it.
    pub(super) group: String,
}

/// The field of the form that a fault is of: `members[3]` stands with all members.
fn field(path: &str) -> &str {
    path.split(['[', '.']).next().unwrap_or(path)
}

pub(super) fn views(grouping: &Grouping, faults: &[Fault]) -> Vec<FaultView> {
    let view = |fault: &Fault| {
        let other = match &fault.wrong {
            Wrong::Elsewhere { group, .. } => grouping.group(&group.to_string()).ok(),
            _ => None,
        };
        let word = if other.is_some() { "elsewhere_in" } else { fault.wrong.word() };
        FaultView {
            field: field(&fault.field).to_owned(),
            key: format!("groups.fault.{word}"),
            value: fault.wrong.value(),
            group: other.map(|group| group.outline.name.clone()).unwrap_or_default(),
        }
    };
    // A person mends some, and sees the others then.
    faults.iter().take(20).map(view).collect()
}

/// A fault of this field, told without a rule of the domain.
pub(super) fn own(field: &str, word: &str, value: &str) -> FaultView {
    FaultView {
        field: field.to_owned(),
        key: format!("groups.fault.{word}"),
        value: value.to_owned(),
        group: String::new(),
    }
}
