//! Tokens: what programs show.

use super::audit::Deed;
use super::bearer;
use super::people::{People, Unavailable};
use super::records::{Known, LastUse, Token, by_id};
use super::role::{Actor, Kind, Role, Scope, VisitId, Visitor};
use super::sign_in::account;
use super::user::{InvalidName, check_label};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;

/// How a token begins, so that people and programs that look for leaked secrets know it.
pub const PREFIX: &str = "tw_";

/// A token that is to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What its program may do.
    pub role: Role,
    /// Whether its program may change anything.
    pub may_write: bool,
    /// What its program may know of.
    pub scope: Scope,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
}

/// A token, to be shown: all but itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenView {
    /// Its id.
    pub id: VisitId,
    /// What it is for.
    pub name: String,
    /// What its program may do, unless the one who made it may do less by now.
    pub role: Role,
    /// Whether its program may change anything.
    pub may_write: bool,
    /// What its program may know of, unless the one who made it knows of less.
    pub scope: Scope,
    /// Since when.
    pub created: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// When it was last used, to the second.
    pub last_used: Option<Timestamp>,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It cannot be called that.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// It would be over before it began.
    #[error("a token cannot end in the past")]
    Expired,
    /// It cannot be written.
    #[error(transparent)]
    Store(#[from] Unavailable),
}

impl People {
    /// Whose token this is, if it still counts; that is a use of it.
    pub fn token(&self, bearer: &str, now: Timestamp) -> Option<Visitor> {
        if !bearer.starts_with(PREFIX) {
            return None;
        }
        let digest = bearer::digest(bearer);
        let known = self.known();
        let token = known.tokens.get(&digest)?;
        let (role, scope) = known.owner_of(token, now)?;
        token.last_used.note(now);
        Some(Visitor {
            kind: Kind::Token,
            name: token.name.clone(),
            role,
            scope,
            may_write: token.may_write,
            id: VisitId::of(&digest),
            csrf: None,
            pages: None,
        })
    }

    /// Makes a token; it is shown this once.
    pub fn create_token(
        &self,
        by: &Actor,
        new: NewToken,
        now: Timestamp,
    ) -> Result<(TokenView, SecretString), TokenError> {
        check_label(&new.name)?;
        if new.expires.is_some_and(|expires| expires <= now) {
            return Err(TokenError::Expired);
        }
        let (secret, digest) = bearer::draw(PREFIX)?;
        let token = Token {
            name: new.name,
            role: new.role,
            may_write: new.may_write,
            scope: new.scope,
            created: now,
            created_by: by.who.clone(),
            expires: new.expires,
            last_used: LastUse::default(),
        };
        let view = view(&digest, &token);
        self.change(now, |_, draft| {
            let TokenView { id, name, role, scope, .. } = &view;
            let object = format!("{id} ({name}) as {role} of routers {scope}");
            draft.deeds.push(Deed::done(by, "token.create", object));
            draft.tokens.insert(digest, Some(token));
            Ok::<_, TokenError>(())
        })?;
        Ok((view, secret))
    }

    /// All tokens, the newest first.
    pub fn tokens(&self) -> Vec<TokenView> {
        let mut views: Vec<_> =
            self.known().tokens.iter().map(|(digest, token)| view(digest, token)).collect();
        views.sort_by(|one, two| (two.created, &two.id).cmp(&(one.created, &one.id)));
        views
    }

    /// Ends a token; whether there was one.
    pub fn revoke_token(&self, by: &Actor, id: &VisitId, now: Timestamp) -> Result<bool, Unavailable> {
        self.change(now, |known, draft| {
            let Some((digest, token)) = by_id(&known.tokens, id) else { return Ok(false) };
            draft.deeds.push(Deed::done(by, "token.revoke", format!("{id} ({})", token.name)));
            draft.tokens.insert(digest.clone(), None);
            Ok(true)
        })
    }
}

fn view(digest: &str, token: &Token) -> TokenView {
    TokenView {
        id: VisitId::of(digest),
        name: token.name.clone(),
        role: token.role,
        may_write: token.may_write,
        scope: token.scope.clone(),
        created: token.created,
        created_by: token.created_by.clone(),
        expires: token.expires,
        last_used: token.last_used.get(),
    }
}

impl Token {
    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

impl Known {
    /// What the bearer of this token may do and know of, if it still counts.
    ///
    /// Never more than the one who made it may by now: a token must not outlive a demotion, let alone a dismissal.
    pub(super) fn owner_of(&self, token: &Token, now: Timestamp) -> Option<(Role, Scope)> {
        if token.is_expired(now) {
            return None;
        }
        match self.users.get(&account(&token.created_by)) {
            Some(user) if user.is_disabled => None,
            Some(user) => Some((token.role.min(user.role), token.scope.within(&user.scope))),
            // Made at the shell, or by another token.
            None => Some((token.role, token.scope.clone())),
        }
    }
}
