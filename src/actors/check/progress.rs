//! A report while it is made: each step is told at once, on a line of its own, and timed.

use crate::domain::check::{Found, Hint, Reason, Report, State, Step};
use serde_json::Value;
use std::io::Write;
use std::time::Instant;

/// A report that is being made.
pub(super) struct Progress<'p> {
    out: &'p mut (dyn Write + Send),
    report: Report,
    /// When the last step ended.
    since: Instant,
}

impl<'p> Progress<'p> {
    /// Nothing is known yet.
    pub(super) fn new(endpoint: String, out: &'p mut (dyn Write + Send)) -> Self {
        Self { out, report: Report::new(endpoint), since: Instant::now() }
    }

    /// A step went well.
    pub(super) fn ok(&mut self, name: &'static str, found: Found) {
        self.step(name, State::Ok, found, None, None);
    }

    /// A step went well, but something should be better.
    pub(super) fn warn(&mut self, name: &'static str, found: Found, (hint, advice): (Hint, &str)) {
        self.step(name, State::Warning, found, Some((hint, advice)), None);
    }

    /// A step failed; the check ends there.
    pub(super) fn fail(&mut self, name: &'static str, found: Found, reason: Reason) {
        self.fail_with(name, found, reason, reason.remedy());
    }

    /// A step failed, and more is known of what to do than for others of its kind.
    pub(super) fn fail_with(&mut self, name: &'static str, found: Found, reason: Reason, advice: &str) {
        self.step(name, State::Failed, found, Some((Hint::About(reason), advice)), Some(reason));
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

    /// The texts hold the router's own words: the report makes them harmless before a terminal sees them.
    fn step(
        &mut self,
        name: &'static str,
        state: State,
        Found { text, details }: Found,
        advice: Option<(Hint, &str)>,
        reason: Option<Reason>,
    ) {
        let now = Instant::now();
        let took = now.saturating_duration_since(std::mem::replace(&mut self.since, now));
        let (hint, advice) = advice.map(|(hint, advice)| (hint, advice.to_owned())).unzip();
        self.report.add(Step { name, state, text, details, advice, hint, reason, took });
        let Some(step) = self.report.steps.last() else { return };
        // Nobody may be listening on stderr; the report and the exit code still tell.
        let _ = writeln!(self.out, "{:4} {name:10} {}", state.word(), step.text);
        if let Some(advice) = &step.advice {
            let _ = writeln!(self.out, "     {:10} -> {advice}", "");
        }
    }
}
