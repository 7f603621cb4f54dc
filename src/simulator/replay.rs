//! A recording turned back into a router: its tables move as they did, at the pace one likes.
//!
//! Offsets are the source's, and a value holds until its next recorded change, but uptimes and the router's own clock,
//! which go on. Where the source lost its router the
//! replayed one closes its port until it came back.

mod clock;
mod player;
mod scan;
mod table;
mod tables;
mod wall;
#[cfg(test)]
mod tests;

pub use clock::ReplayClock;
pub use player::Replaying;

use super::plan::RouterPlan;
use super::ros::Ros;
use super::service::Service;
use super::stored::Stored;
use crate::recording::{Damage, Ending, Header, Reader};
use scan::Summary;
use secrecy::SecretString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tables::Tables;

/// How a recording is replayed.
#[derive(Debug, Clone)]
pub struct ReplayOptions {
    /// The recording.
    pub file: PathBuf,
    /// How many times faster than it was recorded.
    pub speed: f64,
    /// Begin again at the end; else the last values hold.
    pub repeats: bool,
    /// Where in the recording to begin.
    pub from: Duration,
    /// The only user who may sign in; without one, anybody may.
    pub user: Option<(String, SecretString)>,
}

/// Why a recording cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be opened.
    #[error("cannot open {}", file.display())]
    Open {
        /// Which file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is no good recording.
    #[error("{}: {damage}", file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        damage: Damage,
    },
    /// Its tables need more memory than a recording of its size can need.
    #[error("{}: line {line} of the recording: its tables are far larger than the file can tell", file.display())]
    TooLarge {
        /// Which file.
        file: PathBuf,
        /// Where it became too much.
        line: u64,
    },
    /// It has no table at all.
    #[error("{}: there is nothing in this recording", file.display())]
    Empty {
        /// Which file.
        file: PathBuf,
    },
    /// It ends before the place to begin.
    #[error("{}: the recording is only {} s long, so it cannot begin at {} s", file.display(), length.as_secs(),
        from.as_secs())]
    TooShort {
        /// Which file.
        file: PathBuf,
        /// How long it is.
        length: Duration,
        /// Where it should have begun.
        from: Duration,
    },
}

/// A recording that was read through once and can be replayed.
pub struct Replay {
    options: ReplayOptions,
    header: Header,
    summary: Summary,
    tables: Arc<Tables>,
    clock: ReplayClock,
    service: Arc<Service>,
}

impl Replay {
    /// Reads a recording through, so that all that is wrong with it is known before anybody connects.
    pub fn open(options: ReplayOptions) -> Result<Self, ReplayError> {
        let file = &options.file;
        let (header, summary) = scan::scan(file)?;
        if summary.tables.is_empty() {
            return Err(ReplayError::Empty { file: file.clone() });
        }
        if summary.length < options.from {
            let (length, from) = (summary.length, options.from);
            return Err(ReplayError::TooShort { file: file.clone(), length, from });
        }
        let clock = ReplayClock::new(options.from, options.speed, summary.length);
        let tables = Arc::new(Tables::new(&summary.tables, clock.clone()));
        let plan = RouterPlan {
            name: header.router.to_string(),
            ros: Ros::nearest(&summary.device.version),
            user: options.user.clone(),
            ..RouterPlan::default()
        };
        let service = Arc::new(Service::new(&plan, tables.world(), None, Stored::new()));
        Ok(Self { options, header, summary, tables, clock, service })
    }

    /// What the recording is.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How long it is.
    pub fn length(&self) -> Duration {
        self.summary.length
    }

    /// How it ends: cut off, where its recorder was killed.
    pub fn ending(&self) -> Ending {
        self.summary.ending
    }

    /// The RouterOS version and board recorded.
    pub fn device(&self) -> &crate::recording::Device {
        &self.summary.device
    }

    /// The menus in it, sorted.
    pub fn menus(&self) -> Vec<String> {
        let mut menus: Vec<String> = self.summary.tables.iter().map(|table| table.menu.clone()).collect();
        menus.sort();
        menus.dedup();
        menus
    }

    /// What time it is in the recording.
    pub fn clock(&self) -> ReplayClock {
        self.clock.clone()
    }
}

fn open(file: &Path) -> Result<Reader<File>, ReplayError> {
    let opened = File::open(file).map_err(|source| ReplayError::Open { file: file.to_owned(), source })?;
    Reader::new(opened).map_err(|damage| ReplayError::Damaged { file: file.to_owned(), damage })
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("file", &self.options.file).finish_non_exhaustive()
    }
}
