//! Files that are replaced as a whole: whoever reads them sees the old one or the new one.

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Replaces a file, or makes it; only its owner may read the new one. A link stays a link.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    prepare(path, bytes)?.put_in_place()
}

/// Writes what shall be in a file beside it, so that little can go wrong any more when it takes its place.
pub fn prepare(path: &Path, bytes: &[u8]) -> Result<Prepared, Error> {
    let (prepared, mut file) = begin(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all())?;
    Ok(prepared)
}

/// Makes a file of our own beside the place. Whatever has its name already is not written to: in a folder of others it
/// may be a link.
fn begin(path: &Path) -> Result<(Prepared, File), Error> {
    let path = match std::fs::canonicalize(path) {
        Ok(path) => path,
        Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = folder(&path).join(format!(".{name}.{}.new", std::process::id()));
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    Ok((Prepared { path, new }, file))
}

/// Removes what programs left beside a file that were killed while they prepared it: it may hold a secret. For who has
/// prepared nothing yet, and is alone with the file: a number tells nothing, as another process may have it by now.
pub fn remove_leftovers(path: &Path) {
    for left in leftovers(path) {
        if let Err(error) = std::fs::remove_file(&left) {
            let path = left.display().to_string();
            tracing::warn!(error = %error, "{path:?} is left of a program that was killed: remove it");
        }
    }
}

/// What was prepared for a file and lies beside it.
fn leftovers(path: &Path) -> Vec<PathBuf> {
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_left = |left: &std::ffi::OsStr| {
        let process = left.to_str().and_then(|left| {
            left.strip_prefix('.')?.strip_prefix(name.as_ref())?.strip_prefix('.')?.strip_suffix(".new")
        });
        process.is_some_and(|process| process.parse::<u32>().is_ok())
    };
    let entries = std::fs::read_dir(folder(&path)).into_iter().flatten().flatten();
    entries.filter(|entry| is_left(&entry.file_name())).map(|entry| entry.path()).collect()
}

/// Of a text that is to take a file's place: how to tell later whether it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    before: [u8; 32],
    after: [u8; 32],
}

impl Replacement {
    /// Of what is in the file by now, by these bytes.
    pub fn of(path: &Path, bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self { before: digest(path)?, after: Sha256::digest(bytes).into() })
    }

    /// Whether the new text took the file's place, for who has prepared nothing since.
    pub fn is_made(&self, path: &Path) -> Result<bool, Error> {
        let now = digest(path)?;
        if now == self.after {
            return Ok(true);
        }
        // Neither of both, if somebody wrote into the file since: a text that still lies beside it was never in it.
        let lies_beside =
            || leftovers(path).iter().any(|left| digest(left).is_ok_and(|one| one == self.after));
        Ok(now != self.before && !lies_beside())
    }
}

/// The SHA-256 of a file; one that is not there is as good as an empty one.
fn digest(path: &Path) -> Result<[u8; 32], Error> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Sha256::digest(bytes).into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Sha256::digest([]).into()),
        Err(error) => Err(error),
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A text that is on the disk and waits to take a file's place.
#[derive(Debug)]
pub struct Prepared {
    path: PathBuf,
    new: PathBuf,
}

impl Prepared {
    /// Takes the place; whoever reads the file sees the old text or this one. After an error it is the old one.
    pub fn put_in_place(self) -> Result<(), Error> {
        std::fs::rename(&self.new, &self.path)?;
        sync_folder(&self.path);
        Ok(())
    }
}

/// Has the new name survive a power cut as well. What is in place already is no failure all the same: who was told of
/// one would take back what belongs to it.
fn sync_folder(path: &Path) {
    if let Err(error) = File::open(folder(path)).and_then(|folder| folder.sync_all()) {
        let path = path.display().to_string();
        tracing::warn!(error = %error, "{path:?} is written, but may be the old one again after a power cut: {error}");
    }
}

impl Drop for Prepared {
    /// What is left of an attempt may hold a secret; what took its place is not there any more.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.new);
    }
}

/// A new file of any length that is written piece by piece, and is at its place only when all of it is on the disk.
#[derive(Debug)]
pub struct Growing {
    file: File,
    prepared: Prepared,
}

impl Growing {
    /// Begins one beside the place; only its owner may read it.
    pub fn begin(path: &Path) -> Result<Self, Error> {
        let (prepared, file) = begin(path)?;
        Ok(Self { file, prepared })
    }

    /// Takes the place, if nothing is there already.
    pub fn put_in_place_if_free(self) -> Result<(), Error> {
        self.file.sync_all()?;
        let Prepared { path, new } = &self.prepared;
        match renameat_with(CWD, new, CWD, path, RenameFlags::NOREPLACE) {
            // Some file systems have no such rename.
            Err(Errno::INVAL | Errno::NOSYS) if !path.exists() => self.prepared.put_in_place(),
            Err(Errno::INVAL | Errno::NOSYS) => Err(std::io::ErrorKind::AlreadyExists.into()),
            Err(error) => Err(error.into()),
            Ok(()) => {
                sync_folder(path);
                Ok(())
            }
        }
    }

    /// Takes the place of whatever is there.
    pub fn put_in_place(self) -> Result<(), Error> {
        self.file.sync_all()?;
        self.prepared.put_in_place()
    }
}

impl std::io::Write for Growing {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    #[test]
    fn a_growing_file_is_there_when_it_is_finished_and_replaces_nothing_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let grow = |text: &str| {
            let mut file = Growing::begin(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file
        };
        let begun = grow("one");
        assert!(!path.exists());
        begun.put_in_place_if_free().unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        let refused = grow("two").put_in_place_if_free().unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::AlreadyExists);
        drop(grow("three"));
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        grow("four").put_in_place().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"four");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "nothing is left of attempts");
    }

    #[test]
    fn a_file_is_replaced_and_others_may_not_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "old").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn what_was_left_of_a_file_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", ".a.1.new", ".a.4711.new", ".a.x.new", ".b.7.new"] {
            std::fs::write(folder.path().join(name), "canary").unwrap();
        }
        remove_leftovers(&folder.path().join("a"));
        let left = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name());
        let mut left: Vec<_> = left.map(|name| name.into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, [".a.x.new", ".b.7.new", "a"]);
    }

    #[test]
    fn a_folder_that_cannot_be_synced_is_no_failure_once_the_file_is_in_place() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let prepared = prepare(&path, b"new").unwrap();
        // It can be written to and not be opened, but by root.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o300)).unwrap();
        let put = prepared.put_in_place();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        put.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn it_is_told_whether_a_text_took_its_place_also_when_the_file_is_another_since() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        // As a program leaves them that is killed before it puts the new text in place.
        let left = folder.path().join(".a.4711.new");
        let check = |now: Option<&str>, lies_beside: bool, is_made: bool| {
            std::fs::write(&path, "old").unwrap();
            let replacement = Replacement::of(&path, b"new").unwrap();
            now.map_or_else(
                || std::fs::remove_file(&path).unwrap(),
                |now| std::fs::write(&path, now).unwrap(),
            );
            std::fs::write(&left, if lies_beside { "new" } else { "of another change" }).unwrap();
            assert_eq!(replacement.is_made(&path).unwrap(), is_made, "{now:?}, {lies_beside}");
        };
        check(Some("old"), true, false);
        check(Some("old"), false, false);
        check(Some("new"), false, true);
        check(Some("new"), true, true);
        check(Some("by hand"), true, false);
        check(Some("by hand"), false, true);
        check(None, true, false);
    }

    #[test]
    fn what_has_the_name_of_a_new_file_is_not_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("other"));
        std::fs::write(&other, "of somebody else").unwrap();
        let planted = folder.path().join(format!(".a.{}.new", std::process::id()));
        std::os::unix::fs::symlink(&other, &planted).unwrap();
        replace(&path, b"new").unwrap();
        std::os::unix::fs::symlink(&other, &planted).unwrap();
        let mut growing = Growing::begin(&path).unwrap();
        growing.write_all(b"newer").unwrap();
        growing.put_in_place().unwrap();
        assert!(!path.is_symlink() && !planted.is_symlink());
        assert_eq!(std::fs::read(&path).unwrap(), b"newer");
        assert_eq!(std::fs::read(&other).unwrap(), b"of somebody else");
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, b"new").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        assert!(link.is_symlink());
    }
}
