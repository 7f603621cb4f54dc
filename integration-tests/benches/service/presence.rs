//! From the router to the browser: a session that is dropped is offline on the event stream.

use anyhow::Context as _;
use integration_tests::isp::Router;
use integration_tests::report::{Report, percentile};
use integration_tests::service::{PATIENCE, Service, online};
use integration_tests::stream::Events;
use std::time::{Duration, Instant};

pub(super) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let router = Router::calm(1_500).await?;
    let service = Service::watch(&[router.address])?;
    service.wait_for("/api/pppoe_interfaces", |answer| 1_000 < online(answer)).await?;
    let mut events = Events::open(&service, "presence").await?;
    events.next(PATIENCE).await?.context("a greeting")?;
    let drops = report.size().pick(60, 400);
    let names = router.online();
    let mut delays = Vec::new();
    let mut lost = 0;
    for name in names.iter().take(drops) {
        let dropped = Instant::now();
        anyhow::ensure!(router.router.drop_session(name), "{name} was online");
        let found = events
            .wait_for(Duration::from_secs(10), "presence", |data| {
                data["name"] == name.as_str() && data["state"] == "offline"
            })
            .await;
        match found {
            Ok(event) => delays.push((event.at - dropped).as_secs_f64() * 1e3),
            Err(_) => lost += 1,
        }
    }
    report.hold(
        "dropped sessions that never became offline on the stream",
        "0",
        &lost.to_string(),
        lost == 0,
    );
    let (p50, p99) = (percentile(&mut delays, 0.5), percentile(&mut delays, 0.99));
    let measured = format!("p99 {p99:.1} ms, median {p50:.1} ms, of {drops} drops");
    report.measure(
        "a session dropped in the simulator is offline on the event stream, 1,500 subscribers",
        "p99 under 250 ms",
        &measured,
        p99 < 250.0,
    );
    Ok(())
}
