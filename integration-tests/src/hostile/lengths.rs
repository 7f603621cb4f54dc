//! Words and sentences whose lengths are wrong, absurd, or only unusual.

use super::script::{Act, Moment, Script, all, bytes, down, honest, live, say, sentence, words};

const COUNTERS: Moment = Moment::Asked("/interface/print");
const NOT_THE_API: &str = "something that is not the RouterOS API";

/// The scripts.
pub(super) fn scripts() -> Vec<Script> {
    let first = Moment::Accepted;
    vec![
        down("a-word-of-4-gib", COUNTERS, vec![bytes(b"\xF0\xFF\xFF\xFF\xFFx")], NOT_THE_API),
        down("a-word-of-4-gib-at-once", first, vec![bytes(b"\xF0\xFF\xFF\xFF\xFFx")], NOT_THE_API),
        down("a-word-of-4-gib-at-sign-in", Moment::SignIn, vec![bytes(b"\xF0\xFF\xFF\xFF\xFF")], NOT_THE_API),
        down("a-word-of-64-mib", COUNTERS, vec![bytes(b"\xE4\0\0\0"), endless()], NOT_THE_API),
        down("a-word-of-16-mib", COUNTERS, vec![bytes(b"\xE1\0\0\0"), endless()], NOT_THE_API),
        down("control-byte-f1", COUNTERS, vec![bytes(b"\xF1")], NOT_THE_API),
        down("control-byte-f8", COUNTERS, vec![bytes(b"\xF8\0\0\0\0")], NOT_THE_API),
        down("control-byte-ff", Moment::SignIn, vec![bytes(b"\xFF")], NOT_THE_API),
        down("control-byte-amid-rows", COUNTERS, vec![super::script::rows(), bytes(b"\xFE")], NOT_THE_API),
        down("half-a-length", COUNTERS, vec![bytes(b"\xC0"), Act::Mute], "did not finish its answer within"),
        down("a-million-words", COUNTERS, vec![say_many(1_000_000)], NOT_THE_API),
        live("ten-thousand-words", COUNTERS, vec![say_many(10_000), all()]),
        live("a-name-of-200-kb", COUNTERS, vec![long_name(), all()]),
        live("empty-sentences", COUNTERS, vec![bytes(&[0; 1_000]), all(), bytes(&[0; 1_000])]),
        live("an-empty-word-in-long-form", COUNTERS, vec![bytes(b"\x80\0\xC0\0\0"), all()]),
        live(
            "lengths-in-long-form",
            COUNTERS,
            vec![honest(|sentences| sentences.iter().flat_map(|encoded| lengthy(encoded)).collect())],
        ),
    ]
}

fn endless() -> Act {
    Act::Endless(|_, _| vec![b'x'; 4_096])
}

fn say_many(count: usize) -> Act {
    let mut words = vec!["!re", "=.id=*77777"];
    words.resize(count, "=a=b");
    say(&words)
}

fn long_name() -> Act {
    say(&["!re", "=.id=*77777", &format!("=name={}", "n".repeat(200_000)), "=rx-byte=1", "=tx-byte=1"])
}

/// The same sentence, each length in five bytes.
fn lengthy(encoded: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for word in words(encoded) {
        out.push(0xF0);
        out.extend_from_slice(&u32::try_from(word.len()).unwrap_or_default().to_be_bytes());
        out.extend_from_slice(&word);
    }
    out.extend(sentence(&[]));
    out
}
