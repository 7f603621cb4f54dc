//! One menu of a recording: rows that change when the recording says so.

use super::clock::ReplayClock;
use super::wall::{self, Wall};
use crate::domain::id::ItemId;
use crate::domain::units;
use crate::recording::{Line, TableLine, UPTIME, Value};
use crate::simulator::world::{Cells, Change, Feed, Name, Source};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

/// The most tables of one menu; we read two at most.
pub(super) const MOST_TABLES: usize = 16;

/// The most properties of one menu; the richest that we read has twenty.
const MOST_COLUMNS: usize = 512;

/// Properties that count or measure: a `listen` does not tell when they change.
const COUNTERS: [&str; 24] = [
    "rx-byte",
    "tx-byte",
    "rx-packet",
    "tx-packet",
    "rx-error",
    "tx-error",
    "rx-drop",
    "tx-drop",
    "bytes",
    "packets",
    "bytes-in",
    "bytes-out",
    "packets-in",
    "packets-out",
    "rate",
    "queued-bytes",
    "queued-packets",
    "dropped",
    "uptime",
    "idle-time",
    "expires-after",
    "last-seen",
    "session-time-left",
    "cpu-load",
];

/// What a value costs beside its bytes, and a row beside its values; about.
const CELL_COST: usize = 48;
const ROW_COST: usize = 128;

/// The rows of one menu. Clones are handles to the same rows.
#[derive(Debug, Clone)]
pub(super) struct Table {
    rows: Arc<RwLock<Rows>>,
    clock: ReplayClock,
    feed: Feed,
    items: bool,
    /// Whether it is the menu of the router's clock.
    is_clock: bool,
}

#[derive(Debug, Default)]
struct Rows {
    columns: Vec<Name>,
    parts: Vec<Part>,
    by_key: BTreeMap<u64, Row>,
    memory: usize,
    /// Of the menu of the router's clock: that clock.
    wall: Option<Wall>,
}

/// One of the tables that the menu was read as.
#[derive(Debug)]
struct Part {
    /// Whether it has all rows of the menu.
    is_whole: bool,
    /// The value that a row has in a column if this table leaves it out: the query was "all but those".
    left_out: Option<(usize, Box<[u8]>)>,
}

#[derive(Debug, Default)]
struct Row {
    cells: Vec<Option<Cell>>,
    /// In which tables it is, one bit each.
    parts: u16,
}

#[derive(Debug)]
enum Cell {
    Value(Box<[u8]>),
    /// An uptime goes on by itself: what it was at which offset.
    Uptime {
        was: Duration,
        at: Duration,
    },
}

impl Table {
    /// The menu that a table is of, without tables yet.
    pub(super) fn new(clock: ReplayClock, reads: &TableLine) -> Self {
        let (items, is_clock) = (reads.items, reads.menu == wall::MENU && !reads.items);
        Self { rows: Arc::default(), clock, feed: Feed::default(), items, is_clock }
    }

    /// Adds a table of this menu; `None` if there are too many.
    pub(super) fn add(&self, reads: &TableLine) -> Option<usize> {
        let mut rows = self.write();
        if MOST_TABLES <= rows.parts.len() {
            return None;
        }
        for property in reads.properties.iter().filter(|property| *property != ".id") {
            rows.column(property);
        }
        // `?type=pppoe-in`, `?#!`: what this table leaves out has that type.
        let left_out = match reads.query.as_slice() {
            [asked, not] if not == "?#!" => asked.strip_prefix('?').and_then(|asked| asked.split_once('=')),
            _ => None,
        };
        let left_out = left_out.and_then(|(name, value)| Some((rows.column(name)?, value.as_bytes().into())));
        rows.parts.push(Part { is_whole: reads.query.is_empty(), left_out });
        Some(rows.parts.len() - 1)
    }

    /// Takes in a line about one of its tables.
    pub(super) fn apply(&self, part: usize, line: &Line) {
        let mut told = Vec::new();
        {
            let mut rows = self.write();
            for (id, changes) in &line.rows.0 {
                if let Some(change) = rows.put(part, self.key(id), Duration::from_millis(line.at), &changes.0)
                {
                    told.push(change);
                }
            }
            told.extend(line.gone.iter().filter_map(|id| rows.remove(part, self.key(id))));
            if self.is_clock && !line.rows.is_empty() {
                rows.wall = rows.wall_read(Duration::from_millis(line.at));
            }
        }
        for change in told {
            self.feed.tell(change);
        }
    }

    /// Takes all rows away.
    pub(super) fn clear(&self) {
        let mut rows = self.write();
        rows.by_key.clear();
        rows.memory = 0;
        rows.wall = None;
    }

    /// The memory that its rows take, about, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.read().memory
    }

    /// Whether its rows have ids.
    pub(super) fn has_items(&self) -> bool {
        self.items
    }

    /// What tells of its changes.
    pub(super) fn feed(&self) -> Feed {
        self.feed.clone()
    }

    fn key(&self, id: &str) -> u64 {
        if self.items { ItemId::read(id.as_bytes()).number() } else { 0 }
    }

    fn read(&self) -> RwLockReadGuard<'_, Rows> {
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Rows> {
        self.rows.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    /// The place of a column, which may be new; `None` if there are too many.
    fn column(&mut self, name: &str) -> Option<usize> {
        let known = self.columns.iter().position(|column| column == name);
        known.or_else(|| {
            let room = self.columns.len() < MOST_COLUMNS;
            room.then(|| {
                self.columns.push(Cow::Owned(name.to_owned()));
                self.columns.len() - 1
            })
        })
    }

    /// Puts in what changed in a row; gives what a listener hears of it.
    fn put(
        &mut self,
        part: usize,
        key: u64,
        at: Duration,
        changes: &[(String, Option<Value>)],
    ) -> Option<Change> {
        let columns: Vec<Option<usize>> = changes.iter().map(|(name, _)| self.column(name)).collect();
        let is_new = !self.by_key.contains_key(&key);
        self.memory += if is_new { ROW_COST } else { 0 };
        let row = self.by_key.entry(key).or_default();
        row.parts |= 1 << part;
        let mut matters = is_new;
        for ((name, value), column) in changes.iter().zip(columns) {
            let Some(column) = column else { continue };
            if row.cells.len() <= column {
                self.memory += (column + 1 - row.cells.len()) * CELL_COST;
                row.cells.resize_with(column + 1, || None);
            }
            let Some(cell) = row.cells.get_mut(column) else { continue };
            let new = value.as_ref().map(|value| Cell::new(name, value, at));
            self.memory += new.as_ref().map_or(0, Cell::size);
            self.memory -= cell.as_ref().map_or(0, Cell::size).min(self.memory);
            let same = match (&new, &*cell) {
                (Some(Cell::Value(new)), Some(Cell::Value(old))) => new == old,
                (None, None) => true,
                _ => false,
            };
            matters |= !same && !COUNTERS.contains(&name.as_str());
            *cell = new;
        }
        matters.then_some(Change::Put(key))
    }

    /// The router's clock as its one row has it, all of which was read at this offset: what did not change is not told.
    fn wall_read(&self, at: Duration) -> Option<Wall> {
        let row = self.by_key.get(&0)?;
        let value = |name: &str| {
            let column = self.columns.iter().position(|column| column == name)?;
            match row.cells.get(column)? {
                Some(Cell::Value(value)) => Some(value),
                _ => None,
            }
        };
        Wall::read(value(wall::DATE)?, value(wall::TIME)?, at)
    }

    /// Takes a row out of a table, and away if it is in no other.
    fn remove(&mut self, part: usize, key: u64) -> Option<Change> {
        let row = self.by_key.get_mut(&key)?;
        row.parts &= !(1 << part);
        let is_whole = self.parts.get(part).is_some_and(|part| part.is_whole);
        if row.parts != 0 && !is_whole {
            return None;
        }
        let row = self.by_key.remove(&key)?;
        let cells: usize = row.cells.iter().map(|cell| CELL_COST + cell.as_ref().map_or(0, Cell::size)).sum();
        self.memory = self.memory.saturating_sub(ROW_COST + cells);
        Some(Change::Gone(key))
    }
}

impl Cell {
    fn new(property: &str, value: &Value, at: Duration) -> Self {
        let uptime = (property == UPTIME).then(|| std::str::from_utf8(&value.0).ok()).flatten();
        match uptime.and_then(units::duration) {
            Some(was) => Self::Uptime { was, at },
            None => Self::Value(value.0.clone()),
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Value(value) => value.len(),
            Self::Uptime { .. } => 0,
        }
    }
}

/// A row as it stands at an offset.
struct Shown<'a> {
    row: &'a Row,
    of: &'a Rows,
    offset: Duration,
}

impl Cells for Shown<'_> {
    fn put(&self, column: usize, out: &mut Vec<u8>) -> bool {
        if let Some(wall) = self.of.wall {
            match self.of.columns.get(column).map(AsRef::as_ref) {
                Some(wall::DATE) => {
                    wall.at(self.offset).put_date(out);
                    return true;
                }
                Some(wall::TIME) => {
                    wall.at(self.offset).put_time(out);
                    return true;
                }
                _ => {}
            }
        }
        match self.row.cells.get(column) {
            Some(Some(Cell::Value(value))) => out.extend_from_slice(value),
            Some(Some(Cell::Uptime { was, at })) => {
                let now = (*was + self.offset).saturating_sub(*at);
                units::put_duration(out, now);
            }
            _ => {
                let left_out = self.of.parts.iter().enumerate().find_map(|(index, part)| {
                    let (of, value) = part.left_out.as_ref()?;
                    (*of == column && self.row.parts & 1 << index == 0).then_some(value)
                });
                let Some(value) = left_out else { return false };
                out.extend_from_slice(value);
            }
        }
        true
    }
}

impl Source for Table {
    fn columns(&self) -> Vec<Name> {
        self.read().columns.clone()
    }

    fn visit(&self, after: Option<u64>, visit: &mut dyn FnMut(u64, &dyn Cells) -> bool) {
        let offset = self.clock.offset();
        let from = after.map_or(0, |key| key.saturating_add(1));
        let rows = self.read();
        for (key, row) in rows.by_key.range(from..) {
            if !visit(*key, &Shown { row, of: &rows, offset }) {
                break;
            }
        }
    }
}
