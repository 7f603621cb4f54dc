//! `GET /api/v1/export/…`: any list as a file, as CSV, JSON or NDJSON, with the rows that its parameters choose.
//!
//! What is found is found at one moment; its rows are made while they are written, so that a long file is never held.

mod csv;
mod head;
mod lists;
mod routes;

#[cfg(test)]
pub(super) use csv::guarded;
pub(super) use routes::{audit_parameters, log_parameters, routes};

use super::list::{Columns, TableMeta};
use super::parameters::{MOST_ROWS, Parameters};
use super::piece::{self, Piece, STEP, Writer};
use super::wire::Rfc3339;
use crate::domain::time::Moment;
use crate::http::{Exports, Problem, Seen};
use actix_web::HttpResponse;
use actix_web::http::header::HeaderName;
use head::Head;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How many rows a file has, so that whoever receives it knows how far it is.
pub(super) const TOTAL_ROWS: HeaderName = HeaderName::from_static("x-total-rows");
/// What is not in a file: CSV has no other place for it.
pub(super) const LEFT_OUT: HeaderName = HeaderName::from_static("x-left-out");
/// The same for pages, which say it in the reader's language.
pub(super) const LEFT_OUT_WORDS: HeaderName = HeaderName::from_static("x-left-out-words");
/// The parameters that choose what is in a file.
const CHOOSING: [&str; 11] =
    ["q", "state", "router", "router_id", "sort", "cols", "keys", "source", "level", "topic", "action"];
/// More routers whose rows are missing or old are not named.
pub(super) const NAMED: usize = 20;
pub(super) const SECRETS: (&str, &str) = ("passwords and other secrets, always", "secrets");

pub(super) const OUT_OF_SCOPE: (&str, &str) = ("what is not within your scope", "scope");

/// Something that is not in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// As programs are told.
    pub(super) text: String,
    /// A word, by which pages tell it, or `word=value`.
    pub(super) word: String,
}

impl From<(&str, &str)> for LeftOut {
    fn from((text, word): (&str, &str)) -> Self {
        Self { text: text.to_owned(), word: word.to_owned() }
    }
}

impl LeftOut {
    /// The headers that tell of all these.
    pub(super) fn headers(all: &[Self]) -> [(HeaderName, String); 2] {
        let joined = |each: fn(&Self) -> &str| all.iter().map(each).collect::<Vec<_>>().join("; ");
        [(LEFT_OUT, joined(|one| one.text.as_str())), (LEFT_OUT_WORDS, joined(|one| one.word.as_str()))]
    }
}

/// What is said of a file as a whole.
#[derive(Serialize, ToSchema)]
pub(super) struct FileMeta {
    list: &'static str,
    /// The moment that all rows are of, and that ages count to.
    current_time: Rfc3339,
    /// How many rows follow.
    rows: usize,
    /// By what they were chosen and put in order.
    filter: BTreeMap<String, String>,
    /// The routers that the rows are of.
    routers: Vec<String>,
    /// What is not in the file.
    left_out: Vec<String>,
}

/// A list that was found and put in order, of which the rows are not made yet.
pub(super) struct Found {
    list: &'static str,
    now: Moment,
    rows: usize,
    /// Makes the row of a place.
    row: Box<dyn Fn(usize) -> Option<Value>>,
    columns: Columns,
    head: Head,
    routers: Vec<String>,
    left_out: Vec<LeftOut>,
}

impl Found {
    /// A list of rows of one type; `row` makes the one at a place.
    pub(super) fn new<R: ToSchema>(
        list: &'static str,
        parameters: &Parameters,
        now: Moment,
        rows: usize,
        row: impl Fn(usize) -> Option<serde_json::Result<Value>> + 'static,
    ) -> Result<Self, Problem> {
        let columns = Columns::parse::<R>(parameters)?;
        let head = Head::of::<R>(&columns);
        let row = Box::new(move |place| match row(place)? {
            Ok(row) => Some(row),
            Err(error) => {
                tracing::error!(error = %error, "a row of an export could not be written");
                None
            }
        });
        let left_out = vec![SECRETS.into()];
        Ok(Self { list, now, rows, row, columns, head, routers: Vec::new(), left_out })
    }

    /// Says of which routers it is, and of which of them rows may be missing or old.
    pub(super) fn of(mut self, tables: &[TableMeta]) -> Self {
        self.routers = tables.iter().map(|table| table.router.clone()).collect();
        let unwell = |table: &&TableMeta| table.trouble().is_some();
        let named = tables.iter().filter(unwell).take(NAMED);
        let more = tables.iter().filter(unwell).skip(NAMED).count();
        let told = named.filter_map(|table| {
            let ((text, word), router) = (table.trouble()?, &table.router);
            Some(LeftOut { text: format!("{router}: {text}"), word: format!("{word}={router}") })
        });
        self.left_out.extend(told);
        if 0 < more {
            let text = format!("rows of {more} more routers");
            self.left_out.push(LeftOut { text, word: format!("routers={more}") });
        }
        self
    }

    /// Says what else is not in it.
    pub(super) fn without(mut self, what: (&str, &str)) -> Self {
        self.left_out.push(what.into());
        self
    }

    /// Answers with it as a file in the format that is asked for.
    pub(super) fn answer(
        mut self,
        seen: &Seen,
        parameters: &Parameters,
        exports: &Exports,
    ) -> Result<HttpResponse, Problem> {
        let format = Format::parse(parameters)?;
        let bom = match parameters.get("bom") {
            None | Some("0" | "false") => false,
            Some("1" | "true") => true,
            Some(other) => return Err(Problem::Parameter(format!("`bom` is 1 or 0, not `{other}`"))),
        };
        if MOST_ROWS < self.rows {
            exports.pay()?;
        }
        if !seen.is_all() {
            self.left_out.push(OUT_OF_SCOPE.into());
        }
        if let (Format::Csv, Some(repeated)) = (format, self.head.repeated()) {
            let text = format!("the column `{repeated}`, which repeats others for pages");
            self.left_out.push(LeftOut { text, word: format!("column={repeated}") });
        }
        let filter = parameters.pairs().filter(|(name, value)| CHOOSING.contains(name) && !value.is_empty());
        let meta = FileMeta {
            list: self.list,
            current_time: Rfc3339(self.now.wall),
            rows: self.rows,
            filter: filter.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            routers: std::mem::take(&mut self.routers),
            left_out: self.left_out.iter().map(|one| one.text.clone()).collect(),
        };
        let time = self.now.wall.strftime("%Y-%m-%dT%H-%M-%SZ");
        let name = format!("tikwatch-{}-{time}.{}", self.list, format.word());
        let [texts, words] = LeftOut::headers(&self.left_out);
        let headers = [(TOTAL_ROWS, meta.rows.to_string()), texts, words];
        let writing = Writing { found: self, meta, format, bom, at: None };
        Ok(piece::file(&name, format.media(), &headers, writing))
    }
}

/// In which form rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
    Ndjson,
}

impl Format {
    fn parse(parameters: &Parameters) -> Result<Self, Problem> {
        match parameters.get("format") {
            None | Some("csv") => Ok(Self::Csv),
            Some("json") => Ok(Self::Json),
            Some("ndjson") => Ok(Self::Ndjson),
            Some(other) => Err(Problem::Parameter(format!(
                "`{other}` is no format of exports; there are csv, json and ndjson"
            ))),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
        }
    }

    fn media(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

/// Writes a list, each row on a line of its own in every format.
struct Writing {
    found: Found,
    meta: FileMeta,
    format: Format,
    bom: bool,
    /// The place of the next row; before the first comes what stands above all rows.
    at: Option<usize>,
}

impl Writer for Writing {
    fn step(&mut self, piece: &mut Piece) -> bool {
        let Some(start) = self.at else {
            self.begin(piece);
            self.at = Some(0);
            return true;
        };
        let end = self.found.rows.min(start + STEP);
        for place in start..end {
            // One that cannot be made was logged, and ends the file short.
            let Some(row) = (self.found.row)(place) else {
                piece.fail();
                return false;
            };
            self.row(piece, row, place == 0);
        }
        self.at = Some(end);
        if end < self.found.rows {
            return true;
        }
        if self.format == Format::Json {
            piece.text("\n]}\n");
        }
        false
    }
}

impl Writing {
    fn begin(&self, piece: &mut Piece) {
        match self.format {
            Format::Csv => {
                if self.bom {
                    piece.text("\u{feff}");
                }
                piece.text(&csv::line(self.found.head.names().iter()));
            }
            Format::Json => {
                piece.text("{\"success\":true,\"meta\":");
                piece.value(&self.meta);
                piece.open(self.found.list);
            }
            Format::Ndjson => {
                piece.text("{\"meta\":");
                piece.value(&self.meta);
                piece.text("}\n");
            }
        }
    }

    fn row(&self, piece: &mut Piece, mut row: Value, is_first: bool) {
        match self.format {
            Format::Csv => piece.text(&csv::line(self.found.head.cells(&row))),
            Format::Json => {
                self.found.columns.choose(&mut row);
                piece.text(if is_first { "\n" } else { ",\n" });
                piece.value(&row);
            }
            Format::Ndjson => {
                self.found.columns.choose(&mut row);
                piece.value(&row);
                piece.text("\n");
            }
        }
    }
}
