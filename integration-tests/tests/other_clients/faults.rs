//! What other people's clients are known to do differently, each by name; nothing else may differ.
//!
//! Where the shape of a client's interface asks for a detour, its script in `integration-tests/clients` says so.

use crate::client::{Client, Row};
use std::collections::BTreeSet;

pub(crate) const DROPS_BYTES: &str = "drops bytes that are not UTF-8";
pub(crate) const YES_IS_TRUE: &str = "cannot tell `yes` from `true`, nor `no` from `false`";
pub(crate) const ID_WITHOUT_DOT: &str = "calls `.id` id";
pub(crate) const NO_EMPTY: &str = "fails at a reply with `!empty`";
pub(crate) const HIDES_INTERRUPTED: &str = "shows no refusal when a command is cancelled";
pub(crate) const OWN_REFUSAL: &str = "replaces the router's words for a wrong password";
pub(crate) const SPLITS_NAMES: &str = "gives queues no name where the name has a slash";

/// A known difference between what a router says and what a client makes of it.
struct Fault {
    client: &'static str,
    what: &'static str,
    why: &'static str,
    /// Makes of an attribute's name and value what the client makes of it, if the fault shows there.
    change: fn(&mut String, &mut String),
}

/// Every known difference.
static FAULTS: [Fault; 7] = [
    Fault {
        client: "librouteros",
        what: DROPS_BYTES,
        why: "it decodes with errors=ignore",
        change: |_, value| *value = without_bad_utf8(value),
    },
    Fault {
        client: "librouteros",
        what: YES_IS_TRUE,
        why: "it turns all four words into Python's booleans",
        change: |_, value| match value.as_str() {
            "yes" => "true".clone_into(value),
            "no" => "false".clone_into(value),
            _ => {}
        },
    },
    Fault {
        client: "routeros-api",
        what: ID_WITHOUT_DOT,
        why: "a name with a dot cannot be a keyword argument in Python",
        change: |name, _| {
            if name == ".id" {
                "id".clone_into(name);
            }
        },
    },
    Fault {
        client: "node-routeros",
        what: NO_EMPTY,
        why: "it is older than RouterOS 7.18",
        change: |_, _| {},
    },
    Fault {
        client: "node-routeros",
        what: HIDES_INTERRUPTED,
        why: "to it that is the proper end of a stream",
        change: |_, _| {},
    },
    Fault {
        client: "node-routeros",
        what: OWN_REFUSAL,
        why: "it has messages of its own, to be translated",
        change: |_, _| {},
    },
    Fault {
        client: "mktxp",
        what: SPLITS_NAMES,
        why: "it takes every text with a slash for a pair of upload and download",
        change: |_, _| {},
    },
];

impl Client {
    fn name(self) -> &'static str {
        match self {
            Self::Librouteros => "librouteros",
            Self::RouterosApi => "routeros-api",
            Self::NodeRouteros => "node-routeros",
        }
    }

    /// Whether the client has this fault.
    pub(crate) fn has(self, what: &str) -> bool {
        FAULTS.iter().any(|fault| fault.client == self.name() && fault.what == what)
    }
}

/// The faults that have shown in a test.
#[derive(Debug, Default)]
pub(crate) struct Shown(BTreeSet<&'static str>);

impl Shown {
    /// Notes that this fault shows.
    pub(crate) fn note(&mut self, what: &'static str) {
        self.0.insert(what);
    }

    /// Notes all that showed elsewhere.
    pub(crate) fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// What a client is known to make of a row.
    pub(crate) fn as_seen_by(&mut self, client: Client, row: &Row) -> Row {
        let mut seen = Row::new();
        for (name, value) in row {
            let (mut name, mut value) = (name.clone(), value.clone());
            for fault in FAULTS.iter().filter(|fault| fault.client == client.name()) {
                let before = (name.clone(), value.clone());
                (fault.change)(&mut name, &mut value);
                if before != (name.clone(), value.clone()) {
                    self.note(fault.what);
                }
            }
            seen.insert(name, value);
        }
        seen
    }

    /// Fails if one of these did not show: then the client was mended, and the fault must leave the list.
    pub(crate) fn check(&self, expected: &[&str]) {
        for what in expected {
            let Some(fault) = FAULTS.iter().find(|fault| fault.what == *what) else {
                panic!("{what}: not listed")
            };
            assert!(self.0.contains(what), "{} no longer {what} ({})", fault.client, fault.why);
        }
    }
}

/// What is left of bytes (a character for each) when those that are not UTF-8 are left out.
fn without_bad_utf8(text: &str) -> String {
    let bytes: Vec<u8> = text.chars().filter_map(|character| u8::try_from(character).ok()).collect();
    let good = bytes.utf8_chunks().flat_map(|chunk| chunk.valid().bytes());
    good.map(char::from).collect()
}

#[test]
fn faults_change_what_they_say_and_nothing_else() {
    fn check(client: Client, name: &str, value: &str, expect: (&str, &str), faults: usize) {
        let mut shown = Shown::default();
        let row = Row::from([(name.to_owned(), value.to_owned())]);
        let expect = Row::from([(expect.0.to_owned(), expect.1.to_owned())]);
        assert_eq!(shown.as_seen_by(client, &row), expect);
        assert_eq!(shown.0.len(), faults);
    }
    check(Client::Librouteros, "name", "Jos\u{e9}", ("name", "Jos"), 1);
    check(Client::Librouteros, "name", "\u{c3}\u{b1}", ("name", "\u{c3}\u{b1}"), 0);
    check(Client::Librouteros, ".dead", "yes", (".dead", "true"), 1);
    check(Client::Librouteros, ".id", "*1", (".id", "*1"), 0);
    check(Client::RouterosApi, ".id", "*1", ("id", "*1"), 1);
    check(Client::NodeRouteros, "name", "Jos\u{e9}", ("name", "Jos\u{e9}"), 0);
}
