//! Whole replies: of 50,000 rows, 20 times, none is lost.

use integration_tests::isp::Router;
use integration_tests::report::Report;
use secrecy::SecretString;
use std::collections::HashSet;
use std::time::Duration;
use tikwatch::domain::interface::InterfaceCounters;
use tikwatch::domain::resource::Resource as _;
use tikwatch::routeros::Command;
use tikwatch::routeros::client::{Client, ClientOptions};
use tikwatch::routeros::stream::{Endpoint, Tls, connect};

/// Rows wanted in each reply, so many that they cross every buffer's end somewhere.
const ROWS: usize = 50_000;

pub(super) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let router = Router::start(tikwatch::simulator::RouterPlan {
        online: 1.0,
        ..integration_tests::isp::calm(ROWS + ROWS / 5)
    })
    .await?;
    let endpoint =
        Endpoint { host: router.address.ip().to_string(), port: router.address.port(), tls: Tls::Off };
    let connected = connect(&endpoint, Duration::from_secs(10)).await?;
    let password = SecretString::from("x");
    let mut client =
        Client::sign_in(connected, "monitor", &password, ClientOptions::default(), Duration::from_secs(60))
            .await?;
    let count = Command::new("/interface/print").attribute("count-only", "");
    let told = client.ask(&count, |_| {}).await?;
    let expected: u64 = std::str::from_utf8(&told.ret.unwrap_or_default())?.parse()?;
    anyhow::ensure!(ROWS as u64 <= expected, "the router has {expected} interfaces only");
    let mut lost = 0;
    for _ in 0..20 {
        let mut ids = HashSet::new();
        let outcome = client
            .ask(&InterfaceCounters::print(), |row| {
                ids.extend(row.bytes(".id").map(<[u8]>::to_vec));
            })
            .await?;
        lost += expected.abs_diff(outcome.rows) + expected.abs_diff(ids.len() as u64);
    }
    let measured = format!("{lost} (replies of {expected} rows)");
    report.hold("rows lost in a reply of 50,000 rows, 20 in a row", "0", &measured, lost == 0);
    Ok(())
}
