//! Sign-ins that do not come to an end, or to the wrong one.

use super::script::{Act, Moment, Script, Shown, all, down, live, say, sentence};

const NO_CHALLENGE: &str = "the router's sign-in challenge makes no sense";

/// The scripts.
pub(super) fn scripts() -> Vec<Script> {
    let at = Moment::SignIn;
    let trap = |message: &str| vec![say(&["!trap", &format!("=message={message}")]), say(&["!done"])];
    let refused = |name, message| Script { name, when: at, acts: trap(message), shown: Shown::Refused };
    let challenge = "=ret=93b438ec9b80057c06dd9fe67d56aa9a";
    vec![
        refused("a-wrong-password", "invalid user name or password (6)"),
        refused("a-wrong-password-of-old", "cannot log in"),
        down(
            "a-radius-server-away",
            at,
            trap("RADIUS timeout"),
            "the router's RADIUS server does not answer",
        ),
        down(
            "too-many-sessions",
            at,
            trap("too many sessions"),
            "the router refused the sign-in: too many sessions",
        ),
        down("a-refusal-of-200-kb", at, trap(&"x".repeat(200_000)), "the router refused the sign-in: xxxx"),
        down(
            "a-refusal-without-words",
            at,
            vec![say(&["!trap"]), say(&["!done"])],
            "the router refused the sign-in: no message",
        ),
        down(
            "a-refusal-without-an-end",
            at,
            vec![say(&["!trap", "=message=no"])],
            "the router did not finish its answer within 2 s",
        ),
        down("a-challenge-of-nonsense", at, vec![say(&["!done", "=ret=zz"])], NO_CHALLENGE),
        down(
            "a-challenge-too-long",
            at,
            vec![say(&["!done", &format!("=ret={}", "9".repeat(100_000))])],
            NO_CHALLENGE,
        ),
        down("challenges-without-end", at, vec![say(&["!done", challenge])], NO_CHALLENGE),
        down(
            "fatal-at-sign-in",
            at,
            vec![Act::Bytes(sentence(&[b"!fatal", b"go away"]))],
            "saying \"go away\"",
        ),
        live("rows-at-sign-in", at, vec![say(&["!re", "=a=b"]), all()]),
        live(
            "an-end-before-the-question",
            Moment::Accepted,
            vec![Act::Bytes(sentence(&[b"!done", b".tag=77"]))],
        ),
        live("empty-at-sign-in", at, vec![say(&["!empty"]), all()]),
    ]
}
