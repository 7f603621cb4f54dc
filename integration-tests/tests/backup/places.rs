//! Where backups are taken from and put back to: whose folders, which ones, and what stands in the way there.

use super::House;
use super::refusals::{check_refused, files};
use std::os::unix::fs::chown;

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
