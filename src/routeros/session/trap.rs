//! Refusals: a router's own words, and what they mean for us.

use crate::routeros::Row;

/// The longest text of a router that is kept of a refusal, in characters: it is shown to people.
const LONGEST_REASON: usize = 200;

/// One `!trap`: the router's refusal, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trap {
    /// 0 missing item or command, 1 bad argument, 2 interrupted, 3 script, 4 general, 5 API, 6 terminal,
    /// 7 value of `:return` (manual page "API", section "Error category"); often absent.
    pub category: Option<u8>,
    /// The router's words; hostile text like everything that it sends.
    pub message: String,
}

/// What a refusal means for us, read from its wording as the category is often absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The menu or command does not exist on this version or board: never ask again.
    NoSuchCommand,
    /// A parameter does not exist in this version.
    UnknownParameter,
    /// An item vanished while it was printed.
    NoSuchItem,
    /// The user's group lacks a policy.
    NotPermitted,
    /// The answer to `/cancel`.
    Interrupted,
    /// Wrong user name or password.
    Credentials,
    /// Anything else.
    Other,
}

impl Trap {
    /// Reads the attributes of a `!trap`.
    pub(super) fn read(row: Row<'_>) -> Self {
        Self {
            category: row.text("category").and_then(|category| category.parse().ok()),
            message: row
                .text("message")
                .map_or_else(|| "no message".to_owned(), |message| shortened(&message)),
        }
    }

    /// Classifies the message; case and a trailing ` (N)` do not matter.
    pub fn refusal(&self) -> Refusal {
        let message = self.message.to_ascii_lowercase();
        let starts = |prefix: &str| message.starts_with(prefix);
        if starts("no such command") || starts("no such directory") || starts("bad command name") {
            Refusal::NoSuchCommand
        } else if starts("unknown parameter") {
            Refusal::UnknownParameter
        } else if starts("no such item") {
            Refusal::NoSuchItem
        } else if starts("not enough permissions") {
            Refusal::NotPermitted
        } else if starts("interrupted") || self.category == Some(2) {
            Refusal::Interrupted
        } else if starts("invalid user name or password") || starts("cannot log in") {
            Refusal::Credentials
        } else {
            Refusal::Other
        }
    }
}

/// Text that is not longer than what people read.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_REASON) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
