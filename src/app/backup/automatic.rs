//! Backups that are made by themselves, kept by number and age: not encrypted, and without what lets somebody in.

use super::ENDING;
use super::contents::{Source, Wanted};
use crate::settings::BackupSettings;
use crate::store::archive::{Archive, Head};
use crate::store::file::Growing;
use anyhow::Context as _;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Whether one is due is looked at this often; one that failed is tried again as often.
const LOOK_EVERY: Duration = Duration::from_secs(10 * 60);

/// What the names of these begin with: those that people make have other names, and are never removed.
const START: &str = "auto-";
const TIME: &str = "%Y%m%dT%H%M%SZ";

/// Makes backups as the settings say, and removes those that are too many or too old.
pub(in crate::app) async fn make_now_and_then(source: Arc<Source>, settings: BackupSettings) {
    if settings.every_hours == 0 {
        return;
    }
    let mut due = tokio::time::interval(LOOK_EVERY);
    loop {
        due.tick().await;
        let (source, settings) = (Arc::clone(&source), settings.clone());
        match actix_web::web::block(move || look(&source, &settings, Timestamp::now())).await {
            Ok(Ok(Some(path))) => tracing::info!("backed everything up to {:?}", path.display().to_string()),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => {
                tracing::error!(error = format!("{error:#}"), "no backup of everything was made: {error:#}");
            }
            Err(error) => tracing::error!(error = %error, "no backup of everything was made: {error}"),
        }
    }
}

/// Makes a backup if one is due.
fn look(source: &Source, settings: &BackupSettings, now: Timestamp) -> anyhow::Result<Option<PathBuf>> {
    let folder = settings.folder.clone().unwrap_or_else(|| source.data.join("backups"));
    let made = if is_due(&all(&folder), settings, now) && !source.vault.store().is_full() {
        make(source, &folder, now).map(Some)
    } else {
        Ok(None)
    };
    // Also if none was made: there may be no room for one before old ones are gone.
    let removed = remove_old(&folder, settings, now);
    let made = made?;
    removed.map(|()| made)
}

fn remove_old(folder: &Path, settings: &BackupSettings, now: Timestamp) -> anyhow::Result<()> {
    for old in too_many(all(folder), settings, now) {
        if is_ours(&old) {
            std::fs::remove_file(&old)
                .with_context(|| format!("cannot remove {:?}", old.display().to_string()))?;
        }
    }
    Ok(())
}

/// Whether the last one was long ago. One of the future is of a clock that was wrong.
fn is_due(all: &[(Timestamp, PathBuf)], settings: &BackupSettings, now: Timestamp) -> bool {
    let last = all.iter().map(|(at, _)| *at).filter(|at| *at <= now).max();
    let every = SignedDuration::from_hours(settings.every_hours.into());
    last.is_none_or(|last| every <= now.duration_since(last))
}

/// Those that are not kept; the newest always is.
fn too_many(mut all: Vec<(Timestamp, PathBuf)>, settings: &BackupSettings, now: Timestamp) -> Vec<PathBuf> {
    all.sort_by_key(|(at, _)| std::cmp::Reverse((*at <= now, *at)));
    let longest = SignedDuration::from_hours(24 * i64::from(settings.keep_days));
    let is_kept = |number: usize, at: Timestamp| {
        number == 0 || (number < usize::from(settings.keep) && now.duration_since(at) <= longest)
    };
    let old = all.into_iter().enumerate().filter(|(number, (at, _))| !is_kept(*number, *at));
    old.map(|(_, (_, path))| path).collect()
}

/// The backups in a folder that have a name as ours have, with their times.
fn all(folder: &Path) -> Vec<(Timestamp, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((time(entry.file_name().to_str()?)?, entry.path()))).collect()
}

fn name(at: Timestamp) -> String {
    format!("{START}{}{ENDING}", at.strftime(TIME))
}

fn time(name: &str) -> Option<Timestamp> {
    let time = name.strip_prefix(START)?.strip_suffix(ENDING)?;
    let time = DateTime::strptime(TIME, time).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    (self::name(time) == name).then_some(time)
}

/// Whether a file is one that we made by ourselves, by what it says itself.
fn is_ours(path: &Path) -> bool {
    let is_file = path.symlink_metadata().is_ok_and(|what| what.is_file());
    let head = File::open(path).ok().filter(|_| is_file).and_then(|file| Head::of(&file).ok());
    head.is_some_and(|head| {
        !head.is_sealed() && path.file_name().is_some_and(|own| own == name(head.at).as_str())
    })
}

fn make(source: &Source, folder: &Path, now: Timestamp) -> anyhow::Result<PathBuf> {
    let wrong = || format!("cannot write into {:?}", folder.display().to_string());
    DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(wrong)?;
    let path = folder.join(name(now));
    remove_leftovers(folder);
    let file = Growing::begin(&path).with_context(wrong)?;
    let mut archive = Archive::begin(file, now, None)?;
    let wanted = Wanted { secrets: false, recordings: false };
    source.give(wanted, now, &mut |part, size, from| archive.add(part, size, from))?;
    archive.finish()?.put_in_place_if_free().with_context(wrong)?;
    Ok(path)
}

/// Removes what is left of backups during which we were killed, each under a name of its own.
fn remove_leftovers(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if let Some(of) = entry.file_name().to_str().and_then(left_of) {
            crate::store::file::remove_leftovers(&folder.join(of));
        }
    }
}

/// The name of the backup that this would have become.
fn left_of(name: &str) -> Option<&str> {
    let (name, process) = name.strip_prefix('.')?.strip_suffix(".new")?.rsplit_once('.')?;
    (process.parse::<u32>().is_ok() && time(name).is_some()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Keys, Vault};
    use crate::settings::{Environment, SettingsFile};
    use crate::store::Store;
    use crate::store::archive::Whole;

    fn at(day: i64, hour: i64) -> Timestamp {
        let start: Timestamp = "2026-01-03T14:00:00Z".parse().unwrap();
        start + SignedDuration::from_hours(24 * day + hour)
    }

    struct Place {
        folder: tempfile::TempDir,
        source: Source,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let data = folder.path().join("data");
            let vault = Vault::new(Store::open(&data).unwrap(), Keys::temporary().unwrap());
            let file = SettingsFile::new(&folder.path().join("settings.json"), Environment::default());
            Self { source: Source { data, vault, file }, folder }
        }

        fn look(&self, settings: &BackupSettings, now: Timestamp) -> bool {
            look(&self.source, settings, now).unwrap().is_some()
        }

        fn names(&self) -> Vec<String> {
            let mut names: Vec<String> = all(&self.source.data.join("backups"))
                .iter()
                .map(|(_, path)| path.file_name().unwrap().to_str().unwrap().to_owned())
                .collect();
            names.sort();
            names
        }
    }

    #[test]
    fn one_is_made_a_day_and_seven_are_kept_for_a_month() {
        let place = Place::new();
        let settings = BackupSettings::default();
        for day in 0..10 {
            assert!(place.look(&settings, at(day, 0)), "day {day}");
            assert!(!place.look(&settings, at(day, 23)), "day {day}");
        }
        let names = place.names();
        assert_eq!(names.len(), 7);
        assert_eq!(names[6], "auto-20260112T140000Z.tikwatch-backup");
        // After a long pause the old ones go, and the new one stays.
        assert!(place.look(&settings, at(90, 0)));
        assert_eq!(place.names(), [name(at(90, 0))]);
        let rare = BackupSettings { every_hours: 8760, ..settings };
        assert!(!place.look(&rare, at(150, 0)));
        assert_eq!(place.names(), [name(at(90, 0))], "the last one is kept however old it is");
    }

    #[test]
    fn what_we_did_not_write_is_never_removed() {
        let place = Place::new();
        let settings = BackupSettings { keep: 1, ..BackupSettings::default() };
        let backups = place.source.data.join("backups");
        assert!(place.look(&settings, at(0, 0)));
        let ours = std::fs::read(backups.join(name(at(0, 0)))).unwrap();
        let others = [
            (name(at(-3, 0)), &b"notes of somebody"[..]),
            // One of ours that somebody gave the name of another.
            (name(at(-4, 0)), &ours[..]),
            ("tikwatch-20251203T140000Z.tikwatch-backup".to_owned(), &ours[..]),
            ("auto-20251303T140000Z.tikwatch-backup".to_owned(), &ours[..]),
        ];
        for (name, bytes) in &others {
            std::fs::write(backups.join(name), bytes).unwrap();
        }
        assert!(place.look(&settings, at(1, 0)));
        assert!(!backups.join(name(at(0, 0))).exists() && backups.join(name(at(1, 0))).exists());
        for (name, bytes) in others {
            assert_eq!(std::fs::read(backups.join(name)).unwrap(), bytes);
        }
    }

    #[test]
    fn old_ones_are_removed_also_when_none_can_be_made() {
        let place = Place::new();
        let settings = BackupSettings::default();
        for day in [0, 1] {
            assert!(place.look(&settings, at(day, 0)), "day {day}");
        }
        // It is in the way, as a full disk is.
        let new = format!(".{}.{}.new", name(at(40, 0)), std::process::id());
        let in_the_way = place.source.data.join("backups").join(new);
        std::fs::create_dir(&in_the_way).unwrap();
        look(&place.source, &settings, at(40, 0)).unwrap_err();
        assert_eq!(place.names(), [name(at(1, 0))], "the newest stays");
        std::fs::remove_dir(in_the_way).unwrap();
        assert!(place.look(&settings, at(40, 0)));
        assert_eq!(place.names(), [name(at(40, 0))]);
    }

    #[test]
    fn what_is_left_of_any_that_was_cut_short_is_removed() {
        let place = Place::new();
        let backups = place.source.data.join("backups");
        std::fs::create_dir(&backups).unwrap();
        let left = format!(".{}.4711.new", name(at(-1, 0)));
        let others = [format!(".{}.x.new", name(at(-1, 0))), ".auto-other.tikwatch-backup.7.new".to_owned()];
        for name in others.iter().chain([&left]) {
            std::fs::write(backups.join(name), "half of one").unwrap();
        }
        assert!(place.look(&BackupSettings::default(), at(0, 0)));
        assert!(!backups.join(left).exists());
        assert!(others.iter().all(|name| backups.join(name).exists()), "these are not ours");
    }

    #[test]
    fn a_clock_that_was_wrong_once_stops_no_backups() {
        let place = Place::new();
        let settings = BackupSettings { keep: 2, ..BackupSettings::default() };
        for day in [900, 901] {
            assert!(place.look(&settings, at(day, 0)));
        }
        for day in [0, 1] {
            assert!(place.look(&settings, at(day, 0)), "day {day}");
        }
        assert_eq!(place.names(), [name(at(0, 0)), name(at(1, 0))]);
    }

    #[test]
    fn passwords_in_the_settings_are_not_in_it() {
        let place = Place::new();
        let settings =
            r#"{"routers": [{"name": "a", "host": "192.0.2.1", "username": "u", "password": "canary"}]}"#;
        std::fs::write(place.folder.path().join("settings.json"), settings).unwrap();
        std::fs::write(place.folder.path().join(".env"), "MIKROTIK_PORT=8728\n").unwrap();
        let path = make(&place.source, place.folder.path(), at(0, 0)).unwrap();
        let mut found = Vec::new();
        let mut whole = Whole::open(File::open(path).unwrap()).unwrap();
        let mut read = |part: &crate::store::archive::Part, _, from: &mut dyn std::io::Read| {
            let mut text = Vec::new();
            from.read_to_end(&mut text)?;
            found.push((part.name(), String::from_utf8_lossy(&text).into_owned()));
            Ok(())
        };
        whole.read(None, &mut read).unwrap();
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["settings.json", "store.jsonl"]);
        assert_eq!(found[0].1, settings.replace(", \"password\": \"canary\"", ""));
    }
}
