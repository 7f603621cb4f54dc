//! Slowness: bodies and heads that trickle in, lists and streams that nobody reads. All at once, beside somebody honest.

use super::held::held;
use super::honest::Honest;
use super::line::{address, connect};
use anyhow::ensure;
use integration_tests::report::{Report, percentile};
use integration_tests::service::Service;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// How much later than promised a connection may be cut: it is looked at once a second.
const SLACK: Duration = Duration::from_secs(2);

/// How much more memory than before may be in use afterwards.
const MORE: u64 = 16 << 20;
const BACK_WITHIN: Duration = Duration::from_secs(60);

/// Whoever is not cut by then is not going to be. A stream needs a while to say more than fits on the way.
const GIVE_UP: Duration = Duration::from_secs(75);

/// A slow reader asks for more than fits on the way, and makes that as little as it can.
const ROOM: u32 = 4 << 10;

struct Kind {
    what: &'static str,
    count: usize,
    /// From how many addresses, so that none of them has asked too much; the third number of them is `third`.
    addresses: u8,
    third: u8,
    request: String,
    /// What it says a byte a second of, if it says anything.
    drips: Option<&'static [u8]>,
    cut_after: Duration,
}

struct Besieger {
    kind: usize,
    since: Instant,
    stream: TcpStream,
}

fn kinds(to: SocketAddr, service: &Service) -> [Kind; 4] {
    let cookie = format!("Cookie: {}={}\r\n", service.cookie.0, service.cookie.1);
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {to}\r\n{cookie}\r\n");
    let form = format!(
        "POST /sign-in HTTP/1.1\r\nHost: {to}\r\nOrigin: http://{to}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"
    );
    let kind = |what, count, addresses, third, request, drips, seconds| Kind {
        what,
        count,
        addresses,
        third,
        request,
        drips,
        cut_after: Duration::from_secs(seconds),
    };
    [
        kind("slow bodies, a byte a second", 500, 100, 20, form, Some(b"x"), 15),
        kind("readers of a list who read nothing", 500, 10, 30, get("/api/pppoe_interfaces"), None, 30),
        kind(
            "event streams that nobody reads",
            200,
            10,
            6,
            get("/api/v1/stream?topics=presence,totals,routers,events"),
            None,
            30,
        ),
        kind(
            "slow heads, a byte a second",
            500,
            10,
            50,
            "GET / HTTP/1.1\r\nHost: ".to_owned(),
            Some(b"a"),
            5,
        ),
    ]
}

pub(super) async fn measure(report: &mut Report, service: &Service) -> anyhow::Result<()> {
    let to = address(service)?;
    let kinds = kinds(to, service);
    let before = service.memory()?;
    let honest = Honest::begin(service);
    let mut besiegers = besiege(to, &kinds).await?;
    let (lives, peak) = outlast(service, to, &kinds, &mut besiegers).await?;
    honest.end(report, "while 1,700 others are slow")?;
    for (kind, mut lives) in kinds.iter().zip(lives) {
        let most = (kind.cut_after + SLACK).as_secs_f64();
        let (what, all) = (format!("{} {}", kind.count, kind.what), lives.len());
        ensure!(0 < all, "none of {what} was cut");
        let (first, last) = (percentile(&mut lives, 0.0), percentile(&mut lives, 1.0));
        let measured = format!("{all} cut, the first after {first:.1} s, the last after {last:.1} s");
        // Whoever was sent away at once was not slow: nothing was shown of it.
        let is_held = all == kind.count && last <= most && kind.cut_after.as_secs_f64() / 2.0 < first;
        report.hold(&what, &format!("all cut within {most} s, none at once"), &measured, is_held);
    }
    let (since, mut now) = (Instant::now(), service.memory()?);
    while before + MORE < now && since.elapsed() < BACK_WITHIN {
        tokio::time::sleep(Duration::from_millis(500)).await;
        now = service.memory()?;
    }
    let megabytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let measured = format!(
        "{:.0} MiB before, {:.0} MiB at most, {:.0} MiB {:.0} s after the last was cut",
        megabytes(before),
        megabytes(peak),
        megabytes(now),
        since.elapsed().as_secs_f64()
    );
    report.hold(
        "memory while 1,700 are slow",
        "back to within 16 MiB in 60 s",
        &measured,
        now <= before + MORE,
    );
    Ok(())
}

/// Opens all connections, and says on each what is slow to end.
async fn besiege(to: SocketAddr, kinds: &[Kind; 4]) -> anyhow::Result<HashMap<SocketAddr, Besieger>> {
    let mut besiegers = HashMap::new();
    for (number, kind) in kinds.iter().enumerate() {
        for n in 0..kind.count {
            let last = 1 + u8::try_from(n % usize::from(kind.addresses))?;
            let from = Ipv4Addr::new(127, 0, kind.third, last);
            let room = kind.drips.is_none().then_some(ROOM);
            let stream = connect(to, from, room).await?;
            let since = Instant::now();
            let sent = stream.try_write(kind.request.as_bytes())?;
            ensure!(sent == kind.request.len(), "a head that does not fit");
            besiegers.insert(stream.local_addr()?, Besieger { kind: number, since, stream });
        }
    }
    Ok(besiegers)
}

/// Waits until all besiegers are cut or should have been for long; how long each lived, in seconds, by kind, and the most memory in use.
async fn outlast(
    service: &Service,
    to: SocketAddr,
    kinds: &[Kind; 4],
    besiegers: &mut HashMap<SocketAddr, Besieger>,
) -> anyhow::Result<([Vec<f64>; 4], u64)> {
    let (mut lives, mut peak) = ([const { Vec::new() }; 4], 0);
    let since = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(100));
    let mut look = 0;
    while !besiegers.is_empty() && since.elapsed() < GIVE_UP {
        looks.tick().await;
        let held = held(to.port())?;
        let now = Instant::now();
        besiegers.retain(|address, besieger| {
            let (is_held, is_late) = held.get(address).map_or((false, false), |waiting| (true, *waiting));
            // Until a stream has said more than fits on the way, nobody can tell that it is not read.
            if is_held && !is_late && kinds.get(besieger.kind).is_some_and(|kind| kind.drips.is_none()) {
                besieger.since = now;
            }
            if !is_held && let Some(lives) = lives.get_mut(besieger.kind) {
                lives.push((now - besieger.since).as_secs_f64());
            }
            is_held
        });
        if look % 10 == 0 {
            for besieger in besiegers.values() {
                let drips = kinds.get(besieger.kind).and_then(|kind| kind.drips);
                // One that was cut just now is counted at the next look.
                let _ = drips.map(|drips| besieger.stream.try_write(drips));
            }
        }
        peak = peak.max(service.memory()?);
        look += 1;
    }
    Ok((lives, peak))
}
