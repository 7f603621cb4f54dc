//! The lines of a recording, as they are written and read.

use crate::domain::router::RouterName;
use jiff::Timestamp;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// The first line: what the file is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Always `recording`: the magic word.
    pub tikwatch: String,
    /// The version of the format.
    pub version: u32,
    /// The wall time of offset 0.
    pub started: Timestamp,
    /// What its operator called the router.
    pub router: RouterName,
    /// Whether names, addresses and comments are pseudonyms.
    pub redacted: bool,
    /// Which version of tikwatch wrote it.
    pub program: String,
}

impl Header {
    /// The header of a recording that begins now.
    pub fn new(router: RouterName, started: Timestamp, redacted: bool) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Self { tikwatch: "recording".to_owned(), version: super::VERSION, started, router, redacted, program }
    }
}

/// Any line after the first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Milliseconds since the start.
    pub at: u64,
    /// Which table this is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<u32>,
    /// What that table is, in the first line about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads: Option<TableLine>,
    /// Rows that are new or changed, by `.id`.
    #[serde(default, skip_serializing_if = "Pairs::is_empty")]
    pub rows: Pairs<RowChanges>,
    /// Rows that are no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
    /// The link to the router.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkState>,
    /// What the router is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
}

/// A table that is read from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableLine {
    /// The menu, such as `/ppp/active`.
    pub menu: String,
    /// The properties asked for; empty for all.
    pub properties: Vec<String>,
    /// Query words.
    pub query: Vec<String>,
    /// Whether its rows have an `.id`; a menu that is one row has not.
    pub items: bool,
}

/// The values of a row that are new; `None` for what it has no more.
pub type RowChanges = Pairs<Option<Value>>;

/// Whether the router answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkState {
    /// A session is open.
    Live,
    /// The connection was lost.
    Lost,
}

/// What the router is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The RouterOS version, such as `7.14.3 (stable)`.
    pub version: String,
    /// The board, such as `CCR2004-16G-2S+`.
    pub board: String,
}

/// A value: bytes, written as text where they are UTF-8.
#[derive(Clone, PartialEq, Eq)]
pub struct Value(pub Box<[u8]>);

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        String::from_utf8_lossy(&self.0).fmt(f)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => Pairs(vec![("hex".to_owned(), hex(&self.0))]).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, or an object with the key `hex`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
                Ok(Value(text.as_bytes().into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let digits = match map.next_entry::<String, String>()? {
                    Some((key, digits)) if key == "hex" => digits,
                    _ => return Err(A::Error::custom("an object without the key `hex` is no value")),
                };
                from_hex(&digits).map(Value).ok_or_else(|| A::Error::custom("`hex` needs pairs of digits"))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to memory does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn from_hex(digits: &str) -> Option<Box<[u8]>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// An object whose entries keep their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairs<V>(pub Vec<(String, V)>);

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Pairs<V> {
    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<V: Serialize> Serialize for Pairs<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Read<V> {
            type Value = Pairs<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<V>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Read(PhantomData))
    }
}
