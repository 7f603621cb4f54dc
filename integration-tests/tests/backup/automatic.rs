//! Backups that a service makes by itself: when one is due, and which are kept.

use super::{House, first_admin, groups, make_group, token};
use integration_tests::service::PATIENCE;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

/// What the service is told about its backups, and what becomes of those that are there.
struct Case {
    keep: u16,
    keep_days: u16,
    /// Where they are, and how the settings say so.
    folder: (&'static str, Option<&'static str>),
    /// How many hours ago those were made that are there at first, and which of them stay beside a new one.
    there: [i64; 4],
    stay: [i64; 2],
}

const CASES: [Case; 2] = [
    Case { keep: 3, keep_days: 30, folder: ("data/backups", None), there: [25, 49, 73, 97], stay: [25, 49] },
    // Few enough, but some are too old.
    Case { keep: 9, keep_days: 4, folder: ("own", Some("own")), there: [25, 49, 97, 2_000], stay: [25, 49] },
];

fn hours_ago(hours: i64) -> Timestamp {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    now - SignedDuration::from_hours(hours)
}

fn name(at: Timestamp) -> String {
    at.strftime("auto-%Y%m%dT%H%M%SZ.tikwatch-backup").to_string()
}

/// When the backup of this name was made; nothing if it was not made by itself.
fn time(name: &str) -> Option<Timestamp> {
    let time = name.strip_prefix("auto-")?.strip_suffix("Z.tikwatch-backup")?;
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", time).ok()?;
    Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

/// A backup as it would be, had it been made at another time: its second line says when.
fn made_at(backup: &[u8], at: Timestamp) -> Vec<u8> {
    let lines: Vec<&[u8]> = backup.splitn(3, |byte| *byte == b'\n').collect();
    let mut head: Value = serde_json::from_slice(lines[1]).unwrap();
    head["at"] = json!(at.to_string());
    [lines[0], head.to_string().as_bytes(), lines[2]].join(&b'\n')
}

/// What is in a folder, without the copies of the store, which have rules of their own.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = folder.read_dir().into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with("store-")).collect()
}

/// Puts into a folder what people may have there under names much like ours; gives the names.
fn put_others(folder: &Path, backup: &[u8]) -> BTreeSet<String> {
    let old = |days: i64| name(hours_ago(24 * days));
    let by_hand = hours_ago(24 * 300).strftime("tikwatch-%Y%m%dT%H%M%SZ.tikwatch-backup").to_string();
    let files = [
        ("notes.txt".to_owned(), b"of somebody".to_vec()),
        (old(400), b"no backup at all".to_vec()),
        // One of ours that somebody gave the name of another.
        (old(401), made_at(backup, hours_ago(24 * 300))),
        (by_hand, made_at(backup, hours_ago(24 * 300))),
        ("auto-20201301T000000Z.tikwatch-backup".to_owned(), backup.to_vec()),
    ];
    for (name, bytes) in &files {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    std::fs::create_dir(folder.join(old(402))).unwrap();
    // What it leads to is one of ours, and lies elsewhere.
    let at = hours_ago(24 * 403);
    let elsewhere = folder.parent().unwrap().join("elsewhere");
    std::fs::write(&elsewhere, made_at(backup, at)).unwrap();
    symlink(elsewhere, folder.join(name(at))).unwrap();
    names(folder)
}

async fn check(case: &Case) {
    let house = House::new(1);
    let fresh = house.start();
    let ana = first_admin(&fresh).await;
    let token = token(&ana).await;
    make_group(&ana, "kept").await;
    house.run_well(&["backup", "--out", "one"]);
    fresh.stop().unwrap();
    let backup = std::fs::read(house.path("one")).unwrap();
    let folder = house.path(case.folder.0);
    assert_eq!(names(&folder), BTreeSet::new(), "none was asked for");
    std::fs::create_dir_all(&folder).unwrap();
    let others = put_others(&folder, &backup);
    let plant = |hours: i64| {
        let at = hours_ago(hours);
        std::fs::write(folder.join(name(at)), made_at(&backup, at)).unwrap();
        name(at)
    };
    let there: Vec<(i64, String)> = case.there.iter().map(|hours| (*hours, plant(*hours))).collect();
    let mut settings: Value =
        serde_json::from_slice(&std::fs::read(house.path("settings.json")).unwrap()).unwrap();
    settings["backups"] = json!({ "every_hours": 24, "keep": case.keep, "keep_days": case.keep_days });
    if let Some(folder) = case.folder.1 {
        settings["backups"]["folder"] = json!(folder);
    }
    std::fs::write(house.path("settings.json"), settings.to_string()).unwrap();

    // The last one is a day old, so that one is made at once.
    let before = hours_ago(0);
    let fresh = house.start();
    fresh.process.wait_for_line(PATIENCE, |line| line.contains("backed everything up to")).unwrap();
    let stay = there.iter().filter(|(hours, _)| case.stay.contains(hours)).map(|(_, name)| name.clone());
    let expected: BTreeSet<String> = others.iter().cloned().chain(stay).collect();
    let found = names(&folder);
    let made: Vec<&String> = found.difference(&expected).collect();
    assert!(
        expected.is_subset(&found) && made.len() == 1,
        "{found:#?} instead of {expected:#?} and a new one"
    );
    let at = time(made[0]).unwrap_or_else(|| panic!("{made:?}"));
    assert!((before..=Timestamp::now()).contains(&at), "{made:?}");
    let file = folder.join(made[0]);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    fresh.stop().unwrap();

    // It is made once in a day, and looked after all the same.
    let late = folder.join(plant(5_000));
    // Another one would have another name.
    while name(hours_ago(0)) == *made[0] {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let again = house.start();
    let start = Instant::now();
    while late.exists() {
        assert!(start.elapsed() < PATIENCE, "what is too old stays: {}", again.process.transcript());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let log = again.stop().unwrap().1;
    assert!(!log.contains("backed everything up to") && !log.contains("no backup of everything"), "{log}");
    assert_eq!(names(&folder), found);

    // Everything is in it.
    let other = House::empty();
    other.run_well(&["restore", file.to_str().unwrap()]);
    let restored: Value =
        serde_json::from_slice(&std::fs::read(other.path("settings.json")).unwrap()).unwrap();
    assert_eq!(restored, settings);
    let fresh = other.start();
    let program = fresh.visitor().unwrap().with_token("t", &token);
    assert_eq!(groups(&program).await, BTreeSet::from(["kept".to_owned()]));
    fresh.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_made_at_the_start_and_those_that_are_too_many_are_gone() {
    check(&CASES[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_made_in_a_folder_of_its_own_and_those_that_are_too_old_are_gone() {
    check(&CASES[1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_interval_none_is_made_and_none_is_removed() {
    let house = House::new(1);
    house.start().stop().unwrap();
    house.run_well(&["backup", "--out", "one"]);
    let folder = house.path("data/backups");
    std::fs::create_dir_all(&folder).unwrap();
    let at = hours_ago(5_000);
    let backup = made_at(&std::fs::read(house.path("one")).unwrap(), at);
    std::fs::write(folder.join(name(at)), &backup).unwrap();
    let fresh = house.start();
    // Somebody uses it meanwhile, for longer than the first look would take.
    let ana = first_admin(&fresh).await;
    make_group(&ana, "g").await;
    let log = fresh.stop().unwrap().1;
    assert!(!log.contains("backed everything up to"), "{log}");
    assert_eq!(std::fs::read(folder.join(name(at))).unwrap(), backup);
    assert_eq!(names(&folder).len(), 1);
}
