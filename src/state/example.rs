//! A made-up state for tests, with the ends by which it is moved.

use super::{ClearOrder, LogView, RouterView, State};
use crate::domain::example::now;
use crate::domain::snapshot::Snapshot;
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, watch};

/// A state and what moves it.
pub(crate) struct Example {
    pub(crate) state: State,
    pub(crate) snapshots: Vec<watch::Sender<Arc<Snapshot>>>,
    pub(crate) stopping: watch::Sender<bool>,
    /// What the log book is told.
    pub(crate) clear_orders: mpsc::Receiver<ClearOrder>,
    pub(crate) log: watch::Sender<Arc<LogView>>,
    /// Kept so that the list of routers is not thought abandoned.
    pub(crate) _routers: watch::Sender<Arc<[RouterView]>>,
}

impl Example {
    /// A state of these routers.
    pub(crate) fn new(snapshots: Vec<Snapshot>) -> Self {
        let mut cells = Vec::new();
        let mut views = Vec::new();
        for snapshot in snapshots {
            let name = snapshot.router.clone();
            let (cell, view) = watch::channel(Arc::new(snapshot));
            cells.push(cell);
            views.push(RouterView {
                label: None,
                address: "127.0.0.1:8728".to_owned(),
                name,
                snapshot: view,
            });
        }
        let (routers_cell, routers) = watch::channel(views.into());
        let (stopping_cell, stopping) = watch::channel(false);
        let (log_cell, log) = watch::channel(Arc::default());
        let (clear_log, clear_orders) = mpsc::channel(1);
        let state = State {
            clear_log,
            routers,
            changes: broadcast::Sender::new(64),
            log,
            stopping,
            started: now(),
            demo: false,
            replay: None,
        };
        let (stopping, log) = (stopping_cell, log_cell);
        Self { state, snapshots: cells, stopping, clear_orders, log, _routers: routers_cell }
    }
}
