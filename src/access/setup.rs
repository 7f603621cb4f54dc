//! The first admin: made once, by whoever has the token that was printed on the console.

use super::audit::Deed;
use super::people::{People, Unavailable, blocking, lock};
use super::role::{Actor, Role, Scope};
use super::session::SignedIn;
use super::sign_in::Attempt;
use super::user::{InvalidName, check_user_name};
use super::{WeakPassword, bearer, password, records};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use std::net::IpAddr;

/// How long a token is good for.
const LIFE: SignedDuration = SignedDuration::from_mins(30);

/// The token that is out.
pub(super) struct Setup {
    digest: String,
    until: Timestamp,
}

/// Why there is no first admin.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// There is one.
    #[error("setup is closed: there is an account already")]
    Closed,
    /// The token is wrong or too old.
    #[error("the setup link is wrong or older than 30 minutes: restart tikwatch to get a new one")]
    Token,
    /// Nobody can have this name.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// Nobody should have this password.
    #[error(transparent)]
    Password(#[from] WeakPassword),
    /// It cannot be looked up or written.
    #[error(transparent)]
    Store(#[from] Unavailable),
}

impl People {
    /// A new token for the first admin, in place of any before; `None` when there is a user.
    pub fn setup_token(&self, now: Timestamp) -> Result<Option<SecretString>, Unavailable> {
        if !self.known().users.is_empty() {
            return Ok(None);
        }
        let (token, digest) = bearer::draw("")?;
        let until = now.saturating_add(LIFE).map_err(|_| Unavailable::Stopping)?;
        *lock(&self.0.setup) = Some(Setup { digest, until });
        Ok(Some(token))
    }

    /// Makes the first admin, and lets them in. Of all who try at once, one is the first.
    pub async fn set_up(
        &self,
        token: &str,
        name: &str,
        password: SecretString,
        address: IpAddr,
        agent: String,
        now: Timestamp,
    ) -> Result<SignedIn, SetupError> {
        let digest = bearer::digest(token);
        // Nobody makes us hash who has not got the token.
        if let Err(refused) = self.check_setup(&digest, now) {
            let people = self.clone();
            blocking(move || people.refuse_secret(address, "no link for setup", now)).await??;
            return Err(refused);
        }
        check_user_name(name)?;
        let (name_of, password_of) = (name.to_owned(), password.clone());
        let hash = self
            .hashing(move || {
                password::check(&password_of, &name_of)?;
                Ok::<_, SetupError>(password::hash(&password_of)?)
            })
            .await??;
        let attempt = Attempt { name: name.to_owned(), password, code: None, address, agent, rotates: None };
        let people = self.clone();
        let made = blocking(move || people.first_admin(&digest, &attempt, hash, now)).await?;
        if made.is_ok() {
            *lock(&self.0.setup) = None;
        }
        made
    }

    fn first_admin(
        &self,
        digest: &str,
        attempt: &Attempt,
        hash: String,
        now: Timestamp,
    ) -> Result<SignedIn, SetupError> {
        self.change(now, |known, draft| {
            if !known.users.is_empty() {
                return Err(SetupError::Closed);
            }
            self.check_setup(digest, now)?;
            let user = records::User {
                name: attempt.name.clone(),
                role: Role::Admin,
                scope: Scope::ALL,
                hash,
                totp: None,
                is_disabled: false,
                created: now,
                last_sign_in: None,
            };
            let by = Actor { who: attempt.name.clone(), from: attempt.address.to_string() };
            draft.deeds.push(Deed::done(&by, "setup", attempt.name.as_str()));
            Ok(draft.sign_in(known, &attempt.name.to_lowercase(), user, attempt, now)?)
        })
    }

    fn check_setup(&self, digest: &str, now: Timestamp) -> Result<(), SetupError> {
        if !self.known().users.is_empty() {
            return Err(SetupError::Closed);
        }
        let setup = lock(&self.0.setup);
        let is_good = setup.as_ref().is_some_and(|setup| setup.digest == digest && now < setup.until);
        if is_good { Ok(()) } else { Err(SetupError::Token) }
    }
}
