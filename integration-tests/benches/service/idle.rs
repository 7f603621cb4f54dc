//! The first command after a minute of silence costs a round trip and little more.

use integration_tests::isp::Router;
use integration_tests::report::{Report, percentile};
use secrecy::SecretString;
use std::time::{Duration, Instant};
use tikwatch::routeros::Command;
use tikwatch::routeros::client::{Client, ClientOptions};
use tikwatch::routeros::stream::{Endpoint, Tls, connect};

pub(super) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let router = Router::calm(50).await?;
    let endpoint =
        Endpoint { host: router.address.ip().to_string(), port: router.address.port(), tls: Tls::Off };
    let connected = connect(&endpoint, Duration::from_secs(10)).await?;
    let (password, deadline) = (SecretString::from("x"), Duration::from_secs(10));
    let mut client =
        Client::sign_in(connected, "monitor", &password, ClientOptions::default(), deadline).await?;
    let identity = Command::new("/system/identity/print").proplist("name");
    let mut busy = Vec::new();
    for _ in 0..200 {
        let asked = Instant::now();
        client.ask(&identity, |_| {}).await?;
        busy.push(asked.elapsed().as_secs_f64() * 1e3);
    }
    let round_trip = percentile(&mut busy, 0.5);
    let pause = Duration::from_secs(report.size().pick(3, 60));
    let mut after = Vec::new();
    for _ in 0..3 {
        tokio::time::sleep(pause).await;
        let asked = Instant::now();
        client.ask(&identity, |_| {}).await?;
        after.push(asked.elapsed().as_secs_f64() * 1e3);
    }
    let first = percentile(&mut after, 0.5);
    let what = format!("first command after {} idle seconds", pause.as_secs());
    let measured = format!("{first:.2} ms (round trip {round_trip:.2} ms), median of 3");
    report.measure(&what, "round trip plus 2 ms", &measured, first <= round_trip + 2.0);
    Ok(())
}
