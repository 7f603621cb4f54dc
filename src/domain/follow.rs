//! Follows: changes of a table as the router reports them.

use super::id::ItemId;
use super::resource::Resource;
use crate::routeros::Row;
use std::time::Instant;

/// One report of a `listen`.
#[derive(Debug, Clone, PartialEq)]
pub enum Followed<R> {
    /// A row was added or changed; it is whole.
    Row(R),
    /// The row of this id is gone.
    Gone(ItemId),
}

impl<R: Resource> Followed<R> {
    /// Reads a row of a `listen`; `None` for a row that is neither.
    ///
    /// A removal carries `.id` and `.dead`, whose value differs between versions; its presence counts.
    pub fn from_row(row: Row<'_>, at: Instant) -> Option<Self> {
        if row.bytes(".dead").is_some() {
            return row.bytes(".id").map(|id| Self::Gone(ItemId::read(id)));
        }
        R::from_row(row, at).map(Self::Row)
    }
}
