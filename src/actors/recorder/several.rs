//! The recorders of all routers that are recorded: begun and ended as the settings say.

use super::{Backlog, Destination, Recorder, Tap, Taps};
use crate::domain::router::RouterName;
use crate::settings::RouterSettings;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Recorders by router.
#[derive(Debug, Default)]
pub struct Recorders {
    /// Where recordings are kept; without it nothing is recorded.
    folder: Option<PathBuf>,
    backlog: Backlog,
    running: BTreeMap<RouterName, (Recorder, Tap)>,
}

impl Recorders {
    /// Records into this folder.
    pub fn into(folder: PathBuf) -> Self {
        Self { folder: Some(folder), ..Self::default() }
    }

    /// How often one of them began again after an error in the program.
    pub fn restarts(&self) -> Arc<AtomicU64> {
        self.backlog.restarts()
    }

    /// Begins to record a router, unless that is under way.
    pub fn begin(&mut self, name: &RouterName) -> std::io::Result<()> {
        let Some(folder) = self.folder.clone().filter(|_| !self.running.contains_key(name)) else {
            return Ok(());
        };
        let started = Recorder::start(name.clone(), Destination::Folder(folder), None, &self.backlog)?;
        self.running.insert(name.clone(), started);
        Ok(())
    }

    /// Records those of which the settings say so, and no others; gives the taps, and the recorders that end once
    /// nobody holds their taps.
    pub fn arrange(&mut self, routers: &[RouterSettings]) -> (Taps, Vec<Recorder>) {
        let wanted = |name: &RouterName| {
            routers.iter().any(|router| router.name == *name && router.enabled && router.record)
        };
        let over: Vec<RouterName> = self.running.keys().filter(|name| !wanted(name)).cloned().collect();
        let ended = over.iter().filter_map(|name| self.running.remove(name)).map(|(recorder, _)| recorder);
        let ended = ended.collect();
        for router in routers.iter().filter(|router| router.enabled && router.record) {
            if let Err(error) = self.begin(&router.name) {
                tracing::error!(router.name = %router.name, error = %error,
                    "`{}` cannot be recorded: it is watched all the same", router.name);
            }
        }
        (self.taps(), ended)
    }

    /// What the routers' connections are to tell, by router.
    pub fn taps(&self) -> Taps {
        self.running.iter().map(|(name, (_, tap))| (name.clone(), tap.clone())).collect()
    }

    /// Waits until all of it is written; whoever held a tap was stopped.
    pub fn end(&mut self) -> Vec<Recorder> {
        std::mem::take(&mut self.running).into_values().map(|(recorder, _)| recorder).collect()
    }
}
