//! What it costs to read the counters of 50,000 sessions into typed rows, against reading the same bytes from the
//! socket and throwing them away, in the same run.

use integration_tests::feed::{self, Feed};
use integration_tests::report::{Report, Size, percentile, thread_cpu};
use std::io::Read as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use tikwatch::domain::interface::InterfaceCounters;
use tikwatch::domain::resource::Resource as _;
use tikwatch::routeros::session::{Event, Session};
use tikwatch::routeros::{Charset, Limits};

/// The size of the reads, the same for both.
const READ: usize = 128 << 10;

fn main() -> ExitCode {
    let size = Size::from_arguments();
    let mut report = Report::new(size);
    let sessions = 50_000;
    let reply = Arc::new(feed::counters(sessions, 1, 0));
    let feed = Feed::open().expect("loopback works");
    let rounds = size.pick(30, 100);

    let (mut discarded, mut parsed) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        feed.send(&reply);
        let discard_milliseconds = discard(&feed, reply.len());
        feed.send(&reply);
        let (parse_milliseconds, rows) = parse(&feed);
        assert_eq!(rows, sessions, "rows of round {round}");
        discarded.push(discard_milliseconds);
        parsed.push(parse_milliseconds);
    }
    let (discard, parse) = (percentile(&mut discarded, 0.5), percentile(&mut parsed, 0.5));
    let ratio = parse / discard;
    let measured = format!(
        "{ratio:.2} times ({parse:.1} ms of CPU against {discard:.1} ms for {:.1} MB, medians of {rounds} rounds)",
        reply.len() as f64 / 1e6
    );
    report.hold(
        "parse of 50,000 /interface rows into typed rows, against the discard loop",
        "at most 4 times",
        &measured,
        ratio <= 4.0,
    );
    report.finish()
}

/// Reads this many bytes and throws them away; the CPU time in milliseconds.
fn discard(feed: &Feed, bytes: usize) -> f64 {
    let mut buffer = vec![0; READ];
    let before = thread_cpu();
    let mut left = bytes;
    while 0 < left {
        left -= (&feed.socket).read(&mut buffer[..READ.min(left)]).expect("the feed goes on");
    }
    (thread_cpu() - before).as_secs_f64() * 1e3
}

/// Reads one reply into typed rows; the CPU time in milliseconds and the number of rows.
fn parse(feed: &Feed) -> (f64, usize) {
    let mut session = Session::new(Limits::default(), Charset::default());
    let mut command = Vec::new();
    session.start(&InterfaceCounters::print(), &mut command);
    let before = thread_cpu();
    let mut rows: Vec<InterfaceCounters> = Vec::new();
    let mut done = false;
    while !done {
        let buffer = session.buffer();
        let start = buffer.len();
        buffer.resize(start + READ, 0);
        let read = (&feed.socket).read(&mut buffer[start..]).expect("the feed goes on");
        buffer.truncate(start + read);
        let at = Instant::now();
        session
            .process(|event| match event {
                Event::Row { row, .. } => rows.extend(InterfaceCounters::from_row(row, at)),
                Event::End { .. } => done = true,
                Event::Fatal { reason } => panic!("fatal: {reason}"),
            })
            .expect("the feed is well formed");
    }
    let used = (thread_cpu() - before).as_secs_f64() * 1e3;
    (used, rows.len())
}
