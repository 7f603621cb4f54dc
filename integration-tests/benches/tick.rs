//! What one whole tick costs: the counters of every session and, as in the reconciliation of each minute, every
//! session itself are read from a socket, parsed, joined, made into rates and published as a snapshot.

use integration_tests::feed::{self, Feed};
use integration_tests::report::{Report, Size, percentile, thread_cpu};
use jiff::Timestamp;
use std::io::Read as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tikwatch::domain::interface::InterfaceCounters;
use tikwatch::domain::monitoring::{Keep, Monitoring};
use tikwatch::domain::ppp::ActiveSession;
use tikwatch::domain::resource::Resource;
use tikwatch::domain::router::{Link, RouterName};
use tikwatch::domain::snapshot::{Reading, Snapshot};
use tikwatch::domain::time::Moment;
use tikwatch::routeros::session::{Event, Session};
use tikwatch::routeros::{Charset, Limits};
use tokio::sync::watch;

const READ: usize = 128 << 10;

fn main() -> ExitCode {
    let size = Size::from_arguments();
    let mut report = Report::new(size);
    let rounds = size.pick(7, 15);
    let costs: Vec<(usize, f64, f64)> =
        [1_000, 10_000, 50_000, 200_000].into_iter().map(|n| measure(n, rounds)).collect();
    for (sessions, plain, whole) in &costs {
        let what = format!("one tick at {sessions} sessions");
        let measured = format!("{whole:.2} ms of CPU ({plain:.2} ms without reading the sessions anew)");
        if *sessions == 50_000 {
            report.measure(&what, "at most 40 ms of CPU", &measured, *whole <= 40.0);
        } else {
            report.measure(&what, "told", &measured, true);
        }
    }
    let exponent = |cost: fn(&(usize, f64, f64)) -> f64| {
        let ends = costs.first().zip(costs.last()).expect("there are four sizes");
        (cost(ends.1) / cost(ends.0)).ln() / (ends.1.0 as f64 / ends.0.0 as f64).ln()
    };
    let whole = exponent(|cost| cost.2);
    let measured = format!("{whole:.3} ({:.3} without reading the sessions anew)", exponent(|cost| cost.1));
    report.hold(
        "growth of the tick from 1,000 to 200,000 sessions",
        "exponent at most 1.05",
        &measured,
        whole <= 1.05,
    );
    report.finish()
}

/// The median CPU time in milliseconds of ticks at this many sessions: counters only, and with all sessions read.
fn measure(sessions: usize, rounds: usize) -> (usize, f64, f64) {
    let feed = Feed::open().expect("loopback works");
    let mut session = Session::new(Limits::default(), Charset::default());
    let start = Moment::new(Instant::now(), Timestamp::now());
    let mut monitoring = Monitoring::new(RouterName::new("bench").expect("a valid name"));
    monitoring.link(Link::Live { since: start, protection: "bench" }, start);
    let (cell, reader) = watch::channel(monitoring.snapshot(start));
    let mut command = 0;
    let (mut plain, mut whole) = (Vec::new(), Vec::new());
    // The first rounds make the subscribers known and the memory warm.
    let warm_up = 3;
    for round in 0..rounds + warm_up {
        // Virtual time: a poll each five seconds, however long the round takes here.
        let at = start.plus(Duration::from_secs(5 * round as u64));
        command += 2;
        let people = Arc::new(feed::sessions(sessions, command - 1));
        let counters = Arc::new(feed::counters(sessions, command, round as u64));

        let people_cost = spend(|| {
            let rows: Vec<ActiveSession> = ask(&feed, &mut session, &people, at.instant);
            keep(&mut monitoring, rows, at);
        });
        let counters_cost = spend(|| {
            let rows: Vec<InterfaceCounters> = ask(&feed, &mut session, &counters, at.instant);
            keep(&mut monitoring, rows, at);
            cell.send_replace(monitoring.snapshot(at));
        });
        monitoring.take_changes();
        check(&reader.borrow(), sessions, round);
        if warm_up <= round {
            plain.push(counters_cost);
            whole.push(counters_cost + people_cost);
        }
    }
    (sessions, percentile(&mut plain, 0.5), percentile(&mut whole, 0.5))
}

/// The rates must be right, or the cost means nothing.
fn check(snapshot: &Snapshot, sessions: usize, round: usize) {
    assert_eq!((snapshot.counts.online, snapshot.sessions), (sessions, sessions));
    if 0 < round {
        let download = snapshot.download.expect("two readings give a rate").0;
        let expected = sessions as f64 * 6_250_000.0 * 8.0 / 5.0;
        assert!(
            (download / expected - 1.0).abs() < 1e-6,
            "{download} instead of {expected} in round {round}"
        );
    }
}

fn keep<R>(monitoring: &mut Monitoring, rows: Vec<R>, at: Moment)
where
    Monitoring: Keep<R>,
{
    monitoring.keep(Reading { at, rows, partial: false, except: Vec::new() });
}

fn ask<R: Resource>(feed: &Feed, session: &mut Session, reply: &Arc<Vec<u8>>, at: Instant) -> Vec<R> {
    let mut command = Vec::new();
    session.start(&R::print(), &mut command);
    feed.send(reply);
    let mut rows = Vec::new();
    let mut done = false;
    while !done {
        let buffer = session.buffer();
        let start = buffer.len();
        buffer.resize(start + READ, 0);
        let read = (&feed.socket).read(&mut buffer[start..]).expect("the feed goes on");
        buffer.truncate(start + read);
        session
            .process(|event| match event {
                Event::Row { row, .. } => rows.extend(R::from_row(row, at)),
                Event::End { .. } => done = true,
                Event::Fatal { reason } => panic!("fatal: {reason}"),
            })
            .expect("the feed is well formed");
    }
    rows
}

fn spend(work: impl FnOnce()) -> f64 {
    let before = thread_cpu();
    work();
    (thread_cpu() - before).as_secs_f64() * 1e3
}
