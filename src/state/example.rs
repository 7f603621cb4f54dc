//! A made-up state for tests, with the ends by which it is moved.

use super::{ClearOrder, DebugLog, GroupOrder, LogView, Restarts, RouterView, SettingsOrder, State};
use crate::domain::example::now;
use crate::domain::groups::Groups;
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
    /// Kept so that groups can be read and changed; nobody answers the orders.
    _groups: (watch::Sender<Arc<Groups>>, mpsc::Receiver<GroupOrder>),
    /// Kept so that orders can be given; nobody answers them.
    _settings: mpsc::Receiver<SettingsOrder>,
    /// Which routers there are.
    pub(crate) routers: watch::Sender<Arc<[RouterView]>>,
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
                actions: None,
                label: None,
                address: "127.0.0.1:8728".to_owned(),
                name,
                snapshot: view,
                restarts: Arc::default(),
            });
        }
        let (routers_cell, routers) = watch::channel(views.into());
        let (stopping_cell, stopping) = watch::channel(false);
        let (log_cell, log) = watch::channel(Arc::default());
        let (clear_log, clear_orders) = mpsc::channel(1);
        let (groups_cell, groups) = watch::channel(Arc::default());
        let (change_groups, group_orders) = mpsc::channel(8);
        let (settings, settings_orders) = mpsc::channel(8);
        let state = State {
            restarts: Restarts::default(),
            settings,
            jobs: watch::channel(Arc::from([])).1,
            order_jobs: mpsc::channel(1).0,
            clear_log,
            debug_log: DebugLog { until: watch::channel(None).1, is_usual: false, order: mpsc::channel(1).0 },
            routers,
            changes: broadcast::Sender::new(64),
            log,
            groups,
            change_groups,
            stopping,
            started: now(),
            demo: false,
            recovered: None,
            disk_full: watch::channel(false).1,
            replay: None,
        };
        let (stopping, log) = (stopping_cell, log_cell);
        Self {
            state,
            snapshots: cells,
            stopping,
            clear_orders,
            log,
            _groups: (groups_cell, group_orders),
            _settings: settings_orders,
            routers: routers_cell,
        }
    }
}
