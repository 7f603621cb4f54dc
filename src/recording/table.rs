//! What was written last of one table.

use super::columns::{Columns, Known};
use super::command::TableKey;
use super::json::RowLines;
use super::line::TableLine;
use super::rows::{Held, Rows};
use crate::routeros::sentence::Splitter;
use crate::routeros::{Charset, Limits, Row};
use std::collections::{HashMap, HashSet};

#[derive(Debug)]
pub(super) struct Table {
    columns: Columns,
    rows: Rows,
    /// The room of the rows before these, for the next ones.
    room: Rows,
    /// Rows that a `listen` told of since the last print, and when: a print that was asked for before is older.
    touched: HashMap<Box<[u8]>, u64>,
}

/// A print as it was answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printed<'a> {
    /// The rows as sentences, one after the other.
    pub(super) rows: &'a [u8],
    /// Whether rows are missing.
    pub(super) partial: bool,
    /// When it was asked for.
    pub(super) asked: u64,
}

impl Table {
    /// A table of which nothing was read yet; `rows` are those about to be.
    pub(super) fn new(key: TableKey, rows: &[u8]) -> Self {
        let items = if key.properties.is_empty() {
            first_row(rows).unwrap_or(true)
        } else {
            key.properties.iter().any(|property| property == ".id")
        };
        Self {
            columns: Columns::new(key, items),
            rows: Rows::default(),
            room: Rows::default(),
            touched: HashMap::new(),
        }
    }

    /// What is read.
    pub(super) fn key(&self) -> &TableKey {
        &self.columns.key
    }

    /// What the table is, for its first line.
    pub(super) fn declaration(&self) -> TableLine {
        self.columns.declaration()
    }

    /// Takes in a print; gives the rows that are no more.
    pub(super) fn printed(&mut self, at: u64, printed: Printed<'_>, out: &mut RowLines<'_>) -> Vec<String> {
        let Self { columns, rows, room, touched } = self;
        touched.retain(|_, when| printed.asked <= *when);
        let mut before = std::mem::replace(rows, std::mem::take(room));
        rows.clear();
        let mut fresh = HashSet::<&[u8]>::new();
        let mut guess = 0;
        each_row(printed.rows, |row| {
            let Some((mut held, id)) = columns.read(row, at, rows) else { return };
            let found = before.find(id, guess).ok();
            guess = found.map_or(guess, |found| found + 1);
            let is_newer = !touched.is_empty() && touched.contains_key(id);
            let is_repeated = match found.and_then(|found| before.get_mut(found)) {
                // What was told of it since is put back below.
                _ if is_newer => true,
                Some(known) => std::mem::replace(&mut known.is_seen, true),
                None => !fresh.insert(id),
            };
            if is_repeated {
                rows.forget(&held);
                return;
            }
            let known = found.and_then(|found| before.get(found)).filter(|known| !known.is_gone);
            let known = known.map(|known| known_of(&before, known));
            held.zero = columns.write_new(id, known, &known_of(rows, &held), out);
            rows.push(held);
        });
        let mut gone = Vec::new();
        for held in before.iter().filter(|held| !held.is_seen && !held.is_gone) {
            let id = before.id(held);
            if printed.partial || touched.contains_key(id) {
                rows.push_from(&before, held);
            } else {
                gone.push(text(id));
            }
        }
        rows.sort();
        *room = before;
        // Later prints are newer than all that was told so far.
        touched.clear();
        gone
    }

    /// Takes in what a `listen` told; gives the rows that are no more.
    pub(super) fn changed(&mut self, at: u64, told: &[u8], out: &mut RowLines<'_>) -> Vec<String> {
        let Self { columns, rows, touched, .. } = self;
        let mut gone = Vec::new();
        each_row(told, |row| {
            let Some(id) = columns.id(row) else { return };
            touched.insert(id.into(), at);
            let found = rows.find(id, 0);
            let known = found.ok().and_then(|found| rows.get(found)).copied();
            if row.bytes(".dead").is_some() {
                let known = found.ok().and_then(|found| rows.get_mut(found));
                if let Some(known) = known.filter(|known| !known.is_gone) {
                    known.is_gone = true;
                    gone.push(text(id));
                }
                return;
            }
            let Some((mut held, _)) = columns.read(row, at, rows) else { return };
            // Gone and there again: what is gone is written after what is new, so it must not be written.
            let is_back = known.is_some_and(|known| known.is_gone) && {
                let all = gone.len();
                gone.retain(|gone| gone.as_bytes() != id);
                gone.len() < all
            };
            let known = known.filter(|known| !known.is_gone || is_back);
            let known = known.as_ref().map(|known| known_of(rows, known));
            held.zero = columns.write_new(id, known, &known_of(rows, &held), out);
            rows.set(found, held);
        });
        if rows.is_wasteful() {
            self.tidy();
        }
        gone
    }

    /// Writes all rows as they stand `since` milliseconds after the start of the file, whose end that is; their times
    /// count anew from there.
    pub(super) fn begin_again(&mut self, since: u64, out: &mut RowLines<'_>) {
        self.tidy();
        for index in 0.. {
            let Some(held) = self.rows.get(index) else { break };
            let zero = self.columns.write_all(self.rows.id(held), &known_of(&self.rows, held), since, out);
            if let Some(held) = self.rows.get_mut(index) {
                held.zero = zero;
            }
        }
    }

    /// A value as it was told.
    pub(super) fn cell(&self, id: &[u8], property: &str) -> Option<&[u8]> {
        let held = self.rows.get(self.rows.find(id, 0).ok()?).filter(|held| !held.is_gone)?;
        self.rows.cells(held).at(self.columns.place_of(property)?)
    }

    /// Gives up what is no more.
    fn tidy(&mut self) {
        self.room.clear();
        for held in self.rows.iter().filter(|held| !held.is_gone) {
            self.room.push_from(&self.rows, held);
        }
        std::mem::swap(&mut self.rows, &mut self.room);
    }
}

fn known_of<'r>(rows: &'r Rows, held: &Held) -> Known<'r> {
    Known { cells: rows.cells(held), zero: held.zero }
}

/// An id as text; RouterOS has none that is not.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Shows each row of sentences that were put one after the other.
pub(super) fn each_row<'r>(rows: &'r [u8], mut visit: impl FnMut(Row<'r>)) {
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
