//! The columns of a CSV file: those of the rows, with what has parts of its own spread out.

use crate::api::list::{self, Columns};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// The column in which rows repeat their texts with control characters written out, for pages.
const REPEATED: &str = "shown";

/// The columns of a file, in the order of the rows' fields.
pub(super) struct Head {
    /// Each with the part of it that has a column of its own.
    columns: Vec<(String, Option<String>)>,
    names: Vec<Value>,
    has_repeated: bool,
}

impl Head {
    /// The columns of rows of this type, of those that are asked for.
    pub(super) fn of<R: ToSchema>(wanted: &Columns) -> Self {
        let mut parts = Vec::new();
        R::schemas(&mut parts);
        let known = list::columns::<R>();
        let (repeated, others): (Vec<_>, Vec<_>) =
            known.into_iter().filter(|name| wanted.has(name)).partition(|name| name == REPEATED);
        let spread = |name: String| match parts_of::<R>(&name, &parts) {
            Some(parts) => parts.into_iter().map(|part| (name.clone(), Some(part))).collect(),
            None => vec![(name, None)],
        };
        let columns: Vec<_> = others.into_iter().flat_map(spread).collect();
        let name = |(name, part): &(String, Option<String>)| match part {
            Some(part) => Value::String(format!("{name}.{part}")),
            None => Value::String(name.clone()),
        };
        Self { names: columns.iter().map(name).collect(), columns, has_repeated: !repeated.is_empty() }
    }

    /// What stands in the first line.
    pub(super) fn names(&self) -> &[Value] {
        &self.names
    }

    /// What a row has in each column.
    pub(super) fn cells<'a>(&'a self, row: &'a Value) -> impl Iterator<Item = &'a Value> {
        self.columns.iter().map(move |(name, part)| {
            let whole = row.get(name);
            let found = match part {
                Some(part) => whole.and_then(|whole| whole.get(part)),
                None => whole,
            };
            found.unwrap_or(&Value::Null)
        })
    }

    /// The column of the rows that CSV does without.
    pub(super) fn repeated(&self) -> Option<&'static str> {
        self.has_repeated.then_some(REPEATED)
    }
}

/// The parts of a column that has some, always the same ones.
fn parts_of<R: ToSchema>(column: &str, known: &[(String, RefOr<Schema>)]) -> Option<Vec<String>> {
    let RefOr::T(Schema::Object(row)) = R::schema() else { return None };
    let RefOr::Ref(part) = row.properties.get(column)? else { return None };
    let name = part.ref_location.rsplit('/').next()?;
    let (_, schema) = known.iter().find(|(known, _)| known == name)?;
    let RefOr::T(Schema::Object(object)) = schema else { return None };
    let names: Vec<String> = object.properties.keys().cloned().collect();
    (!names.is_empty()).then_some(names)
}
