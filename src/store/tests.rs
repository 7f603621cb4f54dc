use super::*;
use std::os::unix::fs::MetadataExt as _;

fn put(store: &Store, table: &str, key: &str, value: &str) {
    let mut changes = Changes::default();
    changes.put(table, key, &value).unwrap();
    store.apply(changes).unwrap();
}

#[test]
fn records_survive_a_restart_and_tables_do_not_mix() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).unwrap();
    put(&store, "users", "ana", "1");
    put(&store, "users", "zoé/x", "2");
    put(&store, "userstats", "ana", "3");
    drop(store);
    let store = Store::open(data.path()).unwrap();
    let all: Vec<(String, String)> = store.all("users").unwrap();
    assert_eq!(all, [("ana".to_owned(), "1".to_owned()), ("zoé/x".to_owned(), "2".to_owned())]);
    assert_eq!(store.get::<String>("users", "bob").unwrap(), None);
}

#[test]
fn the_second_to_open_it_is_told_that_it_is_in_use() {
    let data = tempfile::tempdir().unwrap();
    let first = Store::open(data.path()).unwrap();
    assert!(matches!(Store::open(data.path()), Err(StoreError::InUse(_))));
    put(&first, "a", "b", "c");
}

#[test]
fn folders_are_for_their_owner_only() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    drop(Store::open(&data).unwrap());
    for folder in [data.clone(), data.join(FOLDER)] {
        assert_eq!(folder.metadata().unwrap().mode() & 0o777, 0o700, "{folder:?}");
    }
}

#[test]
fn a_store_of_a_later_version_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).unwrap();
    let mut changes = Changes::default();
    changes.put("store", "format", &(FORMAT + 1)).unwrap();
    store.apply(changes).unwrap();
    drop(store);
    assert!(matches!(Store::open(data.path()), Err(StoreError::Newer(_, 2))));
}

#[test]
fn a_store_without_its_configuration_is_repaired_and_nothing_is_lost() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).unwrap();
    for n in 0..200 {
        put(&store, "a", &n.to_string(), &"x".repeat(100));
    }
    drop(store);
    let conf = data.path().join(FOLDER).join("conf");
    std::fs::write(&conf, b"not a configuration").unwrap();
    let store = Store::open(data.path()).unwrap();
    let recovery = store.recovery().unwrap();
    assert_eq!((&recovery.from, recovery.lost), (&Source::Repaired, 0), "{recovery}");
    assert_eq!(std::fs::read(recovery.kept.join("conf")).unwrap(), b"not a configuration");
    assert_eq!(store.all::<String>("a").unwrap().len(), 200);
}

#[test]
fn a_lost_store_is_made_anew_from_the_newest_backup_and_says_what_is_missing() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).unwrap();
    put(&store, "a", "one", "1");
    store.back_up("2026-01-03T14:00:00Z").unwrap().unwrap();
    assert_eq!(store.back_up("2026-01-03T14:15:00Z").unwrap(), None, "nothing changed since");
    put(&store, "a", "two", "2");
    put(&store, "a", "three", "3");
    drop(store);
    std::fs::remove_dir_all(data.path().join(FOLDER)).unwrap();
    let store = Store::open(data.path()).unwrap();
    let recovery = store.recovery().unwrap();
    assert_eq!(recovery.from, Source::Backup("2026-01-03T14:00:00Z".to_owned()));
    assert_eq!(recovery.lost, 2, "{recovery}");
    assert_eq!(store.all::<String>("a").unwrap(), [("one".to_owned(), "1".to_owned())]);
    put(&store, "a", "four", "4");
    drop(store);
    let store = Store::open(data.path()).unwrap();
    assert_eq!(store.recovery(), None);
    assert_eq!(store.all::<String>("a").unwrap().len(), 2);
}

#[test]
fn changes_are_made_together() {
    let store = Store::temporary().unwrap();
    put(&store, "a", "old", "x");
    let mut changes = Changes::default();
    changes.remove("a", "old");
    changes.put_bytes("a", "new", &[0, 159]);
    store.apply(changes).unwrap();
    assert_eq!(store.all_bytes("a").unwrap(), [("new".to_owned(), vec![0, 159])]);
}

#[test]
fn a_store_that_met_a_full_disk_is_opened_again_and_has_everything() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).unwrap();
    put(&store, "a", "b", "before");
    store.held.write().unwrap().is_hit = true;
    let refused = store.full_disk();
    assert!(refused.to_string().contains("is full"), "{refused}");
    let mut changes = Changes::default();
    changes.put("a", "b", &"meanwhile").unwrap();
    assert!(matches!(store.apply(changes), Err(StoreError::Full(_))));
    assert_eq!(store.get::<String>("a", "b").unwrap().unwrap(), "before", "it can be read");
    assert!(store.look_for_room().unwrap() && !store.is_full());
    put(&store, "a", "b", "after");
    drop(store);
    assert_eq!(Store::open(data.path()).unwrap().get::<String>("a", "b").unwrap().unwrap(), "after");
}

#[test]
fn a_copy_that_is_read_on_a_full_disk_changes_nothing_and_keeps_others_out() {
    let data = tempfile::tempdir().unwrap();
    put(&Store::open(data.path()).unwrap(), "a", "b", "c");
    let store = Store::open_without_room(data.path()).unwrap();
    assert!(store.is_full());
    assert!(matches!(store.apply(Changes::default()), Err(StoreError::Full(_))));
    assert_eq!(store.get::<String>("a", "b").unwrap().unwrap(), "c");
    assert!(matches!(Store::open(data.path()), Err(StoreError::InUse(_))));
    assert!(store.look_for_room().unwrap());
    put(&store, "a", "b", "d");
    assert!(matches!(Store::open(data.path()), Err(StoreError::InUse(_))), "it has the place to itself");
    let nothing = tempfile::tempdir().unwrap();
    assert!(matches!(Store::open_without_room(nothing.path()), Err(StoreError::Full(_))));
}
