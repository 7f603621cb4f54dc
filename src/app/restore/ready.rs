//! Whether everything that is staged can be put in its place: tried before the first step, after which there is no way
//! back.

use crate::store::{NAMES, file};
use anyhow::{Context as _, anyhow, ensure};
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What is moved into a folder to see whether that is possible, and out again.
const PROBE: &str = ".tikwatch-restore.new";

/// Tries all that a restore does; leaves everything as it was.
pub(super) fn check(staged: &Path, data: &Path, settings: &Path) -> anyhow::Result<()> {
    let env = settings.with_file_name(".env");
    for (name, place) in [("settings.json", settings), (".env", &env)] {
        if staged.join(name).exists() {
            replaceable(place).with_context(|| cannot(place))?;
        }
    }
    for name in NAMES {
        let place = data.join(name);
        movable(&place, staged).with_context(|| cannot(&place))?;
    }
    for name in ["tls", "recordings"] {
        let place = data.join(name);
        if staged.join(name).exists() && place.symlink_metadata().is_ok() {
            movable(&place, staged)
                .and_then(|()| enterable(&place, staged))
                .with_context(|| cannot(&place))?;
        }
    }
    Ok(())
}

fn cannot(place: &Path) -> String {
    format!("{:?} cannot be replaced; nothing was changed", place.display().to_string())
}

/// Whether a file can be put in the place of this one, or made there.
fn replaceable(place: &Path) -> anyhow::Result<()> {
    match std::fs::canonicalize(place) {
        Ok(there) => {
            ensure!(!there.is_dir(), "it is a folder");
            ensure!(!is_mount(&there), "it is mounted by itself: mount the folder that it is in instead");
            // What was there is kept.
            File::open(&there).context("it cannot be read")?;
            drop(file::prepare(place, b"")?);
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = place.ancestors().skip(1).find(|folder| folder.exists());
            let (folder, name) = folder.zip(place.file_name()).context("there is no folder for it")?;
            drop(file::prepare(&folder.join(name), b"")?);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Whether what is there, if anything, can be moved to where things are put aside.
fn movable(place: &Path, staged: &Path) -> anyhow::Result<()> {
    let Ok(there) = std::fs::canonicalize(place) else { return Ok(()) };
    let what = there.metadata()?;
    // The numbers of files are not those of their folders everywhere, such as in the layers of a container.
    let is_elsewhere = what.is_dir() && what.dev() != staged.metadata()?.dev() || is_mount(&there);
    ensure!(
        !is_elsewhere,
        "it is on another file system than the data folder: move it there, in the place of the link or the mount, or \
         restore into an empty folder"
    );
    Ok(())
}

/// Whether what is staged can be moved into this folder.
fn enterable(folder: &Path, staged: &Path) -> anyhow::Result<()> {
    let (probe, place) = (staged.join(PROBE), folder.join(PROBE));
    File::create(&probe)?;
    let moved = std::fs::rename(&probe, &place);
    let left = if moved.is_ok() { place } else { probe };
    std::fs::remove_file(left)?;
    Ok(moved?)
}

/// Whether something is mounted here. Where the system does not tell it, the file system's number has to do.
fn is_mount(there: &Path) -> bool {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    // As the kernel writes paths there.
    let written = there
        .display()
        .to_string()
        .replace('\\', r"\134")
        .replace(' ', r"\040")
        .replace('\t', r"\011")
        .replace('\n', r"\012");
    mounts.lines().filter_map(|line| line.split(' ').nth(4)).any(|mount| mount == written)
}

/// What stands in a data folder of ours, even where its store is lost.
const OURS: [&str; 6] = [NAMES[0], NAMES[1], "backups", "quarantine", "recordings", "tls"];

/// Refuses a folder in which somebody keeps other things: most likely it is the one above the data folder.
pub(super) fn check_folder(data: &Path) -> anyhow::Result<()> {
    let shown = || format!("{:?}", data.display().to_string());
    let entries = match std::fs::read_dir(data) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| format!("cannot read {}", shown()))?,
    };
    let mut others: Option<PathBuf> = None;
    for entry in entries {
        let name = entry.with_context(|| format!("cannot read {}", shown()))?.file_name();
        let text = name.to_string_lossy();
        if OURS.contains(&text.as_ref()) || text.starts_with("replaced-") {
            return Ok(());
        }
        // Disks have this from their beginning.
        if text != "lost+found" {
            others = Some(name.into());
        }
    }
    others.map_or(Ok(()), |other| {
        Err(anyhow!(
            "{} is no data folder of tikwatch, and is not empty: {:?} is in it; name the data folder (of the Debian \
             package: /var/lib/tikwatch/data), or one that is empty or not there; nothing was changed",
            shown(),
            other.display().to_string()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A data folder with a store, in which something is staged.
    fn staging() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let staged = data.join("restoring");
        for path in ["store", "tls", "restoring/store", "restoring/tls", "restoring/recordings"] {
            std::fs::create_dir_all(data.join(path)).unwrap();
        }
        std::fs::write(staged.join("settings.json"), "{}").unwrap();
        (folder, data, staged)
    }

    #[test]
    fn what_can_be_replaced_is_left_as_it_was() {
        let (folder, data, staged) = staging();
        let settings = folder.path().join("settings.json");
        check(&staged, &data, &settings).unwrap();
        std::fs::write(&settings, "old").unwrap();
        check(&staged, &data, &settings).unwrap();
        check(&staged, &data, &folder.path().join("no/such/folder/settings.json")).unwrap();
        assert_eq!(std::fs::read(&settings).unwrap(), b"old");
        assert_eq!(folder.path().read_dir().unwrap().count(), 2);
        assert_eq!(data.join("tls").read_dir().unwrap().count(), 0);
        assert_eq!(staged.read_dir().unwrap().count(), 4);
    }

    #[test]
    fn what_is_elsewhere_or_of_another_kind_is_refused() {
        let (folder, data, staged) = staging();
        let settings = folder.path().join("settings.json");
        let refused = |settings: &Path| format!("{:#}", check(&staged, &data, settings).unwrap_err());
        assert!(refused(&folder.path().join("data")).contains("it is a folder"));
        // A file system of its own that nobody can write to.
        assert!(
            refused(Path::new("/proc/settings.json")).contains("\"/proc/settings.json\" cannot be replaced")
        );
        symlink("/proc", data.join("recordings")).unwrap();
        assert!(refused(&settings).contains("recordings\" cannot be replaced"));
        assert!(refused(&settings).contains("another file system"));
        std::fs::remove_file(data.join("recordings")).unwrap();
        std::fs::write(data.join("recordings"), "").unwrap();
        assert!(refused(&settings).contains("recordings\" cannot be replaced"));
    }

    #[test]
    fn mounts_are_known() {
        assert!(is_mount(Path::new("/proc")) && is_mount(Path::new("/")));
        assert!(!is_mount(tempfile::tempdir().unwrap().path()));
    }

    #[test]
    fn a_folder_of_others_is_not_taken_for_a_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        check_folder(&data).unwrap();
        std::fs::create_dir_all(data.join("lost+found")).unwrap();
        check_folder(&data).unwrap();
        let error = check_folder(folder.path()).unwrap_err().to_string();
        assert!(error.contains("is no data folder") && error.contains("\"data\" is in it"), "{error}");
        // The store is lost, and its backups are not.
        std::fs::create_dir(folder.path().join("backups")).unwrap();
        check_folder(folder.path()).unwrap();
    }
}
