//! Which rows and columns of a table a client wants, and how they are written.

use super::world::{Cells, Menu, Name};
use crate::routeros::query::Query;
use crate::routeros::server::{Replies, Request};
use crate::simulator::values::{put_id, put_number};

/// What a client wants to see of a menu.
pub struct Selection {
    wanted: Vec<Column>,
    /// Columns that only the query reads.
    asked: Vec<Column>,
    query: Option<Query>,
    scratch: Scratch,
}

#[derive(Debug, Clone)]
struct Column {
    name: Name,
    /// `None` is `.id`, which every item of a list has.
    index: Option<usize>,
}

/// The values of one row that a query reads, one after the other.
#[derive(Debug, Default)]
struct Scratch {
    values: Vec<u8>,
    /// Where each column's value lies, or `None` if the row has none.
    places: Vec<Option<(usize, usize)>>,
}

impl Selection {
    /// Reads `.proplist` and the query of a request; an error is the router's answer to a query it cannot read.
    pub fn new(menu: &Menu, request: &Request, sensitive: bool) -> Result<Self, String> {
        let query = match request.queries.as_slice() {
            [] => None,
            words => Some(Query::parse(words)?),
        };
        let hidden = |name: &str| !sensitive && menu.sensitive.contains(&name);
        let mut all = Vec::new();
        if !menu.singleton {
            all.push(Column { name: Name::Borrowed(".id"), index: None });
        }
        let columns = menu.source.columns().into_iter().enumerate();
        all.extend(
            columns
                .filter(|(_, name)| !hidden(name))
                .map(|(index, name)| Column { name, index: Some(index) }),
        );
        let mentioned: Vec<&[u8]> = request.queries.iter().map(|word| query_name(word)).collect();
        let asked =
            all.iter().filter(|column| mentioned.contains(&column.name.as_bytes())).cloned().collect();
        let wanted = match request.proplist() {
            None => all,
            Some(names) => {
                let column = |name: &&[u8]| all.iter().find(|one| one.name.as_bytes() == *name).cloned();
                names.iter().filter_map(column).collect()
            }
        };
        Ok(Self { wanted, asked, query, scratch: Scratch::default() })
    }

    /// Whether the query lets the row pass.
    pub fn passes(&mut self, key: u64, cells: &dyn Cells) -> bool {
        let Some(query) = &self.query else { return true };
        self.scratch.read(&self.asked, key, cells);
        let (asked, scratch) = (&self.asked, &self.scratch);
        query.matches(|name| {
            let index = asked.iter().position(|column| column.name.as_bytes() == name)?;
            scratch.value(index)
        })
    }

    /// Writes a row, if the query lets it pass; says whether it did.
    pub fn write(
        &mut self,
        key: u64,
        cells: &dyn Cells,
        section: Option<u64>,
        replies: &mut Replies<'_>,
    ) -> bool {
        if !self.passes(key, cells) {
            return false;
        }
        replies.row_with(|row| {
            for column in &self.wanted {
                row.put(column.name.as_bytes(), |out| put(column, key, cells, out));
            }
            if let Some(section) = section {
                row.put(b".section", |out| {
                    put_number(out, section);
                    true
                });
            }
        });
        true
    }

    /// Writes the value of one column; `false` if there is no such column or value.
    pub fn value(&self, name: &[u8], key: u64, cells: &dyn Cells, out: &mut Vec<u8>) -> bool {
        match self.wanted.iter().find(|column| column.name.as_bytes() == name) {
            Some(column) => put(column, key, cells, out),
            None => false,
        }
    }

    /// Writes all values as `name=value;name=value`, as `get` without `value-name` does.
    pub fn summary(&self, key: u64, cells: &dyn Cells) -> Vec<u8> {
        let mut out = Vec::new();
        for column in &self.wanted {
            let start = out.len();
            if 0 < start {
                out.push(b';');
            }
            out.extend_from_slice(column.name.as_bytes());
            out.push(b'=');
            if !put(column, key, cells, &mut out) {
                out.truncate(start);
            }
        }
        out
    }
}

impl Scratch {
    fn read(&mut self, columns: &[Column], key: u64, cells: &dyn Cells) {
        self.values.clear();
        self.places.clear();
        for column in columns {
            let start = self.values.len();
            let has = put(column, key, cells, &mut self.values);
            self.places.push(has.then_some((start, self.values.len())));
        }
    }

    fn value(&self, index: usize) -> Option<&[u8]> {
        let (start, end) = (*self.places.get(index)?)?;
        self.values.get(start..end)
    }
}

fn put(column: &Column, key: u64, cells: &dyn Cells, out: &mut Vec<u8>) -> bool {
    if let Some(index) = column.index {
        return cells.put(index, out);
    }
    put_id(out, key);
    true
}

/// The property that a query word reads, such as `type` of `?type=ether`, `?-type` or `?>type=a`.
fn query_name(word: &[u8]) -> &[u8] {
    let word = word.strip_prefix(b"?").unwrap_or(word);
    let word = match word.split_first() {
        Some((b'-' | b'<' | b'>' | b'=', rest)) => rest,
        _ => word,
    };
    word.split(|&byte| byte == b'=').next().unwrap_or_default()
}
