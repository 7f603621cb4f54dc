//! A recorded router for other programs.

use super::Failure;
use super::options::ReplayOptions;
use super::process::{Stop, say};
use crate::recording::Ending;
use crate::simulator::Replay;
use anyhow::Context as _;

/// Serves a recording until the program is told to stop.
pub async fn replay(options: ReplayOptions) -> Result<(), Failure> {
    let mut stop = Stop::listen()?;
    let user = options.replay.user.as_ref().map(|(name, _)| name.clone());
    let replay = Replay::open(options.replay).map_err(Failure::setup)?;
    introduce(&replay);
    let (header, device) = (replay.header().clone(), replay.device().clone());
    let (seconds, menus) = (replay.length().as_secs(), replay.menus());
    let playing = replay
        .listen(options.listen)
        .await
        .with_context(|| format!("cannot listen on {} (any free port: --listen 127.0.0.1:0)", options.listen))
        .map_err(Failure::Setup)?;
    let line = serde_json::json!({
        "router": header.router,
        "address": playing.address,
        "version": device.version,
        "board": device.board,
        "started": header.started,
        "seconds": seconds,
        "menus": menus,
        "user": user,
    });
    say([line.to_string()])?;
    stop.told().await;
    Ok(())
}

/// Says what is replayed, and what is wrong with it though it can be.
pub(super) fn introduce(replay: &Replay) {
    let header = replay.header();
    let seconds = replay.length().as_secs();
    tracing::info!(
        router.name = %header.router,
        seconds,
        "replaying `{}` as it was from {} on, for {seconds} s",
        header.router,
        header.started
    );
    if replay.ending() == Ending::CutOff {
        tracing::warn!("the recording was cut off; what came before is replayed");
    }
}
