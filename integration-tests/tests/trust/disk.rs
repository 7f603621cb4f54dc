//! The disk of the data folder is full, from the start or while the program runs.

use super::{first_admin, group_names, json, make_group, settle, until};
use integration_tests::fresh::Fresh;
use integration_tests::isp::Router;
use integration_tests::service::PATIENCE;
use integration_tests::visitor::Visitor;
use integration_tests::{Running, in_folder};
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tikwatch::access::{Keys, People, Vault};
use tikwatch::store::Store;

/// A small disk of its own; it goes when this is dropped.
struct Disk(PathBuf);

impl Disk {
    /// Mounts one here, if that is allowed.
    fn mount(at: PathBuf) -> Option<Self> {
        std::fs::create_dir(&at).unwrap();
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", "size=24m,mode=0700", "tikwatch-test"]).arg(&at);
        mount.output().is_ok_and(|done| done.status.success()).then_some(Self(at))
    }

    /// Leaves nothing of it to others.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("others")).unwrap();
        for size in [1 << 20, 4096, 1] {
            let piece = vec![1; size];
            while file.write_all(&piece).is_ok() {}
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("others")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a program that a failed test left behind may still use it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

fn is_full(health: &Value) -> bool {
    health["disk_full"] == true
}

/// What must hold while the disk is full.
async fn check_full(visitor: &Visitor) {
    let health = until(visitor, "/api/health", is_full).await;
    assert_eq!(health["status"], "degraded");
    for page in ["/", "/subscribers", "/groups"] {
        assert!(visitor.get(page).await.unwrap().text().contains("id=\"disk-full\""), "{page} has no banner");
    }
    let refused = make_group(visitor, "refused").await;
    assert_eq!(refused.status, 507, "{}", refused.text());
    let problem = refused.json().unwrap();
    assert_eq!(problem["type"], "tikwatch:disk_full");
    assert!(problem["detail"].as_str().unwrap().contains("is full: nothing was changed; make room"));
    // Routers are watched on: answers come in, and subscribers have rates.
    let answers = |answer: &Value| answer["routers"][0]["answers"].as_u64().unwrap();
    let before = answers(&json(visitor, "/api/performance").await);
    until(visitor, "/api/performance", |now| before + 3 < answers(now)).await;
    let rates = |answer: &Value| {
        let rows = answer["subscribers"].as_array().unwrap();
        rows.iter().any(|row| row["download_bps"].is_number())
    };
    until(visitor, "/api/v1/subscribers?state=online", rates).await;
}

/// What must hold within a minute after there is room.
async fn check_room(visitor: &Visitor, name: &str) {
    let began = Instant::now();
    until(visitor, "/api/health", |health| !is_full(health)).await;
    let made = make_group(visitor, name).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert!(began.elapsed() < Duration::from_secs(60));
    assert!(!visitor.get("/groups").await.unwrap().text().contains("id=\"disk-full\""));
}

fn kill(fresh: &Fresh) {
    fresh.process.kill().unwrap();
    fresh.process.wait_for_exit(PATIENCE).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_changes_and_nothing_else_and_room_brings_them_back() {
    let folder = TempDir::new().unwrap();
    let Some(disk) = Disk::mount(folder.path().join("data")) else {
        // Written past the test harness, which shows nothing of a test that passes.
        let _ = std::io::stderr().write_all(b"\nNOT RUN: a full disk; it needs the right to mount one\n");
        return;
    };
    let router = Router::calm(60).await.unwrap();
    settle(folder.path(), &[router.address.port()], 1);
    let start = |folder: &Path| Fresh::start(folder, &[], &[]).unwrap();

    let fresh = start(folder.path());
    let ana = first_admin(&fresh).await;
    assert_eq!(make_group(&ana, "first").await.status, 201);
    disk.fill();
    // At once, and not only when somebody has looked at the disk.
    assert_eq!(make_group(&ana, "refused").await.status, 507);
    check_full(&ana).await;
    disk.make_room();
    check_room(&ana, "second").await;
    kill(&fresh);

    // Full from the start on: everything is there to be read, and who was let in still is.
    disk.fill();
    let fresh = start(folder.path());
    let ana = ana.at(&fresh.url);
    check_full(&ana).await;
    assert_eq!(group_names(&ana).await, ["first", "second"]);
    // It has the data folder to itself all the same.
    let second = Running::start(in_folder(folder.path()).args(["serve", "--listen", "127.0.0.1:0"])).unwrap();
    assert_eq!(second.wait_for_exit(PATIENCE).unwrap().code(), Some(2));
    assert!(second.transcript().contains("in use by another tikwatch"), "{}", second.transcript());
    // Whoever has to look at it can come in, and go.
    let later = fresh.visitor().unwrap().sign_in("ana", super::PASSWORD, "").await.unwrap();
    check_full(&later).await;
    let wrong = fresh.visitor().unwrap().sign_in("ana", "not the right password", "").await;
    assert!(wrong.unwrap_err().to_string().contains(" 401 "));
    disk.make_room();
    check_room(&later, "third").await;
    kill(&fresh);

    let fresh = start(folder.path());
    // Who came in while it was full is in after a crash, too.
    assert_eq!(group_names(&later.at(&fresh.url)).await, ["first", "second", "third"]);
    fresh.stop().unwrap();
    let home = folder.path();
    let keys = Keys::find(|name| (name == "XDG_CONFIG_HOME").then(|| home.join("config").into())).unwrap();
    let people = People::open(Vault::new(Store::open(&home.join("data")).unwrap(), keys)).unwrap();
    people.verify_audit().unwrap();
    let late = people.audit_tail(100).unwrap();
    let late: Vec<&str> = late
        .iter()
        .filter(|entry| entry.result.contains("on a full disk"))
        .map(|entry| &*entry.action)
        .collect();
    assert!(late.contains(&"session.sign_in") && 2 <= late.len(), "{late:?}");
}

#[tokio::test]
async fn a_first_start_on_a_full_disk_says_so() {
    let folder = TempDir::new().unwrap();
    let Some(disk) = Disk::mount(folder.path().join("data")) else { return };
    settle(folder.path(), &[1], 5);
    disk.fill();
    let started =
        Running::start(in_folder(folder.path()).args(["serve", "--listen", "127.0.0.1:0"])).unwrap();
    assert_eq!(started.wait_for_exit(PATIENCE).unwrap().code(), Some(2));
    let said = started.transcript();
    assert!(said.contains("is full") && said.contains("make room and try again"), "{said}");
}
