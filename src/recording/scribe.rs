//! Turns what a router says into the lines of a recording: what changed since it was said last.

use super::command::TableKey;
use super::json::{RowLines, RowsJson};
use super::line::{Device, Line, LinkState};
use super::pseudonyms::Pseudonyms;
use super::table::{Printed, Table, each_row, text};
use crate::routeros::sentence::put_sentence;
use std::borrow::Cow;
use std::io;

/// Ids in one line.
const IDS_A_LINE: usize = 1_000;

/// Takes what is written.
pub(super) type Write<'w> = &'w mut dyn FnMut(Written<'_>) -> io::Result<()>;

/// What is written.
#[derive(Debug, Clone, Copy)]
pub enum Written<'a> {
    /// Any line.
    Line(&'a Line),
    /// A line of rows, as JSON without the braces around them.
    Rows {
        /// Milliseconds since the start.
        at: u64,
        /// The number of the table.
        table: u32,
        /// `"*1":{"name":"ana"},"*2":{}`
        rows: &'a [u8],
    },
}

/// What was seen on the wire.
#[derive(Debug, Clone)]
pub enum Observed {
    /// Rows of a print: all of the table, unless the router stopped half-way.
    Print {
        /// The table.
        key: TableKey,
        /// The rows as sentences, one after the other.
        rows: Vec<u8>,
        /// Whether rows are missing.
        partial: bool,
        /// When it was asked for, in milliseconds since the start: what a `listen` told since is newer.
        asked: u64,
    },
    /// Rows of a `listen`: changed ones, and with `.dead` those that are gone.
    Changes {
        /// The table.
        key: TableKey,
        /// The rows as sentences, one after the other.
        rows: Vec<u8>,
    },
    /// The link went up or down.
    Link(LinkState),
}

/// Knows what was written last, and writes what is new.
#[derive(Debug, Default)]
pub struct Scribe {
    tables: Vec<Table>,
    link: Option<LinkState>,
    device: Device,
    pseudonyms: Option<Pseudonyms>,
    json: RowsJson,
}

impl Scribe {
    /// One that knows nothing yet, and replaces names and addresses if told to.
    pub fn new(pseudonyms: Option<Pseudonyms>) -> Self {
        Self { pseudonyms, ..Self::default() }
    }

    /// One that knows no more than how the link stands: it tells that when it begins a file, as one that goes on does.
    pub fn knowing(link: Option<LinkState>) -> Self {
        Self { link, ..Self::default() }
    }

    /// Writes what is new in something observed `at` milliseconds after the start.
    pub fn write(&mut self, at: u64, observed: &Observed, write: Write<'_>) -> io::Result<()> {
        match observed {
            Observed::Link(link) => {
                if self.link.replace(*link) == Some(*link) {
                    return Ok(());
                }
                write(Written::Line(&Line { at, link: Some(*link), ..Line::default() }))
            }
            Observed::Print { key, rows, partial, asked } => {
                let rows = if key.is_monitor() { Cow::Owned(numbered(rows)) } else { Cow::Borrowed(rows) };
                let rows = rows.as_slice();
                let number = self.table(key, at, rows, write)?;
                let printed = Printed { rows, partial: *partial, asked: *asked };
                self.put(number, at, write, |table, out| table.printed(at, printed, out))?;
                self.device(number, at, write)
            }
            Observed::Changes { key, rows } => {
                let number = self.table(key, at, rows, write)?;
                self.put(number, at, write, |table, out| table.changed(at, rows, out))
            }
        }
    }

    /// Writes everything known as it stands `at` milliseconds after the start of a further file, which has the
    /// offsets of its own from then on.
    pub fn begin_again(&mut self, write: Write<'_>, since: u64) -> io::Result<()> {
        if self.device != Device::default() {
            write(Written::Line(&Line { device: Some(self.device.clone()), ..Line::default() }))?;
        }
        if let Some(link) = self.link {
            write(Written::Line(&Line { link: Some(link), ..Line::default() }))?;
        }
        for (number, table) in (0..).zip(&mut self.tables) {
            write(Written::Line(&Line {
                table: Some(number),
                reads: Some(table.declaration()),
                ..Line::default()
            }))?;
            let mut out = RowLines::new(&mut self.json, 0, number, self.pseudonyms.as_mut(), write);
            table.begin_again(since, &mut out);
            out.finish()?;
        }
        Ok(())
    }

    /// The place of a table; declares it when it is new.
    fn table(&mut self, key: &TableKey, at: u64, rows: &[u8], write: Write<'_>) -> io::Result<usize> {
        if let Some(known) = self.tables.iter().position(|table| table.key() == key) {
            return Ok(known);
        }
        let table = Table::new(key.clone(), rows);
        let number = u32::try_from(self.tables.len()).unwrap_or(u32::MAX);
        write(Written::Line(&Line {
            at,
            table: Some(number),
            reads: Some(table.declaration()),
            ..Line::default()
        }))?;
        self.tables.push(table);
        Ok(self.tables.len() - 1)
    }

    /// Writes what the router is, when a table tells that it is something else than it was.
    fn device(&mut self, number: usize, at: u64, write: Write<'_>) -> io::Result<()> {
        let Some(table) = self.tables.get(number).filter(|table| table.key().menu == "/system/resource")
        else {
            return Ok(());
        };
        let mut cell = |property: &str| {
            let value = table.cell(b"", property).unwrap_or_default();
            match &mut self.pseudonyms {
                None => text(value),
                Some(pseudonyms) => text(&pseudonyms.replace(&table.key().menu, property, value)),
            }
        };
        let device = Device { version: cell("version"), board: cell("board-name") };
        if device == self.device {
            return Ok(());
        }
        self.device = device.clone();
        write(Written::Line(&Line { at, device: Some(device), ..Line::default() }))
    }

    /// Writes what is new in a table: rows, then the ids of those that are no more, which `take_in` gives.
    fn put(
        &mut self,
        number: usize,
        at: u64,
        write: Write<'_>,
        take_in: impl FnOnce(&mut Table, &mut RowLines<'_>) -> Vec<String>,
    ) -> io::Result<()> {
        let Some(table) = self.tables.get_mut(number) else { return Ok(()) };
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let mut out = RowLines::new(&mut self.json, at, number, self.pseudonyms.as_mut(), write);
        let mut gone = take_in(table, &mut out);
        out.finish()?;
        if let Some(pseudonyms) = &mut self.pseudonyms {
            for id in &mut gone {
                *id = text(&pseudonyms.replace(&table.key().menu, ".id", id.as_bytes()));
            }
        }
        gone.sort_unstable();
        for ids in gone.chunks(IDS_A_LINE) {
            write(Written::Line(&Line { at, table: Some(number), gone: ids.to_vec(), ..Line::default() }))?;
        }
        Ok(())
    }
}

/// Rows that have no ids, with their numbers as such.
fn numbered(rows: &[u8]) -> Vec<u8> {
    let (mut out, mut number) = (Vec::with_capacity(rows.len()), 0);
    each_row(rows, |row| {
        number += 1;
        let id = format!("=.id=*{number:X}");
        put_sentence(&mut out, std::iter::once(id.as_bytes()).chain(row.words()));
    });
    out
}
