//! What a backup says of itself in clear, and how its key is derived from a passphrase.

use super::ArchiveError;
use super::seal::{Cipher, NONCE};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::ops::RangeInclusive;
use zeroize::Zeroizing;

/// The first line, up to the version.
const KIND: &str = "tikwatch-backup ";
const FORMAT: u32 = 1;

/// No line of a head is longer.
const LONGEST_LINE: u64 = 1024;

/// What a passphrase costs whoever tries one: more than a sign-in does, since nobody counts the tries.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;

/// What a file may ask of who reads it.
const MEMORY_ALLOWED: RangeInclusive<u32> = 8 * 1024..=256 * 1024;
const PASSES_ALLOWED: RangeInclusive<u32> = 1..=10;
const LANES_ALLOWED: RangeInclusive<u32> = 1..=4;

const SALT: usize = 16;

/// When and by which version a backup was made, and how it is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// When.
    pub at: Timestamp,
    /// The version of tikwatch.
    pub version: String,
    sealed: Option<Sealed>,
}

/// How the key is derived with Argon2id, and the nonce that the pieces begin with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    nonce: String,
}

impl Head {
    /// Of a backup made now.
    pub(super) fn new(at: Timestamp, is_sealed: bool) -> Result<Self, ArchiveError> {
        let sealed = if is_sealed {
            let (mut salt, mut nonce) = ([0; SALT], [0; NONCE]);
            getrandom::fill(&mut salt).map_err(|_| ArchiveError::NoChance)?;
            getrandom::fill(&mut nonce).map_err(|_| ArchiveError::NoChance)?;
            let (salt, nonce) = (BASE64.encode(salt), BASE64.encode(nonce));
            Some(Sealed { memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES, salt, nonce })
        } else {
            None
        };
        Ok(Self { at, version: env!("CARGO_PKG_VERSION").to_owned(), sealed })
    }

    /// Of a file that begins like a backup of ours; the rest of it is not looked at.
    pub fn of(file: &File) -> Result<Self, ArchiveError> {
        Self::parse(&read(&mut BufReader::new(file))?)
    }

    /// Whether a passphrase is needed.
    pub fn is_sealed(&self) -> bool {
        self.sealed.is_some()
    }

    /// Its two lines.
    pub(super) fn text(&self) -> Result<Vec<u8>, ArchiveError> {
        let json = serde_json::to_string(self).map_err(std::io::Error::from)?;
        Ok(format!("{KIND}{FORMAT}\n{json}\n").into_bytes())
    }

    /// Understands what [`read`] read.
    pub(super) fn parse(text: &[u8]) -> Result<Self, ArchiveError> {
        let wrong = || ArchiveError::Damaged("its head cannot be understood".to_owned());
        let mut lines = text.split(|byte| *byte == b'\n');
        let head: Self = serde_json::from_slice(lines.nth(1).ok_or_else(wrong)?).map_err(|_| wrong())?;
        // It is shown to people.
        let is_plain = |letter: u8| letter.is_ascii_alphanumeric() || b".+-".contains(&letter);
        if 32 < head.version.len() || !head.version.bytes().all(is_plain) {
            return Err(wrong());
        }
        Ok(head)
    }

    /// What opens or seals the pieces; nothing if it is not sealed. Takes a core for a while, and the memory that the
    /// head asks for, if that is no more than what is allowed.
    pub(super) fn cipher(&self, passphrase: &SecretString) -> Result<Option<Cipher>, ArchiveError> {
        let Some(sealed) = &self.sealed else { return Ok(None) };
        let wrong = || ArchiveError::Damaged("its head asks for what no backup of ours does".to_owned());
        let is_allowed = MEMORY_ALLOWED.contains(&sealed.memory_kib)
            && PASSES_ALLOWED.contains(&sealed.passes)
            && LANES_ALLOWED.contains(&sealed.lanes);
        let salt = BASE64.decode(&sealed.salt).ok().filter(|salt| salt.len() == SALT);
        let nonce = BASE64.decode(&sealed.nonce).ok().and_then(|nonce| <[u8; NONCE]>::try_from(nonce).ok());
        let (Some(salt), Some(nonce), true) = (salt, nonce, is_allowed) else { return Err(wrong()) };
        let mut key = Zeroizing::new([0; 32]);
        let params = Params::new(sealed.memory_kib, sealed.passes, sealed.lanes, Some(key.len()));
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.map_err(|_| wrong())?);
        let derived = argon2.hash_password_into(passphrase.expose_secret().as_bytes(), &salt, &mut key[..]);
        derived.map_err(|_| wrong())?;
        Ok(Some(Cipher::new(&key, nonce)))
    }
}

/// Reads the two lines of a head, if this is a backup of ours and of a version that we know.
pub(super) fn read(from: &mut impl BufRead) -> Result<Vec<u8>, ArchiveError> {
    let mut text = Vec::new();
    from.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut text)?;
    let first = std::str::from_utf8(&text).ok().and_then(|line| line.strip_prefix(KIND));
    let format = first.and_then(|rest| rest.strip_suffix('\n')?.parse::<u32>().ok());
    match format {
        Some(FORMAT) => {}
        Some(format) if FORMAT < format => return Err(ArchiveError::Newer(format)),
        _ => return Err(ArchiveError::Foreign),
    }
    from.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut text)?;
    if text.ends_with(b"}\n") {
        Ok(text)
    } else {
        Err(ArchiveError::Damaged("its head cannot be understood".to_owned()))
    }
}
