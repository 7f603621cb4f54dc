//! What happens while the disk is full and must not wait for it: who comes, who goes, and who is refused.
//!
//! It holds in memory at once, and is written when there is room. All other changes are refused meanwhile, so that nothing
//! that was acknowledged as kept is lost by a crash.

use super::audit::Deed;
use super::records::{Draft, Known, SESSIONS};
use crate::store::{Changes, StoreError};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Entries of the audit log that wait in memory; those that come later are only counted.
const MOST_DEEDS: usize = 10_000;

/// What is to be written.
#[derive(Default)]
pub(super) struct Late {
    /// The keys of sessions that began or ended.
    sessions: BTreeSet<String>,
    deeds: Vec<Deed>,
}

impl Late {
    /// Takes what a draft says of sessions.
    pub(super) fn put(&mut self, draft: &Draft, now: Timestamp) {
        self.sessions.extend(draft.sessions.keys().cloned());
        self.put_deeds(draft.deeds.clone(), now);
    }

    /// Takes entries of the audit log, which say when it really was.
    pub(super) fn put_deeds(&mut self, deeds: Vec<Deed>, now: Timestamp) {
        for deed in deeds {
            if MOST_DEEDS <= self.deeds.len() {
                tracing::error!(action = deed.action, "the disk is full: the audit log lacks an entry");
                continue;
            }
            let result = format!("{}, at {now} on a full disk", deed.result);
            self.deeds.push(Deed { result, ..deed });
        }
    }

    /// What the audit log is to say.
    pub(super) fn deeds(&self) -> &[Deed] {
        &self.deeds
    }

    /// The sessions as they are by now, as changes of the store; none if nothing waits.
    pub(super) fn changes(&self, known: &Known) -> Result<Option<Changes>, StoreError> {
        if self.sessions.is_empty() && self.deeds.is_empty() {
            return Ok(None);
        }
        let mut changes = Changes::default();
        for key in &self.sessions {
            match known.sessions.get(key) {
                Some(session) => changes.put(SESSIONS, key, session)?,
                None => changes.remove(SESSIONS, key),
            }
        }
        Ok(Some(changes))
    }
}

impl Draft {
    /// Whether it is about nothing but sessions, and when somebody last signed in.
    pub(super) fn is_coming_and_going(&self, known: &Known) -> bool {
        let is_same = |(key, user): (&String, &super::records::User)| {
            known.users.get(key).is_some_and(|before| before.is_but_for_sign_in(user))
        };
        self.tokens.is_empty() && self.walls.is_empty() && self.users.iter().all(is_same)
    }
}
