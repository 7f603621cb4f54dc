//! From an event of `tracing` to an entry of the log.

use super::LogEntry;
use super::visible::{visible, visible_json};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::fmt::{Debug, Write as _};
use tracing::field::{Field, Visit};

/// What an event says, its fields with their types.
pub(super) struct Said {
    at: Timestamp,
    level: tracing::Level,
    target: String,
    message: String,
    fields: Map<String, Value>,
}

impl Said {
    /// Takes an event apart.
    pub(super) fn of(event: &tracing::Event<'_>, at: Timestamp) -> Self {
        let metadata = event.metadata();
        let mut said = Self {
            at,
            level: *metadata.level(),
            target: metadata.target().to_owned(),
            message: String::new(),
            fields: Map::new(),
        };
        event.record(&mut said);
        said
    }

    /// One line of text, line end included.
    pub(super) fn text(&self) -> String {
        let mut line =
            format!("{:.3} {:5} {}: {}", self.at, self.level, visible(&self.target), visible(&self.message));
        for (name, value) in &self.fields {
            let value = plain(value);
            let quoted =
                value.is_empty() || value.contains([' ', '"', '=', '\\']) || value != visible(&value);
            let _ = if quoted {
                write!(line, " {}={}", visible(name), visible(&format!("{value:?}")))
            } else {
                write!(line, " {}={value}", visible(name))
            };
        }
        line.push('\n');
        line
    }

    /// One JSON object, line end included.
    pub(super) fn json(&self) -> String {
        let object = json!({
            "at": format!("{:.3}", self.at),
            "level": self.level.as_str(),
            "target": self.target,
            "message": self.message,
            "fields": self.fields,
        });
        let mut line = visible_json(&object.to_string()).into_owned();
        line.push('\n');
        line
    }

    /// The entry for the log book.
    pub(super) fn entry(self) -> LogEntry {
        let fields = self.fields.iter();
        LogEntry {
            at: self.at,
            level: self.level.as_str(),
            target: visible(&self.target).into_owned(),
            message: visible(&self.message).into_owned(),
            fields: fields.map(|(name, value)| (name.clone(), visible(&plain(value)).into_owned())).collect(),
        }
    }

    fn put(&mut self, field: &Field, value: Value) {
        match field.name() {
            "message" => self.message = plain(&value),
            // Entries of libraries that use the `log` crate carry their place as fields.
            "log.target" => self.target = plain(&value),
            "log.module_path" | "log.file" | "log.line" => {}
            name => {
                self.fields.insert(name.to_owned(), value);
            }
        }
    }
}

/// A value without the quotes of JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, Value::String(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
}
