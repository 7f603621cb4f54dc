//! One router, recorded into a file for a while.

use super::options::RecordOptions;
use super::process::Stop;
use super::{Failure, credentials};
use crate::actors::recorder::{Backlog, Destination, Finished, LeftOut, Recorder, Taps};
use crate::actors::{self, LogBook};
use crate::domain::router::Link;
use crate::recording::Pseudonyms;
use crate::settings::{RouterSettings, WriteMode};
use crate::store::Store;
use anyhow::{Context as _, anyhow};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// The router with the password that is sealed in the data folder.
fn unsealed(router: RouterSettings, data: &Path) -> Result<RouterSettings, Failure> {
    if !Store::exists(data) {
        let data = data.display().to_string();
        return Err(Failure::Setup(anyhow!("{data:?} is no data folder: no credentials are sealed there")));
    }
    let mut routers = [router];
    let vault = credentials::vault(data)?;
    vault.check_finished().map_err(Failure::setup)?;
    credentials::unseal(&mut routers, &vault)?;
    let [router] = routers;
    if router.is_locked {
        return Err(Failure::Setup(anyhow!("the password of `{}` was sealed with another key", router.name)));
    }
    Ok(router)
}

/// Records a router until the time is over, or the program is told to stop.
pub async fn record(options: RecordOptions) -> Result<(), Failure> {
    let RecordOptions { router, data, out, time, redact, entries } = options;
    let mut stop = Stop::listen()?;
    // Nothing is changed by whoever records, and so nothing has to be known of who may.
    let router = RouterSettings { write_mode: WriteMode::default(), ..router };
    let router = match data {
        Some(data) => unsealed(router, &data)?,
        None => router,
    };
    let name = router.name.clone();
    let pseudonyms = redact.then(|| Pseudonyms::new(fastrand::Rng::new()));
    let (recorder, tap) =
        Recorder::start(name.clone(), Destination::File(out.clone()), pseudonyms, &Backlog::default())
            .with_context(|| format!("cannot make {} (it must not exist yet)", out.display()))
            .map_err(Failure::Setup)?;
    let (changes, _) = broadcast::channel(16);
    let (book, _log) = LogBook::open(entries, &Arc::default());
    let taps = Taps::from([(name.clone(), tap)]);
    let router = RouterSettings { enabled: true, ..router };
    let (fleet, views) = actors::fleet::start(vec![router], &taps, &changes, &book, &Arc::default());
    drop(taps);
    let snapshot = views.borrow().first().map(|view| view.snapshot.clone());
    let mut snapshot = snapshot.context("there is no router")?;

    let end = tokio::time::Instant::now() + time;
    let mut tell = tokio::time::interval(TELL_EVERY);
    tell.tick().await;
    let mut was_live = false;
    let mut hopeless = None;
    while hopeless.is_none() {
        tokio::select! {
            () = tokio::time::sleep_until(end) => break,
            () = stop.told() => break,
            _ = tell.tick() => {
                let size = std::fs::metadata(&out).map(|file| file.len()).unwrap_or_default();
                let left = end.saturating_duration_since(tokio::time::Instant::now()).as_secs();
                tracing::info!(bytes = size, seconds.left = left, "recording `{name}`: {size} bytes, {left} s left");
            }
            moved = snapshot.changed() => {
                moved.context("the part that watches the router died; the log says why")?;
                let link = snapshot.borrow_and_update().link.clone();
                was_live |= link.is_live();
                hopeless = match link {
                    Link::Refused(trouble) | Link::Blocked(trouble) if !was_live => Some(trouble),
                    _ => None,
                };
            }
        }
    }
    let trouble = hopeless.or_else(|| snapshot.borrow().link.trouble().cloned());
    if fleet.send(actors::Stop).await.is_err() {
        tracing::debug!("the fleet had stopped already");
    }
    let Finished { is_written, left_out } = recorder.finish().await;
    if was_live && !is_written {
        return Err(Failure::Running(anyhow!(
            "the recording in {} stopped early; the log says why, and what came before is good",
            out.display()
        )));
    }
    if was_live {
        let size = std::fs::metadata(&out).map(|file| file.len()).unwrap_or_default();
        tracing::info!(bytes = size, "recorded `{name}` in {}: {size} bytes", out.display());
        return whole(&out, &left_out);
    }
    // Only what we made ourselves a moment ago, and nothing is in it.
    let removed = std::fs::remove_file(&out);
    removed.with_context(|| format!("cannot remove the empty {}", out.display()))?;
    Err(Failure::Running(match trouble {
        Some(trouble) => anyhow!("nothing was recorded: {}; {}", trouble.what, trouble.advice),
        None => anyhow!("nothing was recorded: `{name}` did not answer in time"),
    }))
}

/// Says what is not in the recording; an error if it lacks a whole table.
fn whole(out: &Path, left_out: &[LeftOut]) -> Result<(), Failure> {
    for LeftOut { menu, replies, .. } in left_out {
        tracing::warn!(
            menu,
            replies,
            "{replies} replies of {menu} are not in the recording: they did not come whole, or the disk was too slow"
        );
    }
    let missing = left_out.iter().filter(|one| one.is_missing).map(|one| one.menu.as_str());
    let missing: Vec<&str> = missing.collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::Running(anyhow!(
        "the recording in {} lacks {}: nothing that the router said of it could be recorded; the rest is good",
        out.display(),
        missing.join(", ")
    )))
}
