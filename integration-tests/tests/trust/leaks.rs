//! What a program that runs for months does time and again: polls, sign-ins to routers, live streams that come and go.

use super::{first_admin, settle};
use integration_tests::fresh::Fresh;
use integration_tests::isp::Router;
use integration_tests::service::PATIENCE;
use integration_tests::visitor::{Sent, Visitor};
use reqwest::header::HeaderMap;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How much is done.
struct Size {
    routers: usize,
    /// How often routers are signed in to before it counts.
    warm: u64,
    /// How often in all.
    sign_ins: u64,
    /// How long a connection lasts before its router is rebooted. One that lasted for ten seconds ended by an accident of
    /// its own; so many may be shorter before waits grow.
    life: Duration,
    /// How many live streams are opened and left, after it counts.
    joins: u64,
    /// How much the memory may grow for each hundred thousand polls, in bytes, and at least: the allocator's own ups and
    /// downs are about half of that.
    slope: u64,
    growth: u64,
}

/// Files that the process has open beside two connections a router: its store, sockets and wakers of its threads, and
/// some connections of browsers that come and go. Each stream that stayed open would add one.
const OTHER_FILES: usize = 100;

/// What a process holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    memory: u64,
    files: usize,
    threads: u64,
}

fn held(process: u32) -> Held {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let figure = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let files = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap().count();
    Held { memory: figure("VmRSS:") * 1024, files, threads: figure("Threads:") }
}

/// Reboots routers until they have been signed in to this often, and has so many streams opened and left meanwhile.
///
/// Each is rebooted as soon as its connection has lasted so long that the next wait stays short; all of them together are
/// signed in to no faster than the service lets itself.
#[expect(clippy::print_stdout, reason = "it takes more than an hour at full size, and says how far it is")]
async fn reboot(
    visitor: &Visitor,
    process: u32,
    routers: &[Router],
    life: Duration,
    (wanted, joins): (u64, u64),
) {
    let now = Instant::now();
    // How often each was signed in to, and since when.
    let mut known: Vec<(u64, Instant)> = routers.iter().map(|router| (signed_in(router), now)).collect();
    let (begin, mut joined, mut told) = (sign_ins(routers), 0, Instant::now());
    loop {
        let so_far = sign_ins(routers);
        if wanted <= so_far {
            return;
        }
        for (router, known) in routers.iter().zip(&mut known) {
            let count = signed_in(router);
            if known.0 < count {
                // Of two sessions the second one.
                *known = (count, Instant::now());
            } else if life < known.1.elapsed() {
                router.router.reboot();
                // Not again before somebody is back.
                *known = (count, Instant::now() + PATIENCE);
            }
        }
        while joined * (wanted - begin) < joins * (so_far - begin) {
            join(visitor).await;
            joined += 1;
        }
        if Duration::from_secs(60) < told.elapsed() {
            told = Instant::now();
            println!(
                "{so_far} sign-ins, {} polls, {joined} streams: {:?}",
                polls(visitor).await,
                held(process)
            );
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What the process holds once it has no more files open than this: a stream that was left is noticed when it is
/// written to.
async fn settled(process: u32, most: usize) -> Held {
    let start = Instant::now();
    loop {
        let now = held(process);
        if now.files <= most {
            return now;
        }
        assert!(start.elapsed() < 2 * PATIENCE, "{now:?}, more than {most} files");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Opens a live stream, hears its first words, and leaves.
async fn join(visitor: &Visitor) {
    let path = "/api/v1/stream?topics=presence,totals";
    let start = Instant::now();
    let mut stream = loop {
        let stream = visitor.begin("GET", path, Sent::Nothing, HeaderMap::default()).await.unwrap();
        if stream.status().as_u16() != 429 {
            break stream;
        }
        assert!(start.elapsed() < 2 * PATIENCE, "no stream is opened any more");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    assert_eq!(stream.status().as_u16(), 200);
    assert!(tokio::time::timeout(PATIENCE, stream.chunk()).await.unwrap().unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_sign_ins_and_streams_leave_nothing_behind() {
    let size = if std::env::var_os("RUN_SLOW_TESTS").is_some() {
        Size {
            routers: 120,
            warm: 8_000,
            sign_ins: 102_000,
            life: Duration::from_millis(10_500),
            joins: 10_000,
            slope: 1 << 20,
            growth: 0,
        }
    } else {
        Size {
            routers: 10,
            warm: 40,
            sign_ins: 100,
            life: Duration::from_secs(1),
            joins: 100,
            slope: 1 << 20,
            growth: 12 << 20,
        }
    };
    let folder = TempDir::new().unwrap();
    let mut routers = Vec::new();
    for _ in 0..size.routers {
        routers.push(Router::calm(20).await.unwrap());
    }
    let ports: Vec<u16> = routers.iter().map(|router| router.address.port()).collect();
    settle(folder.path(), &ports, 5);
    let fresh = Fresh::start(folder.path(), &[], &[]).unwrap();
    let (ana, process) = (first_admin(&fresh).await, fresh.process.id());
    // At first, so that everything that is kept is there: logs and events are until there are so many of them.
    reboot(&ana, process, &routers, size.life, (size.warm, size.joins / 20)).await;
    let most = 2 * size.routers + OTHER_FILES;
    let before = settled(process, most).await;
    let polled_before = polls(&ana).await;
    reboot(&ana, process, &routers, size.life, (size.sign_ins, size.joins)).await;
    let after = settled(process, most).await;
    let (polled, signed_in, joins) = (polls(&ana).await, sign_ins(&routers), size.joins);
    println!("{polled} polls, {signed_in} sign-ins, {joins} streams: {before:?}, then {after:?}");
    let allowed = (size.slope * (polled - polled_before) / 100_000).max(size.growth);
    assert!(after.threads <= before.threads + 4, "{before:?}, then {after:?}");
    assert!(
        after.memory <= before.memory + allowed,
        "{before:?}, then {after:?}, of which {allowed} is allowed"
    );
}

/// How many questions the routers have answered.
async fn polls(visitor: &Visitor) -> u64 {
    let answers = super::json(visitor, "/api/performance").await;
    answers["routers"].as_array().unwrap().iter().map(|one| one["answers"].as_u64().unwrap()).sum()
}

/// How often the routers were signed in to, as they count it themselves.
fn sign_ins(routers: &[Router]) -> u64 {
    routers.iter().map(signed_in).sum()
}

fn signed_in(router: &Router) -> u64 {
    router.router.counters().sign_ins
}
