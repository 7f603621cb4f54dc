//! Comparing text without regard to case and without building new strings.

use std::cmp::Ordering;

/// Whether the text holds the needle, which is in lower case already.
pub(in crate::domain) fn holds(text: &str, needle: &str) -> bool {
    let Some(&first) = needle.as_bytes().first() else { return true };
    if text.is_ascii() {
        // A needle with other letters cannot be in plain ASCII; the comparison below sees that by itself.
        let (text, needle) = (text.as_bytes(), needle.as_bytes());
        return text.windows(needle.len()).any(|part| {
            part.first().is_some_and(|byte| byte.to_ascii_lowercase() == first)
                && part.eq_ignore_ascii_case(needle)
        });
    }
    text.char_indices().any(|(start, _)| text.get(start..).is_some_and(|rest| begins(rest, needle)))
}

/// Whether the text is the needle, which is in lower case already.
pub(super) fn is(text: &str, needle: &str) -> bool {
    lower(text).eq(needle.chars())
}

/// Whether the text begins with the needle, which is in lower case already.
pub(super) fn begins(text: &str, needle: &str) -> bool {
    let mut text = lower(text);
    needle.chars().all(|wanted| text.next() == Some(wanted))
}

/// The order of two texts: by letters whatever their case, then as they are, so that it is total.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let by_letters = if one.is_ascii() && other.is_ascii() {
        one.bytes()
            .map(|byte| byte.to_ascii_lowercase())
            .cmp(other.bytes().map(|byte| byte.to_ascii_lowercase()))
    } else {
        lower(one).cmp(lower(other))
    };
    by_letters.then_with(|| one.cmp(other))
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter() {
        let check = |text: &str, needle: &str, expect: bool| {
            assert_eq!(holds(text, needle), expect, "{text:?} {needle:?}");
        };
        check("Ana@ISP", "ana", true);
        check("Ana@ISP", "isp", true);
        check("Ana@ISP", "ispx", false);
        check("José", "josé", true);
        check("JOSÉ Ñandú", "ñandú", true);
        check("plain", "é", false);
        check("", "a", false);
        check("a", "", true);
    }
}
