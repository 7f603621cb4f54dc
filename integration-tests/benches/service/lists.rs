//! How long the large lists take at 50,000 subscribers, and what it saves that each is written once for all who ask.

use anyhow::Context as _;
use integration_tests::isp::{Router, calm};
use integration_tests::report::{Report, percentile};
use integration_tests::service::{Service, online};
use serde_json::Value;
use std::time::{Duration, Instant};
use tikwatch::simulator::RouterPlan;

/// Questions of each kind.
const TIMES: usize = 20;

pub(super) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let sessions = report.size().pick(10_000, 50_000);
    let plan = RouterPlan { online: 1.0, ..calm(sessions + sessions / 10) };
    let router = Router::start(plan).await?;
    let service = Service::watch(&[router.address])?;
    service.wait_for("/api/pppoe_interfaces", |answer| sessions as u64 <= online(answer)).await?;

    let mut times = Vec::new();
    for _ in 0..TIMES {
        times.push(timed(&service, "/api/v1/subscribers?sort=-down", "identity").await?.0);
    }
    tell(report, "first page of /api/v1/subscribers, 100 rows by rate", &mut times);
    leaf(report, &service, sessions).await?;

    for encoding in ["identity", "gzip", "zstd"] {
        let (mut firsts, mut seconds, mut bytes) = (Vec::new(), Vec::new(), 0);
        for _ in 0..report.size().pick(3, 5) {
            // What was written for somebody is good for a second.
            tokio::time::sleep(Duration::from_millis(1_100)).await;
            let (first, length) = timed(&service, "/api/pppoe_interfaces", encoding).await?;
            let (second, _) = timed(&service, "/api/pppoe_interfaces", encoding).await?;
            firsts.push(first);
            seconds.push(second);
            bytes = length;
        }
        let (first, second) = (percentile(&mut firsts, 0.5), percentile(&mut seconds, 0.5));
        let what = format!("/api/pppoe_interfaces ({encoding}), first request and the next, medians");
        let measured = format!("{first:.1} ms, then {second:.1} ms ({:.2} MB)", bytes as f64 / 1e6);
        report.tell(&what, "told", &measured);
    }
    for encoding in ["identity", "zstd"] {
        let (took, bytes) = timed(&service, "/api/export", encoding).await?;
        let measured = format!("{took:.0} ms ({:.1} MB)", bytes as f64 / 1e6);
        report.tell(&format!("/api/export ({encoding}), {sessions} sessions, once"), "told", &measured);
    }
    Ok(())
}

/// Leafs through all subscribers by cursor, 1,000 rows at a time.
async fn leaf(report: &mut Report, service: &Service, sessions: usize) -> anyhow::Result<()> {
    let (mut times, mut rows, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let path = format!("/api/v1/subscribers?limit=1000&cursor={cursor}");
        let began = Instant::now();
        let page = service.json(&path).await?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
        rows += page.get("subscribers").and_then(Value::as_array).context("no rows")?.len();
        match page.pointer("/meta/cursor").and_then(Value::as_str) {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    report.hold(
        "subscribers found by leafing, of those who are online",
        "all",
        &rows.to_string(),
        sessions <= rows,
    );
    tell(report, "page of 1,000 rows of /api/v1/subscribers by cursor, read as JSON", &mut times);
    Ok(())
}

/// How long an answer takes until its last byte, in milliseconds, and how many bytes come.
async fn timed(service: &Service, path: &str, encoding: &str) -> anyhow::Result<(f64, usize)> {
    let began = Instant::now();
    let request = service.client().get(format!("{}{path}", service.url)).header("accept-encoding", encoding);
    let answer = request.send().await?.error_for_status()?;
    let length = answer.bytes().await?.len();
    Ok((began.elapsed().as_secs_f64() * 1e3, length))
}

fn tell(report: &mut Report, what: &str, times: &mut [f64]) {
    let count = times.len();
    let (middle, worst) = (percentile(times, 0.5), percentile(times, 1.0));
    report.tell(what, "told", &format!("median {middle:.1} ms, worst {worst:.1} ms of {count}"));
}
