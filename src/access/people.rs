//! Everybody who may come in, and what lets them in.
//!
//! Reading is from memory; whatever changes is on the disk before it is seen. Changes and sign-ins wait: for the disk,
//! and for a core that hashes a password. Call what is not `async` here where waiting is allowed, but for
//! [`People::session`], [`People::token`], [`People::is_alive`] and [`People::keep_alive`], which never wait.

#[cfg(test)]
mod tests;

use super::audit::{Audit, AuditEntry, AuditError, AuditFound, AuditSearch, Deed};
use super::late::Late;
use super::records::{Draft, Known};
use super::refusals::Refusals;
use super::role::Actor;
use super::setup::Setup;
use super::throttle::{Lines, Throttle};
use super::totp::Offers;
use super::vault::{Vault, VaultError};
use crate::store::ledger::{self, Ledger, LedgerError};
use crate::store::{Changes, Store, StoreError};
use jiff::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use tokio::sync::Semaphore;

/// Passwords that are hashed at once: each takes a core and 19 MiB, and the service has other things to do.
const HASHED_AT_ONCE: usize = 2;

/// Everybody who may come in. Clones are the same.
#[derive(Clone)]
pub struct People(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) vault: Vault,
    pub(super) known: RwLock<Known>,
    /// Held while something is changed, so that what was looked at is still so when it is written.
    changing: Mutex<()>,
    pub(super) audit: Audit,
    /// What is to be written once the disk has room.
    late: Mutex<Late>,
    pub(super) refusals: Mutex<Refusals>,
    pub(super) throttle: Mutex<Throttle>,
    pub(super) lines: Lines,
    pub(super) setup: Mutex<Option<Setup>>,
    pub(super) offers: Mutex<Offers>,
    hashing: Arc<Semaphore>,
}

/// Why nothing can be looked up or changed now.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret cannot be sealed or read.
    #[error(transparent)]
    Vault(VaultError),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoChance,
    /// A hash could not be worked out.
    #[error("a hash could not be worked out")]
    Hash,
    /// The program ends.
    #[error("the program is stopping")]
    Stopping,
}

impl Unavailable {
    /// Whether it would be possible if the disk had room.
    pub fn is_full_disk(&self) -> bool {
        matches!(self, Self::Store(StoreError::Full(_)))
    }
}

impl From<VaultError> for Unavailable {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Store(error) => Self::Store(error),
            VaultError::NoChance => Self::NoChance,
            other => Self::Vault(other),
        }
    }
}

impl People {
    /// Reads everybody from the store of this vault.
    pub fn open(vault: Vault) -> Result<Self, StoreError> {
        let known = Known::load(vault.store())?;
        let people = Self(Arc::new(Inner {
            known: RwLock::new(known),
            changing: Mutex::default(),
            audit: Audit::new(vault.clone()),
            late: Mutex::default(),
            refusals: Mutex::default(),
            throttle: Mutex::default(),
            lines: Lines::default(),
            setup: Mutex::default(),
            offers: Mutex::default(),
            hashing: Arc::new(Semaphore::new(HASHED_AT_ONCE)),
            vault,
        }));
        people.warn_of_lost_totp();
        Ok(people)
    }

    /// Where they are kept.
    pub fn store(&self) -> &Store {
        self.0.vault.store()
    }

    /// Drops what is over, and writes when sessions and tokens were last used; to be called each minute.
    pub fn tidy(&self, now: Timestamp) -> Result<(), Unavailable> {
        lock(&self.0.throttle).prune(now);
        let deeds = lock(&self.0.refusals).sums(now, false);
        self.change(now, |known, draft| {
            for (key, session) in &known.sessions {
                if !known.is_alive(session, now) {
                    draft.sessions.insert(key.clone(), None);
                }
            }
            for (key, token) in &known.tokens {
                if token.is_expired(now) {
                    draft.tokens.insert(key.clone(), None);
                }
            }
            draft.deeds.extend(deeds);
            Ok::<_, Unavailable>(())
        })?;
        // Sessions end under the same lock: none that ended meanwhile is written again.
        let _one = lock(&self.0.changing);
        let known = self.known();
        let mut changes = Changes::default();
        if known.put_last_uses(&mut changes)? {
            self.store().apply(changes)?;
            known.are_kept();
        }
        Ok(())
    }

    /// Writes into the audit log what was done elsewhere. Never a secret.
    pub fn audit(
        &self,
        by: &Actor,
        action: &str,
        object: &str,
        result: &str,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        self.0.audit.commit(Changes::default(), &[Deed::with(by, action, object, result)], now)
    }

    /// Writes what others keep, together with what the audit log says of it.
    fn write_for_others(
        &self,
        changes: Changes,
        entries: &[ledger::Entry],
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let deed = |entry: &ledger::Entry| {
            let by = Actor { who: entry.who.clone(), from: entry.from.clone() };
            Deed::with(&by, entry.action, entry.object.as_str(), entry.result.as_str())
        };
        let deeds: Vec<Deed> = entries.iter().map(deed).collect();
        self.0.audit.commit(changes, &deeds, now)
    }

    /// The last entries of the audit log, the newest first.
    pub fn audit_tail(&self, count: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.0.audit.tail(count)
    }

    /// Entries of the audit log, the newest first, from `offset` on.
    pub fn search_audit(
        &self,
        search: &AuditSearch,
        offset: usize,
        count: usize,
    ) -> Result<AuditFound, StoreError> {
        self.0.audit.search(search, offset, count)
    }

    /// How many entries the audit log has.
    pub fn audit_length(&self) -> Result<usize, StoreError> {
        self.0.audit.length()
    }

    /// The entry of the audit log that has this number.
    pub fn audit_entry(&self, number: u64) -> Result<Option<AuditEntry>, StoreError> {
        self.0.audit.entry(number)
    }

    /// Whether the audit log is as it was written; gives the number of its entries.
    pub fn verify_audit(&self) -> Result<u64, AuditError> {
        self.0.audit.verify()
    }

    pub(super) fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.0.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something: looks at what there is, writes what `work` drafts, then shows it.
    pub(super) fn change<T, E: From<Unavailable>>(
        &self,
        now: Timestamp,
        work: impl FnOnce(&Known, &mut Draft) -> Result<T, E>,
    ) -> Result<T, E> {
        let _one = lock(&self.0.changing);
        let mut draft = Draft::default();
        let given = work(&self.known(), &mut draft)?;
        if draft.is_empty() {
            return Ok(given);
        }
        let changes = draft.changes().map_err(Unavailable::from)?;
        match self.0.audit.commit(changes, &draft.deeds, now) {
            // Whoever has to look at it must be able to come in while the disk is full, and to leave.
            Err(Unavailable::Store(StoreError::Full(_))) if draft.is_coming_and_going(&self.known()) => {
                lock(&self.0.late).put(&draft, now);
            }
            written => written?,
        }
        draft.make(&mut self.0.known.write().unwrap_or_else(PoisonError::into_inner));
        Ok(given)
    }

    /// Writes what happened while the disk was full; to be called when it has room again.
    pub fn write_late(&self, now: Timestamp) -> Result<(), Unavailable> {
        let _one = lock(&self.0.changing);
        let late = std::mem::take(&mut *lock(&self.0.late));
        let written = late.changes(&self.known()).map_err(Unavailable::from);
        let written = written.and_then(|changes| match changes {
            Some(changes) => self.0.audit.commit(changes, late.deeds(), now),
            None => Ok(()),
        });
        if written.is_err() {
            *lock(&self.0.late) = late;
        }
        written
    }

    /// Writes into the audit log what changes nothing else; later if the disk is full.
    pub(super) fn write_deeds(&self, deeds: Vec<Deed>, now: Timestamp) -> Result<(), Unavailable> {
        match self.0.audit.commit(Changes::default(), &deeds, now) {
            Err(Unavailable::Store(StoreError::Full(_))) => {
                lock(&self.0.late).put_deeds(deeds, now);
                Ok(())
            }
            written => written,
        }
    }

    /// Works on passwords, where that holds nobody up.
    pub(super) async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        let turn = Arc::clone(&self.0.hashing).acquire_owned().await.map_err(|_| Unavailable::Stopping)?;
        blocking(move || {
            // Whoever asked may be gone: the turn ends with the work, not with them.
            let _turn = turn;
            work()
        })
        .await
    }
}

impl Ledger for People {
    fn write(&self, changes: Changes, entries: &[ledger::Entry], now: Timestamp) -> Result<(), LedgerError> {
        self.write_for_others(changes, entries, now)
            .map_err(|error| LedgerError { is_full_disk: error.is_full_disk(), source: Box::new(error) })
    }
}

/// Does what waits for the disk.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Unavailable> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Unavailable::Stopping)
}

/// A lock that a panic elsewhere does not close for ever: what it guards is changed in one step.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for People {
    /// Nothing of them: most of it is for nobody's eyes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("People")
    }
}
