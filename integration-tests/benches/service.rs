//! What the running program does for its users, measured from outside: losses, delays, errors of rates, memory,
//! reconnection, politeness towards routers. The routers are simulated in this process, on loopback sockets.

mod browsers;
mod idle;
mod memory;
mod outage;
mod presence;
mod rates;
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
    memory::measure(&mut report).await?;
    idle::measure(&mut report).await?;
    Ok(report.finish())
}
