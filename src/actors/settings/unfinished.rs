//! A change of the settings that was cut in two: its passwords are kept, and its file may or may not be in place.
//!
//! No step changes the store and a file at once, and a new password beside an old host would be sent there. So what was
//! before is noted with the passwords, and the note goes once the file is in place. A change whose file is not is undone
//! rather than brought to its end: nobody was told that it was made, what undoes it stands in one record of the store,
//! and what would end it is a text beside the file, which may be gone or may have lost its sense by a change by hand.

use crate::domain::credential::Credential;
use crate::store::Changes;
use crate::store::ledger::{Entry, Ledger, LedgerError, Safe};
use jiff::Timestamp;
use std::path::Path;

/// Who acts when nobody ordered it.
const NOBODY: &str = "console";

/// Undoes a change whose file was not put in place, or notes that all of it was made; mostly there is nothing to do. To be
/// called before passwords are used, and before what was prepared beside the file is removed.
pub fn settle(path: &Path, safe: &dyn Safe, ledger: &dyn Ledger) -> Result<(), LedgerError> {
    let Some(file) = safe.noted()? else { return Ok(()) };
    let unread = |error| LedgerError { is_full_disk: false, source: Box::new(error) };
    let mut changes = Changes::default();
    if file.is_made(path).map_err(unread)? {
        safe.forget_note(&mut changes);
        return ledger.write(changes, &[], Timestamp::now());
    }
    let ids = safe.put_back(&mut changes)?;
    let mut names: Vec<&str> = ids.iter().map(|id| Credential::router_in(id)).collect();
    names.sort_unstable();
    names.dedup();
    let object =
        format!("passwords of {}, since the program ended before the file was written", names.join(", "));
    let entry = Entry::done(NOBODY, NOBODY, "settings.undo", object);
    ledger.write(changes, &[entry], Timestamp::now())?;
    tracing::warn!(
        "the program ended in the middle of a change of {}: it was undone, and their passwords are those before; make the \
         change again",
        names.join(", ")
    );
    Ok(())
}
