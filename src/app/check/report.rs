//! What a check has found, told line by line and kept for programs.

use crate::telemetry::visible::visible;
use serde_json::{Map, Value, json};
use std::io::Write;

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
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warn",
            Self::Failed => "FAIL",
        }
    }
}

/// One step of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name: `resolve`, `connect`, `tls`, `sign-in`, `identity`, `rights`, `count`.
    pub name: &'static str,
    /// How it went.
    pub state: State,
    /// What was found.
    pub text: String,
    /// What to do about it, if anything.
    pub advice: Option<String>,
}

/// What a check has found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    endpoint: String,
    /// The steps in order; a failed one is the last.
    pub steps: Vec<Step>,
    facts: Map<String, Value>,
    counts: Map<String, Value>,
}

impl Report {
    /// Whether every step went well enough to watch the router.
    pub fn is_success(&self) -> bool {
        self.steps.iter().all(|step| step.state != State::Failed)
    }

    /// The same for programs, as one JSON object.
    pub fn json(&self) -> Value {
        let steps = self.steps.iter().map(|step| {
            json!({"step": step.name, "state": step.state.word(), "text": step.text, "advice": step.advice})
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

/// A report while it is made: each step is told at once, on a line of its own.
pub(super) struct Progress<'p> {
    out: &'p mut (dyn Write + Send),
    report: Report,
}

impl<'p> Progress<'p> {
    /// Nothing is known yet.
    pub(super) fn new(endpoint: String, out: &'p mut (dyn Write + Send)) -> Self {
        let report = Report { endpoint, steps: Vec::new(), facts: Map::new(), counts: Map::new() };
        Self { out, report }
    }

    /// What is checked, as host and port.
    pub(super) fn endpoint(&self) -> String {
        self.report.endpoint.clone()
    }

    /// A step went well.
    pub(super) fn ok(&mut self, name: &'static str, text: &str) {
        self.step(name, State::Ok, text, None);
    }

    /// A step went well, but something should be better.
    pub(super) fn warn(&mut self, name: &'static str, text: &str, advice: &str) {
        self.step(name, State::Warning, text, Some(advice));
    }

    /// A step failed; the check ends there.
    pub(super) fn fail(&mut self, name: &'static str, text: &str, advice: &str) {
        self.step(name, State::Failed, text, Some(advice));
    }

    /// Keeps something that is known of the router, for programs.
    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.report.facts.insert(name.to_owned(), value.into());
    }

    /// Keeps how many there are of something.
    pub(super) fn count(&mut self, what: &str, number: u64) {
        self.report.counts.insert(what.replace(' ', "_"), number.into());
    }

    /// What was found.
    pub(super) fn finished(self) -> Report {
        self.report
    }

    /// The texts hold the router's own words, so they are made harmless before a terminal sees them.
    fn step(&mut self, name: &'static str, state: State, text: &str, advice: Option<&str>) {
        let text = visible(text).into_owned();
        // Nobody may be listening on stderr; the report and the exit code still tell.
        let _ = writeln!(self.out, "{:4} {name:10} {text}", state.word());
        if let Some(advice) = advice {
            let _ = writeln!(self.out, "     {:10} -> {advice}", "");
        }
        self.report.steps.push(Step { name, state, text, advice: advice.map(ToOwned::to_owned) });
    }
}

/// An error with its causes, on one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
