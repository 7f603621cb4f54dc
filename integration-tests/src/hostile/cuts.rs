//! Connections that end where they should not.

use super::script::{Act, Moment, Script, Shown, all, down, honest, live, rows, say, without_end};

const COUNTERS: Moment = Moment::Asked("/interface/print");
const FOLLOWED: Moment = Moment::Asked("/ppp/active/listen");
const CLOSED: &str = "the router closed the connection";
const BROKE: &str = "the connection broke (connection reset)";
/// The reset may come before our side is done with connecting.
const AT_ONCE: &str = "the router closed the connection during sign-in|breaks the connection off at once";
const AT_SIGN_IN: &str = "the router closed the connection during sign-in";

/// The scripts.
pub(super) fn scripts() -> Vec<Script> {
    vec![
        down("closes-at-once", Moment::Accepted, vec![Act::Close], AT_ONCE),
        down("resets-at-once", Moment::Accepted, vec![Act::Reset], AT_ONCE),
        down("closes-at-sign-in", Moment::SignIn, vec![Act::Close], AT_SIGN_IN),
        down("resets-at-sign-in", Moment::SignIn, vec![Act::Reset], AT_SIGN_IN),
        down("closes-amid-the-sign-in", Moment::SignIn, vec![first(4), Act::Close], AT_SIGN_IN),
        down("closes-after-the-sign-in", Moment::SignIn, vec![all(), Act::Close], CLOSED),
        down("closes-at-a-question", COUNTERS, vec![Act::Close], CLOSED),
        down("resets-at-a-question", COUNTERS, vec![Act::Reset], BROKE),
        down("closes-amid-a-word", COUNTERS, vec![first(30), Act::Close], CLOSED),
        down("resets-amid-a-word", COUNTERS, vec![first(30), Act::Reset], BROKE),
        down("closes-amid-a-sentence", COUNTERS, vec![first(4), Act::Close], CLOSED),
        down("closes-between-rows", COUNTERS, vec![half(), Act::Close], CLOSED),
        down("closes-before-done", COUNTERS, vec![rows(), Act::Close], CLOSED),
        down("resets-before-done", COUNTERS, vec![rows(), Act::Reset], BROKE),
        down("closes-amid-done", COUNTERS, vec![but_last(2), Act::Close], CLOSED),
        down("closes-after-an-answer", COUNTERS, vec![all(), Act::Close], CLOSED),
        down("closes-at-the-fifth-question", Moment::Nth(5), vec![Act::Close], CLOSED),
        down("half-closes-at-a-question", COUNTERS, vec![Act::HalfClose], CLOSED),
        down("half-closes-after-an-answer", COUNTERS, vec![all(), Act::HalfClose], CLOSED),
        unfollowed("closes-a-follow", vec![Act::Close], CLOSED),
        unfollowed("resets-a-follow", vec![Act::Reset], BROKE),
        unfollowed("closes-a-follow-amid-a-row", vec![start(), Act::Close], CLOSED),
        live("ends-a-follow", FOLLOWED, vec![say(&["!done"])]),
    ]
}

fn unfollowed(name: &'static str, acts: Vec<Act>, what: &'static str) -> Script {
    Script { name, when: FOLLOWED, acts, shown: Shown::Unfollowed(what) }
}

/// The first bytes of a row.
fn start() -> Act {
    super::script::bytes(b"\x03!re\x06.tag=1\x08=.id=*1")
}

/// The first bytes of the honest answer.
fn first(count: usize) -> Act {
    honest(move |sentences| sentences.concat().into_iter().take(count).collect())
}

/// The honest answer without its last bytes.
fn but_last(count: usize) -> Act {
    honest(move |sentences| {
        let whole = sentences.concat();
        let length = whole.len().saturating_sub(count);
        whole.into_iter().take(length).collect()
    })
}

/// Half of the honest answer's rows.
fn half() -> Act {
    honest(|sentences| {
        let rows = without_end(sentences);
        rows.iter().take(rows.len() / 2).flatten().copied().collect()
    })
}
