//! Copies of all records as text, from which a damaged store is made anew.
//!
//! A backup is a file of JSON lines: a head, a line for each record, and the SHA-256 of all before it, without which it
//! is not believed. Values are what the store holds: secrets in them are sealed or hashes, as they are there.

use super::file;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::DirBuilder;
use std::io::{Error, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The folder of backups within the data folder.
pub(super) const FOLDER: &str = "backups";

/// So many are kept.
const MOST: usize = 8;

const FORMAT: u32 = 1;
const KIND: &str = "store";

/// All records at one moment.
#[derive(Debug)]
pub(super) struct Backup {
    /// How many changes had been made.
    pub(super) changes: u64,
    /// When it was made, as RFC 3339.
    pub(super) at: String,
    pub(super) records: Vec<(String, Vec<u8>)>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    tikwatch: String,
    format: u32,
    changes: u64,
    at: String,
    records: usize,
}

#[derive(Serialize, Deserialize)]
struct Record {
    key: String,
    value: String,
}

#[derive(Serialize, Deserialize)]
struct Foot {
    sha256: String,
}

/// Writes a backup, and removes those that are too many.
pub(super) fn write(data: &Path, backup: Backup) -> Result<PathBuf, Error> {
    let folder = data.join(FOLDER);
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let path = data.join(place(backup.changes));
    file::replace(&path, &text(backup)?)?;
    for (_, old) in all(data).into_iter().skip(MOST) {
        std::fs::remove_file(old)?;
    }
    Ok(path)
}

/// Where in the data folder a backup of so many changes is.
pub(super) fn place(changes: u64) -> PathBuf {
    Path::new(FOLDER).join(format!("store-{changes:012}.jsonl"))
}

/// A backup as text.
pub(super) fn text(backup: Backup) -> Result<Vec<u8>, Error> {
    let Backup { changes, at, records } = backup;
    let mut text = Vec::new();
    let head = Head { tikwatch: KIND.to_owned(), format: FORMAT, changes, at, records: records.len() };
    line(&mut text, &head)?;
    for (key, value) in records {
        line(&mut text, &Record { key, value: BASE64.encode(value) })?;
    }
    let sha256 = digest(&text);
    line(&mut text, &Foot { sha256 })?;
    Ok(text)
}

fn line(text: &mut Vec<u8>, value: &impl Serialize) -> Result<(), Error> {
    serde_json::to_writer(&mut *text, value)?;
    text.push(b'\n');
    Ok(())
}

fn digest(text: &[u8]) -> String {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(text) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// The newest backup that is whole.
pub(super) fn newest(data: &Path) -> Option<Backup> {
    all(data).into_iter().find_map(|(_, path)| match read(&path) {
        Ok(backup) => Some(backup),
        Err(error) => {
            tracing::error!(error = %error, "the backup {} is of no use", path.display());
            None
        }
    })
}

/// After how many changes the newest backup was made, by its name.
pub(super) fn newest_changes(data: &Path) -> Option<u64> {
    all(data).first().map(|(changes, _)| *changes)
}

/// The backups by how many changes they hold, the newest first.
fn all(data: &Path) -> Vec<(u64, PathBuf)> {
    let files = std::fs::read_dir(data.join(FOLDER)).into_iter().flatten().flatten();
    let mut all: Vec<(u64, PathBuf)> = files
        .filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            let changes = name.strip_prefix("store-")?.strip_suffix(".jsonl")?.parse().ok()?;
            Some((changes, file.path()))
        })
        .collect();
    all.sort_by_key(|(changes, _)| std::cmp::Reverse(*changes));
    all
}

fn read(path: &Path) -> Result<Backup, Error> {
    parse(&std::fs::read(path)?)
}

/// Understands the text of a backup.
pub(super) fn parse(text: &[u8]) -> Result<Backup, Error> {
    let wrong = |what: &str| Error::new(ErrorKind::InvalidData, what.to_owned());
    let body = text.strip_suffix(b"\n").ok_or_else(|| wrong("it was cut off"))?;
    let foot_at = body.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let (body, foot) = body.split_at(foot_at);
    let foot: Foot = serde_json::from_slice(foot)?;
    if foot.sha256 != digest(body) {
        return Err(wrong("it was changed since it was written"));
    }
    let mut lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let head: Head = serde_json::from_slice(lines.next().ok_or_else(|| wrong("it is empty"))?)?;
    if head.tikwatch != KIND || FORMAT < head.format {
        return Err(wrong("it was written by a later version"));
    }
    let records = lines.map(|line| {
        let Record { key, value } = serde_json::from_slice(line)?;
        Ok((key, BASE64.decode(value).map_err(|_| wrong("a value is no base64"))?))
    });
    let records = records.collect::<Result<Vec<_>, Error>>()?;
    if records.len() != head.records {
        return Err(wrong("records are missing"));
    }
    Ok(Backup { changes: head.changes, at: head.at, records })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup(changes: u64) -> Backup {
        let records = vec![("a/b".to_owned(), vec![0, 159]), ("users/zoé".to_owned(), b"{}".to_vec())];
        Backup { changes, at: "2026-01-03T14:00:00Z".to_owned(), records }
    }

    #[test]
    fn the_newest_whole_backup_is_found_and_eight_are_kept() {
        let data = tempfile::tempdir().unwrap();
        assert!(newest(data.path()).is_none());
        let paths: Vec<PathBuf> =
            (95..105).map(|changes| write(data.path(), backup(changes)).unwrap()).collect();
        assert_eq!(paths.iter().filter(|path| path.exists()).count(), MOST);
        let found = newest(data.path()).unwrap();
        assert_eq!((found.changes, found.records), (104, backup(0).records));
        std::fs::write(&paths[9], "").unwrap();
        assert_eq!(newest(data.path()).unwrap().changes, 103);
        assert_eq!(newest_changes(data.path()), Some(104), "that there was one is known all the same");
    }

    #[test]
    fn a_backup_that_was_changed_anywhere_is_not_believed() {
        let data = tempfile::tempdir().unwrap();
        let path = write(data.path(), backup(1)).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for place in 0..whole.len() {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            assert!(read(&path).is_err(), "byte {place}");
            std::fs::write(&path, &whole[..place]).unwrap();
            assert!(read(&path).is_err(), "cut off at {place}");
        }
        std::fs::write(&path, &whole).unwrap();
        read(&path).unwrap();
    }
}
