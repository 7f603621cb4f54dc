//! What is asked of the log book: our own log, the routers', and events, searched alike for pages and the API.

use super::{Problem, Seen};
use crate::domain::events::Change;
use crate::domain::log_entry::LogEntry;
use crate::state::{RecentEvent, RouterLine};
use std::sync::Arc;

/// The levels, the gravest first.
const LEVELS: [&str; 5] = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

/// A search in a log; what is not given is not asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogQuery<'a> {
    /// Text that stands somewhere in it, whatever its case.
    pub q: Option<&'a str>,
    /// Only of this router; our own log is that of none.
    pub router: Option<&'a str>,
    /// At least as grave.
    pub level: Option<&'a str>,
    /// Only with this topic, or of this part of the program.
    pub topic: Option<&'a str>,
    /// Only with a higher number; one that is beyond the newest is of an earlier run of the program, and all is newer.
    pub after: Option<u64>,
}

/// Something that is kept, and its number.
pub type Numbered<T> = (u64, Arc<T>);

impl LogQuery<'_> {
    /// Entries of our own log, the newest first.
    pub fn own(&self, seen: &Seen) -> Result<Vec<Numbered<LogEntry>>, Problem> {
        let least = self.least()?;
        if let Some(router) = self.router {
            seen.router(router)?;
            return Ok(Vec::new());
        }
        let mut found = seen.entries();
        let after = self.after(found.last().map(|(newest, _)| *newest));
        found.retain(|(number, entry)| {
            after.is_none_or(|after| after < *number)
                && rank(entry.level) <= least
                && self.topic.is_none_or(|topic| entry.target.eq_ignore_ascii_case(topic))
                && holds(&[&entry.message, &entry.target], self.q)
        });
        found.reverse();
        Ok(found)
    }

    /// Lines of the routers' logs, the newest first.
    pub fn lines(&self, seen: &Seen) -> Result<Vec<Numbered<RouterLine>>, Problem> {
        let least = self.least()?;
        let router = self.router.map(|name| seen.router(name)).transpose()?;
        let mut found = seen.router_lines();
        let after = self.after(found.last().map(|(newest, _)| *newest));
        found.retain(|(number, one)| {
            let line = &one.line;
            let has = |topic: &str| line.topics.split(',').any(|known| known.eq_ignore_ascii_case(topic));
            after.is_none_or(|after| after < *number)
                && router.as_ref().is_none_or(|router| one.router == router.name)
                && rank(line.level()) <= least
                && self.topic.is_none_or(has)
                && holds(&[&line.message, &line.topics, one.router.as_str()], self.q)
        });
        found.reverse();
        Ok(found)
    }

    /// Events, the newest first.
    pub fn events(&self, seen: &Seen) -> Result<Vec<Numbered<RecentEvent>>, Problem> {
        let router = self.router.map(|name| seen.router(name)).transpose()?;
        let mut found = seen.numbered_events();
        let after = self.after(found.last().map(|(newest, _)| *newest));
        found.retain(|(number, event)| {
            let (name, what) = match &event.change {
                Change::Presence(change) => (change.name.as_str(), change.why()),
                Change::Link { what, .. } => ("", what.as_str()),
                Change::Rebooted => ("", ""),
            };
            after.is_none_or(|after| after < *number)
                && router.as_ref().is_none_or(|router| event.router == router.name)
                && holds(&[event.router.as_str(), name, what], self.q)
        });
        found.reverse();
        Ok(found)
    }

    /// The number after which rows are asked for, unless it is of an earlier run.
    fn after(&self, newest: Option<u64>) -> Option<u64> {
        self.after.filter(|after| newest.is_none_or(|newest| *after <= newest))
    }

    /// How grave an entry must be: its place among the levels.
    fn least(&self) -> Result<usize, Problem> {
        let Some(word) = self.level else { return Ok(LEVELS.len()) };
        let is_it = |known: &&str| known.eq_ignore_ascii_case(word);
        // The earlier program's word.
        let is_warning = word.eq_ignore_ascii_case("warning");
        let found = LEVELS.iter().position(|known| is_it(known) || is_warning && *known == "WARN");
        found.ok_or_else(|| {
            Problem::Parameter(format!("`{word}` is no level; there are error, warn, info, debug and trace"))
        })
    }
}

fn rank(level: &str) -> usize {
    LEVELS.iter().position(|known| *known == level).unwrap_or(0)
}

/// Whether one of these texts holds what was searched for, whatever its case.
fn holds(texts: &[&str], wanted: Option<&str>) -> bool {
    let Some(wanted) = wanted else { return true };
    let wanted = wanted.to_lowercase();
    texts.iter().any(|text| text.to_lowercase().contains(&wanted))
}
