//! The log: one line an entry on stderr, and a feed for the log book.
//!
//! What others send (a router's words, a browser's) may stand in a message or a field. Control characters
//! and whatever else could forge a line or steer a terminal are made visible on the way out.

mod entry;
mod layer;
pub mod visible;

pub use crate::domain::log_entry::LogEntry;
pub use layer::Format;

use layer::LogLayer;
use tokio::sync::mpsc;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

/// Entries that wait for the log book; more are dropped and counted, as logging must never wait.
const WAITING: usize = 4096;

/// How the log is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// One line of text or one JSON object an entry.
    pub format: Format,
    /// What is logged: a level, or directives such as `info,tikwatch::actors=debug`.
    pub filter: String,
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
    let filter = filter(&options.filter)?;
    let (entries, receiver) = mpsc::channel(WAITING);
    let layer = LogLayer::new(options.format, std::io::stderr, entries);
    tracing_subscriber::registry().with(filter).with(layer).try_init()?;
    Ok(receiver)
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

/// What calls each request that is no HTTP an error of ours: whoever can reach us could fill the disk with it.
const ABOUT_STRANGERS: &str = "actix_http::h1::dispatcher=off";

/// A bare level below `info` is for our own modules: what the libraries say then would bury it.
fn filter(text: &str) -> Result<EnvFilter, TelemetryError> {
    let text = text.trim();
    let directives = match text.to_ascii_lowercase().as_str() {
        level @ ("debug" | "trace") => format!("info,tikwatch={level},{ABOUT_STRANGERS}"),
        level @ ("error" | "warn" | "info") => format!("{level},{ABOUT_STRANGERS}"),
        "off" => "off".to_owned(),
        _ => text.to_owned(),
    };
    EnvFilter::try_new(directives)
        .map_err(|source| TelemetryError::BadFilter { filter: text.to_owned(), source })
}

#[cfg(test)]
mod tests;
