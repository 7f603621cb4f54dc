//! Values that no router should have, in rows that are otherwise right.

use super::script::{Act, Moment, Script, Shown, all, live, sentence, valued};

const COUNTERS: Moment = Moment::Asked("/interface/print");
const SESSIONS: Moment = Moment::Asked("/ppp/active/print");
const RESOURCE: Moment = Moment::Asked("/system/resource/print");
const IDENTITY: Moment = Moment::Asked("/system/identity/print");
const CLOCK: Moment = Moment::Asked("/system/clock/print");

/// The scripts.
pub(super) fn scripts() -> Vec<Script> {
    let mut scripts = names();
    scripts.extend([
        live("a-counter-of-2-to-64", COUNTERS, vec![valued("rx-byte", b"18446744073709551616")]),
        live("a-counter-at-its-end", COUNTERS, vec![valued("tx-byte", b"18446744073709551615")]),
        live("a-negative-counter", COUNTERS, vec![valued("rx-byte", b"-1")]),
        live("an-empty-counter", COUNTERS, vec![valued("rx-byte", b"")]),
        live("a-counter-with-an-exponent", COUNTERS, vec![valued("tx-byte", b"1e9")]),
        live("an-uptime-of-9999-weeks", SESSIONS, vec![valued("uptime", b"9999w6d23:59:59")]),
        live("an-uptime-without-end", SESSIONS, vec![valued("uptime", b"99999999999999999999w")]),
        live("an-uptime-of-nonsense", SESSIONS, vec![valued("uptime", b"w-:-s")]),
        live("a-router-up-for-ever", RESOURCE, vec![valued("uptime", b"18446744073709551615s")]),
        live("a-load-of-four-billion", RESOURCE, vec![valued("cpu-load", b"4294967296")]),
        live("no-memory-at-all", RESOURCE, vec![valued("total-memory", b"0")]),
        live(
            "more-memory-free-than-there-is",
            RESOURCE,
            vec![valued("free-memory", b"18446744073709551615")],
        ),
        live("a-version-of-nonsense", RESOURCE, vec![valued("version", b"\0\xFF.9999999999999999.-1")]),
        live("an-identity-of-markup", IDENTITY, vec![valued("name", b"<script>alert(1)</script>")]),
        live("an-identity-of-nothing", IDENTITY, vec![valued("name", b"")]),
        live("a-day-that-is-none", CLOCK, vec![valued("date", b"9999-99-99")]),
        live("a-zone-that-is-none", CLOCK, vec![valued("gmt-offset", b"-99999999:99")]),
        live(
            "a-link-time-of-nonsense",
            COUNTERS,
            vec![valued("last-link-up-time", b"\xE2\x80\xAE0000-00-00")],
        ),
        live("an-address-of-nonsense", SESSIONS, vec![valued("address", b"999.999.999.999/-1")]),
    ]);
    scripts
}

/// Names of subscribers, and how each has to be shown.
fn names() -> Vec<Script> {
    let name = |script, name: &[u8], shown| Script {
        name: script,
        when: SESSIONS,
        acts: vec![
            Act::Honest(Box::new({
                let name = [b"=name=", name].concat();
                move |sentences| {
                    // With the tag of the honest answer.
                    let end = sentences.last().map(|end| super::script::words(end)).unwrap_or_default();
                    let tag = end.get(1).cloned().unwrap_or_default();
                    sentence(&[b"!re", &tag, b"=.id=*77777", &name, b"=service=pppoe"])
                }
            })),
            all(),
        ],
        shown: Shown::Subscriber(shown),
    };
    vec![
        name("a-name-in-utf-8", "Zoë 東京 🙂".as_bytes(), "Zoë 東京 🙂"),
        name("a-name-in-windows-1252", b"Jos\xE9 \x80", "José €"),
        name("a-name-in-utf-16", b"\xFF\xFEA\0b\0", "ÿþA\0b\0"),
        name("a-name-cut-amid-a-character", b"Zo\xC3", "ZoÃ"),
        name("a-name-with-nul", b"a\0b", "a\0b"),
        name("a-name-with-line-ends", b"a\r\nb", "a\r\nb"),
        name("a-name-that-turns-about", "\u{202E}evil".as_bytes(), "\u{202E}evil"),
        name("a-name-of-markup", b"<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        name("a-name-with-equals", b"a=b=c", "a=b=c"),
    ]
}
