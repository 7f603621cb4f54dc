//! Routers that say nothing, too little, or the wrong things slowly.

use super::script::{Act, Moment, Script, bytes, down, live, rows, say, sentence};

const COUNTERS: Moment = Moment::Asked("/interface/print");
const FOLLOWED: Moment = Moment::Asked("/ppp/active/listen");
const SILENT: &str = "the router did not answer within 2 s";
const UNFINISHED: &str = "the router did not finish its answer within 2 s";

/// The scripts.
pub(super) fn scripts() -> Vec<Script> {
    vec![
        down("silent-at-once", Moment::Accepted, vec![Act::Mute], SILENT),
        down("silent-at-sign-in", Moment::SignIn, vec![Act::Mute], SILENT),
        down("silent-at-a-question", COUNTERS, vec![Act::Mute], SILENT),
        down("silent-after-rows", COUNTERS, vec![rows(), Act::Mute], UNFINISHED),
        down("silent-amid-a-word", COUNTERS, vec![bytes(b"\x03!r"), Act::Mute], UNFINISHED),
        down("deaf-at-once", Moment::Accepted, vec![Act::Deaf], SILENT),
        down("deaf-at-a-question", COUNTERS, vec![Act::Deaf], SILENT),
        down("silent-at-the-first-question", Moment::Nth(1), vec![Act::Mute], SILENT),
        down("forgets-to-say-done", COUNTERS, vec![rows()], UNFINISHED),
        down("trickles-at-sign-in", Moment::SignIn, vec![Act::Trickle(long_row)], UNFINISHED),
        down("trickles-a-row", COUNTERS, vec![Act::Trickle(long_row)], UNFINISHED),
        down("trickles-empty-sentences", COUNTERS, vec![Act::Trickle(|_| vec![0; 100])], UNFINISHED),
        down("trickles-rows", COUNTERS, vec![Act::Trickle(short_row)], UNFINISHED),
        live("silent-in-a-follow", FOLLOWED, vec![say(&["!re", "=.id=*77777", "=.dead=true"]), Act::Mute]),
        live("trickles-in-a-follow", FOLLOWED, vec![Act::Trickle(long_row)]),
    ]
}

fn long_row(tag: &[u8]) -> Vec<u8> {
    sentence(&[
        b"!re",
        &[b".tag=", tag].concat(),
        b"=.id=*77777",
        &[b"=name=".as_slice(), &[b'n'; 110]].concat(),
    ])
}

fn short_row(tag: &[u8]) -> Vec<u8> {
    sentence(&[b"!re", &[b".tag=", tag].concat()])
}
