//! Logs: our own and the routers', under `/api/v1/logs`; our own in the seed's shape under `/api/logs`.

use super::etag::Etag;
use super::list::{self, List, Place, Window};
use super::parameters::{FURTHEST_ROW, MOST_ROWS, Parameters};
use super::people::Asking;
use super::wire::{self, Rfc3339};
use super::words::LevelWord;
use crate::domain::log_entry::LogEntry;
use crate::http::{LogQuery, Numbered, Problem, Seen};
use crate::state::RouterLine;
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// How many entries the seed gives unless more are asked for.
const USUAL_ENTRIES: usize = 50;

/// The levels, and the seed's words for them.
const LEVELS: [(&str, &str); 5] =
    [("ERROR", "ERROR"), ("WARN", "WARNING"), ("INFO", "INFO"), ("DEBUG", "DEBUG"), ("TRACE", "DEBUG")];

/// An entry of our own log, or a line of a router's.
#[derive(Serialize, ToSchema)]
pub(super) struct LogRow<'a> {
    /// Counts from the start of the program on.
    number: u64,
    time: Rfc3339,
    /// Of a router's line what its topics say.
    #[schema(value_type = LevelWord)]
    level: String,
    /// The part of the program, or a router's topics.
    source: &'a str,
    /// The router, of a router's line.
    router: Option<&'a str>,
    message: &'a str,
    fields: BTreeMap<&'a str, &'a str>,
}

/// The seed's answer.
#[derive(Serialize, ToSchema)]
pub(super) struct SeedLogs<'a> {
    success: bool,
    logs: Vec<SeedLog<'a>>,
}

/// An entry as the seed shows it.
#[derive(Serialize, ToSchema)]
struct SeedLog<'a> {
    timestamp: Rfc3339,
    /// `DEBUG`, `INFO`, `WARNING` or `ERROR`.
    level: &'static str,
    message: &'a str,
    source: &'a str,
}

/// What clearing the log did.
#[derive(Serialize, ToSchema)]
pub(super) struct ClearAnswer {
    success: bool,
    message: &'static str,
    /// How many entries were forgotten.
    cleared: usize,
}

/// `GET /api/v1/logs`: our own log (`source=program`, the usual one) or the routers' (`source=routers`).
pub(super) async fn list(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let source = Source::parse(&parameters)?;
    let (newest, kept) = source.standing(&seen);
    let etag = Etag::new(&request, &seen, &[]).and(newest).and(kept);
    if let Some(known) = etag.not_modified(&request) {
        return Ok(known);
    }
    let found = source.found(&seen, &parameters)?;
    let rows = found.iter().map(|kept| (Place { router: "", number: kept.number() }, kept.row())).collect();
    let window = Window::parse(&parameters)?.newest_first();
    let list = List { name: "logs", etag: &etag, window, tables: Vec::new(), rows };
    list.answer(&parameters, list::now(), |_, row| row)
}

/// What is asked for, the newest first.
pub(super) fn found(seen: &Seen, parameters: &Parameters) -> Result<Vec<Kept>, Problem> {
    Source::parse(parameters)?.found(seen, parameters)
}

/// What is asked of a log.
pub(super) fn query(parameters: &Parameters) -> Result<LogQuery<'_>, Problem> {
    let after =
        parameters.get("after").map(|_| parameters.number("after", 0, FURTHEST_ROW, 0)).transpose()?;
    Ok(LogQuery {
        q: parameters.get("q"),
        router: parameters.router(),
        level: parameters.get("level"),
        topic: parameters.get("topic"),
        after: after.map(|after| after as u64),
    })
}

/// Whose log.
#[derive(Debug, Clone, Copy)]
enum Source {
    Program,
    Routers,
}

impl Source {
    fn parse(parameters: &Parameters) -> Result<Self, Problem> {
        match parameters.get("source") {
            None | Some("program") => Ok(Self::Program),
            Some("routers") => Ok(Self::Routers),
            Some(other) => {
                let what = format!("`{other}` keeps no log; there are program and routers");
                Err(Problem::Parameter(what))
            }
        }
    }

    /// The number after the newest, and how many are kept.
    fn standing(self, seen: &Seen) -> (u64, u64) {
        let (newest, kept) = match self {
            Self::Program => standing(&seen.entries()),
            Self::Routers => standing(&seen.router_lines()),
        };
        (newest, kept as u64)
    }

    fn found(self, seen: &Seen, parameters: &Parameters) -> Result<Vec<Kept>, Problem> {
        let query = query(parameters)?;
        Ok(match self {
            Self::Program => {
                query.own(seen)?.into_iter().map(|(number, entry)| Kept::Own(number, entry)).collect()
            }
            Self::Routers => {
                query.lines(seen)?.into_iter().map(|(number, line)| Kept::Theirs(number, line)).collect()
            }
        })
    }
}

fn standing<T>(kept: &[Numbered<T>]) -> (u64, usize) {
    (kept.last().map_or(0, |(number, _)| number + 1), kept.len())
}

/// An entry of our own log or a line of a router's, with its number.
pub(super) enum Kept {
    Own(u64, Arc<LogEntry>),
    Theirs(u64, Arc<RouterLine>),
}

impl Kept {
    fn number(&self) -> u64 {
        match self {
            Self::Own(number, _) | Self::Theirs(number, _) => *number,
        }
    }

    fn level(&self) -> &'static str {
        match self {
            Self::Own(_, entry) => entry.level,
            Self::Theirs(_, line) => line.line.level(),
        }
    }

    /// As the API shows it.
    pub(super) fn row(&self) -> LogRow<'_> {
        let level = self.level().to_ascii_lowercase();
        match self {
            Self::Own(number, entry) => LogRow {
                number: *number,
                time: Rfc3339(entry.at),
                level,
                source: &entry.target,
                router: None,
                message: &entry.message,
                fields: entry.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            },
            Self::Theirs(number, line) => LogRow {
                number: *number,
                time: Rfc3339(line.at),
                level,
                source: &line.line.topics,
                router: Some(line.router.as_str()),
                message: &line.line.message,
                fields: BTreeMap::new(),
            },
        }
    }
}

/// `GET /api/logs`: the newest entries of our own log, oldest first.
pub(super) async fn seed(seen: Seen, parameters: Parameters) -> Result<HttpResponse, Problem> {
    if parameters.flag("clear")? {
        return Err(Problem::NotByReading("POST /api/logs/clear"));
    }
    let count = parameters.number("count", 1, MOST_ROWS, USUAL_ENTRIES)?;
    let mut newest = LogQuery { level: parameters.get("level"), ..LogQuery::default() }.own(&seen)?;
    newest.truncate(count);
    newest.reverse();
    let word =
        |level: &str| LEVELS.iter().find(|(ours, _)| *ours == level).map_or("INFO", |(_, seeds)| *seeds);
    let logs = newest.iter().map(|(_, entry)| SeedLog {
        timestamp: Rfc3339(entry.at),
        level: word(entry.level),
        message: &entry.message,
        source: &entry.target,
    });
    Ok(wire::json(&SeedLogs { success: true, logs: logs.collect() }))
}

/// `POST /api/logs/clear`: forgets our own log, in memory; what was written to standard error stays.
pub(super) async fn clear(seen: Seen, asking: Asking) -> Result<HttpResponse, Problem> {
    // It speaks of all routers, so whoever sees only some may not take it from the others.
    if !seen.is_all() {
        return Err(Problem::OutOfScope);
    }
    let actor = asking.actor();
    // First: what nobody can look up any more must not have gone without a trace.
    let noted = asking.wait(move |people| people.audit(&actor, "log.clear", "", "done", Timestamp::now()));
    noted.await??;
    let cleared = seen.clear_log().await.ok_or(Problem::Internal)?;
    tracing::info!(entries = cleared, "the log was cleared");
    Ok(wire::json(&ClearAnswer { success: true, message: "Logs cleared", cleared }))
}
