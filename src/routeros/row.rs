//! Typed access to the attributes of one `!re` row.

use super::sentence::{Sentence, Words};
use std::borrow::Cow;

/// How bytes that are not UTF-8 become text.
///
/// RouterOS stores what it was given; WinBox on Windows writes the PC's code page. Text is read as UTF-8 when
/// it is valid UTF-8, else in this code page. Every byte becomes a character, nothing is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset(&'static encoding_rs::Encoding);

impl Default for Charset {
    /// windows-1252, the code page of Western European and American PCs.
    fn default() -> Self {
        Self(encoding_rs::WINDOWS_1252)
    }
}

impl Charset {
    /// The code page of this name ("windows-1251", "gbk", …: the labels of the WHATWG encoding standard).
    pub fn named(label: &str) -> Option<Self> {
        encoding_rs::Encoding::for_label(label.as_bytes()).map(Self)
    }

    /// Its standard name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Bytes as text.
    #[inline]
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => self.0.decode_without_bom_handling(bytes).0,
        }
    }
}

/// The attributes of one row, borrowed from the receive buffer.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    words: Sentence<'a>,
    charset: Charset,
}

impl<'a> Row<'a> {
    /// A row of the words that follow `!re`.
    pub fn new(words: Sentence<'a>, charset: Charset) -> Self {
        Self { words, charset }
    }

    /// How text in this row is read.
    pub fn charset(self) -> Charset {
        self.charset
    }

    /// Name and value of each attribute, in the router's order; other words (`.tag=…`) are left out.
    ///
    /// A word is split at its second `=`, so a value may hold `=`, line ends, or nothing.
    #[inline]
    pub fn attributes(self) -> Attributes<'a> {
        Attributes { words: self.words.words() }
    }

    /// The words as they stand: `=name=value`, and perhaps a tag among them.
    #[inline]
    pub fn words(self) -> Words<'a> {
        self.words.words()
    }

    /// Appends the row as one sentence, to be read again by a [`Splitter`](super::sentence::Splitter).
    pub fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.words.bytes());
        out.push(0);
    }

    /// The value of an attribute, as bytes. Of duplicates the last one counts, as in RouterOS itself.
    pub fn bytes(self, name: &str) -> Option<&'a [u8]> {
        self.attributes().filter(|(found, _)| *found == name.as_bytes()).last().map(|(_, value)| value)
    }

    /// The value of an attribute, as text.
    pub fn text(self, name: &str) -> Option<Cow<'a, str>> {
        self.bytes(name).map(|value| self.charset.decode(value))
    }
}

impl std::fmt::Debug for Row<'_> {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.attributes().map(|(name, _)| String::from_utf8_lossy(name))).finish()
    }
}

/// Iterator over the attributes of a [`Row`].
#[derive(Clone)]
pub struct Attributes<'a> {
    words: Words<'a>,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a [u8], &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(pair) = attribute(self.words.next()?) {
                return Some(pair);
            }
        }
    }
}

/// Splits `=name=value`; `None` for any other word.
#[inline]
pub fn attribute(word: &[u8]) -> Option<(&[u8], &[u8])> {
    let (b'=', rest) = word.split_first()? else { return None };
    let middle = rest.iter().position(|&byte| byte == b'=')?;
    let (name, value) = rest.split_at(middle);
    Some((name, value.get(1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routeros::sentence::{Limits, Splitter, put_sentence};

    fn check<T: PartialEq + std::fmt::Debug>(words: &[&[u8]], read: impl Fn(Row<'_>) -> T, expect: &T) {
        let mut bytes = Vec::new();
        put_sentence(&mut bytes, words.iter().copied());
        let (sentence, _) = Splitter::new(Limits::default()).next(&bytes).unwrap().unwrap();
        assert_eq!(&read(Row::new(sentence, Charset::default())), expect);
    }

    #[test]
    fn values_keep_their_equal_signs_and_may_be_empty() {
        check(&[b"=comment=a=b=c"], |row| row.text("comment").map(Cow::into_owned), &Some("a=b=c".into()));
        check(&[b"=comment="], |row| row.text("comment").map(Cow::into_owned), &Some(String::new()));
        check(&[b"=comment=x"], |row| row.text("name").map(Cow::into_owned), &None);
    }

    #[test]
    fn a_tag_before_the_attributes_is_no_attribute() {
        check(&[b".tag=5", b"=.id=*1"], |row| row.attributes().count(), &1);
    }

    #[test]
    fn the_last_of_two_values_counts() {
        check(&[b"=name=a", b"=name=b"], |row| row.bytes("name").map(<[u8]>::to_vec), &Some(b"b".to_vec()));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_read_in_the_code_page() {
        check(&[b"=name=Jos\xe9"], |row| row.text("name").map(Cow::into_owned), &Some("José".into()));
        let cyrillic = Charset::named("windows-1251").unwrap();
        assert_eq!(cyrillic.decode(b"\xc0\xed\xed\xe0"), "Анна");
    }
}
