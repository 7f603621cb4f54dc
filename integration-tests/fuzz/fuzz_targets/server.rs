//! What a client may send: no panic in requests, queries and sign-ins, and rows that read back.

#![no_main]

use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;
use tikwatch::routeros::login::{self, Login};
use tikwatch::routeros::query::Query;
use tikwatch::routeros::server::{Replies, Request, Server};
use tikwatch::routeros::session::{Event, Outcome, Session};
use tikwatch::routeros::{Charset, Command, Limits};

fuzz_target!(|input: &[u8]| {
    let Some((&size, bytes)) = input.split_first() else { return };
    let limits = Limits { word: 1 << 12, sentence: 1 << 13, reply: 1 << 14 };
    let mut server = Server::new(limits);
    for chunk in bytes.chunks(usize::from(size) + 1) {
        if server.receive(chunk, |request| answer(&request)).is_err() {
            return;
        }
    }
});

fn answer(request: &Request) {
    let verb = request.verb();
    assert!(request.path.ends_with(verb) && request.path.starts_with(request.menu()));
    let _ = (request.proplist(), format!("{request:?}"));
    if let Ok(query) = Query::parse(&request.queries) {
        query.matches(|name| request.attribute(std::str::from_utf8(name).ok()?));
    }
    sign_in(request);
    read_back(request);
}

fn sign_in(request: &Request) {
    let password = SecretString::from("password");
    let response = request.attribute("response").unwrap_or_default();
    // The digest of this challenge and password is not in any input but by a miracle.
    assert!(!login::check_response(&[7; 16], &password, response));
    let (login, _) = Login::new("admin", &password);
    let ret = request.attribute("ret").map(<[u8]>::to_vec);
    let _ = login.answer(&Outcome { ret, ..Outcome::default() });
}

/// What a server writes as a row, a client reads as the same attributes.
fn read_back(request: &Request) {
    let written: Vec<_> = request.attributes.iter().map(|(name, value)| (&name[..], &value[..])).collect();
    let mut session = Session::new(Limits::default(), Charset::default());
    session.start(&Command::new("/x/print"), &mut Vec::new()).expect("a print is allowed");
    let mut out = Vec::new();
    let mut replies = Replies::new(&mut out, Some(b"1"));
    replies.row(written.iter().copied());
    replies.done();
    let (mut rows, mut ended) = (0, false);
    session
        .receive(&out, |event| match event {
            Event::Row { row, .. } => {
                rows += 1;
                assert!(row.attributes().eq(written.iter().copied()));
            }
            Event::End { .. } => ended = true,
            Event::Fatal { .. } => panic!("no fatal was written"),
        })
        .unwrap();
    assert!(rows == 1 && ended);
}
