//! `tikwatch backup`: everything that is ours in one file, from a running service or from a folder whose service is
//! stopped.
//!
//! What lets somebody in, or opens what is sealed, is only in an encrypted one: a backup in clear may lie where others
//! read it, and without the keys the routers' passwords in it are of no use to them.

pub(super) mod automatic;
pub(super) mod contents;

use super::control::ask;
use super::{BackupOptions, Failure, credentials, owner};
use crate::access::{Actor, People};
use crate::settings::SettingsFile;
use crate::store::Store;
use crate::store::archive::{Archive, ArchiveError, Part};
use crate::store::file::Growing;
use anyhow::{Context as _, anyhow};
use contents::{Source, Wanted};
use jiff::Timestamp;
use std::io::{ErrorKind, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};

/// What the audit log calls it.
pub(super) const ACTION: &str = "backup.take";

/// How the names of backups end.
pub(super) const ENDING: &str = ".tikwatch-backup";

/// Makes a backup.
pub fn backup(options: &BackupOptions) -> Result<(), Failure> {
    let now = Timestamp::now();
    let wanted = Wanted { secrets: options.passphrase.is_some(), recordings: options.recordings };
    let out = Out::begin(options, now)?;
    let mut archive = Archive::begin(out, now, options.passphrase.as_ref()).map_err(broken)?;
    let mut parts = Vec::new();
    let mut add = |part: &Part, size: u64, from: &mut dyn Read| {
        parts.push(part.clone());
        archive.add(part, size, from)
    };
    if let Some(answer) = ask::backup(&options.data, wanted)? {
        answer.give(&mut add)?;
    } else {
        from_folder(options, now)?.give(wanted, now, &mut add).map_err(Failure::Running)?;
    }
    let written = archive.finish().map_err(broken)?.finish(options.force)?;
    tell(&parts, wanted, &written);
    Ok(())
}

fn broken(error: ArchiveError) -> Failure {
    Failure::Running(error.into())
}

/// Where everything is, if no service runs there.
fn from_folder(options: &BackupOptions, now: Timestamp) -> Result<Source, Failure> {
    let data = &options.data;
    if !Store::exists(data) {
        let data = data.display().to_string();
        return Err(Failure::Setup(anyhow!("{data:?} is no data folder of tikwatch")));
    }
    owner::check(data)?;
    let vault = credentials::whole_vault(data)?;
    let people = People::open(vault.clone()).map_err(Failure::setup)?;
    if let Err(error) = people.audit(&Actor::console(), ACTION, "all", "begun", now) {
        tracing::warn!(error = %error, "the audit log does not say that this backup was made: {error}");
    }
    let file = SettingsFile::new(&options.settings_file, options.environment.clone());
    Ok(Source { data: data.clone(), vault, file })
}

/// Says what was written, and what was left out on purpose.
fn tell(parts: &[Part], wanted: Wanted, written: &str) {
    let recordings = parts.iter().filter(|part| matches!(part, Part::Recording(_))).count();
    let others = parts.iter().filter(|part| !matches!(part, Part::Recording(_)));
    let names: Vec<String> = others.map(Part::name).collect();
    tracing::info!("{written}: {} and {recordings} recordings", names.join(", "));
    if !parts.contains(&Part::Settings) {
        tracing::warn!("the settings are not in it: there are none, or they cannot be understood");
    }
    if !wanted.secrets {
        tracing::warn!(
            "the backup is not encrypted, so it lacks the key to the routers' passwords, .env, and the certificate that \
             tikwatch made: keep the key elsewhere, or use --encrypt or --passphrase-file"
        );
    }
}

/// Where a backup goes.
enum Out {
    File(Growing, PathBuf),
    Stdout(std::io::Stdout),
}

impl Out {
    /// Nothing is asked for that could not be written.
    fn begin(options: &BackupOptions, now: Timestamp) -> Result<Self, Failure> {
        if options.out.as_deref() == Some(Path::new("-")) {
            let out = std::io::stdout();
            if out.is_terminal() {
                return Err(Failure::Setup(anyhow!("a backup is not for a terminal: send it to a file")));
            }
            return Ok(Self::Stdout(out));
        }
        let path = options.out.clone().unwrap_or_else(|| PathBuf::from(name(now)));
        if path.exists() && (!options.force || path.is_dir()) {
            return Err(taken(&path));
        }
        let begun = Growing::begin(&path);
        let begun = begun.with_context(|| format!("cannot write {:?}", path.display().to_string()));
        Ok(Self::File(begun.map_err(Failure::Setup)?, path))
    }

    /// Puts it in its place; says where that is.
    fn finish(self, force: bool) -> Result<String, Failure> {
        let (file, path) = match self {
            Self::Stdout(_) => return Ok("wrote the backup to standard output".to_owned()),
            Self::File(file, path) => (file, path),
        };
        let put = if force { file.put_in_place() } else { file.put_in_place_if_free() };
        put.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => taken(&path),
            _ => Failure::Running(error.into()),
        })?;
        Ok(format!("wrote {:?}", path.display().to_string()))
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::File(file, _) => file.write(bytes),
            Self::Stdout(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::File(file, _) => file.flush(),
            Self::Stdout(out) => out.flush(),
        }
    }
}

fn taken(path: &Path) -> Failure {
    let path = path.display().to_string();
    Failure::Setup(anyhow!("{path:?} is there already: take another name, or --force to replace it"))
}

/// The name of a backup made at this time.
pub(super) fn name(at: Timestamp) -> String {
    format!("tikwatch-{}{ENDING}", at.strftime("%Y%m%dT%H%M%SZ"))
}
