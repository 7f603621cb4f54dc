//! The length prefix in front of every word.
//!
//! A word is a length of one to five bytes, big-endian, then that many bytes (manual page "API", section
//! "Protocol"). Words are bytes, not text.

use super::sentence::ProtocolError;

/// The most bytes that one encoded length takes.
pub const MAX_PREFIX: usize = 5;

/// Appends a word with its length prefix, in the shortest form.
pub fn put_word(out: &mut Vec<u8>, word: &[u8]) {
    put_length(out, word.len());
    out.extend_from_slice(word);
}

/// Appends a word made of several parts, without joining them first.
pub fn put_word_parts(out: &mut Vec<u8>, parts: &[&[u8]]) {
    put_length(out, parts.iter().map(|part| part.len()).sum());
    for part in parts {
        out.extend_from_slice(part);
    }
}

/// Appends a word whose bytes `write` appends, so that they need not be gathered first to know their number; takes
/// all of it back when `write` says `false`.
#[inline]
pub fn put_word_with(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> bool) {
    let start = out.len();
    out.push(0);
    if !write(out) {
        return out.truncate(start);
    }
    let length = out.len().saturating_sub(start + 1);
    if let (Ok(short @ 0..=0x7F), Some(prefix)) = (u8::try_from(length), out.get_mut(start)) {
        *prefix = short;
    } else {
        let mut prefix = Vec::with_capacity(MAX_PREFIX);
        put_length(&mut prefix, length);
        out.splice(start..=start, prefix);
    }
}

/// Appends the length prefix of a word of `length` bytes, in the shortest form.
///
/// # Panics
///
/// Never for words that fit in memory; the protocol ends at 4 GiB − 1, and a longer word is cut by the
/// caller's limits long before.
#[inline]
pub fn put_length(out: &mut Vec<u8>, length: usize) {
    let bytes = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let [a, b, c, d] = bytes;
    match length {
        0..=0x7F => out.push(d),
        0x80..=0x3FFF => out.extend_from_slice(&[c | 0x80, d]),
        0x4000..=0x1F_FFFF => out.extend_from_slice(&[b | 0xC0, c, d]),
        0x20_0000..=0x0FFF_FFFF => out.extend_from_slice(&[a | 0xE0, b, c, d]),
        _ => out.extend_from_slice(&[0xF0, a, b, c, d]),
    }
}

/// A word's length and the number of bytes that its prefix takes, or `None` while bytes are missing.
///
/// Longer forms than needed are accepted, as RouterOS does. A first byte from `0xF1` on is undefined or a
/// reserved control byte: the stream cannot be read any further.
#[inline]
pub fn length(bytes: &[u8]) -> Result<Option<(usize, usize)>, ProtocolError> {
    let Some(&first) = bytes.first() else { return Ok(None) };
    if first < 0x80 {
        return Ok(Some((usize::from(first), 1)));
    }
    long_length(first, bytes)
}

fn long_length(first: u8, bytes: &[u8]) -> Result<Option<(usize, usize)>, ProtocolError> {
    let (high, prefix) = match first {
        0x80..=0xBF => (first & 0x3F, 2),
        0xC0..=0xDF => (first & 0x1F, 3),
        0xE0..=0xEF => (first & 0x0F, 4),
        0xF0 => (0, 5),
        _ => return Err(ProtocolError::ControlByte(first)),
    };
    let Some(rest) = bytes.get(1..prefix) else { return Ok(None) };
    let value = rest.iter().fold(usize::from(high), |value, &byte| (value << 8) | usize::from(byte));
    Ok(Some((value, prefix)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(value: usize, hex: &str) {
        let mut out = Vec::new();
        put_length(&mut out, value);
        let expect: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        assert_eq!(out, expect, "length {value:#x}");
        assert_eq!(length(&out), Ok(Some((value, out.len()))), "length {value:#x}");
        for cut in 0..out.len() {
            assert_eq!(length(&out[..cut]), Ok(None), "length {value:#x} cut at {cut}");
        }
    }

    #[test]
    fn every_length_range_has_its_prefix() {
        check(0, "00");
        check(1, "01");
        check(0x7F, "7F");
        check(0x80, "8080");
        check(0x87, "8087");
        check(0x3FFF, "BFFF");
        check(0x4000, "C04000");
        check(0x4321, "C04321");
        check(0x1F_FFFF, "DFFFFF");
        check(0x20_0000, "E0200000");
        check(0x2A_CDEF, "E02ACDEF");
        check(0x0FFF_FFFF, "EFFFFFFF");
        check(0x1000_0000, "F010000000");
        check(0x1000_0080, "F010000080");
    }

    #[test]
    fn a_word_of_unknown_length_gets_the_same_prefix() {
        for length in [0, 1, 0x7F, 0x80, 0x81, 0x3FFF, 0x4000, 0x1F_FFFF, 0x20_0000] {
            let word: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
            let (mut expect, mut out) = (b"before".to_vec(), b"before".to_vec());
            put_word(&mut expect, &word);
            put_word_with(&mut out, |out| {
                out.extend_from_slice(&word);
                true
            });
            assert!(out == expect, "length {length:#x}");
        }
    }

    #[test]
    fn a_word_that_is_none_after_all_leaves_nothing() {
        let mut out = b"before".to_vec();
        put_word_with(&mut out, |out| {
            out.extend_from_slice(b"begun");
            false
        });
        assert_eq!(out, b"before");
    }

    #[test]
    fn a_longer_form_than_needed_is_accepted() {
        assert_eq!(length(&[0x80, 0x05]), Ok(Some((5, 2))));
        assert_eq!(length(&[0xF0, 0, 0, 0, 5]), Ok(Some((5, 5))));
    }

    #[test]
    fn control_bytes_are_refused() {
        for first in 0xF1..=0xFF {
            assert_eq!(length(&[first, 0, 0, 0, 0]), Err(ProtocolError::ControlByte(first)));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in 0usize..0x1_0000_0000) {
            let mut out = Vec::new();
            put_length(&mut out, value);
            prop_assert_eq!(length(&out), Ok(Some((value, out.len()))));
        }

        #[test]
        fn nonsense_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..8)) {
            let _ = length(&bytes);
        }
    }
}
