//! Lists: one envelope, one order that holds while rows come and go, one way to leaf through it.

use super::etag::Etag;
use super::parameters::Parameters;
use super::wire::{self, Rfc3339, age_ms};
use super::words::{LinkWord, TableWord};
use crate::domain::router::Link;
use crate::domain::snapshot::{Snapshot, TableState};
use crate::domain::time::Moment;
use crate::http::Problem;
use actix_web::HttpResponse;
use actix_web::http::header::ETAG;
use jiff::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Where a row stands: its router, and a number that it keeps while it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place<'a> {
    pub(super) router: &'a str,
    pub(super) number: u64,
}

/// What is said of a list as a whole.
#[derive(Serialize, ToSchema)]
pub(super) struct ListMeta {
    /// The moment that ages count to.
    current_time: Rfc3339,
    /// How many rows there are in all.
    total: usize,
    /// How many rows this answer holds at most.
    limit: usize,
    /// How many rows were passed over.
    offset: usize,
    /// How many rows there would be by `state`, whichever is asked for.
    counts: BTreeMap<&'static str, usize>,
    /// Give it as `cursor` to go on; null at the end.
    cursor: Option<String>,
    /// How the table stands that the rows are from, router by router.
    tables: Vec<TableMeta>,
}

/// How a table of one router stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TableMeta {
    pub(super) router: String,
    /// Whether the router can be asked: `connecting`, `live`, `down`, `refused` or `blocked`.
    #[schema(value_type = LinkWord)]
    status: &'static str,
    /// `waiting`, `fresh`, `partial`, `absent`, `forbidden` or `failed`.
    #[schema(value_type = TableWord)]
    state: &'static str,
    /// What its rows lack, as the router does not tell it: `links_absent`, `links_forbidden`,
    /// `links_failed` or `pools_no_use`.
    lacks: Option<&'static str>,
    /// How long ago it was read; null if never.
    age_ms: Option<u64>,
}

impl TableMeta {
    /// How the sessions and their counters stand.
    pub(super) fn of_sessions(snapshot: &Snapshot, now: Moment) -> Self {
        let state = if snapshot.traffic_at.is_some() { "fresh" } else { "waiting" };
        Self::of(snapshot, state, snapshot.traffic_at, now)
    }

    /// How a table stands that was read at this moment.
    pub(super) fn of(snapshot: &Snapshot, state: &'static str, at: Option<Moment>, now: Moment) -> Self {
        let Snapshot { router, link, .. } = snapshot;
        let age_ms = at.map(|at| age_ms(at.instant, now.instant));
        Self { router: router.to_string(), status: Link::word(link), state, lacks: None, age_ms }
    }

    /// The same, of a table whose rows lack something.
    pub(super) fn lacking(self, lacks: Option<&'static str>) -> Self {
        Self { lacks, ..self }
    }

    /// Why rows of the router may be missing or old, if they may. One that has no such menu misses nothing.
    pub(super) fn trouble(&self) -> Option<(&'static str, &'static str)> {
        if self.status == "live" { missing(self.state) } else { Some(OUT_OF_REACH) }
    }
}

/// What is missing of the tables of a router that cannot be asked, and the word by which pages tell it.
pub(super) const OUT_OF_REACH: (&str, &str) = ("rows newer than the last connection", "away");

/// What is missing of a table that stands like this, if anything is, and the word by which pages tell it.
pub(super) fn missing(state: &str) -> Option<(&'static str, &'static str)> {
    Some(match state {
        "fresh" | "absent" => return None,
        "waiting" => ("rows not read yet", "waiting"),
        "partial" => ("rows after those that were read before it broke off", "partial"),
        "forbidden" => ("rows that our user may not read", "forbidden"),
        _ => ("rows newer than the last that could be read", "failed"),
    })
}

/// How a table stands, as one word.
pub(super) fn state_word(state: &TableState) -> &'static str {
    match state {
        TableState::Waiting => "waiting",
        TableState::Fresh => "fresh",
        TableState::Partial => "partial",
        TableState::Absent => "absent",
        TableState::Forbidden => "forbidden",
        TableState::Failed(_) => "failed",
    }
}

/// Which rows of a list somebody wants to see.
#[derive(Debug)]
pub(super) struct Window {
    limit: usize,
    offset: usize,
    after: Option<(String, u64)>,
    newest_first: bool,
}

impl Window {
    /// The window that the parameters ask for, in the order of the places.
    pub(super) fn parse(parameters: &Parameters) -> Result<Self, Problem> {
        let after = parameters.get("cursor").map(parse_cursor).transpose()?;
        Ok(Self { limit: parameters.limit()?, offset: parameters.offset()?, after, newest_first: false })
    }

    /// The same, the highest place first.
    pub(super) fn newest_first(self) -> Self {
        Self { newest_first: true, ..self }
    }

    /// The rows of the window in order, and where the next begins.
    fn cut<'a, T>(&self, mut rows: Vec<(Place<'a>, T)>) -> (Vec<(Place<'a>, T)>, Option<String>) {
        let newest_first = self.newest_first;
        let compare = |one: &Place<'_>, other: &Place<'_>| {
            let order = one.cmp(other);
            if newest_first { order.reverse() } else { order }
        };
        if let Some((router, number)) = &self.after {
            let last = Place { router, number: *number };
            rows.retain(|(place, _)| compare(&last, place).is_lt());
        }
        let end = self.offset.saturating_add(self.limit);
        let has_more = end < rows.len();
        if has_more {
            // Only the window is put in order: the rest is merely parted from it.
            rows.select_nth_unstable_by(end, |one, other| compare(&one.0, &other.0));
            rows.truncate(end);
        }
        rows.sort_unstable_by(|one, other| compare(&one.0, &other.0));
        rows.drain(..self.offset.min(rows.len()));
        let next = rows.last().filter(|_| has_more).map(|(place, _)| write_cursor(*place));
        (rows, next)
    }
}

/// A cursor is the place of the last row, in hexadecimal: every one that can be read is a place, there or not.
pub(super) fn write_cursor(place: Place<'_>) -> String {
    let mut cursor = format!("{:016x}", place.number);
    for byte in place.router.bytes() {
        // Writing to a string cannot fail.
        let _ = write!(cursor, "{byte:02x}");
    }
    cursor
}

/// Reads what [`write_cursor`] wrote.
pub(super) fn parse_cursor(text: &str) -> Result<(String, u64), Problem> {
    read_cursor(text)
        .ok_or_else(|| Problem::Parameter(format!("`{text}` is no cursor; begin again without one")))
}

fn read_cursor(text: &str) -> Option<(String, u64)> {
    let is_ours = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let (number, router) = text.split_at_checked(16).filter(|_| is_ours)?;
    let (pairs, rest) = router.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let router = pairs.iter().map(byte).collect::<Option<Vec<u8>>>().filter(|_| rest.is_empty())?;
    Some((String::from_utf8_lossy(&router).into_owned(), u64::from_str_radix(number, 16).ok()?))
}

/// The names of all columns of a row.
pub(super) fn columns<R: ToSchema>() -> Vec<String> {
    match R::schema() {
        RefOr::T(Schema::Object(object)) => object.properties.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// The columns of a row, of those that were asked for.
#[derive(Debug)]
pub(super) struct Columns(Option<Vec<String>>);

impl Columns {
    /// Reads `cols=name,state`; a column that rows of this kind have not is a problem.
    pub(super) fn parse<R: ToSchema>(parameters: &Parameters) -> Result<Self, Problem> {
        let Some(list) = parameters.get("cols") else { return Ok(Self(None)) };
        let known = columns::<R>();
        let mut wanted = Vec::new();
        for name in list.split(',').filter(|name| !name.is_empty()) {
            if !known.iter().any(|known| known == name) {
                let known = known.join(", ");
                return Err(Problem::Parameter(format!("there is no column `{name}`; there are {known}")));
            }
            wanted.push(name.to_owned());
        }
        Ok(Self(Some(wanted)))
    }

    /// A row with these columns only.
    pub(super) fn of(&self, row: &impl Serialize) -> Result<Value, serde_json::Error> {
        let mut row = serde_json::to_value(row)?;
        self.choose(&mut row);
        Ok(row)
    }

    /// Takes all other columns out of a row.
    pub(super) fn choose(&self, row: &mut Value) {
        if let (Some(_), Value::Object(fields)) = (&self.0, row) {
            fields.retain(|name, _| self.has(name));
        }
    }

    /// Whether a column is wanted.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|wanted| wanted.iter().any(|wanted| wanted == name))
    }

    /// Whether all are wanted.
    pub(super) fn are_all(&self) -> bool {
        self.0.is_none()
    }
}

/// The envelope of every list: the rows stand under the list's own name.
pub(super) struct Envelope<'a, M, R> {
    pub(super) meta: M,
    pub(super) name: &'static str,
    pub(super) rows: &'a [R],
    pub(super) columns: &'a Columns,
}

impl<M: Serialize, R: Serialize> Serialize for Envelope<'_, M, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("success", &true)?;
        map.serialize_entry("meta", &self.meta)?;
        if self.columns.are_all() {
            map.serialize_entry(self.name, self.rows)?;
        } else {
            let rows: Result<Vec<Value>, _> = self.rows.iter().map(|row| self.columns.of(row)).collect();
            map.serialize_entry(self.name, &rows.map_err(serde::ser::Error::custom)?)?;
        }
        map.end()
    }
}

/// What a list is made of.
pub(super) struct List<'a, T> {
    /// Its name in the envelope.
    pub(super) name: &'static str,
    /// Which state it shows.
    pub(super) etag: &'a Etag,
    /// The part of it that is wanted.
    pub(super) window: Window,
    /// How the tables stand that it is from.
    pub(super) tables: Vec<TableMeta>,
    /// All rows, in no order.
    pub(super) rows: Vec<(Place<'a>, T)>,
}

impl<T> List<'_, T> {
    /// Answers with the window; only its rows are made.
    pub(super) fn answer<R>(
        self,
        parameters: &Parameters,
        now: Moment,
        row: impl Fn(&str, T) -> R,
    ) -> Result<HttpResponse, Problem>
    where
        R: Serialize + ToSchema,
    {
        let (total, limit, offset) = (self.rows.len(), self.window.limit, self.window.offset);
        let (rows, cursor) = self.window.cut(self.rows);
        let rows: Vec<R> = rows.into_iter().map(|(place, found)| row(place.router, found)).collect();
        let (name, tables) = (self.name, self.tables);
        let listed = Listed { name, total, limit, offset, counts: BTreeMap::new(), cursor, tables };
        listed.answer(&rows, parameters, self.etag, now)
    }
}

/// A window that was found, and what is said of the list as a whole.
pub(super) struct Listed {
    /// The list's name in the envelope.
    pub(super) name: &'static str,
    pub(super) total: usize,
    pub(super) limit: usize,
    pub(super) offset: usize,
    pub(super) counts: BTreeMap<&'static str, usize>,
    pub(super) cursor: Option<String>,
    pub(super) tables: Vec<TableMeta>,
}

impl Listed {
    /// Answers with these rows, or those of their columns that are asked for.
    pub(super) fn answer<R: Serialize + ToSchema>(
        self,
        rows: &[R],
        parameters: &Parameters,
        etag: &Etag,
        now: Moment,
    ) -> Result<HttpResponse, Problem> {
        let columns = Columns::parse::<R>(parameters)?;
        let Self { name, total, limit, offset, counts, cursor, tables } = self;
        let meta = ListMeta { current_time: Rfc3339(now.wall), total, limit, offset, counts, cursor, tables };
        let mut answer = wire::json(&Envelope { meta, name, rows, columns: &columns });
        wire::set(&mut answer, ETAG, &etag.text());
        Ok(answer)
    }
}

/// Now, on both clocks.
pub(super) fn now() -> Moment {
    Moment::new(Instant::now(), Timestamp::now())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn leafing_shows_every_row_that_stays_once(
            numbers in prop::collection::btree_set((0_usize..3, any::<u64>()), 0..60),
            limit in 1_usize..9, newest_first: bool,
        ) {
            let routers = ["a", "a-b", "c"];
            // Every third row is gone after the first window, and others have come.
            let rows = |gone: bool| {
                let kept = numbers.iter().enumerate().filter(|(at, _)| !gone || at % 3 != 0);
                kept.map(|(_, (router, number))| (Place { router: routers[*router], number: *number }, ())).collect()
            };
            let (mut after, mut shown, mut gone) = (None, Vec::new(), false);
            loop {
                let (window, next) = Window { limit, offset: 0, after, newest_first }.cut(rows(gone));
                shown.extend(window.iter().map(|(place, ())| (place.router.to_owned(), place.number)));
                let Some(next) = next else { break };
                after = Some(read_cursor(&next).unwrap());
                gone = true;
            }
            let mut sorted = shown.clone();
            sorted.sort();
            sorted.dedup();
            prop_assert_eq!(sorted.len(), shown.len(), "nothing twice");
            if newest_first { sorted.reverse(); }
            prop_assert_eq!(&sorted, &shown, "in order");
            for (place, ()) in rows(true) {
                prop_assert!(shown.contains(&(place.router.to_owned(), place.number)));
            }
        }
    }
}
