//! Floods from 127.0.0.2: as many requests as go over several hundred connections, each kind for a while.
//!
//! `wrk` is no help here: it cannot be told from which address to come, and whatever comes from 127.0.0.1 pays from the
//! budget of the honest client.

use super::honest::Honest;
use super::line::{Answers, address, ask, connect};
use anyhow::ensure;
use integration_tests::report::Report;
use integration_tests::service::Service;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

const CONNECTIONS: usize = 400;
const FROM: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// What a flood is made of.
#[derive(Clone, Copy)]
enum Flood {
    /// This path again and again, with further headers.
    Kept(&'static str, &'static str),
    /// The start page of another host, again and again.
    Foreign,
    /// This path, each time over a new connection.
    Anew(&'static str),
    /// What is no HTTP at all, each time over a new connection.
    Garbage,
}

#[derive(Default)]
struct Counts {
    all: AtomicU64,
    refused: AtomicU64,
}

pub(super) async fn measure(report: &mut Report, service: &Service) -> anyhow::Result<()> {
    let to = address(service)?;
    let lasting = Duration::from_secs(report.size().pick(2, 10));
    let compressed = "Accept-Encoding: br, gzip\r\n";
    for (what, flood) in [
        ("of pages", Flood::Kept("/sign-in", compressed)),
        (
            "of the API with made-up tokens",
            Flood::Kept("/api/v1/subscribers", "Authorization: Bearer tw_x\r\n"),
        ),
        ("of large files", Flood::Kept("/static/vendor/swagger-ui-5.35.0/swagger-ui-bundle.js", compressed)),
        ("for another host", Flood::Foreign),
        ("of new connections", Flood::Anew("/")),
        ("of what is no HTTP", Flood::Garbage),
    ] {
        let honest = Honest::begin(service);
        let (cpu, counts) = (service.cpu()?, Arc::new(Counts::default()));
        let mut attackers = JoinSet::new();
        for _ in 0..CONNECTIONS {
            attackers.spawn(attack(to, flood, Arc::clone(&counts)));
        }
        tokio::time::sleep(lasting).await;
        attackers.shutdown().await;
        let (all, refused) = (counts.all.load(Ordering::Relaxed), counts.refused.load(Ordering::Relaxed));
        let seconds = lasting.as_secs_f64();
        let cpu = service.cpu()?.saturating_sub(cpu).as_secs_f64() / seconds;
        let during = format!("in a flood {what} from {FROM}, {CONNECTIONS} connections, {seconds} s");
        honest.end(report, &during)?;
        let told =
            format!("{:.0} a second, {refused} of {all} refused, {cpu:.2} cores", all as f64 / seconds);
        report.tell(&format!("the flood {what}"), "as many as go", &told);
        ensure!(CONNECTIONS as u64 <= all, "that was no flood {what}: {told}");
    }
    Ok(())
}

/// One connection after the other, until it is told to end. What goes wrong is what an attacker has to live with.
async fn attack(to: SocketAddr, flood: Flood, counts: Arc<Counts>) {
    loop {
        let answered = match flood {
            Flood::Kept(path, further) => {
                keep(to, &format!("GET {path} HTTP/1.1\r\nHost: {to}\r\n{further}\r\n"), &counts).await
            }
            Flood::Foreign => {
                let further = "Host: evil.example\r\nAccept-Encoding: br\r\n";
                keep(to, &format!("GET / HTTP/1.1\r\n{further}\r\n"), &counts).await
            }
            Flood::Anew(path) => {
                let request = format!("GET {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n\r\n");
                ask(to, FROM, &request).await.map(|(status, _)| counts.count(status))
            }
            Flood::Garbage => garbage(to).await.map(|()| counts.count(400)),
        };
        if answered.is_err() {
            tokio::task::yield_now().await;
        }
    }
}

impl Counts {
    fn count(&self, status: u16) {
        self.all.fetch_add(1, Ordering::Relaxed);
        self.refused.fetch_add(u64::from(status == 429), Ordering::Relaxed);
    }
}

async fn keep(to: SocketAddr, request: &str, counts: &Counts) -> anyhow::Result<()> {
    let mut answers = Answers::on(connect(to, FROM, None).await?);
    loop {
        let (status, goes_on) = answers.ask(request.as_bytes()).await?;
        counts.count(status);
        if !goes_on {
            return Ok(());
        }
    }
}

async fn garbage(to: SocketAddr) -> anyhow::Result<()> {
    let mut stream = connect(to, FROM, None).await?;
    // The beginning of TLS.
    stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n").await?;
    stream.read_to_end(&mut Vec::new()).await?;
    Ok(())
}
