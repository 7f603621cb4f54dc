//! A folder of 0.1 in which things were acted upon: `integration-tests/fixtures/data-0.1-acting`.
//!
//! In its store are a second password for each router, of which one may be changed and the other may not any more, and
//! the audit log of jobs that came to each kind of end, the last of them cut short by the end of the program. Beside the
//! data lies what a change of the settings leaves that is killed halfway. Jobs are not kept, and the language and the
//! units of a reader are in the browser: there is nothing of these in any folder.

use super::everything::{compare, create, get, lead_to, read, run, told, user};
use super::originals::Copied;
use super::{KEY, people, put_in_place, variables, vault};
use integration_tests::fresh::Fresh;
use integration_tests::isp::{Router, calm};
use integration_tests::secrets::find_in;
use integration_tests::service::PATIENCE;
use integration_tests::visitor::{Sent, Visitor};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tikwatch::access::{People, VaultError};
use tikwatch::domain::credential::Credential;
use tikwatch::simulator::RouterPlan;
use tikwatch::store::Changes;
use tikwatch::store::file::Replacement;
use tikwatch::store::ledger::{Entry, Ledger as _, Safe};

/// Who there is, with their roles and passwords.
const PEOPLE: [(&str, &str, &str); 3] = [
    ("ana", "admin", "the admin who let others act"),
    ("bob", "operator", "an operator who acted on a router"),
    ("vera", "viewer", "a viewer who may only look on"),
];
/// What each router has: its name, and the passwords of who watches it and of who may change something on it.
const ROUTERS: [(&str, &str, &str); 2] = [
    ("r1", "canary-watches-r1-4Nd", "canary-changes-r1-8Qs"),
    ("r2", "canary-watches-r2-6Lw", "canary-changes-r2-3Zb"),
];
/// The password of a change that was never made.
const HALF: &str = "canary-half-a-change-5Gt";
/// The password of an account that was added on a router.
const ACCOUNT: &str = "canary-account-added-7Hm";
/// What a router said no with.
const REFUSAL: &str = "failure: locked by the billing";

/// What lets a program in.
const WAYS_IN: &str = "ways-in.json";
/// What programs were told.
const TOLD: &str = "told.json";
/// The text of half a change, as the program calls one that it is about to put in place.
const BESIDE: &str = ".settings.json.4711.new";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/data-0.1-acting")
}

/// Routers that let in whoever has the passwords that are sealed in the folder. Only the second user may change something.
async fn routers() -> Vec<Router> {
    let mut all = Vec::new();
    for (_, watches, changes) in ROUTERS {
        let user = |name: &str, password: &str| Some((name.to_owned(), SecretString::from(password)));
        let (user, operator) = (user("monitor", watches), user("operator", changes));
        let mut router = Router::start(RouterPlan { user, operator, ..calm(40) }).await.unwrap();
        router.is_acted_on = true;
        all.push(router);
    }
    all
}

async fn until(visitor: &Visitor, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let start = Instant::now();
    loop {
        let answer = get(visitor, path).await;
        if wanted(&answer) {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{path} is still {answer}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The names of the accounts of a router, once they were read.
async fn accounts(visitor: &Visitor, router: &str) -> Vec<String> {
    let names = |list: &Value| -> Vec<String> {
        let rows = list["subscribers"].as_array().unwrap().iter().filter(|row| row["profile"] != "");
        rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    let path = format!("/api/v1/subscribers?limit=1000&sort=name&router={router}");
    names(&until(visitor, &path, |list| 8 <= names(list).len()).await)
}

fn comment(router: &str, name: &str) -> Value {
    json!({ "router": router, "action": "set_comment", "name": name, "comment": "moved to 12, Türme" })
}

/// Has somebody prepare a job, and gives its path.
async fn prepare(by: &Visitor, actions: &[Value], pace: u32) -> String {
    let job = create(by, "/api/v1/jobs", json!({ "actions": actions, "pace": pace })).await;
    format!("/api/v1/jobs/{}", job["job"]["id"].as_str().unwrap())
}

/// Has somebody say what becomes of a job.
async fn have(by: &Visitor, path: &str, word: &str) {
    let told = by.send("POST", path, Sent::Json(&json!({ "do": word }))).await.unwrap();
    assert_eq!(told.status, 200, "{word}: {}", told.text());
}

/// Has somebody do all this; how each ended.
async fn act(by: &Visitor, actions: &[Value]) -> Vec<String> {
    let path = prepare(by, actions, 20).await;
    have(by, &path, "begin").await;
    let over = until(by, &path, |job| job["job"]["phase"] == "over").await;
    let steps = over["steps"].as_array().unwrap().iter();
    steps.map(|step| step["state"].as_str().unwrap().to_owned()).collect()
}

/// What programs are told, and on which routers something may be changed, as whom.
async fn told_of_acting(admin: &Visitor) -> Map<String, Value> {
    let mut all = told(admin).await;
    let settings = get(admin, "/api/v1/settings").await;
    let mode = |one: &Value| {
        let set = &one["settings"];
        json!([
            set["label"],
            set["write_mode"],
            set["write_username"],
            one["password"],
            one["write_password"]
        ])
    };
    let modes = settings["routers"].as_array().unwrap().iter().map(mode).collect();
    all.insert("write mode".to_owned(), modes);
    all
}

/// Switches write mode on or off at the second router, whose passwords are left as they are.
async fn switch(ana: &Visitor, router: &Router, is_on: bool) {
    let version = get(ana, "/api/v1/settings").await["version"].clone();
    let body = json!({ "label": "POP r2", "host": "127.0.0.1", "port": router.address.port(), "tls": "off",
        "username": "monitor", "write_username": "operator", "write_mode": is_on, "version": version });
    let set = ana.send("PUT", "/api/v1/routers/r2", Sent::Json(&body)).await.unwrap();
    assert_eq!(set.status, 200, "{}", set.text());
}

async fn all_connected(fresh: &Fresh) {
    for (name, ..) in ROUTERS {
        let is_there = |line: &str| line.contains("connected") && line.contains(&format!("`{name}`"));
        fresh.process.wait_for_line(PATIENCE, is_there).unwrap();
    }
}

/// What the folder is worth nothing without: that each kind of end is in its log, and a job without one.
fn holds_each_end(expected: &Value) {
    let log = expected["audit"].as_array().unwrap();
    let is = |entry: &Value, action: &str, result: &str| {
        entry["action"] == action && entry["result"].as_str().unwrap().starts_with(result)
    };
    for (action, result) in [
        ("job.begin", "done"),
        ("job.pause", "done"),
        ("job.resume", "done"),
        ("job.stop", "done"),
        ("router.add_account", "done"),
        ("router.disable_account", "changed: comment is"),
        ("router.set_comment", "ordered"),
        ("router.set_comment", "done"),
        ("router.set_comment", &format!("refused: {REFUSAL}")),
        ("router.set_comment", "unreachable: "),
        ("request.refused", ""),
    ] {
        assert!(log.iter().any(|entry| is(entry, action, result)), "{action}: {result}");
    }
    let of_program = |result: &str| {
        let own = log.iter().filter(|entry| entry["who"].as_str().unwrap().contains("program"));
        own.filter(|entry| is(entry, "router.set_comment", result)).count()
    };
    let (ordered, done) = (of_program("ordered"), of_program("done"));
    assert!(0 < done && done < ordered, "of {ordered} actions {done} were done");
    let modes =
        json!([["POP r1", true, "operator", "kept", "kept"], ["POP r2", false, "operator", "kept", "kept"]]);
    assert_eq!(expected["write mode"], modes);
}

/// Starts the service in a folder with all this, looks at all of it, and goes on with it.
async fn goes_on(here: &Path, ways: &Value, expected: &Value) {
    let routers = routers().await;
    let heard = |at: usize| routers[at].router.counters().changing_by_path;
    lead_to(here, &routers);
    let fresh = Fresh::start(here, &[], &variables()).unwrap();
    all_connected(&fresh).await;
    let new = || fresh.visitor().unwrap();
    let mut everybody = Vec::new();
    for (name, role, password) in PEOPLE {
        new().sign_in(name, HALF, "").await.unwrap_err();
        let visitor = new().sign_in(name, password, "").await.unwrap();
        assert_eq!(get(&visitor, "/api/v1/me").await["role"], role, "{name}");
        everybody.push(visitor);
    }
    let [ana, bob, vera] = everybody.as_slice() else { panic!("{}", everybody.len()) };
    compare(told_of_acting(ana).await, expected);
    assert_eq!(get(ana, "/api/v1/audit/check").await["is_whole"], true);
    for visitor in [bob, vera] {
        assert_eq!(visitor.get("/api/v1/settings").await.unwrap().status, 403, "{}", visitor.name);
    }

    // What was cut short does not go on by itself, and where write mode is off nothing can be begun.
    let (first, second) = (accounts(ana, "r1").await, accounts(ana, "r2").await);
    assert_eq!(get(ana, "/api/v1/jobs").await["jobs"], json!([]));
    let body = |router: &str, name: &str| json!({ "actions": [comment(router, name)], "begin": true });
    let refused = vera.send("POST", "/api/v1/jobs", Sent::Json(&body("r1", &first[0]))).await.unwrap();
    assert_eq!(refused.status, 403, "{}", refused.text());
    let off = bob.send("POST", "/api/v1/jobs", Sent::Json(&body("r2", &second[0]))).await.unwrap();
    assert!(off.status == 422 && off.text().contains("write mode is off"), "{}", off.text());
    assert!(heard(0).is_empty() && heard(1).is_empty(), "{:?}, {:?}", heard(0), heard(1));

    // Where it is on, those may act who might then, and the router lets in who has the password for that.
    let program = new().with_token("program", ways["token"].as_str().unwrap());
    for (by, name) in [(bob, &first[0]), (ana, &first[1]), (&program, &first[2])] {
        assert_eq!(act(by, &[comment("r1", name)]).await, ["done"], "{}", by.name);
    }
    assert_eq!(heard(0)["/ppp/secret/set"], 3);
    assert!(heard(1).is_empty(), "{:?}", heard(1));
    // The password for the other was kept for when it is on again.
    switch(ana, &routers[1], true).await;
    assert_eq!(act(bob, &[comment("r2", &second[0])]).await, ["done"]);
    assert_eq!(heard(1)["/ppp/secret/set"], 1);
    fresh.stop().unwrap();

    let people = people(&here.join("data"));
    people.verify_audit().unwrap();
    let log = people.audit_tail(1000).unwrap();
    assert!(log.iter().all(|entry| entry.chain == 1), "there is another chain");
    // What was done since is told on, in the same chain.
    let since = &log[..log.len() - expected["audit"].as_array().unwrap().len()];
    let done = since.iter().filter(|entry| entry.action == "router.set_comment" && entry.result == "done");
    assert_eq!(done.count(), 4, "{since:?}");
}

/// The backups that a service made by itself.
fn own_backups(here: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(here.join("data/backups")).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| path.extension().is_some_and(|end| end == "tikwatch-backup")).collect()
}

/// How often a change was undone of which only half was made.
fn undone(here: &Path) -> usize {
    let log = people(&here.join("data")).audit_tail(1000).unwrap();
    log.iter().filter(|entry| entry.action == "settings.undo").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_0_1_in_which_things_were_acted_upon_is_taken_up_and_its_own_backup_too() {
    let copied = Copied::of(&fixture());
    let (here, elsewhere) = (copied.path(), TempDir::new().unwrap());
    let (ways, expected) = (read(here.join(WAYS_IN)), read(here.join(TOLD)));
    holds_each_end(&expected);
    // The backup that it made by itself; a service that starts later may find that it is old and remove it.
    let backups = own_backups(here);
    let [backup] = backups.as_slice() else { panic!("{backups:?}") };
    run(elsewhere.path(), &["restore", backup.to_str().unwrap()]);
    let passwords = ROUTERS.iter().flat_map(|(_, watches, changes)| [*watches, *changes]);
    for secret in passwords.chain([HALF, ACCOUNT]).chain(PEOPLE.map(|(.., password)| password)) {
        for folder in [here, elsewhere.path()] {
            assert_eq!(find_in(folder, secret).unwrap(), None, "{secret} is not sealed");
        }
    }
    goes_on(elsewhere.path(), &ways, &expected).await;
    assert_eq!(undone(elsewhere.path()), 0);

    // Half a change is undone with the first start, though somebody wrote into the settings since.
    let is_half = vault(&here.join("data")).check_finished();
    assert!(matches!(is_half, Err(VaultError::Unfinished)), "{is_half:?}");
    goes_on(here, &ways, &expected).await;
    vault(&here.join("data")).check_finished().unwrap();
    assert_eq!((undone(here), here.join(BESIDE).exists()), (1, false));
}

/// Has each kind of end come to actions on the first router; the last job is under way when it returns.
async fn act_in_each_way(fresh: &Fresh, people: [&Visitor; 4], router: &mut Router) {
    let [ana, bob, vera, program] = people;
    let names = accounts(ana, "r1").await;
    let all = |names: &[String]| names.iter().map(|name| comment("r1", name)).collect::<Vec<_>>();
    let refused =
        vera.send("POST", "/api/v1/jobs", Sent::Json(&json!({ "actions": all(&names[..1]) }))).await.unwrap();
    assert_eq!(refused.status, 403, "{}", refused.text());

    router.router.refuse_changes(&names[2], REFUSAL);
    let path = prepare(bob, &all(&names[..3]), 20).await;
    have(bob, &path, "begin").await;
    until(bob, &path, |job| job["job"]["phase"] == "over").await;
    let undo = get(bob, &format!("{path}/undo")).await;
    assert_eq!(act(bob, undo["actions"].as_array().unwrap()).await, ["done", "done"]);

    let disable = json!({ "router": "r1", "action": "disable_account", "name": names[3] });
    let path = prepare(bob, &[disable], 20).await;
    assert_eq!(act(ana, &all(&names[3..4])).await, ["done"]);
    have(bob, &path, "begin").await;
    let over = until(bob, &path, |job| job["job"]["phase"] == "over").await;
    assert_eq!(over["steps"][0]["state"], "changed", "{over}");
    let path = prepare(bob, &all(&names[4..8]), 20).await;
    have(bob, &path, "stop").await;
    let add = json!({ "router": "r1", "action": "add_account", "name": "señor nuevo", "profile": "home-10M",
        "password": ACCOUNT });
    assert_eq!(act(ana, &[add]).await, ["done"]);

    router.kill();
    assert_eq!(act(bob, &all(&names[4..5])).await, ["unreachable"]);
    router.revive().await.unwrap();
    until(ana, "/api/v1/routers", |list| list["routers"][0]["status"] == "live").await;
    // Of four in four seconds two are done.
    let path = prepare(program, &all(&names[4..8]), 1).await;
    for (word, done) in [("begin", 1), ("pause", 1), ("begin", 2)] {
        have(program, &path, word).await;
        until(program, &path, |job| done <= job["job"]["counts"]["done"].as_u64().unwrap()).await;
    }
    assert!(fresh.process.is_running());
}

/// Leaves half of a change of the settings, as a program does that is killed before it puts the file in place: a new
/// password in the store, what it was before, and the text that was to go with it.
fn leave_half_a_change(here: &Path) {
    let path = here.join("settings.json");
    let before = std::fs::read_to_string(&path).unwrap();
    let text = before.replace("POP r1", "POP one");
    assert_ne!(before, text);
    let replacement = Replacement::of(&path, text.as_bytes()).unwrap();
    std::fs::write(here.join(BESIDE), text).unwrap();
    let vault = vault(&here.join("data"));
    let (id, mut changes) = (Credential::Write.id(&"r1".parse().unwrap()), Changes::default());
    Safe::note(&vault, &[&id], &replacement, &mut changes).unwrap();
    Safe::keep(&vault, &id, &SecretString::from(HALF), &mut changes).unwrap();
    let entry = Entry::done("ana", "127.0.0.1", "router.change", "r1 (label, write_password)");
    People::open(vault).unwrap().write(changes, &[entry], jiff::Timestamp::now()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes the committed folder anew"]
async fn make_the_folder_in_which_things_were_acted_upon_anew() {
    let (folder, mut routers) = (TempDir::new().unwrap(), routers().await);
    let here = folder.path();
    let router = |number: usize| {
        let (name, watches, changes) = ROUTERS[number];
        json!({ "name": name, "label": format!("POP {name}"), "host": "127.0.0.1", "tls": "off",
            "port": routers[number].address.port(), "username": "monitor", "password": watches,
            "write_mode": true, "write_username": "operator", "write_password": changes })
    };
    let settings = json!({ "routers": [router(0)], "allow_loopback_routers": true });
    std::fs::write(here.join("settings.json"), settings.to_string()).unwrap();
    let fresh = Fresh::start(here, &[], &variables()).unwrap();
    let [(_, _, ana), (_, operator, bob), (_, viewer, vera)] = PEOPLE;
    let token = fresh.setup_token().unwrap();
    let form = [("token", token.as_str()), ("name", "ana"), ("password", ana), ("again", ana)];
    let ana = fresh.visitor().unwrap();
    let made = ana.send("POST", "/setup", Sent::Form(&form)).await.unwrap();
    let ana = ana.let_in("ana", &made).await.unwrap();
    let mut body = router(1);
    body["version"] = get(&ana, "/api/v1/settings").await["version"].clone();
    create(&ana, "/api/v1/routers", body).await;
    all_connected(&fresh).await;
    switch(&ana, &routers[1], false).await;
    let bob = user(&fresh, &ana, "bob", operator, bob, None).await;
    let vera = user(&fresh, &ana, "vera", viewer, vera, None).await;
    let body = json!({ "name": "program", "role": "operator", "may_write": true });
    let token = create(&ana, "/api/v1/tokens", body).await["secret"].clone();
    let program = fresh.visitor().unwrap().with_token("program", token.as_str().unwrap());
    act_in_each_way(&fresh, [&ana, &bob, &vera, &program], &mut routers[0]).await;
    fresh.stop().unwrap();

    // The backup of its first start has nobody in it yet: the next start makes another one.
    for old in own_backups(here) {
        std::fs::remove_file(old).unwrap();
    }
    let fresh = Fresh::start(here, &[], &variables()).unwrap();
    fresh.process.wait_for_line(PATIENCE, |line| line.contains("backed everything up")).unwrap();
    let told = told_of_acting(&ana.at(&fresh.url)).await;
    fresh.stop().unwrap();
    leave_half_a_change(here);
    let ways = json!({ "key": KEY, "token": token });
    put_in_place(here, &[(WAYS_IN, &ways), (TOLD, &json!(told))], &fixture());
}
