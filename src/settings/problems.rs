//! Everything that is wrong with the settings, told at once.

use crate::domain::wrong::Wrong;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// More than these are counted, not shown: the wrong kind of file would fill the screen.
const SHOWN: usize = 50;

/// One thing to mend in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: a JSON path such as `routers[2].port`, the name of a variable, or nothing for the whole file.
    pub path: String,
    /// What is wrong and what would be right; never a secret.
    pub wrong: Wrong,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_empty() { self.wrong.fmt(f) } else { write!(f, "{}: {}", self.path, self.wrong) }
    }
}

/// Why the settings cannot be used: every problem, each on a line of its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct SettingsError {
    file: PathBuf,
    problems: Vec<Problem>,
}

impl SettingsError {
    /// The problems in the order of the file, variables last.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    fn text(&self) -> String {
        let file = self.file.display().to_string();
        let mut text = format!("the settings in {file:?} cannot be used, nothing was changed or loaded:");
        for problem in self.problems.iter().take(SHOWN) {
            let _ = write!(text, "\n  {problem}");
        }
        if let Some(more @ 1..) = self.problems.len().checked_sub(SHOWN) {
            let _ = write!(text, "\n  and {more} more");
        }
        text
    }
}

/// Collects problems while the settings are read.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    /// Notes one more.
    pub(super) fn add(&mut self, path: impl Into<String>, wrong: impl Into<Wrong>) {
        self.0.push(Problem { path: path.into(), wrong: wrong.into() });
    }

    /// An error if there was any problem.
    pub(super) fn result(self, file: &Path) -> Result<(), SettingsError> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(SettingsError { file: file.to_owned(), problems: self.0 })
    }
}
