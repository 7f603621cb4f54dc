//! Query words: which rows a `print` gives.
//!
//! A query is evaluated for each row, word by word, on a stack of booleans (manual page "API", section
//! "Queries"); the row is given when no `false` is left. Clients write queries with
//! [`Command::query`](super::Command::query); this is the router's side.

use std::cmp::Ordering;

/// The query of one `print`, understood once and then asked for each row.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Query {
    steps: Vec<Step>,
}

#[derive(Clone, PartialEq, Eq)]
enum Step {
    Has(Vec<u8>),
    Lacks(Vec<u8>),
    Compares(Vec<u8>, Ordering, Vec<u8>),
    Not,
    And,
    Or,
    /// Pushes the top once more.
    Duplicate,
    /// Pushes a copy of the value at this depth; 0 is the top.
    Copy(usize),
    /// Replaces the whole stack with the value at this depth.
    Keep(usize),
}

/// The most steps of one query: far beyond use, and it keeps `?#....` of a hostile client small.
const LONGEST: usize = 1000;
const TOO_LONG: &str = "too long a query";

impl Query {
    /// Understands query words, each with its `?`; an error is the text of the router's `!trap`.
    pub fn parse(words: &[Vec<u8>]) -> Result<Self, String> {
        let mut steps = Vec::new();
        for word in words {
            let body = word.strip_prefix(b"?").ok_or("a query word begins with ?")?;
            match body.split_first() {
                Some((b'#', operations)) => parse_operations(operations, &mut steps)?,
                _ => steps.push(parse_property(body)?),
            }
            if LONGEST < steps.len() {
                return Err(TOO_LONG.to_owned());
            }
        }
        check_depths(&steps)?;
        Ok(Self { steps })
    }

    /// Whether a row is given; `property` looks up its attributes.
    pub fn matches<'a>(&self, property: impl Fn(&[u8]) -> Option<&'a [u8]>) -> bool {
        let mut stack: Vec<bool> = Vec::new();
        for step in &self.steps {
            // `parse` has made sure that no operation finds too short a stack.
            let value = match step {
                Step::Has(name) => property(name).is_some(),
                Step::Lacks(name) => property(name).is_none(),
                Step::Compares(name, expect, with) => {
                    property(name).is_some_and(|value| compare(value, *expect, with))
                }
                Step::Not => !stack.pop().unwrap_or_default(),
                Step::And => stack.pop().unwrap_or_default() & stack.pop().unwrap_or_default(),
                Step::Or => stack.pop().unwrap_or_default() | stack.pop().unwrap_or_default(),
                Step::Duplicate => at_depth(&stack, 0),
                Step::Copy(depth) => at_depth(&stack, *depth),
                Step::Keep(depth) => {
                    let kept = at_depth(&stack, *depth);
                    stack.clear();
                    kept
                }
            };
            stack.push(value);
        }
        stack.iter().all(|&value| value)
    }

    /// Whether every row is given.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl std::fmt::Debug for Query {
    /// Only its length: a query may ask for a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Query({} steps)", self.steps.len())
    }
}

fn at_depth(stack: &[bool], depth: usize) -> bool {
    stack.iter().rev().nth(depth).copied().unwrap_or_default()
}

/// Equality is of text; less and more are of numbers if both sides are numbers, else of bytes.
fn compare(value: &[u8], expect: Ordering, with: &[u8]) -> bool {
    if expect == Ordering::Equal {
        // Replies show flags as `true` and `false`; clients may ask for `yes` and `no` just as well.
        let also = match with {
            b"yes" => b"true".as_slice(),
            b"no" => b"false",
            _ => with,
        };
        return value == with || value == also;
    }
    let found = match (number(value), number(with)) {
        (Some(value), Some(with)) => value.cmp(&with),
        _ => value.cmp(with),
    };
    found == expect
}

fn number(text: &[u8]) -> Option<i128> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn parse_property(body: &[u8]) -> Result<Step, String> {
    let (order, rest) = match body.split_first() {
        Some((b'-', name)) => return named(name).map(Step::Lacks),
        Some((b'<', rest)) => (Some(Ordering::Less), rest),
        Some((b'>', rest)) => (Some(Ordering::Greater), rest),
        Some((b'=', rest)) => (Some(Ordering::Equal), rest),
        _ => (None, body),
    };
    let mut parts = rest.splitn(2, |&byte| byte == b'=');
    let name = named(parts.next().unwrap_or_default())?;
    match (order, parts.next()) {
        (order, Some(value)) => Ok(Step::Compares(name, order.unwrap_or(Ordering::Equal), value.to_vec())),
        (None, None) => Ok(Step::Has(name)),
        (Some(_), None) => Err("a comparison in a query needs a value".to_owned()),
    }
}

fn named(name: &[u8]) -> Result<Vec<u8>, String> {
    if name.is_empty() { Err("a query word names no property".to_owned()) } else { Ok(name.to_vec()) }
}

/// The part of a word after `?#`: numbers and operations in any order.
fn parse_operations(operations: &[u8], steps: &mut Vec<Step>) -> Result<(), String> {
    if LONGEST < operations.len() {
        return Err(TOO_LONG.to_owned());
    }
    let mut index: Option<usize> = None;
    for &one in operations {
        if one.is_ascii_digit() {
            let digit = usize::from(one - b'0');
            let longer = index.unwrap_or_default().checked_mul(10).and_then(|index| index.checked_add(digit));
            index = Some(longer.ok_or("a stack index of the query is too large")?);
            continue;
        }
        // An index that anything follows in the word pushes a copy.
        let after_index = index.is_some();
        steps.extend(index.take().map(Step::Copy));
        match one {
            b'!' => steps.push(Step::Not),
            b'&' => steps.push(Step::And),
            b'|' => steps.push(Step::Or),
            // After an index the dot only ends its digits, so that another index may follow.
            b'.' if after_index => {}
            b'.' => steps.push(Step::Duplicate),
            _ => return Err("unknown query operation".to_owned()),
        }
    }
    // An index at the end of the word makes that value the only one.
    steps.extend(index.map(Step::Keep));
    Ok(())
}

/// Refuses operations that would find too few values: the height of the stack is the same for every row.
fn check_depths(steps: &[Step]) -> Result<(), String> {
    let mut height = 0_usize;
    for step in steps {
        let (needs, leaves) = match step {
            Step::Has(_) | Step::Lacks(_) | Step::Compares(..) => (0, height + 1),
            Step::Not => (1, height),
            Step::And | Step::Or => (2, height.saturating_sub(1)),
            Step::Duplicate => (1, height + 1),
            Step::Copy(depth) => (depth.saturating_add(1), height + 1),
            Step::Keep(depth) => (depth.saturating_add(1), 1),
        };
        if height < needs {
            return Err("a query operation finds too few values".to_owned());
        }
        height = leaves;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROW: [(&str, &str); 6] = [
        ("name", "<pppoe-ana>"),
        ("type", "pppoe-in"),
        ("rx-byte", "900"),
        ("comment", ""),
        ("note", "a=b"),
        ("dynamic", "true"),
    ];

    fn parse(words: &[&str]) -> Result<Query, String> {
        let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        Query::parse(&words)
    }

    fn property(name: &[u8]) -> Option<&'static [u8]> {
        ROW.iter().find(|(found, _)| found.as_bytes() == name).map(|(_, value)| value.as_bytes())
    }

    fn check(words: &[&str], expect: bool) {
        assert_eq!(parse(words).unwrap().matches(property), expect, "{words:?}");
    }

    /// Puts bits on the stack (the last is the top), then applies operations.
    fn check_stack(bits: &str, operations: &str, expect: bool) {
        let bits = bits.chars().map(|bit| if bit == '1' { "?name" } else { "?-name" });
        let words: Vec<&str> = bits.chain([operations]).collect();
        check(&words, expect);
    }

    #[test]
    fn no_query_gives_every_row() {
        check(&[], true);
    }

    #[test]
    fn a_property_is_there_or_not() {
        check(&["?name"], true);
        check(&["?comment"], true);
        check(&["?disabled"], false);
        check(&["?-disabled"], true);
        check(&["?-name"], false);
    }

    #[test]
    fn equality_is_of_text() {
        check(&["?type=pppoe-in"], true);
        check(&["?=type=pppoe-in"], true);
        check(&["?type=ether"], false);
        check(&["?note=a=b"], true);
        check(&["?comment="], true);
        check(&["?name="], false);
        check(&["?rx-byte=0900"], false);
        check(&["?disabled=false"], false);
    }

    #[test]
    fn flags_may_be_asked_for_as_yes_and_no() {
        check(&["?dynamic=true"], true);
        check(&["?dynamic=yes"], true);
        check(&["?dynamic=no"], false);
        check(&["?name=yes"], false);
        check(&["?disabled=no"], false);
    }

    #[test]
    fn less_and_more_are_of_numbers_where_both_are() {
        check(&["?>rx-byte=1000"], false);
        check(&["?<rx-byte=1000"], true);
        check(&["?>rx-byte=900"], false);
        check(&["?<rx-byte=900"], false);
        check(&["?>rx-byte=1k"], true);
        check(&["?>type=ether"], true);
        check(&["?<disabled=1"], false);
    }

    #[test]
    fn several_words_are_all_needed() {
        check(&["?type=pppoe-in", "?comment"], true);
        check(&["?type=pppoe-in", "?disabled"], false);
    }

    #[test]
    fn operations_combine_the_top_of_the_stack() {
        check_stack("0", "?#!", true);
        check_stack("01", "?#|", true);
        check_stack("00", "?#|", false);
        check_stack("01", "?#&", false);
        check_stack("11", "?#&", true);
        // The example of the manual: interfaces of two types, with the exception of one.
        check(&["?type=ether", "?type=pppoe-in", "?#|"], true);
        check(&["?type=ether", "?type=vlan", "?#|!"], true);
    }

    #[test]
    fn an_index_copies_and_at_the_end_of_the_word_keeps_only_that_value() {
        check_stack("100", "?#2", true);
        check_stack("011", "?#2", false);
        // Depth 1 is true: copied to the top and combined with the false there.
        check_stack("10", "?#1|1", true);
        check_stack("10", "?#1|0", true);
        check_stack("10", "?#1&0", false);
        // The dot ends an index, and elsewhere pushes the top once more.
        check_stack("10", "?#1.1|0", true);
        check_stack("0", "?#.|!", true);
        check_stack("01", "?#.&&!", true);
        check_stack("0", "?#0..||!", true);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for words in [
            ["?#!"].as_slice(),
            &["?name", "?#&"],
            &["?name", "?#1"],
            &["?name", "?#x"],
            &["?name", "?#99999999999999999999999"],
            &["?#."],
            &["?"],
            &["?-"],
            &["?=x"],
            &["?<rx-byte"],
            &["name"],
        ] {
            assert!(parse(words).is_err(), "{words:?}");
        }
        let endless = format!("?#{}", ".".repeat(100_000));
        assert!(parse(&["?name", &endless]).is_err());
    }

    proptest! {
        #[test]
        fn nonsense_never_panics(words in proptest::collection::vec("\\?[-#<>=a-c0-3!&|.]{0,8}", 0..6)) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if let Ok(query) = parse(&words) {
                query.matches(property);
            }
        }
    }
}
