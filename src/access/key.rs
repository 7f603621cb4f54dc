//! The key that credentials are sealed with, and where it is found.
//!
//! In this order: the variable `TIKWATCH_KEY`; the file that `TIKWATCH_KEY_FILE` names; `tikwatch-key` among systemd's
//! credentials; `$XDG_CONFIG_HOME/tikwatch/key` (`~/.config/tikwatch/key`), which is made when it is first needed.
//!
//! A key is 32 bytes, written as 64 hexadecimal digits. A file may hold several, one a line: the first seals, all of
//! them open; so a key can be changed without a moment in which something cannot be read.

#[cfg(test)]
mod tests;

use crate::store::file;
use sha2::{Digest as _, Sha256};
use std::ffi::OsString;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use zeroize::{Zeroize as _, Zeroizing};

/// How many bytes a key has.
pub(super) const LENGTH: usize = 32;

/// More than this is no key file.
const LONGEST_FILE: u64 = 4096;

/// One key.
#[derive(Clone)]
pub(super) struct Key {
    bytes: Zeroizing<[u8; LENGTH]>,
    /// The beginning of its SHA-256, by which a sealed record says which key it needs.
    id: [u8; 8],
}

/// The keys of an installation: the first one seals, all of them open.
#[derive(Clone)]
pub struct Keys {
    pub(super) seal: Key,
    pub(super) others: Vec<Key>,
    source: Source,
}

/// Where the keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    Variable,
    File(PathBuf),
    /// A file that we made ourselves.
    Ours(PathBuf),
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// What should be a key is none.
    #[error("{0} holds no key: a key is 64 hexadecimal digits, such as `openssl rand -hex 32` makes")]
    Malformed(String),
    /// The file cannot be read or made.
    #[error("the key file {0:?} cannot be used")]
    File(PathBuf, #[source] std::io::Error),
    /// Others may read the file.
    #[error("the key file {0:?} can be read by others: chmod 600 it, and rotate the key if somebody did")]
    Open(PathBuf),
    /// There is no place for it.
    #[error("there is no place for a key: set HOME, XDG_CONFIG_HOME, TIKWATCH_KEY_FILE or TIKWATCH_KEY")]
    NoPlace,
    /// A key that is not ours to change.
    #[error(
        "{0} gives the key, and tikwatch does not change it there: write a new key on a line before the old one, run \
         this again, then take the old one out"
    )]
    NotOurs(String),
    /// A key that is not ours to change lacks those of a backup.
    #[error(
        "{0} gives the key, and not the one that the backup was sealed with: run this as the service's user and without \
         {0} or the systemd credential, so that the keys go into ~/.config/tikwatch/key; then append those to the \
         service's key file, one a line, and remove that copy"
    )]
    Lacking(String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoChance,
}

impl Keys {
    /// Finds the keys, or makes one. `variable` gives the variables of the process.
    pub fn find(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, KeyError> {
        match Self::source(&variable)? {
            Source::Ours(path) => match Self::read(Source::Ours(path.clone())) {
                Err(KeyError::File(_, error)) if error.kind() == ErrorKind::NotFound => Self::make(path),
                found => found,
            },
            Source::Variable => {
                let text = variable("TIKWATCH_KEY").unwrap_or_default();
                Self::parse(&Zeroizing::new(text.into_string().unwrap_or_default()), Source::Variable)
            }
            file @ Source::File(_) => Self::read(file),
        }
    }

    /// Finds the keys, and makes none: for who needs those that something was sealed with.
    pub fn find_only(variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<Self>, KeyError> {
        match Self::source(&variable)? {
            Source::Ours(path) if !path.exists() => Ok(None),
            _ => Self::find(variable).map(Some),
        }
    }

    /// Finds the keys, and has those of a backup among them from now on: behind the ones that are there already, which
    /// seal on. In a place that is not ours the operator has to have put them there.
    pub fn find_with(variable: impl Fn(&str) -> Option<OsString>, backup: &str) -> Result<Self, KeyError> {
        let malformed = || KeyError::Malformed("the backup".to_owned());
        let brought = Self::parse(backup, Source::Variable).map_err(|_| malformed())?;
        let brought = std::iter::once(brought.seal).chain(brought.others);
        let source = Self::source(&variable)?;
        let there = match &source {
            Source::Ours(path) if !path.exists() => Vec::new(),
            _ => {
                let found = Self::find(&variable)?;
                std::iter::once(found.seal).chain(found.others).collect()
            }
        };
        let mut all = there.clone();
        for key in brought {
            if all.iter().all(|known| known.id != key.id) {
                all.push(key);
            }
        }
        let is_more = there.len() < all.len();
        if usize::try_from(LONGEST_FILE).is_ok_and(|most| most < all.len() * (2 * LENGTH + 1)) {
            return Err(malformed());
        }
        let keys = Self { seal: all.remove(0), others: all, source };
        match &keys.source {
            Source::Ours(path) if is_more => {
                if let Some(folder) = path.parent() {
                    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
                    made.map_err(|error| KeyError::File(path.clone(), error))?;
                }
                keys.save(path)?;
            }
            Source::File(path) if is_more => {
                return Err(KeyError::Lacking(format!("{:?}", path.display().to_string())));
            }
            Source::Variable if is_more => return Err(KeyError::Lacking("TIKWATCH_KEY".to_owned())),
            _ => {}
        }
        Ok(keys)
    }

    /// Where the keys come from.
    fn source(variable: &impl Fn(&str) -> Option<OsString>) -> Result<Source, KeyError> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        if given("TIKWATCH_KEY").is_some() {
            return Ok(Source::Variable);
        }
        if let Some(path) = given("TIKWATCH_KEY_FILE") {
            return Ok(Source::File(path.into()));
        }
        if let Some(folder) = given("CREDENTIALS_DIRECTORY") {
            let path = Path::new(&folder).join("tikwatch-key");
            if path.exists() {
                return Ok(Source::File(path));
            }
        }
        let config = given("XDG_CONFIG_HOME").map(PathBuf::from);
        let config = config.or_else(|| given("HOME").map(|home| Path::new(&home).join(".config")));
        Ok(Source::Ours(config.ok_or(KeyError::NoPlace)?.join("tikwatch").join("key")))
    }

    /// Keys that are gone when the process ends.
    pub fn temporary() -> Result<Self, KeyError> {
        Ok(Self { seal: Key::new()?, others: Vec::new(), source: Source::Variable })
    }

    /// These keys with a new one before them, in the file as well. In a place that is not ours the operator has to
    /// have put it there.
    pub fn with_new(&self) -> Result<Self, KeyError> {
        let place = match &self.source {
            Source::Ours(path) => {
                let mut others = vec![self.seal.clone()];
                others.extend(self.others.iter().cloned());
                let keys = Self { seal: Key::new()?, others, source: self.source.clone() };
                keys.save(path)?;
                return Ok(keys);
            }
            Source::File(path) => format!("{:?}", path.display().to_string()),
            Source::Variable => "TIKWATCH_KEY".to_owned(),
        };
        if self.others.is_empty() { Err(KeyError::NotOurs(place)) } else { Ok(self.clone()) }
    }

    /// Forgets all keys but the first, in the file too if it is ours. Gives whether it is.
    pub fn forget_old(&self) -> Result<bool, KeyError> {
        let Source::Ours(path) = &self.source else { return Ok(false) };
        Self { others: Vec::new(), ..self.clone() }.save(path)?;
        Ok(true)
    }

    /// All of them as the lines of a key file.
    pub(super) fn lines(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity((1 + self.others.len()) * (2 * LENGTH + 1)));
        for key in std::iter::once(&self.seal).chain(&self.others) {
            text.push_str(&key.line());
        }
        text
    }

    fn save(&self, path: &Path) -> Result<(), KeyError> {
        let text = self.lines();
        file::replace(path, text.as_bytes()).map_err(|error| KeyError::File(path.to_owned(), error))
    }

    fn make(path: PathBuf) -> Result<Self, KeyError> {
        let wrong = |error| KeyError::File(path.clone(), error);
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(wrong)?;
        }
        // Two programs that start at once must not each take a key of their own.
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        match made {
            Ok(mut file) => {
                let key = Key::new()?;
                file.write_all(key.line().as_bytes()).and_then(|()| file.sync_all()).map_err(wrong)?;
                Ok(Self { seal: key, others: Vec::new(), source: Source::Ours(path) })
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::read(Source::Ours(path)),
            Err(error) => Err(wrong(error)),
        }
    }

    fn read(source: Source) -> Result<Self, KeyError> {
        let (Source::File(path) | Source::Ours(path)) = &source else {
            return Err(KeyError::NoPlace);
        };
        let wrong = |error| KeyError::File(path.clone(), error);
        let file = std::fs::File::open(path).map_err(wrong)?;
        let others_may_read = file.metadata().map_err(wrong)?.mode() & 0o077 != 0;
        // A secret that an orchestrator mounts has the mode that the orchestrator gives it.
        if others_may_read && matches!(source, Source::Ours(_)) {
            return Err(KeyError::Open(path.clone()));
        }
        let mut text = Zeroizing::new(String::new());
        file.take(LONGEST_FILE).read_to_string(&mut text).map_err(wrong)?;
        Self::parse(&text, source)
    }

    fn parse(text: &str, source: Source) -> Result<Self, KeyError> {
        let wrong = || {
            KeyError::Malformed(match &source {
                Source::Variable => "TIKWATCH_KEY".to_owned(),
                Source::File(path) | Source::Ours(path) => format!("{:?}", path.display().to_string()),
            })
        };
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut keys = lines.map(|line| Key::parse(line).ok_or_else(wrong)).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(wrong());
        }
        let seal = keys.remove(0);
        Ok(Self { seal, others: keys, source })
    }

    /// The key of this id.
    pub(super) fn of(&self, id: &[u8]) -> Option<&Key> {
        std::iter::once(&self.seal).chain(&self.others).find(|key| key.id == id)
    }
}

impl Key {
    fn new() -> Result<Self, KeyError> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes).map_err(|_| KeyError::NoChance)?;
        Ok(Self::of(bytes))
    }

    fn of(mut bytes: [u8; LENGTH]) -> Self {
        let mut id = [0; 8];
        let digest = Sha256::digest(bytes);
        id.copy_from_slice(digest.get(..8).unwrap_or(&[0; 8]));
        let key = Self { bytes: Zeroizing::new(bytes), id };
        bytes.zeroize();
        key
    }

    fn parse(hex: &str) -> Option<Self> {
        let mut bytes = [0; LENGTH];
        if hex.len() != 2 * LENGTH || !hex.is_ascii() {
            return None;
        }
        for (byte, digits) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self::of(bytes))
    }

    /// A line of a key file.
    fn line(&self) -> Zeroizing<String> {
        let mut line = Zeroizing::new(String::with_capacity(2 * LENGTH + 1));
        for byte in self.bytes.iter() {
            line.push_str(&Zeroizing::new(format!("{byte:02x}")));
        }
        line.push('\n');
        line
    }

    pub(super) fn bytes(&self) -> &[u8; LENGTH] {
        &self.bytes
    }

    pub(super) fn id(&self) -> [u8; 8] {
        self.id
    }
}

impl std::fmt::Debug for Keys {
    /// Where they come from and how many there are.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys")
            .field("source", &self.source)
            .field("others", &self.others.len())
            .finish_non_exhaustive()
    }
}
