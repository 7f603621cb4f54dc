//! Rows as JSON, written without a detour: they are nearly all of a recording.

use super::line::Value;
use super::pseudonyms::Pseudonyms;
use super::scribe::{Write, Written};
use std::io;

/// Bytes of rows in one line, about: a reader takes a line as a whole.
const BYTES_A_LINE: usize = 32 << 10;

/// The line of rows that is being written: `"*1":{"name":"ana"},"*2":{}`.
#[derive(Debug, Default)]
pub(super) struct RowsJson {
    line: Vec<u8>,
    /// Where the row being written begins, and where its first value does.
    row: usize,
    values: usize,
}

/// A property, and how it is written.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: String,
    /// `"name":`
    key: Vec<u8>,
}

impl Property {
    pub(super) fn new(name: &str) -> Self {
        let mut key = Vec::new();
        put(&mut key, name.as_bytes());
        key.push(b':');
        Self { name: name.to_owned(), key }
    }
}

/// The rows of one table on their way to the file.
pub(super) struct RowLines<'o> {
    json: &'o mut RowsJson,
    at: u64,
    table: u32,
    pseudonyms: Option<&'o mut Pseudonyms>,
    write: Write<'o>,
    result: io::Result<()>,
}

impl<'o> RowLines<'o> {
    /// Lines about this table at this time; with `pseudonyms` they replace values.
    pub(super) fn new(
        json: &'o mut RowsJson,
        at: u64,
        table: u32,
        pseudonyms: Option<&'o mut Pseudonyms>,
        write: Write<'o>,
    ) -> Self {
        json.line.clear();
        Self { json, at, table, pseudonyms, write, result: Ok(()) }
    }

    /// Begins a row of this menu.
    #[inline]
    pub(super) fn begin(&mut self, menu: &str, id: &[u8]) {
        let json = &mut *self.json;
        json.row = json.line.len();
        if !json.line.is_empty() {
            json.line.push(b',');
        }
        match &mut self.pseudonyms {
            None => put(&mut json.line, id),
            Some(pseudonyms) => put(&mut json.line, &pseudonyms.replace(menu, ".id", id)),
        }
        json.line.extend_from_slice(b":{");
        json.values = json.line.len();
    }

    /// Writes a value of the row as the router told it; `None` for one that it has no more.
    #[inline]
    pub(super) fn value(&mut self, menu: &str, property: &Property, value: Option<&[u8]>) {
        let json = &mut *self.json;
        if json.values < json.line.len() {
            json.line.push(b',');
        }
        json.line.extend_from_slice(&property.key);
        match (value, &mut self.pseudonyms) {
            (None, _) => json.line.extend_from_slice(b"null"),
            (Some(value), None) => put(&mut json.line, value),
            (Some(value), Some(pseudonyms)) => {
                put(&mut json.line, &pseudonyms.replace(menu, &property.name, value));
            }
        }
    }

    /// Ends the row; it is left out if it has no value, unless it is new.
    #[inline]
    pub(super) fn end(&mut self, is_new: bool) {
        let json = &mut *self.json;
        if !is_new && json.values == json.line.len() {
            json.line.truncate(json.row);
            return;
        }
        json.line.push(b'}');
        if BYTES_A_LINE <= json.line.len() {
            self.put_line();
        }
    }

    /// Writes what is left; fails if anything could not be written.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.put_line();
        self.result
    }

    fn put_line(&mut self) {
        let rows = &*self.json.line;
        // After a failure the rest is still compared, so that a further file begins with all that is known.
        if !rows.is_empty() && self.result.is_ok() {
            self.result = (self.write)(Written::Rows { at: self.at, table: self.table, rows });
        }
        self.json.line.clear();
    }
}

/// Writes text, or what stands for bytes that are none.
#[inline]
fn put(out: &mut Vec<u8>, value: &[u8]) {
    // All bytes are looked at, whatever is found: without an early end it takes many at a time.
    let is_plain = value.iter().fold(true, |plain, byte| {
        plain & matches!(byte, b' '..=b'~') & !matches!(byte, b'"') & !matches!(byte, b'\\')
    });
    if is_plain {
        out.push(b'"');
        out.extend_from_slice(value);
        out.push(b'"');
    } else if let Err(error) = serde_json::to_writer(&mut *out, &Value(value.into())) {
        tracing::error!("a value could not be written as JSON: {error}");
    }
}
