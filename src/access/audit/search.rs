//! Searching the audit log, the newest entries first.

use super::{Audit, AuditEntry, TABLE, place};
use crate::store::StoreError;

/// Which entries are asked for. What is not given is not asked for.
#[derive(Debug, Clone, Default)]
pub struct AuditSearch {
    /// Text that stands in any of its fields, whatever its case.
    pub q: String,
    /// The beginning of what was done: `user`, `group.delete`.
    pub action: String,
}

/// Entries that were found.
#[derive(Debug, Default)]
pub struct AuditFound {
    /// The numbers of all of them, the newest first.
    pub numbers: Vec<u64>,
    /// Those that were wanted.
    pub entries: Vec<AuditEntry>,
}

impl AuditSearch {
    fn is_met_by(&self, entry: &AuditEntry, q: &str) -> bool {
        let AuditEntry { who, from, action, object, result, .. } = entry;
        action.starts_with(&self.action)
            && (q.is_empty()
                || [who, from, action, object, result].iter().any(|text| text.to_lowercase().contains(q)))
    }
}

impl Audit {
    /// All entries that a search is met by, and those of them from `offset` on. What cannot be understood is left
    /// out; [`Audit::verify`] tells it.
    pub(in crate::access) fn search(
        &self,
        search: &AuditSearch,
        offset: usize,
        count: usize,
    ) -> Result<AuditFound, StoreError> {
        let q = search.q.to_lowercase();
        let mut found = AuditFound::default();
        self.vault.store().visit_backwards(TABLE, |bytes| {
            let Ok(entry) = serde_json::from_slice::<AuditEntry>(bytes) else { return };
            if search.is_met_by(&entry, &q) {
                if offset <= found.numbers.len() && found.entries.len() < count {
                    found.entries.push(entry.clone());
                }
                found.numbers.push(entry.seq);
            }
        })?;
        Ok(found)
    }

    /// How many entries there are.
    pub(in crate::access) fn length(&self) -> Result<usize, StoreError> {
        let last = self.vault.store().last_bytes(TABLE, 1)?;
        Ok(last.first().and_then(|(key, _)| usize::from_str_radix(key, 16).ok()).unwrap_or(0))
    }

    /// The entry of this number.
    pub(in crate::access) fn entry(&self, number: u64) -> Result<Option<AuditEntry>, StoreError> {
        self.vault.store().get(TABLE, &place(number))
    }
}
