//! Sentences: words up to a word of length zero.

use super::word;

/// How large things may get before we stop believing the other side.
///
/// A wrong port (an HTTP or SSH banner) reads as absurd lengths; these caps keep it from costing memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest word, in bytes.
    pub word: usize,
    /// The longest sentence, in bytes with its prefixes.
    pub sentence: usize,
    /// The most bytes in one whole reply, where a sentence counts for [`ROW`] bytes at least.
    pub reply: u64,
}

impl Default for Limits {
    /// 16 MiB a word and a sentence, 256 MiB a reply (a million interfaces with our `.proplist`).
    fn default() -> Self {
        Self { word: 16 << 20, sentence: 16 << 20, reply: 256 << 20 }
    }
}

/// What a row counts for in a reply, however short it is: read, it takes about as much memory.
pub const ROW: u64 = 256;

/// Why the bytes of the other side are not the RouterOS API; the connection has to be closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// A first byte that the protocol reserves or leaves undefined.
    #[error("byte {0:#04x} cannot begin a word of the RouterOS API")]
    ControlByte(u8),
    /// A word longer than the limit.
    #[error("a word of {length} bytes is longer than the {limit} allowed")]
    WordTooLong {
        /// What the prefix announced.
        length: usize,
        /// The limit in force.
        limit: usize,
    },
    /// A sentence longer than the limit.
    #[error("a sentence is longer than the {limit} bytes allowed")]
    SentenceTooLong {
        /// The limit in force.
        limit: usize,
    },
    /// A whole reply longer than the limit.
    #[error("a reply is longer than the {limit} bytes allowed")]
    ReplyTooLong {
        /// The limit in force.
        limit: u64,
    },
    /// A sentence that does not begin with a reply word.
    #[error("a sentence begins with {0:?}, which is no reply of the RouterOS API")]
    NoReply(String),
}

/// One whole sentence as it stands in a buffer: encoded words without the closing empty word.
///
/// It was walked once by [`Splitter`], so iterating cannot fail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sentence<'a> {
    bytes: &'a [u8],
}

impl<'a> Sentence<'a> {
    /// The words in order.
    #[inline]
    pub fn words(self) -> Words<'a> {
        Words { bytes: self.bytes }
    }

    /// The first word and the rest, or `None` for an empty sentence.
    #[inline]
    pub fn split_first(self) -> Option<(&'a [u8], Sentence<'a>)> {
        let mut words = self.words();
        let first = words.next()?;
        Some((first, Sentence { bytes: words.bytes }))
    }

    /// The encoded words.
    pub(super) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The words after the first `size` bytes, where a word must begin.
    #[inline]
    pub(super) fn after(self, size: usize) -> Self {
        Self { bytes: self.bytes.get(size..).unwrap_or_default() }
    }

    /// The size on the wire without the closing empty word.
    pub fn len(self) -> usize {
        self.bytes.len()
    }

    /// Whether the sentence has no word at all: legal, and ignored by both sides.
    pub fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }
}

impl std::fmt::Debug for Sentence<'_> {
    /// Only the size: words of a sign-in hold passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sentence({} bytes)", self.bytes.len())
    }
}

/// Iterator over the words of a [`Sentence`].
#[derive(Clone)]
pub struct Words<'a> {
    bytes: &'a [u8],
}

impl<'a> Words<'a> {
    /// The words of encoded bytes that we made ourselves.
    pub(super) fn over(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// What follows `start` in the next word; `None` if that begins otherwise, or is longer than 127 bytes.
    ///
    /// For readers of the most frequent rows, who read the others word by word: it takes a few instructions.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "each word of the most frequent row: a call shows")]
    pub fn short_after<const N: usize>(&mut self, start: &[u8; N]) -> Option<&'a [u8]> {
        let (&length @ 0..0x80, rest) = self.bytes.split_first()? else { return None };
        let (word, rest) = rest.split_at_checked(usize::from(length))?;
        self.bytes = rest;
        let (found, value) = word.split_first_chunk::<N>()?;
        (found == start).then_some(value)
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let (&first, rest) = self.bytes.split_first()?;
        // Nearly all words are short.
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (length, prefix) = word::length(self.bytes).ok()??;
            (length, self.bytes.get(prefix..)?)
        };
        let (word, rest) = rest.split_at_checked(length)?;
        self.bytes = rest;
        Some(word)
    }
}

/// Finds where sentences end in a growing buffer, without reading any byte twice.
#[derive(Debug)]
pub struct Splitter {
    limits: Limits,
    /// Words of 1 to this many bytes have a length of one byte and are within the limit.
    short: u8,
    /// Bytes of the unfinished sentence already walked.
    walked: usize,
}

impl Splitter {
    /// A splitter at the start of a sentence.
    pub fn new(limits: Limits) -> Self {
        let short = u8::try_from(limits.word).unwrap_or(u8::MAX).min(0x7F);
        Self { limits, short, walked: 0 }
    }

    /// Whether nothing of the next sentence was walked yet.
    #[inline]
    pub(super) fn is_fresh(&self) -> bool {
        self.walked == 0
    }

    /// Takes the first `size` bytes of the next sentence for whole words, which the caller knows already.
    #[inline]
    pub(super) fn skip(&mut self, size: usize) {
        self.walked = size;
    }

    /// The first whole sentence in `bytes` and its size on the wire, or `None` while bytes are missing.
    ///
    /// `bytes` must begin where the last returned sentence ended; what was seen of an unfinished sentence
    /// is remembered until it is whole.
    #[inline]
    pub fn next<'a>(&mut self, bytes: &'a [u8]) -> Result<Option<(Sentence<'a>, usize)>, ProtocolError> {
        let within = bytes.len().min(self.limits.sentence);
        let mut at = self.walked;
        // Nearly all words are short and there.
        while let Some(&first) = bytes.get(at) {
            let end = at + 1 + usize::from(first);
            if self.short <= first.wrapping_sub(1) || within < end {
                break;
            }
            at = end;
        }
        if bytes.get(at) == Some(&0) {
            self.walked = 0;
            return Ok(Some((Sentence { bytes: bytes.get(..at).unwrap_or_default() }, at + 1)));
        }
        self.walked = at;
        self.any_words(bytes)
    }

    /// Goes on with words of any length, some of which may be missing.
    fn any_words<'a>(&mut self, bytes: &'a [u8]) -> Result<Option<(Sentence<'a>, usize)>, ProtocolError> {
        let mut at = self.walked;
        loop {
            let first = bytes.get(at).copied();
            let (length, prefix) = match first {
                Some(short @ 1..0x80) => (usize::from(short), 1),
                Some(0) => {
                    self.walked = 0;
                    let sentence = Sentence { bytes: bytes.get(..at).unwrap_or_default() };
                    return Ok(Some((sentence, at + 1)));
                }
                _ => {
                    let Some(long) = word::length(bytes.get(at..).unwrap_or_default())? else {
                        self.walked = at;
                        return Ok(None);
                    };
                    long
                }
            };
            if self.limits.word < length {
                return Err(ProtocolError::WordTooLong { length, limit: self.limits.word });
            }
            let end = at + prefix + length;
            if self.limits.sentence < end {
                return Err(ProtocolError::SentenceTooLong { limit: self.limits.sentence });
            }
            if length == 0 {
                // A length of zero in a longer form than needed.
                self.walked = 0;
                let sentence = Sentence { bytes: bytes.get(..at).unwrap_or_default() };
                return Ok(Some((sentence, end)));
            }
            if bytes.len() < end {
                self.walked = at;
                return Ok(None);
            }
            at = end;
        }
    }
}

/// How many empty sentences `bytes` begin with, a byte each; found many at a time.
pub(super) fn empty_sentences(bytes: &[u8]) -> usize {
    const AT_ONCE: usize = 64;
    let chunks = bytes.chunks_exact(AT_ONCE).take_while(|chunk| **chunk == [0; AT_ONCE]).count();
    let (_, rest) = bytes.split_at(chunks * AT_ONCE);
    chunks * AT_ONCE + rest.iter().take_while(|byte| **byte == 0).count()
}

/// Appends a whole sentence.
pub fn put_sentence<'w>(out: &mut Vec<u8>, words: impl IntoIterator<Item = &'w [u8]>) {
    for one in words {
        // A word of length zero would end the sentence early.
        if !one.is_empty() {
            word::put_word(out, one);
        }
    }
    out.push(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_all(limits: Limits, chunks: &[&[u8]]) -> Result<Vec<Vec<Vec<u8>>>, ProtocolError> {
        let mut splitter = Splitter::new(limits);
        let mut buffer = Vec::new();
        let mut sentences = Vec::new();
        for chunk in chunks {
            buffer.extend_from_slice(chunk);
            let mut used = 0;
            while let Some((sentence, size)) = splitter.next(&buffer[used..])? {
                sentences.push(sentence.words().map(<[u8]>::to_vec).collect());
                used += size;
            }
            buffer.drain(..used);
        }
        Ok(sentences)
    }

    #[test]
    fn a_sentence_cut_at_every_byte_is_the_same_sentence() {
        let long = vec![b'x'; 20_000];
        let words: Vec<&[u8]> = vec![b"!re", b"=name=<pppoe-ana>", &long, b"=comment="];
        let mut bytes = Vec::new();
        put_sentence(&mut bytes, words.iter().copied());
        let whole = read_all(Limits::default(), &[&bytes]).unwrap();
        for cut in (0..60).chain(bytes.len() - 40..bytes.len()) {
            let (left, right) = bytes.split_at(cut);
            assert_eq!(read_all(Limits::default(), &[left, right]).unwrap(), whole, "cut at {cut}");
        }
    }

    #[test]
    fn empty_sentences_are_seen_as_empty() {
        assert_eq!(read_all(Limits::default(), &[&[0, 0]]).unwrap(), vec![Vec::<Vec<u8>>::new(); 2]);
    }

    #[test]
    fn an_http_answer_is_refused_and_costs_nothing() {
        // 'H' is 0x48: a word of 72 bytes, then more of the page as lengths, until one is absurd.
        let page = [b"HTTP/1.1 400 Bad Request\r\n".as_slice(), &[b'\xff'; 100]].concat();
        assert!(read_all(Limits::default(), &[&page]).is_err());
    }

    #[test]
    fn words_and_sentences_are_capped() {
        let limits = Limits { word: 10, sentence: 25, reply: 100 };
        let check = |words: &[&[u8]]| {
            let mut bytes = Vec::new();
            put_sentence(&mut bytes, words.iter().copied());
            read_all(limits, &[&bytes]).map(|sentences| sentences.len())
        };
        assert_eq!(check(&[&[b'a'; 10]]), Ok(1));
        assert_eq!(check(&[&[b'a'; 11]]), Err(ProtocolError::WordTooLong { length: 11, limit: 10 }));
        assert_eq!(check(&[&[b'a'; 10][..]; 3]), Err(ProtocolError::SentenceTooLong { limit: 25 }));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_however_it_arrives(
            sentences in proptest::collection::vec(
                proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..200), 0..8), 0..8),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let mut bytes = Vec::new();
            for sentence in &sentences {
                put_sentence(&mut bytes, sentence.iter().map(Vec::as_slice));
            }
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(read_all(Limits::default(), &chunks).unwrap(), sentences);
        }

        #[test]
        fn nonsense_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read_all(Limits { word: 1000, sentence: 2000, reply: 5000 }, &[&bytes]);
        }
    }
    #[test]
    fn empty_sentences_are_counted_up_to_the_first_word() {
        for count in [0, 1, 63, 64, 65, 127, 128, 200] {
            let zeros = vec![0; count];
            assert_eq!(empty_sentences(&zeros), count);
            let then_more = [zeros.as_slice(), b"\x03!re\0\0"].concat();
            assert_eq!(empty_sentences(&then_more), count);
        }
    }
}
