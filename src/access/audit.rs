//! The audit log: who did what, when and from where, in a chain that shows what was changed in it afterwards.
//!
//! Each entry has a MAC over itself and the one before it, made with a key that is sealed in the vault; the last one is
//! noted, also with a MAC, in a record of its own, so that cutting off the end is seen as well. Who has the data folder
//! and not the key can destroy the log, or put all of an older copy in its place, and can do neither a bit.
//!
//! When the key is lost, the log goes on in a new chain with a new key: its first entry says so, and has the hash of
//! all entries before it, whose own MACs nobody can check any more.

mod chain;
mod search;

#[cfg(test)]
mod tests;

pub use search::{AuditFound, AuditSearch};

use super::people::{Unavailable, lock};
use super::role::Actor;
use super::vault::{Vault, VaultError};
use crate::store::{Changes, StoreError};
pub use chain::locked;
use chain::{Head, Key};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Mutex;

pub(super) const TABLE: &str = "audit";
pub(super) const META: &str = "meta";
pub(super) const HEAD: &str = "audit_head";

/// The first entry of a chain whose predecessor's key is lost.
const KEY_LOST: &str = "audit.key_lost";
/// The first entry of a chain that was begun because nobody could say where the one before it ended.
const END_LOST: &str = "audit.end_lost";

/// What somebody did, to be written into the log. Never a secret.
#[derive(Debug, Clone)]
pub(super) struct Deed {
    pub(super) by: Actor,
    pub(super) action: String,
    pub(super) object: String,
    pub(super) result: String,
}

impl Deed {
    /// Something that was done.
    pub(super) fn done(by: &Actor, action: &str, object: impl Into<String>) -> Self {
        Self::with(by, action, object, "done")
    }

    /// Something and how it ended.
    pub(super) fn with(
        by: &Actor,
        action: &str,
        object: impl Into<String>,
        result: impl Into<String>,
    ) -> Self {
        Self { by: by.clone(), action: action.to_owned(), object: object.into(), result: result.into() }
    }
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its number, from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// From where.
    pub from: String,
    /// What was done or attempted.
    pub action: String,
    /// To whom or what.
    pub object: String,
    /// How it ended.
    pub result: String,
    /// The number of the first entry of its chain, which names the key.
    pub chain: u64,
    /// The MAC of the entry before it.
    pub prev: String,
    /// The MAC of this entry, over all of the above.
    #[serde(default)]
    pub mac: String,
}

/// The log was changed after it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit log was changed after it was written, at or before entry {at}")]
pub struct Broken {
    /// The first entry that does not fit.
    pub at: u64,
}

/// Why the log cannot be said to be whole.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// It is not.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// It cannot be read.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The log of one store.
pub(super) struct Audit {
    vault: Vault,
    /// The end of the chain and its key; nobody looked yet if there is none.
    end: Mutex<Option<(Head, Key)>>,
}

impl Audit {
    pub(super) fn new(vault: Vault) -> Self {
        Self { vault, end: Mutex::new(None) }
    }

    /// Writes changes to the store together with what the log says of them.
    pub(super) fn commit(
        &self,
        mut changes: Changes,
        deeds: &[Deed],
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        if deeds.is_empty() {
            return Ok(self.vault.store().apply(changes)?);
        }
        let mut end = lock(&self.end);
        if end.is_none() {
            *end = Some(self.find_end(now)?);
        }
        let Some((head, key)) = end.as_mut() else { return Err(Unavailable::Stopping) };
        let mut next = head.clone();
        for deed in deeds {
            let entry = chain::entry(&next, key, deed, now)?;
            changes.put(TABLE, &place(entry.seq), &entry)?;
            next = Head::after(&entry, key)?;
        }
        changes.put(META, HEAD, &next)?;
        self.vault.store().apply(changes)?;
        *head = next;
        Ok(())
    }

    /// The last entries, the newest first. What cannot be understood is left out; [`Audit::verify`] tells it.
    pub(super) fn tail(&self, count: usize) -> Result<Vec<AuditEntry>, StoreError> {
        let records = self.vault.store().last_bytes(TABLE, count)?;
        Ok(records.iter().filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok()).collect())
    }

    /// Reads all of it; gives the number of entries.
    pub(super) fn verify(&self) -> Result<u64, AuditError> {
        let written = {
            // Nothing is appended meanwhile; who has something to append does not wait for what is worked out after.
            let _end = lock(&self.end);
            chain::Written::read(self.vault.store())
        };
        chain::verify(&self.vault, written.map_err(|error| AuditError::Unavailable(error.into()))?)
    }

    /// Where to go on, from what the store has; begins a chain where that is not possible.
    fn find_end(&self, now: Timestamp) -> Result<(Head, Key), Unavailable> {
        let store = self.vault.store();
        let head = store.get::<Head>(META, HEAD);
        let head = match head {
            Err(StoreError::Record(..)) => None,
            head => head?,
        };
        let last = store.last_bytes(TABLE, 1)?;
        let last = last.first().and_then(|(key, _)| u64::from_str_radix(key, 16).ok()).unwrap_or(0);
        let (seq, why) = match head {
            None if last == 0 => (0, None),
            None => (last, Some(END_LOST)),
            Some(head) => match chain::key(&self.vault, head.chain) {
                Ok(Some(key)) if head.is_of(&key) => return Ok((head, key)),
                // A key that is not there or was changed was not lost: somebody was here.
                Ok(_) | Err(VaultError::Changed) => (last.max(head.seq), Some(END_LOST)),
                Err(VaultError::OtherKey) => (last.max(head.seq), Some(KEY_LOST)),
                Err(other) => return Err(other.into()),
            },
        };
        self.begin(seq, why, now)
    }

    /// Begins a chain after this entry.
    fn begin(&self, after: u64, why: Option<&str>, now: Timestamp) -> Result<(Head, Key), Unavailable> {
        let key = chain::new_key(&self.vault, after + 1)?;
        let mut head = Head::first(after, &key)?;
        if let Some(action) = why {
            tracing::warn!(
                "{}",
                match action {
                    KEY_LOST => "the key of the audit log is lost: it goes on in a new chain, with a new key",
                    _ =>
                        "the end of the audit log is lost: entries may have been removed; it goes on in a new chain",
                }
            );
            let object = chain::all_before(self.vault.store(), after + 1)?;
            let by = Actor { who: "tikwatch".to_owned(), from: "tikwatch".to_owned() };
            let entry = chain::entry(&head, &key, &Deed::with(&by, action, object, "a new chain"), now)?;
            head = Head::after(&entry, &key)?;
            let mut changes = Changes::default();
            changes.put(TABLE, &place(entry.seq), &entry)?;
            changes.put(META, HEAD, &head)?;
            self.vault.store().apply(changes)?;
        }
        Ok((head, key))
    }
}

/// Where an entry stands: so that the order of keys is that of entries.
pub(super) fn place(seq: u64) -> String {
    format!("{seq:016x}")
}
