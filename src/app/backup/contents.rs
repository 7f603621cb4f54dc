//! What is ours, read at one moment.

use crate::access::Vault;
use crate::settings::SettingsFile;
use crate::store::archive::{ArchiveError, Part};
use anyhow::Context as _;
use jiff::Timestamp;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Settings that change all the time are read so often, to be of the same moment as the store.
const TRIES: usize = 5;

/// Larger files are none of ours.
const MOST_BYTES: u64 = 4 << 20;

/// Whose lines make an `.env` ours.
const VARIABLES: [&str; 3] = ["MIKROTIK_", "TIKWATCH_", "DEBUG="];

/// Takes a part of so many bytes.
pub(in crate::app) type Add<'a> = &'a mut dyn FnMut(&Part, u64, &mut dyn Read) -> Result<(), ArchiveError>;

/// What stands in a file that may hold a secret.
type Text = Zeroizing<Vec<u8>>;

/// Where everything is.
#[derive(Debug)]
pub(in crate::app) struct Source {
    /// The data folder.
    pub(in crate::app) data: PathBuf,
    /// Its store, and the keys to what is sealed there.
    pub(in crate::app) vault: Vault,
    /// The settings.
    pub(in crate::app) file: SettingsFile,
}

/// What a backup shall hold besides settings and store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) struct Wanted {
    /// What lets somebody in or opens what is sealed.
    pub(in crate::app) secrets: bool,
    /// The recordings.
    pub(in crate::app) recordings: bool,
}

impl Source {
    /// Hands all parts over.
    pub(in crate::app) fn give(&self, wanted: Wanted, at: Timestamp, add: Add<'_>) -> anyhow::Result<()> {
        let (settings, store) = self.at_one_moment(at)?;
        let settings = match settings {
            Some(settings) if !wanted.secrets => {
                let without = self.file.without_passwords(&settings);
                if without.is_none() {
                    tracing::warn!("the settings cannot be understood, and are left out of the backup");
                }
                without.map(|text| Zeroizing::new(text.into_bytes()))
            }
            settings => settings,
        };
        let mut bytes = |part: Part, bytes: &[u8]| add(&part, bytes.len() as u64, &mut &*bytes);
        if let Some(settings) = settings {
            bytes(Part::Settings, &settings)?;
        }
        bytes(Part::Store, &store)?;
        if wanted.secrets {
            bytes(Part::Keys, self.vault.keys().as_bytes())?;
            let env = self.file.path().with_file_name(".env");
            if let Some(env) = small(&env)?.filter(|env| is_ours(env)) {
                bytes(Part::EnvFile, &env)?;
            }
            let tls = self.data.join("tls");
            let pair = (small(&tls.join("certificate.pem"))?, small(&tls.join("key.pem"))?);
            if let (Some(certificate), Some(key)) = pair {
                bytes(Part::Certificate, &certificate)?;
                bytes(Part::CertificateKey, &key)?;
            }
        }
        if wanted.recordings {
            for (part, path) in recordings(&self.data.join("recordings")) {
                // The oldest go while new ones are written.
                let Ok(file) = File::open(&path) else { continue };
                let size = file.metadata()?.len();
                add(&part, size, &mut { file })?;
            }
        }
        Ok(())
    }

    /// The settings and the records of the store, as they belong together: passwords are in the store before the
    /// settings name their routers.
    fn at_one_moment(&self, at: Timestamp) -> anyhow::Result<(Option<Text>, Vec<u8>)> {
        let mut settings = small(self.file.path())?;
        for _ in 1..TRIES {
            let store = self.vault.store().export(&at.to_string())?;
            let after = small(self.file.path())?;
            if after == settings {
                return Ok((settings, store));
            }
            settings = after;
        }
        Ok((settings, self.vault.store().export(&at.to_string())?))
    }
}

/// The bytes of a file, if it is there. A folder of that name is somebody else's.
fn small(path: &Path) -> anyhow::Result<Option<Text>> {
    let shown = || format!("cannot read {:?}", path.display().to_string());
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.with_context(shown)?,
    };
    if file.metadata().with_context(shown)?.is_dir() {
        return Ok(None);
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).with_context(shown)?;
    Ok(Some(bytes))
}

/// Whether an `.env` has anything for us: others keep theirs in such files, too.
fn is_ours(env: &[u8]) -> bool {
    let text = String::from_utf8_lossy(env);
    text.lines().any(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        VARIABLES.iter().any(|name| line.starts_with(name))
    })
}

fn recordings(folder: &Path) -> Vec<(Part, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(Part, PathBuf)> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| Some((Part::recording(entry.file_name().to_str()?)?, entry.path())))
        .collect();
    found.sort_by(|(_, one), (_, other)| one.cmp(other));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_env_file_of_others_is_not_ours() {
        for ours in ["MIKROTIK_HOST=192.0.2.1", "A=b\n export  TIKWATCH_LOG=debug\n", "DEBUG=True"] {
            assert!(is_ours(ours.as_bytes()), "{ours}");
        }
        for not in ["", "# MIKROTIK_HOST=x", "AWS_SECRET=canary\nNODEBUG=1"] {
            assert!(!is_ours(not.as_bytes()), "{not}");
        }
    }
}
