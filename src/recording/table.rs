//! What was written last of one table.

use super::command::TableKey;
use super::json::RowsJson;
use super::line::TableLine;
use super::pseudonyms::Pseudonyms;
use super::secrets::is_secret;
use super::{LONGEST_VALUE, UPTIME};
use crate::domain::units;
use crate::routeros::sentence::Splitter;
use crate::routeros::{Charset, Limits, Row};
use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

/// An uptime that is off by less went on like the clock: it is told in whole seconds, and a reply takes its time.
const UPTIME_SLACK: Duration = Duration::from_secs(3);

/// A menu of which all properties are asked for has some twenty; a router may make up as many as it likes.
const MOST_PROPERTIES: usize = 512;

/// No id of RouterOS is as long.
const LONGEST_ID: usize = 64;

#[derive(Debug)]
pub(super) struct Table {
    key: TableKey,
    /// All properties seen, which is more than asked for where all were asked for.
    properties: Vec<String>,
    items: bool,
    rows: HashMap<Box<[u8]>, Held>,
    readings: u64,
    rows_read: u64,
    /// Rows that a `listen` told of since the last print, and when: a print that was asked for before is older.
    touched: HashMap<Box<[u8]>, u64>,
}

#[derive(Debug, Default)]
struct Held {
    /// By the place of the property; `None` where the row has none.
    cells: Vec<Option<Cell>>,
    /// The reading that it was last seen in.
    seen: u64,
}

#[derive(Debug)]
struct Cell {
    value: Vec<u8>,
    /// When it was written.
    at: u64,
    /// The row in which it was last seen, counted over all rows read.
    seen: u64,
}

/// What is new in a table.
#[derive(Debug, Default)]
pub(super) struct News {
    /// New or changed rows.
    pub(super) changed: RowsJson,
    /// Rows that are no more.
    pub(super) gone: Vec<String>,
}

impl Table {
    /// A table of which nothing was read yet; `rows` are those about to be.
    pub(super) fn new(key: TableKey, rows: &[u8]) -> Self {
        let items = if key.properties.is_empty() {
            first_row(rows).unwrap_or(true)
        } else {
            key.properties.iter().any(|property| property == ".id")
        };
        let properties = key.properties.iter().filter(|property| *property != ".id").cloned().collect();
        Self {
            key,
            properties,
            items,
            rows: HashMap::new(),
            readings: 0,
            rows_read: 0,
            touched: HashMap::new(),
        }
    }

    /// What is read.
    pub(super) fn key(&self) -> &TableKey {
        &self.key
    }

    /// Takes in the rows of a print that was asked for at `asked`.
    pub(super) fn printed(
        &mut self,
        at: u64,
        rows: &[u8],
        asked: u64,
        mut pseudonyms: Option<&mut Pseudonyms>,
    ) -> News {
        self.readings += 1;
        self.touched.retain(|_, when| asked <= *when);
        let mut news = News::default();
        each_row(rows, |row| {
            let Some(id) = self.id(row) else { return };
            if !self.touched.contains_key(id) {
                self.row(id, at, row, pseudonyms.as_deref_mut(), &mut news.changed);
            }
        });
        news
    }

    /// Takes in what a `listen` told.
    pub(super) fn changed(&mut self, at: u64, rows: &[u8], mut pseudonyms: Option<&mut Pseudonyms>) -> News {
        let mut news = News::default();
        each_row(rows, |row| {
            let Some(id) = self.id(row) else { return };
            self.touched.insert(id.into(), at);
            if row.bytes(".dead").is_none() {
                self.row(id, at, row, pseudonyms.as_deref_mut(), &mut news.changed);
                // Gone and there again: what is gone is written after what is new.
                news.gone.retain(|gone| gone.as_bytes() != id);
            } else if self.rows.remove(id).is_some() {
                news.gone.push(text(id));
            }
        });
        news
    }

    /// Takes out the rows that the last print did not have; gives their ids.
    pub(super) fn take_unseen(&mut self) -> Vec<String> {
        let (readings, touched) = (self.readings, &self.touched);
        let unseen = self.rows.extract_if(|id, held| held.seen != readings && !touched.contains_key(id));
        unseen.map(|(id, _)| text(&id)).collect()
    }

    /// A print is over: later ones are newer than all that was told so far.
    pub(super) fn forget_touched(&mut self) {
        self.touched.clear();
    }

    /// The id of a row; empty for the row of a menu that is one row. `None` if it lacks what it needs.
    fn id<'r>(&self, row: Row<'r>) -> Option<&'r [u8]> {
        if !self.items {
            return Some(b"");
        }
        row.bytes(".id").filter(|id| (1..=LONGEST_ID).contains(&id.len()))
    }

    /// All rows as they stand `since` milliseconds after the start of the file, whose end that is; their times count
    /// anew from there.
    pub(super) fn begin_again(&mut self, since: u64) -> RowsJson {
        let mut rows: Vec<_> = self.rows.iter_mut().collect();
        rows.sort_unstable_by(|(one, _), (other, _)| (one.len(), one).cmp(&(other.len(), other)));
        let mut json = RowsJson::default();
        for (id, held) in rows {
            json.begin(id);
            for (property, cell) in self.properties.iter().zip(&mut held.cells) {
                let Some(cell) = cell else { continue };
                if property == UPTIME {
                    cell.advance(Duration::from_millis(since.saturating_sub(cell.at)));
                }
                cell.at = 0;
                json.value(property, Some(&cell.value));
            }
            json.end();
        }
        json
    }

    /// What the table is, for its first line.
    pub(super) fn declaration(&self) -> TableLine {
        TableLine {
            menu: self.key.menu.clone(),
            properties: self.key.properties.clone(),
            query: self.key.query.clone(),
            items: self.items,
        }
    }

    /// A value as it was written.
    pub(super) fn cell(&self, id: &[u8], property: &str) -> Option<&[u8]> {
        let place = self.properties.iter().position(|known| known == property)?;
        self.rows.get(id)?.cells.get(place)?.as_ref().map(|cell| &*cell.value)
    }

    /// Takes in a row and writes what is new in it, if anything is.
    fn row(
        &mut self,
        id: &[u8],
        at: u64,
        row: Row<'_>,
        mut pseudonyms: Option<&mut Pseudonyms>,
        news: &mut RowsJson,
    ) {
        let is_new = !self.rows.contains_key(id);
        let held = if is_new {
            self.rows.entry(id.into()).or_default()
        } else {
            let Some(held) = self.rows.get_mut(id) else { return };
            held
        };
        held.seen = self.readings;
        self.rows_read += 1;
        let seen = self.rows_read;
        news.begin(id);
        let mut expected = 0;
        for (name, value) in row.attributes() {
            let Some(place) = place(&mut self.properties, &self.key, &mut expected, name) else { continue };
            if LONGEST_VALUE < value.len() {
                continue;
            }
            let property = self.properties.get(place).map_or("", String::as_str);
            let value = match &mut pseudonyms {
                None => Cow::Borrowed(value),
                Some(pseudonyms) => pseudonyms.replace(&self.key.menu, property, value),
            };
            if held.cells.len() <= place {
                held.cells.resize_with(place + 1, || None);
            }
            match held.cells.get_mut(place) {
                Some(Some(cell)) => {
                    cell.seen = seen;
                    if cell.says(property, &value, at) {
                        continue;
                    }
                    cell.value.clear();
                    cell.value.extend_from_slice(&value);
                    cell.at = at;
                }
                Some(empty) => *empty = Some(Cell { value: value.to_vec(), at, seen }),
                None => continue,
            }
            news.value(property, Some(&value));
        }
        for (property, cell) in self.properties.iter().zip(&mut held.cells) {
            if cell.take_if(|cell| cell.seen != seen).is_some() {
                news.value(property, None);
            }
        }
        if is_new || news.has_values() {
            news.end();
        } else {
            news.forget();
        }
    }
}

/// The place of a property: nearly always the one after the last. `None` for what was not asked for, and secrets.
fn place(properties: &mut Vec<String>, key: &TableKey, expected: &mut usize, name: &[u8]) -> Option<usize> {
    let found = match properties.get(*expected) {
        Some(property) if property.as_bytes() == name => Some(*expected),
        _ => properties.iter().position(|property| property.as_bytes() == name),
    };
    let found = found.or_else(|| {
        let name = std::str::from_utf8(name).ok()?;
        let wanted = key.properties.is_empty() && !name.starts_with('.') && !is_secret(name);
        let wanted = wanted && properties.len() < MOST_PROPERTIES;
        wanted.then(|| {
            properties.push(name.to_owned());
            properties.len() - 1
        })
    })?;
    *expected = found + 1;
    Some(found)
}

impl Cell {
    /// Whether this, written earlier, still tells that value.
    fn says(&self, property: &str, value: &[u8], at: u64) -> bool {
        if *self.value == *value && property != UPTIME {
            return true;
        }
        if property != UPTIME {
            return false;
        }
        let (Some(before), Some(now)) = (duration(&self.value), duration(value)) else {
            return *self.value == *value;
        };
        let expected = before + Duration::from_millis(at.saturating_sub(self.at));
        expected.abs_diff(now) <= UPTIME_SLACK
    }

    /// Lets an uptime go on.
    fn advance(&mut self, by: Duration) {
        if let Some(before) = duration(&self.value) {
            let mut value = Vec::new();
            units::put_duration(&mut value, before + by);
            self.value = value;
        }
    }
}

fn duration(text: &[u8]) -> Option<Duration> {
    units::duration(std::str::from_utf8(text).ok()?)
}

/// An id as text; RouterOS has none that is not.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Shows each row of sentences that were put one after the other.
pub(super) fn each_row(rows: &[u8], mut visit: impl FnMut(Row<'_>)) {
    let mut splitter = Splitter::new(Limits::default());
    let mut rest = rows;
    while let Ok(Some((sentence, size))) = splitter.next(rest) {
        visit(Row::new(sentence, Charset::default()));
        rest = rest.get(size..).unwrap_or_default();
    }
}

/// Whether the first row has an `.id`; `None` without any row.
fn first_row(rows: &[u8]) -> Option<bool> {
    let mut found = None;
    each_row(rows, |row| {
        found.get_or_insert(row.bytes(".id").is_some());
    });
    found
}
