//! Backups of everything: taken of a running service, put back elsewhere, refused when anything is wrong, and whole
//! after a restore that was killed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

#[path = "backup/automatic.rs"]
mod automatic;
#[path = "backup/places.rs"]
mod places;
#[path = "backup/refusals.rs"]
mod refusals;
#[path = "backup/socket.rs"]
mod socket;

use integration_tests::fresh::Fresh;
use integration_tests::isp::{Router, calm};
use integration_tests::service::PATIENCE;
use integration_tests::visitor::{Sent, Visitor};
use integration_tests::{Running, in_folder};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tikwatch::simulator::RouterPlan;

const PASSWORD: &str = "canary otter lamp seven 7Kx";
const ROUTER: &str = "canary of the router";
const PASSPHRASE: &str = "canary four words of chance";

/// A folder with settings and data, of which a service can run.
struct House {
    folder: TempDir,
}

impl House {
    /// One for a router that lets in whoever has the password; nothing was ever started there.
    fn new(port: u16) -> Self {
        let folder = TempDir::new().unwrap();
        let router = json!({
            "name": "r1", "host": "127.0.0.1", "port": port, "username": "monitor", "password": ROUTER,
        });
        // No backups but those that are asked for.
        let settings = json!({ "routers": [router], "backups": { "every_hours": 0 } });
        std::fs::write(folder.path().join("settings.json"), settings.to_string()).unwrap();
        Self { folder }
    }

    /// One with nothing at all.
    fn empty() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self) -> Fresh {
        Fresh::start(self.folder.path(), &[], &[]).unwrap()
    }

    /// Runs a command in it; gives its exit code and all that it said.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let process = Running::start(in_folder(self.folder.path()).args(arguments)).unwrap();
        let ended = process.wait_for_exit(PATIENCE).unwrap();
        let said = [process.stdout(), process.stderr()].concat().join("\n");
        for secret in [PASSWORD, ROUTER, PASSPHRASE] {
            assert!(!said.contains(secret), "{said}");
        }
        (ended.code().unwrap(), said)
    }

    /// Runs a command that goes well; gives what it said.
    fn run_well(&self, arguments: &[&str]) -> String {
        let (code, said) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {said}");
        said
    }
}

/// The first admin of a service.
async fn first_admin(fresh: &Fresh) -> Visitor {
    let token = fresh.setup_token().unwrap();
    let ana = fresh.visitor().unwrap();
    let form = [("token", token.as_str()), ("name", "ana"), ("password", PASSWORD), ("again", PASSWORD)];
    let made = ana.send("POST", "/setup", Sent::Form(&form)).await.unwrap();
    ana.let_in("ana", &made).await.unwrap()
}

/// A token that may do everything.
async fn token(admin: &Visitor) -> String {
    let body = json!({ "name": "t", "role": "admin", "may_write": true, "routers": null });
    let made = admin.send("POST", "/api/v1/tokens", Sent::Json(&body)).await.unwrap();
    assert_eq!(made.status, 201, "{}", made.text());
    made.json().unwrap()["secret"].as_str().unwrap().to_owned()
}

async fn make_group(admin: &Visitor, name: &str) {
    let body = json!({ "router": "r1", "name": name, "members": [{ "name": name }] });
    let made = admin.send("POST", "/api/v1/groups", Sent::Json(&body)).await.unwrap();
    assert_eq!(made.status, 201, "{}", made.text());
}

async fn get(visitor: &Visitor, path: &str) -> Value {
    let answer = visitor.get(path).await.unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json().unwrap()
}

/// The names of all groups.
async fn groups(visitor: &Visitor) -> BTreeSet<String> {
    let answer = get(visitor, "/api/v1/groups?limit=1000").await;
    let groups = answer["groups"].as_array().unwrap_or_else(|| panic!("{answer}"));
    groups.iter().map(|group| group["name"].as_str().unwrap().to_owned()).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.path().is_file() {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_busy_service_becomes_the_same_service_elsewhere() {
    let user = Some(("monitor".to_owned(), SecretString::from(ROUTER)));
    let router = Router::start(RouterPlan { user, ..calm(20) }).await.unwrap();
    let house = House::new(router.address.port());
    let fresh = house.start();
    fresh.process.wait_for_line(PATIENCE, |line| line.contains("connected")).unwrap();
    let ana = first_admin(&fresh).await;
    let token = token(&ana).await;
    std::fs::write(house.path("passphrase"), PASSPHRASE).unwrap();
    std::fs::write(house.path(".env"), "DEBUG=no\n").unwrap();

    // Groups are made all the time while the backups are taken.
    let (made, stop) = (Arc::new(Mutex::new(Vec::<String>::new())), Arc::new(AtomicBool::new(false)));
    let busy = tokio::spawn({
        let (ana, made, stop) = (ana.clone(), Arc::clone(&made), Arc::clone(&stop));
        async move {
            for number in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let name = format!("g{number}");
                make_group(&ana, &name).await;
                made.lock().unwrap().push(name);
                // Fewer than the API allows a second, and than a list has at once, however fast this machine is.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    });
    while made.lock().unwrap().len() < 5 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let before: BTreeSet<String> = made.lock().unwrap().iter().cloned().collect();
    let house = tokio::task::spawn_blocking(move || {
        house.run_well(&["backup", "--passphrase-file", "passphrase", "--out", "sealed"]);
        let said = house.run_well(&["backup", "--out", "clear"]);
        assert!(said.contains("not encrypted, so it lacks the key"), "{said}");
        house
    })
    .await
    .unwrap();
    stop.store(true, Ordering::Relaxed);
    busy.await.unwrap();
    let after = groups(&ana).await;
    let users = get(&ana, "/api/v1/users").await;
    let log = fresh.stop().unwrap().1;
    assert!(log.contains("gave a backup with keys") && log.contains("gave a backup without keys"), "{log}");

    let settings = std::fs::read(house.path("settings.json")).unwrap();
    for (backup, has_key) in [("sealed", true), ("clear", false)] {
        let other = House::empty();
        std::fs::copy(house.path("passphrase"), other.path("passphrase")).unwrap();
        let file = house.path(backup);
        let file = file.to_str().unwrap();
        let with_passphrase = ["restore", "--passphrase-file", "passphrase", file];
        if has_key {
            other.run_well(&with_passphrase);
        } else {
            // Somebody may have put it in the place of one that is.
            let (code, said) = other.run(&with_passphrase);
            assert!(code == 2 && said.contains("is not encrypted, and a passphrase was given"), "{said}");
            assert!(!other.path("data").exists() && !other.path("settings.json").exists());
            other.run_well(&["restore", file]);
        }
        assert_eq!(std::fs::read(other.path("settings.json")).unwrap(), settings);
        assert_eq!(other.path(".env").exists(), has_key, "others keep secrets there, too");
        let fresh = other.start();
        let expect = if has_key { "connected" } else { "the password of `r1` cannot be read" };
        fresh.process.wait_for_line(PATIENCE, |line| line.contains(expect)).unwrap();
        let program = fresh.visitor().unwrap().with_token("t", &token);
        let found = groups(&program).await;
        assert!(before.is_subset(&found) && found.is_subset(&after), "{before:?} {found:?} {after:?}");
        // They were made one after the other: none in the middle is missing.
        assert!((0..found.len()).all(|number| found.contains(&format!("g{number}"))), "{found:?}");
        let ana = fresh.visitor().unwrap().sign_in("ana", PASSWORD, "").await.unwrap();
        let same = get(&ana, "/api/v1/users").await;
        assert_eq!(same["users"][0]["name"], users["users"][0]["name"]);
        assert_eq!(same["users"].as_array().unwrap().len(), 1);
        make_group(&ana, "one more").await;
        fresh.stop().unwrap();
    }
    // The key is in the sealed one alone, and there it cannot be read.
    let key = std::fs::read_to_string(house.path("config/tikwatch/key")).unwrap();
    for name in ["sealed", "clear"] {
        let file = std::fs::read(house.path(name)).unwrap();
        let start = file.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).unwrap().0 + 1;
        let mut text = Vec::new();
        if name == "clear" {
            let mut body = zstd::Decoder::new(&file[start..]).unwrap().single_frame();
            std::io::Read::read_to_end(&mut body, &mut text).unwrap();
            assert!(text.windows(13).any(|window| window == b"settings.json"), "it was looked into");
        }
        for secret in [key.trim(), ROUTER, PASSWORD] {
            let is_in = |text: &[u8]| text.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_in(&file) && !is_in(&text), "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_killed_at_any_moment_leaves_the_old_or_the_new() {
    let house = House::new(1);
    let fresh = house.start();
    let ana = first_admin(&fresh).await;
    let token = token(&ana).await;
    make_group(&ana, "new").await;
    house.run_well(&["backup", "--out", "backup"]);
    let body = |group: &Value| format!("/api/v1/groups/{}?version=1", group["id"].as_str().unwrap());
    let listed = get(&ana, "/api/v1/groups").await;
    let removed = ana.send("DELETE", &body(&listed["groups"][0]), Sent::Nothing).await.unwrap();
    assert_eq!(removed.status, 200, "{}", removed.text());
    make_group(&ana, "old").await;
    fresh.stop().unwrap();
    let old_settings = std::fs::read_to_string(house.path("settings.json")).unwrap() + "\n";
    std::fs::write(house.path("settings.json"), &old_settings).unwrap();

    // How long one takes that is not killed.
    let begun = Instant::now();
    let whole = House::empty();
    copy(house.folder.path(), whole.folder.path());
    whole.run_well(&["restore", "backup"]);
    let length = begun.elapsed();

    let mut seen = BTreeSet::new();
    for number in 0..20 {
        let one = House::empty();
        copy(house.folder.path(), one.folder.path());
        let restoring = Running::start(in_folder(one.folder.path()).args(["restore", "backup"])).unwrap();
        tokio::time::sleep(length * number / 20).await;
        restoring.kill().unwrap();
        restoring.wait_for_exit(PATIENCE).unwrap();
        let fresh = one.start();
        let program = fresh.visitor().unwrap().with_token("t", &token);
        let found: Vec<String> = groups(&program).await.into_iter().collect();
        let settings = std::fs::read_to_string(one.path("settings.json")).unwrap();
        let expect = if found == ["old"] { &*old_settings } else { old_settings.strip_suffix('\n').unwrap() };
        assert!(found == ["old"] || found == ["new"], "{found:?}");
        assert_eq!(settings, expect, "the settings and the store belong together");
        for left in ["data/restoring", "data/restore.json"] {
            assert!(!one.path(left).exists(), "{left}");
        }
        let log = fresh.stop().unwrap().1;
        assert!(!log.contains("was damaged"), "{log}");
        seen.extend(found);
        // It can be done again, and then it is done.
        one.run_well(&["restore", "backup"]);
        let fresh = one.start();
        let program = fresh.visitor().unwrap().with_token("t", &token);
        assert_eq!(groups(&program).await, BTreeSet::from(["new".to_owned()]));
        fresh.stop().unwrap();
    }
    assert!(seen.contains("old"), "some were killed before they changed anything");
}
