//! Replies without an end, as fast as they are taken.

use super::script::{Act, Moment, Script, Shown, all, bytes, down, live, say, sentence};

const COUNTERS: Moment = Moment::Asked("/interface/print");
const LEASES: Moment = Moment::Asked("/ip/dhcp-server/lease/print");
const TOO_LONG: &str = "the router's answer is longer than";
const FLOOD: &str = "the router reports more than 20000 changes at once";
const NOT_THE_API: &str = "something that is not the RouterOS API";
const UNFINISHED: &str = "the router did not finish its answer within 2 s";

/// Replies to questions: two at a time, of which one at most fills the memory it may.
pub(super) fn scripts() -> Vec<Script> {
    vec![
        down("endless-equal-rows", COUNTERS, vec![Act::Endless(|_, tag| row(tag, 1, "<pppoe-a>"))], TOO_LONG),
        down(
            "endless-rows",
            COUNTERS,
            vec![Act::Endless(|n, tag| row(tag, n, &format!("<pppoe-{n}>")))],
            TOO_LONG,
        ),
        down("endless-long-rows", COUNTERS, vec![Act::Endless(|n, tag| row(tag, n, &long(n)))], TOO_LONG),
        down(
            "endless-rows-unasked",
            COUNTERS,
            vec![all(), Act::Endless(|n, _| row(b"", n, "a"))],
            UNFINISHED,
        ),
        down(
            "endless-bare-rows",
            LEASES,
            vec![Act::Endless(|n, tag| said(tag, &[&format!("=.id=*{n:X}")]))],
            TOO_LONG,
        ),
        down(
            "endless-rows-for-others",
            COUNTERS,
            vec![Act::Endless(|n, _| row(b"4000000000", n, "a"))],
            UNFINISHED,
        ),
        down(
            "endless-rows-of-the-sign-in",
            Moment::SignIn,
            vec![Act::Endless(|_, tag| said(tag, &[]))],
            TOO_LONG,
        ),
        down("endless-refusals", COUNTERS, vec![Act::Endless(refusal)], TOO_LONG),
        down(
            "endless-words",
            COUNTERS,
            vec![bytes(b"\x03!re"), Act::Endless(|_, _| b"\x04=a=b".to_vec())],
            NOT_THE_API,
        ),
        down("endless-empty-sentences", COUNTERS, vec![Act::Endless(|_, _| vec![0; 4_096])], UNFINISHED),
    ]
}

/// Replies to follows, which have no end by their nature.
pub(super) fn follows() -> Vec<Script> {
    let follow = |name, path, nth| flood(name, path, vec![Act::Endless(nth)]);
    vec![
        follow("endless-follow-of-one-session", "/ppp/active/listen", |_, tag| row(tag, 0x77777, "flood")),
        follow("endless-follow-of-ends", "/ppp/active/listen", |n, tag| {
            said(tag, &[&format!("=.id=*{:X}", 0x77777 + n), "=.dead=true"])
        }),
        follow("endless-follow-of-the-log", "/log/listen", |n, tag| {
            said(tag, &[&format!("=.id=*{:X}", 0x77777 + n), "=message=flood", "=topics=system,info"])
        }),
        follow("endless-follow-of-no-rows", "/ip/hotspot/active/listen", |_, tag| said(tag, &["=a=b"])),
        live(
            "a-follow-that-ends-at-once",
            Moment::Asked("/log/listen"),
            vec![say(&["!trap", "=message=no"]), say(&["!done"])],
        ),
    ]
}

/// A follow of ever new sessions.
pub(super) fn follow_of_sessions() -> Vec<Script> {
    let sessions = Act::Endless(|n, tag| row(tag, 0x77777 + n, &format!("flood{n}")));
    vec![flood("endless-follow-of-sessions", "/ppp/active/listen", vec![sessions])]
}

fn flood(name: &'static str, path: &'static str, acts: Vec<Act>) -> Script {
    Script { name, when: Moment::Asked(path), acts, shown: Shown::Unfollowed(FLOOD) }
}

fn row(tag: &[u8], id: u64, name: &str) -> Vec<u8> {
    said(tag, &[&format!("=.id=*{id:X}"), &format!("=name={name}"), "=rx-byte=1", "=tx-byte=1"])
}

fn refusal(_: u64, tag: &[u8]) -> Vec<u8> {
    let text = format!("=message=failure: {}", "x".repeat(500));
    sentence(&[b"!trap", &[b".tag=", tag].concat(), text.as_bytes()])
}

/// A name of a thousand bytes.
fn long(n: u64) -> String {
    format!("{n:01000}")
}

fn said(tag: &[u8], attributes: &[&str]) -> Vec<u8> {
    let label = [b".tag=", tag].concat();
    let words = [b"!re".as_slice(), &label].into_iter().chain(attributes.iter().map(|one| one.as_bytes()));
    sentence(&words.collect::<Vec<_>>())
}
