//! Replies whose words, tags, rows or ends are not as they should be.

use super::script::{
    Act, Moment, Script, Shown, all, bytes, down, each_row, end, honest, live, rows, say, sentence, valued,
};

const COUNTERS: Moment = Moment::Asked("/interface/print");
const SESSIONS: Moment = Moment::Asked("/ppp/active/print");
const FOLLOWED: Moment = Moment::Asked("/ppp/active/listen");
const NOT_THE_API: &str = "something that is not the RouterOS API";
const UNFINISHED: &str = "the router did not finish its answer within 2 s";

/// Odd words, tags and rows.
pub(super) fn scripts() -> Vec<Script> {
    let mut scripts = tags();
    scripts.extend([
        live("an-unknown-reply", COUNTERS, vec![say(&["!later", "=a=b"]), all()]),
        live(
            "an-unknown-attribute",
            COUNTERS,
            vec![each_row(|_, words| words.push(b"=new-in-8=yes".to_vec()))],
        ),
        live("a-word-without-a-name", COUNTERS, vec![each_row(|_, words| words.push(b"==v".to_vec()))]),
        live("a-word-without-a-value", COUNTERS, vec![each_row(|_, words| words.push(b"=running".to_vec()))]),
        live("a-word-without-equals", COUNTERS, vec![each_row(|_, words| words.push(b"garbage".to_vec()))]),
        live(
            "an-attribute-twice",
            SESSIONS,
            vec![each_row(|_, words| words.insert(1, b"=name=wrong".to_vec()))],
        ),
        live("an-id-twice", COUNTERS, vec![valued(".id", b"*1")]),
        live("a-session-twice", SESSIONS, vec![rows(), rows(), end()]),
        live(
            "rows-without-an-id",
            COUNTERS,
            vec![each_row(|_, words| words.retain(|word| !word.starts_with(b"=.id=")))],
        ),
        live("a-session-without-an-id", SESSIONS, vec![say(&["!re", "=name=nobody"]), all()]),
        live("an-empty-id", SESSIONS, vec![say(&["!re", "=.id=", "=name="]), all()]),
        live(
            "an-absurd-id",
            SESSIONS,
            vec![say(&["!re", "=.id=*FFFFFFFFFFFFFFFFFFFF"]), say(&["!re", "=.id=*-1"]), all()],
        ),
        live("a-row-of-nothing", SESSIONS, vec![say(&["!re"]), all()]),
        live("empty-and-yet-rows", SESSIONS, vec![say(&["!empty"]), all()]),
        live("done-twice", COUNTERS, vec![all(), say(&["!done"])]),
        live("rows-after-done", SESSIONS, vec![all(), say(&["!re", "=.id=*77777", "=name=late"])]),
        live(
            "an-unknown-end-in-a-follow",
            FOLLOWED,
            vec![say(&["!re", "=.id=*77777", "=.dead=yes"]), say(&["!later"])],
        ),
        down("no-reply-word", COUNTERS, vec![say(&["hello"])], NOT_THE_API),
        down("an-answer-in-prose", COUNTERS, vec![bytes(b"\x0BHello there\0")], NOT_THE_API),
        live(
            "rows-in-another-order",
            SESSIONS,
            vec![honest(|sentences| {
                let mut rows = super::script::without_end(sentences).to_vec();
                rows.reverse();
                rows.into_iter().chain(sentences.last().cloned()).flatten().collect()
            })],
        ),
    ]);
    scripts
}

fn tags() -> Vec<Script> {
    let untagged = |words: &mut Vec<Vec<u8>>| words.retain(|word| !word.starts_with(b".tag="));
    vec![
        live("rows-without-a-tag", SESSIONS, vec![each_row(move |_, words| untagged(words))]),
        live(
            "rows-with-the-tag-last",
            SESSIONS,
            vec![each_row(|_, words| {
                if 1 < words.len() {
                    let tag = words.remove(1);
                    words.push(tag);
                }
            })],
        ),
        live("rows-for-another", SESSIONS, vec![foreign(b"4000000000"), foreign(b""), foreign(b"x"), all()]),
        live(
            "the-end-of-another",
            SESSIONS,
            vec![Act::Bytes(sentence(&[b"!done", b".tag=4000000000"])), all()],
        ),
        live("a-tag-of-100-kb", SESSIONS, vec![foreign(&vec![b'9'; 100_000]), all()]),
        live("two-tags", SESSIONS, vec![each_row(|_, words| words.push(b".tag=4000000000".to_vec()))]),
        down(
            "a-wrong-tag",
            COUNTERS,
            vec![Act::Bytes(sentence(&[b"!done", b".tag=4000000000"]))],
            UNFINISHED,
        ),
        down("an-empty-tag", COUNTERS, vec![Act::Bytes(sentence(&[b"!done", b".tag="]))], UNFINISHED),
    ]
}

/// A row with this tag.
fn foreign(tag: &[u8]) -> Act {
    Act::Bytes(sentence(&[b"!re", &[b".tag=", tag].concat(), b"=.id=*77777", b"=name=stranger"]))
}

/// Refusals and ends at bad moments.
pub(super) fn refusals() -> Vec<Script> {
    let fatal = |words: &[&[u8]]| Act::Bytes(sentence(&[&[b"!fatal".as_slice()], words].concat()));
    let reason = |name, when, act, what| Script { name, when, acts: vec![act], shown: Shown::Down(what) };
    let unsure = |name, when, acts| Script { name, when, acts, shown: Shown::Unsure };
    let trap = |words: &[&str]| say(&[&["!trap"], words].concat());
    vec![
        unsure("a-trap-amid-rows", SESSIONS, vec![rows(), trap(&["=message=no such item (4)"]), end()]),
        unsure("a-trap-before-rows", SESSIONS, vec![trap(&["=message=failure"]), all()]),
        live("a-trap-without-a-message", COUNTERS, vec![trap(&[]), end()]),
        live(
            "a-trap-of-an-absurd-category",
            COUNTERS,
            vec![trap(&["=category=-99999999999", "=message=x"]), end()],
        ),
        live(
            "a-trap-of-200-kb",
            COUNTERS,
            vec![trap(&[&format!("=message={}", "x".repeat(200_000))]), end()],
        ),
        live(
            "a-menu-that-is-not-there",
            Moment::Asked("/queue/simple/print"),
            vec![trap(&["=message=no such command prefix"]), end()],
        ),
        live(
            "a-menu-that-is-forbidden",
            Moment::Asked("/log/print"),
            vec![trap(&["=message=not enough permissions (9)"]), end()],
        ),
        down("a-trap-without-an-end", COUNTERS, vec![trap(&["=message=failure"])], UNFINISHED),
        reason(
            "fatal",
            COUNTERS,
            fatal(&[b"not logged in"]),
            "the router ended the session, saying \"not logged in\"",
        ),
        reason("fatal-without-a-reason", COUNTERS, fatal(&[]), "saying \"no reason given\""),
        reason(
            "fatal-with-an-attribute",
            COUNTERS,
            fatal(&[b"=message=shutting down"]),
            "saying \"shutting down\"",
        ),
        reason("fatal-of-no-text", COUNTERS, fatal(&[b"\xFF\x1B[2J\n\0"]), "saying \"ÿ\\u{1b}[2J\\n\\0\""),
        reason("fatal-of-200-kb", COUNTERS, fatal(&[&vec![b'x'; 200_000]]), "saying \"xxxx"),
        down(
            "fatal-amid-rows",
            COUNTERS,
            vec![rows(), fatal(&[b"session terminated"])],
            "saying \"session terminated\"",
        ),
        down(
            "fatal-at-once",
            Moment::Accepted,
            vec![fatal(&[b"too many sessions"])],
            "saying \"too many sessions\"",
        ),
        Script {
            name: "fatal-in-a-follow",
            when: FOLLOWED,
            acts: vec![fatal(&[b"enough"])],
            shown: Shown::Unfollowed("the router ended the session, saying \"enough\""),
        },
    ]
}
