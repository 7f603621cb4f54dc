//! What is done when a store is damaged: it is put aside, and what is left of it is used, or else the newest backup.
//!
//! sled survives a crash, and repairs no file that was changed behind its back. Its files `snap.*` and `conf` can be made
//! anew, so it is tried without them first. How many changes were made is known from a file of its own beside the store,
//! so that nothing is lost without being told.

use super::backup::{self, Backup};
use super::{Opened, StoreError, file, open_at};
use std::fmt;
use std::fs::DirBuilder;
use std::io::Error;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Where damaged stores are kept within the data folder.
const QUARANTINE: &str = "quarantine";

/// A machine that damages more stores than this has to be looked at first.
const MOST_KEPT: u32 = 1_000;

/// Where the number of changes is kept within the data folder.
pub(super) const CHANGES: &str = "store.changes";

/// What became of a store that was damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// What was wrong.
    pub why: String,
    /// Where the damaged store is kept.
    pub kept: PathBuf,
    /// What is used instead.
    pub from: Source,
    /// How many changes are known to be lost.
    pub lost: u64,
}

/// What is used instead of a damaged store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The store itself, without the files that can be made anew.
    Repaired,
    /// The backup of this time.
    Backup(String),
    /// Nothing: there was no backup.
    Nothing,
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store was damaged ({}); ", self.why)?;
        match &self.from {
            Source::Repaired => write!(f, "it was repaired"),
            Source::Backup(at) => write!(f, "the backup of {at} was put in its place"),
            Source::Nothing => write!(f, "there was no backup, so that it is empty now"),
        }?;
        match self.lost {
            0 => write!(f, ", and nothing was lost")?,
            1 => write!(f, ", and 1 later change was lost")?,
            lost => write!(f, ", and {lost} later changes were lost")?,
        }
        write!(f, "; the damaged one is kept in {}", self.kept.display())
    }
}

/// How many changes there must be, as far as anybody knows.
pub(super) fn known_changes(data: &Path) -> u64 {
    let written = std::fs::read_to_string(data.join(CHANGES)).ok().and_then(|text| {
        let (number, again) = text.trim().split_once(' ')?;
        number.parse().ok().filter(|_| number == again)
    });
    written.unwrap_or(0).max(backup::newest_changes(data).unwrap_or(0))
}

/// Writes down how many changes there are: twice, so that a number that was damaged is not believed.
pub(super) fn note_changes(data: &Path, changes: u64) -> Result<(), Error> {
    file::replace(&data.join(CHANGES), format!("{changes} {changes}\n").as_bytes())
}

/// Puts the damaged store aside, and opens what is best instead.
pub(super) fn recover(data: &Path, folder: &Path, why: String) -> Result<(Opened, Recovery), StoreError> {
    let wrong = |error| StoreError::Folder(folder.to_owned(), error);
    let known = known_changes(data);
    let kept = put_aside(data, folder).map_err(wrong)?;
    let is_remade: [fn(&str) -> bool; 2] =
        [|name| name.starts_with("snap."), |name| name.starts_with("snap.") || name == "conf"];
    let mut best: Option<(u64, usize)> = None;
    for (number, is_remade) in is_remade.into_iter().enumerate() {
        copy(&kept, folder, is_remade).map_err(wrong)?;
        let Ok(opened) = open_at(folder) else { continue };
        if known <= opened.changes {
            return Ok((opened, Recovery { why, kept, from: Source::Repaired, lost: 0 }));
        }
        if best.is_none_or(|(most, _)| most < opened.changes) {
            best = Some((opened.changes, number));
        }
    }
    let backup = backup::newest(data);
    let of_backup = backup.as_ref().map_or(0, |backup| backup.changes);
    let (opened, from, changes) = match (best, backup) {
        (Some((changes, number)), _) if of_backup < changes => {
            let is_remade = is_remade.get(number).copied().unwrap_or(|_| false);
            copy(&kept, folder, is_remade).map_err(wrong)?;
            (open_at(folder)?, Source::Repaired, changes)
        }
        (_, backup) => {
            clear(folder).map_err(wrong)?;
            let opened = open_at(folder)?;
            let (from, changes) = match backup {
                None => (Source::Nothing, 0),
                Some(Backup { changes, at, records }) => {
                    opened.fill(records)?;
                    (Source::Backup(at), changes)
                }
            };
            (opened, from, changes)
        }
    };
    // Those that are lost are not counted twice, and no backup of before counts as newer than one of now.
    let opened = Opened { changes: known + 1, ..opened };
    Ok((opened, Recovery { why, kept, from, lost: known.saturating_sub(changes) }))
}

fn put_aside(data: &Path, folder: &Path) -> Result<PathBuf, Error> {
    let quarantine = data.join(QUARANTINE);
    DirBuilder::new().recursive(true).mode(0o700).create(&quarantine)?;
    let mut names = (1..=MOST_KEPT).map(|number| quarantine.join(format!("store-{number}")));
    let kept = names.find(|path| !path.exists());
    let kept =
        kept.ok_or_else(|| Error::other("the quarantine is full: look why, and remove what is in it"))?;
    std::fs::rename(folder, &kept)?;
    Ok(kept)
}

/// Copies a store anew, but for the files that can be made anew.
fn copy(from: &Path, to: &Path, is_remade: fn(&str) -> bool) -> Result<(), Error> {
    clear(to)?;
    for file in std::fs::read_dir(from)? {
        let file = file?;
        let name = file.file_name();
        if file.file_type()?.is_file() && !is_remade(&name.to_string_lossy()) {
            std::fs::copy(file.path(), to.join(name))?;
        }
    }
    Ok(())
}

fn clear(folder: &Path) -> Result<(), Error> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
