//! What the running program does for its users, measured from outside: losses, delays, errors of rates, memory,
//! lists, reconnection, politeness towards routers. The routers are simulated in this process, on loopback sockets.

#[path = "service/browsers.rs"]
mod browsers;
#[path = "service/idle.rs"]
mod idle;
#[path = "service/lists.rs"]
mod lists;
#[path = "service/memory.rs"]
mod memory;
#[path = "service/outage.rs"]
mod outage;
#[path = "service/presence.rs"]
mod presence;
#[path = "service/rates.rs"]
mod rates;
#[path = "service/replies.rs"]
mod replies;
#[path = "service/tables.rs"]
mod tables;

use integration_tests::report::{Report, Size};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut report = Report::new(Size::from_arguments());
    if report.wants("replies") {
        replies::measure(&mut report).await?;
    }
    if report.wants("presence") {
        presence::measure(&mut report).await?;
    }
    if report.wants("rates") {
        rates::measure(&mut report).await?;
    }
    if report.wants("outage") {
        outage::measure(&mut report).await?;
    }
    if report.wants("browsers") {
        browsers::measure(&mut report).await?;
    }
    if report.wants("tables") {
        tables::measure(&mut report).await?;
    }
    if report.wants("lists") {
        lists::measure(&mut report).await?;
    }
    if report.wants("memory") {
        memory::measure(&mut report).await?;
    }
    if report.wants("idle") {
        idle::measure(&mut report).await?;
    }
    Ok(report.finish())
}
