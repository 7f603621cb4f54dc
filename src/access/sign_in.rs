//! Signing in with a password, and with a code if the account asks for one.

use super::audit::Deed;
use super::people::{People, Unavailable, blocking, lock};
use super::records::{Draft, Holder, Known, Session, User};
use super::refusals::{Refusal, SIGN_IN};
use super::role::Actor;
use super::session::SignedIn;
use super::throttle::Origin;
use super::totp::Code;
use super::{bearer, password};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use std::net::IpAddr;
use std::time::Duration;

/// Names longer than this are no accounts; they need not be told apart.
const LONGEST_NAME: usize = 64;

/// How long to wait when others from the same address do.
const BUSY: Duration = Duration::from_secs(1);

/// What somebody signs in with.
#[derive(Debug)]
pub struct Attempt {
    /// The name of the account.
    pub name: String,
    /// Its password.
    pub password: SecretString,
    /// A code of the second factor, or a recovery code.
    pub code: Option<SecretString>,
    /// From where.
    pub address: IpAddr,
    /// What the browser says of itself.
    pub agent: String,
    /// The cookie that was shown with it: that session ends.
    pub rotates: Option<SecretString>,
}

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// There is no such account, it is disabled, or password or code are wrong: nobody is told which.
    #[error("the name, password or code is wrong")]
    Wrong,
    /// The password is right, and a code is needed.
    #[error("a code is needed as well")]
    CodeNeeded,
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

impl People {
    /// Lets somebody in.
    ///
    /// Names that do not exist take as long as wrong passwords. Of one account and address five attempts a minute are
    /// evaluated, and one at a time of one address; whoever makes more holds nobody else up.
    pub async fn sign_in(
        &self,
        attempt: Attempt,
        clock: impl Fn() -> Timestamp,
    ) -> Result<SignedIn, SignInError> {
        let now = clock();
        let account = account(&attempt.name);
        let origin = Origin::of(attempt.address);
        let taken = lock(&self.0.throttle).take(&account, &origin, now);
        let place = match taken {
            Ok(()) => self.0.lines.join(&origin).await.ok_or(BUSY),
            Err(wait) => Err(wait),
        };
        let _place = match place {
            Ok(place) => place,
            Err(retry_after) => {
                let people = self.clone();
                blocking(move || people.refuse(&account, attempt.address, "too many attempts", now))
                    .await??;
                return Err(SignInError::TooMany { retry_after });
            }
        };
        let hash = self.known().users.get(&account).map(|user| user.hash.clone());
        let password = attempt.password.clone();
        let people = self.clone();
        let verify = {
            let hash = hash.clone();
            move || password::verify(&password, hash.as_deref())
        };
        let is_right = self.hashing(verify).await?;
        // It may have waited long for its turn.
        lock(&self.0.throttle).evaluated(&account, &origin, now, clock());
        // What follows waits for the disk, and must not hold up the next who hashes.
        blocking(move || people.decide(&account, &attempt, hash.as_deref().filter(|_| is_right), now)).await?
    }

    /// `right` is the hash that the password is right for.
    fn decide(
        &self,
        account: &str,
        attempt: &Attempt,
        right: Option<&str>,
        now: Timestamp,
    ) -> Result<SignedIn, SignInError> {
        let mut why = "refused";
        let decided = self.change(now, |known, draft| {
            // It may have been changed or disabled while the password was hashed.
            let user = known.users.get(account).filter(|user| !user.is_disabled);
            let user = user.filter(|user| right == Some(user.hash.as_str()));
            let Some(user) = user else { return Ok(Err(SignInError::Wrong)) };
            let mut user = user.clone();
            if user.totp.is_some() {
                let Some(code) = &attempt.code else { return Ok(Err(SignInError::CodeNeeded)) };
                let by = Actor { who: user.name.clone(), from: attempt.address.to_string() };
                match self.use_code(account, &mut user, code, now)? {
                    Code::Device => {}
                    Code::Recovery { left } => {
                        draft.deeds.push(Deed::done(&by, "user.recovery_code", format!("{left} are left")));
                    }
                    Code::Wrong => {
                        // Worth a name of its own: somebody knows the password.
                        why = "wrong code";
                        return Ok(Err(SignInError::Wrong));
                    }
                }
            }
            let signed_in = draft.sign_in(known, account, user, attempt, now)?;
            Ok::<_, SignInError>(Ok(signed_in))
        })?;
        match &decided {
            Ok(_) => lock(&self.0.throttle).forgive(account, &Origin::of(attempt.address)),
            Err(SignInError::Wrong) => self.refuse(account, attempt.address, why, now)?,
            // Each sign-in with a second factor begins like this, and so does the day on which a password is stolen.
            Err(SignInError::CodeNeeded) => self.refuse(account, attempt.address, "no code yet", now)?,
            Err(_) => {}
        }
        decided
    }

    /// Notes a refusal.
    fn refuse(
        &self,
        account: &str,
        address: IpAddr,
        why: &'static str,
        now: Timestamp,
    ) -> Result<(), Unavailable> {
        let who = match self.known().users.get(account) {
            Some(user) => user.name.clone(),
            None => "no such user".to_owned(),
        };
        let (from, object) = (address.to_string(), String::new());
        self.note(Refusal { who, from, action: SIGN_IN, object, why }, now)
    }
}

impl Draft {
    /// Begins a session of this user in place of the one whose cookie was shown, so that no cookie that was there
    /// before is worth more afterwards.
    pub(super) fn sign_in(
        &mut self,
        known: &Known,
        account: &str,
        mut user: User,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<SignedIn, Unavailable> {
        let (cookie, digest) = bearer::draw("")?;
        if let Some(old) = &attempt.rotates {
            let old = bearer::digest(old.expose_secret());
            if known.sessions.contains_key(&old) {
                self.sessions.insert(old, None);
            }
        }
        user.last_sign_in = Some(now);
        let address = attempt.address.to_string();
        let session = Session::new(Holder::User(account.to_owned()), &address, &attempt.agent, now);
        let by = Actor { who: user.name.clone(), from: address };
        // The user may be new: who this is, is asked of what will be.
        let after = Known { users: [(account.to_owned(), user.clone())].into(), ..Known::default() };
        let visitor = after.visitor(&digest, &session, cookie.expose_secret(), now);
        let visitor = visitor.ok_or(Unavailable::Stopping)?;
        self.deeds.push(Deed::done(&by, "session.sign_in", visitor.id.as_str()));
        self.begin(known, &digest, session);
        self.users.insert(account.to_owned(), user);
        Ok(SignedIn { cookie, visitor })
    }
}

/// The key of the account of this name. All that can be none are one, so that they need no memory.
pub(super) fn account(name: &str) -> String {
    if LONGEST_NAME < name.len() { String::new() } else { name.to_lowercase() }
}
