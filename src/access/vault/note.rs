//! What secrets were before they changed together with a file: to be put back if the file never did.

use super::{TABLE as SEALED, Vault, VaultError};
use crate::store::file::Replacement;
use crate::store::{Changes, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const TABLE: &str = "unfinished";
const KEY: &str = "settings";

/// No `Debug`: what is sealed is for nobody's eyes.
#[derive(Serialize, Deserialize)]
struct Note {
    file: Replacement,
    /// As they stand in the store, sealed: so one comes back that cannot be read, too.
    secrets: BTreeMap<String, Option<Vec<u8>>>,
}

impl Vault {
    /// An error if somebody was killed between changing secrets and the file that belongs to them.
    pub fn check_finished(&self) -> Result<(), VaultError> {
        if self.read_note()?.is_some() { Err(VaultError::Unfinished) } else { Ok(()) }
    }

    fn read_note(&self) -> Result<Option<Note>, StoreError> {
        self.store.get(TABLE, KEY)
    }

    pub(super) fn note(
        &self,
        ids: &[&str],
        file: &Replacement,
        changes: &mut Changes,
    ) -> Result<(), StoreError> {
        let sealed = |id: &&str| Ok(((*id).to_owned(), self.store.get_bytes(SEALED, id)?));
        let secrets = ids.iter().map(sealed).collect::<Result<_, StoreError>>()?;
        changes.put(TABLE, KEY, &Note { file: file.clone(), secrets })
    }

    pub(super) fn noted(&self) -> Result<Option<Replacement>, StoreError> {
        Ok(self.read_note()?.map(|note| note.file))
    }

    pub(super) fn put_back(&self, changes: &mut Changes) -> Result<Vec<String>, StoreError> {
        let Some(Note { secrets, .. }) = self.read_note()? else { return Ok(Vec::new()) };
        for (id, sealed) in &secrets {
            match sealed {
                Some(sealed) => changes.put_bytes(SEALED, id, sealed),
                None => changes.remove(SEALED, id),
            }
        }
        Self::forget_note(changes);
        Ok(secrets.into_keys().collect())
    }

    pub(super) fn forget_note(changes: &mut Changes) {
        changes.remove(TABLE, KEY);
    }
}
