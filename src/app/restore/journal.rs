//! What goes where, once a restore has begun: each step can be done again, so that whoever comes next can finish it.
//!
//! A step puts what is there aside, and then what is staged in its place. Nothing that was there is removed.

use super::staged::{FOLDER, remove};
use crate::store::{NAMES, file};
use anyhow::Context as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// The journal's name within the data folder.
const NAME: &str = "restore.json";

const FORMAT: u32 = 1;

/// A restore that has begun.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    format: u32,
    /// When the backup was made.
    backup: String,
    /// Where the settings go.
    settings: PathBuf,
    /// Where what was there is put, within the data folder.
    aside: String,
}

/// Whether a restore into this folder has begun and did not end.
pub(in crate::app) fn is_interrupted(data: &Path) -> bool {
    data.join(NAME).exists()
}

/// Whether something of a restore is left: one that has begun, or what was made ready for one that never did.
pub(super) fn is_left(data: &Path) -> bool {
    is_interrupted(data) || data.join(FOLDER).exists()
}

/// Finishes a restore that has begun, and says what became of it; removes what is left of one that has not. For who has
/// the folder alone.
pub(super) fn finish(data: &Path) -> anyhow::Result<Option<String>> {
    let told = finish_until(data, usize::MAX)?;
    remove(&data.join(FOLDER))?;
    Ok(told)
}

/// The same, and stops after so many steps, as somebody does who is killed.
fn finish_until(data: &Path, mut steps: usize) -> anyhow::Result<Option<String>> {
    let Some(journal) = Journal::read(data)? else { return Ok(None) };
    let aside = data.join(&journal.aside);
    let staged = data.join(FOLDER);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&aside)
        .context("cannot put aside what was there")?;
    let mut go_on = || {
        steps = steps.wrapping_sub(1);
        steps != 0
    };
    for name in in_data(&staged)? {
        let (new, place) = (staged.join(&name), data.join(&name));
        if place.symlink_metadata().is_ok() {
            let kept = free(&aside.join(&name));
            make_parent(&kept)?;
            std::fs::rename(&place, &kept).with_context(|| cannot("put aside", &place))?;
            if !go_on() {
                return Ok(None);
            }
        }
        make_parent(&place)?;
        std::fs::rename(&new, &place).with_context(|| cannot("put in place", &place))?;
        if !go_on() {
            return Ok(None);
        }
    }
    let env = journal.settings.with_file_name(".env");
    for (name, place) in [("settings.json", &journal.settings), (".env", &env)] {
        let new = staged.join(name);
        let Some(text) = read(&new)? else { continue };
        let old = read(place)?;
        if let Some(old) = old.filter(|old| *old != text) {
            let kept = aside.join(name);
            // It was put aside before, and what stands there now is half of the way.
            if !kept.exists() {
                file::replace(&kept, &old).with_context(|| cannot("put aside", place))?;
            }
            if !go_on() {
                return Ok(None);
            }
        }
        make_parent(place)?;
        file::replace(place, &text).with_context(|| cannot("put in place", place))?;
        if !go_on() {
            return Ok(None);
        }
        std::fs::remove_file(&new).with_context(|| cannot("remove", &new))?;
    }
    sync(data)?;
    remove(&staged)?;
    if !go_on() {
        return Ok(None);
    }
    std::fs::remove_file(data.join(NAME)).with_context(|| cannot("remove", &data.join(NAME)))?;
    sync(data)?;
    // There was nothing, if it is empty.
    let kept = if std::fs::remove_dir(&aside).is_ok() {
        "nothing was there before".to_owned()
    } else {
        format!("what was there is kept in {:?}", aside.display().to_string())
    };
    Ok(Some(format!("the backup of {} was restored; {kept}", journal.backup)))
}

impl Journal {
    /// What is to be done with what is staged.
    pub(super) fn new(backup: &str, settings: PathBuf, now: Timestamp) -> Self {
        let aside = format!("replaced-{}", now.strftime("%Y%m%dT%H%M%S%3fZ"));
        Self { format: FORMAT, backup: backup.to_owned(), settings, aside }
    }

    /// Has it begin: from now on it is done, whatever happens to us.
    pub(super) fn begin(&self, data: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_vec(self)?;
        file::replace(&data.join(NAME), &text).context("cannot begin the restore; nothing was changed")
    }

    fn read(data: &Path) -> anyhow::Result<Option<Self>> {
        let path = data.join(NAME);
        let Some(text) = read(&path)? else { return Ok(None) };
        let wrong =
            || format!("{:?} cannot be understood: a later tikwatch began it", path.display().to_string());
        let journal: Self = serde_json::from_slice(&text).with_context(wrong)?;
        anyhow::ensure!(journal.format == FORMAT && !journal.aside.contains('/'), wrong());
        Ok(Some(journal))
    }
}

/// The names of what goes into the data folder, as far as it is still staged.
fn in_data(staged: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut names: Vec<PathBuf> = NAMES.iter().map(PathBuf::from).collect();
    for folder in ["tls", "recordings"] {
        let files = match std::fs::read_dir(staged.join(folder)) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            files => files.with_context(|| cannot("read", staged))?,
        };
        for file in files {
            names.push(Path::new(folder).join(file.with_context(|| cannot("read", staged))?.file_name()));
        }
    }
    names.retain(|name| staged.join(name).symlink_metadata().is_ok());
    Ok(names)
}

/// The path, or one beside it where nothing is yet.
fn free(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let others = (2_u32..).map(|number| path.with_file_name(format!("{name}.{number}")));
    let mut all = std::iter::once(path.to_owned()).chain(others);
    all.find(|one| one.symlink_metadata().is_err()).unwrap_or_else(|| path.to_owned())
}

fn read(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => Ok(Some(read.with_context(|| cannot("read", path))?)),
    }
}

fn make_parent(path: &Path) -> anyhow::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| cannot("make", folder))
}

fn sync(folder: &Path) -> anyhow::Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.context("the disk did not take what was restored")
}

fn cannot(what: &str, path: &Path) -> String {
    format!(
        "cannot {what} {:?}: the restore goes on when it is run again or the service is started",
        path.display().to_string()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 5] =
        ["store/db", "store.changes", "tls/key.pem", "recordings/a.jsonl.zst", "settings.json"];

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn text(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap_or_default()
    }

    /// A folder in which a restore has just begun, in place of other files or of none.
    fn begun(has_old: bool) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        for name in FILES {
            write(&data.join(FOLDER).join(name), &format!("new {name}"));
            let place = if name == "settings.json" { folder.path() } else { &data };
            if has_old {
                write(&place.join(name), &format!("old {name}"));
            }
        }
        let now = "2026-01-03T14:00:00Z".parse().unwrap();
        Journal::new("yesterday", folder.path().join("settings.json"), now).begin(&data).unwrap();
        folder
    }

    #[test]
    fn a_restore_that_is_killed_at_any_step_is_finished_by_whoever_comes_next() {
        for has_old in [true, false] {
            for (first, second) in (1..20).flat_map(|first| [(first, 1), (first, 3), (first, 99)]) {
                let folder = begun(has_old);
                let data = folder.path().join("data");
                for steps in [first, second] {
                    finish_until(&data, steps).unwrap();
                }
                let told = finish(&data).unwrap();
                assert!(!is_interrupted(&data) && !data.join(FOLDER).exists());
                for name in FILES {
                    let place = if name == "settings.json" { folder.path() } else { &data };
                    assert_eq!(text(&place.join(name)), format!("new {name}"), "{first}, {second}");
                    let kept = text(&data.join("replaced-20260103T140000000Z").join(name));
                    let expect = if has_old { format!("old {name}") } else { String::new() };
                    assert_eq!(kept, expect, "{first}, {second}");
                }
                assert!(told.is_none_or(|told| told.contains("yesterday")));
                assert_eq!(finish(&data).unwrap(), None, "there is nothing left to do");
            }
        }
    }

    #[test]
    fn what_came_between_is_put_aside_as_well() {
        let folder = begun(true);
        let data = folder.path().join("data");
        finish_until(&data, 1).unwrap();
        // The old store is aside and the new one not in place: somebody made another one.
        write(&data.join("store/db"), "between");
        finish(&data).unwrap();
        assert_eq!(text(&data.join("store/db")), "new store/db");
        let aside = data.join("replaced-20260103T140000000Z");
        assert_eq!(
            (text(&aside.join("store/db")), text(&aside.join("store.2/db"))),
            ("old store/db".into(), "between".into())
        );
    }

    #[test]
    fn what_was_made_ready_and_never_begun_is_removed() {
        let folder = begun(true);
        let data = folder.path().join("data");
        std::fs::remove_file(data.join(NAME)).unwrap();
        assert!(is_left(&data));
        assert_eq!(finish(&data).unwrap(), None);
        assert!(!is_left(&data));
        assert_eq!(text(&data.join("store/db")), "old store/db");
    }

    #[test]
    fn a_journal_that_is_not_understood_changes_nothing() {
        let folder = begun(true);
        let data = folder.path().join("data");
        write(&data.join(NAME), r#"{"format": 2}"#);
        assert!(finish(&data).is_err() && is_interrupted(&data));
        assert_eq!(text(&data.join("store/db")), "old store/db");
    }
}
