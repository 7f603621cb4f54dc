//! What is refused, with which exit code, and that nothing changes then.

use super::{House, PASSPHRASE, first_admin, make_group};
use integration_tests::fresh::Fresh;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// All files below a folder with what is in them.
pub(super) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.is_file() {
            all.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    all
}

pub(super) fn check_refused(house: &House, arguments: &[&str], expect: &str) {
    let (code, said) = house.run(arguments);
    assert_eq!(code, 2, "{arguments:?}: {said}");
    assert!(said.contains(expect), "{arguments:?}: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_restored_changes_nothing() {
    let house = House::new(1);
    let fresh = house.start();
    let ana = first_admin(&fresh).await;
    make_group(&ana, "g").await;
    std::fs::write(house.path("passphrase"), format!("{PASSPHRASE}\nof no interest")).unwrap();
    std::fs::write(house.path("other"), "another four words").unwrap();
    std::fs::write(house.path("short"), "eleven char").unwrap();
    house.run_well(&["backup", "--out", "clear"]);
    check_refused(&house, &["restore", "clear"], "is in use by another tikwatch: stop that one first");
    fresh.stop().unwrap();
    house.run_well(&["backup", "--passphrase-file", "passphrase", "--out", "sealed"]);

    let damaged = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = std::fs::read(house.path("clear")).unwrap();
        change(&mut bytes);
        std::fs::write(house.path(name), bytes).unwrap();
    };
    damaged("flipped", &|bytes| bytes[200] ^= 1);
    damaged("cut", &|bytes| bytes.truncate(bytes.len() - 1));
    damaged("later", &|bytes| bytes[16] = b'2');
    let before = files(house.folder.path());
    for only_check in [true, false] {
        let check = |name: &str, more: &[&str], expect: &str| {
            let check: &[&str] = if only_check { &["--check"] } else { &[] };
            check_refused(&house, &[&["restore", name], more, check].concat(), expect);
        };
        check("flipped", &[], "damaged or was cut off");
        check("cut", &[], "damaged or was cut off");
        check("later", &[], "a later tikwatch made this backup");
        check("settings.json", &[], "no backup that `tikwatch backup` made");
        check("nothing", &[], "cannot read");
        check("sealed", &["--passphrase-file", "other"], "not the backup's passphrase");
        check("sealed", &["--passphrase-file", "nothing"], "cannot read the passphrase");
    }
    let said = house.run_well(&["restore", "--check", "clear"]);
    assert!(said.contains("is whole") && said.contains("1 users and 1 groups"), "{said}");
    house.run_well(&["restore", "--check", "--passphrase-file", "passphrase", "sealed"]);
    assert_eq!(files(house.folder.path()), before, "nothing changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_service_is_not_backed_up_without_its_key() {
    let house = House::new(1);
    let key = house.path("key");
    std::fs::write(&key, format!("{}\n", "5a".repeat(32))).unwrap();
    let start = || Fresh::start(house.folder.path(), &[], &[("TIKWATCH_KEY_FILE", key.to_str().unwrap())]);
    let fresh = start().unwrap();
    first_admin(&fresh).await;
    fresh.stop().unwrap();
    let own = house.path("config/tikwatch/key");
    let refused = "cannot be read with the keys that are found here";
    check_refused(&house, &["backup", "--out", "b"], refused);
    assert!(!own.exists(), "a backup makes no key");
    // A key that is there and has nothing to do with it, as an earlier command may have made one.
    std::fs::create_dir_all(own.parent().unwrap()).unwrap();
    std::fs::write(&own, format!("{}\n", "a5".repeat(32))).unwrap();
    std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o600)).unwrap();
    check_refused(&house, &["backup", "--out", "b"], refused);
    assert!(!house.path("b").exists());
    // The file keeps its mode.
    std::fs::write(&own, std::fs::read(&key).unwrap()).unwrap();
    house.run_well(&["backup", "--out", "b"]);
    let log = start().unwrap().stop().unwrap().1;
    assert!(!log.contains("audit log is lost"), "{log}");
}

#[test]
fn what_cannot_be_backed_up_leaves_no_file() {
    let house = House::new(1);
    std::fs::write(house.path("short"), "eleven char").unwrap();
    check_refused(&house, &["backup", "--out", "b"], "no data folder of tikwatch");
    house.start().stop().unwrap();
    let names = || std::fs::read_dir(house.folder.path()).unwrap().count();
    let before = names();
    check_refused(&house, &["backup", "--out", "b", "--passphrase-file", "short"], "at least 12 characters");
    check_refused(&house, &["backup", "--out", "settings.json"], "is there already");
    check_refused(&house, &["backup", "--out", "data", "--force"], "is there already");
    check_refused(&house, &["backup", "--out", "nowhere/b"], "cannot write");
    assert_eq!(names(), before);
    house.run_well(&["backup", "--out", "b"]);
    check_refused(&house, &["backup", "--out", "b"], "is there already");
    house.run_well(&["backup", "--out", "b", "--force"]);
    house.run_well(&["restore", "b"]);
    let aside = std::fs::read_dir(house.path("data")).unwrap().filter_map(|entry| {
        entry.unwrap().file_name().into_string().ok().filter(|name| name.starts_with("replaced-"))
    });
    let aside: Vec<String> = aside.collect();
    assert_eq!(aside.len(), 1, "what was there is kept");
    assert!(house.path("data").join(&aside[0]).join("store/db").exists());
}
