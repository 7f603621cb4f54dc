//! Both halves together, and replies that arrive in any pieces.

use super::{Seen, session};
use crate::routeros::sentence::put_sentence;
use crate::routeros::server::{Replies, Request, Server};
use crate::routeros::session::{Event, Outcome, Tag};
use crate::routeros::{Command, Limits, ProtocolError};
use proptest::prelude::*;
use std::collections::HashMap;

#[test]
fn of_twenty_interleaved_replies_of_50_000_rows_none_is_lost() {
    const REPLIES: usize = 20;
    const ROWS: u64 = 50_000;
    let mut client = session();
    let mut sent = Vec::new();
    let print = Command::new("/interface/print").proplist(".id,name,rx-byte");
    let tags: Vec<Tag> = (0..REPLIES).map(|_| client.start(&print, &mut sent).unwrap()).collect();
    let mut requests: Vec<Request> = Vec::new();
    Server::new(Limits::default()).receive(&sent, |request| requests.push(request)).unwrap();
    assert_eq!(requests.len(), REPLIES);

    let mut rows = HashMap::<Tag, (u64, u64)>::new();
    let mut ends = HashMap::<Tag, Outcome>::new();
    let mut out = Vec::new();
    for number in 0..=ROWS {
        let text = number.to_string();
        for request in &requests {
            let mut replies = Replies::new(&mut out, request.tag.as_deref());
            if number < ROWS {
                let attributes: [(&[u8], &[u8]); 3] =
                    [(b".id", b"*F00000"), (b"name", b"<pppoe-ana>"), (b"rx-byte", text.as_bytes())];
                replies.row(attributes);
            } else {
                replies.done();
            }
        }
        if out.len() < 1 << 16 && number < ROWS {
            continue;
        }
        let read = |event: Event<'_>| match event {
            Event::Row { tag, row } => {
                let (count, sum) = rows.entry(tag).or_default();
                *count += 1;
                *sum += row.text("rx-byte").unwrap().parse::<u64>().unwrap();
            }
            Event::End { tag, outcome } => _ = ends.insert(tag, outcome),
            Event::Fatal { reason } => panic!("{reason}"),
        };
        client.receive(&out, read).unwrap();
        out.clear();
    }
    for tag in tags {
        assert_eq!(rows[&tag], (ROWS, ROWS * (ROWS - 1) / 2));
        assert_eq!(ends[&tag].rows, ROWS);
    }
    assert_eq!(client.in_flight(), 0);
}

/// The events of bytes that arrive in chunks, and the error that ends them.
fn events<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Seen>, Option<ProtocolError>) {
    let mut session = session();
    for _ in 0..2 {
        session.start(&Command::new("/x/print"), &mut Vec::new()).unwrap();
    }
    session.follow(&Command::new("/x/listen"), &mut Vec::new()).unwrap();
    let mut seen = Vec::new();
    for chunk in chunks {
        if let Err(error) = session.receive(chunk, |event| seen.push(Seen::of(event))) {
            return (seen, Some(error));
        }
    }
    (seen, None)
}

fn any_reply() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let kind =
        prop::sample::select(vec!["!re", "!re", "!re", "!trap", "!empty", "!done", "!fatal", "!new", "no"]);
    let tag = prop::sample::select(vec![".tag=1", ".tag=2", ".tag=3", ".tag=4", ".tag=", ""]);
    let attribute = ("[a-z.=]{0,9}", prop::collection::vec(any::<u8>(), 0..200))
        .prop_map(|(name, value)| [b"=", name.as_bytes(), b"=", &value].concat());
    let attributes = prop::collection::vec(attribute, 0..4);
    (kind, tag, attributes).prop_map(|(kind, tag, mut words)| {
        words.insert(0, tag.into());
        words.insert(0, kind.into());
        words
    })
}

proptest! {
    #[test]
    fn replies_cut_anywhere_give_the_same_events(
        replies in prop::collection::vec(any_reply(), 0..8),
        size in 1_usize..50,
    ) {
        let mut bytes = Vec::new();
        for words in &replies {
            put_sentence(&mut bytes, words.iter().map(Vec::as_slice));
        }
        let whole = events([bytes.as_slice()]);
        prop_assert_eq!(&events(bytes.chunks(1)), &whole);
        prop_assert_eq!(&events(bytes.chunks(size)), &whole);
        let (left, right) = bytes.split_at(size.min(bytes.len()));
        prop_assert_eq!(&events([left, right]), &whole);
    }

    #[test]
    fn empty_sentences_between_replies_say_nothing(
        replies in prop::collection::vec((any_reply(), 0_usize..200), 0..8),
        size in 1_usize..50,
    ) {
        let (mut plain, mut padded) = (Vec::new(), Vec::new());
        for (words, gap) in &replies {
            padded.resize(padded.len() + gap, 0);
            for bytes in [&mut plain, &mut padded] {
                put_sentence(bytes, words.iter().map(Vec::as_slice));
            }
        }
        let expect = events([plain.as_slice()]);
        prop_assert_eq!(&events([padded.as_slice()]), &expect);
        prop_assert_eq!(&events(padded.chunks(size)), &expect);
    }

    #[test]
    fn nonsense_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        events(bytes.chunks(7));
    }
}
