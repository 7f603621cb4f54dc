//! What it costs to read the counters of 50,000 sessions into typed rows, against reading the same bytes from the
//! socket and throwing them away, in the same run.

use integration_tests::feed::{self, Feed};
use integration_tests::report::{Report, Size, percentile, thread_cpu, thread_milliseconds_since};
use std::process::ExitCode;
use std::sync::Arc;
use tikwatch::domain::interface::InterfaceCounters;

const SESSIONS: usize = 50_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let size = Size::from_arguments();
    let mut report = Report::new(size);
    let mut feed = Feed::open()?;
    let rounds = size.pick(30, 200);

    let (mut discarded, mut parsed) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for round in 1..=rounds {
        let reply = Arc::new(feed::counters(SESSIONS, round, 0));
        bytes = reply.len();
        let before = thread_cpu();
        feed.discard(&reply).await?;
        discarded.push(thread_milliseconds_since(before));

        let before = thread_cpu();
        let rows: Vec<InterfaceCounters> = feed.ask(&reply, SESSIONS, None).await?;
        parsed.push(thread_milliseconds_since(before));
        anyhow::ensure!(rows.len() == SESSIONS, "{} rows in round {round}", rows.len());
    }
    let (discard, parse) = (percentile(&mut discarded, 0.5), percentile(&mut parsed, 0.5));
    let ratio = parse / discard;
    let measured = format!(
        "{ratio:.2} times ({parse:.1} ms of CPU against {discard:.1} ms for {:.1} MB, medians of {rounds} rounds)",
        bytes as f64 / 1e6
    );
    // The discard loop's time swings with what else the machine does; small runs, beside other work, are held to a
    // looser ratio, which a real loss of speed still exceeds.
    let (target, most) = size.pick(("at most 6 times (4 at full size)", 6.0), ("at most 4 times", 4.0));
    let what = "parse of 50,000 /interface rows into typed rows, against the discard loop";
    report.hold(what, target, &measured, ratio <= most);
    Ok(report.finish())
}
