//! Whether something may be changed on a router, and as whom.

use super::router::WrittenPassword;
use secrecy::SecretString;

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
