//! Whether the disk has room for changes, and what is done while it has none.
//!
//! sled cannot be opened on a full disk, and one that met a full disk once refuses everything from then on. So there is
//! a look at the disk before each change, which is refused while others can still make room; and a store that cannot be
//! opened is read from a copy in memory. Where sled was hit all the same, it is opened anew once there is room.

use super::{FOLDER, Opened, Store, StoreError, open_at};
use rustix::fs::{FlockOperation, flock, statvfs};
use std::fs::{DirBuilder, File};
use std::io::Error;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

/// No change is begun with less than this: sled takes its space in pieces of half a megabyte.
const LEAST: u64 = 2 << 20;

/// A file for the number of changes, one of sled's, a backup, and their temporary names.
const LEAST_FILES: u64 = 8;

/// The database, and where it really is.
#[derive(Debug)]
pub(super) struct Held {
    /// None while it is opened anew, and after that failed.
    pub(super) db: Option<sled::Db>,
    /// Whether sled met a full disk.
    pub(super) is_hit: bool,
    /// Set if it is a copy, in which nothing may be changed.
    copy: Option<Copied>,
}

/// A copy of a store in memory; it goes when this is dropped. The true one stays locked.
#[derive(Debug)]
struct Copied {
    folder: PathBuf,
    _lock: File,
}

impl Drop for Copied {
    fn drop(&mut self) {
        // Nobody is there to be told, and memory is given back at the next boot.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Held {
    /// A database in its place.
    pub(super) fn in_place(db: sled::Db) -> Self {
        Self { db: Some(db), is_hit: false, copy: None }
    }
}

/// Whether the disk of this folder has room for changes.
pub(super) fn is_there(data: &Path) -> bool {
    // A disk that cannot be asked is tried.
    let Some(found) = data.ancestors().find_map(|folder| statvfs(folder).ok()) else { return true };
    // Some file systems do not count files.
    let has_files = found.f_files == 0 || LEAST_FILES <= found.f_favail;
    has_files && LEAST <= found.f_bavail.saturating_mul(found.f_frsize)
}

/// Whether this says that a disk is full.
pub(super) fn is_full(error: &StoreError) -> bool {
    let io = match error {
        StoreError::Broken(sled::Error::Io(error))
        | StoreError::Disk(error)
        | StoreError::Folder(_, error) => error,
        StoreError::Full(_) => return true,
        _ => return false,
    };
    matches!(io.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}

/// Opens a copy of the store of this data folder; nothing is written where the store is.
pub(super) fn copy(data: &Path) -> Result<(Held, u64), StoreError> {
    let store = data.join(FOLDER);
    let wrong = |error| StoreError::Folder(store.clone(), error);
    let lock = File::open(store.join("db")).map_err(wrong)?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| StoreError::InUse(store.clone()))?;
    let copied = Copied { folder: folder().map_err(wrong)?, _lock: lock };
    for file in std::fs::read_dir(&store).map_err(wrong)? {
        let file = file.map_err(wrong)?;
        if file.file_type().map_err(wrong)?.is_file() {
            std::fs::copy(file.path(), copied.folder.join(file.file_name())).map_err(wrong)?;
        }
    }
    let Opened { db, changes } = open_at(&copied.folder)?;
    Ok((Held { db: Some(db), is_hit: false, copy: Some(copied) }, changes))
}

/// A new folder in memory, or else where temporary files are, for its owner only.
fn folder() -> Result<PathBuf, Error> {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let path = parent.join(format!("tikwatch-{}-{:016x}", std::process::id(), fastrand::u64(..)));
    DirBuilder::new().mode(0o700).create(&path)?;
    Ok(path)
}

impl Store {
    /// Whether changes are refused because the disk is full.
    pub fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Looks whether the disk has room, and if it has again, opens the store in its place; says whether changes can be
    /// made. To be called every few seconds.
    pub fn look_for_room(&self) -> Result<bool, StoreError> {
        let Some(data) = &self.data else { return Ok(true) };
        let has_room = is_there(data);
        if has_room {
            let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
            let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
            if held.copy.is_some() || held.is_hit || held.db.is_none() {
                // One process has one handle: the old one goes before the new one comes.
                *held = Held { db: None, is_hit: true, copy: None };
                let opened = open_at(&data.join(FOLDER))?;
                *changes = opened.changes.max(*changes);
                *held = Held::in_place(opened.db);
            }
        }
        self.full.store(!has_room, Ordering::Relaxed);
        Ok(has_room)
    }
}
