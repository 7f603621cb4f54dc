//! Variables of the process and of `.env`.

use super::problems::Problems;
use crate::domain::wrong::Wrong;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// The variables that we read; no others are kept.
const NAMES: [&str; 6] =
    ["MIKROTIK_HOST", "MIKROTIK_USER", "MIKROTIK_PASSWORD", "MIKROTIK_PORT", "DEBUG", "TIKWATCH_LOG"];

/// The variables that matter to us, taken once at the start, so that tests need not touch the process.
#[derive(Clone, Default)]
pub struct Environment {
    values: HashMap<String, String>,
    /// Those that `.env` gave.
    from_file: HashSet<String>,
}

impl Environment {
    /// The variables of this process.
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// The value of a variable; an empty one is as good as none.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a variable comes from `.env`.
    pub(super) fn is_from_file(&self, name: &str) -> bool {
        self.from_file.contains(name)
    }

    /// Whether `DEBUG` is `True`, or another word for it.
    pub fn is_debug(&self) -> bool {
        let value = self.get("DEBUG").map(|value| value.trim().to_ascii_lowercase());
        value.is_some_and(|value| ["true", "1", "yes", "on"].contains(&value.as_str()))
    }

    /// These variables, and for those that are missing the ones of `.env` in the given folder.
    ///
    /// The process's own environment stays as it is. No file is fine; one that cannot be read is a problem,
    /// told without its text, as that may be a password.
    pub(super) fn with_file(&self, folder: &Path, problems: &mut Problems) -> Self {
        let path = folder.join(".env");
        let mut all = self.clone();
        // Python programmers keep a folder of this name beside their settings.
        if path.is_dir() {
            return all;
        }
        let bytes = match super::file::read(&path) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return all,
            Err(wrong) => {
                problems.add(".env", wrong);
                return all;
            }
        };
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        let Ok(text) = std::str::from_utf8(bytes) else {
            problems.add(".env", Wrong::VariablesNotUtf8);
            return all;
        };
        for entry in dotenvy::from_read_iter(text.as_bytes()) {
            match entry {
                Ok((name, value)) => {
                    if NAMES.contains(&name.as_str()) && self.get(&name).is_none() {
                        all.from_file.insert(name.clone());
                        all.values.insert(name, value);
                    }
                }
                Err(error) => problems.add(".env", unreadable(text, &error)),
            }
        }
        all
    }
}

/// What is wrong with a line, by its number: the error itself would quote the line.
fn unreadable(text: &str, error: &dotenvy::Error) -> Wrong {
    let line = match error {
        dotenvy::Error::LineParse(line, _) => {
            // The error holds the line, or only the value in it.
            let first = line.lines().next().unwrap_or_default().trim();
            text.lines().position(|one| !first.is_empty() && one.contains(first))
        }
        _ => None,
    };
    Wrong::VariablesLine(line.map(|line| line + 1))
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    /// Keeps those variables that we know.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        let known = |(name, _): &(String, String)| NAMES.contains(&name.as_str());
        Self { values: variables.filter(known).collect(), from_file: HashSet::new() }
    }
}

impl std::fmt::Debug for Environment {
    /// Names only: values may be passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}
