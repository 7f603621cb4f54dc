//! Lines of CSV (RFC 4180) that no spreadsheet takes for formulas.

use serde_json::Value;
use std::borrow::Cow;

/// What makes a spreadsheet calculate, also in their wide forms.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// What a spreadsheet may take for the end of a cell, depending on where in the world it is.
const ENDS: [char; 4] = [';', '\t', '\r', '\n'];

/// Text with a `'` before whatever a spreadsheet would take for a formula: at its beginning, or at that of a part
/// which a spreadsheet may take for a cell of its own. To have the text back, take away every `'` in such a place.
pub(in crate::api) fn guarded(text: &str) -> Cow<'_, str> {
    let starts = || text.match_indices(ENDS).map(|(at, end)| at + end.len());
    let is_one = |at: usize| text.get(at..).is_some_and(|rest| begins_formula(rest, at == 0));
    if !is_one(0) && !starts().any(is_one) {
        return text.into();
    }
    let (mut safe, mut done) = (String::with_capacity(text.len() + 1), 0);
    for at in std::iter::once(0).chain(starts()).filter(|at| is_one(*at)) {
        safe.push_str(text.get(done..at).unwrap_or_default());
        safe.push('\'');
        done = at;
    }
    safe.push_str(text.get(done..).unwrap_or_default());
    safe.into()
}

/// Whether a spreadsheet could take this for a formula: quotes and blanks before it do not help.
fn begins_formula(text: &str, is_whole: bool) -> bool {
    let first = text.trim_start_matches(['\'', '"', ' ', '\u{a0}', '\u{feff}']).chars().next();
    first.is_some_and(|first| FORMULA.contains(&first) || is_whole && matches!(first, '\t' | '\r' | '\n'))
}

/// Adds one cell: what is not known is empty, numbers stay as they are, and what is more than one value is JSON.
fn cell(line: &mut String, value: &Value) {
    let text = match value {
        Value::Null => return,
        Value::Bool(_) | Value::Number(_) => Cow::Owned(value.to_string()),
        Value::String(text) => guarded(text),
        Value::Array(_) | Value::Object(_) => Cow::Owned(guarded(&value.to_string()).into_owned()),
    };
    let is_plain = !text.contains(['"', ',', ';', '\t', '\r', '\n']) && text.trim() == text;
    if is_plain {
        line.push_str(&text);
    } else {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    }
}

/// One line of these cells.
pub(super) fn line<'a>(cells: impl Iterator<Item = &'a Value>) -> String {
    let mut line = String::new();
    for (n, value) in cells.enumerate() {
        if 0 < n {
            line.push(',');
        }
        cell(&mut line, value);
    }
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// Takes the guards away again.
    fn bare(text: &str) -> String {
        let (mut bare, mut rest, mut is_start, mut is_whole) = (String::new(), text, true, true);
        while let Some(first) = rest.chars().next() {
            let behind = &rest[first.len_utf8()..];
            if !(is_start && first == '\'' && begins_formula(behind, is_whole)) {
                bare.push(first);
            } else if let Some(next) = behind.chars().next() {
                // What the guard stood before may look like a guard itself.
                bare.push(next);
                (rest, is_start, is_whole) = (&behind[next.len_utf8()..], ENDS.contains(&next), false);
                continue;
            }
            (rest, is_start, is_whole) = (behind, ENDS.contains(&first), false);
        }
        bare
    }

    #[test]
    fn what_could_be_a_formula_has_a_quote_before_it() {
        let check = |text: &str, safe: &str| assert_eq!(guarded(text), safe, "{text:?}");
        check("ana", "ana");
        check("", "");
        check("a=b", "a=b");
        check("=1+1", "'=1+1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\tx", "'\tx");
        check("\r=x", "'\r'=x");
        check("  \"-2+3", "'  \"-2+3");
        check("'=1", "''=1");
        check("'ana", "'ana");
        check("＝1", "'＝1");
        check("a;=cmd|'/c calc'!A0;b", "a;'=cmd|'/c calc'!A0;b");
        check("a\n- b", "a\n'- b");
    }

    #[test]
    fn numbers_of_ours_stay_numbers_and_what_is_unknown_is_empty() {
        let values =
            [json!(-5), json!(null), json!(true), json!("a,b"), json!(" x"), json!([1, "=2"]), json!("")];
        assert_eq!(line(values.iter()), "-5,,true,\"a,b\",\" x\",\"[1,\"\"=2\"\"]\",\r\n");
    }

    proptest! {
        #[test]
        fn a_guard_can_be_taken_away_and_leaves_no_formula(text in "[=+\\-@'\" ;\t\r\na-c,＝]{0,12}") {
            let safe = guarded(&text).into_owned();
            prop_assert_eq!(bare(&safe), text);
            for part in safe.split(ENDS) {
                prop_assert!(!part.starts_with(FORMULA), "{:?}", safe);
            }
            prop_assert!(!safe.starts_with(['\t', '\r', '\n']), "{:?}", safe);
        }
    }
}
