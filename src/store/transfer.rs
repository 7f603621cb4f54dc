//! All records as text that leaves the store, and comes back into another one.

use super::backup::{self, Backup};
use super::{Changes, FOLDER, FORMAT, OWN, Store, StoreError, open_at, place, recovery};
use std::fs::DirBuilder;
use std::io::{Error, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::PoisonError;

/// Records that were read from such a text and are not in a store yet.
#[derive(Debug)]
pub struct Transfer(Backup);

impl Store {
    /// All records at one moment, as text. `at` is the time, as it is told to whoever reads it.
    pub fn export(&self, at: &str) -> Result<Vec<u8>, StoreError> {
        let backup = {
            let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
            Backup { changes: *changes, at: at.to_owned(), records: self.records()? }
        };
        Ok(backup::text(backup)?)
    }
}

impl Transfer {
    /// Understands a text, if this version can use what is in it.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let backup = backup::parse(text)?;
        let format = backup.records.iter().find(|(key, _)| *key == place(OWN, "format"));
        let format = format.and_then(|(_, value)| serde_json::from_slice::<u32>(value).ok());
        if format.is_none_or(|format| FORMAT < format) {
            return Err(Error::new(ErrorKind::InvalidData, "its store was written by a later version"));
        }
        Ok(Self(backup))
    }

    /// When the text was written.
    pub fn at(&self) -> &str {
        &self.0.at
    }

    /// How many records of a table there are.
    pub fn count(&self, table: &str) -> usize {
        let prefix = place(table, "");
        self.0.records.iter().filter(|(key, _)| key.starts_with(&prefix)).count()
    }

    /// Leaves the records of a table out.
    pub fn forget(&mut self, table: &str) {
        let prefix = place(table, "");
        self.0.records.retain(|(key, _)| !key.starts_with(&prefix));
    }

    /// Makes a store of them in `folder`, which has none, to take the place of the one in `data`.
    ///
    /// It counts on from what was there: no backup of the old one is taken for a newer one of this.
    pub fn make(self, folder: &Path, data: &Path) -> Result<Store, StoreError> {
        let Backup { changes, records, .. } = self.0;
        let store = folder.join(FOLDER);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&store);
        made.map_err(|error| StoreError::Folder(store.clone(), error))?;
        let changes = changes.max(recovery::known_changes(data)).saturating_add(1);
        {
            let opened = open_at(&store)?;
            opened.fill(records)?;
            let mut number = Changes::default();
            number.put(OWN, "changes", &changes)?;
            opened.db.apply_batch(number.0)?;
            opened.db.flush()?;
        }
        recovery::note_changes(folder, changes)?;
        Store::open(folder)
    }
}

/// The names in a data folder that are a store: all of them are replaced together.
pub const NAMES: [&str; 2] = [FOLDER, recovery::CHANGES];

#[cfg(test)]
mod tests {
    use super::*;

    fn put(store: &Store, key: &str) {
        let mut changes = Changes::default();
        changes.put("records", key, &key.to_owned()).unwrap();
        store.apply(changes).unwrap();
    }

    #[test]
    fn what_leaves_a_store_comes_back_into_another_and_counts_on_from_it() {
        let (one, other, folder) =
            (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = Store::open(one.path()).unwrap();
        put(&store, "a");
        let text = store.export("2026-01-03T14:00:00Z").unwrap();
        // The one that is replaced was changed far more often, and has a backup that says so.
        let replaced = Store::open(other.path()).unwrap();
        (0..20).for_each(|n| put(&replaced, &n.to_string()));
        replaced.back_up("2026-01-03T14:00:00Z").unwrap().unwrap();
        let made = Transfer::parse(&text).unwrap().make(folder.path(), other.path()).unwrap();
        assert_eq!(made.get::<String>("records", "a").unwrap().unwrap(), "a");
        assert!(replaced.size().unwrap().1 < made.size().unwrap().1);
        drop((made, replaced));
        for name in NAMES {
            let (from, to) = (folder.path().join(name), other.path().join(name));
            if to.is_dir() {
                std::fs::remove_dir_all(&to).unwrap();
            }
            std::fs::rename(from, to).unwrap();
        }
        let opened = Store::open(other.path()).unwrap();
        assert!(opened.recovery().is_none(), "{:?}", opened.recovery());
        assert_eq!(opened.all::<String>("records").unwrap().len(), 1);
    }

    #[test]
    fn a_later_store_and_one_that_was_changed_are_refused() {
        let store = Store::temporary().unwrap();
        let mut changes = Changes::default();
        changes.put(OWN, "format", &(FORMAT + 1)).unwrap();
        store.apply(changes).unwrap();
        let text = store.export("2026-01-03T14:00:00Z").unwrap();
        assert!(Transfer::parse(&text).unwrap_err().to_string().contains("later version"));
        assert!(Transfer::parse(&text[1..]).is_err());
    }
}
