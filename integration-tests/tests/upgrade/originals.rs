//! Committed folders are looked at in copies: an original that a test changed is noticed at its end.

use super::copy;
use integration_tests::secrets::files;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A copy of a committed folder. When it goes, the original must be as it was, byte for byte.
pub(super) struct Copied {
    folder: TempDir,
    original: PathBuf,
    before: Vec<(String, Vec<u8>)>,
}

impl Copied {
    /// Copies this folder.
    pub(super) fn of(original: &Path) -> Self {
        let (folder, before) = (TempDir::new().unwrap(), files(original).unwrap());
        assert!(!before.is_empty(), "{} is empty", original.display());
        copy(original, folder.path());
        assert_eq!(files(folder.path()).unwrap(), before, "a copy that is none");
        Self { folder, original: original.to_owned(), before }
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        let is_same = files(&self.original).is_ok_and(|now| now == self.before);
        assert!(is_same || std::thread::panicking(), "{} was changed", self.original.display());
    }
}

#[test]
fn an_original_that_was_changed_is_noticed() {
    for change in [
        (|file| std::fs::write(file, "other").unwrap()) as fn(&Path),
        |file| std::fs::remove_file(file).unwrap(),
        |file| std::fs::write(file.with_extension("new"), "").unwrap(),
    ] {
        let original = TempDir::new().unwrap();
        let file = original.path().join("record");
        std::fs::write(&file, "one").unwrap();
        drop(Copied::of(original.path()));
        let copied = Copied::of(original.path());
        std::fs::write(copied.path().join("record"), "changed in the copy").unwrap();
        change(&file);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(copied))).unwrap_err();
    }
}
