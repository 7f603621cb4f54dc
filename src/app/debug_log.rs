//! Debug entries for a while: switched on by an admin, and off again by themselves.

use crate::state::DebugLog;
use crate::telemetry::Louder;
use jiff::Timestamp;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// For so long they are logged: they are many, and some of what they say concerns subscribers.
const FOR: Duration = Duration::from_secs(600);

/// Starts who switches them, on the current runtime.
pub(super) fn start() -> DebugLog {
    let (until, seen) = watch::channel(None);
    let (order, orders) = mpsc::channel(1);
    let louder = Louder::of_this_process();
    if let Some(louder) = louder {
        actix_web::rt::spawn(obey(louder, orders, until));
    }
    DebugLog { until: seen, is_usual: louder.is_some_and(Louder::is_loud), order }
}

async fn obey(
    louder: &'static Louder,
    mut orders: mpsc::Receiver<bool>,
    until: watch::Sender<Option<Timestamp>>,
) {
    let mut end = None;
    loop {
        let order = tokio::select! {
            order = orders.recv() => order,
            () = over(end) => Some(false),
        };
        let Some(is_loud) = order else { return };
        if !louder.set(is_loud) {
            tracing::error!("how much is logged could not be changed");
            continue;
        }
        end = is_loud.then(|| Instant::now() + FOR);
        until.send_replace(is_loud.then(|| Timestamp::now() + FOR));
        if is_loud {
            tracing::info!("debug entries are logged for ten minutes");
        } else {
            tracing::info!("debug entries are logged no more");
        }
    }
}

async fn over(end: Option<Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}
