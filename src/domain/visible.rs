//! Text of strangers, made fit to be looked at.
//!
//! Escaping for HTML is the templates' work; this is about characters that would not show, or would turn the text
//! around them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The longest text shown in a list, in characters.
const LONGEST: usize = 64;

/// The text with every control and direction character written out, such as `\u{202e}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            hidden if is_hidden(hidden) => {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(hidden));
            }
            plain => shown.push(plain),
        }
    }
    Cow::Owned(shown)
}

/// The visible text, cut at 64 characters.
pub fn brief(text: &str) -> Cow<'_, str> {
    let shown = visible(text);
    match shown.char_indices().nth(LONGEST) {
        None => shown,
        Some((end, _)) => Cow::Owned(format!("{}…", shown.get(..end).unwrap_or_default())),
    }
}

/// Characters that have no look of their own and change what is around them.
///
/// The joiners U+200C and U+200D are left alone: Persian and emoji need them.
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_written_out() {
        let check = |text: &str, shown: &str| assert_eq!(visible(text), shown);
        check("ana@isp <b>", "ana@isp <b>");
        check("José 🙂 علي", "José 🙂 علي");
        check("evil\u{202e}gpj.exe", "evil\\u{202e}gpj.exe");
        check("a\nb\tc\0d\u{1b}[31m", "a\\nb\\tc\\u{0}d\\u{1b}[31m");
        check("\u{feff}x\u{200b}", "\\u{feff}x\\u{200b}");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(brief(&"é".repeat(64)), "é".repeat(64));
        assert_eq!(brief(&"é".repeat(65)), format!("{}…", "é".repeat(64)));
    }
}
