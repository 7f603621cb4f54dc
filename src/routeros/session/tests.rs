//! Transcripts of real routers, and what the session makes of them.

mod arrivals;

use super::*;
use crate::routeros::sentence::put_sentence;
use Act::{Cancel, Follow, Hear, Start};

/// What happens to a session, in order.
enum Act<'a> {
    Start,
    Follow,
    Cancel(u32),
    Hear(&'a [&'a str]),
}

/// An event that outlives the receive buffer.
#[derive(Debug, PartialEq)]
enum Seen {
    Row(u32, Vec<(String, String)>),
    End(u32, Outcome),
    Fatal(String),
}

impl Seen {
    fn of(event: Event<'_>) -> Self {
        match event {
            Event::Row { tag, row } => {
                let text = |bytes| row.charset().decode(bytes).into_owned();
                Self::Row(tag.0, row.attributes().map(|(name, value)| (text(name), text(value))).collect())
            }
            Event::End { tag, outcome } => Self::End(tag.0, outcome),
            Event::Fatal { reason } => Self::Fatal(reason),
        }
    }
}

fn row(tag: u32, attributes: &[(&str, &str)]) -> Seen {
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    Seen::Row(tag, attributes.iter().map(owned).collect())
}

fn end(tag: u32, outcome: Outcome) -> Seen {
    Seen::End(tag, outcome)
}

fn rows(rows: u64) -> Outcome {
    Outcome { rows, ..Outcome::default() }
}

fn traps(messages: &[(Option<u8>, &str)]) -> Outcome {
    let trap = |&(category, message): &(Option<u8>, &str)| Trap { category, message: message.to_owned() };
    Outcome { traps: messages.iter().map(trap).collect(), ..Outcome::default() }
}

fn session() -> Session {
    Session::new(Limits::default(), Charset::default())
}

fn encoded(sentence: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_sentence(&mut bytes, sentence.iter().map(|word| word.as_bytes()));
    bytes
}

/// Plays acts on a session, with each sentence whole and then byte by byte.
fn check(acts: &[Act<'_>], expect: &[Seen]) {
    for step in [usize::MAX, 1] {
        let mut session = session();
        let mut seen = Vec::new();
        let mut sent = Vec::new();
        for act in acts {
            match act {
                Start => _ = session.start(&Command::new("/x/print"), &mut sent).unwrap(),
                Follow => _ = session.follow(&Command::new("/x/listen"), &mut sent).unwrap(),
                Cancel(tag) => assert!(session.cancel(Tag(*tag), &mut sent)),
                Hear(sentence) => {
                    for chunk in encoded(sentence).chunks(step) {
                        session.receive(chunk, |event| seen.push(Seen::of(event))).unwrap();
                    }
                }
            }
        }
        for one in &mut seen {
            if let Seen::End(_, outcome) = one {
                // Sizes are their own test.
                assert!(0 < std::mem::take(&mut outcome.bytes));
            }
        }
        assert_eq!(seen, expect, "in steps of {step} bytes");
    }
}

#[test]
fn a_sign_in_ends_with_or_without_a_challenge() {
    check(&[Start, Hear(&["!done"])], &[end(1, rows(0))]);
    let challenge = "93b438ec9b80057c06dd9fe67d56aa9a";
    let outcome = Outcome { ret: Some(challenge.into()), ..Outcome::default() };
    check(&[Start, Hear(&["!done", &format!("=ret={challenge}")])], &[end(1, outcome)]);
}

#[test]
fn the_fifth_failed_sign_in_is_fatal() {
    let message = "invalid user name or password (6)";
    let trap = ["!trap", &format!("=message={message}")];
    let mut acts = Vec::new();
    for _ in 0..4 {
        acts.extend([Start, Hear(&trap), Hear(&["!done"])]);
    }
    acts.extend([Start, Hear(&["!fatal", "too many commands before login"])]);
    let mut expect: Vec<Seen> = (1..=4).map(|tag| end(tag, traps(&[(None, message)]))).collect();
    expect.push(Seen::Fatal("too many commands before login".to_owned()));
    check(&acts, &expect);
}

#[test]
fn a_fatal_reason_is_a_bare_word() {
    for reason in ["not logged in", "session terminated on request"] {
        check(&[Start, Hear(&["!fatal", reason])], &[Seen::Fatal(reason.to_owned())]);
        let other_form = format!("=message={reason}");
        check(&[Start, Hear(&["!fatal", ".tag=1", &other_form])], &[Seen::Fatal(reason.to_owned())]);
    }
    check(&[Hear(&["!fatal"])], &[Seen::Fatal("no reason given".to_owned())]);
}

#[test]
fn an_empty_reply_is_said_to_be_empty_since_7_18() {
    let empty = || Outcome { empty: true, ..Outcome::default() };
    check(&[Start, Hear(&["!empty"]), Hear(&["!done"])], &[end(1, empty())]);
    let acts = [Start, Start, Hear(&["!empty", ".tag=2"]), Hear(&["!done", ".tag=2"])];
    check(&acts, &[end(2, empty())]);
}

#[test]
fn rows_may_have_no_words() {
    let mut acts = vec![Start];
    acts.extend((0..7).map(|_| Hear(&["!re"])));
    acts.push(Hear(&["!done"]));
    let mut expect: Vec<Seen> = (0..7).map(|_| row(1, &[])).collect();
    expect.push(end(1, rows(7)));
    check(&acts, &expect);
}

#[test]
fn adding_gives_the_new_id() {
    let outcome = Outcome { ret: Some(b"*3".to_vec()), ..Outcome::default() };
    check(&[Start, Hear(&["!done", "=ret=*3"])], &[end(1, outcome)]);
}

#[test]
fn a_cancelled_listen_ends_in_either_order_and_drops_late_rows() {
    let change = ["!re", ".tag=1", "=.id=*A", "=address=1.1.1.1/32", "=dynamic=false"];
    let dead = ["!re", ".tag=1", "=.id=*A", "=.dead=true"];
    let interrupted = ["!trap", ".tag=1", "=category=2", "=message=interrupted"];
    let (ours, theirs) = (["!done", ".tag=2"], ["!done", ".tag=1"]);
    for (first, last) in [(&ours, &theirs), (&theirs, &ours)] {
        let acts = [
            Follow,
            Hear(&change),
            Hear(&dead),
            Cancel(1),
            Hear(&dead),
            Hear(&interrupted),
            Hear(first),
            Hear(last),
            Hear(&dead),
        ];
        let outcome = Outcome { rows: 2, ..traps(&[(Some(2), "interrupted")]) };
        let expect = [
            row(1, &[(".id", "*A"), ("address", "1.1.1.1/32"), ("dynamic", "false")]),
            row(1, &[(".id", "*A"), (".dead", "true")]),
            end(1, outcome),
        ];
        check(&acts, &expect);
    }
}

#[test]
fn a_cancelled_command_may_be_refused_twice() {
    let acts = [
        Start,
        Cancel(1),
        Hear(&["!trap", "=category=2", "=message=interrupted", ".tag=1"]),
        Hear(&["!done", ".tag=2"]),
        Hear(&["!trap", "=message=failure: 301 Moved Permanently", ".tag=1"]),
        Hear(&["!done", ".tag=1"]),
    ];
    let outcome = traps(&[(Some(2), "interrupted"), (None, "failure: 301 Moved Permanently")]);
    check(&acts, &[end(1, outcome)]);
}

#[test]
fn only_a_running_command_is_cancelled_and_only_once() {
    let mut session = session();
    let mut sent = Vec::new();
    let tag = session.start(&Command::new("/x/print"), &mut sent).unwrap();
    assert!(session.cancel(tag, &mut sent));
    let size = sent.len();
    assert!(session.cancel(tag, &mut sent));
    assert_eq!((sent.len(), session.in_flight()), (size, 1));
    session.receive(&encoded(&["!done", ".tag=1"]), |_| {}).unwrap();
    assert!(!session.cancel(tag, &mut sent));
    assert_eq!((sent.len(), session.in_flight()), (size, 0));
}

#[test]
fn sections_and_object_identifiers_are_attributes() {
    let acts = [
        Start,
        Hear(&["!re", ".tag=1", "=status=connecting", "=.section=0"]),
        Hear(&["!re", ".tag=1", "=uptime=01:22:53", "=uptime.oid=.1.3.6.1.2.1.1.3.0"]),
        Hear(&["!re", ".tag=1", "=.id=*68", "=.dead=yes"]),
        Hear(&["!done", ".tag=1"]),
    ];
    let expect = [
        row(1, &[("status", "connecting"), (".section", "0")]),
        row(1, &[("uptime", "01:22:53"), ("uptime.oid", ".1.3.6.1.2.1.1.3.0")]),
        row(1, &[(".id", "*68"), (".dead", "yes")]),
        end(1, rows(3)),
    ];
    check(&acts, &expect);
}

#[test]
fn rows_before_a_refusal_are_kept_and_the_reply_is_partial() {
    let acts =
        [Start, Hear(&["!re", "=.id=*1"]), Hear(&["!trap", "=message=no such item (4)"]), Hear(&["!done"])];
    let outcome = Outcome { rows: 1, ..traps(&[(None, "no such item (4)")]) };
    assert!(outcome.is_partial());
    check(&acts, &[row(1, &[(".id", "*1")]), end(1, outcome)]);
}

#[test]
fn refusals_are_classified_by_their_wording() {
    let check = |message: &str, category: Option<u8>, expect: Refusal| {
        assert_eq!(Trap { category, message: message.to_owned() }.refusal(), expect, "{message}");
    };
    check("no such command prefix", None, Refusal::NoSuchCommand);
    check("no such command or directory (wifi)", None, Refusal::NoSuchCommand);
    check("no such directory", None, Refusal::NoSuchCommand);
    check("unknown parameter stats", None, Refusal::UnknownParameter);
    check("no such item (4)", None, Refusal::NoSuchItem);
    check("not enough permissions (9)", None, Refusal::NotPermitted);
    check("interrupted", None, Refusal::Interrupted);
    check("", Some(2), Refusal::Interrupted);
    check("Invalid user name or password (6)", None, Refusal::Credentials);
    check("cannot log in", None, Refusal::Credentials);
    check("input does not match any value of profile", Some(1), Refusal::Other);
    check("failure: secret with the same name already exists", None, Refusal::Other);
}

#[test]
fn what_is_unknown_is_ignored() {
    let acts = [
        Start,
        Start,
        Hear(&["!later", ".tag=1", "=x=y"]),
        Hear(&["!re", ".tag=99", "=x=y"]),
        Hear(&["!re", ".tag=never ours", "=x=y"]),
        // With two commands in flight nobody knows whose this is.
        Hear(&["!re", "=x=y"]),
        Hear(&[]),
        Hear(&["!done", ".tag=1"]),
        // Now there is only one.
        Hear(&["!re", "=x=y"]),
        Hear(&["!done"]),
        Hear(&["!done"]),
    ];
    check(&acts, &[end(1, rows(0)), row(2, &[("x", "y")]), end(2, rows(1))]);
}

#[test]
fn a_sentence_that_is_no_reply_ends_the_conversation() {
    let found = session().receive(&encoded(&["/login"]), |_| panic!("this is no event"));
    assert_eq!(found, Err(ProtocolError::NoReply("/login".to_owned())));
}

#[test]
fn a_reply_is_limited_and_a_follow_is_not() {
    let limits = Limits { reply: 100, ..Limits::default() };
    for kind in ["!re", "!trap"] {
        let reply = encoded(&[kind, "=message=0123456789"]).repeat(200);
        let mut session = Session::new(limits, Charset::default());
        session.start(&Command::new("/x/print"), &mut Vec::new()).unwrap();
        assert_eq!(session.receive(&reply, |_| {}), Err(ProtocolError::ReplyTooLong { limit: 100 }));
        let mut session = Session::new(limits, Charset::default());
        session.follow(&Command::new("/x/listen"), &mut Vec::new()).unwrap();
        let mut outcome = None;
        session
            .receive(&[reply, encoded(&["!done"])].concat(), |event| outcome = Some(Seen::of(event)))
            .unwrap();
        let Some(Seen::End(_, outcome)) = outcome else { panic!("the follow has ended") };
        assert_eq!(outcome.rows + outcome.traps.len() as u64, if kind == "!re" { 200 } else { 100 });
    }
}

#[test]
fn a_row_counts_for_the_memory_that_it_takes() {
    let limits = Limits { reply: 1_000, ..Limits::default() };
    let mut session = Session::new(limits, Charset::default());
    session.start(&Command::new("/x/print"), &mut Vec::new()).unwrap();
    let bare = encoded(&["!re"]);
    assert_eq!(session.receive(&bare.repeat(3), |_| {}), Ok(()));
    assert_eq!(session.receive(&bare, |_| {}), Err(ProtocolError::ReplyTooLong { limit: 1_000 }));
}

#[test]
fn a_reason_that_nobody_would_read_is_cut() {
    let long = "é".repeat(5_000);
    let cut = format!("{}…", "é".repeat(200));
    let mut reason = None;
    let fatal = encoded(&["!fatal", &long]);
    session().receive(&fatal, |event| reason = Some(Seen::of(event))).unwrap();
    assert_eq!(reason, Some(Seen::Fatal(cut.clone())));
    let mut session = session();
    session.start(&Command::new("/x/print"), &mut Vec::new()).unwrap();
    let mut outcome = None;
    let refusal = [encoded(&["!trap", &format!("=message={long}")]), encoded(&["!done"])].concat();
    session.receive(&refusal, |event| outcome = Some(Seen::of(event))).unwrap();
    let Some(Seen::End(_, outcome)) = outcome else { panic!("the reply has ended") };
    assert_eq!(outcome.traps[0].message, cut);
}

#[test]
fn debug_shows_no_value_received() {
    let mut session = session();
    session.receive(b"\x03!re\x11=password=hunter2", |_| panic!("the sentence is not over")).unwrap();
    let shown = format!("{session:?}");
    assert!(shown.contains("22 bytes") && !shown.contains("hunter2"), "{shown}");
}
