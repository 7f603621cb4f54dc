//! Entries of our own log.

use jiff::Timestamp;

/// One entry of our own log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEntry {
    /// When.
    pub at: Timestamp,
    /// `ERROR`, `WARN`, `INFO`, `DEBUG` or `TRACE`.
    pub level: &'static str,
    /// The module that wrote it.
    pub target: String,
    /// The message, control characters made visible.
    pub message: String,
    /// Fields beside the message, by name.
    pub fields: Vec<(String, String)>,
}
