//! What a step of a test has found: in English, and as words for those who say it in another language.

use super::{Reason, visible};
use crate::domain::credential::Credential;
use crate::routeros::client::{ExchangeError, SignInError};
use crate::routeros::login::LoginError;
use crate::routeros::stream::{ConnectError, Fingerprint, Protection};
use std::error::Error;
use std::time::Duration;

/// One thing that was found, without a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// What it is, as one word.
    pub word: String,
    /// What fills the places of its text.
    pub values: Vec<(&'static str, String)>,
    /// How many there are, of what is counted.
    pub number: Option<u64>,
    /// What somebody else says of it: the router, the system, OpenSSL.
    pub message: Option<String>,
}

impl Detail {
    fn of(word: impl Into<String>) -> Self {
        Self { word: word.into(), values: Vec::new(), number: None, message: None }
    }

    fn with(mut self, place: &'static str, value: &impl ToString) -> Self {
        self.values.push((place, visible(&value.to_string()).into_owned()));
        self
    }

    fn says(self, message: &str) -> Self {
        Self { message: Some(visible(message).into_owned()), ..self }
    }

    /// The key of its words.
    pub fn key(&self) -> String {
        // How a connection is protected is told in tables, too.
        if self.word.starts_with("protection.") {
            format!("js.{}", self.word)
        } else {
            format!("found.{}", self.word)
        }
    }

    /// Why there is no connection.
    fn of_connecting(error: &ConnectError) -> Self {
        let detail = Self::of(error.reason().word());
        match error {
            ConnectError::UnknownHost { host, source } => detail.with("host", host).says(&chain(source)),
            ConnectError::Forbidden { host } => detail.with("host", host),
            ConnectError::Refused { address }
            | ConnectError::BrokenOff { address }
            | ConnectError::NoTls { address }
            | ConnectError::NoCommonCipher { address } => detail.with("address", address),
            ConnectError::Unreachable { address, source } => {
                detail.with("address", address).says(&chain(source))
            }
            ConnectError::TimedOut { address, seconds } => {
                detail.with("address", address).with("seconds", seconds)
            }
            ConnectError::HandshakeTimedOut { address, seconds } => {
                detail.with("address", address).with("seconds", seconds)
            }
            ConnectError::CertificateNotTrusted { address, reason } => {
                detail.with("address", address).says(reason)
            }
            ConnectError::CertificateUnknown { address, fingerprint } => {
                detail.with("address", address).with("fingerprint", fingerprint)
            }
            ConnectError::CertificateChanged { address, expected, found } => {
                detail.with("address", address).with("expected", expected).with("fingerprint", found)
            }
            ConnectError::TlsFailed { address, source } => {
                detail.with("address", address).says(&chain(source.as_ref()))
            }
            ConnectError::CaFile { path, source } => {
                detail.with("path", &path.display()).says(&chain(source))
            }
        }
    }

    /// Why a question has no answer.
    fn of_asking(error: &ExchangeError) -> Self {
        let detail = Self::of(error.reason().word());
        match error {
            ExchangeError::TimedOut { seconds } => detail.with("seconds", seconds),
            ExchangeError::Broken(source) => Self::of("broken").says(&chain(source)),
            ExchangeError::ClosedEarly => Self::of("closed_early"),
            ExchangeError::Ended { reason } => detail.says(reason),
            ExchangeError::NotTheApi(source) => detail.says(&chain(source)),
            ExchangeError::Withheld(withheld) => detail.says(&chain(withheld)),
        }
    }

    /// Why nobody was let in.
    fn of_signing_in(error: &SignInError) -> Self {
        match error {
            SignInError::Exchange(error) => Self::of_asking(error),
            SignInError::Login(LoginError::Other(trap)) => {
                Self::of(error.reason().word()).says(&trap.message)
            }
            SignInError::Login(error) => Self::of(error.reason().word()),
        }
    }
}

/// All that a step has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// In English, for programs, the log and the command line.
    pub text: String,
    /// The same for those who say it in another language; none where it is in no language, such as an address.
    pub details: Vec<Detail>,
}

impl Found {
    fn one(text: String, detail: Detail) -> Self {
        Self { text, details: vec![detail] }
    }

    /// What is in no language: addresses.
    pub fn plain(text: String) -> Self {
        Self { text, details: Vec::new() }
    }

    /// Why there is no connection.
    pub fn unreached(error: &ConnectError) -> Self {
        Self::one(chain(error), Detail::of_connecting(error))
    }

    /// Why a question has no answer.
    pub fn unanswered(error: &ExchangeError) -> Self {
        Self::one(chain(error), Detail::of_asking(error))
    }

    /// Why nobody was let in.
    pub fn not_signed_in(error: &SignInError) -> Self {
        Self::one(chain(error), Detail::of_signing_in(error))
    }

    /// Nothing but the reason: what was said there is not for whoever asks.
    pub fn quoting_nothing(reason: Reason) -> Self {
        Self::one(reason.cause().to_owned(), Detail::of(reason.word()))
    }

    /// One of the addresses of a name must not be called.
    pub fn forbidden(host: &str) -> Self {
        let text = format!("{host:?} leads to an address that is not called from here");
        Self::one(text, Detail::of(Reason::Forbidden.word()).with("host", &host))
    }

    /// Nobody told the address of a name in time.
    pub fn resolver_silent(host: &str, deadline: Duration) -> Self {
        let seconds = deadline.as_secs();
        let text =
            format!("cannot find the address of {host:?}: no answer from the resolver within {seconds} s");
        Self::one(text, Detail::of("resolver_silent").with("host", &host).with("seconds", &seconds))
    }

    /// What a connection is safe from, and whose it is.
    pub fn protected(protection: Protection, fingerprint: Option<Fingerprint>) -> Self {
        let word = match protection {
            Protection::Clear => "protection.clear",
            Protection::Verified => "protection.verified",
            Protection::Pinned => "protection.pinned",
            Protection::Anonymous => "protection.anonymous",
        };
        let found = Self::one(protection.label().to_owned(), Detail::of(word));
        match fingerprint {
            Some(fingerprint) => {
                let detail = Detail::of("fingerprint").with("fingerprint", &fingerprint);
                found.and(Self::one(format!("fingerprint {fingerprint}"), detail))
            }
            None => found,
        }
    }

    /// As whom we were let in.
    pub fn signed_in(user: &str) -> Self {
        Self::one(format!("as {user:?}"), Detail::of("signed_in").with("user", &user))
    }

    /// Who watches makes the changes, too.
    pub fn watcher_too(user: &str) -> Self {
        Self::one(format!("as {user:?}, who watches, too"), Detail::of("watcher_too").with("user", &user))
    }

    /// What the router says of itself: its name, version, board and uptime.
    pub fn identity([name, version, board, uptime]: [Option<&str>; 4]) -> Self {
        let all = [name, version, board, uptime];
        let [known_name, known_version, known_board, known_uptime] = all.map(|one| one.unwrap_or("unknown"));
        let text = format!("{known_name}, RouterOS {known_version}, {known_board}, up {known_uptime}");
        let shown = all.map(|one| one.unwrap_or("–").to_owned());
        let places = ["name", "version", "board", "uptime"].iter().zip(&shown);
        let detail = places.fold(Detail::of("identity"), |detail, (place, value)| detail.with(place, value));
        Self::one(text, detail)
    }

    /// The router refuses to say what it is.
    pub fn no_identity(words: &str) -> Self {
        let text = format!("the router refuses to say what it is: {words:?}");
        Self::one(text, Detail::of("identity_refused").says(words))
    }

    /// The group of our user, and what it allows.
    pub fn group(name: &str, policies: &[&str]) -> Self {
        let policies = policies.join(", ");
        let detail = Detail::of("group").with("group", &name).with("policies", &policies);
        Self::one(format!("group {name:?}: {policies}"), detail)
    }

    /// The router does not tell the group of our user.
    pub fn no_group() -> Self {
        let text = "the user's group cannot be read; it may come from RADIUS";
        Self::one(text.to_owned(), Detail::of("group_unknown"))
    }

    /// The router does not tell what the group of our user allows.
    pub fn no_policies(group: &str) -> Self {
        let text = format!("the policies of the group {group:?} cannot be read");
        Self::one(text, Detail::of("policies_unknown").with("group", &group))
    }

    /// What a group lacks.
    pub fn missing(group: &str, policies: &[&'static str]) -> Self {
        let detail = Detail::of("rights_missing").with("group", &group);
        let text = format!("the group {group:?} lacks {}", policies.join(" and "));
        Self::one(text, detail.with("policies", &policies.join(", ")))
    }

    /// What a group allows beyond what this needs: policies, and what each allows.
    pub fn needless(group: &str, to: Credential, more: &[(&'static str, &'static str)]) -> Self {
        let (needs, word) = match to {
            Credential::Watch => ("watching needs", "needless_to_watch"),
            Credential::Write => ("changes need", "needless_to_write"),
        };
        let named: Vec<String> = more.iter().map(|(policy, means)| format!("{policy} ({means})")).collect();
        let text = format!("the group {group:?} allows more than {needs}: {}", named.join(", "));
        let each = more.iter().map(|(policy, _)| Detail::of(format!("policy.{policy}")));
        let details = [Detail::of(word).with("group", &group)].into_iter().chain(each).collect();
        Self { text, details }
    }

    /// Nothing can be changed as this user, for this reason.
    pub fn in_vain(user: &str, why: Self) -> Self {
        let mut details = vec![Detail::of("in_vain").with("user", &user)];
        details.extend(why.details);
        Self { text: format!("nothing can be changed as {user:?}: {}", why.text), details }
    }

    /// Nothing was counted yet.
    pub fn nothing() -> Self {
        Self::plain(String::new())
    }

    /// So many of these are there as well.
    pub fn count(&mut self, what: &str, number: u64) {
        let detail = Detail::of(format!("counted.{}", what.replace(' ', "_")));
        self.list(&format!("{number} {what}"), Detail { number: Some(number), ..detail });
    }

    /// The router has no such menu.
    pub fn count_none(&mut self, what: &str, menu: &str) {
        self.list(&format!("no menu for {what}"), Detail::of("no_menu").with("menu", &menu));
    }

    fn list(&mut self, text: &str, detail: Detail) {
        if !self.text.is_empty() {
            self.text.push_str(", ");
        }
        self.text.push_str(text);
        self.details.push(detail);
    }

    /// These may not be counted.
    pub fn not_readable(what: &str, menu: &str, words: &str) -> Self {
        let text = format!("{what} cannot be read: {words:?}");
        Self::one(text, Detail::of("menu_unreadable").with("menu", &menu).says(words))
    }

    /// The router did not count these.
    pub fn not_counted(what: &str, menu: &str) -> Self {
        Self::one(format!("{what} were not counted"), Detail::of("not_counted").with("menu", &menu))
    }

    /// What was found before, and this besides.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.text.push_str(", ");
        self.text.push_str(&other.text);
        self.details.extend(other.details);
        self
    }
}

/// An error with its causes, on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
