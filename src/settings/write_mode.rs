//! Whether something may be changed on a router, and as whom.

use super::fields::Fields;
use super::problems::Problems;
use super::router::{Place, WrittenPassword, line};
use crate::domain::wrong::Wrong;
use secrecy::{ExposeSecret as _, SecretString};

/// Whether something may be changed on a router, and as whom. Off unless somebody turned it on.
#[derive(Debug, Clone, Default)]
pub struct WriteMode {
    /// Whether something may be changed at all.
    pub is_on: bool,
    /// Whom we sign in as to change something; the user who watches if nobody is said.
    pub username: Option<String>,
    /// The password of that user.
    pub password: Option<SecretString>,
    /// Every password that was written in clear for that user, the one in force first.
    pub written: Vec<WrittenPassword>,
    /// Whether a password is kept for that user that cannot be read, for want of its key.
    pub is_locked: bool,
}

impl WriteMode {
    /// Takes the keys of it, with the passwords that were written.
    pub(super) fn take(fields: &mut Fields, written: Vec<WrittenPassword>, problems: &mut Problems) -> Self {
        let is_on = fields.truth("write_mode", problems).unwrap_or(false);
        let has_user = fields.peek("write_username").is_some();
        let username = fields.parsed("write_username", problems, |user| line(user, 255));
        for one in written.iter().filter(|_| !has_user) {
            if let Place::Settings(path) = &one.place {
                problems.add(path.clone(), Wrong::NeedsUser);
            }
        }
        let password = written.first().map(|one| one.secret.clone());
        Self { is_on, username, password, written, is_locked: false }
    }

    /// Whether the same may be changed, by the same user.
    pub fn is_same(&self, other: &Self) -> bool {
        let password = |one: &Self| one.password.as_ref().map(|one| one.expose_secret().to_owned());
        self.is_on == other.is_on
            && self.username == other.username
            && self.is_locked == other.is_locked
            && password(self).unwrap_or_default() == password(other).unwrap_or_default()
    }
}
