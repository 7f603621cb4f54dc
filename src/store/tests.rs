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
fn a_damaged_store_is_told_and_kept() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).unwrap();
    for n in 0..200 {
        put(&store, "a", &n.to_string(), &"x".repeat(100));
    }
    drop(store);
    let conf = data.path().join(FOLDER).join("conf");
    std::fs::write(&conf, b"not a configuration").unwrap();
    let before = std::fs::read(data.path().join(FOLDER).join("db")).unwrap();
    let error = Store::open(data.path()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged(..) | StoreError::Folder(..)), "{error}");
    assert_eq!(std::fs::read(data.path().join(FOLDER).join("db")).unwrap(), before);
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
