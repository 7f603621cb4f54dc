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
    replies::measure(&mut report).await?;
    presence::measure(&mut report).await?;
    rates::measure(&mut report).await?;
    outage::measure(&mut report).await?;
    browsers::measure(&mut report).await?;
    lists::measure(&mut report).await?;
    memory::measure(&mut report).await?;
    idle::measure(&mut report).await?;
    Ok(report.finish())
}
