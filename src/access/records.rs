//! What is kept of people, sessions, tokens and walls: in memory for reading, in the store for the next start.
//!
//! Fields that come later need a default, so that what an earlier version wrote can still be read. A scope has none:
//! who has lost it must not see everything.

use super::audit::Deed;
use super::role::{Role, Scope, VisitId};
use crate::store::{Changes, Store, StoreError};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

pub(super) const USERS: &str = "users";
pub(super) const SESSIONS: &str = "sessions";
pub(super) const TOKENS: &str = "tokens";
pub(super) const WALLS: &str = "walls";

/// A person; kept under the name in lower case. No `Debug`: it has the hash of the password.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct User {
    /// As it was written when it was added.
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) scope: Scope,
    pub(super) hash: String,
    #[serde(default)]
    pub(super) totp: Option<Totp>,
    #[serde(default)]
    pub(super) is_disabled: bool,
    pub(super) created: Timestamp,
    #[serde(default)]
    pub(super) last_sign_in: Option<Timestamp>,
}

impl User {
    /// Whether the other is the same but for its last sign-in. A recovery code that was used up makes another one.
    pub(super) fn is_but_for_sign_in(&self, other: &Self) -> bool {
        let recovery = |user: &Self| user.totp.as_ref().map(|totp| totp.recovery.clone());
        (&self.name, self.role, &self.scope, &self.hash, self.is_disabled)
            == (&other.name, other.role, &other.scope, &other.hash, other.is_disabled)
            && recovery(self) == recovery(other)
    }
}

/// The second factor; its secret is in the vault.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Totp {
    /// The last step of which a code was used: that code and all before it are worth nothing any more.
    #[serde(default)]
    pub(super) last_step: u64,
    /// The digests of the recovery codes that are left.
    #[serde(default)]
    pub(super) recovery: Vec<String>,
}

/// Whose session it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Holder {
    /// The user of this key.
    User(String),
    /// A display that came by the link of this digest.
    Wall(String),
    /// A guest of the demo.
    Demo(Role),
}

/// A session; kept under the digest of its cookie.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) holder: Holder,
    pub(super) created: Timestamp,
    pub(super) last_used: LastUse,
    #[serde(default)]
    pub(super) address: String,
    #[serde(default)]
    pub(super) agent: String,
}

/// A program's token; kept under its digest.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Token {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) may_write: bool,
    pub(super) scope: Scope,
    pub(super) created: Timestamp,
    pub(super) created_by: String,
    #[serde(default)]
    pub(super) expires: Option<Timestamp>,
    #[serde(default)]
    pub(super) last_used: LastUse,
}

/// The link of a display on a wall; kept under the digest of its secret.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Wall {
    pub(super) name: String,
    pub(super) pages: Vec<String>,
    pub(super) scope: Scope,
    pub(super) created: Timestamp,
    pub(super) created_by: String,
}

/// When something was last used, in seconds: noted while others read, and now and then written to the store.
#[derive(Default, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub(super) struct LastUse {
    at: AtomicI64,
    /// What the store has.
    kept: AtomicI64,
}

impl LastUse {
    pub(super) fn at(now: Timestamp) -> Self {
        now.as_second().into()
    }

    pub(super) fn note(&self, now: Timestamp) {
        // A clock that was set back must not make it older than it is.
        self.at.fetch_max(now.as_second(), Relaxed);
    }

    /// `None` if never.
    pub(super) fn get(&self) -> Option<Timestamp> {
        let seconds = self.at.load(Relaxed);
        if seconds == 0 { None } else { Timestamp::from_second(seconds).ok() }
    }

    fn is_news(&self) -> bool {
        self.at.load(Relaxed) != self.kept.load(Relaxed)
    }
}

impl From<i64> for LastUse {
    fn from(at: i64) -> Self {
        Self { at: at.into(), kept: at.into() }
    }
}

impl From<LastUse> for i64 {
    fn from(last: LastUse) -> Self {
        last.at.into_inner()
    }
}

impl Clone for LastUse {
    fn clone(&self) -> Self {
        Self { at: self.at.load(Relaxed).into(), kept: self.kept.load(Relaxed).into() }
    }
}

/// All of it, in memory.
#[derive(Default)]
pub(super) struct Known {
    pub(super) users: BTreeMap<String, User>,
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) tokens: BTreeMap<String, Token>,
    pub(super) walls: BTreeMap<String, Wall>,
}

impl Known {
    pub(super) fn load(store: &Store) -> Result<Self, StoreError> {
        fn table<T: DeserializeOwned>(store: &Store, name: &str) -> Result<BTreeMap<String, T>, StoreError> {
            Ok(store.all(name)?.into_iter().collect())
        }
        Ok(Self {
            users: table(store, USERS)?,
            sessions: table(store, SESSIONS)?,
            tokens: table(store, TOKENS)?,
            walls: table(store, WALLS)?,
        })
    }

    /// What the store should know about last uses, and does not; whether there is any.
    pub(super) fn put_last_uses(&self, changes: &mut Changes) -> Result<bool, StoreError> {
        let mut is_any = false;
        for (key, session) in self.sessions.iter().filter(|(_, session)| session.last_used.is_news()) {
            changes.put(SESSIONS, key, session)?;
            is_any = true;
        }
        for (key, token) in self.tokens.iter().filter(|(_, token)| token.last_used.is_news()) {
            changes.put(TOKENS, key, token)?;
            is_any = true;
        }
        Ok(is_any)
    }

    /// Notes that the store knows them now. What was used in between is written the next time, or the time after it.
    pub(super) fn are_kept(&self) {
        let sessions = self.sessions.values().map(|session| &session.last_used);
        for last in sessions.chain(self.tokens.values().map(|token| &token.last_used)) {
            last.kept.store(last.at.load(Relaxed), Relaxed);
        }
    }
}

/// What stands under this id in a table whose keys are digests.
pub(super) fn by_id<'a, T>(table: &'a BTreeMap<String, T>, id: &VisitId) -> Option<(&'a String, &'a T)> {
    let found = table.range(id.as_str().to_owned()..).next();
    found.filter(|(key, _)| key.starts_with(id.as_str()))
}

/// A change that is being put together: records that are written or removed, and what the audit log says of it.
///
/// It is on the disk before anybody sees it in memory, all of it or nothing.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) users: BTreeMap<String, User>,
    pub(super) sessions: BTreeMap<String, Option<Session>>,
    pub(super) tokens: BTreeMap<String, Option<Token>>,
    pub(super) walls: BTreeMap<String, Option<Wall>>,
    pub(super) deeds: Vec<Deed>,
}

impl Draft {
    /// Whether nothing was drafted.
    pub(super) fn is_empty(&self) -> bool {
        let records = [self.users.len(), self.sessions.len(), self.tokens.len(), self.walls.len()];
        records == [0; 4] && self.deeds.is_empty()
    }

    /// As changes of the store.
    pub(super) fn changes(&self) -> Result<Changes, StoreError> {
        fn put<T: Serialize>(
            changes: &mut Changes,
            table: &str,
            records: &BTreeMap<String, Option<T>>,
        ) -> Result<(), StoreError> {
            for (key, record) in records {
                match record {
                    Some(record) => changes.put(table, key, record)?,
                    None => changes.remove(table, key),
                }
            }
            Ok(())
        }
        let mut changes = Changes::default();
        for (key, user) in &self.users {
            changes.put(USERS, key, user)?;
        }
        put(&mut changes, SESSIONS, &self.sessions)?;
        put(&mut changes, TOKENS, &self.tokens)?;
        put(&mut changes, WALLS, &self.walls)?;
        Ok(changes)
    }

    /// Makes the changes in memory.
    pub(super) fn make(self, known: &mut Known) {
        fn make<T>(records: BTreeMap<String, Option<T>>, table: &mut BTreeMap<String, T>) {
            for (key, record) in records {
                match record {
                    Some(record) => drop(table.insert(key, record)),
                    None => drop(table.remove(&key)),
                }
            }
        }
        known.users.extend(self.users);
        make(self.sessions, &mut known.sessions);
        make(self.tokens, &mut known.tokens);
        make(self.walls, &mut known.walls);
    }

    /// Ends the sessions of this holder, but for one.
    pub(super) fn end_sessions(&mut self, known: &Known, holder: &Holder, except: Option<&VisitId>) -> usize {
        let mut count = 0;
        let theirs = known.sessions.iter().filter(|(_, session)| session.holder == *holder);
        for (key, _) in theirs.filter(|(key, _)| Some(&VisitId::of(key)) != except) {
            self.sessions.insert(key.clone(), None);
            count += 1;
        }
        count
    }
}
