//! What a router may send: no panic, and the same events however the bytes arrive.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tikwatch::routeros::session::{Event, Outcome, Session, Tag};
use tikwatch::routeros::{Charset, Command, Limits, ProtocolError};

#[derive(Debug, PartialEq)]
enum Seen {
    Row(Tag, Vec<(Vec<u8>, String)>),
    End(Tag, Outcome),
    Fatal(String),
    Broken(ProtocolError),
}

fn events<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Vec<Seen> {
    let limits = Limits { word: 1 << 12, sentence: 1 << 13, reply: 1 << 14 };
    let mut session = Session::new(limits, Charset::default());
    let mut sent = Vec::new();
    let allowed = "these are allowed";
    session.start(&Command::new("/interface/print"), &mut sent).expect(allowed);
    session.follow(&Command::new("/log/listen"), &mut sent).expect(allowed);
    let cancelled = session.start(&Command::new("/ppp/active/print"), &mut sent).expect(allowed);
    session.cancel(cancelled, &mut sent);
    let mut seen = Vec::new();
    for chunk in chunks {
        let result = session.receive(chunk, |event| {
            seen.push(match event {
                Event::Row { tag, row } => {
                    let text = |value| row.charset().decode(value).into_owned();
                    let attributes = row.attributes();
                    Seen::Row(tag, attributes.map(|(name, value)| (name.to_vec(), text(value))).collect())
                }
                Event::End { tag, outcome } => {
                    // Wording is hostile too.
                    outcome.traps.iter().for_each(|trap| _ = trap.refusal());
                    Seen::End(tag, outcome)
                }
                Event::Fatal { reason } => Seen::Fatal(reason),
            });
        });
        if let Err(error) = result {
            seen.push(Seen::Broken(error));
            break;
        }
    }
    seen
}

fuzz_target!(|input: &[u8]| {
    let Some((&size, bytes)) = input.split_first() else { return };
    let whole = events(std::iter::once(bytes));
    assert_eq!(events(bytes.chunks(usize::from(size) + 1)), whole);
});
