//! A table whose rows are stored.

use super::world::{Cells, Change, Feed, Name, Source};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A table of rows as they were put in. Clones are handles to the same table.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    rows: Arc<RwLock<Rows>>,
    feed: Feed,
}

#[derive(Debug, Default)]
struct Rows {
    columns: Vec<Name>,
    rows: BTreeMap<u64, Row>,
}

/// Names and values of one row, as they were put in.
pub type NamedValues = Vec<(Name, Vec<u8>)>;

/// Values by their column; a row leaves out what it lacks.
#[derive(Debug, Default)]
struct Row(Vec<(usize, Box<[u8]>)>);

impl Cells for Row {
    fn put(&self, column: usize, out: &mut Vec<u8>) -> bool {
        match self.0.iter().find(|(found, _)| *found == column) {
            Some((_, value)) => {
                out.extend_from_slice(value);
                true
            }
            None => false,
        }
    }
}

impl Stored {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// A table with these rows, with ids from `*1` on.
    ///
    /// Each row is written `name=value name=value`; the first `=` ends the name, a `|` stands for a blank in a value.
    pub fn of(rows: &[&'static str]) -> Self {
        let table = Self::new();
        for (key, row) in (1..).zip(rows) {
            let cells = row.split_whitespace().filter_map(|cell| cell.split_once('='));
            table.put(
                key,
                cells.map(|(name, value)| (Name::Borrowed(name), value.replace('|', " ").into_bytes())),
            );
        }
        table
    }

    /// Puts a row in the place of the one with this key, if any, and tells the listeners.
    pub fn put(&self, key: u64, cells: impl IntoIterator<Item = (Name, Vec<u8>)>) {
        {
            let mut rows = self.write();
            let mut row = Row::default();
            for (name, value) in cells {
                let known = rows.columns.iter().position(|column| *column == name);
                let column = known.unwrap_or_else(|| {
                    rows.columns.push(name);
                    rows.columns.len() - 1
                });
                row.0.push((column, value.into_boxed_slice()));
            }
            rows.rows.insert(key, row);
        }
        self.feed.tell(Change::Put(key));
    }

    /// Removes a row and tells the listeners; `false` if there is none.
    pub fn remove(&self, key: u64) -> bool {
        let found = self.write().rows.remove(&key).is_some();
        if found {
            self.feed.tell(Change::Gone(key));
        }
        found
    }

    /// All rows with their keys, to be looked through and changed.
    pub fn rows(&self) -> Vec<(u64, NamedValues)> {
        let rows = self.read();
        let cell = |(column, value): &(usize, Box<[u8]>)| {
            rows.columns.get(*column).map(|name| (name.clone(), value.to_vec()))
        };
        rows.rows.iter().map(|(key, row)| (*key, row.0.iter().filter_map(cell).collect())).collect()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.read().rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What tells of its changes.
    pub fn feed(&self) -> Feed {
        self.feed.clone()
    }

    fn read(&self) -> RwLockReadGuard<'_, Rows> {
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Rows> {
        self.rows.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Stored {
    fn columns(&self) -> Vec<Name> {
        self.read().columns.clone()
    }

    fn visit(&self, after: Option<u64>, visit: &mut dyn FnMut(u64, &dyn Cells) -> bool) {
        let from = after.map_or(0, |key| key.saturating_add(1));
        for (key, row) in self.read().rows.range(from..) {
            if !visit(*key, row) {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_what_was_put_in() {
        let table = Stored::of(&["name=ether1 comment=to|the|tower", "name=ether2"]);
        let mut rows = Vec::new();
        let columns = table.columns();
        table.visit(None, &mut |key, cells| {
            for (index, name) in columns.iter().enumerate() {
                let mut value = Vec::new();
                if cells.put(index, &mut value) {
                    rows.push(format!("{key} {name}={}", String::from_utf8_lossy(&value)));
                }
            }
            true
        });
        assert_eq!(rows, ["1 name=ether1", "1 comment=to the tower", "2 name=ether2"]);
    }

    #[test]
    fn a_changed_row_is_told_once_and_a_missing_one_never() {
        let table = Stored::of(&["name=a"]);
        let (to, mut heard) = tokio::sync::mpsc::channel(8);
        table.feed().listen(0, to);
        table.put(1, [("name".into(), b"b".to_vec())]);
        assert!(table.remove(1));
        assert!(!table.remove(1));
        assert_eq!(heard.try_recv(), Ok((0, Change::Put(1))));
        assert_eq!(heard.try_recv(), Ok((0, Change::Gone(1))));
        assert!(heard.try_recv().is_err());
    }
}
