//! Changes that are written together with what is to be known of them afterwards: who made them, and when.

use super::Changes;
use super::file::Replacement;
use jiff::Timestamp;
use secrecy::SecretString;

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who.
    pub who: String,
    /// From where.
    pub from: String,
    /// What.
    pub action: &'static str,
    /// To what.
    pub object: String,
    /// How it ended.
    pub result: String,
}

impl Entry {
    /// Something that was done.
    pub fn done(who: &str, from: &str, action: &'static str, object: impl Into<String>) -> Self {
        let (who, from, result) = (who.to_owned(), from.to_owned(), "done".to_owned());
        Self { who, from, action, object: object.into(), result }
    }
}

/// A change that could not be written, in words.
#[derive(Debug, thiserror::Error)]
#[error("what was to be kept could not be written")]
pub struct LedgerError {
    /// Whether it could be, if the disk had room.
    pub is_full_disk: bool,
    /// Why.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Writes changes and their entries, all or none; they are on the disk when it returns.
pub trait Ledger: Send + 'static {
    /// Writes them.
    fn write(&self, changes: Changes, entries: &[Entry], now: Timestamp) -> Result<(), LedgerError>;
}

/// What is known of a secret.
#[derive(Debug, Clone)]
pub enum Kept {
    /// There is none.
    Nothing,
    /// It is this one.
    Secret(SecretString),
    /// There is one, and the key to it is not here.
    Locked,
}

/// Keeps secrets sealed.
pub trait Safe: Send + 'static {
    /// Has a secret kept under this id, with other changes.
    fn keep(&self, id: &str, secret: &SecretString, changes: &mut Changes) -> Result<(), LedgerError>;
    /// Has the secret of this id forgotten, with other changes.
    fn forget(&self, id: &str, changes: &mut Changes);
    /// The secret of this id.
    fn find(&self, id: &str) -> Result<Kept, LedgerError>;
    /// Notes, with other changes, what is kept under these ids by now: they change together with a file, whose
    /// replacement this is, and who is killed in between has changed only them. There is one note at most.
    fn note(&self, ids: &[&str], file: &Replacement, changes: &mut Changes) -> Result<(), LedgerError>;
    /// The replacement of the file that the note is about, if there is one.
    fn noted(&self) -> Result<Option<Replacement>, LedgerError>;
    /// Has, with other changes, everything kept again as it was when it was noted, and the note removed; gives the ids.
    fn put_back(&self, changes: &mut Changes) -> Result<Vec<String>, LedgerError>;
    /// Has the note removed, with other changes.
    fn forget_note(&self, changes: &mut Changes);
}
