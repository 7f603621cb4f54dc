//! The rows of a table as they were read last, side by side in memory.
//!
//! Nearly all rows are compared at each poll, and by then nothing of them is in the processor's caches: what lies in
//! one piece, in the order in which it is read, costs a small part of as many allocations.

use std::cmp::Ordering;

/// Rows, sorted by id.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// For each row its cells, then its id; and what is no more in use.
    bytes: Vec<u8>,
    held: Vec<Held>,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    start: usize,
    /// Where its cells end and its id begins.
    id: usize,
    end: usize,
    /// When its uptime was zero, by what was written of it: in milliseconds before the start of the file.
    pub(super) zero: Option<i64>,
    /// Whether the print that is being taken in has it.
    pub(super) is_seen: bool,
    /// Whether it is no more.
    pub(super) is_gone: bool,
}

/// The cells of a row: the place of the property, and its value.
#[derive(Debug, Clone)]
pub(super) struct Cells<'a>(&'a [u8]);

/// A cell begins with its place and its length.
const HEAD: usize = 4;

impl<'a> Iterator for Cells<'a> {
    type Item = (usize, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let ([a, b, c, d], rest) = self.0.split_first_chunk::<HEAD>()?;
        let (place, length) = (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
        let (value, rest) = rest.split_at_checked(usize::from(length))?;
        self.0 = rest;
        Some((usize::from(place), value))
    }
}

impl<'a> Cells<'a> {
    /// The value of a property.
    pub(super) fn at(&self, place: usize) -> Option<&'a [u8]> {
        self.clone().find(|(found, _)| *found == place).map(|(_, value)| value)
    }

    /// Whether these are the same cells in the same order.
    pub(super) fn are(&self, others: &Self) -> bool {
        self.0 == others.0
    }
}

impl Rows {
    /// Takes everything out, and keeps the room.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.held.clear();
    }

    /// All rows, by id; those that are no more, too.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Held> {
        self.held.iter()
    }

    pub(super) fn get(&self, index: usize) -> Option<&Held> {
        self.held.get(index)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Held> {
        self.held.get_mut(index)
    }

    pub(super) fn id(&self, held: &Held) -> &[u8] {
        self.bytes.get(held.id..held.end).unwrap_or_default()
    }

    pub(super) fn cells(&self, held: &Held) -> Cells<'_> {
        Cells(self.bytes.get(held.start..held.id).unwrap_or_default())
    }

    /// The index of the row with this id, or where it would have to stand; looks at `guess` first.
    #[inline]
    pub(super) fn find(&self, id: &[u8], guess: usize) -> Result<usize, usize> {
        if self.held.get(guess).is_some_and(|held| self.id(held) == id) {
            return Ok(guess);
        }
        self.held.binary_search_by(|held| by_id(self.id(held), id))
    }

    /// Begins a row whose place is not known yet.
    #[inline]
    pub(super) fn begin(&mut self) -> Held {
        let start = self.bytes.len();
        Held { start, id: start, end: start, zero: None, is_seen: false, is_gone: false }
    }

    /// Adds a cell to a row that was begun. Of two for one property the last one counts.
    #[inline]
    pub(super) fn put(&mut self, row: &Held, highest: &mut Option<usize>, place: usize, value: &[u8]) {
        let (Ok(short), Ok(length)) = (u16::try_from(place), u16::try_from(value.len())) else { return };
        if highest.is_some_and(|highest| place <= highest) {
            self.take_out(row.start, place);
        } else {
            *highest = Some(place);
        }
        let ([a, b], [c, d]) = (short.to_le_bytes(), length.to_le_bytes());
        self.bytes.extend_from_slice(&[a, b, c, d]);
        self.bytes.extend_from_slice(value);
    }

    /// Takes the cell of a property out of the row that begins at `start`, if it has one.
    fn take_out(&mut self, start: usize, place: usize) {
        let mut at = start;
        for (found, value) in Cells(self.bytes.get(start..).unwrap_or_default()) {
            let size = HEAD + value.len();
            if found == place {
                self.bytes.drain(at..at + size);
                return;
            }
            at += size;
        }
    }

    /// Ends the cells of a row that was begun, and gives it its id.
    #[inline]
    pub(super) fn end(&mut self, row: &mut Held, id: &[u8]) {
        row.id = self.bytes.len();
        self.bytes.extend_from_slice(id);
        row.end = self.bytes.len();
    }

    /// Takes back the row that was begun last.
    pub(super) fn forget(&mut self, row: &Held) {
        self.bytes.truncate(row.start);
    }

    /// Puts a row that was ended after all others; [`Rows::sort`] is owed.
    #[inline]
    pub(super) fn push(&mut self, row: Held) {
        self.held.push(Held { is_seen: false, ..row });
    }

    /// Puts a row of other rows after all others; [`Rows::sort`] is owed.
    pub(super) fn push_from(&mut self, others: &Self, held: &Held) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(others.bytes.get(held.start..held.end).unwrap_or_default());
        let (id, end) = (start + (held.id - held.start), self.bytes.len());
        self.held.push(Held { start, id, end, is_seen: false, ..*held });
    }

    /// Puts a row where [`Rows::find`] said that it would have to stand, or in the place of the one found.
    pub(super) fn set(&mut self, place: Result<usize, usize>, row: Held) {
        match place {
            Ok(index) => {
                if let Some(held) = self.held.get_mut(index) {
                    *held = row;
                }
            }
            Err(index) => self.held.insert(index.min(self.held.len()), row),
        }
    }

    /// Sorts the rows by id. Routers tell them nearly in that order.
    pub(super) fn sort(&mut self) {
        let bytes = &self.bytes;
        let id = |held: &Held| bytes.get(held.id..held.end).unwrap_or_default();
        self.held.sort_by(|one, other| by_id(id(one), id(other)));
    }

    /// Whether most of the memory holds what is no more in use.
    pub(super) fn is_wasteful(&self) -> bool {
        const ALWAYS: usize = 1 << 20;
        let used: usize = self.held.iter().map(|held| held.end - held.start).sum();
        ALWAYS + 2 * used < self.bytes.len()
    }
}

/// The order of ids: that of the hexadecimal numbers which they are.
#[inline]
fn by_id(one: &[u8], other: &[u8]) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(rows: &mut Rows, id: &str, cells: &[(usize, &str)]) {
        let (mut row, mut highest) = (rows.begin(), None);
        for (place, value) in cells {
            rows.put(&row, &mut highest, *place, value.as_bytes());
        }
        rows.end(&mut row, id.as_bytes());
        let place = rows.find(id.as_bytes(), 0);
        rows.set(place, row);
    }

    fn check(cells: &[(usize, &str)], expect: &[(usize, &str)]) {
        let mut rows = Rows::default();
        add(&mut rows, "*0", &[(1, "before")]);
        add(&mut rows, "*A", cells);
        let held = *rows.get(rows.find(b"*A", 0).unwrap()).unwrap();
        let found: Vec<_> = rows.cells(&held).collect();
        let expect: Vec<_> = expect.iter().map(|(place, value)| (*place, value.as_bytes())).collect();
        assert_eq!(found, expect);
        assert_eq!(rows.id(&held), b"*A");
    }

    #[test]
    fn the_last_of_two_values_counts() {
        check(&[(0, "a"), (2, ""), (1, "c")], &[(0, "a"), (2, ""), (1, "c")]);
        check(&[(0, "a"), (1, "b"), (0, "c")], &[(1, "b"), (0, "c")]);
        check(&[(1, "a"), (1, "b")], &[(1, "b")]);
    }

    #[test]
    fn rows_are_found_whatever_their_order() {
        let mut rows = Rows::default();
        for id in ["*10", "*2", "*F", "", "*1"] {
            add(&mut rows, id, &[(0, id)]);
        }
        let ids: Vec<_> = rows.iter().map(|held| rows.id(held)).collect();
        assert_eq!(ids, [b"".as_slice(), b"*1", b"*2", b"*F", b"*10"]);
        for guess in 0..6 {
            assert_eq!(rows.find(b"*F", guess), Ok(3));
            assert_eq!(rows.find(b"*E", guess), Err(3));
        }
    }
}
