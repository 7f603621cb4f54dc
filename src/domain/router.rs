//! Which router, and whether we can reach it.

use super::time::Moment;
use super::wrong::Wrong;
use crate::routeros::stream::{Fingerprint, Protection};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A router's name: 1 to 64 letters, digits, `-` or `_`. It appears in URLs and metric labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RouterName(Arc<str>);

/// Text that cannot name a router.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct InvalidRouterName(Wrong);

impl From<InvalidRouterName> for Wrong {
    fn from(invalid: InvalidRouterName) -> Self {
        invalid.0
    }
}

impl RouterName {
    /// Checks and takes a name.
    pub fn new(name: &str) -> Result<Self, InvalidRouterName> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if name.is_empty() || 64 < name.len() || !name.bytes().all(allowed) {
            return Err(InvalidRouterName(Wrong::RouterName(name.to_owned())));
        }
        Ok(Self(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RouterName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for RouterName {
    type Err = InvalidRouterName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl TryFrom<String> for RouterName {
    type Error = InvalidRouterName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(&name)
    }
}

impl From<RouterName> for String {
    fn from(name: RouterName) -> Self {
        name.0.as_ref().to_owned()
    }
}

/// How things stand between us and a router.
#[derive(Debug, Clone, PartialEq)]
pub enum Link {
    /// The first attempt has not ended yet.
    Connecting,
    /// Signed in and answering.
    Live {
        /// Since when.
        since: Moment,
        /// How the connection is protected.
        protection: Protection,
    },
    /// Not reachable, or lost; we keep trying.
    Down(Trouble),
    /// The router refused our user name or password; we hardly retry, to avoid a lock-out.
    Refused(Trouble),
    /// The person who runs us has to decide or mend something (a certificate, a setting).
    Blocked(Trouble),
}

/// How often we called a router since we watch it: the session for polls, which decides whether it is live.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Calls that ended signed in.
    pub succeeded: u64,
    /// Calls that did not.
    pub failed: u64,
    /// Connections that were lost after they had been signed in.
    pub lost: u64,
    /// The fingerprint of the certificate that the router presented on the last connection.
    pub certificate: Option<Fingerprint>,
}

/// Why a router is not live: what failed and what to do about it, as sentences for people.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    /// Since when.
    pub since: Moment,
    /// What failed, as one word; pages tell it and what to do in the reader's language. None where nobody knows better
    /// than the texts.
    pub word: &'static str,
    /// What failed.
    pub what: String,
    /// What to do.
    pub advice: String,
    /// When we try again, if we do by ourselves.
    pub retry_at: Option<Moment>,
}

impl Link {
    /// Whether fresh data can be expected.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live { .. })
    }

    /// One word for programs: `connecting`, `live`, `down`, `refused` or `blocked`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live { .. } => "live",
            Self::Down(_) => "down",
            Self::Refused(_) => "refused",
            Self::Blocked(_) => "blocked",
        }
    }

    /// Why the router is not live, if it is not.
    pub fn trouble(&self) -> Option<&Trouble> {
        match self {
            Self::Down(trouble) | Self::Refused(trouble) | Self::Blocked(trouble) => Some(trouble),
            Self::Connecting | Self::Live { .. } => None,
        }
    }

    /// What the connection is safe from, as one word by which pages tell it; none without a connection.
    pub fn protection_word(&self) -> Option<&'static str> {
        match self {
            Self::Live { protection, .. } => Some(protection.word()),
            _ => None,
        }
    }
}

/// The word by which pages tell what a connection is safe from, if this is one.
pub fn protection_word(word: &str) -> Option<&'static str> {
    Protection::ALL.map(Protection::word).into_iter().find(|known| *known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, valid: bool) {
        assert_eq!(RouterName::new(name).is_ok(), valid, "{name:?}");
    }

    #[test]
    fn names_fit_into_urls_and_labels() {
        check("ccr1", true);
        check("POP-3_core", true);
        check("", false);
        check("a b", false);
        check("../etc", false);
        check("é", false);
        check(&"x".repeat(64), true);
        check(&"x".repeat(65), false);
    }
}
