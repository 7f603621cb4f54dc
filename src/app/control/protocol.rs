//! What a command and a running service say to each other: a line each, then the parts of a backup.

use crate::app::backup::contents::Wanted;
use serde::{Deserialize, Serialize};

/// No line is longer, in bytes.
pub(in crate::app) const LONGEST: u64 = 512;

const KIND: &str = "control";
const VERSION: u32 = 1;

/// What a command asks for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::app) struct Request {
    tikwatch: String,
    version: u32,
    ask: Ask,
    /// Whether keys shall be in it.
    pub(in crate::app) secrets: bool,
    recordings: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ask {
    Backup,
}

/// Whether it gets it: if so, it follows.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::app) struct Answer {
    /// Why not.
    pub(in crate::app) error: Option<String>,
}

impl Request {
    pub(in crate::app) fn backup(wanted: Wanted) -> Self {
        let Wanted { secrets, recordings } = wanted;
        Self { tikwatch: KIND.to_owned(), version: VERSION, ask: Ask::Backup, secrets, recordings }
    }

    pub(in crate::app) fn wanted(&self) -> Wanted {
        Wanted { secrets: self.secrets, recordings: self.recordings }
    }

    /// Understands what was asked; says why not.
    pub(in crate::app) fn parse(line: &[u8]) -> Result<Self, &'static str> {
        let version = serde_json::from_slice::<serde_json::Value>(line).ok();
        let version = version.and_then(|said| said.get("version").and_then(serde_json::Value::as_u64));
        if version.is_some_and(|version| version != u64::from(VERSION)) {
            return Err("the service and this command are of different versions: restart the service");
        }
        let request = serde_json::from_slice::<Self>(line).ok().filter(|request| request.tikwatch == KIND);
        request.ok_or("this was not understood")
    }

    pub(in crate::app) fn line(&self) -> Vec<u8> {
        line(self)
    }
}

impl Answer {
    pub(in crate::app) fn yes() -> Self {
        Self { error: None }
    }

    pub(in crate::app) fn no(why: &str) -> Self {
        Self { error: Some(why.to_owned()) }
    }

    pub(in crate::app) fn line(&self) -> Vec<u8> {
        line(self)
    }
}

fn line(said: &impl Serialize) -> Vec<u8> {
    // Plain fields can always be written.
    let mut line = serde_json::to_vec(said).unwrap_or_default();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_understood_and_nothing_else() {
        for wanted in
            [Wanted { secrets: true, recordings: false }, Wanted { secrets: false, recordings: true }]
        {
            let line = Request::backup(wanted).line();
            assert!(line.len() < usize::try_from(LONGEST).unwrap());
            assert_eq!(Request::parse(&line).unwrap().wanted(), wanted);
            for end in 0..line.len() - 2 {
                assert!(Request::parse(&line[..end]).is_err(), "cut off at {end}");
            }
        }
        let later = br#"{"tikwatch":"control","version":2,"ask":"restart"}"#;
        assert!(Request::parse(later).unwrap_err().contains("different versions"));
        let other =
            br#"{"tikwatch":"control","version":1,"ask":"delete","secrets":false,"recordings":false}"#;
        assert!(Request::parse(other).is_err());
    }
}
