//! What other people's clients are known to do differently, each by name; nothing else may differ.

use crate::client::{Client, Row};
use std::collections::BTreeSet;

/// A known difference between what a router says and what a client makes of it.
pub(crate) struct Fault {
    pub(crate) client: Client,
    /// What it does.
    pub(crate) what: &'static str,
    /// Why.
    pub(crate) why: &'static str,
    /// Makes of an attribute what the client makes of it.
    change: fn(&mut String, &mut String),
}

/// Every known difference in rows.
pub(crate) static FAULTS: [Fault; 3] = [
    Fault {
        client: Client::Librouteros,
        what: "drops bytes that are not UTF-8",
        why: "it decodes with errors=ignore",
        change: |_, value| *value = without_bad_utf8(value),
    },
    Fault {
        client: Client::Librouteros,
        what: "gives `yes` as True and `no` as False, like `true` and `false`",
        why: "it turns four words into booleans",
        change: |_, value| match value.as_str() {
            "yes" => "true".clone_into(value),
            "no" => "false".clone_into(value),
            _ => {}
        },
    },
    Fault {
        client: Client::RouterosApi,
        what: "calls `.id` id",
        why: "a leading dot makes no Python keyword argument",
        change: |name, _| {
            if name == ".id" {
                "id".clone_into(name);
            }
        },
    },
];

/// What a client is known to make of a row; notes the faults that show.
pub(crate) fn as_seen_by(client: Client, row: &Row, shown: &mut BTreeSet<&'static str>) -> Row {
    let mut seen = Row::new();
    for (name, value) in row {
        let (mut name, mut value) = (name.clone(), value.clone());
        for fault in FAULTS.iter().filter(|fault| fault.client == client) {
            let before = (name.clone(), value.clone());
            (fault.change)(&mut name, &mut value);
            if before != (name.clone(), value.clone()) {
                shown.insert(fault.what);
            }
        }
        seen.insert(name, value);
    }
    seen
}

/// What is left of bytes (a character for each) when those that are not UTF-8 are left out.
fn without_bad_utf8(text: &str) -> String {
    let bytes: Vec<u8> = text.chars().filter_map(|character| u8::try_from(character).ok()).collect();
    let good = bytes.utf8_chunks().flat_map(|chunk| chunk.valid().bytes());
    good.map(char::from).collect()
}

/// Fails if a fault of these did not show: then the client was mended, and the fault must leave the list.
pub(crate) fn check_shown(expected: &[&str], shown: &BTreeSet<&'static str>) {
    for fault in FAULTS.iter().filter(|fault| expected.contains(&fault.what)) {
        assert!(shown.contains(fault.what), "{:?} no longer {} ({})", fault.client, fault.what, fault.why);
    }
}

#[test]
fn faults_change_what_they_say_and_nothing_else() {
    fn check(client: Client, name: &str, value: &str, expect: (&str, &str), faults: usize) {
        let mut shown = BTreeSet::new();
        let row = Row::from([(name.to_owned(), value.to_owned())]);
        let expect = Row::from([(expect.0.to_owned(), expect.1.to_owned())]);
        assert_eq!(as_seen_by(client, &row, &mut shown), expect);
        assert_eq!(shown.len(), faults);
    }
    check(Client::Librouteros, "name", "Jos\u{e9}", ("name", "Jos"), 1);
    check(Client::Librouteros, "name", "\u{c3}\u{b1}", ("name", "\u{c3}\u{b1}"), 0);
    check(Client::Librouteros, ".dead", "yes", (".dead", "true"), 1);
    check(Client::Librouteros, ".id", "*1", (".id", "*1"), 0);
    check(Client::RouterosApi, ".id", "*1", ("id", "*1"), 1);
    check(Client::NodeRouteros, "name", "Jos\u{e9}", ("name", "Jos\u{e9}"), 0);
}
