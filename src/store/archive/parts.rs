//! The parts of a backup one after the other, each with its size and SHA-256, and at the end that of all of them.
//!
//! ```text
//! part   1, length of the name (1 byte), name, size (8 bytes), the bytes, their SHA-256
//! end    0, how many parts there were (4 bytes), SHA-256 of all before
//! ```

use super::{ArchiveError, DIGEST};
use sha2::{Digest as _, Sha256};
use std::io::{self, ErrorKind, Read, Write};

const MIB: u64 = 1 << 20;

/// A part of a backup. There are no others, so that none can say by its name where it wants to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The settings file.
    Settings,
    /// `.env` beside it.
    EnvFile,
    /// All records of the store.
    Store,
    /// The certificate that we made.
    Certificate,
    /// Its private key.
    CertificateKey,
    /// The keys that open what is sealed in the store.
    Keys,
    /// A recording, by the name of its file.
    Recording(String),
}

/// How the names of recordings begin as parts, and how they end.
const RECORDINGS: &str = "recordings/";
const RECORDING: &str = ".jsonl.zst";

/// More parts make no backup.
const MOST_PARTS: u16 = 10_000;

impl Part {
    /// Its name in a backup.
    pub fn name(&self) -> String {
        match self {
            Self::Settings => "settings.json".to_owned(),
            Self::EnvFile => ".env".to_owned(),
            Self::Store => "store.jsonl".to_owned(),
            Self::Certificate => "tls/certificate.pem".to_owned(),
            Self::CertificateKey => "tls/key.pem".to_owned(),
            Self::Keys => "keys".to_owned(),
            Self::Recording(file) => format!("{RECORDINGS}{file}"),
        }
    }

    /// The recording in a file of this name, if it is the name of one.
    pub fn recording(file: &str) -> Option<Self> {
        let is_plain = |letter: char| !letter.is_control() && letter != '/' && letter != '\\';
        let is_name = file.len() <= 200
            && file.ends_with(RECORDING)
            && !file.starts_with('.')
            && file.chars().all(is_plain);
        is_name.then(|| Self::Recording(file.to_owned()))
    }

    fn parse(name: &[u8]) -> Option<Self> {
        let name = std::str::from_utf8(name).ok()?;
        let known =
            [Self::Settings, Self::EnvFile, Self::Store, Self::Certificate, Self::CertificateKey, Self::Keys];
        let known = known.into_iter().find(|part| part.name() == name);
        known.or_else(|| Self::recording(name.strip_prefix(RECORDINGS)?))
    }

    /// The most bytes that it can have.
    fn most(&self) -> u64 {
        match self {
            Self::Settings => 4 * MIB,
            Self::EnvFile | Self::Certificate | Self::CertificateKey | Self::Keys => MIB,
            // It is read into memory as a whole: some two million entries of the audit log.
            Self::Store => 1024 * MIB,
            Self::Recording(_) => 64 * 1024 * MIB,
        }
    }

    /// Whether it would let somebody in, or open what is sealed.
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::EnvFile | Self::CertificateKey | Self::Keys)
    }
}

/// Passes bytes on and knows their SHA-256.
pub(super) struct Hashing<T> {
    inner: T,
    hasher: Sha256,
}

impl<T> Hashing<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, hasher: Sha256::new() }
    }

    /// Of all that passed until now.
    pub(super) fn digest(&self) -> [u8; DIGEST] {
        self.hasher.clone().finalize().into()
    }

    pub(super) fn into_inner(self) -> T {
        self.inner
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.hasher.update(into.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// Knows whether reading failed: who takes a part over may fail for other reasons.
struct Noting<R> {
    inner: R,
    failed: Option<String>,
}

impl<R: Read> Read for Noting<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.inner.read(into).inspect_err(|error| self.failed = Some(error.to_string()))
    }
}

/// Writes parts.
pub struct PartsWriter<W> {
    out: Hashing<W>,
    count: u32,
}

impl<W: Write> PartsWriter<W> {
    /// Into a file or a socket.
    pub fn new(out: W) -> Self {
        Self { out: Hashing::new(out), count: 0 }
    }

    /// Adds a part of so many bytes, read from somewhere.
    pub fn add(&mut self, part: &Part, size: u64, from: &mut dyn Read) -> Result<(), ArchiveError> {
        let name = part.name();
        if part.most() < size || u32::from(MOST_PARTS) <= self.count {
            return Err(ArchiveError::TooLarge(name));
        }
        let length = u8::try_from(name.len()).map_err(|_| ArchiveError::TooLarge(name.clone()))?;
        self.out.write_all(&[1, length])?;
        self.out.write_all(name.as_bytes())?;
        self.out.write_all(&size.to_be_bytes())?;
        let mut from = Hashing::new(from.take(size));
        if io::copy(&mut from, &mut self.out)? != size {
            return Err(ArchiveError::Io(io::Error::new(
                ErrorKind::UnexpectedEof,
                format!("`{name}` became shorter while it was read"),
            )));
        }
        self.out.write_all(&from.digest())?;
        self.count += 1;
        Ok(())
    }

    /// Writes the end; gives what all of it was written to.
    pub fn finish(mut self) -> Result<W, ArchiveError> {
        self.out.write_all(&[0])?;
        self.out.write_all(&self.count.to_be_bytes())?;
        let digest = self.out.digest();
        self.out.write_all(&digest)?;
        Ok(self.out.into_inner())
    }
}

/// Reads parts, believing nothing.
pub struct PartsReader<R> {
    from: Hashing<R>,
    seen: Vec<Part>,
}

impl<R: Read> PartsReader<R> {
    /// From a file or a socket.
    pub fn new(from: R) -> Self {
        Self { from: Hashing::new(from), seen: Vec::new() }
    }

    /// Hands the next part over; says whether there was one. After the last all of them are as they were written.
    pub fn next(
        &mut self,
        take: &mut dyn FnMut(&Part, u64, &mut dyn Read) -> io::Result<()>,
    ) -> Result<bool, ArchiveError> {
        match self.array()? {
            [0] => self.end().map(|()| false),
            [1] => self.part(take).map(|()| true),
            _ => Err(damaged("a part has no beginning")),
        }
    }

    fn part(
        &mut self,
        take: &mut dyn FnMut(&Part, u64, &mut dyn Read) -> io::Result<()>,
    ) -> Result<(), ArchiveError> {
        let [length] = self.array()?;
        let mut name = vec![0; length.into()];
        self.fill(&mut name)?;
        let part = Part::parse(&name).ok_or_else(|| damaged("it has a part that we do not know"))?;
        let size = u64::from_be_bytes(self.array()?);
        if part.most() < size || self.seen.contains(&part) || usize::from(MOST_PARTS) <= self.seen.len() {
            return Err(damaged("a part is too large, or there twice"));
        }
        let mut bytes = Hashing::new(Noting { inner: (&mut self.from).take(size), failed: None });
        if let Err(error) = take(&part, size, &mut bytes) {
            return Err(bytes.inner.failed.map_or(ArchiveError::Out(error), ArchiveError::Damaged));
        }
        // What nobody wanted is read all the same: its digest is behind it.
        io::copy(&mut bytes, &mut io::sink()).map_err(unreadable)?;
        let is_whole = bytes.inner.inner.limit() == 0;
        let digest = bytes.digest();
        if !is_whole || self.array()? != digest {
            return Err(damaged("a part is not as it was written"));
        }
        self.seen.push(part);
        Ok(())
    }

    fn end(&mut self) -> Result<(), ArchiveError> {
        let count = u32::from_be_bytes(self.array()?);
        let digest = self.from.digest();
        if usize::try_from(count) != Ok(self.seen.len()) || self.array()? != digest {
            return Err(damaged("parts are missing"));
        }
        if !self.seen.contains(&Part::Store) {
            return Err(damaged("it has no store"));
        }
        Ok(())
    }

    /// What is read from.
    pub fn into_inner(self) -> R {
        self.from.into_inner()
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ArchiveError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), ArchiveError> {
        self.from.read_exact(bytes).map_err(unreadable)
    }
}

fn damaged(what: &str) -> ArchiveError {
    ArchiveError::Damaged(what.to_owned())
}

/// What the layers below cannot read is damaged, or was: the file as a whole could be read a moment ago.
#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn unreadable(error: io::Error) -> ArchiveError {
    ArchiveError::Damaged(error.to_string())
}
