//! Nobody but who acts may open a session on which more can be said than what looks, and nothing goes around the list.

use crate::tree::{files, none, only_code, without_tests};

/// Where a session for acting may be opened: where the list stands, and where actions are carried out.
const ACTING: [&str; 3] = ["src/routeros/allow.rs", "src/actors/acting.rs", "src/actors/acting/"];

/// Who writes to a connection with a router: bytes that the session made, and nothing else.
const WRITING: [&str; 5] = [
    "src/routeros/client.rs",
    "src/routeros/stream.rs",
    "src/routeros/stream/",
    "src/actors/connection/line.rs",
    // The other side, in tests.
    "src/actors/peer.rs",
];

const WRITES: [&str; 5] = ["write_all", "write_buf", "poll_write", "write_vectored", "try_write"];

fn is_among(path: &str, places: &[&str]) -> bool {
    places.iter().any(|place| *place == path || place.ends_with('/') && path.starts_with(place))
}

fn complaints(path: &str, source: &str) -> Vec<String> {
    let code = only_code(without_tests(source));
    let mut found = Vec::new();
    if !is_among(path, &ACTING) && (code.contains("Acting") && code.contains("Conduct")) {
        found.push(format!("{path}: only `actors/acting` opens a session for acting"));
    }
    let is_router =
        code.contains("stream::") && code.contains("routeros") || path.starts_with("src/routeros/");
    if is_router && !is_among(path, &WRITING) && WRITES.iter().any(|write| code.contains(write)) {
        found.push(format!("{path}: what goes to a router is written in {}", WRITING.join(", ")));
    }
    // To write to a connection one way or another, its traits have to be named.
    let may_reach = ["src/actors/", "src/routeros/", "src/domain/"].iter().any(|room| path.starts_with(room));
    let writes = ["AsyncWrite", "io::copy"].iter().any(|word| code.contains(word));
    if may_reach && !is_among(path, &WRITING) && writes {
        found.push(format!("{path}: only {} can write to a connection", WRITING.join(", ")));
    }
    found
}

#[test]
fn only_who_acts_opens_a_session_for_acting() {
    let sources = files("src", &[".rs"]);
    assert!(sources.contains_key("src/routeros/allow.rs"), "the list was not found");
    let all: Vec<_> = sources
        .iter()
        // Simulated routers write what routers write.
        .filter(|(path, _)| !path.starts_with("src/simulator/"))
        .filter(|(path, _)| !path.ends_with("/tests.rs") && !path.contains("/tests/"))
        .flat_map(|(path, source)| complaints(path, source))
        .collect();
    none(&all);
}

#[test]
fn what_goes_around_the_list_is_found() {
    fn check(path: &str, source: &str, wrong: usize) {
        assert_eq!(complaints(path, source).len(), wrong, "{path}: {source}");
    }
    check("src/actors/poller.rs", "use crate::routeros::Conduct;\nSession::with(Conduct::Acting, a, b)", 1);
    check("src/web/x.rs", "use crate::routeros::Conduct::*;\nlet a = Acting;", 1);
    check("src/web/x.rs", "use crate::routeros::allow::Conduct as C;\nlet a = C::Acting;", 1);
    check("src/actors/acting.rs", "Conduct::Acting", 0);
    check("src/actors/acting/turns.rs", "Conduct::Acting", 0);
    check("src/actors/poller.rs", "// Not Conduct::Acting.\nConduct::Watching", 0);
    check("src/actors/poller.rs", "use crate::routeros::stream::Stream;\nstream.write_all(b\"x\")", 1);
    check("src/routeros/session.rs", "out.write_buf(x)", 1);
    check("src/actors/connection/line.rs", "use crate::routeros::stream::Stream;\nstream.write_all(x)", 0);
    check("src/actors/groups.rs", "file.write_all(x)", 0);
    check("src/actors/acting/steps.rs", "use tokio::io::AsyncWriteExt as _;\ndialled.write_all(x)", 1);
    check("src/actors/connection/polls.rs", "tokio::io::copy(a, b)", 1);
    check("src/api/piece.rs", "use tokio::io::AsyncWriteExt as _;", 0);
}
