//! Data folders that earlier versions left are taken up by this one: nobody and nothing in them is lost.
//!
//! `integration-tests/fixtures/data-0.1` is a folder of version 0.1 as it lay on the disk; its key is no secret.
//! `data-0.1-groups` beside it is from later on, when there were groups, `data-0.1-everything` from when there were
//! backups and routers that were added while the service ran, too, and `data-0.1-acting` from when something could be
//! changed on routers. One of them is made anew by
//!
//! ```text
//! cargo test --test upgrade -- --ignored make_the_folder_with_everything_anew
//! ```
//!
//! which is to be done once for each version whose records differ, into a folder of that version's name. One that was
//! committed is never made again: it stands for folders that are out there.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

#[path = "upgrade/acting.rs"]
mod acting;
#[path = "upgrade/everything.rs"]
mod everything;
#[path = "upgrade/groups.rs"]
mod groups;
#[path = "upgrade/originals.rs"]
mod originals;

use integration_tests::fresh::Fresh;
use integration_tests::isp::{Router, calm};
use integration_tests::service::PATIENCE;
use integration_tests::visitor::{By, Sent, Visitor};
use integration_tests::{Running, in_folder};
use originals::Copied;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tikwatch::access::{Keys, People, Vault};
use tikwatch::simulator::RouterPlan;
use tikwatch::store::Store;
use totp_rs::{Builder, Secret};

/// The key of the folders: for tests only.
const KEY: &str = "7465737420666978747572652c206e6f20736563726574212020202020202121";
const ROUTER: &str = "a router's password of 0.1";
const ANA: &str = "the first admin of 0.1";
const BOB: &str = "an operator of one router";
const DORA: &str = "somebody disabled in 0.1";

/// What lets somebody into the folder, in a file beside it.
const WAYS_IN: &str = "ways-in.json";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/data-0.1")
}

fn variables() -> [(&'static str, &'static str); 1] {
    [("TIKWATCH_KEY", KEY)]
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A router that lets in whoever has the password that is sealed in the folder.
async fn router() -> Router {
    let user = Some(("monitor".to_owned(), SecretString::from(ROUTER)));
    Router::start(RouterPlan { user, ..calm(20) }).await.unwrap()
}

/// Settings for this router: with its password at first, without afterwards.
fn write_settings(folder: &Path, router: &Router, password: Option<&str>) {
    let mut one = json!({
        "name": "r1", "host": "127.0.0.1", "port": router.address.port(), "username": "monitor",
    });
    if let Some(password) = password {
        one["password"] = json!(password);
    }
    let settings = json!({ "routers": [one], "allowed_hosts": ["noc.example.net"] });
    std::fs::write(folder.join("settings.json"), settings.to_string()).unwrap();
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// What a device shows now.
fn code(secret: &str) -> String {
    let device = Secret::try_from_base32(secret).unwrap();
    Builder::new().with_secret(device).build().unwrap().generate(now()).to_string()
}

fn vault(data: &Path) -> Vault {
    let keys = Keys::find(|name| (name == "TIKWATCH_KEY").then(|| KEY.into())).unwrap();
    Vault::new(Store::open(data).unwrap(), keys)
}

fn people(data: &Path) -> People {
    People::open(vault(data)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_0_1_is_taken_up_with_all_that_is_in_it() {
    let (folder, router) = (Copied::of(&fixture()), router().await);
    let here = folder.path();
    let ways: Value = serde_json::from_slice(&std::fs::read(here.join(WAYS_IN)).unwrap()).unwrap();
    let way = |name: &str| ways[name].as_str().unwrap().to_owned();
    let before = people(&here.join("data")).verify_audit().unwrap();
    assert!(10 < before, "{before} entries");

    // The router is somewhere else by now; its password is in the folder alone.
    let settings = std::fs::read_to_string(here.join("settings.json")).unwrap();
    assert!(settings.contains("\"r1\"") && !settings.contains("password"), "{settings}");
    write_settings(here, &router, None);
    let fresh = Fresh::start(here, &[], &variables()).unwrap();
    let new = || fresh.visitor().unwrap();
    fresh.process.wait_for_line(PATIENCE, |line| line.contains("connected")).unwrap();

    let ana = new().sign_in("ana", ANA, &code(&way("second factor"))).await.unwrap();
    new().sign_in("ana", ANA, &way("recovery code")).await.unwrap();
    assert!(new().sign_in("ana", ANA, &way("used recovery code")).await.is_err());
    let bob = new().sign_in("bob", BOB, "").await.unwrap();
    let me = bob.get("/api/v1/me").await.unwrap().json().unwrap();
    assert_eq!((&me["role"], &me["routers"]), (&json!("operator"), &json!(["r1"])));
    assert!(new().sign_in("dora", DORA, "").await.is_err(), "she is disabled");

    let users = ana.get("/api/v1/users").await.unwrap().json().unwrap();
    let users: Vec<_> = users["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| {
            (
                user["name"].as_str().unwrap(),
                user["role"].as_str().unwrap(),
                user["has_totp"] == true,
                user["disabled"] == true,
            )
        })
        .collect();
    assert_eq!(
        users,
        [("ana", "admin", true, false), ("bob", "operator", false, false), ("dora", "viewer", false, true)]
    );
    for (token, role, routers, may_write) in
        [("reads", "viewer", json!(["r1"]), false), ("writes", "admin", Value::Null, true)]
    {
        let me = new().with_token(token, &way(token)).get("/api/v1/me").await.unwrap().json().unwrap();
        assert_eq!(
            (&me["role"], &me["routers"], &me["may_write"]),
            (&json!(role), &routers, &json!(may_write))
        );
    }
    assert_eq!(new().with_token("x", &way("revoked")).get("/api/v1/me").await.unwrap().status, 401);
    // A display goes on for ever; a person's session does not: half an hour after the folder was made it is over.
    let cookie =
        |name: &str| By::Cookie { name: "tikwatch".to_owned(), value: way(name), csrf: String::new() };
    assert_eq!(new().by(cookie("display")).get("/").await.unwrap().status, 200);
    let is_over = 30 * 60 <= now() - ways["made"].as_u64().unwrap();
    let status = new().by(cookie("session")).get("/api/v1/me").await.unwrap().status;
    assert_eq!(status, if is_over { 401 } else { 200 });
    let link = way("wall link");
    assert_eq!(new().send("POST", "/enter", Sent::Form(&[("secret", &link)])).await.unwrap().status, 303);
    fresh.stop().unwrap();

    let after = people(&here.join("data"));
    assert!(before < after.verify_audit().unwrap(), "the chain goes on");
    let all = after.audit_tail(1000).unwrap();
    assert!(all.iter().all(|entry| entry.chain == 1), "in one chain");
    assert!(all.iter().any(|entry| entry.action == "setup" && entry.seq == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_0_1_is_opened_by_its_key_alone() {
    let folder = Copied::of(&fixture());
    let other = KEY.replace('7', "8");
    let fresh = Fresh::start(folder.path(), &[], &[("TIKWATCH_KEY", &other)]).unwrap();
    fresh
        .process
        .wait_for_line(PATIENCE, |line| line.contains("the password of `r1` cannot be read"))
        .unwrap();
    fresh.visitor().unwrap().sign_in("bob", BOB, "").await.unwrap();
    fresh.stop().unwrap();
}

/// A session's cookie.
fn value(visitor: &Visitor) -> String {
    let By::Cookie { value, .. } = &visitor.by else { panic!("no cookie") };
    value.clone()
}

/// A folder that is about to be made: a service that watches a router, and its first admin.
struct Making {
    folder: TempDir,
    fresh: Fresh,
    ana: Visitor,
    _router: Router,
}

impl Making {
    async fn begin(password: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let (here, router) = (folder.path(), router().await);
        write_settings(here, &router, Some(ROUTER));
        let fresh = Fresh::start(here, &[], &variables()).unwrap();
        fresh.process.wait_for_line(PATIENCE, |line| line.contains("connected")).unwrap();
        let token = fresh.setup_token().unwrap();
        let ana = fresh.visitor().unwrap();
        let form = [("token", token.as_str()), ("name", "ana"), ("password", password), ("again", password)];
        let made = ana.send("POST", "/setup", Sent::Form(&form)).await.unwrap();
        let ana = ana.let_in("ana", &made).await.unwrap();
        Self { folder, fresh, ana, _router: router }
    }
}

/// Puts a folder, with these files beside what is in it, in the place of the committed one.
fn put_in_place(here: &Path, beside: &[(&str, &Value)], target: &Path) {
    for (name, value) in beside {
        std::fs::write(here.join(name), serde_json::to_vec_pretty(value).unwrap()).unwrap();
    }
    if target.exists() {
        std::fs::remove_dir_all(target).unwrap();
    }
    copy(here, target);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes the committed folder anew"]
async fn make_the_folder_anew() {
    let Making { folder, fresh, ana, _router } = Making::begin(ANA).await;
    let here = folder.path();
    for (name, role, password, router) in [("bob", "operator", BOB, true), ("dora", "viewer", DORA, false)] {
        let mut form = vec![("name", name), ("role", role), ("password", password), ("again", password)];
        form.push(("scope", if router { "some" } else { "all" }));
        form.extend(router.then_some(("router", "r1")));
        assert_eq!(ana.send("POST", "/users", Sent::Form(&form)).await.unwrap().status, 200);
    }
    ana.send("POST", "/users/change", Sent::Form(&[("name", "dora"), ("what", "disable")])).await.unwrap();
    let mut ways = json!({ "made": now() });
    for (name, role, write, routers) in [
        ("reads", "viewer", false, json!(["r1"])),
        ("writes", "admin", true, Value::Null),
        ("revoked", "viewer", false, Value::Null),
    ] {
        let body = json!({ "name": name, "role": role, "may_write": write, "routers": routers });
        let made = ana.send("POST", "/api/v1/tokens", Sent::Json(&body)).await.unwrap().json().unwrap();
        ways[name] = made["secret"].clone();
        if name == "revoked" {
            let path = format!("/api/v1/tokens/{}", made["token"]["id"].as_str().unwrap());
            assert_eq!(ana.send("DELETE", &path, Sent::Nothing).await.unwrap().status, 200);
        }
    }
    let made = ana
        .send("POST", "/walls", Sent::Form(&[("name", "hall"), ("scope", "all"), ("page", "overview")]))
        .await
        .unwrap();
    let link = made.between("/enter/", "<").unwrap();
    let display = fresh.visitor().unwrap();
    let entered = display.send("POST", "/enter", Sent::Form(&[("secret", &link)])).await.unwrap();
    let display = display.let_in("display", &entered).await.unwrap();
    let offered = ana.send("POST", "/account/totp", Sent::Form(&[])).await.unwrap();
    let secret = offered.between("<code class=\"secret\" tabindex=\"0\">", "<").unwrap();
    let form = [("code", &*code(&secret))];
    let confirmed = ana.send("POST", "/account/totp/confirm", Sent::Form(&form)).await.unwrap().text();
    let codes: Vec<&str> = confirmed.split("<li><code>").skip(1).map(|rest| &rest[..19]).collect();
    let again = fresh.visitor().unwrap().sign_in("ana", ANA, codes[0]).await.unwrap();
    fresh.visitor().unwrap().sign_in("bob", ANA, "").await.unwrap_err();
    let kept = [
        ("wall link", link.as_str()),
        ("second factor", &secret),
        ("recovery code", codes[1]),
        ("used recovery code", codes[0]),
        ("display", &value(&display)),
        ("session", &value(&again)),
    ];
    for (name, secret) in kept {
        ways[name] = json!(secret);
    }
    fresh.stop().unwrap();
    // Started and stopped once more, so that the folder is as sled leaves it after a recovery.
    let listed = Running::start(in_folder(here).args(["user", "list"]).envs(variables())).unwrap();
    assert!(listed.wait_for_exit(PATIENCE).unwrap().success());
    put_in_place(here, &[(WAYS_IN, &ways)], &fixture());
}
