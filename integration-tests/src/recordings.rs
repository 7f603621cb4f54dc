//! Recordings as tables at a time, to be compared.

use anyhow::Context as _;
use jiff::{SignedDuration, civil};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tikwatch::domain::line::PppoeLine;
use tikwatch::domain::resource::Resource as _;
use tikwatch::domain::units;
use tikwatch::recording::{Ending, Header, Line, Reader, TableLine, UPTIME};

/// The recordings that come with the project, by their file names.
pub const COMMITTED: [&str; 3] = ["ros-6.49", "ros-7.14", "ros-7.21"];

/// Uptimes and clocks are told in whole seconds, and read a little after they were true.
const SLACK: Duration = Duration::from_secs(2);

/// Two processes' clocks and offsets in whole milliseconds do not agree better.
const CLOCK_SLACK: u64 = 20;

/// Where the recording of this name lies.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings").join(format!("{name}.jsonl.zst"))
}

/// A recording, read as a whole.
#[derive(Debug)]
pub struct Recorded {
    /// What it is.
    pub header: Header,
    /// Its tables.
    pub tables: Vec<TableLine>,
    /// Its lines but for the first.
    pub lines: Vec<Line>,
    /// How it ended.
    pub ending: Ending,
}

impl Recorded {
    /// Reads a recording.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let mut reader = Reader::new(file)?;
        let (mut tables, mut lines) = (Vec::new(), Vec::new());
        while let Some(line) = reader.next_line()? {
            tables.extend(line.reads.clone());
            lines.push(line);
        }
        let ending = reader.ending().context("no end")?;
        Ok(Self { header: reader.header().clone(), tables, lines, ending })
    }

    /// The offset of its last line, in milliseconds.
    pub fn last(&self) -> u64 {
        self.lines.last().map_or(0, |line| line.at)
    }

    /// The number of the table that was read from this menu with these properties and query.
    pub fn number(&self, reads: &TableLine) -> Option<usize> {
        self.tables.iter().position(|table| table == reads)
    }

    /// When rows of a table were written, in milliseconds, each time once.
    pub fn times(&self, table: usize) -> Vec<u64> {
        let of_table = self.lines.iter().filter(|line| line.table == u32::try_from(table).ok());
        let mut times: Vec<u64> = of_table.filter(|line| !line.rows.is_empty()).map(|line| line.at).collect();
        times.dedup();
        times
    }
}

/// The rows of a table by id.
pub type Rows = BTreeMap<String, BTreeMap<String, Cell>>;

/// A value and when it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The bytes.
    pub value: Box<[u8]>,
    at: u64,
}

impl Cell {
    /// Its text, with what is not UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.value).into_owned()
    }
}

/// What a value that goes on by itself is at an offset: an uptime, or the router's clock, which is its date and time
/// together.
fn going_on(row: &BTreeMap<String, Cell>, property: &str, at: u64) -> Option<SignedDuration> {
    let text = |property: &str| {
        let cell = row.get(property)?;
        Some((std::str::from_utf8(&cell.value).ok()?, cell.at))
    };
    let (then, read) = match property {
        UPTIME => {
            let (uptime, read) = text(UPTIME)?;
            (SignedDuration::try_from(units::duration(uptime)?).ok()?, read)
        }
        "date" | "time" => {
            let ((date, date_read), (time, time_read)) = (text("date")?, text("time")?);
            let clock = units::date_time(&format!("{date} {time}"))?;
            // What was read again and had not changed was not written again.
            (clock.duration_since(civil::DateTime::default()), date_read.max(time_read))
        }
        _ => return None,
    };
    // The first rows hold from the beginning.
    let passed = i64::try_from(at).ok()?.checked_sub_unsigned(read)?;
    then.checked_add(SignedDuration::from_millis(passed))
}

/// Whether a property of two rows is the same, each at its offset.
fn is_same(
    property: &str,
    one: (&BTreeMap<String, Cell>, u64),
    other: (&BTreeMap<String, Cell>, u64),
) -> bool {
    match (going_on(one.0, property, one.1), going_on(other.0, property, other.1)) {
        (Some(one), Some(other)) => (one - other).unsigned_abs() <= SLACK,
        _ => one.0.get(property).map(|cell| &cell.value) == other.0.get(property).map(|cell| &cell.value),
    }
}

/// The tables of a recording as they stand at some offset.
#[derive(Debug)]
pub struct Playhead<'a> {
    recorded: &'a Recorded,
    next: usize,
    at: u64,
    tables: Vec<Rows>,
}

impl<'a> Playhead<'a> {
    /// The start of a recording: the first rows of each table hold from the beginning.
    pub fn new(recorded: &'a Recorded) -> Self {
        let mut this = Self { recorded, next: 0, at: 0, tables: vec![Rows::new(); recorded.tables.len()] };
        let first: Vec<Option<u64>> =
            (0..recorded.tables.len()).map(|table| recorded.times(table).first().copied()).collect();
        for line in &recorded.lines {
            let of = line.table.and_then(|table| first.get(table as usize).copied().flatten());
            if of == Some(line.at) {
                this.take(line);
            }
        }
        this
    }

    /// Goes on to an offset, in milliseconds.
    pub fn go_to(&mut self, at: u64) {
        self.at = at;
        while let Some(line) = self.recorded.lines.get(self.next).filter(|line| line.at <= at) {
            self.take(line);
            self.next += 1;
        }
    }

    /// The rows of a table.
    pub fn rows(&self, table: usize) -> Option<&Rows> {
        self.tables.get(table)
    }

    fn take(&mut self, line: &Line) {
        let Some(rows) = line.table.and_then(|table| self.tables.get_mut(table as usize)) else { return };
        for (id, changes) in &line.rows.0 {
            let row = rows.entry(id.clone()).or_default();
            for (property, value) in &changes.0 {
                match value {
                    Some(value) => row.insert(property.clone(), Cell { value: value.0.clone(), at: line.at }),
                    None => row.remove(property),
                };
            }
        }
        for id in &line.gone {
            rows.remove(id);
        }
    }
}

/// What a comparison of two recordings came to.
#[derive(Debug, Default)]
pub struct Comparison {
    /// How many cells were compared.
    pub cells: u64,
    /// Those that differ, in words.
    pub differing: Vec<String>,
}

/// Compares the recording of a replay with what was replayed, each table each time that something of it was recorded.
///
/// Offset 0 of `again` is offset `ahead` of `first`, in milliseconds. A reply is written when its last byte was read,
/// and so may show what held up to `window` milliseconds before.
pub fn compare(first: &Recorded, again: &Recorded, ahead: i64, window: u64) -> anyhow::Result<Comparison> {
    let mut comparison = Comparison::default();
    let (mut early, mut late, mut seen) = (Playhead::new(first), Playhead::new(first), Playhead::new(again));
    let number = |reads: &TableLine| match first.number(reads) {
        // The committed recordings are older than this question, which a replay answers as well as it can.
        None if reads.properties.join(",") == PppoeLine::PROPLIST => Ok(None),
        None => Err(anyhow::anyhow!("{reads:?} was never recorded")),
        known => Ok(known),
    };
    let numbers: Vec<Option<usize>> = again.tables.iter().map(number).collect::<anyhow::Result<_>>()?;
    let mut groups: Vec<(u64, u32)> = again
        .lines
        .iter()
        .filter(|line| line.reads.is_none())
        .filter_map(|line| Some((line.at, line.table?)))
        .collect();
    groups.dedup();
    for (at, table) in groups {
        // At its end the replay's time stands still.
        let there = u64::try_from(i64::try_from(at)? + ahead).unwrap_or_default().min(first.last());
        seen.go_to(at);
        early.go_to(there.saturating_sub(window));
        late.go_to(there + CLOCK_SLACK);
        let number = numbers.get(table as usize).context("a table without a declaration")?;
        let Some(number) = *number else { continue };
        let (Some(early), Some(late), Some(seen)) =
            (early.rows(number), late.rows(number), seen.rows(table as usize))
        else {
            continue;
        };
        let menu = again.tables.get(table as usize).map_or("", |reads| reads.menu.as_str());
        comparison.table(&format!("{menu} at {at} ms"), [early, late], there, seen, at);
    }
    Ok(comparison)
}

impl Comparison {
    fn table(&mut self, place: &str, first: [&Rows; 2], there: u64, seen: &Rows, at: u64) {
        for id in first[0].keys().filter(|id| first[1].contains_key(*id) && !seen.contains_key(*id)) {
            self.differing.push(format!("{place}: {id} is missing"));
        }
        for (id, row) in seen {
            let rows: Vec<_> = first.iter().filter_map(|rows| rows.get(id)).collect();
            if rows.is_empty() {
                self.differing.push(format!("{place}: {id} should not be there"));
                continue;
            }
            for (property, cell) in row {
                self.cells += 1;
                let held = rows.iter().filter_map(|row| row.get(property));
                let is_held = |held: &&BTreeMap<String, Cell>| {
                    held.contains_key(property) && is_same(property, (row, at), (held, there))
                };
                if !rows.iter().any(is_held) {
                    let held: Vec<String> = held.map(Cell::text).collect();
                    self.differing.push(format!("{place}: {id} {property} is {}, not {held:?}", cell.text()));
                }
            }
            for property in rows.iter().flat_map(|row| row.keys()) {
                if !row.contains_key(property) && rows.iter().all(|row| row.contains_key(property)) {
                    self.differing.push(format!("{place}: {id} has no {property}"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_the_same_as_itself_and_not_as_another() {
        let first = Recorded::read(&path("ros-7.14")).unwrap();
        let same = compare(&first, &first, 0, 0).unwrap();
        assert!(3_000 < same.cells && same.differing.is_empty(), "{:#?}", same.differing);
        let late = compare(&first, &first, 5_000, 0).unwrap();
        assert!(!late.differing.is_empty());
    }
}
