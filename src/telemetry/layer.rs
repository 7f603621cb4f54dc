//! Writes each entry as one line and hands it to the log book.

use super::LogEntry;
use super::entry::Said;
use jiff::Timestamp;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc::{self, error::TrySendError};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, Layer};

/// How an entry is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object for programs.
    Json,
}

/// The layer of `tracing` that writes to `W` and feeds the log book.
pub(super) struct LogLayer<W> {
    format: Format,
    writer: W,
    entries: mpsc::Sender<LogEntry>,
    /// Entries that the log book had no room for, since it was last told.
    dropped: AtomicU64,
}

impl<W> LogLayer<W> {
    /// A layer in this format.
    pub(super) fn new(format: Format, writer: W, entries: mpsc::Sender<LogEntry>) -> Self {
        Self { format, writer, entries, dropped: AtomicU64::new(0) }
    }

    /// Never waits: what finds no room is counted, and the count is told in an entry of its own.
    fn feed(&self, entry: LogEntry) {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if 0 < dropped {
            let told = LogEntry {
                at: entry.at,
                level: "WARN",
                target: module_path!().to_owned(),
                message: format!("the log book was too busy for {dropped} entries, they are on stderr only"),
                fields: vec![("dropped_entries".to_owned(), dropped.to_string())],
            };
            if let Err(TrySendError::Full(_)) = self.entries.try_send(told) {
                self.dropped.fetch_add(dropped, Ordering::Relaxed);
            }
        }
        if let Err(TrySendError::Full(_)) = self.entries.try_send(entry) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<S, W> Layer<S> for LogLayer<W>
where
    S: tracing::Subscriber,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let said = Said::of(event, Timestamp::now());
        let line = match self.format {
            Format::Text => said.text(),
            Format::Json => said.json(),
        };
        // One write, so that lines of several threads never mix. A closed stderr is no reason to stop.
        let _ = self.writer.make_writer().write_all(line.as_bytes());
        self.feed(said.entry());
    }
}
