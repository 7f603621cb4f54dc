//! How entries hang together, and whether they still do.

use super::{AuditEntry, AuditError, Broken, Deed, END_LOST, HEAD, KEY_LOST, META, TABLE, place};
use crate::access::bearer::{chance, hex, unhex};
use crate::access::people::Unavailable;
use crate::access::vault::{Vault, VaultError};
use crate::store::{Store, StoreError};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use zeroize::Zeroizing;

/// What the ids of the keys begin with.
const KEYS: &str = "audit:key:";

/// The key of a chain.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// Where the log ends.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) seq: u64,
    /// The MAC of the last entry.
    pub(super) last: String,
    pub(super) chain: u64,
    /// The MAC of all this: without it, anybody could end the log earlier.
    mac: String,
}

impl Head {
    /// Before the first entry of a chain.
    pub(super) fn first(after: u64, key: &Key) -> Result<Self, Unavailable> {
        Self::new(after, String::new(), after + 1, key)
    }

    /// After this entry.
    pub(super) fn after(entry: &AuditEntry, key: &Key) -> Result<Self, Unavailable> {
        Self::new(entry.seq, entry.mac.clone(), entry.chain, key)
    }

    fn new(seq: u64, last: String, chain: u64, key: &Key) -> Result<Self, Unavailable> {
        let mac = hex(&Self::keyed(seq, &last, chain, key)?.finalize().into_bytes());
        Ok(Self { seq, last, chain, mac })
    }

    fn keyed(seq: u64, last: &str, chain: u64, key: &Key) -> Result<Hmac<Sha256>, Unavailable> {
        keyed(key, format!("head {seq} {chain} {last}").as_bytes())
    }

    /// Whether who had this key wrote it.
    pub(super) fn is_of(&self, key: &Key) -> bool {
        let keyed = Self::keyed(self.seq, &self.last, self.chain, key);
        keyed.is_ok_and(|keyed| is_mac(keyed, &self.mac))
    }
}

fn keyed(key: &Key, message: &[u8]) -> Result<Hmac<Sha256>, Unavailable> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key[..]).map_err(|_| Unavailable::Hash)?;
    mac.update(message);
    Ok(mac)
}

fn is_mac(keyed: Hmac<Sha256>, mac: &str) -> bool {
    unhex::<32>(mac).is_some_and(|mac| keyed.verify_slice(&mac[..]).is_ok())
}

/// The next entry.
pub(super) fn entry(head: &Head, key: &Key, deed: &Deed, now: Timestamp) -> Result<AuditEntry, Unavailable> {
    let Deed { by, action, object, result } = deed.clone();
    let mut entry = AuditEntry {
        seq: head.seq + 1,
        at: now,
        who: by.who,
        from: by.from,
        action,
        object,
        result,
        chain: head.chain,
        prev: head.last.clone(),
        mac: String::new(),
    };
    entry.mac = hex(&keyed(key, &canonical(&entry)?)?.finalize().into_bytes());
    Ok(entry)
}

/// What the MAC of an entry is of: the entry without it, as JSON in the order of its fields.
fn canonical(entry: &AuditEntry) -> Result<Vec<u8>, Unavailable> {
    let bare = AuditEntry { mac: String::new(), ..entry.clone() };
    let wrong = |error| StoreError::Record(format!("{TABLE}/{}", place(entry.seq)), error);
    Ok(serde_json::to_vec(&bare).map_err(wrong)?)
}

/// The key of a chain, if there is one.
pub(super) fn key(vault: &Vault, chain: u64) -> Result<Option<Key>, VaultError> {
    let found = vault.find(&key_id(chain))?;
    found.map(|hex| unhex(hex.expose_secret()).ok_or(VaultError::Changed)).transpose()
}

/// Makes a key for a chain. One that is there stays, if it can be read.
pub(super) fn new_key(vault: &Vault, chain: u64) -> Result<Key, Unavailable> {
    if let Ok(Some(key)) = key(vault, chain) {
        return Ok(key);
    }
    let key: Key = chance()?;
    vault.keep(&key_id(chain), &SecretString::from(hex(&key[..])))?;
    Ok(key)
}

fn key_id(chain: u64) -> String {
    format!("{KEYS}{chain}")
}

/// The secrets in use that are sealed with keys that we do not have. Keys of chains that are over do not count: nothing
/// is written with them any more.
pub fn locked(vault: &Vault) -> Result<Vec<String>, StoreError> {
    let head = match vault.store().get::<Head>(META, HEAD) {
        Err(StoreError::Record(..)) => None,
        head => head?,
    };
    let current = head.map(|head| key_id(head.chain));
    let mut locked = vault.locked()?;
    locked.retain(|id| !id.starts_with(KEYS) || current.as_ref().is_none_or(|current| id == current));
    Ok(locked)
}

/// All entries before this one, in a word.
pub(super) fn all_before(store: &Store, seq: u64) -> Result<String, StoreError> {
    let before = store.all_bytes(TABLE)?.into_iter().take_while(|(key, _)| *key < place(seq));
    let (mut digest, mut count) = (Sha256::new(), 0_u64);
    for (key, bytes) in before {
        digest.update(key.as_bytes());
        digest.update(bytes);
        count += 1;
    }
    Ok(format!("{count} entries before, sha256:{}", hex(&digest.finalize())))
}

/// All entries with their places, and where they are said to end, at one moment.
pub(super) struct Written {
    entries: Vec<(String, Vec<u8>)>,
    /// An error if it is there and cannot be understood.
    head: Result<Option<Head>, StoreError>,
}

impl Written {
    pub(super) fn read(store: &Store) -> Result<Self, StoreError> {
        let head = match store.get(META, HEAD) {
            Err(error @ StoreError::Record(..)) => Err(error),
            head => Ok(head?),
        };
        Ok(Self { entries: store.all_bytes(TABLE)?, head })
    }
}

/// Whether all entries are there as they were written; gives their number.
pub(super) fn verify(vault: &Vault, written: Written) -> Result<u64, AuditError> {
    let unavailable = |error: StoreError| AuditError::Unavailable(error.into());
    let store = vault.store();
    let mut keys: HashMap<u64, Option<Key>> = HashMap::new();
    let (mut seq, mut chain, mut prev) = (0, 1, String::new());
    // Whether the hash at the beginning of a later chain has to stand for MACs that cannot be checked.
    let mut is_vouched_for = true;
    for (place_of, bytes) in written.entries {
        seq += 1;
        let broken = Broken { at: seq };
        let entry: AuditEntry = serde_json::from_slice(&bytes).map_err(|_| broken)?;
        if entry.seq != seq || place_of != place(seq) {
            return Err(broken.into());
        }
        if entry.chain != chain {
            // A chain begins with an entry that says why, and vouches for all before it.
            let vouches = entry.action == KEY_LOST
                && entry.chain == seq
                && entry.prev.is_empty()
                && all_before(store, seq).map_err(unavailable)? == entry.object;
            if !vouches {
                return Err(broken.into());
            }
            (chain, prev, is_vouched_for) = (entry.chain, String::new(), true);
        }
        if entry.action == END_LOST || entry.prev != prev {
            return Err(broken.into());
        }
        let key = keys.entry(chain).or_insert_with(|| key(vault, chain).ok().flatten());
        match key {
            Some(key) => {
                let keyed = keyed(key, &canonical(&entry).map_err(AuditError::Unavailable)?);
                if !is_mac(keyed.map_err(AuditError::Unavailable)?, &entry.mac) {
                    return Err(broken.into());
                }
            }
            None => is_vouched_for = false,
        }
        prev = entry.mac;
    }
    let broken = AuditError::Broken(Broken { at: seq });
    match written.head {
        Ok(None) if seq == 0 => Ok(0),
        Err(_) | Ok(None) => Err(broken),
        Ok(Some(head)) => {
            let key = keys.remove(&head.chain).flatten();
            let is_signed = key.is_none_or(|key| head.is_of(&key));
            let is_end = (head.seq, head.chain, &head.last) == (seq, chain, &prev);
            // Without its key, the last chain is only known to hang together: the next entry will begin a new one.
            if is_end && is_signed && (is_vouched_for || key_is_lost(vault, chain)) {
                Ok(seq)
            } else {
                Err(broken)
            }
        }
    }
}

/// Whether the key is there and cannot be read. That there is none is no loss: it was removed.
fn key_is_lost(vault: &Vault, chain: u64) -> bool {
    matches!(key(vault, chain), Err(VaultError::OtherKey))
}
