//! What one whole tick costs: the counters of every session and, as in the reconciliation of each minute, every
//! session itself are read from a socket, parsed, joined, made into rates and published as a snapshot.

use integration_tests::feed::{self, Feed};
use integration_tests::report::{Report, Size, percentile, thread_cpu, thread_milliseconds_since};
use jiff::Timestamp;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tikwatch::domain::interface::InterfaceCounters;
use tikwatch::domain::monitoring::{Keep, Monitoring};
use tikwatch::domain::ppp::ActiveSession;
use tikwatch::domain::router::{Link, RouterName};
use tikwatch::domain::snapshot::{Reading, Snapshot};
use tikwatch::domain::time::Moment;
use tikwatch::routeros::stream::Protection;
use tokio::sync::watch;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let size = Size::from_arguments();
    let mut report = Report::new(size);
    let rounds = size.pick(7, 15);
    let mut costs = Vec::new();
    for sessions in [1_000, 10_000, 50_000, 200_000] {
        costs.push(measure(sessions, rounds).await?);
    }
    for (sessions, plain, whole) in &costs {
        let what = format!("one tick at {sessions} sessions");
        let measured = format!("{whole:.2} ms of CPU ({plain:.2} ms without reading the sessions anew)");
        if *sessions == 50_000 {
            report.measure(&what, "at most 40 ms of CPU", &measured, *whole <= 40.0);
        } else {
            report.measure(&what, "told", &measured, true);
        }
    }
    let (Some(smallest), Some(largest)) = (costs.first(), costs.last()) else { anyhow::bail!("no sizes") };
    let exponent = |cost: fn(&(usize, f64, f64)) -> f64| {
        (cost(largest) / cost(smallest)).ln() / (largest.0 as f64 / smallest.0 as f64).ln()
    };
    let whole = exponent(|cost| cost.2);
    let measured = format!("{whole:.3} ({:.3} without reading the sessions anew)", exponent(|cost| cost.1));
    // Held at full size: on a shared machine whose caches others fill, small samples gave 0.94 on one day, 1.07 on another.
    report.measure(
        "growth of the tick from 1,000 to 200,000 sessions",
        "exponent at most 1.05",
        &measured,
        whole <= 1.05,
    );
    Ok(report.finish())
}

/// The median CPU time in milliseconds of ticks at this many sessions: counters only, and with all sessions read.
async fn measure(sessions: usize, rounds: usize) -> anyhow::Result<(usize, f64, f64)> {
    let mut feed = Feed::open()?;
    let start = Moment::new(Instant::now(), Timestamp::now());
    let mut monitoring = Monitoring::new(RouterName::new("bench")?);
    monitoring.link(Link::Live { since: start, protection: Protection::Clear }, start);
    let (cell, reader) = watch::channel(monitoring.snapshot(start));
    let mut command = 0;
    let (mut plain, mut whole) = (Vec::new(), Vec::new());
    // The first rounds make the subscribers known and the memory warm.
    let warm_up = 3;
    for round in 0..rounds + warm_up {
        // Virtual time: a poll each five seconds, however long the round takes here.
        let at = start.plus(Duration::from_secs(5 * round as u64));
        command += 2;
        let people = Arc::new(feed::sessions(sessions, command - 1, round as u64));
        let counters = Arc::new(feed::counters(sessions, command, round as u64));

        let before = thread_cpu();
        let rows: Vec<ActiveSession> = feed.ask(&people, sessions, Some(at.instant)).await?;
        keep(&mut monitoring, rows, at);
        let people_cost = thread_milliseconds_since(before);

        let before = thread_cpu();
        let rows: Vec<InterfaceCounters> = feed.ask(&counters, sessions, Some(at.instant)).await?;
        keep(&mut monitoring, rows, at);
        cell.send_replace(monitoring.snapshot(at));
        let counters_cost = thread_milliseconds_since(before);
        monitoring.take_changes();
        check(&reader.borrow(), sessions, round);
        if warm_up <= round {
            plain.push(counters_cost);
            whole.push(counters_cost + people_cost);
        }
    }
    Ok((sessions, percentile(&mut plain, 0.5), percentile(&mut whole, 0.5)))
}

/// The rates must be right, or the cost means nothing.
fn check(snapshot: &Snapshot, sessions: usize, round: usize) {
    assert_eq!((snapshot.counts.online, snapshot.sessions), (sessions, sessions));
    if 0 < round {
        let download = snapshot.download.map_or(f64::NAN, |download| download.0);
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
