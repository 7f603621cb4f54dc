//! What others say of a file, in English: the system, and whoever reads JSON. Of most of it we know what is meant.

use std::io;

/// What the system says of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct SystemFault {
    /// What is meant, if we know it.
    pub(super) known: Option<SystemWord>,
    /// Its words.
    pub(super) text: String,
}

/// What is meant by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SystemWord {
    /// Whoever we run as may not.
    Denied,
    /// It is no file.
    Folder,
    /// Nothing can be written there.
    ReadOnly,
}

impl From<&io::Error> for SystemFault {
    fn from(error: &io::Error) -> Self {
        let known = match error.kind() {
            io::ErrorKind::PermissionDenied => Some(SystemWord::Denied),
            io::ErrorKind::IsADirectory => Some(SystemWord::Folder),
            io::ErrorKind::ReadOnlyFilesystem => Some(SystemWord::ReadOnly),
            _ => None,
        };
        Self { known, text: error.to_string() }
    }
}

/// Why a text is no JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct JsonFault {
    /// What is meant, as a word of [`super::Told`], if we know it.
    pub(super) word: Option<&'static str>,
    /// The line and the column, from 1 on.
    pub(super) line: usize,
    pub(super) column: usize,
    /// The reader's words.
    pub(super) text: String,
}

impl From<&serde_json::Error> for JsonFault {
    fn from(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let known = SAID.into_iter().find(|(beginning, _)| text.starts_with(beginning));
        Self { word: known.map(|(_, word)| word), line: error.line(), column: error.column(), text }
    }
}

#[cfg(test)]
impl JsonFault {
    /// All that is known to be meant.
    pub(super) fn words() -> Vec<&'static str> {
        let mut words: Vec<_> = SAID.into_iter().map(|(_, word)| word).collect();
        words.dedup();
        words
    }
}

/// How the words of serde_json begin, and what is meant by them.
const SAID: [(&str, &str); 15] = [
    ("EOF while parsing", "json_cut_off"),
    ("expected value", "json_value"),
    ("expected ident", "json_value"),
    ("expected `:`", "json_colon"),
    ("expected `,`", "json_comma"),
    ("trailing comma", "json_trailing_comma"),
    ("trailing characters", "json_trailing"),
    ("key must be a string", "json_key"),
    ("control character", "json_control"),
    ("invalid escape", "json_escape"),
    ("lone leading surrogate", "json_escape"),
    ("unexpected end of hex escape", "json_escape"),
    ("invalid number", "json_number"),
    ("number out of range", "json_number"),
    ("recursion limit exceeded", "json_deep"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_told_by_what_is_wrong_and_where() {
        let check = |text: &str, word: &str, place: (usize, usize)| {
            let error = serde_json::from_str::<serde_json::Value>(text).unwrap_err();
            let fault = JsonFault::from(&error);
            assert_eq!((fault.word, (fault.line, fault.column)), (Some(word), place), "{text}: {fault}");
        };
        check("{\n  \"a\": [1", "json_cut_off", (2, 9));
        check("{\"a\": x}", "json_value", (1, 7));
        check("{\"a\": nul}", "json_value", (1, 10));
        check("{\"a\" 1}", "json_colon", (1, 6));
        check("{\"a\": 1\n \"b\": 2}", "json_comma", (2, 2));
        check("[1 2]", "json_comma", (1, 4));
        check("{\"a\": 1,}", "json_trailing_comma", (1, 9));
        check("{} {}", "json_trailing", (1, 4));
        check("{a: 1}", "json_key", (1, 2));
        check("\"a\nb\"", "json_control", (2, 0));
        check("\"C:\\data\"", "json_escape", (1, 5));
        check("\"\\ud800\"", "json_escape", (1, 8));
        check("[01]", "json_number", (1, 3));
        check("[1e999]", "json_number", (1, 6));
        check(&"[".repeat(200), "json_deep", (1, 128));
    }

    #[test]
    fn what_the_system_says_is_known_or_told_as_it_says_it() {
        let known = |kind: io::ErrorKind| SystemFault::from(&io::Error::from(kind)).known;
        assert_eq!(known(io::ErrorKind::PermissionDenied), Some(SystemWord::Denied));
        assert_eq!(known(io::ErrorKind::IsADirectory), Some(SystemWord::Folder));
        assert_eq!(known(io::ErrorKind::ReadOnlyFilesystem), Some(SystemWord::ReadOnly));
        assert_eq!(
            SystemFault::from(&io::Error::other("odd")),
            SystemFault { known: None, text: "odd".to_owned() }
        );
    }
}
