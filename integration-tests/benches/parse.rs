//! What it costs to read the counters of 50,000 sessions into typed rows, against reading the same bytes from the
//! socket and throwing them away, in the same run.

use integration_tests::feed::{self, Feed};
use integration_tests::report::{Report, Size, percentile, thread_cpu, thread_milliseconds_since};
use std::process::ExitCode;
use std::sync::Arc;
use tikwatch::domain::interface::InterfaceCounters;

const SESSIONS: usize = 50_000;
const STRETCHES: usize = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let size = Size::from_arguments();
    let mut report = Report::new(size);
    let mut feed = Feed::open()?;
    let rounds = size.pick(10, 40);

    // Which core the writing thread runs on changes what reading costs by half, for seconds on end: the ratio is the
    // median of several stretches.
    let (mut ratios, mut parse_times, mut discard_times, mut command) =
        (Vec::new(), Vec::new(), Vec::new(), 0);
    let mut bytes = 0;
    for _ in 0..STRETCHES {
        let (mut discarded, mut parsed) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            command += 1;
            let reply = Arc::new(feed::counters(SESSIONS, command, 0));
            bytes = reply.len();
            let before = thread_cpu();
            feed.discard(&reply).await?;
            discarded.push(thread_milliseconds_since(before));

            let before = thread_cpu();
            let rows: Vec<InterfaceCounters> = feed.ask(&reply, SESSIONS, None).await?;
            parsed.push(thread_milliseconds_since(before));
            anyhow::ensure!(rows.len() == SESSIONS, "{} rows for command {command}", rows.len());
        }
        let (discard, parse) = (percentile(&mut discarded, 0.5), percentile(&mut parsed, 0.5));
        ratios.push(parse / discard);
        discard_times.push(discard);
        parse_times.push(parse);
    }
    let ratio = percentile(&mut ratios, 0.5);
    let measured = format!(
        "{ratio:.2} times ({:.1} ms of CPU against {:.1} ms for {:.1} MB, medians of {STRETCHES} times {rounds} rounds)",
        percentile(&mut parse_times, 0.5),
        percentile(&mut discard_times, 0.5),
        bytes as f64 / 1e6
    );
    let (target, most) = ("at most 4 times", 4.0);
    let what = "parse of 50,000 /interface rows into typed rows, against the discard loop";
    report.hold(what, target, &measured, ratio <= most);
    Ok(report.finish())
}
