//! The routers' tables as people look at them: which columns, in which order, and which part.

mod dhcp;
mod hotspot;
mod interfaces;
mod queues;
mod routers;

#[cfg(test)]
mod tests;

use super::ethernet;
use super::find::order::{self, address, filled};
use super::find::text;
use super::snapshot::{Snapshot, Table, TableState};
use super::time::Moment;
use super::vendors::vendor_name;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

/// What stands in one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Text of a router.
    Text(&'a str),
    /// A number; its unit is that of the column.
    Number(f64),
    /// A word of ours, which people read in their language.
    Word(&'static str),
    /// Yes or no.
    Flag(bool),
    /// Nothing that anybody measured or said.
    Gap,
}

/// How the values of a column are written and put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// What a connection is safe from.
    Protection,
    /// An address, ordered by its number.
    Address,
    /// A MAC address.
    Mac,
    /// A state that has a shape and a colour.
    State,
    /// Bits per second.
    Rate,
    /// Bits per second that may be used at most; 0 is unlimited.
    Limit,
    /// Bytes.
    Bytes,
    /// How many.
    Count,
    /// How many a second.
    PerSecond,
    /// Seconds.
    Duration,
    /// Milliseconds.
    Millis,
    /// Percent of something that can be full, shown as a bar.
    Percent,
    /// What a port has agreed on, ordered by its speed.
    Link,
    /// Degrees Celsius.
    Celsius,
    /// Volts.
    Volts,
    /// Revolutions per minute.
    Rpm,
    /// Yes or no.
    Flag,
    /// The name of a router, which leads to it.
    Router,
}

impl Kind {
    /// The kind as style sheets and scripts name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Protection => "protection",
            Self::Address => "address",
            Self::Mac => "mac",
            Self::State => "state",
            Self::Rate => "rate",
            Self::Limit => "limit",
            Self::Bytes => "bytes",
            Self::Count => "count",
            Self::PerSecond => "per_second",
            Self::Duration => "duration",
            Self::Millis => "millis",
            Self::Percent => "percent",
            Self::Link => "link",
            Self::Celsius => "celsius",
            Self::Volts => "volts",
            Self::Rpm => "rpm",
            Self::Flag => "flag",
            Self::Router => "router",
        }
    }

    /// Whether people ask for the greatest first.
    pub fn falls_first(self) -> bool {
        !matches!(
            self,
            Self::Text
                | Self::Protection
                | Self::Address
                | Self::Mac
                | Self::State
                | Self::Router
                | Self::Flag
                | Self::Duration
        )
    }
}

/// One column of a table.
#[derive(Debug)]
pub struct Column<R: 'static> {
    /// Its name in the API, in URLs and in translations.
    pub word: &'static str,
    /// How its values are written.
    pub kind: Kind,
    /// Whether it is shown where only a few fit.
    pub is_brief: bool,
    /// What a row has in it.
    pub value: for<'a> fn(&Entry<'a, R>) -> Value<'a>,
}

impl<R> Column<R> {
    const fn new(word: &'static str, kind: Kind, value: for<'a> fn(&Entry<'a, R>) -> Value<'a>) -> Self {
        Self { word, kind, is_brief: false, value }
    }

    /// One that is shown also where only a few fit.
    const fn brief(word: &'static str, kind: Kind, value: for<'a> fn(&Entry<'a, R>) -> Value<'a>) -> Self {
        Self { word, kind, is_brief: true, value }
    }
}

/// A choice beside the search: some of the rows.
#[derive(Debug)]
pub struct Chip<R: 'static> {
    /// Its name in URLs and in translations.
    pub word: &'static str,
    /// Whether a row is one of them.
    pub holds: for<'a> fn(&Entry<'a, R>) -> bool,
}

impl<R> Chip<R> {
    const fn new(word: &'static str, holds: for<'a> fn(&Entry<'a, R>) -> bool) -> Self {
        Self { word, holds }
    }
}

/// A row of a table, and where it is from.
#[derive(Debug)]
pub struct Entry<'a, R> {
    /// Of which router.
    pub snapshot: &'a Snapshot,
    /// Its place in the router's table.
    pub index: usize,
    /// What stands there.
    pub row: &'a R,
    /// When the table was read.
    pub at: Option<Moment>,
}

impl<R> Clone for Entry<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Entry<'_, R> {}

impl<R: Tabular> Entry<'_, R> {
    /// What tells the row from all others while it lives: its router and its id.
    pub fn key(&self) -> String {
        format!("{}:*{:X}", self.snapshot.router, R::id(self.row))
    }
}

impl<R> Entry<'_, R> {
    /// When it was read, or else when its router was looked at.
    pub fn read_at(&self) -> Instant {
        self.at.map_or(self.snapshot.at.instant, |at| at.instant)
    }
}

/// A table that is shown as a list.
pub trait Tabular: Sized + 'static {
    /// Its columns, the one that names a row first.
    const COLUMNS: &'static [Column<Self>];
    /// The choices beside its search.
    const CHIPS: &'static [Chip<Self>];
    /// Whether its rows are the routers themselves, which are also found by their addresses.
    const ARE_ROUTERS: bool = false;
    /// Its rows in a snapshot.
    fn rows(snapshot: &Snapshot) -> &[Self];
    /// How it stands in a snapshot, and when it was read.
    fn standing(snapshot: &Snapshot) -> (TableState, Option<Moment>);
    /// What its rows lack in a snapshot, since the router does not tell it: a word of ours.
    fn lacks(_: &Snapshot) -> Option<&'static str> {
        None
    }
    /// A number that a row keeps while it lives.
    fn id(row: &Self) -> u64;
    /// The texts of a row that are searched.
    fn texts(row: &Self) -> [&str; 5];
}

/// How a plain table stands.
fn standing<R>(table: &Table<R>) -> (TableState, Option<Moment>) {
    (table.state.clone(), table.at)
}

/// An order: by a column, up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// The place of the column.
    pub column: usize,
    /// The greatest first.
    pub descending: bool,
}

impl Order {
    /// Reads `name` or `-name`.
    pub fn parse<R: Tabular>(word: &str) -> Option<Self> {
        let bare = word.strip_prefix('-');
        let column = R::COLUMNS.iter().position(|column| column.word == bare.unwrap_or(word))?;
        Some(Self { column, descending: bare.is_some() })
    }
}

/// Where a row stands, whatever it says: its router and its id.
pub type Place = (String, u64);

/// A question for rows of a table.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Text that must stand in one of the searched fields, whatever its case.
    pub q: String,
    /// The place of a chip.
    pub chip: Option<usize>,
    /// In which order; by router and age if in none.
    pub order: Option<Order>,
    /// How many rows to pass over.
    pub offset: usize,
    /// How many rows to give.
    pub limit: usize,
    /// The place after which to begin, in the order of places.
    pub after: Option<Place>,
    /// Only these rows, whether they match or not: the rows of whoever asks again how they stand.
    pub keys: Option<Vec<Place>>,
}

/// What a question found.
#[derive(Debug)]
pub struct Page<'a, R> {
    /// The rows of the window, in order.
    pub rows: Vec<Entry<'a, R>>,
    /// How many match in all.
    pub total: usize,
    /// How many match of each chip, whichever is chosen.
    pub counts: Vec<usize>,
    /// How many match the search alone.
    pub found: usize,
    /// Whether there are rows behind the window.
    pub has_more: bool,
}

impl Ask {
    /// Answers the question from these snapshots; `also` finds rows by what is not in them.
    ///
    /// Only the window is put in order; the rest is merely parted from it.
    pub fn run<'a, R: Tabular>(
        &self,
        snapshots: &'a [Arc<Snapshot>],
        also: impl Fn(&Entry<'a, R>) -> bool,
    ) -> Page<'a, R> {
        let needle = self.q.to_lowercase();
        let chosen = self.chip.and_then(|chip| R::CHIPS.get(chip));
        let column = self.order.and_then(|order| R::COLUMNS.get(order.column));
        let (mut counts, mut found, mut total) = (vec![0; R::CHIPS.len()], 0, 0);
        let mut rows = Vec::new();
        let keys = self.keys.as_ref().map(|keys| {
            keys.iter().map(|(router, number)| (router.as_str(), *number)).collect::<HashSet<_>>()
        });
        for snapshot in snapshots {
            let (_, at) = R::standing(snapshot);
            for (index, row) in R::rows(snapshot).iter().enumerate() {
                let entry = Entry { snapshot, index, row, at };
                let is_found = needle.is_empty()
                    || R::texts(row).iter().any(|field| text::holds(field, &needle))
                    || also(&entry);
                if is_found {
                    found += 1;
                    for (count, chip) in counts.iter_mut().zip(R::CHIPS) {
                        *count += usize::from((chip.holds)(&entry));
                    }
                }
                let is_row = is_found && chosen.is_none_or(|chip| (chip.holds)(&entry));
                total += usize::from(is_row);
                if keys.as_ref().map_or(is_row, |keys| keys.contains(&place(&entry))) {
                    let value = column.map_or(order::Value::Gap, |column| sortable(column, &entry));
                    rows.push((value, entry));
                }
            }
        }
        if let Some(after) = &self.after {
            rows.retain(|(_, entry)| compare_places(after, entry).is_lt());
        }
        let descending = self.order.is_some_and(|order| order.descending);
        let has_more = self.offset.saturating_add(self.limit) < rows.len();
        let rows = window(rows, self.offset, self.limit, |one, other| {
            // Equals keep one order whatever the direction, so that nothing jumps.
            one.0.compare(&other.0, descending).then_with(|| place(&one.1).cmp(&place(&other.1)))
        });
        Page { rows: rows.into_iter().map(|(_, entry)| entry).collect(), total, counts, found, has_more }
    }
}

fn place<'a, R: Tabular>(entry: &Entry<'a, R>) -> (&'a str, u64) {
    (entry.snapshot.router.as_str(), R::id(entry.row))
}

fn compare_places<R: Tabular>((router, number): &Place, entry: &Entry<'_, R>) -> Ordering {
    (router.as_str(), *number).cmp(&place(entry))
}

fn sortable<'a, R>(column: &Column<R>, entry: &Entry<'a, R>) -> order::Value<'a> {
    match (column.value)(entry) {
        Value::Text(text) if column.kind == Kind::Address => address(text),
        Value::Text(text) if column.kind == Kind::Link => {
            ethernet::speed(text).map_or(order::Value::Gap, order::Value::Number)
        }
        Value::Text(text) => filled(text),
        Value::Word(word) => filled(word),
        Value::Number(number) => order::Value::Number(number),
        Value::Flag(flag) => order::Value::Number(f64::from(u8::from(flag))),
        Value::Gap => order::Value::Gap,
    }
}

/// The rows from `offset` on, `limit` of them, in order.
fn window<T>(
    mut rows: Vec<T>,
    offset: usize,
    limit: usize,
    compare: impl Fn(&T, &T) -> Ordering + Copy,
) -> Vec<T> {
    if rows.len() <= offset || limit == 0 {
        return Vec::new();
    }
    if 0 < offset {
        rows.select_nth_unstable_by(offset, compare);
        rows.drain(..offset);
    }
    if limit < rows.len() {
        rows.select_nth_unstable_by(limit, compare);
        rows.truncate(limit);
    }
    rows.sort_unstable_by(compare);
    rows
}

/// A number that may be too great to be exact, which nobody sees in three digits.
#[expect(clippy::cast_precision_loss, reason = "it is shown with three digits")]
fn number(value: u64) -> Value<'static> {
    Value::Number(value as f64)
}

/// Who made the device of a MAC address.
fn made_by(address: &str) -> Value<'static> {
    match vendor_name(address) {
        "" => Value::Gap,
        name => Value::Text(name),
    }
}

fn known(value: Option<u64>) -> Value<'static> {
    value.map_or(Value::Gap, number)
}

fn seconds(value: Option<std::time::Duration>) -> Value<'static> {
    known(value.map(|value| value.as_secs()))
}
