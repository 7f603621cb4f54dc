//! How rows of a reply begin: the same nearly always, so that a row is known by it.

/// The longest beginning that is remembered: `!re`, and a tag of ten digits.
const MOST: usize = 32;

/// How the last row began, up to and with its tag, and whose it was.
#[derive(Debug)]
pub(super) struct Head {
    /// The bytes, and zeros.
    start: [u8; MOST],
    /// Ones where `start` counts.
    mask: [u8; MOST],
    /// The number of bytes; 0 while there is none.
    size: usize,
    /// The place of its command among those in flight.
    pub(super) index: usize,
}

impl Head {
    /// No beginning, which no row has.
    pub(super) fn none() -> Self {
        Self { start: [0; MOST], mask: [0; MOST], size: 0, index: 0 }
    }

    /// A beginning, if it is not too long.
    pub(super) fn new(bytes: &[u8], index: usize) -> Self {
        let mut head = Self::none();
        if bytes.len() <= MOST {
            for ((start, mask), &byte) in head.start.iter_mut().zip(&mut head.mask).zip(bytes) {
                (*start, *mask) = (byte, 0xFF);
            }
            (head.size, head.index) = (bytes.len(), index);
        }
        head
    }

    /// The number of bytes by which these are known to begin a row of that command, or 0.
    ///
    /// Where fewer than [`MOST`] bytes are left it cannot be said so quickly, and nothing is lost by not saying it.
    #[inline]
    pub(super) fn begins(&self, bytes: &[u8]) -> usize {
        let Some(found) = bytes.first_chunk::<MOST>() else { return 0 };
        // Without a branch for each byte, so that all are compared at once.
        let pairs = found.iter().zip(&self.start).zip(&self.mask);
        let different = pairs.fold(0, |different, ((found, start), mask)| different | (found ^ start) & mask);
        if different == 0 { self.size } else { 0 }
    }
}
