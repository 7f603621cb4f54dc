//! What the running program withstands, measured from outside: floods, slowness, guesses. An honest person asks all the
//! while, at a human pace. Routers are simulated in this process; everybody has an address of their own in 127.0.0.0/8.

#[path = "siege/flood.rs"]
mod flood;
#[path = "siege/guesses.rs"]
mod guesses;
#[path = "siege/held.rs"]
mod held;
#[path = "siege/honest.rs"]
mod honest;
#[path = "siege/line.rs"]
mod line;
#[path = "siege/slow.rs"]
mod slow;
#[path = "siege/timing.rs"]
mod timing;

use integration_tests::isp::Router;
use integration_tests::report::{Report, Size};
use integration_tests::service::{Service, online};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?;
    let mut report = Report::new(Size::from_arguments());
    let subscribers = report.size().pick(2_000, 10_000);
    let router = Router::calm(subscribers).await?;
    let service = Service::watch(&[router.address])?;
    service.wait_for("/api/pppoe_interfaces", |answer| subscribers as u64 / 2 < online(answer)).await?;
    if report.wants("flood") {
        flood::measure(&mut report, &service).await?;
    }
    if report.wants("slow") {
        slow::measure(&mut report, &service).await?;
    }
    if report.wants("guesses") {
        guesses::measure(&mut report, &service).await?;
    }
    if report.wants("timing") {
        timing::measure(&mut report, &service).await?;
    }
    Ok(report.finish())
}
