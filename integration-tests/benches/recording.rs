//! What it costs to record: processor time beside a service that does not, and the size of the file.

use anyhow::Context as _;
use integration_tests::isp::Router;
use integration_tests::report::{Report, Size};
use integration_tests::service::{Service, online};
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;
use tikwatch::simulator::RouterPlan;

/// The first whole tables are written by then, and each menu was read more than once.
const SETTLED: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let size = Size::from_arguments();
    let mut report = Report::new(size);
    let (subscribers, seconds) = size.pick((1_000, 20), (10_000, 180));
    // Sessions come and go, one in a hundred each minute.
    let router = Router::start(RouterPlan { subscribers, ..RouterPlan::default() }).await?;
    let service = |record: bool| {
        let router = json!({
            "name": "r1", "host": "127.0.0.1", "port": router.address.port(), "username": "monitor",
            "password": "x", "poll_seconds": 5, "record": record,
        });
        Service::start(&json!({ "routers": [router] }), &[])
    };
    let (recording, plain) = (service(true)?, service(false)?);
    for one in [&recording, &plain] {
        one.wait_for("/api/pppoe_interfaces", |answer| subscribers as u64 / 2 < online(answer)).await?;
    }
    tokio::time::sleep(SETTLED).await;
    let before = (recording.cpu()?, plain.cpu()?, file_size(&recording)?);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let after = (recording.cpu()?, plain.cpu()?, file_size(&recording)?);

    let (recording, plain) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
    let more = recording.as_secs_f64() - plain.as_secs_f64();
    let (of_a_core, of_the_service) = (more / seconds as f64 * 100.0, more / plain.as_secs_f64() * 100.0);
    report.measure(
        "processor time of recording 10,000 subscribers at a 5 s poll",
        "under 3 % of a core",
        &format!(
            "{of_a_core:.2} % of a core ({subscribers} subscribers, {seconds} s: {:.2} s with, {:.2} s without, \
             {of_the_service:.0} % more)",
            recording.as_secs_f64(),
            plain.as_secs_f64()
        ),
        of_a_core < 3.0,
    );
    let bytes = (after.2 - before.2) as f64 * 3600.0 / seconds as f64 / subscribers as f64;
    report.measure(
        "size of a recording at a 5 s poll",
        "told in the README",
        &format!("{bytes:.0} bytes per subscriber and hour"),
        0.0 < bytes,
    );
    Ok(report.finish())
}

/// The size of all files of the recording, in bytes.
fn file_size(service: &Service) -> anyhow::Result<u64> {
    let folder = service.folder().join("data/recordings");
    let sizes = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.metadata()?.len()));
    let size = sizes.sum::<std::io::Result<u64>>()?;
    (0 < size).then_some(size).context("nothing was recorded")
}
