//! What a test of a connection has found, step by step.

mod found;

pub use crate::routeros::Reason;
pub use found::{Detail, Found};

use super::visible::visible;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should.
    Ok,
    /// It works, but something should be better.
    Warning,
    /// It does not work; nothing follows.
    Failed,
}

impl State {
    /// One word: `ok`, `warn` or `FAIL`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warn",
            Self::Failed => "FAIL",
        }
    }
}

/// What is to be done about a step, for those who say it in another language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// What is to be done whenever this is the reason.
    About(Reason),
    /// Turn TLS on.
    Clear,
    /// Give the router a certificate that can be told from others.
    Anonymous,
    /// Look at the user's group on the router.
    GroupUnknown,
    /// Give the group more rights.
    RightsMissing,
    /// Give the user who watches a group with fewer rights.
    NeedlessToWatch,
    /// Give the user who changes something a group with fewer rights.
    NeedlessToWrite,
    /// Upgrade the router.
    Upgrade,
}

impl Hint {
    /// Those that are about no reason.
    pub const OWN: [Self; 7] = [
        Self::Clear,
        Self::Anonymous,
        Self::GroupUnknown,
        Self::RightsMissing,
        Self::NeedlessToWatch,
        Self::NeedlessToWrite,
        Self::Upgrade,
    ];

    /// One word, by which pages tell it.
    pub fn word(self) -> &'static str {
        match self {
            Self::About(reason) => reason.word(),
            Self::Clear => "clear",
            Self::Anonymous => "anonymous",
            Self::GroupUnknown => "group_unknown",
            Self::RightsMissing => "rights_missing",
            Self::NeedlessToWatch => "needless_to_watch",
            Self::NeedlessToWrite => "needless_to_write",
            Self::Upgrade => "upgrade",
        }
    }
}

/// One step of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name: `resolve`, `connect`, `tls`, `sign-in`, `identity`, `rights`, `count`, `changes`.
    pub name: &'static str,
    /// How it went.
    pub state: State,
    /// What was found; the router's words in it cannot forge anything.
    pub text: String,
    /// The same, for those who say it in another language.
    pub details: Vec<Detail>,
    /// What to do about it, if anything.
    pub advice: Option<String>,
    /// The same, for those who say it in another language.
    pub hint: Option<Hint>,
    /// Why it failed.
    pub reason: Option<Reason>,
    /// How long it took.
    pub took: Duration,
}

/// What a test has found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What was tested, as host and port.
    pub endpoint: String,
    /// The steps in order; a failed one is the last.
    pub steps: Vec<Step>,
    /// What is known of the router: `identity`, `version`, `board`, `fingerprint`, `protection`, `group`, `policies`.
    pub facts: Map<String, Value>,
    /// What there is to watch, by kind.
    pub counts: Map<String, Value>,
}

impl Report {
    /// Nothing is known yet.
    pub fn new(endpoint: String) -> Self {
        Self { endpoint, steps: Vec::new(), facts: Map::new(), counts: Map::new() }
    }

    /// Whether every step went well enough to watch the router.
    pub fn is_success(&self) -> bool {
        self.steps.iter().all(|step| step.state != State::Failed)
    }

    /// The fingerprint of the certificate that the router presented.
    pub fn fingerprint(&self) -> Option<&str> {
        self.facts.get("fingerprint").and_then(Value::as_str)
    }

    /// Adds a step. The text may hold the router's own words, so it is made harmless.
    pub fn add(&mut self, step: Step) {
        let text = visible(&step.text).into_owned();
        self.steps.push(Step { text, ..step });
    }

    /// The same for programs, as one JSON object.
    pub fn json(&self) -> Value {
        let steps = self.steps.iter().map(|step| {
            json!({
                "step": step.name,
                "state": step.state.word(),
                "text": step.text,
                "advice": step.advice,
                "reason": step.reason.map(Reason::word),
                "took_ms": u64::try_from(step.took.as_millis()).unwrap_or(u64::MAX),
            })
        });
        json!({
            "success": self.is_success(),
            "endpoint": self.endpoint,
            "router": self.facts,
            "counts": self.counts,
            "steps": steps.collect::<Vec<_>>(),
        })
    }
}
