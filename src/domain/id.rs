//! What tells rows apart, small enough to be kept for every session.

use std::fmt::{Display, Formatter};

/// A row's `.id`: `*` and hexadecimal digits. Opaque; stable while the item lives, reused after a reboot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(u64);

/// An id that is not one, which no row can have: more than the 32 bits that RouterOS uses.
const NONE: u64 = u64::MAX;

impl ItemId {
    /// Reads an id. Text of another form is told apart by a mark made of it.
    #[inline]
    pub fn read(text: &[u8]) -> Self {
        let digits = text.strip_prefix(b"*").filter(|digits| matches!(digits.len(), 1..=15));
        Self(digits.and_then(hexadecimal).unwrap_or_else(|| 1 << 63 | Mark::of(text).0 >> 2))
    }

    /// The number in the id: ids grow with the age of their rows.
    pub fn number(self) -> u64 {
        self.0
    }

    /// Whether this is an id at all.
    #[inline]
    pub fn is_some(self) -> bool {
        self.0 != NONE
    }
}

impl Default for ItemId {
    /// No id.
    fn default() -> Self {
        Self(NONE)
    }
}

impl Display for ItemId {
    /// As RouterOS writes it.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "*{:X}", self.0)
    }
}

/// The value of each byte as a hexadecimal digit, 16 for all that are none.
#[expect(clippy::indexing_slicing, reason = "worked out while compiling, where a panic is an error")]
const DIGITS: [u8; 256] = {
    let mut values = [16; 256];
    let mut digit = 0;
    while digit < 16 {
        values[b"0123456789ABCDEF"[digit as usize] as usize] = digit;
        values[b"0123456789abcdef"[digit as usize] as usize] = digit;
        digit += 1;
    }
    values
};

#[inline]
fn hexadecimal(digits: &[u8]) -> Option<u64> {
    let (mut number, mut wrong) = (0, 0);
    for &digit in digits {
        let value = DIGITS.get(usize::from(digit)).copied().unwrap_or(16);
        wrong |= value;
        number = number << 4 | u64::from(value);
    }
    (wrong < 16).then_some(number)
}

/// A mark of some text: equal for equal text, and different for different text but for one case in 2^64.
///
/// It stands for text of which only a change matters. It is no protection against a router that makes two texts
/// with the same mark on purpose: such a router could as well send the same text twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mark(u64);

impl Mark {
    /// The mark of this text.
    #[inline]
    pub fn of(text: &[u8]) -> Self {
        const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
        let step = |mark: u64, chunk: u64| (mark ^ chunk).wrapping_mul(MIX).rotate_left(29);
        // A date and a time: what the loop below gives, without the loop.
        if let (16..=23, Some(start), Some(last)) =
            (text.len(), text.first_chunk::<16>(), text.last_chunk::<8>())
            && let ([first, second], []) = start.as_chunks::<8>()
        {
            let chunks = [first, second, last];
            return Self(
                chunks.iter().fold(text.len() as u64, |mark, chunk| step(mark, u64::from_le_bytes(**chunk))),
            );
        }
        let (chunks, rest) = text.as_chunks::<8>();
        let mark =
            chunks.iter().fold(text.len() as u64, |mark, chunk| step(mark, u64::from_le_bytes(*chunk)));
        // The rest is read with the bytes before it, which costs less than to go through it.
        let last = text.last_chunk::<8>().map_or_else(
            || rest.iter().fold(0, |last, &byte| last << 8 | u64::from(byte)),
            |last| u64::from_le_bytes(*last),
        );
        Self(step(mark, last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_and_written_as_routeros_does() {
        let check = |text: &str| assert_eq!(ItemId::read(text.as_bytes()).to_string(), text);
        check("*0");
        check("*F00000");
        check("*C0A80A08");
        assert!(!ItemId::default().is_some());
    }

    #[test]
    fn other_text_is_told_apart_too() {
        let texts = ["", "*", "5", "*G", "*1B59 ", "*12345678901234567", "abc", "abd"];
        for (n, one) in texts.iter().enumerate() {
            assert!(ItemId::read(one.as_bytes()).is_some());
            for other in texts.iter().skip(n + 1) {
                assert_ne!(
                    ItemId::read(one.as_bytes()),
                    ItemId::read(other.as_bytes()),
                    "{one:?} and {other:?}"
                );
            }
        }
    }

    #[test]
    fn marks_differ_where_text_does() {
        let texts =
            ["", "\0", "2026-03-02 11:30:44", "2026-03-02 11:30:45", "2026-03-02 11:31:44", "11:30:44"];
        for (n, one) in texts.iter().enumerate() {
            assert_eq!(Mark::of(one.as_bytes()), Mark::of(one.as_bytes()));
            for other in texts.iter().skip(n + 1) {
                assert_ne!(Mark::of(one.as_bytes()), Mark::of(other.as_bytes()), "{one:?} and {other:?}");
            }
        }
    }
}
