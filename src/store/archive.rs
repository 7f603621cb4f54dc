//! Everything that is ours as one file, to be taken elsewhere: a backup for people, unlike those of the store.
//!
//! ```text
//! tikwatch-backup 1                                       what it is, and the version of the format
//! {"at": …, "version": …, "sealed": {…} or null}          when and by whom it was made, how its key is derived
//! parts, compressed, and sealed if there is a passphrase
//! SHA-256 of all of the above
//! ```
//!
//! The last line finds what happens to files by accident, before anything else is done with one. What somebody did on
//! purpose to a sealed one is found as it is opened: it is sealed in pieces that know their place, which is the last,
//! and the two lines above them. Nothing that a file says of itself is believed: what a reader may be asked to hold, and
//! where it would write, is bounded by what there is in [`Part`].

mod head;
mod parts;
mod seal;

#[cfg(test)]
mod tests;

pub use head::Head;
pub use parts::{Part, PartsReader, PartsWriter};

use jiff::Timestamp;
use parts::Hashing;
use seal::{Sealing, Unsealing};
use secrecy::SecretString;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Write};

/// How many bytes a SHA-256 has.
const DIGEST: usize = 32;

/// zstd's own default: much is text.
const LEVEL: i32 = 3;

/// A reader is never asked to look further back than 8 MiB, as much as our writer needs.
const WINDOW_LOG: u32 = 23;

/// Why a backup cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is something else.
    #[error("this is no backup that `tikwatch backup` made")]
    Foreign,
    /// It was written by a later version.
    #[error("a later tikwatch made this backup (format {0}): use that one")]
    Newer(u32),
    /// It is not as it was written.
    #[error("the backup is damaged or was cut off ({0}): use another one")]
    Damaged(String),
    /// It is sealed.
    #[error("the backup is encrypted: give its passphrase")]
    Sealed,
    /// It cannot be opened with what was given.
    #[error("this is not the backup's passphrase, or the backup was changed on purpose")]
    Passphrase,
    /// What shall be written is more than what would be read back.
    #[error("the part `{0}` would be larger than what a restore takes")]
    TooLarge(String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoChance,
    /// The file or disk failed.
    #[error("the backup cannot be read or written")]
    Io(#[from] io::Error),
    /// What was read could not be put where it should go.
    #[error("what is in the backup cannot be written")]
    Out(#[source] io::Error),
}

/// A backup that is being written.
pub struct Archive<W: Write>(PartsWriter<zstd::Encoder<'static, Body<W>>>);

/// What comes after the head.
enum Body<W: Write> {
    Clear(Hashing<W>),
    Sealed(Sealing<Hashing<W>>),
}

impl<W: Write> Write for Body<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(out) => out.write(bytes),
            Self::Sealed(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(out) => out.flush(),
            Self::Sealed(out) => out.flush(),
        }
    }
}

impl<W: Write> Archive<W> {
    /// Begins one, sealed if there is a passphrase. Takes a core for a while then.
    pub fn begin(out: W, at: Timestamp, passphrase: Option<&SecretString>) -> Result<Self, ArchiveError> {
        let head = Head::new(at, passphrase.is_some())?;
        let text = head.text()?;
        let mut out = Hashing::new(out);
        out.write_all(&text)?;
        let body = match passphrase {
            Some(passphrase) => {
                let cipher = head.cipher(passphrase)?.ok_or(ArchiveError::Passphrase)?;
                Body::Sealed(Sealing::new(out, cipher, text))
            }
            None => Body::Clear(out),
        };
        Ok(Self(PartsWriter::new(zstd::Encoder::new(body, LEVEL)?)))
    }

    /// Adds a part of so many bytes, read from somewhere.
    pub fn add(&mut self, part: &Part, size: u64, from: &mut dyn Read) -> Result<(), ArchiveError> {
        self.0.add(part, size, from)
    }

    /// Ends it; gives what it was written to.
    pub fn finish(self) -> Result<W, ArchiveError> {
        let out = match self.0.finish()?.finish()? {
            Body::Clear(out) => out,
            Body::Sealed(out) => out.finish()?,
        };
        let digest = out.digest();
        let mut out = out.into_inner();
        out.write_all(&digest)?;
        out.flush()?;
        Ok(out)
    }
}

/// A backup that lies on a disk and is as it was written.
#[derive(Debug)]
pub struct Whole {
    file: File,
    head: Head,
    /// The head as it stands there.
    text: Vec<u8>,
    /// How many bytes come between the head and the digest.
    body: u64,
}

impl Whole {
    /// Reads all of a file to see that nothing in it differs from what was written.
    pub fn open(mut file: File) -> Result<Self, ArchiveError> {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(0))?;
        let mut all = BufReader::new(&mut file);
        let text = head::read(&mut all)?;
        let cut_off = || ArchiveError::Damaged("its end is missing".to_owned());
        let body = length.checked_sub((text.len() + DIGEST) as u64).ok_or_else(cut_off)?;
        let mut hashed = Hashing::new(io::sink());
        hashed.write_all(&text)?;
        if io::copy(&mut all.by_ref().take(body), &mut hashed)? != body {
            return Err(cut_off());
        }
        let mut digest = [0; DIGEST];
        all.read_exact(&mut digest)?;
        if hashed.digest() != digest {
            return Err(ArchiveError::Damaged("its SHA-256 is another one".to_owned()));
        }
        let head = Head::parse(&text)?;
        Ok(Self { file, head, text, body })
    }

    /// What it says of itself.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Hands each part over as it is read: with its size, and never more bytes than that. What was handed over is to be
    /// thrown away unless this succeeds: only then is all of it known to be as it was written.
    pub fn read(
        &mut self,
        passphrase: Option<&SecretString>,
        take: &mut dyn FnMut(&Part, u64, &mut dyn Read) -> io::Result<()>,
    ) -> Result<(), ArchiveError> {
        self.file.seek(SeekFrom::Start(self.text.len() as u64))?;
        let mut body = BufReader::new(&mut self.file).take(self.body);
        let opened: Box<dyn Read + '_> = if self.head.is_sealed() {
            let cipher = self.head.cipher(passphrase.ok_or(ArchiveError::Sealed)?)?;
            let cipher = cipher.ok_or(ArchiveError::Passphrase)?;
            let mut opened = Unsealing::new(&mut body, self.body, cipher, &self.text);
            // The first piece tells a wrong passphrase from all that can be wrong later on.
            opened.open_next().map_err(|_| ArchiveError::Passphrase)?;
            Box::new(opened)
        } else {
            Box::new(&mut body)
        };
        let mut decoder = zstd::Decoder::new(opened)?.single_frame();
        decoder.window_log_max(WINDOW_LOG)?;
        let mut parts = PartsReader::new(decoder);
        while parts.next(take)? {}
        let mut rest = parts.into_inner().finish();
        let left = rest.read(&mut [0; 1]).map_err(|error| ArchiveError::Damaged(error.to_string()))?;
        if left != 0 {
            return Err(ArchiveError::Damaged("something stands behind its end".to_owned()));
        }
        Ok(())
    }
}
