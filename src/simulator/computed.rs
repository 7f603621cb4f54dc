//! A small table that is made anew at each read.

use super::world::{Cells, Name, Source};

/// Names and values of one row; columns that it lacks are left out.
pub type Values = Vec<(&'static str, Vec<u8>)>;

/// A table whose rows a function gives, in the order of their keys. Meant for some hundred rows at most.
pub struct Computed<F> {
    columns: &'static [&'static str],
    rows: F,
}

impl<F: Fn() -> Vec<(u64, Values)> + Send + Sync> Computed<F> {
    /// A table with these columns, in the router's order.
    pub fn new(columns: &'static [&'static str], rows: F) -> Self {
        Self { columns, rows }
    }
}

impl<F: Fn() -> Vec<(u64, Values)> + Send + Sync> Source for Computed<F> {
    fn columns(&self) -> Vec<Name> {
        self.columns.iter().map(|name| Name::Borrowed(*name)).collect()
    }

    fn visit(&self, after: Option<u64>, visit: &mut dyn FnMut(u64, &dyn Cells) -> bool) {
        for (key, values) in (self.rows)() {
            let wanted = after.is_none_or(|after| after < key);
            if wanted && !visit(key, &Row { columns: self.columns, values: &values }) {
                break;
            }
        }
    }
}

struct Row<'a> {
    columns: &'static [&'static str],
    values: &'a Values,
}

impl Cells for Row<'_> {
    fn put(&self, column: usize, out: &mut Vec<u8>) -> bool {
        let name = self.columns.get(column);
        match self.values.iter().find(|(found, _)| Some(found) == name) {
            Some((_, value)) => {
                out.extend_from_slice(value);
                true
            }
            None => false,
        }
    }
}

/// A value as text.
pub fn shown(value: impl std::fmt::Display) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// A value that a function appends.
pub fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}
