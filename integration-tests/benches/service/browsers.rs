//! One browser or fifty: the router does not notice.

use integration_tests::isp::Router;
use integration_tests::report::Report;
use integration_tests::service::{Service, online};
use integration_tests::stream::Events;
use std::time::Duration;

pub(super) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let router = Router::calm(1_000).await?;
    let service = Service::watch(&[router.address])?;
    service.wait_for("/api/pppoe_interfaces", |answer| 600 < online(answer)).await?;
    // Past the first round of everything, so that both windows hold the regular polls only.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let window = Duration::from_secs(report.size().pick(20, 60));
    let one = commands_with(&service, &router, 1, window).await?;
    let fifty = commands_with(&service, &router, 50, window).await?;
    let measured = format!("{one} with one, {fifty} with fifty, in {} s each", window.as_secs());
    // A poll of each kind may fall to either side of a window's edge.
    report.hold(
        "API requests to the router, one browser or fifty",
        "the same number",
        &measured,
        one.abs_diff(fifty) <= 14,
    );
    let sessions = router.router.counters().connections_open;
    report.hold("sessions on the router", "at most 2", &sessions.to_string(), sessions <= 2);
    Ok(())
}

/// Commands that the router answers while this many browsers watch live tables and reload pages.
async fn commands_with(
    service: &Service,
    router: &Router,
    browsers: usize,
    window: Duration,
) -> anyhow::Result<u64> {
    let before = router.router.counters().commands;
    futures_util::future::try_join_all((0..browsers).map(|_| watch(service, window))).await?;
    Ok(router.router.counters().commands - before)
}

/// One browser: a live stream, and pages that are opened again and again.
async fn watch(service: &Service, window: Duration) -> anyhow::Result<()> {
    let mut events = Events::open(service, "presence,routers,totals").await?;
    let until = tokio::time::Instant::now() + window;
    while tokio::time::Instant::now() < until {
        service.text("/subscribers?sort=-down").await?;
        service.json("/api/pppoe_interfaces").await?;
        events.next(Duration::from_secs(30)).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    Ok(())
}
