//! What it costs to read the counters of 50,000 sessions into typed rows, against reading the same bytes from the
//! socket and throwing them away, in the same run.

use integration_tests::feed::{self, Feed};
use integration_tests::report::{
    Report, Size, on_one_core, percentile, thread_cpu, thread_milliseconds_since,
};
use std::process::ExitCode;
use std::sync::Arc;
use tikwatch::domain::interface::InterfaceCounters;

const SESSIONS: usize = 50_000;
const STRETCHES: usize = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let size = Size::from_arguments();
    let mut report = Report::new(size);
    let rounds = size.pick(10, 40);
    let target = "at most 4 times";
    let what = "parse of 50,000 /interface rows into typed rows, against the discard loop";
    // What the router's side does on another core changes what reading costs by half, for seconds on end: it warms or
    // cools what the cores share. On one core the two loops differ in nothing but the parsing.
    let beside = compare(&mut Feed::open()?, rounds).await?;
    report.tell(&format!("{what}, the writer on another core"), target, &beside.to_string());
    on_one_core()?;
    let alone = compare(&mut Feed::open()?, rounds).await?;
    report.hold(&format!("{what}, on one core"), target, &alone.to_string(), alone.ratio <= 4.0);
    Ok(report.finish())
}

/// Medians of several stretches: processor time of the reading thread.
struct Compared {
    ratio: f64,
    parse_ms: f64,
    discard_ms: f64,
    bytes: usize,
    rounds: usize,
}

async fn compare(feed: &mut Feed, rounds: usize) -> anyhow::Result<Compared> {
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
    Ok(Compared {
        ratio: percentile(&mut ratios, 0.5),
        parse_ms: percentile(&mut parse_times, 0.5),
        discard_ms: percentile(&mut discard_times, 0.5),
        bytes,
        rounds,
    })
}

impl std::fmt::Display for Compared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { ratio, parse_ms, discard_ms, bytes, rounds } = self;
        let megabytes = *bytes as f64 / 1e6;
        write!(
            f,
            "{ratio:.2} times ({parse_ms:.1} ms of CPU against {discard_ms:.1} ms for {megabytes:.1} MB, medians of \
             {STRETCHES} times {rounds} rounds)"
        )
    }
}
