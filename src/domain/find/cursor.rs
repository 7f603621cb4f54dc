//! Where a window ended, so that the next one begins there whatever came and went meanwhile.

use super::order::{Candidate, Sort, Standing, Value};
use serde::{Deserialize, Serialize};

/// The standing of the last row of a window, as text that means nothing to whoever carries it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    sort: String,
    value: Kept,
    name: String,
    router: String,
    id: u64,
}

/// A value that outlives its row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kept {
    /// The bits of the number: written in digits it could come back as another.
    #[serde(rename = "n")]
    Number(u64),
    #[serde(rename = "a")]
    Address(u64, u64),
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "g")]
    Gap,
}

impl Cursor {
    /// Where this row stands in this order.
    #[expect(clippy::cast_possible_truncation, reason = "the halves of an address")]
    pub(super) fn at(row: &Candidate<'_>, sort: Sort) -> Self {
        let Standing { value, name, router, id } = row.standing();
        Self {
            sort: sort.to_string(),
            value: match value {
                Value::Number(number) => Kept::Number(number.to_bits()),
                Value::Address(address) => Kept::Address((address >> 64) as u64, address as u64),
                Value::Text(text) => Kept::Text(text.to_owned()),
                Value::Gap => Kept::Gap,
            },
            name: name.to_owned(),
            router: router.to_owned(),
            id,
        }
    }

    /// Reads what [`Display`](std::fmt::Display) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let byte = |pair: &[u8; 2]| {
            let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            Some(digit(pair[0])? << 4 | digit(pair[1])?)
        };
        let bytes = pairs.iter().map(byte).collect::<Option<Vec<u8>>>().filter(|_| rest.is_empty())?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Whether it is a place in this order, and not in another.
    pub fn is_of(&self, sort: Sort) -> bool {
        self.sort == sort.to_string()
    }

    pub(super) fn standing(&self) -> Standing<'_> {
        let value = match &self.value {
            Kept::Number(bits) => Value::Number(f64::from_bits(*bits)),
            Kept::Address(high, low) => Value::Address(u128::from(*high) << 64 | u128::from(*low)),
            Kept::Text(text) => Value::Text(text),
            Kept::Gap => Value::Gap,
        };
        Standing { value, name: &self.name, router: &self.router, id: self.id }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| std::fmt::Error)?;
        json.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(bits: u64, name in ".*", address: (u64, u64)) {
            for value in [Kept::Number(bits), Kept::Text(name.clone()), Kept::Address(address.0, address.1)] {
                let cursor = Cursor { sort: "-down".into(), value, name: name.clone(), router: "r".into(), id: bits };
                prop_assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
            }
        }

        #[test]
        fn nonsense_is_no_cursor_and_no_harm(text in "[0-9a-f]{0,40}|.{0,20}") {
            prop_assert_eq!(Cursor::parse(&text), None);
        }
    }
}
