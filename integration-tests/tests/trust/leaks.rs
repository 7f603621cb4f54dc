//! What a program that runs for months does time and again: polls, sign-ins to routers, live streams that come and go.

use super::{first_admin, settle, until};
use integration_tests::fresh::Fresh;
use integration_tests::isp::Router;
use integration_tests::service::PATIENCE;
use integration_tests::visitor::{Sent, Visitor};
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How much is done.
struct Size {
    routers: usize,
    /// How often all of them are rebooted before it counts.
    warm: u64,
    /// How often after that.
    reboots: u64,
    /// How many live streams are opened and left.
    joins: u64,
    /// How much the memory may grow, in bytes: the allocator's own ups and downs are about half of it.
    growth: u64,
}

/// A connection that lasted this long ended by an accident of its own; so many may be shorter before waits grow.
const STEADY: Duration = Duration::from_secs(11);
const SHORT_LIVES: u64 = 20;

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

/// Signs in to all routers anew.
async fn reboot(visitor: &Visitor, routers: &[Router]) {
    let sign_ins = |answer: &Value| answer["connections"]["succeeded"].as_u64().unwrap();
    let before = sign_ins(&super::json(visitor, "/api/performance").await);
    for router in routers {
        router.router.reboot();
    }
    until(visitor, "/api/performance", |now| before + routers.len() as u64 <= sign_ins(now)).await;
    let is_live = |row: &Value| row["status"] == "live";
    until(visitor, "/api/health", |now| now["routers"].as_array().unwrap().iter().all(is_live)).await;
}

/// Reboots all routers, and has so many streams opened and left.
async fn again(visitor: &Visitor, routers: &[Router], round: u64, joins: u64) {
    reboot(visitor, routers).await;
    let live = Instant::now();
    for _ in 0..joins {
        join(visitor).await;
    }
    // Whoever is thrown out too often soon after a sign-in waits longer and longer, as is right.
    if SHORT_LIVES < round {
        tokio::time::sleep(STEADY.saturating_sub(live.elapsed())).await;
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
        Size { routers: 200, warm: 40, reboots: 150, joins: 10_000, growth: 16 << 20 }
    } else {
        Size { routers: 10, warm: 2, reboots: 4, joins: 100, growth: 12 << 20 }
    };
    let folder = TempDir::new().unwrap();
    let mut routers = Vec::new();
    for _ in 0..size.routers {
        routers.push(Router::calm(20).await.unwrap());
    }
    let ports: Vec<u16> = routers.iter().map(|router| router.address.port()).collect();
    settle(folder.path(), &ports, 1);
    let fresh = Fresh::start(folder.path(), &[], &[]).unwrap();
    let ana = first_admin(&fresh).await;
    // At first, so that everything that is kept is there: logs and events are until there are so many of them.
    for round in 0..size.warm {
        again(&ana, &routers, round, size.joins / size.reboots).await;
    }
    let most = 2 * size.routers + OTHER_FILES;
    let before = settled(fresh.process.id(), most).await;
    for round in size.warm..size.warm + size.reboots {
        again(&ana, &routers, round, size.joins / size.reboots).await;
        if round % 10 == 9 {
            println!("after {} reboots {:?}", round + 1, held(fresh.process.id()));
        }
    }
    let after = settled(fresh.process.id(), most).await;
    let answers = super::json(&ana, "/api/performance").await;
    let polls: u64 =
        answers["routers"].as_array().unwrap().iter().map(|one| one["answers"].as_u64().unwrap()).sum();
    let sign_ins = size.reboots * size.routers as u64;
    println!("{polls} answers, {sign_ins} sign-ins, {} streams: {before:?}, then {after:?}", size.joins);
    assert!(after.threads <= before.threads + 4, "{before:?}, then {after:?}");
    assert!(after.memory <= before.memory + size.growth, "{before:?}, then {after:?}");
}
