//! The properties of a table: which are taken in, and what is new in a row.

use super::command::TableKey;
use super::json::{Property, RowLines};
use super::line::TableLine;
use super::rows::{Cells, Held, Rows};
use super::{LONGEST_VALUE, UPTIME};
use crate::domain::secrets::is_secret;
use crate::domain::units;
use crate::routeros::Row;
use std::time::Duration;

/// An uptime that is off by less, in milliseconds, went on like the clock: it is told in whole seconds, and a reply
/// takes its time.
const UPTIME_SLACK: u64 = 3_000;

/// A menu of which all properties are asked for has some twenty; a router may make up as many as it likes.
const MOST_PROPERTIES: usize = 512;

/// No id of RouterOS is as long.
const LONGEST_ID: usize = 64;

#[derive(Debug)]
pub(super) struct Columns {
    pub(super) key: TableKey,
    /// All properties seen, which is more than asked for where all were asked for.
    properties: Vec<Property>,
    /// The place of the uptime among them.
    uptime: Option<usize>,
    items: bool,
}

/// A row as it stands in the memory of its table.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) cells: Cells<'a>,
    /// When its uptime was zero.
    pub(super) zero: Option<i64>,
}

impl Columns {
    /// The columns of a table whose rows have an `.id` if it has `items`.
    pub(super) fn new(key: TableKey, items: bool) -> Self {
        let mut this = Self { properties: Vec::new(), uptime: None, items, key };
        for property in this.key.properties.clone().iter().filter(|property| *property != ".id") {
            this.add(property);
        }
        this
    }

    fn add(&mut self, property: &str) {
        if property == UPTIME {
            self.uptime = Some(self.properties.len());
        }
        self.properties.push(Property::new(property));
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

    /// The place of a property, if it was ever seen.
    pub(super) fn place_of(&self, property: &str) -> Option<usize> {
        self.properties.iter().position(|known| known.name == property)
    }

    /// The id of a row; empty for the row of a menu that is one row. `None` if it lacks what it needs.
    pub(super) fn id<'r>(&self, row: Row<'r>) -> Option<&'r [u8]> {
        self.good(row.bytes(".id"))
    }

    #[inline]
    fn good<'r>(&self, id: Option<&'r [u8]>) -> Option<&'r [u8]> {
        if !self.items {
            return Some(b"");
        }
        id.filter(|id| (1..=LONGEST_ID).contains(&id.len()))
    }

    /// Takes in what was asked for of a row; `None` if it lacks its id. The row is begun and ended, not put anywhere.
    #[inline]
    pub(super) fn read<'r>(&mut self, row: Row<'r>, at: u64, into: &mut Rows) -> Option<(Held, &'r [u8])> {
        let mut held = into.begin();
        let (mut id, mut highest, mut expected) = (None, None, 0);
        for (name, value) in row.attributes() {
            if name == b".id" {
                id = Some(value);
                continue;
            }
            let Some(place) = self.place(&mut expected, name) else { continue };
            if LONGEST_VALUE < value.len() {
                continue;
            }
            into.put(&held, &mut highest, place, value);
            if Some(place) == self.uptime {
                held.zero = duration(value).and_then(|uptime| {
                    i64::try_from(at).ok()?.checked_sub(i64::try_from(uptime.as_millis()).ok()?)
                });
            }
        }
        let Some(id) = self.good(id) else {
            into.forget(&held);
            return None;
        };
        into.end(&mut held, id);
        Some((held, id))
    }

    /// The place of a property: nearly always the one after the last. `None` for what was not asked for, and secrets.
    #[inline]
    fn place(&mut self, expected: &mut usize, name: &[u8]) -> Option<usize> {
        let found = match self.properties.get(*expected) {
            Some(property) if property.name.as_bytes() == name => Some(*expected),
            _ => self.properties.iter().position(|property| property.name.as_bytes() == name),
        };
        let found = found.or_else(|| {
            let name = std::str::from_utf8(name).ok()?;
            let wanted = self.key.properties.is_empty() && !name.starts_with('.') && !is_secret(name);
            let wanted = wanted && self.properties.len() < MOST_PROPERTIES;
            wanted.then(|| {
                self.add(name);
                self.properties.len() - 1
            })
        })?;
        *expected = found + 1;
        Some(found)
    }

    /// Writes what is new in a row, all of it if there was none `before`; gives when its uptime was zero by what the
    /// file tells from then on.
    #[inline]
    pub(super) fn write_new(
        &self,
        id: &[u8],
        before: Option<Known<'_>>,
        now: &Known<'_>,
        out: &mut RowLines<'_>,
    ) -> Option<i64> {
        let Some(before) = before else {
            out.begin(&self.key.menu, id);
            for (place, value) in now.cells.clone() {
                self.write(place, Some(value), out);
            }
            out.end(true);
            return now.zero;
        };
        // Uptimes go on by themselves.
        let goes_on =
            before.zero.zip(now.zero).is_some_and(|(before, now)| before.abs_diff(now) <= UPTIME_SLACK);
        let zero = if goes_on { before.zero } else { now.zero };
        if now.zero.is_none() && now.cells.are(&before.cells) {
            return zero;
        }
        out.begin(&self.key.menu, id);
        let (mut next, mut matched) = (before.cells.clone(), 0);
        for (place, value) in now.cells.clone() {
            let told = match next.next() {
                Some((same, told)) if same == place => Some(told),
                _ => before.cells.at(place),
            };
            matched += usize::from(told.is_some());
            let holds = match now.zero {
                Some(_) if Some(place) == self.uptime => goes_on,
                _ => told == Some(value),
            };
            if !holds {
                self.write(place, Some(value), out);
            }
        }
        if matched < before.cells.clone().count() {
            for (place, _) in before.cells.filter(|(place, _)| now.cells.at(*place).is_none()) {
                self.write(place, None, out);
            }
        }
        out.end(false);
        zero
    }

    /// Writes a row as it stands `since` milliseconds after the start of the file whose end that is, for the next
    /// one; gives when its uptime was zero in the next one's time.
    pub(super) fn write_all(
        &self,
        id: &[u8],
        row: &Known<'_>,
        since: u64,
        out: &mut RowLines<'_>,
    ) -> Option<i64> {
        let uptime = row.zero.and_then(|zero| {
            let uptime = i64::try_from(since).ok()?.checked_sub(zero)?;
            Some(Duration::from_secs(u64::try_from(uptime).unwrap_or_default() / 1_000))
        });
        out.begin(&self.key.menu, id);
        for (place, value) in row.cells.clone() {
            match uptime {
                Some(uptime) if Some(place) == self.uptime => {
                    let mut value = Vec::new();
                    units::put_duration(&mut value, uptime);
                    self.write(place, Some(&value), out);
                }
                _ => self.write(place, Some(value), out),
            }
        }
        out.end(true);
        // As it was written: in whole seconds.
        uptime.and_then(|uptime| Some(-i64::try_from(uptime.as_millis()).ok()?))
    }

    #[inline]
    fn write(&self, place: usize, value: Option<&[u8]>, out: &mut RowLines<'_>) {
        if let Some(property) = self.properties.get(place) {
            out.value(&self.key.menu, property, value);
        }
    }
}

fn duration(text: &[u8]) -> Option<Duration> {
    units::duration(std::str::from_utf8(text).ok()?)
}
