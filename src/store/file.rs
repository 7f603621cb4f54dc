//! Files that are replaced as a whole: whoever reads them sees the old one or the new one.

use std::fs::{File, OpenOptions};
use std::io::{Error, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Replaces a file, or makes it; only its owner may read the new one. A link stays a link.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    prepare(path, bytes)?.put_in_place()
}

/// Writes what shall be in a file beside it, so that little can go wrong any more when it takes its place.
pub fn prepare(path: &Path, bytes: &[u8]) -> Result<Prepared, Error> {
    let path = match std::fs::canonicalize(path) {
        Ok(path) => path,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = folder(&path).join(format!(".{name}.{}.new", std::process::id()));
    let prepared = Prepared { path, new };
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&prepared.new)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))?;
    Ok(prepared)
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
    /// Takes the place; whoever reads the file sees the old text or this one.
    pub fn put_in_place(self) -> Result<(), Error> {
        std::fs::rename(&self.new, &self.path)?;
        // The new name must survive a power cut as well.
        File::open(folder(&self.path))?.sync_all()
    }
}

impl Drop for Prepared {
    /// What is left of an attempt may hold a secret; what took its place is not there any more.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

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
