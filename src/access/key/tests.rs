//! Where keys are found, and what is no key.

use super::*;
use std::os::unix::fs::PermissionsExt as _;

fn find(variables: &[(&str, &Path)]) -> Result<Keys, KeyError> {
    Keys::find(|name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_os_str().to_owned())
    })
}

#[test]
fn keys_of_a_backup_come_behind_those_that_are_there() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let backup = find(&[("HOME", home.path())]).unwrap();
    let variable = |name: &str| (name == "HOME").then(|| other.path().as_os_str().to_owned());
    let alone = Keys::find_with(variable, &backup.lines()).unwrap();
    assert_eq!((alone.seal.id, alone.others.len()), (backup.seal.id, 0), "none was there, and none is made");
    let more = Keys::temporary().unwrap();
    for _ in 0..2 {
        Keys::find_with(variable, &more.lines()).unwrap();
    }
    let kept = Keys::find(variable).unwrap();
    let others: Vec<_> = kept.others.iter().map(|key| key.id).collect();
    assert_eq!((kept.seal.id, others), (backup.seal.id, vec![more.seal.id]));
    let given = |name: &str| (name == "TIKWATCH_KEY").then(|| backup.lines().to_string().into());
    assert!(matches!(Keys::find_with(given, &more.lines()), Err(KeyError::Lacking(_))));
    Keys::find_with(given, &backup.lines()).unwrap();
    assert!(matches!(Keys::find_with(variable, "no key"), Err(KeyError::Malformed(_))));
}

#[test]
fn a_key_is_made_once_and_only_its_owner_may_read_it() {
    let home = tempfile::tempdir().unwrap();
    let variables = [("HOME", home.path())];
    let made = find(&variables).unwrap();
    let path = home.path().join(".config/tikwatch/key");
    assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
    assert_eq!(find(&variables).unwrap().seal.id, made.seal.id);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(find(&variables), Err(KeyError::Open(_))));
}

#[test]
fn a_variable_comes_before_a_file_and_a_file_before_ours() {
    let home = tempfile::tempdir().unwrap();
    let (one, two) = ("11".repeat(LENGTH), "22".repeat(LENGTH));
    let file = home.path().join("given");
    std::fs::write(&file, &two).unwrap();
    let both = [("TIKWATCH_KEY", Path::new(&one)), ("TIKWATCH_KEY_FILE", &file), ("HOME", home.path())];
    assert_eq!(find(&both).unwrap().seal.bytes(), &[0x11; LENGTH]);
    assert_eq!(find(&both[1..]).unwrap().seal.bytes(), &[0x22; LENGTH]);
    std::fs::write(home.path().join("tikwatch-key"), &one).unwrap();
    let systemd = [("CREDENTIALS_DIRECTORY", home.path())];
    assert_eq!(find(&systemd).unwrap().seal.bytes(), &[0x11; LENGTH]);
    assert!(!home.path().join(".config").exists());
}

#[test]
fn what_is_no_key_is_told_without_showing_it() {
    let wrong = "5ec7e7".repeat(9);
    let error = find(&[("TIKWATCH_KEY", Path::new(&wrong))]).unwrap_err();
    assert!(matches!(error, KeyError::Malformed(_)));
    assert!(!error.to_string().contains("5ec7e7"), "{error}");
    assert!(matches!(find(&[]), Err(KeyError::NoPlace)));
}

#[test]
fn a_new_key_stands_before_the_old_one_until_that_is_forgotten() {
    let home = tempfile::tempdir().unwrap();
    let variables = [("HOME", home.path())];
    let old = find(&variables).unwrap();
    let both = old.with_new().unwrap();
    let read = find(&variables).unwrap();
    assert_eq!((read.seal.id, read.others.len()), (both.seal.id, 1));
    assert!(read.of(&old.seal.id).is_some());
    assert!(both.forget_old().unwrap());
    assert!(find(&variables).unwrap().of(&old.seal.id).is_none());
    assert!(!format!("{both:?}").contains(&format!("{:02x}{:02x}", both.seal.bytes[0], both.seal.bytes[1])));
}

#[test]
fn a_key_that_is_not_ours_is_not_changed() {
    let one = "11".repeat(LENGTH);
    let keys = find(&[("TIKWATCH_KEY", Path::new(&one))]).unwrap();
    assert!(matches!(keys.with_new(), Err(KeyError::NotOurs(_))));
    let two = format!("{}\n{one}", "22".repeat(LENGTH));
    let keys = find(&[("TIKWATCH_KEY", Path::new(&two))]).unwrap().with_new().unwrap();
    assert_eq!(keys.seal.bytes(), &[0x22; LENGTH]);
    assert!(!keys.forget_old().unwrap());
}
