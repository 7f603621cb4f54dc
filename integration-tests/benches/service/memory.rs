//! The memory of a service that watches 50,000 sessions.

use integration_tests::isp::{Router, calm};
use integration_tests::report::Report;
use integration_tests::service::{Service, online};
use std::time::Duration;
use tikwatch::simulator::RouterPlan;

pub(super) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let sessions = report.size().pick(10_000, 50_000);
    let plan = RouterPlan { online: 1.0, ..calm(sessions + sessions / 10) };
    let router = Router::start(plan).await?;
    let service = Service::watch(&[router.address])?;
    let all = router.router.session_count();
    let answer = service
        .wait_for("/api/pppoe_interfaces", |answer| {
            answer["pppoe_interfaces"].as_array().is_some_and(|rows| rows.len() == all)
        })
        .await?;
    anyhow::ensure!(sessions as u64 <= online(&answer), "{} online", online(&answer));
    let mut most = 0;
    for _ in 0..report.size().pick(10, 60) {
        tokio::time::sleep(Duration::from_secs(1)).await;
        most = most.max(service.memory()?);
    }
    let what = format!("memory of the service watching {sessions} sessions (most in a while)");
    let measured = format!("{:.0} MB with {all} sessions", most as f64 / 1e6);
    report.hold(&what, "under 200 MB", &measured, most < 200_000_000);
    Ok(())
}
