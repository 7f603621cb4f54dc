//! Files that are written while they are sent, piece by piece: what waits for a slow reader is one of them.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use std::convert::Infallible;

/// A piece is sent when it has grown to this.
const ENOUGH: usize = 64 << 10;

/// So many rows are written at once.
pub(super) const STEP: usize = 100;

/// A piece of the file that grows until it is sent.
#[derive(Default)]
pub(super) struct Piece {
    bytes: Vec<u8>,
    /// Whether the list that is open has a row already.
    has_rows: bool,
    failed: bool,
}

impl Piece {
    /// Writes rows of the list that is open, each on a line of its own: who receives the file counts them by their lines.
    pub(super) fn rows<R: Serialize>(&mut self, rows: impl Iterator<Item = R>) {
        for row in rows {
            let has_rows = std::mem::replace(&mut self.has_rows, true);
            self.text(if has_rows { ",\n" } else { "\n" });
            self.value(&row);
        }
    }

    /// Writes JSON. What cannot be written ends the file short.
    pub(super) fn value(&mut self, value: &impl Serialize) {
        if let Err(error) = serde_json::to_writer(&mut self.bytes, value) {
            tracing::error!(error = %error, "an export could not be written as JSON");
            self.failed = true;
        }
    }

    /// Ends the file short: what comes next cannot be written.
    pub(super) fn fail(&mut self) {
        self.failed = true;
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Begins another list within an object.
    pub(super) fn open(&mut self, name: &str) {
        self.text(",\"");
        self.text(name);
        self.text("\":[");
        self.has_rows = false;
    }
}

/// Whoever writes a file, some rows at a time.
pub(super) trait Writer {
    /// Writes what comes next; false when all is written.
    fn step(&mut self, piece: &mut Piece) -> bool;
}

/// The next piece; `None` at the end. One that cannot be written ends the file short, which no reader takes for whole.
fn next(writer: &mut impl Writer, piece: &mut Piece, is_over: &mut bool) -> Option<Bytes> {
    while !*is_over && !piece.failed && piece.bytes.len() < ENOUGH {
        *is_over = !writer.step(piece);
    }
    let bytes = std::mem::take(&mut piece.bytes);
    (!bytes.is_empty()).then(|| bytes.into())
}

/// Answers with a file of this name, and with what else is said of it.
pub(super) fn file(
    name: &str,
    media: &str,
    headers: &[(HeaderName, String)],
    writer: impl Writer + 'static,
) -> HttpResponse {
    let pieces =
        stream::unfold((writer, Piece::default(), false), async |(mut writer, mut piece, mut is_over)| {
            let bytes = next(&mut writer, &mut piece, &mut is_over)?;
            // Others wait for this thread, too.
            tokio::task::yield_now().await;
            Some((Ok::<_, Infallible>(bytes), (writer, piece, is_over)))
        });
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_TYPE, media));
    answer.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    answer.insert_header((CACHE_CONTROL, "no-store"));
    for (name, value) in headers {
        answer.insert_header((name.clone(), value.as_str()));
    }
    answer.streaming(pieces)
}
