//! What shall be in the data folder, made ready in a folder beside it that nobody looks into.

use crate::store::archive::{ArchiveError, Part, Whole};
use anyhow::Context as _;
use secrecy::SecretString;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Its name within the data folder.
pub(super) const FOLDER: &str = "restoring";

/// What is staged; it goes when this is dropped, unless it is kept.
pub(super) struct Staged {
    folder: PathBuf,
    is_kept: std::cell::Cell<bool>,
}

/// What is not written as it stands in the backup.
pub(super) struct Parts {
    pub(super) store: Vec<u8>,
    pub(super) keys: Option<Zeroizing<String>>,
    pub(super) has_settings: bool,
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.is_kept.get() {
            // The next restore begins with removing it.
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

impl Staged {
    /// Begins with nothing; what an earlier restore left that came to nothing is removed.
    pub(super) fn begin(data: &Path) -> anyhow::Result<Self> {
        let folder = data.join(FOLDER);
        remove(&folder)?;
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).context("cannot stage the backup")?;
        Ok(Self { folder, is_kept: std::cell::Cell::new(false) })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// It is somebody else's from now on.
    pub(super) fn keep(&self) {
        self.is_kept.set(true);
    }

    /// Writes the parts of a backup, but for those that become something else.
    pub(super) fn unpack(
        &self,
        whole: &mut Whole,
        passphrase: Option<&SecretString>,
    ) -> Result<Parts, ArchiveError> {
        let mut parts = Parts { store: Vec::new(), keys: None, has_settings: false };
        whole.read(passphrase, &mut |part, _, from| {
            match part {
                Part::Store => drop(from.read_to_end(&mut parts.store)?),
                Part::Keys => {
                    let mut keys = Zeroizing::new(String::new());
                    from.read_to_string(&mut keys)?;
                    parts.keys = Some(keys);
                }
                file => {
                    parts.has_settings |= *file == Part::Settings;
                    let path = self.folder.join(file.name());
                    if let Some(folder) = path.parent() {
                        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
                    }
                    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
                    std::io::copy(from, &mut file)?;
                }
            }
            Ok(())
        })?;
        Ok(parts)
    }

    /// Waits until all of it is on the disk.
    pub(super) fn sync(&self) -> anyhow::Result<()> {
        sync(&self.folder).context("the disk did not take what was staged")
    }
}

/// Removes a folder of ours, if it is there.
pub(super) fn remove(folder: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {:?}", folder.display().to_string()))
        }
        _ => Ok(()),
    }
}

fn sync(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    File::open(folder)?.sync_all()
}
