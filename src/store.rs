//! What must survive a restart: records by key in a sled database, in the data folder.
//!
//! Only what changes rarely is kept here: sealed credentials, people, tokens. A change is on the disk when the call
//! that makes it returns. Calls wait for the disk: an actor or a page makes them where waiting is allowed.
//!
//! A store that was damaged is repaired, or made anew from the newest backup, and says so. While the disk is full,
//! everything can be read and no change is made.

pub mod archive;
mod backup;
pub mod claim;
pub mod file;
pub mod ledger;
mod recovery;
mod room;
mod transfer;

#[cfg(test)]
mod tests;

pub use recovery::{Recovery, Source};
pub use transfer::{NAMES, Transfer};

use backup::Backup;
use room::Held;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// The folder of the database within the data folder.
const FOLDER: &str = "store";

/// The table of what the store says of itself.
const OWN: &str = "store";

/// What this program writes; a store of a later program is not touched.
const FORMAT: u32 = 1;

/// More memory than this is not spent on what is rarely read.
const CACHE: u64 = 8 << 20;

/// The store of one data folder. One process owns it at a time.
#[derive(Debug, Clone)]
pub struct Store {
    held: Arc<RwLock<Held>>,
    /// Whether changes are refused because the disk is full.
    full: Arc<AtomicBool>,
    /// The data folder, if there is one.
    data: Option<PathBuf>,
    /// How many changes were made; it stands in the store as well, written together with each.
    changes: Arc<Mutex<u64>>,
    recovery: Option<Arc<Recovery>>,
}

/// A database that can be read from its beginning to its end.
#[derive(Debug)]
struct Opened {
    db: sled::Db,
    changes: u64,
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process owns it.
    #[error("{0:?} is in use by another tikwatch: stop that one first")]
    InUse(PathBuf),
    /// The folder or a file in it cannot be used.
    #[error("cannot use {0:?}")]
    Folder(PathBuf, #[source] std::io::Error),
    /// The database is damaged.
    #[error("the store in {0:?} is damaged ({1})")]
    Damaged(PathBuf, String),
    /// It was written by a later version.
    #[error("the store in {0:?} was written by a later tikwatch (format {1}): use that one, or a backup")]
    Newer(PathBuf, u32),
    /// Reading or writing failed.
    #[error("the store cannot be read or written")]
    Broken(#[from] sled::Error),
    /// The disk is full.
    #[error("the disk of {0:?} is full: nothing was changed; make room and try again")]
    Full(PathBuf),
    /// The disk did not take what was written.
    #[error("the disk did not take what was written")]
    Disk(#[from] std::io::Error),
    /// A record is not what it should be.
    #[error("the record `{0}` cannot be understood")]
    Record(String, #[source] serde_json::Error),
}

/// Changes that happen all together or not at all.
#[derive(Debug, Default)]
pub struct Changes(sled::Batch);

impl Changes {
    /// Writes a record.
    pub fn put(&mut self, table: &str, key: &str, record: &impl Serialize) -> Result<(), StoreError> {
        let json = serde_json::to_vec(record)
            .map_err(|error| StoreError::Record(format!("{table}/{key}"), error))?;
        self.put_bytes(table, key, &json);
        Ok(())
    }

    /// Writes a record of bytes.
    pub fn put_bytes(&mut self, table: &str, key: &str, bytes: &[u8]) {
        self.0.insert(place(table, key).as_bytes(), bytes);
    }

    /// Removes a record, if it is there.
    pub fn remove(&mut self, table: &str, key: &str) {
        self.0.remove(place(table, key).as_bytes());
    }
}

impl Store {
    /// Opens the store in the data folder, which is made if it is not there: for its owner only.
    pub fn open(data: &Path) -> Result<Self, StoreError> {
        let folder = data.join(FOLDER);
        let wrong = |error| StoreError::Folder(folder.clone(), error);
        if !room::is_there(data) {
            return Self::open_without_room(data);
        }
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(wrong)?;
        for one in [data, &folder] {
            std::fs::set_permissions(one, std::fs::Permissions::from_mode(0o700)).map_err(wrong)?;
        }
        let known = recovery::known_changes(data);
        let opened = open_at(&folder).and_then(|opened| match known.saturating_sub(opened.changes) {
            0 => Ok(opened),
            missing => Err(StoreError::Damaged(folder.clone(), format!("{missing} changes are missing"))),
        });
        let (opened, recovery) = match opened {
            Ok(opened) => (opened, None),
            Err(StoreError::Damaged(_, why)) => {
                let (opened, recovery) = recovery::recover(data, &folder, why)?;
                (opened, Some(Arc::new(recovery)))
            }
            Err(other) => return Err(other),
        };
        let Opened { db, changes } = opened;
        let store = Self { recovery, ..Self::of(Held::in_place(db), Some(data), changes) };
        match store.get::<u32>(OWN, "format")? {
            None => {
                let mut changes = Changes::default();
                changes.put(OWN, "format", &FORMAT)?;
                store.apply(changes)?;
            }
            Some(format) if FORMAT < format => return Err(StoreError::Newer(folder, format)),
            Some(_) if store.recovery.is_some() => store.apply(Changes::default())?,
            Some(_) => {}
        }
        Ok(store)
    }

    /// Opens what can be read while nothing can be written. A data folder that was never used cannot be opened so.
    fn open_without_room(data: &Path) -> Result<Self, StoreError> {
        if !Self::exists(data) {
            return Err(StoreError::Full(data.to_owned()));
        }
        let (held, changes) = room::copy(data)?;
        let store = Self::of(held, Some(data), changes);
        store.full.store(true, Ordering::Relaxed);
        match store.get::<u32>(OWN, "format")? {
            Some(format) if FORMAT < format => Err(StoreError::Newer(data.join(FOLDER), format)),
            _ if changes < recovery::known_changes(data) => {
                Err(StoreError::Damaged(data.join(FOLDER), "it cannot be repaired on a full disk".to_owned()))
            }
            _ => Ok(store),
        }
    }

    fn of(held: Held, data: Option<&Path>, changes: u64) -> Self {
        Self {
            held: Arc::new(RwLock::new(held)),
            full: Arc::default(),
            data: data.map(Path::to_owned),
            changes: Arc::new(Mutex::new(changes)),
            recovery: None,
        }
    }

    /// Reads from the database, which stays where it is meanwhile.
    fn read<T>(&self, read: impl FnOnce(&sled::Db) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.db.as_ref().map_or_else(|| Err(self.full_disk()), read)
    }

    fn full_disk(&self) -> StoreError {
        self.full.store(true, Ordering::Relaxed);
        StoreError::Full(self.data.clone().unwrap_or_default())
    }

    /// What had to be done to open it, if it was damaged.
    pub fn recovery(&self) -> Option<&Recovery> {
        self.recovery.as_deref()
    }

    /// How many bytes it takes on the disk, and how many changes were made to it since it is there.
    pub fn size(&self) -> Result<(u64, u64), StoreError> {
        let changes = *self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        self.read(|db| Ok((db.size_on_disk()?, changes)))
    }

    /// Makes a backup in the data folder, if something changed since the last one; says where. `at` is the time, as it
    /// is told to whoever needs the backup.
    pub fn back_up(&self, at: &str) -> Result<Option<PathBuf>, StoreError> {
        let Some(data) = self.data.as_ref().filter(|_| !self.is_full()) else { return Ok(None) };
        let backup = {
            // No change is made meanwhile: a backup holds all of each, or nothing.
            let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
            if backup::newest_changes(data) == Some(*changes) {
                return Ok(None);
            }
            Backup { changes: *changes, at: at.to_owned(), records: self.records()? }
        };
        Ok(Some(backup::write(data, backup)?))
    }

    /// The newest backup, within the data folder.
    pub fn newest_backup(&self) -> Option<PathBuf> {
        let data = self.data.as_ref()?;
        let changes = backup::newest_changes(data)?;
        Some(backup::place(changes))
    }

    /// All records as they are.
    fn records(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let text = |record: Result<(sled::IVec, sled::IVec), sled::Error>| {
            let (key, value) = record?;
            Ok((String::from_utf8_lossy(&key).into_owned(), value.to_vec()))
        };
        self.read(|db| db.iter().map(text).collect())
    }

    /// Whether there is a store in the data folder.
    pub fn exists(data: &Path) -> bool {
        data.join(FOLDER).join("db").exists()
    }

    /// A store that is gone when the process ends.
    pub fn temporary() -> Result<Self, StoreError> {
        let db = sled::Config::new().temporary(true).cache_capacity(CACHE).open()?;
        Ok(Self::of(Held::in_place(db), None, 0))
    }

    /// One record.
    pub fn get<T: DeserializeOwned>(&self, table: &str, key: &str) -> Result<Option<T>, StoreError> {
        let place = place(table, key);
        let Some(bytes) = self.read(|db| Ok(db.get(&place)?))? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::Record(place, error))
    }

    /// One record of bytes.
    pub fn get_bytes(&self, table: &str, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|db| Ok(db.get(place(table, key))?.map(|bytes| bytes.to_vec())))
    }

    /// All records of a table with their keys, in the order of the keys.
    pub fn all<T: DeserializeOwned>(&self, table: &str) -> Result<Vec<(String, T)>, StoreError> {
        let read = |(key, bytes): (String, Vec<u8>)| match serde_json::from_slice(&bytes) {
            Ok(record) => Ok((key, record)),
            Err(error) => Err(StoreError::Record(place(table, &key), error)),
        };
        self.all_bytes(table)?.into_iter().map(read).collect()
    }

    /// All records of a table as bytes, in the order of the keys.
    pub fn all_bytes(&self, table: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let prefix = place(table, "");
        self.read(|db| db.scan_prefix(&prefix).map(|record| below(&prefix, record)).collect())
    }

    /// The last records of a table as bytes, the last one first.
    pub fn last_bytes(&self, table: &str, count: usize) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let prefix = place(table, "");
        let records = |db: &sled::Db| {
            db.scan_prefix(&prefix).rev().take(count).map(|record| below(&prefix, record)).collect()
        };
        self.read(records)
    }

    /// Shows the records of a table one by one, the last one first.
    pub fn visit_backwards(&self, table: &str, mut visit: impl FnMut(&[u8])) -> Result<(), StoreError> {
        let prefix = place(table, "");
        self.read(|db| {
            for record in db.scan_prefix(&prefix).rev() {
                visit(&record?.1);
            }
            Ok(())
        })
    }

    /// Makes the changes, all or none; they are on the disk when this returns.
    pub fn apply(&self, mut changes: Changes) -> Result<(), StoreError> {
        // One after the other, so that the number grows on the disk as it does here.
        let mut made = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_full() || self.data.as_ref().is_some_and(|data| !room::is_there(data)) {
            return Err(self.full_disk());
        }
        let number = *made + 1;
        changes.put(OWN, "changes", &number)?;
        let written = self.read(|db| {
            db.apply_batch(changes.0)?;
            *made = number;
            db.flush()?;
            if let Some(data) = &self.data {
                // sled's flush hands the pages to the kernel and does not wait for the disk.
                File::open(data.join(FOLDER).join("db"))?.sync_all()?;
                // Only now: it says that they are there.
                recovery::note_changes(data, number)?;
            }
            Ok(())
        });
        written.map_err(|error| {
            if !room::is_full(&error) {
                return error;
            }
            // Somebody else took the room meanwhile, and sled takes nothing any more until it is opened anew.
            self.held.write().unwrap_or_else(PoisonError::into_inner).is_hit = true;
            self.full_disk()
        })
    }
}

/// A record below a prefix, its key without it.
fn below(
    prefix: &str,
    record: Result<(sled::IVec, sled::IVec), sled::Error>,
) -> Result<(String, Vec<u8>), StoreError> {
    let (key, bytes) = record?;
    let key = String::from_utf8_lossy(&key);
    Ok((key.strip_prefix(prefix).unwrap_or(&key).to_owned(), bytes.to_vec()))
}

impl Opened {
    /// Puts the records of a backup into an empty database.
    fn fill(&self, records: Vec<(String, Vec<u8>)>) -> Result<(), StoreError> {
        let mut batch = sled::Batch::default();
        for (key, value) in records {
            batch.insert(key.as_bytes(), value);
        }
        self.db.apply_batch(batch)?;
        Ok(())
    }
}

/// Opens the database in this folder and reads all of it: sled notices some damage only where it is read.
fn open_at(folder: &Path) -> Result<Opened, StoreError> {
    let config = sled::Config::new().path(folder).cache_capacity(CACHE).flush_every_ms(Some(500));
    let damaged = |why: String| StoreError::Damaged(folder.to_owned(), why);
    let read = || {
        let db = config.open()?;
        for record in db.iter() {
            record?;
        }
        let changes = db.get(place(OWN, "changes"))?;
        let changes = changes.map_or(Ok(0), |json| serde_json::from_slice(&json));
        // What cannot be understood counts as none: then some are missing.
        Ok(Opened { db, changes: changes.unwrap_or(0) })
    };
    // sled panics over some damage instead of telling it.
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(opened)) => Ok(opened),
        Ok(Err(sled::Error::Io(error))) if is_locked(&error) => Err(StoreError::InUse(folder.to_owned())),
        Ok(Err(sled::Error::Io(error))) if is_no_damage(&error) => {
            Err(StoreError::Folder(folder.to_owned(), error))
        }
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(_) => Err(damaged("it cannot even be read".to_owned())),
    }
}

/// Whether the machine is in the way rather than what the files hold.
fn is_no_damage(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied
            | ErrorKind::StorageFull
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::QuotaExceeded
    )
}

/// Where a record of a table stands. Tables are words of ours; keys are any text.
fn place(table: &str, key: &str) -> String {
    debug_assert!(!table.contains('/'), "a table's name has no slash");
    format!("{table}/{key}")
}

/// Whether the lock file is held by somebody else; sled tells it as text only.
fn is_locked(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::WouldBlock || error.to_string().contains("could not acquire lock")
}
