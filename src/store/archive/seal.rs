//! Bytes sealed in pieces: each knows its place, whether it is the last, and the head before them.
//!
//! This is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) over XChaCha20-Poly1305: what was cut off, put elsewhere or
//! left out is found at the first piece that is wrong, and nothing of that piece is handed out.

use aead_stream::{NewStream as _, StreamBE32, StreamPrimitive as _};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{KeyInit as _, Payload};
use std::io::{self, ErrorKind, Read, Write};
use zeroize::Zeroizing;

/// What a nonce begins with; the number of the piece and whether it is the last are the rest.
pub(super) const NONCE: usize = 19;

/// How many bytes are sealed together.
const PIECE: usize = 64 * 1024;

/// So much longer is a piece that is sealed.
const TAG: usize = 16;

/// The key of one backup.
pub(super) struct Cipher(StreamBE32<XChaCha20Poly1305>);

impl Cipher {
    pub(super) fn new(key: &[u8; 32], nonce: [u8; NONCE]) -> Self {
        Self(StreamBE32::from_aead(XChaCha20Poly1305::new(key.into()), &nonce.into()))
    }
}

/// Seals what is written to it.
pub(super) struct Sealing<W> {
    out: W,
    cipher: Cipher,
    /// What stands before the pieces, and is authenticated with each.
    head: Vec<u8>,
    piece: Zeroizing<Vec<u8>>,
    number: u32,
}

impl<W: Write> Sealing<W> {
    pub(super) fn new(out: W, cipher: Cipher, head: Vec<u8>) -> Self {
        Self { out, cipher, head, piece: Zeroizing::new(Vec::with_capacity(PIECE)), number: 0 }
    }

    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        let payload = Payload { msg: &self.piece, aad: &self.head };
        let sealed = self.cipher.0.encrypt(self.number, is_last, payload);
        let sealed = sealed.map_err(|_| io::Error::other("a piece cannot be sealed"))?;
        self.number =
            self.number.checked_add(1).ok_or_else(|| io::Error::other("a backup cannot be that large"))?;
        self.piece.clear();
        self.out.write_all(&sealed)
    }

    /// Seals what is left as the last piece.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Only when there is more: a full piece may be the last.
        if self.piece.len() == PIECE && !bytes.is_empty() {
            self.seal(false)?;
        }
        let (now, _) = bytes.split_at_checked(PIECE - self.piece.len()).unwrap_or((bytes, &[]));
        self.piece.extend_from_slice(now);
        Ok(now.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Opens what was sealed.
pub(super) struct Unsealing<'a, R> {
    from: R,
    /// How many sealed bytes there are still.
    left: u64,
    cipher: Cipher,
    head: &'a [u8],
    piece: Zeroizing<Vec<u8>>,
    /// How much of the piece was read.
    at: usize,
    number: u32,
    is_over: bool,
}

impl<'a, R: Read> Unsealing<'a, R> {
    pub(super) fn new(from: R, length: u64, cipher: Cipher, head: &'a [u8]) -> Self {
        let piece = Zeroizing::new(Vec::new());
        Self { from, left: length, cipher, head, piece, at: 0, number: 0, is_over: false }
    }

    /// Opens the next piece, if there is one.
    pub(super) fn open_next(&mut self) -> io::Result<()> {
        if self.is_over {
            return Ok(());
        }
        let wrong = || io::Error::new(ErrorKind::InvalidData, "a piece is not as it was sealed");
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(PIECE + TAG);
        self.left = self.left.saturating_sub(length as u64);
        let is_last = self.left == 0;
        let mut sealed = vec![0; length];
        self.from.read_exact(&mut sealed)?;
        let payload = Payload { msg: &sealed, aad: self.head };
        let opened = self.cipher.0.decrypt(self.number, is_last, payload).map_err(|_| wrong())?;
        self.piece = Zeroizing::new(opened);
        self.at = 0;
        self.number = self.number.checked_add(1).ok_or_else(wrong)?;
        self.is_over = is_last;
        Ok(())
    }
}

impl<R: Read> Read for Unsealing<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() && !self.is_over {
            self.open_next()?;
        }
        let mut rest = self.piece.get(self.at..).unwrap_or_default();
        let count = rest.read(into)?;
        self.at += count;
        Ok(count)
    }
}
