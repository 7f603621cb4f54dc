//! The passwords of a router, whatever each is for: so all that is done to the one is done to the other.

use super::router::{RouterSettings, WrittenPassword};
use crate::domain::credential::Credential;
use secrecy::SecretString;

impl RouterSettings {
    /// Whom a password is of; without a user there is none.
    pub fn user(&self, credential: Credential) -> Option<&str> {
        match credential {
            Credential::Watch => Some(&self.username),
            Credential::Write => self.write_mode.username.as_deref(),
        }
    }

    /// The password, as far as it is known.
    pub fn password(&self, credential: Credential) -> Option<&SecretString> {
        match credential {
            Credential::Watch => self.password.as_ref(),
            Credential::Write => self.write_mode.password.as_ref(),
        }
    }

    /// Every password that was written in clear, the one in force first.
    pub fn written(&self, credential: Credential) -> &[WrittenPassword] {
        match credential {
            Credential::Watch => &self.written,
            Credential::Write => &self.write_mode.written,
        }
    }

    /// Every password that was written in clear, of whomever.
    pub fn all_written(&self) -> impl Iterator<Item = &WrittenPassword> {
        Credential::ALL.into_iter().flat_map(|credential| self.written(credential))
    }

    /// Has it use this password.
    pub fn set_password(&mut self, credential: Credential, password: Option<SecretString>) {
        match credential {
            Credential::Watch => self.password = password,
            Credential::Write => self.write_mode.password = password,
        }
    }

    /// Notes that a password is kept that cannot be read.
    pub fn lock(&mut self, credential: Credential) {
        match credential {
            Credential::Watch => self.is_locked = true,
            Credential::Write => self.write_mode.is_locked = true,
        }
    }
}
