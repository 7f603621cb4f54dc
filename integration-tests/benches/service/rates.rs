//! Rates as shown, against what the simulated router really carried between the two readings.

use anyhow::Context as _;
use integration_tests::isp::Router;
use integration_tests::report::{Report, percentile};
use integration_tests::service::{Service, online};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Subscribers who dial in again while they are watched.
const REDIALS: usize = 10;

/// One reading of an interface, as the API shows it.
#[derive(Clone, Copy)]
struct Shown {
    /// When the reply was read, as far as can be told from outside.
    read: Instant,
    bytes: u64,
    download: Option<f64>,
}

pub(super) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let subscribers = report.size().pick(2_000, 10_000);
    let rounds: u64 = report.size().pick(4, 10);
    let clocks = (Instant::now(), Timestamp::now());
    let router = Router::calm(subscribers).await?;
    let service = Service::watch(&[router.address])?;
    service.wait_for("/api/pppoe_interfaces", |answer| subscribers as u64 / 2 < online(answer)).await?;

    let mut last: HashMap<String, Shown> = HashMap::new();
    let mut errors = Vec::new();
    let (mut readings, mut spikes) = (0, 0);
    let mut redialled: HashMap<String, Instant> = HashMap::new();
    let names = router.online();
    // The first readings are close together so that a page has rates at once; the poll then settles.
    tokio::time::sleep(Duration::from_secs(8)).await;
    let until = Instant::now() + Duration::from_secs(15 * rounds);
    while readings < rounds {
        anyhow::ensure!(
            Instant::now() < until,
            "after {readings} readings, {} rates: no more come",
            errors.len()
        );
        let now = read(&service, clocks).await?;
        let mut compared = 0;
        for (interface, shown) in &now {
            let before = last.get(interface);
            if before.is_some_and(|before| {
                before.bytes == shown.bytes && shown.read < before.read + Duration::from_secs(1)
            }) {
                continue;
            }
            if let (Some(before), Some(download)) = (before, shown.download) {
                if redialled.get(interface).is_some_and(|at| before.read < *at) {
                    // The two readings belong to two sessions: any rate shown now has to be the new session's.
                    spikes += usize::from(is_spike(&router, interface, shown, download));
                } else if let Some(error) = error(&router, interface, before, shown, download) {
                    errors.push(error);
                    compared += 1;
                }
            }
        }
        last.extend(now);
        if subscribers / 50 < compared {
            readings += 1;
            if redialled.is_empty() {
                for name in names.iter().rev().step_by(7).take(REDIALS) {
                    redialled.insert(format!("<pppoe-{name}>"), Instant::now());
                    anyhow::ensure!(router.router.redial(name), "{name} was online");
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(900)).await;
    }
    anyhow::ensure!(subscribers / 10 < errors.len(), "only {} rates could be compared", errors.len());
    let (median, worst) = (percentile(&mut errors, 0.5), percentile(&mut errors, 1.0));
    let what =
        format!("rate shown against the simulator's true rate, {subscribers} subscribers at a 5 s poll");
    let measured =
        format!("median {:.3} %, worst {:.2} % of {} rates", median * 100.0, worst * 100.0, errors.len());
    report.measure(
        &what,
        "median error under 1 %, worst under 5 %",
        &measured,
        median < 0.01 && worst < 0.05,
    );
    let redials = redialled.len();
    report.hold(
        "spikes in re-dials",
        "0 of 10",
        &format!("{spikes} of {redials}"),
        spikes == 0 && redials == REDIALS,
    );
    Ok(())
}

/// What the API shows now, with the times of the readings on this process's clock.
async fn read(service: &Service, clocks: (Instant, Timestamp)) -> anyhow::Result<HashMap<String, Shown>> {
    let answer = service.json("/api/pppoe_interfaces").await?;
    let told: Timestamp = answer.get("current_time").and_then(Value::as_str).context("no time")?.parse()?;
    let now = clocks.0 + Duration::try_from(told.duration_since(clocks.1))?;
    let rows = answer.get("pppoe_interfaces").and_then(Value::as_array).context("no rows")?;
    let shown = |row: &Value| {
        let age = row["age_ms"].as_u64()?;
        let read = now.checked_sub(Duration::from_millis(age))?;
        Some((
            row["interface"].as_str()?.to_owned(),
            Shown { read, bytes: row["tx_byte"].as_u64()?, download: row["download_bps"].as_f64() },
        ))
    };
    Ok(rows.iter().filter_map(shown).collect())
}

/// The relative error of a rate; `None` for one that is too small to have a meaningful one.
fn error(router: &Router, interface: &str, before: &Shown, now: &Shown, shown: f64) -> Option<f64> {
    let bytes = |at| router.router.true_bytes(interface, at).map(|(_, sent)| sent);
    let sent = bytes(now.read)?.checked_sub(bytes(before.read)?)? as f64;
    let truth = sent * 8.0 / (now.read - before.read).as_secs_f64();
    (100_000.0 < truth).then(|| (shown / truth - 1.0).abs())
}

/// Whether a rate exceeds by far what the new session carried in any second since it began.
fn is_spike(router: &Router, interface: &str, now: &Shown, shown: f64) -> bool {
    let sent = router.router.true_bytes(interface, now.read).map_or(0, |(_, sent)| sent);
    // The session is at least as old as the time between its first two readings, the shortest being 0.4 s.
    sent as f64 * 8.0 / 0.4 < shown
}
