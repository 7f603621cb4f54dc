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

use integration_tests::report::{Report, Size};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut report = Report::new(Size::from_arguments());
    // Names of measurements, to take these only.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    if is_wanted("replies") {
        replies::measure(&mut report).await?;
    }
    if is_wanted("presence") {
        presence::measure(&mut report).await?;
    }
    if is_wanted("rates") {
        rates::measure(&mut report).await?;
    }
    if is_wanted("outage") {
        outage::measure(&mut report).await?;
    }
    if is_wanted("browsers") {
        browsers::measure(&mut report).await?;
    }
    if is_wanted("lists") {
        lists::measure(&mut report).await?;
    }
    if is_wanted("memory") {
        memory::measure(&mut report).await?;
    }
    if is_wanted("idle") {
        idle::measure(&mut report).await?;
    }
    Ok(report.finish())
}
