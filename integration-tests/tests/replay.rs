//! The recordings that come with the project, replayed: through the whole service, and recorded again.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

use anyhow::{Context as _, ensure};
use integration_tests::metronome::Metronome;
use integration_tests::recordings::{self, Recorded, compare};
use integration_tests::service::{Service, count};
use integration_tests::{Running, in_folder, program};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tikwatch::simulator::{Replay, ReplayClock, ReplayOptions, Replaying};

const SESSIONS: &str = "/api/pppoe_interfaces";

/// What a reply shows may have held this many milliseconds before its last byte was read, and what the machine stalled.
const WINDOW: u64 = 400;

/// How far a rate may be off: the times of our polls are not those of the recorder's.
const RATE_ERROR: f64 = 0.05;

/// Counters are read this often; a machine that stalls when they are makes the time between two readings another one.
const POLL: Duration = Duration::from_secs(5);

/// The two readings of a rate that is shown lie within this time, also of late ones.
const TWO_POLLS: Duration = Duration::from_secs(12);

async fn replay(name: &str) -> anyhow::Result<Replaying> {
    let options = ReplayOptions {
        file: recordings::path(name),
        speed: 1.0,
        repeats: false,
        from: Duration::ZERO,
        user: None,
    };
    Ok(Replay::open(options)?.listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?)
}

fn settings(address: SocketAddr) -> Value {
    json!({"routers": [{
        "name": "r1", "host": "127.0.0.1", "port": address.port(), "username": "monitor", "password": "x",
    }]})
}

/// Waits until a replay is at an offset, in milliseconds.
async fn until(clock: &ReplayClock, offset: u64) {
    while clock.offset() < Duration::from_millis(offset) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Replays a recording once, watched by a service and recorded again at the same time.
async fn check(name: &str) -> anyhow::Result<()> {
    let first = Recorded::read(&recordings::path(name))?;
    let (metronome, start) = (Metronome::start(), Instant::now());
    let playing = replay(name).await?;
    let began = Timestamp::now() - playing.clock.offset();
    // Starting waits for the service, which waits for the replayed routers of this very runtime.
    let address = playing.address;
    let service = tokio::task::spawn_blocking(move || Service::start(&settings(address), &[])).await??;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("settings.json"), settings(playing.address).to_string())?;
    let mut command = in_folder(folder.path());
    command.args(["record", "--out", "again.jsonl.zst", "--for", "10m"]);
    let recorder = Running::start(&mut command)?;

    watched(name, &service, &playing.clock, &metronome).await?;

    until(&playing.clock, first.last()).await;
    // Everything but what is read each five minutes is read once more after the last change.
    tokio::time::sleep(Duration::from_secs(6)).await;
    recorder.terminate()?;
    let ended =
        tokio::task::spawn_blocking(move || recorder.wait_for_exit(Duration::from_secs(30))).await??;
    ensure!(ended.success(), "the recorder failed");
    let again = Recorded::read(&folder.path().join("again.jsonl.zst"))?;
    let ahead = again.header.started.duration_since(began).as_millis();
    let overslept = u64::try_from(metronome.longest_oversleep(start, Instant::now()).as_millis())?;
    let comparison = compare(&first, &again, i64::try_from(ahead)?, WINDOW + overslept)?;
    ensure!(3_000 < comparison.cells, "only {} cells were compared", comparison.cells);
    ensure!(
        comparison.differing.is_empty(),
        "{name}: {} of {} cells differ: {:#?}",
        comparison.differing.len(),
        comparison.cells,
        comparison.differing.iter().take(20).collect::<Vec<_>>()
    );
    eprintln!("{name}: {} cells compared, none differs, overslept by {overslept} ms", comparison.cells);
    Ok(())
}

/// Compares what the service shows with what the simulator knew when the recording was made.
async fn watched(
    name: &str,
    service: &Service,
    clock: &ReplayClock,
    metronome: &Metronome,
) -> anyhow::Result<()> {
    let expected = std::fs::read(recordings::path(name).with_file_name(format!("{name}.expected.json")))?;
    let expected: Value = serde_json::from_slice(&expected)?;
    for check in expected["checks"].as_array().context("no checks")? {
        let what = format!("{name}, {}", check["what"]);
        until(clock, check["at_ms"].as_u64().context("no time")?).await;
        let answer = service.json(SESSIONS).await?;
        let bounds = |of: &str| Some(check[of][0].as_u64()?..=check[of][1].as_u64()?);
        let (online, offline) = (bounds("online").context("online")?, bounds("offline").context("offline")?);
        let shown = |of: &str| count(&answer, of);
        if check["what"] == "away" {
            // Of a router that cannot be reached nobody knows who is online, and nobody is called offline.
            let all = online.start() + offline.start();
            let nobody = shown("online_accounts") == 0 && shown("offline_accounts") == 0;
            ensure!(nobody && shown("unknown_accounts") == all, "{what}: {}", answer["aggregate_stats"]);
            continue;
        }
        ensure!(
            online.contains(&shown("online_accounts")) && offline.contains(&shown("offline_accounts")),
            "{what}: {} is not {check:#}",
            answer["aggregate_stats"]
        );
        let rates = check["rates"].as_array().context("no rates")?;
        ensure!(!rates.is_empty(), "{what}: no rates to compare");
        let now = Instant::now();
        let overslept = metronome.longest_oversleep(now.checked_sub(TWO_POLLS).unwrap(), now);
        let allowed = RATE_ERROR + overslept.as_secs_f64() / POLL.saturating_sub(overslept).as_secs_f64();
        for rate in rates {
            let rows = answer["pppoe_interfaces"].as_array().context("no rows")?;
            let row = rows.iter().find(|row| row["interface"] == rate["interface"]);
            let row = row.with_context(|| format!("{what}: no {}", rate["interface"]))?;
            for of in ["download_bps", "upload_bps"] {
                let shown = row[of].as_f64().with_context(|| format!("{what}: no rate in {row}"))?;
                let (one, other) = (rate[of][0].as_f64().unwrap(), rate[of][1].as_f64().unwrap());
                let near = |truth: f64| (shown - truth).abs() <= truth * allowed + 100.0;
                ensure!(
                    near(one) || near(other),
                    "{what}: {of} of {rate:#} shown as {shown}, overslept {overslept:?}"
                );
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_committed_recording_is_watched_as_it_was_and_is_the_same_when_recorded_again() {
    // Built before, not while time passes in the recordings.
    tokio::task::spawn_blocking(program).await.unwrap();
    let all = recordings::COMMITTED.map(|name| tokio::spawn(check(name)));
    for one in all {
        one.await.unwrap().unwrap();
    }
}

#[test]
fn the_committed_recordings_are_redacted_and_of_three_versions() {
    let versions = recordings::COMMITTED.map(|name| {
        let recorded = Recorded::read(&recordings::path(name)).unwrap();
        assert!(recorded.header.redacted, "{name}");
        let device = recorded.lines.iter().find_map(|line| line.device.clone()).unwrap();
        device.version
    });
    for (version, expect) in versions.iter().zip(["6.49", "7.14", "7.21"]) {
        assert!(version.starts_with(expect), "{version}");
    }
}
