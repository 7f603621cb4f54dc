//! A folder of 0.1 with all that there is by now: `integration-tests/fixtures/data-0.1-everything`.
//!
//! Beside the data lie a backup that was made of it then, and what programs were told of it.

use super::originals::Copied;
use super::{KEY, code, now, people, put_in_place, value, variables};
use integration_tests::fresh::Fresh;
use integration_tests::isp::{Router, calm};
use integration_tests::service::PATIENCE;
use integration_tests::visitor::{By, Sent, Visitor};
use integration_tests::{Running, in_folder};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tikwatch::simulator::RouterPlan;

const ANA: &str = "the first admin of everything";
const CARL: &str = "an admin with a second factor";
const BOB: &str = "an operator of the second router";
const DORA: &str = "somebody disabled in everything";
/// The passwords of the routers: of one from the settings file, of one that was added while the service ran.
const ROUTERS: [(&str, &str); 2] =
    [("r1", "the first router's password"), ("r2", "the second router's password")];
const PASSPHRASE: &str = "nine words that are kept elsewhere";

/// A backup with the keys, made of the running service.
const BACKUP: &str = "everything.tikwatch-backup";
/// What lets somebody in.
const WAYS_IN: &str = "ways-in.json";
/// What programs were told.
const TOLD: &str = "told.json";

/// What programs are told, and has to stay: the path, the list in the answer, and what of each row.
const LISTS: [(&str, &str, &[&str]); 5] = [
    ("/api/v1/users", "users", &["name", "role", "routers", "has_totp", "disabled"]),
    ("/api/v1/tokens", "tokens", &["id", "name", "role", "routers", "may_write"]),
    ("/api/v1/groups", "groups", &["id", "name", "router", "description", "colour", "maximum", "version"]),
    ("/api/v1/categories", "categories", &["id", "name", "router", "subcategories"]),
    ("/api/v1/audit?limit=1000", "audit", &["number", "time", "who", "from", "action", "object", "result"]),
];

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/data-0.1-everything")
}

pub(super) fn read(path: PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub(super) async fn get(visitor: &Visitor, path: &str) -> Value {
    let answer = visitor.get(path).await.unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json().unwrap()
}

/// What programs are told now.
pub(super) async fn told(admin: &Visitor) -> Map<String, Value> {
    let mut all = Map::new();
    for (path, list, keys) in LISTS {
        let answer = get(admin, path).await;
        let row = |row: &Value| {
            keys.iter().map(|key| ((*key).to_owned(), row[*key].clone())).collect::<Map<_, _>>()
        };
        let mut rows: Vec<_> = answer[list].as_array().unwrap().iter().map(row).collect();
        // Groups come in the order of how they stand.
        if list == "groups" {
            rows.sort_by_key(|row| row["id"].to_string());
        }
        all.insert(list.to_owned(), json!(rows));
    }
    let mut groups = get(admin, "/api/v1/groups/export").await;
    groups.as_object_mut().unwrap().remove("exported");
    all.insert("export".to_owned(), groups);
    let settings = get(admin, "/api/v1/settings").await;
    let labels = settings["routers"].as_array().unwrap().iter();
    all.insert("routers".to_owned(), labels.map(|router| json!([router["name"], router["label"]])).collect());
    all
}

/// What programs are told now has to be what they were told when the folder was made.
pub(super) fn compare(mut found: Map<String, Value>, expected: &Value) {
    // What happened since is before it, as the newest comes first.
    let log = found["audit"].as_array_mut().unwrap();
    let then = expected["audit"].as_array().unwrap().len();
    assert!(then < log.len(), "nothing was written of this start");
    log.drain(..log.len() - then);
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(found[name], *value, "{name}");
    }
}

/// Routers that let in whoever has the passwords that are sealed in the folder.
async fn routers() -> Vec<Router> {
    let mut all = Vec::new();
    for (_, password) in ROUTERS {
        let user = Some(("monitor".to_owned(), SecretString::from(password)));
        all.push(Router::start(RouterPlan { user, ..calm(20) }).await.unwrap());
    }
    all
}

/// Has the settings lead to where the routers are now; nothing else of them changes.
pub(super) fn lead_to(folder: &Path, routers: &[Router]) {
    let path = folder.join("settings.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("password"), "passwords are in the store alone: {text}");
    let mut settings: Value = serde_json::from_str(&text).unwrap();
    for (entry, router) in settings["routers"].as_array_mut().unwrap().iter_mut().zip(routers) {
        entry["port"] = json!(router.address.port());
    }
    std::fs::write(path, settings.to_string()).unwrap();
}

/// Starts the service in a folder with all this, and looks at all of it.
///
/// `codes` let the one in who has a second factor; none is good twice.
async fn holds_everything(here: &Path, ways: &Value, expected: &Value, codes: &[&str]) {
    let routers = routers().await;
    lead_to(here, &routers);
    let fresh = Fresh::start(here, &[], &variables()).unwrap();
    for (name, _) in ROUTERS {
        let is_there = |line: &str| line.contains("connected") && line.contains(&format!("`{name}`"));
        fresh.process.wait_for_line(PATIENCE, is_there).unwrap();
    }
    let new = || fresh.visitor().unwrap();
    let way = |name: &str| ways[name].as_str().unwrap().to_owned();
    let ana = new().sign_in("ana", ANA, "").await.unwrap();
    compare(told(&ana).await, expected);
    let check = get(&ana, "/api/v1/audit/check").await;
    assert_eq!(check["is_whole"], true, "{check}");
    let length = get(&ana, "/api/performance").await["store"]["audit_entries"].clone();
    assert!(check["entries"].as_u64() <= length.as_u64(), "{check}, but {length}");

    new().sign_in("carl", CARL, "").await.unwrap_err();
    for code in codes {
        new().sign_in("carl", CARL, code).await.unwrap();
    }
    new().sign_in("dora", DORA, "").await.unwrap_err();
    let bob = new().sign_in("bob", BOB, "").await.unwrap();
    let me = get(&bob, "/api/v1/me").await;
    assert_eq!((&me["role"], &me["routers"]), (&json!("operator"), &json!(["r2"])));
    // How much the others do is not for who sees some routers.
    assert_eq!(get(&bob, "/api/performance").await["store"]["audit_entries"], Value::Null);
    let seen = get(&bob, "/api/v1/groups").await;
    assert!(seen["groups"].as_array().unwrap().iter().all(|group| group["router"] == "r2"), "{seen}");
    let program = new().with_token("program", &way("token"));
    assert_eq!(get(&program, "/api/v1/me").await["routers"], json!(["r1"]));
    let link = way("wall link");
    assert_eq!(new().send("POST", "/enter", Sent::Form(&[("secret", &link)])).await.unwrap().status, 303);
    fresh.stop().unwrap();
    people(&here.join("data")).verify_audit().unwrap();
}

pub(super) fn run(folder: &Path, arguments: &[&str]) {
    let process = Running::start(in_folder(folder).args(arguments).envs(variables())).unwrap();
    let ended = process.wait_for_exit(PATIENCE).unwrap();
    assert!(ended.success(), "{arguments:?}: {}", process.transcript());
}

/// A display that was let in when the folder was made.
async fn display_is_let_in(here: &Path, ways: &Value) {
    let fresh = Fresh::start(here, &[], &variables()).unwrap();
    let cookie = ways["display"].as_str().unwrap().to_owned();
    let by = By::Cookie { name: "tikwatch".to_owned(), value: cookie, csrf: String::new() };
    assert_eq!(fresh.visitor().unwrap().by(by).get("/").await.unwrap().status, 200);
    fresh.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_0_1_with_everything_is_taken_up_and_its_backups_too() {
    let copied = Copied::of(&fixture());
    let here = copied.path();
    let (ways, expected) = (read(here.join(WAYS_IN)), read(here.join(TOLD)));
    assert!(20 < expected["audit"].as_array().unwrap().len(), "{}", expected["audit"]);
    display_is_let_in(here, &ways).await;
    let way = |name: &str| ways[name].as_str().unwrap();
    let (shown, codes) = (code(way("second factor")), [way("recovery code"), way("another recovery code")]);
    holds_everything(here, &ways, &expected, &[&shown, codes[0]]).await;

    // What was backed up then, and what is backed up of it now, is the same elsewhere.
    std::fs::write(here.join("passphrase"), PASSPHRASE).unwrap();
    run(here, &["backup", "--passphrase-file", "passphrase", "--out", "now.tikwatch-backup"]);
    for (file, codes) in [(BACKUP, [codes[0], codes[1]].as_slice()), ("now.tikwatch-backup", &codes[1..])] {
        let elsewhere = TempDir::new().unwrap();
        for name in [file, "passphrase"] {
            std::fs::copy(here.join(name), elsewhere.path().join(name)).unwrap();
        }
        run(elsewhere.path(), &["restore", "--passphrase-file", "passphrase", file]);
        holds_everything(elsewhere.path(), &ways, &expected, codes).await;
    }
}

/// Makes a user, and gives them as who signed in.
pub(super) async fn user(
    fresh: &Fresh,
    ana: &Visitor,
    name: &str,
    role: &str,
    password: &str,
    router: Option<&str>,
) -> Visitor {
    let mut form = vec![("name", name), ("role", role), ("password", password), ("again", password)];
    form.push(("scope", if router.is_some() { "some" } else { "all" }));
    form.extend(router.map(|router| ("router", router)));
    assert_eq!(ana.send("POST", "/users", Sent::Form(&form)).await.unwrap().status, 200);
    fresh.visitor().unwrap().sign_in(name, password, "").await.unwrap()
}

pub(super) async fn create(ana: &Visitor, path: &str, body: Value) -> Value {
    let made = ana.send("POST", path, Sent::Json(&body)).await.unwrap();
    assert_eq!(made.status, 201, "{path}: {}", made.text());
    made.json().unwrap()
}

/// Groups of each router and of all, in categories; one was changed, one removed.
async fn make_groups(ana: &Visitor) {
    let mut ids = Vec::new();
    for body in [
        json!({ "router": "r1", "name": "North", "description": "Türme, 3. Stock", "colour": "teal", "maximum": 8,
            "members": [{ "name": "maria.silva1" }, { "name": "señora-ñandú" }, { "name": "<b>bold</b>" }] }),
        json!({ "router": "r2", "name": "Plans", "rules": [{ "kind": "profile", "value": "home-30M" },
            { "kind": "network", "value": "100.64.0.0/10" }, { "kind": "comment", "value": "*tower*" }] }),
        json!({ "name": "Everywhere", "members": [{ "router": "r2", "name": "ord23000002@isp" }] }),
        json!({ "router": "r1", "name": "Gone" }),
    ] {
        ids.push(create(ana, "/api/v1/groups", body).await["group"]["id"].as_str().unwrap().to_owned());
    }
    let parts = json!([{ "name": "Card 1", "groups": [ids[0]] }, { "name": "Card 2", "groups": [] }]);
    create(ana, "/api/v1/categories", json!({ "router": "r1", "name": "OLT", "subcategories": parts })).await;
    let body = json!({ "version": 1, "router": "r2", "name": "Plans of 30M" });
    let changed = ana.send("PUT", &format!("/api/v1/groups/{}", ids[1]), Sent::Json(&body)).await.unwrap();
    assert_eq!(changed.status, 200, "{}", changed.text());
    let path = format!("/api/v1/groups/{}?version=1", ids[3]);
    assert_eq!(ana.send("DELETE", &path, Sent::Nothing).await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes the committed folder anew"]
async fn make_the_folder_with_everything_anew() {
    let (folder, routers) = (TempDir::new().unwrap(), routers().await);
    let here = folder.path();
    let router = |number: usize| {
        let (name, password) = ROUTERS[number];
        json!({ "name": name, "label": format!("POP {name}"), "host": "127.0.0.1", "username": "monitor",
            "port": routers[number].address.port(), "password": password })
    };
    let settings = json!({ "routers": [router(0)], "allow_loopback_routers": true });
    std::fs::write(here.join("settings.json"), settings.to_string()).unwrap();
    let fresh = Fresh::start(here, &[], &variables()).unwrap();
    let token = fresh.setup_token().unwrap();
    let ana = fresh.visitor().unwrap();
    let form = [("token", token.as_str()), ("name", "ana"), ("password", ANA), ("again", ANA)];
    let made = ana.send("POST", "/setup", Sent::Form(&form)).await.unwrap();
    let ana = ana.let_in("ana", &made).await.unwrap();
    let mut body = router(1);
    body["version"] = get(&ana, "/api/v1/settings").await["version"].clone();
    body["tls"] = json!("off");
    create(&ana, "/api/v1/routers", body).await;
    fresh
        .process
        .wait_for_line(PATIENCE, |line| line.contains("connected") && line.contains("`r2`"))
        .unwrap();

    user(&fresh, &ana, "bob", "operator", BOB, Some("r2")).await;
    user(&fresh, &ana, "dora", "viewer", DORA, None).await;
    ana.send("POST", "/users/change", Sent::Form(&[("name", "dora"), ("what", "disable")])).await.unwrap();
    let carl = user(&fresh, &ana, "carl", "admin", CARL, None).await;
    let offered = carl.send("POST", "/account/totp", Sent::Form(&[])).await.unwrap();
    let secret = offered.between("<code class=\"secret\" tabindex=\"0\">", "<").unwrap();
    let form = [("code", &*code(&secret))];
    let confirmed = carl.send("POST", "/account/totp/confirm", Sent::Form(&form)).await.unwrap().text();
    let codes: Vec<&str> = confirmed.split("<li><code>").skip(1).map(|rest| &rest[..19]).collect();
    fresh.visitor().unwrap().sign_in("bob", ANA, "").await.unwrap_err();
    let body = json!({ "name": "program", "role": "viewer", "may_write": false, "routers": ["r1"] });
    let token = create(&ana, "/api/v1/tokens", body).await["secret"].clone();
    let form = [("name", "hall"), ("scope", "all"), ("page", "overview")];
    let link = ana.send("POST", "/walls", Sent::Form(&form)).await.unwrap().between("/enter/", "<").unwrap();
    let entered = fresh.visitor().unwrap();
    let answer = entered.send("POST", "/enter", Sent::Form(&[("secret", &link)])).await.unwrap();
    let display = entered.let_in("display", &answer).await.unwrap();
    make_groups(&ana).await;

    std::fs::write(here.join("passphrase"), PASSPHRASE).unwrap();
    // Before the backup, so that what it has is what was told, but for itself.
    let told = told(&ana).await;
    run(here, &["backup", "--passphrase-file", "passphrase", "--out", BACKUP]);
    fresh.stop().unwrap();
    std::fs::remove_file(here.join("passphrase")).unwrap();
    let ways = json!({ "made": now(), "key": KEY, "token": token, "wall link": link, "display": value(&display),
        "second factor": secret, "recovery code": codes[0], "another recovery code": codes[1] });
    put_in_place(here, &[(WAYS_IN, &ways), (TOLD, &json!(told))], &fixture());
}
