//! The log: one line an entry on stderr, and a feed for the log book.
//!
//! What others send (a router's words, a browser's) may stand in a message or a field. Control characters
//! and whatever else could forge a line or steer a terminal are made visible on the way out.

mod entry;
mod layer;
mod louder;
mod panics;
pub mod visible;

pub use crate::domain::log_entry::LogEntry;
pub use layer::Format;
pub use louder::Louder;

use layer::LogLayer;
use tokio::sync::mpsc;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, reload};

/// Entries that wait for the log book; more are dropped and counted, as logging must never wait.
const WAITING: usize = 4096;

/// How the log is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// One line of text or one JSON object an entry.
    pub format: Format,
    /// What is logged: a level, or directives such as `info,tikwatch::actors=debug`.
    pub filter: String,
    /// Whether the settings decide it, so that it may change while we run.
    pub may_change: bool,
}

/// Why the log cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not one.
    #[error("{filter:?} is no log filter; use a level such as \"debug\", or \"info,tikwatch::actors=debug\"")]
    BadFilter {
        /// What was given.
        filter: String,
        /// Why it is not understood.
        source: tracing_subscriber::filter::ParseError,
    },
    /// There can be only one log in a process.
    #[error("the log is set up already")]
    SetUpAlready(#[from] TryInitError),
}

/// Starts the log of this process; the receiver feeds the log book and may be dropped.
pub fn init(options: &Options) -> Result<mpsc::Receiver<LogEntry>, TelemetryError> {
    let (filter, handle) = reload::Layer::new(filter(&options.filter)?);
    let (entries, receiver) = mpsc::channel(WAITING);
    let layer = LogLayer::new(options.format, std::io::stderr, entries);
    tracing_subscriber::registry().with(filter).with(layer).try_init()?;
    Louder::keep(handle, options);
    panics::tell(options.format);
    Ok(receiver)
}

/// Logs from this level on, or from the usual one, if nobody but the settings decides it.
pub fn set_level(level: Option<tracing::Level>) {
    if let Some(louder) = Louder::of_this_process()
        && !louder.set_usual(level.map_or("info", |level| level.as_str()))
    {
        tracing::error!("the log's level could not be changed");
    }
}

/// Why the program ends, as its last line on stderr; also where no log could be started.
pub fn last_words(format: Format, failure: &dyn std::fmt::Display) -> String {
    match format {
        Format::Text => format!("tikwatch: {failure}"),
        Format::Json => serde_json::json!({
            "at": jiff::Timestamp::now().to_string(), "level": "ERROR", "target": "tikwatch",
            "message": failure.to_string(), "fields": {},
        })
        .to_string(),
    }
}

/// actix calls it an error when a stranger sends what is not HTTP: anybody could bury the log with it.
const STRANGERS: &str = "actix_http::h1::dispatcher=off";

/// The store writes whole records into its trace, hashes of passwords among them; and the log can be read by viewers.
const STORE: &str = "sled";

/// A bare level below `info` is for our own modules: what the libraries say then would bury it.
fn filter(text: &str) -> Result<EnvFilter, TelemetryError> {
    let text = text.trim();
    let directives = match text.to_ascii_lowercase().as_str() {
        level @ ("debug" | "trace") => format!("info,{STRANGERS},tikwatch={level}"),
        level @ ("error" | "warn" | "info" | "off") => format!("{level},{STRANGERS}"),
        _ => {
            let others = text.split(',').filter(|one| !one.trim_start().starts_with(STORE));
            format!("{},{STORE}=warn", others.collect::<Vec<_>>().join(","))
        }
    };
    EnvFilter::try_new(directives)
        .map_err(|source| TelemetryError::BadFilter { filter: text.to_owned(), source })
}

#[cfg(test)]
mod tests;
