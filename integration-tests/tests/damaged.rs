//! A store that was damaged, in any way and any of its files: it opens, says so, and nothing is lost without being told.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

use integration_tests::fresh::Fresh;
use integration_tests::visitor::Sent;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tikwatch::store::{Changes, Source, Store};

/// Changes that are in the backup, and in all.
const BACKED_UP: usize = 60;
const ALL: usize = 80;

const DAMAGES: usize = 300;

/// How files are damaged.
#[derive(Debug, Clone, Copy)]
enum Damage {
    FlippedBit,
    Zeros,
    Garbage,
    CutOff,
    Longer,
    Empty,
    Gone,
}

const KINDS: [Damage; 7] = [
    Damage::FlippedBit,
    Damage::Zeros,
    Damage::Garbage,
    Damage::CutOff,
    Damage::Longer,
    Damage::Empty,
    Damage::Gone,
];

impl Damage {
    fn make(self, path: &Path, chance: &mut fastrand::Rng) {
        let length = path.metadata().unwrap().len();
        if matches!(self, Self::Gone) {
            return std::fs::remove_file(path).unwrap();
        }
        let mut file = OpenOptions::new().read(true).write(true).open(path).unwrap();
        // Where there is something: most of sled's file is room that was never used.
        let bytes = std::fs::read(path).unwrap();
        let used: Vec<usize> = (0..bytes.len()).filter(|place| bytes[*place] != 0).collect();
        let at = used.get(chance.usize(..used.len().max(1))).copied().unwrap_or(0);
        let place = at as u64;
        match self {
            Self::FlippedBit => write(&mut file, place, &[bytes.get(at).copied().unwrap_or(0) ^ 4]),
            Self::Zeros => write(&mut file, place, &[0; 4096]),
            Self::Garbage => {
                let garbage: Vec<u8> = std::iter::repeat_with(|| chance.u8(..)).take(4096).collect();
                write(&mut file, place, &garbage);
            }
            Self::CutOff => file.set_len(chance.u64(..length.max(1))).unwrap(),
            Self::Longer => write(&mut file, length, &[chance.u8(..); 1000]),
            Self::Empty => file.set_len(0).unwrap(),
            Self::Gone => {}
        }
    }
}

fn write(file: &mut std::fs::File, place: u64, bytes: &[u8]) {
    file.seek(SeekFrom::Start(place)).unwrap();
    file.write_all(bytes).unwrap();
}

/// A data folder in which every change adds one record.
fn whole() -> TempDir {
    let data = TempDir::new().unwrap();
    let store = Store::open(data.path()).unwrap();
    for n in 0..ALL {
        let mut changes = Changes::default();
        changes.put("records", &format!("{n:03}"), &format!("record {n} ").repeat(20)).unwrap();
        store.apply(changes).unwrap();
        if n + 1 == BACKED_UP / 2 || n + 1 == BACKED_UP {
            store.back_up("2026-01-03T14:00:00Z").unwrap().unwrap();
        }
    }
    data
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let target = to.join(file.file_name());
        if file.file_type().unwrap().is_dir() {
            copy(&file.path(), &target);
        } else {
            std::fs::copy(file.path(), target).unwrap();
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.metadata().unwrap().is_file())
        .collect();
    files.sort();
    files
}

#[test]
fn whatever_is_damaged_the_store_opens_and_what_is_lost_is_told() {
    let whole = whole();
    let mut chance = fastrand::Rng::with_seed(7);
    let store_files = files(&whole.path().join("store"));
    assert!(store_files.iter().any(|file| file.ends_with("db")), "{store_files:?}");
    let (mut untouched, mut repaired, mut restored) = (0, 0, 0);
    for number in 0..DAMAGES {
        let data = TempDir::new().unwrap();
        copy(whole.path(), data.path());
        let damage = KINDS[number % KINDS.len()];
        let file = &store_files[number / KINDS.len() % store_files.len()];
        let path = data.path().join(file.strip_prefix(whole.path()).unwrap());
        damage.make(&path, &mut chance);
        let what = format!("{number}: {damage:?} of {}", path.display());

        let store = Store::open(data.path()).unwrap_or_else(|error| panic!("{what}: {error}"));
        let records: Vec<(String, String)> = store.all("records").unwrap();
        for (n, (key, value)) in records.iter().enumerate() {
            assert_eq!((key, value), (&format!("{n:03}"), &format!("record {n} ").repeat(20)), "{what}");
        }
        let lost = store.recovery().map_or(0, |recovery| recovery.lost);
        assert_eq!(records.len() as u64 + lost, ALL as u64, "{what}: {:?}", store.recovery());
        match store.recovery() {
            None => untouched += 1,
            Some(recovery) => {
                assert!(recovery.kept.is_dir(), "{what}");
                assert!(BACKED_UP <= records.len(), "{what}: the newest backup has more");
                if recovery.from == Source::Repaired { repaired += 1 } else { restored += 1 }
            }
        }
        // It goes on as if nothing had been.
        let mut changes = Changes::default();
        changes.put("records", "zzz", &"later").unwrap();
        store.apply(changes).unwrap();
        store.back_up("2026-01-03T15:00:00Z").unwrap().unwrap();
        drop(store);
        let store = Store::open(data.path()).unwrap();
        assert_eq!(store.recovery(), None, "{what}");
        assert_eq!(store.all::<String>("records").unwrap().len(), records.len() + 1, "{what}");
    }
    assert_eq!(untouched + repaired + restored, DAMAGES);
    assert!(
        0 < repaired && 20 < restored,
        "{untouched} without harm, {repaired} repaired, {restored} restored"
    );
    println!("{untouched} without harm, {repaired} repaired, {restored} from the backup");
}

#[test]
fn damage_beside_the_store_costs_nothing() {
    let whole = whole();
    let beside = [vec![whole.path().join("store.changes")], files(&whole.path().join("backups"))].concat();
    let mut chance = fastrand::Rng::with_seed(8);
    for file in beside {
        for damage in KINDS {
            let data = TempDir::new().unwrap();
            copy(whole.path(), data.path());
            damage.make(&data.path().join(file.strip_prefix(whole.path()).unwrap()), &mut chance);
            let store = Store::open(data.path()).unwrap();
            assert_eq!(
                store.all::<String>("records").unwrap().len(),
                ALL,
                "{damage:?} of {}",
                file.display()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_starts_with_the_backup_and_says_so_on_its_pages_and_in_its_log() {
    const PASSWORD: &str = "canary otter lamp seven 7Kx";
    let folder = TempDir::new().unwrap();
    let settings = json!({ "routers": [{ "name": "r1", "host": "127.0.0.1", "port": 1, "username": "u" }] });
    std::fs::write(folder.path().join("settings.json"), settings.to_string()).unwrap();
    let fresh = Fresh::start(folder.path(), &[], &[]).unwrap();
    let ana = fresh.visitor().unwrap().called("ana");
    let token = fresh.setup_token().unwrap();
    let form = [("token", token.as_str()), ("name", "ana"), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(ana.send("POST", "/setup", Sent::Form(&form)).await.unwrap().status, 303);
    // At its end a backup is made.
    fresh.stop().unwrap();
    std::fs::write(folder.path().join("data/store/db"), "not a store").unwrap();

    let fresh = Fresh::start(folder.path(), &[], &[]).unwrap();
    let ana = fresh.visitor().unwrap().called("ana");
    let answer =
        ana.send("POST", "/sign-in", Sent::Form(&[("name", "ana"), ("password", PASSWORD)])).await.unwrap();
    assert_eq!(answer.status, 303, "her account is there");
    let page = ana.let_in("ana", &answer).await.unwrap().get("/").await.unwrap();
    assert!(page.text().contains("What is kept was damaged."), "{}", page.text());
    let (_, log) = fresh.stop().unwrap();
    assert!(log.contains("the store was damaged"), "{log}");
    assert!(folder.path().join("data/quarantine/store-1/db").exists());
}
