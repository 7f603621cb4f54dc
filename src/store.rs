//! What must survive a restart: records by key in a sled database, in the data folder.
//!
//! Only what changes rarely is kept here: sealed credentials, people, tokens. A change is on the disk when the call
//! that makes it returns. Calls wait for the disk: an actor or a page makes them where waiting is allowed.

pub mod file;

#[cfg(test)]
mod tests;

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// The folder of the database within the data folder.
const FOLDER: &str = "store";

/// What this program writes; a store of a later program is not touched.
const FORMAT: u32 = 1;

/// More memory than this is not spent on what is rarely read.
const CACHE: u64 = 8 << 20;

/// The store of one data folder. One process owns it at a time.
#[derive(Debug, Clone)]
pub struct Store {
    db: sled::Db,
    /// The database's file; sled itself does not wait until the disk has it.
    file: Option<PathBuf>,
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
    /// The database is damaged; it was left as it is.
    #[error(
        "the store in {0:?} is damaged ({1}); nothing was changed: put a backup in its place, or move it away"
    )]
    Damaged(PathBuf, String),
    /// It was written by a later version.
    #[error("the store in {0:?} was written by a later tikwatch (format {1}): use that one, or a backup")]
    Newer(PathBuf, u32),
    /// Reading or writing failed.
    #[error("the store cannot be read or written")]
    Broken(#[from] sled::Error),
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
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(wrong)?;
        for one in [data, &folder] {
            std::fs::set_permissions(one, std::fs::Permissions::from_mode(0o700)).map_err(wrong)?;
        }
        let config = sled::Config::new().path(&folder).cache_capacity(CACHE).flush_every_ms(Some(500));
        // sled panics over some damage instead of telling it.
        let opened = catch_unwind(AssertUnwindSafe(|| config.open()));
        let db = match opened {
            Ok(Ok(db)) => db,
            Ok(Err(sled::Error::Io(error))) if is_locked(&error) => return Err(StoreError::InUse(folder)),
            Ok(Err(sled::Error::Io(error))) => return Err(wrong(error)),
            Ok(Err(error)) => return Err(StoreError::Damaged(folder, error.to_string())),
            Err(_) => return Err(StoreError::Damaged(folder, "it cannot even be read".to_owned())),
        };
        let store = Self { db, file: Some(folder.join("db")) };
        match store.get::<u32>("store", "format")? {
            None => {
                let mut changes = Changes::default();
                changes.put("store", "format", &FORMAT)?;
                store.apply(changes)?;
            }
            Some(format) if FORMAT < format => return Err(StoreError::Newer(folder, format)),
            Some(_) => {}
        }
        Ok(store)
    }

    /// Whether there is a store in the data folder.
    pub fn exists(data: &Path) -> bool {
        data.join(FOLDER).join("db").exists()
    }

    /// A store that is gone when the process ends.
    pub fn temporary() -> Result<Self, StoreError> {
        let db = sled::Config::new().temporary(true).cache_capacity(CACHE).open()?;
        Ok(Self { db, file: None })
    }

    /// One record.
    pub fn get<T: DeserializeOwned>(&self, table: &str, key: &str) -> Result<Option<T>, StoreError> {
        let place = place(table, key);
        let Some(bytes) = self.db.get(&place)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::Record(place, error))
    }

    /// One record of bytes.
    pub fn get_bytes(&self, table: &str, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.db.get(place(table, key))?.map(|bytes| bytes.to_vec()))
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
        let mut records = Vec::new();
        for record in self.db.scan_prefix(&prefix) {
            let (key, bytes) = record?;
            let key = String::from_utf8_lossy(&key);
            records.push((key.strip_prefix(&prefix).unwrap_or(&key).to_owned(), bytes.to_vec()));
        }
        Ok(records)
    }

    /// The last records of a table as bytes, the last one first.
    pub fn last_bytes(&self, table: &str, count: usize) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let prefix = place(table, "");
        let mut records = Vec::new();
        for record in self.db.scan_prefix(&prefix).rev().take(count) {
            let (key, bytes) = record?;
            let key = String::from_utf8_lossy(&key);
            records.push((key.strip_prefix(&prefix).unwrap_or(&key).to_owned(), bytes.to_vec()));
        }
        Ok(records)
    }

    /// Makes the changes, all or none; they are on the disk when this returns.
    pub fn apply(&self, changes: Changes) -> Result<(), StoreError> {
        self.db.apply_batch(changes.0)?;
        self.db.flush()?;
        if let Some(file) = &self.file {
            // sled's flush hands the pages to the kernel and does not wait for the disk.
            File::open(file)?.sync_all()?;
        }
        Ok(())
    }
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
