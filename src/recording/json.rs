//! Rows as JSON, written without a detour: they are nearly all of a recording.

use super::line::Value;

/// Bytes of rows in one line, about: a reader takes a line as a whole.
const BYTES_A_LINE: usize = 32 << 10;

/// Rows of one table, in pieces that each make a line: `"*1":{"name":"ana"},"*2":{}`.
#[derive(Debug, Default)]
pub(super) struct RowsJson {
    pieces: Vec<Vec<u8>>,
    /// Where the row being written begins, and where its first value does.
    row: usize,
    values: usize,
}

impl RowsJson {
    /// Begins a row.
    pub(super) fn begin(&mut self, id: &[u8]) {
        if self.pieces.last().is_none_or(|piece| BYTES_A_LINE <= piece.len()) {
            // A little more than a line, so that it hardly ever grows.
            self.pieces.push(Vec::with_capacity(BYTES_A_LINE + 1024));
        }
        let Some(piece) = self.pieces.last_mut() else { return };
        self.row = piece.len();
        if !piece.is_empty() {
            piece.push(b',');
        }
        put(piece, id);
        piece.extend_from_slice(b":{");
        self.values = piece.len();
    }

    /// Writes a value of the row; `None` for one that it has no more.
    pub(super) fn value(&mut self, property: &str, value: Option<&[u8]>) {
        let Some(piece) = self.pieces.last_mut() else { return };
        if self.values < piece.len() {
            piece.push(b',');
        }
        put(piece, property.as_bytes());
        piece.push(b':');
        match value {
            Some(value) => put(piece, value),
            None => piece.extend_from_slice(b"null"),
        }
    }

    /// Whether the row has any value.
    pub(super) fn has_values(&self) -> bool {
        self.pieces.last().is_some_and(|piece| self.values < piece.len())
    }

    /// Ends the row.
    pub(super) fn end(&mut self) {
        if let Some(piece) = self.pieces.last_mut() {
            piece.push(b'}');
        }
    }

    /// Takes the row back.
    pub(super) fn forget(&mut self) {
        if let Some(piece) = self.pieces.last_mut() {
            piece.truncate(self.row);
        }
    }

    /// The pieces that hold any row.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().map(Vec::as_slice).filter(|piece| !piece.is_empty())
    }
}

/// Writes text, or what stands for bytes that are none.
fn put(out: &mut Vec<u8>, value: &[u8]) {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if value.iter().all(plain) {
        out.push(b'"');
        out.extend_from_slice(value);
        out.push(b'"');
    } else if let Err(error) = serde_json::to_writer(&mut *out, &Value(value.into())) {
        tracing::error!("a value could not be written as JSON: {error}");
    }
}
