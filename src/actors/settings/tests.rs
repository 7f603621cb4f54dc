//! Changes that are cut in two: between keeping a password and putting the file in place, and right after that.

mod write_mode;

use super::*;
use crate::access::{Keys, People, Vault};
use crate::actors::{LogBook, fleet};
use crate::domain::credential::Credential;
use crate::settings::Environment;
use crate::store::Store;
use secrecy::{ExposeSecret as _, SecretString};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::broadcast;

const SETTINGS: &str = r#"{"routers": [
  {"name": "a", "host": "192.0.2.1", "username": "u", "write_username": "w"},
  {"name": "b", "host": "192.0.2.2", "username": "u"}
]}"#;

/// Where the program ends: the write of this number, from 1, and whether that is made before.
type End = (usize, bool);

/// A ledger in whose writing the program ends once.
struct Cut {
    people: People,
    writes: AtomicUsize,
    end: End,
}

impl Ledger for Cut {
    fn write(&self, changes: Changes, entries: &[Entry], now: Timestamp) -> Result<(), LedgerError> {
        let is_end = self.writes.fetch_add(1, Ordering::Relaxed) + 1 == self.end.0;
        assert!(!is_end || self.end.1, "the program ends before the write");
        self.people.write(changes, entries, now)?;
        assert!(!is_end, "the program ends after the write");
        Ok(())
    }
}

/// A folder with settings of two routers, whose passwords are kept.
struct House {
    folder: tempfile::TempDir,
    vault: Vault,
    people: People,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("settings.json"), SETTINGS).unwrap();
        let vault = Vault::new(Store::temporary().unwrap(), Keys::temporary().unwrap());
        for name in ["a", "b"] {
            vault.keep(&id(name), &SecretString::from(format!("old-{name}"))).unwrap();
        }
        vault.keep(&write_id("a"), &SecretString::from("old-w")).unwrap();
        let people = People::open(vault.clone()).unwrap();
        Self { folder, vault, people }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("settings.json")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }

    fn keeper(&self, end: End) -> SettingsKeeper {
        let (changes, _) = broadcast::channel(1);
        let (_, entries) = mpsc::channel(1);
        let (book, _) = LogBook::open(entries, &Arc::default());
        let recorders = Recorders::default();
        let (fleet, _) = fleet::start(Vec::new(), &recorders.taps(), &changes, &book, &Arc::default());
        let ledger = Box::new(Cut { people: self.people.clone(), writes: AtomicUsize::new(0), end });
        let file = SettingsFile::new(&self.path(), Environment::default());
        let recorders = Arc::new(Mutex::new(recorders));
        SettingsKeeper::new(Some(file), Box::new(self.vault.clone()), ledger, fleet, recorders)
    }

    /// What is kept for the routers `a`, `b` and `c`, and for changes on `a`.
    fn passwords(&self) -> Vec<String> {
        [id("a"), id("b"), id("c"), write_id("a")].iter().map(|id| self.kept(id)).collect()
    }

    fn kept(&self, id: &str) -> String {
        match self.vault.find(id) {
            Ok(Some(secret)) => secret.expose_secret().to_owned(),
            Ok(None) => "none".to_owned(),
            Err(_) => "locked".to_owned(),
        }
    }

    fn settle(&self) {
        settle(&self.path(), &self.vault, &self.people).unwrap();
        assert_eq!(Safe::noted(&self.vault).unwrap(), None);
    }

    fn entries(&self, action: &str) -> Vec<String> {
        let tail = self.people.audit_tail(100).unwrap();
        tail.into_iter().filter(|entry| entry.action == action).map(|entry| entry.object).collect()
    }
}

fn id(name: &str) -> String {
    Credential::Watch.id(&name.parse().unwrap())
}

fn write_id(name: &str) -> String {
    Credential::Write.id(&name.parse().unwrap())
}

fn by() -> By {
    By { who: "ana".to_owned(), from: "here".to_owned() }
}

fn draft(host: &str, password: Option<&str>) -> Draft {
    let mut draft = Draft::default();
    draft.values.insert("host".to_owned(), Value::from(host));
    draft.values.insert("username".to_owned(), Value::from("u"));
    draft.password = password.map(SecretString::from);
    draft
}

/// Router `a` is elsewhere and has new passwords, `b` is gone, and `c` is new.
fn moved() -> Change {
    let mut added = draft("192.0.2.8", Some("new-c"));
    added.values.insert("name".to_owned(), Value::from("c"));
    let write_password = Some(SecretString::from("new-w"));
    let elsewhere = Draft { write_password, ..draft("192.0.2.9", Some("new-a")) };
    Change::Several(vec![
        Change::SetRouter { name: "a".parse().unwrap(), draft: elsewhere },
        Change::RemoveRouter("b".parse().unwrap()),
        Change::AddRouter(added),
    ])
}

fn make(keeper: &SettingsKeeper, change: &Change) -> Result<Vec<RouterSettings>, Refusal> {
    keeper.guarded(|this| this.change(change, None, &by()))
}

const OLD: [&str; 4] = ["old-a", "old-b", "none", "old-w"];
const NEW: [&str; 4] = ["new-a", "none", "new-c", "new-w"];

#[actix::test]
async fn a_program_that_ends_before_the_file_is_in_place_has_the_passwords_before_at_its_next_start() {
    for leaves_the_text in [false, true] {
        let house = House::new();
        make(&house.keeper((1, true)), &moved()).unwrap_err();
        assert_eq!((house.passwords(), house.text().as_str()), (NEW.map(str::to_owned).to_vec(), SETTINGS));
        if leaves_the_text {
            // As it is after a kill, which cleans up nothing; and somebody wrote into the settings since.
            let changed = SettingsFile::new(&house.path(), Environment::default());
            let text = changed.change(&changed.read().unwrap(), &moved()).unwrap().text;
            std::fs::write(house.folder.path().join(".settings.json.4711.new"), text).unwrap();
            std::fs::write(house.path(), SETTINGS.replace("192.0.2.2", "192.0.2.3")).unwrap();
        }
        house.vault.check_finished().unwrap_err();
        house.settle();
        house.vault.check_finished().unwrap();
        assert_eq!(house.passwords(), OLD);
        let expect = "passwords of a, b, c, since the program ended before the file was written";
        assert_eq!(house.entries("settings.undo"), [expect]);
        house.settle();
        assert_eq!(
            (house.passwords(), house.entries("settings.undo").len()),
            (OLD.map(str::to_owned).to_vec(), 1)
        );
    }
}

#[actix::test]
async fn a_program_that_ends_once_the_file_is_in_place_keeps_the_change() {
    for writes_by_hand in [false, true] {
        let house = House::new();
        make(&house.keeper((2, false)), &moved()).unwrap_err();
        assert!(house.text().contains("192.0.2.9"), "{}", house.text());
        if writes_by_hand {
            std::fs::write(house.path(), house.text().replace("192.0.2.8", "192.0.2.7")).unwrap();
        }
        house.vault.check_finished().unwrap_err();
        house.settle();
        assert_eq!(house.passwords(), NEW);
        assert_eq!(house.entries("settings.undo").len(), 0);
    }
}

#[actix::test]
async fn what_is_whole_leaves_nothing_to_be_undone() {
    let house = House::new();
    make(&house.keeper((0, false)), &moved()).unwrap();
    assert_eq!(house.passwords(), NEW);
    house.vault.check_finished().unwrap();
    // A file of another program in its place is no reason to take anything back.
    std::fs::write(house.path(), SETTINGS).unwrap();
    house.settle();
    assert_eq!(house.passwords(), NEW);
}

#[actix::test]
async fn a_change_that_ends_in_a_panic_is_undone_before_the_next_order() {
    let house = House::new();
    let mistakes = Arc::<AtomicU64>::default();
    let keeper = house.keeper((1, true)).counting(&mistakes);
    make(&keeper, &moved()).unwrap_err();
    assert_eq!(house.passwords(), NEW);
    assert_eq!(mistakes.load(Ordering::Relaxed), 1);
    let values = Map::from_iter([("log_level".to_owned(), Value::from("debug"))]);
    make(&keeper, &Change::SetGeneral(values)).unwrap();
    assert_eq!(house.passwords(), OLD);
    assert!(house.text().contains("192.0.2.1"), "{}", house.text());
}

#[actix::test]
async fn what_is_undone_is_as_it_was_also_what_cannot_be_read() {
    let mut house = House::new();
    // Sealed with a key that is not here any more.
    let sealed = house.vault.clone();
    house.vault = Vault::new(sealed.store().clone(), Keys::temporary().unwrap());
    house.people = People::open(house.vault.clone()).unwrap();
    let keeper = house.keeper((0, false));
    let file = SettingsFile::new(&house.path(), Environment::default());
    let written = file.read().unwrap();
    let rewritten = file.change(&written, &moved()).unwrap();
    let secrets = keeper.secrets(&written, &rewritten.settings.routers, &moved()).unwrap();
    let replacement = Replacement::of(&house.path(), rewritten.text.as_bytes()).unwrap();
    let By { who, from } = by();
    let entry = Entry::done(&who, &from, "router.import", "three");
    keeper.write(&secrets, &replacement, entry.clone()).unwrap();
    assert_eq!(house.passwords(), NEW);
    keeper.undo(entry).unwrap();
    assert_eq!(house.passwords(), ["locked", "locked", "none", "locked"]);
    house.vault = sealed;
    assert_eq!(house.passwords(), OLD);
}
