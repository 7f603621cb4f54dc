//! A router that is killed and comes back.

use integration_tests::isp::Router;
use integration_tests::report::{Report, percentile};
use integration_tests::service::{Service, count, online};
use std::time::{Duration, Instant};

pub(super) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let mut router = Router::calm(300).await?;
    let service = Service::watch(&[router.address])?;
    service.wait_for("/api/pppoe_interfaces", |answer| 200 < online(answer)).await?;
    let times = report.size().pick(5, 20);
    let mut delays = Vec::new();
    let mut offline = 0;
    for _ in 0..times {
        router.kill();
        let lost =
            service.wait_for("/api/pppoe_interfaces", |answer| 0 < count(answer, "unknown_accounts")).await?;
        // An unreachable router turns nobody offline.
        offline += count(&lost, "offline_accounts");
        router.revive().await?;
        let back = Instant::now();
        service.wait_for("/api/pppoe_interfaces", |answer| 200 < online(answer)).await?;
        delays.push(back.elapsed().as_secs_f64());
    }
    let worst = percentile(&mut delays, 1.0);
    let measured = format!("worst {worst:.2} s, median {:.2} s, of {times}", percentile(&mut delays, 0.5));
    let what = format!("router killed and back, {times} times: live again");
    report.hold(&what, "within 5 s each time", &measured, worst < 5.0);
    report.hold("subscribers called offline for an outage", "0", &offline.to_string(), offline == 0);
    // Wait until the second connection of the last round has signed in as well.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let counters = router.router.counters();
    let measured = format!("{} sign-ins on {} connections", counters.sign_ins, counters.connections_total);
    let held = counters.sign_ins == counters.connections_total && counters.failed_sign_ins == 0;
    report.hold("sign-ins a connection", "one", &measured, held);
    Ok(())
}
