//! The keys of one object, taken one by one, so that what is left over is unknown.

use super::document::Node;
use super::problems::Problems;
use crate::domain::wrong::Wrong;
use std::ops::RangeInclusive;

/// One key with its value and where it was written.
#[derive(Clone)]
pub(super) struct Field {
    /// The key as we know it: `host`, also where the file says `router_ip`.
    pub(super) key: String,
    /// Where it was written: `routers[0].host`, `router_ip`, `MIKROTIK_HOST`.
    pub(super) path: String,
    /// What was written.
    pub(super) value: Node,
}

/// The fields of one object.
#[derive(Clone)]
pub(super) struct Fields(Vec<Field>);

impl Fields {
    /// The fields of `node`, which stands at `path`; anything but an object and every duplicate is a problem.
    pub(super) fn of(node: Node, path: &str, problems: &mut Problems) -> Self {
        let mut fields = Self(Vec::new());
        match node {
            Node::Object(entries) => {
                for (key, value) in entries {
                    let field_path = join(path, &key);
                    if fields.peek(&key).is_some() {
                        problems.add(field_path, Wrong::Twice);
                    } else {
                        fields.0.push(Field { key, path: field_path, value });
                    }
                }
            }
            other => problems.add(path, Wrong::NotObject(other.kind())),
        }
        fields
    }

    /// Fields that come from elsewhere.
    pub(super) fn from_list(list: Vec<Field>) -> Self {
        Self(list)
    }

    /// Whether there is nothing left.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a key, which stays.
    pub(super) fn peek(&self, key: &str) -> Option<&Node> {
        self.0.iter().find(|field| field.key == key).map(|field| &field.value)
    }

    /// Where a key was written.
    pub(super) fn path_of(&self, key: &str) -> String {
        self.0.iter().find(|field| field.key == key).map_or_else(String::new, |field| field.path.clone())
    }

    /// Where the first field was written, for problems that concern all of them.
    pub(super) fn first_path(&self) -> &str {
        self.0.first().map_or("", |field| &field.path)
    }

    /// Takes a key out.
    pub(super) fn take(&mut self, key: &str) -> Option<Field> {
        let at = self.0.iter().position(|field| field.key == key)?;
        Some(self.0.remove(at))
    }

    /// Puts a field in place of any of the same key.
    pub(super) fn replace(&mut self, field: Field) {
        self.take(&field.key);
        self.0.push(field);
    }

    /// Puts a field in if its key is missing.
    pub(super) fn fill_in(&mut self, field: Field) {
        if self.peek(&field.key).is_none() {
            self.0.push(field);
        }
    }

    /// The fields one by one.
    pub(super) fn into_list(self) -> Vec<Field> {
        self.0
    }

    /// Takes text, with its path.
    pub(super) fn text(&mut self, key: &str, problems: &mut Problems) -> Option<(String, String)> {
        let field = self.take(key)?;
        if let Node::Text(text) = field.value {
            return Some((field.path, text));
        }
        problems.add(field.path, Wrong::NotText(field.value.kind()));
        None
    }

    /// Takes text that has to be of a certain form; `parse` says what is wrong with it otherwise.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        problems: &mut Problems,
        parse: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let (path, text) = self.text(key, problems)?;
        parse(&text).map_err(|wrong| problems.add(path, wrong)).ok()
    }

    /// Takes a list of texts of a certain form, empty if there is none; `check` says what is wrong with one otherwise.
    pub(super) fn texts(
        &mut self,
        key: &str,
        problems: &mut Problems,
        check: impl Fn(&str) -> Result<(), Wrong>,
    ) -> Vec<String> {
        let Some(field) = self.take(key) else { return Vec::new() };
        let Node::List(list) = field.value else {
            problems.add(field.path, Wrong::NotTexts(field.value.kind()));
            return Vec::new();
        };
        let mut texts = Vec::new();
        for (index, node) in list.into_iter().enumerate() {
            let checked = match node {
                Node::Text(text) => check(&text).map(|()| texts.push(text)),
                other => Err(Wrong::NotText(other.kind())),
            };
            if let Err(wrong) = checked {
                problems.add(format!("{}[{index}]", field.path), wrong);
            }
        }
        texts
    }

    /// Takes `true` or `false`.
    pub(super) fn truth(&mut self, key: &str, problems: &mut Problems) -> Option<bool> {
        let field = self.take(key)?;
        if let Node::Truth(truth) = field.value {
            return Some(truth);
        }
        problems.add(field.path, Wrong::NotTruth(field.value.kind()));
        None
    }

    /// Takes a whole number in a range.
    pub(super) fn whole(
        &mut self,
        key: &str,
        range: RangeInclusive<u16>,
        problems: &mut Problems,
    ) -> Option<u16> {
        let field = self.take(key)?;
        if let Node::Number(number) = &field.value
            && let Some(whole) = number.as_u64().and_then(|whole| u16::try_from(whole).ok())
            && range.contains(&whole)
        {
            return Some(whole);
        }
        let (from, to) = range.into_inner();
        let wrong = match field.value {
            Node::Number(number) => Wrong::OutOfRange { from, to, given: number.to_string() },
            Node::Text(given) => Wrong::NumberInQuotes { from, to, given },
            other => Wrong::NotNumber { from, to, kind: other.kind() },
        };
        problems.add(field.path, wrong);
        None
    }

    /// Reports the fields that nobody took.
    pub(super) fn finish(self, known: &[&str], problems: &mut Problems) {
        for field in self.0 {
            problems.add(field.path, Wrong::UnknownKey(known.join(", ")));
        }
    }
}

/// The path of a key of the object at `path`; keys that are not plain words are quoted.
fn join(path: &str, key: &str) -> String {
    let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match (path.is_empty(), plain) {
        (true, true) => key.to_owned(),
        (false, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[{key:?}]"),
    }
}
