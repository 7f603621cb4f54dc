//! Where backups are taken from and put back to: whose folders, which ones, and what stands in the way there.

use super::refusals::{check_refused, files};
use super::{House, PASSPHRASE};
use integration_tests::fresh::Fresh;
use integration_tests::service::PATIENCE;
use std::os::unix::fs::{chown, symlink};

const NOBODY: u32 = 65534;

#[test]
fn a_folder_of_somebody_else_is_refused_and_stays_as_it_is() {
    let house = House::new(1);
    house.start().stop().unwrap();
    house.run_well(&["backup", "--out", "backup"]);
    if !rustix::process::geteuid().is_root() {
        // Only root could work in a folder of somebody else; the kernel refuses all others.
        return;
    }
    let before = files(house.folder.path());
    chown(house.path("data"), Some(NOBODY), Some(NOBODY)).unwrap();
    let named = "belongs to another user: run this as that one, `sudo -u nobody tikwatch ...`";
    check_refused(&house, &["restore", "backup"], named);
    check_refused(&house, &["backup", "--out", "another"], named);
    // Nor is it gone on with what its owner may have written there.
    std::fs::write(house.path("data/restore.json"), "{}").unwrap();
    check_refused(&house, &["serve", "--listen", "127.0.0.1:0"], named);
    std::fs::remove_file(house.path("data/restore.json")).unwrap();
    assert_eq!(files(house.folder.path()), before);
    chown(house.path("data"), Some(0), Some(0)).unwrap();
    // Who owns the folder of the settings could have put a link in their place.
    std::fs::create_dir(house.path("theirs")).unwrap();
    chown(house.path("theirs"), Some(NOBODY), Some(NOBODY)).unwrap();
    check_refused(&house, &["restore", "backup", "--settings", "theirs/settings.json"], named);
    check_refused(&house, &["restore", "backup", "--data", "theirs/data"], named);
    assert_eq!(files(house.folder.path()), before);
    house.run_well(&["restore", "backup"]);
}

#[test]
fn the_folder_above_the_data_folder_is_not_taken_for_it() {
    let house = House::new(1);
    house.start().stop().unwrap();
    house.run_well(&["backup", "--out", "backup"]);
    let before = files(house.folder.path());
    check_refused(&house, &["restore", "backup", "--data", "."], "\".\" is no data folder of tikwatch");
    assert_eq!(files(house.folder.path()), before);
    // Its store is lost, and the rest is there.
    std::fs::remove_dir_all(house.path("data/store")).unwrap();
    house.run_well(&["restore", "backup"]);
    std::fs::create_dir(house.path("empty")).unwrap();
    house.run_well(&["restore", "backup", "--data", "empty"]);
}

#[test]
fn settings_with_which_the_service_would_not_start_are_not_put_in_place() {
    let house = House::new(1);
    house.start().stop().unwrap();
    std::fs::write(house.path("passphrase"), PASSPHRASE).unwrap();
    let settings = std::fs::read(house.path("settings.json")).unwrap();
    let sealed = ["--passphrase-file", "passphrase"];
    let back_up = |name: &str, settings: &[u8], env: &str| {
        std::fs::write(house.path("settings.json"), settings).unwrap();
        std::fs::write(house.path(".env"), env).unwrap();
        house.run_well(&[&["backup", "--out", name][..], &sealed].concat());
    };
    back_up("wrong", br#"{"routers": 7}"#, "DEBUG=no\n");
    back_up("unreadable", &settings, "TIKWATCH_LOG='\n");
    back_up("good", &settings, "DEBUG=no\n");
    let before = files(house.folder.path());
    for name in ["wrong", "unreadable"] {
        let restore = [&["restore", name][..], &sealed].concat();
        check_refused(&house, &restore, "the service would not start with its settings");
        assert_eq!(files(house.folder.path()), before, "{name}");
    }
    house.run_well(&[&["restore", "good"][..], &sealed].concat());
}

#[test]
fn the_keys_of_a_backup_can_be_carried_to_a_key_file_elsewhere() {
    let house = House::new(1);
    house.start().stop().unwrap();
    std::fs::write(house.path("passphrase"), PASSPHRASE).unwrap();
    house.run_well(&["backup", "--passphrase-file", "passphrase", "--out", "backup"]);
    let other = House::empty();
    for name in ["passphrase", "backup"] {
        std::fs::copy(house.path(name), other.path(name)).unwrap();
    }
    let key = other.path("key");
    std::fs::write(&key, format!("{}\n", "5a".repeat(32))).unwrap();
    other.run_well(&["restore", "--passphrase-file", "passphrase", "backup"]);
    let brought = other.path("config/tikwatch/key");
    let carried = std::fs::read_to_string(&key).unwrap() + &std::fs::read_to_string(&brought).unwrap();
    std::fs::write(&key, carried).unwrap();
    std::fs::remove_file(&brought).unwrap();
    let named = [("TIKWATCH_KEY_FILE", key.to_str().unwrap())];
    let fresh = Fresh::start(other.folder.path(), &[], &named).unwrap();
    // Nobody listens at the router's address, which is asked only with its password.
    fresh.process.wait_for_line(PATIENCE, |line| line.contains("refuses connections")).unwrap();
    let log = fresh.stop().unwrap().1;
    assert!(!log.contains("cannot be read") && !log.contains("audit log is lost"), "{log}");
    assert!(!brought.exists());
}

#[test]
fn what_cannot_be_put_in_its_place_is_refused_before_anything_is_touched() {
    let house = House::new(1);
    std::fs::create_dir_all(house.path("data/recordings")).unwrap();
    std::fs::write(house.path("data/recordings/a.jsonl.zst"), "of no interest").unwrap();
    house.start().stop().unwrap();
    house.run_well(&["backup", "--recordings", "--out", "backup"]);
    let before = files(house.folder.path());
    // Nobody can write there, root neither.
    let elsewhere = ["restore", "backup", "--settings", "/proc/settings.json"];
    check_refused(&house, &elsewhere, "\"/proc/settings.json\" cannot be replaced; nothing was changed");
    assert_eq!(files(house.folder.path()), before);
    std::fs::rename(house.path("data/recordings"), house.path("recordings")).unwrap();
    // Always a file system of its own.
    symlink("/proc", house.path("data/recordings")).unwrap();
    let (code, said) = house.run(&["restore", "backup"]);
    assert!(code == 2 && said.contains("on another file system"), "{code}: {said}");
    std::fs::remove_file(house.path("data/recordings")).unwrap();
    std::fs::rename(house.path("recordings"), house.path("data/recordings")).unwrap();
    assert_eq!(files(house.folder.path()), before);
    house.run_well(&["restore", "backup"]);
}
