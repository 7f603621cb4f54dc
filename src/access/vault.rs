//! Secrets at rest: sealed with XChaCha20-Poly1305, each bound to the record that it belongs to.
//!
//! A sealed secret is a version byte, the id of its key (8 bytes), a random nonce (24 bytes), then the ciphertext. The
//! record's id is authenticated with it, so that what was sealed for one router cannot be moved to another.

mod note;

use super::key::{KeyError, Keys};
use crate::store::file::Replacement;
use crate::store::ledger::{Kept, LedgerError, Safe};
use crate::store::{Changes, Store, StoreError};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// Where sealed secrets stand in the store.
const TABLE: &str = "sealed";

const VERSION: u8 = 1;
const KEY_ID: usize = 8;
const NONCE: usize = 24;

/// The secrets of one data folder.
#[derive(Debug, Clone)]
pub struct Vault {
    store: Store,
    keys: Keys,
}

/// Why a secret cannot be sealed or read.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// It was sealed with a key that we do not have.
    #[error("it was sealed with another key")]
    OtherKey,
    /// It was changed, or moved from another record.
    #[error("it was changed after it was sealed")]
    Changed,
    /// A program was killed between changing secrets and the file that tells where they go.
    #[error(
        "a change of the settings was cut short, and some passwords may belong to other hosts than the settings say: start \
         the service once, which undoes it"
    )]
    Unfinished,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoChance,
    /// The key could not be changed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Vault {
    /// The secrets in this store, for who has these keys.
    pub fn new(store: Store, keys: Keys) -> Self {
        Self { store, keys }
    }

    /// Where the secrets are kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The keys, as lines of a key file: what opens everything, for an encrypted backup only.
    pub fn keys(&self) -> Zeroizing<String> {
        self.keys.lines()
    }

    /// The ids of secrets that are sealed with keys that we do not have.
    pub(super) fn locked(&self) -> Result<Vec<String>, StoreError> {
        let all = self.store.all_bytes(TABLE)?.into_iter();
        let locked = all.filter(|(id, sealed)| matches!(self.unseal(id, sealed), Err(VaultError::OtherKey)));
        Ok(locked.map(|(id, _)| id).collect())
    }

    /// Seals a secret and keeps it under this id, in place of any that was there.
    pub fn keep(&self, id: &str, secret: &SecretString) -> Result<(), VaultError> {
        let mut changes = Changes::default();
        changes.put_bytes(TABLE, id, &self.seal(id, secret)?);
        Ok(self.store.apply(changes)?)
    }

    /// The secret of this id, if there is one.
    pub fn find(&self, id: &str) -> Result<Option<SecretString>, VaultError> {
        self.store.get_bytes(TABLE, id)?.map(|sealed| self.unseal(id, &sealed)).transpose()
    }

    /// Forgets a secret.
    pub fn forget(&self, id: &str) -> Result<(), StoreError> {
        let mut changes = Changes::default();
        changes.remove(TABLE, id);
        self.store.apply(changes)
    }

    /// Takes a new key for all secrets that can be read; gives how many were sealed anew, and the ids of those that
    /// could not be read, which stay as they are.
    ///
    /// A crash on the way loses nothing: until the end the file holds both keys.
    pub fn rotate(self) -> Result<(usize, Vec<String>), VaultError> {
        // What it would put back is sealed with the keys that there were.
        self.check_finished()?;
        let vault = Self { keys: self.keys.with_new()?, store: self.store };
        let mut changes = Changes::default();
        let (mut count, mut unreadable) = (0, Vec::new());
        for (id, sealed) in vault.store.all_bytes(TABLE)? {
            match vault.unseal(&id, &sealed) {
                Ok(secret) => {
                    changes.put_bytes(TABLE, &id, &vault.seal(&id, &secret)?);
                    count += 1;
                }
                Err(VaultError::OtherKey | VaultError::Changed) => unreadable.push(id),
                Err(other) => return Err(other),
            }
        }
        vault.store.apply(changes)?;
        vault.keys.forget_old()?;
        Ok((count, unreadable))
    }

    /// Seals a secret for the record of this id.
    pub fn seal(&self, id: &str, secret: &SecretString) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|_| VaultError::NoChance)?;
        let key = &self.keys.seal;
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: id.as_bytes() };
        let sealed = XChaCha20Poly1305::new(key.bytes().into()).encrypt(&XNonce::from(nonce), payload);
        // Encryption fails for texts of more than 256 GiB only.
        let sealed = sealed.map_err(|_| VaultError::Changed)?;
        Ok([&[VERSION], &key.id()[..], &nonce, &sealed].concat())
    }

    /// Opens what [`Vault::seal`] sealed for the record of this id.
    pub fn unseal(&self, id: &str, sealed: &[u8]) -> Result<SecretString, VaultError> {
        let (version, rest) = sealed.split_first().ok_or(VaultError::Changed)?;
        let (key_id, rest) = rest.split_at_checked(KEY_ID).ok_or(VaultError::Changed)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(VaultError::Changed)?;
        if *version != VERSION {
            return Err(VaultError::Changed);
        }
        let key = self.keys.of(key_id).ok_or(VaultError::OtherKey)?;
        let payload = Payload { msg: ciphertext, aad: id.as_bytes() };
        let plain = XChaCha20Poly1305::new(key.bytes().into()).decrypt(&XNonce::from(*nonce), payload);
        let plain = Zeroizing::new(plain.map_err(|_| VaultError::Changed)?);
        let text = std::str::from_utf8(&plain).map_err(|_| VaultError::Changed)?;
        Ok(SecretString::from(text))
    }
}

fn unkept(error: VaultError) -> LedgerError {
    let is_full_disk = matches!(error, VaultError::Store(StoreError::Full(_)));
    LedgerError { is_full_disk, source: Box::new(error) }
}

impl Safe for Vault {
    fn keep(&self, id: &str, secret: &SecretString, changes: &mut Changes) -> Result<(), LedgerError> {
        let sealed = self.seal(id, secret).map_err(unkept)?;
        changes.put_bytes(TABLE, id, &sealed);
        Ok(())
    }

    fn forget(&self, id: &str, changes: &mut Changes) {
        changes.remove(TABLE, id);
    }

    fn find(&self, id: &str) -> Result<Kept, LedgerError> {
        match Self::find(self, id) {
            Ok(Some(secret)) => Ok(Kept::Secret(secret)),
            Ok(None) => Ok(Kept::Nothing),
            Err(VaultError::OtherKey | VaultError::Changed) => Ok(Kept::Locked),
            Err(error) => Err(unkept(error)),
        }
    }

    fn note(&self, ids: &[&str], file: &Replacement, changes: &mut Changes) -> Result<(), LedgerError> {
        Self::note(self, ids, file, changes).map_err(|error| unkept(error.into()))
    }

    fn noted(&self) -> Result<Option<Replacement>, LedgerError> {
        Self::noted(self).map_err(|error| unkept(error.into()))
    }

    fn put_back(&self, changes: &mut Changes) -> Result<Vec<String>, LedgerError> {
        Self::put_back(self, changes).map_err(|error| unkept(error.into()))
    }

    fn forget_note(&self, changes: &mut Changes) {
        Self::forget_note(changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    fn vault() -> Vault {
        Vault::new(Store::temporary().unwrap(), Keys::temporary().unwrap())
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[test]
    fn a_secret_comes_back_and_is_not_in_the_store() {
        let vault = vault();
        vault.keep("router:ccr1", &secret("cañary")).unwrap();
        assert_eq!(vault.find("router:ccr1").unwrap().unwrap().expose_secret(), "cañary");
        assert!(vault.find("router:ccr2").unwrap().is_none());
        for (_, bytes) in vault.store.all_bytes(TABLE).unwrap() {
            assert!(!String::from_utf8_lossy(&bytes).contains("ary"));
        }
        vault.forget("router:ccr1").unwrap();
        assert!(vault.find("router:ccr1").unwrap().is_none());
    }

    #[test]
    fn a_secret_belongs_to_its_record_and_to_its_key() {
        let vault = vault();
        let sealed = vault.seal("router:a", &secret("x")).unwrap();
        assert!(matches!(vault.unseal("router:b", &sealed), Err(VaultError::Changed)));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(vault.unseal("router:a", &changed).is_err(), "byte {at}");
            assert!(vault.unseal("router:a", &sealed[..at]).is_err(), "{at} bytes");
        }
        let other = Vault::new(vault.store.clone(), Keys::temporary().unwrap());
        assert!(matches!(other.unseal("router:a", &sealed), Err(VaultError::OtherKey)));
    }

    #[test]
    fn equal_secrets_do_not_look_equal() {
        let vault = vault();
        assert_ne!(vault.seal("a", &secret("x")).unwrap(), vault.seal("a", &secret("x")).unwrap());
    }

    #[test]
    fn a_new_key_opens_all_and_the_old_one_nothing() {
        let home = tempfile::tempdir().unwrap();
        let find = || Keys::find(|name| (name == "HOME").then(|| OsString::from(home.path()))).unwrap();
        let store = Store::temporary().unwrap();
        let old = Vault::new(store.clone(), find());
        old.keep("router:a", &secret("one")).unwrap();
        Vault::new(store.clone(), Keys::temporary().unwrap()).keep("router:b", &secret("two")).unwrap();
        assert_eq!(old.clone().rotate().unwrap(), (1, vec!["router:b".to_owned()]));
        assert_eq!(Vault::new(store, find()).find("router:a").unwrap().unwrap().expose_secret(), "one");
        assert!(matches!(old.find("router:a"), Err(VaultError::OtherKey)));
        assert!(matches!(old.find("router:b"), Err(VaultError::OtherKey)), "what could not be read stays");
    }
}
