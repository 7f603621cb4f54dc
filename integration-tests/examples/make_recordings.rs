//! Makes the recordings under `integration-tests/recordings`, and beside each what is true of it, told by the simulator
//! and not by anything that was recorded: `cargo run --package integration-tests --example make_recordings`.
//!
//! Each is of a router of another version: it is away for some seconds and boots anew, then most of its subscribers
//! drop at once, then all of them dial again at once.

use anyhow::{Context as _, ensure};
use integration_tests::isp::Router;
use integration_tests::recordings::{self, COMMITTED, Playhead, Recorded};
use integration_tests::{Running, program};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant};
use tikwatch::domain::interface::InterfaceCounters;
use tikwatch::domain::resource::Resource;
use tikwatch::recording::TableKey;
use tikwatch::simulator::{Ros, RouterPlan};

const SECONDS: u64 = 76;

/// When what happens is looked at, in seconds.
const CHECKS: [(&str, u64); 5] =
    [("before", 16), ("away", 23), ("back", 40), ("dropped", 50), ("storm over", 74)];

/// What the simulator said at a check.
struct Truth {
    what: &'static str,
    at: Instant,
    online: [usize; 2],
    offline: [usize; 2],
    /// Interfaces by id, with the bytes received and sent at times up to the check.
    bytes: BTreeMap<String, Vec<(Instant, u64, u64)>>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let all = COMMITTED.iter().zip(Ros::ALL).map(|(name, ros)| tokio::spawn(make(name, ros)));
    for one in all.collect::<Vec<_>>() {
        one.await??;
    }
    Ok(())
}

async fn make(name: &'static str, ros: Ros) -> anyhow::Result<()> {
    let path = recordings::path(name);
    if path.exists() {
        std::fs::remove_file(&path)?;
    }
    let plan = RouterPlan { ros, subscribers: 60, seed: 7, churn_per_minute: 0.02, ..RouterPlan::default() };
    let mut router = Router::start(plan).await?;
    let folder = tempfile::tempdir()?;
    let settings = json!({"routers": [{
        "name": name.replace('.', "-"), "host": "127.0.0.1", "port": router.address.port(), "username": "monitor",
        "password": "",
    }]});
    std::fs::write(folder.path().join("settings.json"), settings.to_string())?;
    let mut command = Command::new(program());
    command.args(["record", "--redact", "--for", &format!("{SECONDS}s"), "--out"]).arg(&path);
    let started = Instant::now();
    let recording = Running::start(command.current_dir(folder.path()))?;

    let at = |seconds: u64| tokio::time::Instant::from_std(started + Duration::from_secs(seconds));
    let mut truths = Vec::new();
    let mut dropped = BTreeSet::new();
    for (what, seconds) in CHECKS {
        match what {
            "away" => {
                tokio::time::sleep_until(at(20)).await;
                router.kill();
            }
            "back" => {
                tokio::time::sleep_until(at(26)).await;
                router.revive().await?;
            }
            "dropped" => {
                tokio::time::sleep_until(at(44)).await;
                let all = router.router.online_names();
                for (_, name) in all.into_iter().enumerate().filter(|(n, _)| n % 3 != 0) {
                    if router.router.drop_session(&name) {
                        dropped.insert(name);
                    }
                }
            }
            "storm over" => {
                tokio::time::sleep_until(at(56)).await;
                for name in &dropped {
                    router.router.dial(name);
                }
            }
            _ => {}
        }
        truths.push(look(&router, what, at(seconds)).await?);
    }
    let ended =
        tokio::task::spawn_blocking(move || recording.wait_for_exit(Duration::from_secs(SECONDS))).await??;
    ensure!(ended.success(), "the recorder failed");
    let recorded = Recorded::read(&path)?;
    let expected = expected(&recorded, &truths)?;
    std::fs::write(path.with_file_name(format!("{name}.expected.json")), format!("{expected:#}\n"))?;
    println!("{}: {} bytes", path.display(), std::fs::metadata(&path)?.len());
    Ok(())
}

/// Looks at the simulator from 1.5 s before a moment until then.
async fn look(router: &Router, what: &'static str, at: tokio::time::Instant) -> anyhow::Result<Truth> {
    let accounts: BTreeSet<Vec<u8>> = router.router.account_names().into_iter().collect();
    let (mut online, mut offline) = ([usize::MAX, 0], [usize::MAX, 0]);
    tokio::time::sleep_until(at - Duration::from_millis(1_500)).await;
    while tokio::time::Instant::now() < at {
        let now: BTreeSet<Vec<u8>> = router.router.online_names().into_iter().collect();
        let away = accounts.difference(&now).count();
        online = [online[0].min(now.len()), online[1].max(now.len())];
        offline = [offline[0].min(away), offline[1].max(away)];
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let now = Instant::now();
    let mut bytes = BTreeMap::new();
    // A router that is away tells nothing, and there is nothing to tell.
    for (id, name) in router.interfaces().await.unwrap_or_default() {
        let times = (0..170).rev().map(|n| now - Duration::from_millis(n * 100));
        let counted = times.filter_map(|at| router.router.true_bytes(&name, at).map(|(rx, tx)| (at, rx, tx)));
        bytes.insert(id, counted.collect());
    }
    Ok(Truth { what, at: now, online, offline, bytes })
}

fn expected(recorded: &Recorded, truths: &[Truth]) -> anyhow::Result<Value> {
    let key = TableKey::of(&InterfaceCounters::print()).context("no table")?;
    let counters = recorded
        .tables
        .iter()
        .position(|table| (&table.menu, &table.properties) == (&key.menu, &key.properties))
        .context("no counters")?;
    let times = recorded.times(counters);
    let (now, wall) = (Instant::now(), Timestamp::now());
    let since_start = wall.duration_since(recorded.header.started).unsigned_abs();
    let instant = |offset: u64| now - since_start + Duration::from_millis(offset);
    let mut playhead = Playhead::new(recorded);
    let mut checks = Vec::new();
    for truth in truths {
        let offset = truth.at.saturating_duration_since(instant(0)).as_millis() as u64;
        playhead.go_to(offset);
        let rows = playhead.rows(counters).context("no rows")?;
        let before: Vec<u64> = times.iter().copied().filter(|time| *time <= offset).collect();
        let mut rates = Vec::new();
        for (id, bytes) in truth.bytes.iter().filter(|(id, _)| id.starts_with("*F")) {
            let (Some(row), [.., a, b, c]) = (rows.get(id), before.as_slice()) else { continue };
            let at = |offset: u64| {
                let at = instant(offset);
                bytes.windows(2).find(|pair| pair[0].0 <= at && at <= pair[1].0).map(|pair| {
                    let share = (at - pair[0].0).as_secs_f64() / (pair[1].0 - pair[0].0).as_secs_f64();
                    let between = |one: u64, other: u64| one as f64 + (other - one) as f64 * share;
                    (between(pair[0].1, pair[1].1), between(pair[0].2, pair[1].2))
                })
            };
            let rate = |from: u64, to: u64| {
                let ((rx, tx), (rx_then, tx_then)) = (at(to)?, at(from)?);
                let seconds = (to - from) as f64 / 1000.0;
                Some([((tx - tx_then) * 8.0 / seconds).round(), ((rx - rx_then) * 8.0 / seconds).round()])
            };
            if let (Some(last), Some(one_before)) = (rate(*b, *c), rate(*a, *b)) {
                let name = row.get("name").context("an interface without a name")?.text();
                rates.push(json!({
                    "interface": name,
                    "download_bps": [one_before[0], last[0]], "upload_bps": [one_before[1], last[1]],
                }));
            }
        }
        rates.truncate(12);
        checks.push(json!({
            "what": truth.what, "at_ms": offset, "online": truth.online, "offline": truth.offline, "rates": rates,
        }));
    }
    Ok(json!({ "about": "What the simulator itself knew while this was recorded.", "checks": checks }))
}
