//! Who may use a data folder: many programs that leave its parts in place, or one that replaces them.
//!
//! The store has a lock of its own, and does not know what else is in the folder. The lock here is on the folder itself,
//! needs no file, and goes with the process that has it.

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fs::{DirBuilder, File};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

/// A data folder that is in use as long as this is held.
#[derive(Debug)]
pub struct Claim {
    /// None where the file system knows no locks.
    _folder: Option<File>,
    /// The store's own lock, for who replaces it.
    _store: Option<File>,
}

impl Claim {
    /// Uses the folder, which is made if it is not there; nothing if somebody replaces its parts at the moment.
    pub fn share(data: &Path) -> Result<Option<Self>, Error> {
        Self::take(data, FlockOperation::NonBlockingLockShared)
    }

    /// Replaces parts of the folder, which is made if it is not there; nothing if anybody uses it, or its store.
    pub fn replace(data: &Path) -> Result<Option<Self>, Error> {
        let Some(claim) = Self::take(data, FlockOperation::NonBlockingLockExclusive)? else {
            return Ok(None);
        };
        let store = match File::open(data.join(super::FOLDER).join("db")) {
            Ok(store) => store,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(claim)),
            Err(error) => return Err(error),
        };
        // Commands that only use the store have its lock alone.
        let is_free = flock(&store, FlockOperation::NonBlockingLockExclusive) != Err(Errno::WOULDBLOCK);
        Ok(is_free.then_some(Self { _store: Some(store), ..claim }))
    }

    fn take(data: &Path, operation: FlockOperation) -> Result<Option<Self>, Error> {
        DirBuilder::new().recursive(true).mode(0o700).create(data)?;
        let folder = File::open(data)?;
        match flock(&folder, operation) {
            Ok(()) => Ok(Some(Self { _folder: Some(folder), _store: None })),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(error) => {
                tracing::debug!(error = %error, "the data folder cannot be locked");
                Ok(Some(Self { _folder: None, _store: None }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that another test starts has what is open here, too, until it becomes its program.
    fn soon(claim: impl Fn() -> Option<Claim>) -> Claim {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            if let Some(claim) = claim() {
                return claim;
            }
            assert!(std::time::Instant::now() < until, "nobody lets go of it");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    #[test]
    fn many_use_a_folder_or_one_replaces_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let (one, other) = (Claim::share(&data).unwrap().unwrap(), Claim::share(&data).unwrap().unwrap());
        assert!(Claim::replace(&data).unwrap().is_none());
        drop((one, other));
        let alone = soon(|| Claim::replace(&data).unwrap());
        assert!(Claim::share(&data).unwrap().is_none() && Claim::replace(&data).unwrap().is_none());
        drop(alone);
        let used = crate::store::Store::open(&data).unwrap();
        assert!(Claim::replace(&data).unwrap().is_none());
        Claim::share(&data).unwrap().unwrap();
        drop(used);
        let alone = soon(|| Claim::replace(&data).unwrap());
        assert!(crate::store::Store::open(&data).is_err());
        drop(alone);
    }
}
