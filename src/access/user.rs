//! Accounts of people: who there is, and changes to them.

use super::audit::Deed;
use super::people::{People, Unavailable, blocking, lock};
use super::records::{self, Draft, Holder, Known};
use super::role::{Actor, CONSOLE, Role, Scope, Visitor};
use super::sign_in::account;
use super::throttle::Origin;
use super::{WeakPassword, password};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;
use std::time::Duration;

/// A user who is to be added.
#[derive(Debug)]
pub struct NewUser {
    /// The name to sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they may know of.
    pub scope: Scope,
    /// Their password.
    pub password: SecretString,
}

/// A user, to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserView {
    /// The name as it was given.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they may know of.
    pub scope: Scope,
    /// Whether a code is needed to sign in.
    pub has_totp: bool,
    /// Whether they are kept out.
    pub is_disabled: bool,
    /// Since when there is this account.
    pub created: Timestamp,
    /// When they last signed in.
    pub last_sign_in: Option<Timestamp>,
}

/// Text that names nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// It has other characters, or too many.
    #[error("a user name has 1 to 64 letters, digits, `.`, `-`, `_` or `@`")]
    User,
    /// Somebody who is no user has it.
    #[error("the name `{CONSOLE}` is taken: so the audit log calls the person at the shell")]
    Taken,
    /// A token or wall has no name, or one that is too long or has control characters.
    #[error("a name has 1 to 64 characters")]
    Label,
}

/// Why a user is not changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// There is one of this name, perhaps in other letters.
    #[error("there is a user of this name already")]
    Exists,
    /// There is none.
    #[error("there is no such user")]
    NoSuchUser,
    /// Nobody can have this name.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// Nobody should have this password.
    #[error(transparent)]
    Password(#[from] WeakPassword),
    /// Nobody could undo it.
    #[error("this is the last admin who can do everything: make another one first")]
    LastAdmin,
    /// The old password is not that.
    #[error("the old password is wrong")]
    WrongPassword,
    /// The code is not that of now.
    #[error("the code is wrong: is the clock of the device that shows it right?")]
    WrongCode,
    /// A code was not offered before, or by another start of the program.
    #[error("no second factor was begun: begin again")]
    NoOffer,
    /// Too many attempts.
    #[error("too many attempts: wait {} s", retry_after.as_secs())]
    TooMany {
        /// How long to wait.
        retry_after: Duration,
    },
    /// It cannot be looked up or written.
    #[error(transparent)]
    Store(#[from] Unavailable),
}

/// Whether a user may have this name.
pub fn check_user_name(name: &str) -> Result<(), InvalidName> {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || ".-_@".contains(letter);
    if name.is_empty() || 64 < name.len() || !name.chars().all(is_allowed) {
        return Err(InvalidName::User);
    }
    if name.eq_ignore_ascii_case(CONSOLE) { Err(InvalidName::Taken) } else { Ok(()) }
}

/// Whether a token or wall may have this name.
pub(super) fn check_label(name: &str) -> Result<(), InvalidName> {
    let is_label = !name.trim().is_empty() && name.chars().count() <= 64 && !name.contains(char::is_control);
    if is_label { Ok(()) } else { Err(InvalidName::Label) }
}

impl People {
    /// All users, by name.
    pub fn users(&self) -> Vec<UserView> {
        let view = |user: &records::User| UserView {
            name: user.name.clone(),
            role: user.role,
            scope: user.scope.clone(),
            has_totp: user.totp.is_some(),
            is_disabled: user.is_disabled,
            created: user.created,
            last_sign_in: user.last_sign_in,
        };
        self.known().users.values().map(view).collect()
    }

    /// Adds a user.
    pub async fn add_user(&self, by: &Actor, new: NewUser, now: Timestamp) -> Result<(), UserError> {
        check_user_name(&new.name)?;
        let key = account(&new.name);
        if self.known().users.contains_key(&key) {
            return Err(UserError::Exists);
        }
        let hash = self.hash(&new.name, new.password).await?;
        let (people, by) = (self.clone(), by.clone());
        let NewUser { name, role, scope, .. } = NewUser { password: SecretString::default(), ..new };
        blocking(move || {
            people.change(now, |known, draft| {
                if known.users.contains_key(&key) {
                    return Err(UserError::Exists);
                }
                let object = format!("{name} as {role} of routers {scope}");
                draft.deeds.push(Deed::done(&by, "user.add", object));
                let user = records::User {
                    name,
                    role,
                    scope,
                    hash,
                    totp: None,
                    is_disabled: false,
                    created: now,
                    last_sign_in: None,
                };
                draft.users.insert(key, user);
                Ok(())
            })
        })
        .await?
    }

    /// Gives a user another role, and lets them know of other routers; their sessions end.
    ///
    /// A session that was begun with less must not become one with more: who has got hold of its cookie would have
    /// that as well. One with more must not go on in a live view that was opened with it.
    pub fn set_rights(
        &self,
        by: &Actor,
        name: &str,
        role: Role,
        scope: Scope,
        now: Timestamp,
    ) -> Result<(), UserError> {
        self.alter(name, now, |user, _| {
            if (user.role, &user.scope) == (role, &scope) {
                return None;
            }
            (user.role, user.scope) = (role, scope);
            let object = format!("{} is {role} of routers {}", user.name, user.scope);
            Some((Deed::done(by, "user.rights", object), None))
        })
    }

    /// Keeps a user out, with all sessions and tokens, or lets them in again. Sessions do not come back; tokens do.
    pub fn set_disabled(
        &self,
        by: &Actor,
        name: &str,
        is_disabled: bool,
        now: Timestamp,
    ) -> Result<(), UserError> {
        self.alter(name, now, |user, _| {
            if user.is_disabled == is_disabled {
                return None;
            }
            user.is_disabled = is_disabled;
            let action = if is_disabled { "user.disable" } else { "user.enable" };
            Some((Deed::done(by, action, user.name.as_str()), None))
        })
    }

    /// Gives a user another password; their sessions end.
    pub async fn reset_password(
        &self,
        by: &Actor,
        name: &str,
        new: SecretString,
        now: Timestamp,
    ) -> Result<(), UserError> {
        let written = self.known().users.get(&account(name)).map(|user| user.name.clone());
        let written = written.ok_or(UserError::NoSuchUser)?;
        let hash = self.hash(&written, new).await?;
        let (people, by) = (self.clone(), by.clone());
        blocking(move || {
            people.alter(&written, now, |user, _| {
                user.hash = hash;
                Some((Deed::done(&by, "user.reset_password", user.name.as_str()), None))
            })
        })
        .await?
    }

    /// Gives oneself another password; one's other sessions end.
    pub async fn change_password(
        &self,
        visitor: &Visitor,
        by: &Actor,
        old: SecretString,
        new: SecretString,
        now: Timestamp,
    ) -> Result<(), UserError> {
        let key = account(&visitor.name);
        // Whoever has found a browser that is signed in may guess here as well.
        let taken = lock(&self.0.throttle).take(&key, &Origin::Visit(visitor.id.clone()), now);
        taken.map_err(|retry_after| UserError::TooMany { retry_after })?;
        let kept = self.known().users.get(&key).map(|user| user.hash.clone());
        let kept = kept.ok_or(UserError::NoSuchUser)?;
        let is_right = {
            let kept = kept.clone();
            self.hashing(move || password::verify(&old, Some(&kept))).await?
        };
        let (people, by, id, name) = (self.clone(), by.clone(), visitor.id.clone(), visitor.name.clone());
        if !is_right {
            blocking(move || people.audit(&by, "user.change_password", &name, "refused", now)).await??;
            return Err(UserError::WrongPassword);
        }
        let hash = self.hash(&visitor.name, new).await?;
        blocking(move || {
            people.alter(&name, now, |user, _| {
                user.hash = hash;
                Some((Deed::done(&by, "user.change_password", user.name.as_str()), Some(id)))
            })
        })
        .await?
    }

    async fn hash(&self, name: &str, new: SecretString) -> Result<String, UserError> {
        let name = name.to_owned();
        let work = move || {
            password::check(&new, &name)?;
            Ok(password::hash(&new)?)
        };
        self.hashing(work).await?
    }

    /// Changes a user, and ends their sessions, perhaps but for one; `None` if there is nothing to change.
    pub(super) fn alter(
        &self,
        name: &str,
        now: Timestamp,
        change: impl FnOnce(&mut records::User, &Known) -> Option<(Deed, Option<super::VisitId>)>,
    ) -> Result<(), UserError> {
        self.change(now, |known, draft: &mut Draft| {
            let key = account(name);
            let mut user = known.users.get(&key).ok_or(UserError::NoSuchUser)?.clone();
            let could_do_all = can_do_all(&user);
            let Some((deed, except)) = change(&mut user, known) else { return Ok(()) };
            let others = known.users.iter().filter(|(other, user)| **other != key && can_do_all(user));
            if could_do_all && !can_do_all(&user) && others.count() == 0 {
                return Err(UserError::LastAdmin);
            }
            draft.end_sessions(known, &Holder::User(key.clone()), except.as_ref());
            draft.users.insert(key, user);
            draft.deeds.push(deed);
            Ok(())
        })
    }
}

/// Whether there is nothing that this user could not undo.
fn can_do_all(user: &records::User) -> bool {
    user.role == Role::Admin && user.scope.is_all() && !user.is_disabled
}
