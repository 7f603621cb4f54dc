//! One changing command: as words for the wire, and as a person would type it.

use super::input::Password;
use super::item::Item;
use crate::domain::id::ItemId;
use crate::domain::units::Text;
use crate::domain::visible;
use crate::routeros::Command;
use secrecy::ExposeSecret as _;
use std::fmt::Write as _;

/// A command that changes something.
#[derive(Debug, Clone)]
pub struct Order {
    path: &'static str,
    item: Option<ItemId>,
    words: Vec<(&'static str, Value)>,
}

#[derive(Debug, Clone)]
enum Value {
    Shown(Text),
    Secret(Password),
}

impl Order {
    pub(super) fn new(path: &'static str) -> Self {
        Self { path, item: None, words: Vec::new() }
    }

    /// A command about this row.
    pub(super) fn about(path: &'static str, item: &Item) -> Self {
        Self { item: Some(item.id()), ..Self::new(path) }
    }

    /// The command that forgets a cookie of a hotspot.
    pub fn forget_cookie(id: ItemId) -> Self {
        Self { item: Some(id), ..Self::new("/ip/hotspot/cookie/remove") }
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.words.push((name, Value::Shown(value.into())));
        self
    }

    /// The same, left out if there is nothing to say.
    pub(super) fn with_some(self, name: &'static str, value: &str) -> Self {
        if value.is_empty() { self } else { self.with(name, value) }
    }

    pub(super) fn secret(mut self, name: &'static str, value: &Password) -> Self {
        self.words.push((name, Value::Secret(value.clone())));
        self
    }

    /// As it goes on the wire. Text goes out as UTF-8, which is how it is read first, whatever the code page is.
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.path);
        if let Some(id) = self.item {
            command = command.attribute(".id", id.to_string());
        }
        self.words.iter().fold(command, |command, (name, value)| match value {
            Value::Shown(text) => command.attribute(name, text),
            Value::Secret(password) => command.attribute(name, password.secret().expose_secret()),
        })
    }

    /// As a person would type it: `/ppp secret set *1F profile="home"`. Passwords are stars.
    pub fn typed(&self) -> String {
        let mut line = format!("/{}", self.path.trim_start_matches('/').replace('/', " "));
        if let Some(id) = self.item {
            let _ = write!(line, " {id}");
        }
        for (name, value) in &self.words {
            let _ = match value {
                Value::Shown(text) => write!(line, " {name}={}", quoted(text)),
                Value::Secret(_) => write!(line, " {name}=***"),
            };
        }
        line
    }
}

/// Text as RouterOS takes it between quotes; what a person could not see is written as its bytes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' | '$' | '?' => out.extend(['\\', letter]),
            letter if visible::is_hidden(letter) => {
                for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(out, "\\{byte:02X}");
                }
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}
