//! Logs: our own and the routers', under `/api/v1/logs`; our own in the seed's shape under `/api/logs`.

use super::etag::Etag;
use super::list::{self, List, Place, Window};
use super::parameters::{MOST_ROWS, Parameters};
use super::people::Asking;
use super::wire::{self, Rfc3339};
use super::words::LevelWord;
use crate::domain::log_entry::LogEntry;
use crate::http::{Problem, Seen};
use crate::state::RouterLine;
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How many entries the seed gives unless more are asked for.
const USUAL_ENTRIES: usize = 50;

/// The levels, the gravest first, and the seed's words for them.
const LEVELS: [(&str, &str); 5] =
    [("ERROR", "ERROR"), ("WARN", "WARNING"), ("INFO", "INFO"), ("DEBUG", "DEBUG"), ("TRACE", "DEBUG")];

/// An entry of our own log, or a line of a router's.
#[derive(Serialize, ToSchema)]
pub(super) struct LogRow<'a> {
    /// Counts from the start of the program on.
    number: u64,
    time: Rfc3339,
    /// Null for a router's line.
    #[schema(value_type = Option<LevelWord>)]
    level: Option<String>,
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

/// How grave an entry must be: its place among the levels.
fn least(parameters: &Parameters) -> Result<usize, Problem> {
    let Some(word) = parameters.get("level") else { return Ok(LEVELS.len()) };
    let found = LEVELS.iter().position(|(ours, seeds)| {
        ours.eq_ignore_ascii_case(word) || (*ours == "WARN" && seeds.eq_ignore_ascii_case(word))
    });
    found.ok_or_else(|| {
        Problem::Parameter(format!("`{word}` is no level; there are error, warn, info, debug and trace"))
    })
}

fn is_as_grave(entry: &LogEntry, least: usize) -> bool {
    LEVELS.iter().position(|(level, _)| *level == entry.level).is_none_or(|level| level <= least)
}

/// `GET /api/v1/logs`: our own log (`source=program`, the usual one) or the routers' (`source=routers`).
pub(super) async fn list(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let least = least(&parameters)?;
    let (entries, lines) = match parameters.get("source") {
        None | Some("program") => (seen.entries(), Vec::new()),
        Some("routers") => (Vec::new(), seen.router_lines()),
        Some(other) => {
            let what = format!("`{other}` keeps no log; there are program and routers");
            return Err(Problem::Parameter(what));
        }
    };
    let router = parameters.router().map(|name| seen.router(name)).transpose()?;
    let newest = entries.last().map(|(number, _)| number).max(lines.last().map(|(number, _)| number));
    let kept = entries.len() + lines.len();
    let etag = Etag::new(&request, &seen, &[]).and(newest.map_or(0, |number| number + 1)).and(kept as u64);
    if let Some(known) = etag.not_modified(&request) {
        return Ok(known);
    }
    let own = entries.iter().filter(|(_, entry)| router.is_none() && is_as_grave(entry, least));
    let own = own.map(|(number, entry)| own_row(*number, entry));
    let theirs =
        lines.iter().filter(|(_, line)| router.as_ref().is_none_or(|router| line.router == router.name));
    let theirs = theirs.map(|(number, line)| router_row(*number, line));
    let wanted = parameters.get("q");
    let rows = own.chain(theirs).filter(|row| list::holds(&[row.message, row.source], wanted));
    let rows = rows.map(|row| (Place { router: "", number: row.number }, row)).collect();
    let window = Window::parse(&parameters)?.newest_first();
    let list = List { name: "logs", etag: &etag, window, tables: Vec::new(), rows };
    list.answer(&parameters, list::now(), |_, row| row)
}

fn own_row(number: u64, entry: &LogEntry) -> LogRow<'_> {
    LogRow {
        number,
        time: Rfc3339(entry.at),
        level: Some(entry.level.to_ascii_lowercase()),
        source: &entry.target,
        router: None,
        message: &entry.message,
        fields: entry.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
    }
}

fn router_row(number: u64, line: &RouterLine) -> LogRow<'_> {
    LogRow {
        number,
        time: Rfc3339(line.at),
        level: None,
        source: &line.line.topics,
        router: Some(line.router.as_str()),
        message: &line.line.message,
        fields: BTreeMap::new(),
    }
}

/// `GET /api/logs`: the newest entries of our own log, oldest first.
pub(super) async fn seed(seen: Seen, parameters: Parameters) -> Result<HttpResponse, Problem> {
    if parameters.flag("clear")? {
        return Err(Problem::NotByReading("POST /api/logs/clear"));
    }
    let least = least(&parameters)?;
    let count = parameters.number("count", 1, MOST_ROWS, USUAL_ENTRIES)?;
    let mut entries = seen.entries();
    entries.retain(|(_, entry)| is_as_grave(entry, least));
    let newest = entries.split_off(entries.len().saturating_sub(count));
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
