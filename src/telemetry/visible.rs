//! Making hostile text harmless on a terminal and in a log.

pub use crate::domain::visible::visible;

use crate::domain::visible::is_hidden;
use std::borrow::Cow;
use std::fmt::Write as _;

/// The same as [`visible`] for a JSON text: such characters can stand only within strings, so `\u001b` keeps
/// their meaning.
pub(super) fn visible_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_hidden) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if is_hidden(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        assert_eq!(visible(text), expect);
        let json = serde_json::to_string(text).unwrap();
        let shown = visible_json(&json);
        assert!(!shown.contains(is_hidden), "{shown:?}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text, "JSON keeps its meaning");
    }

    #[test]
    fn lines_cannot_be_forged() {
        check("a\r\nERROR b", r"a\r\nERROR b");
        check("a\u{2028}b\u{85}c", r"a\u{2028}b\u{85}c");
    }

    #[test]
    fn terminals_cannot_be_steered() {
        check("\u{1b}[2J\u{9b}31m\u{7}\0", r"\u{1b}[2J\u{9b}31m\u{7}\u{0}");
        check("\u{202e}txt.exe", r"\u{202e}txt.exe");
        check("\u{e0041}", r"\u{e0041}");
    }

    #[test]
    fn other_text_stays() {
        check(r#"José "Анна" 李 a\b <pppoe-x> 😀"#, r#"José "Анна" 李 a\b <pppoe-x> 😀"#);
    }
}
