//! Every change that can be asked for is in the audit log once: with who, from where, what and how it ended.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

#[path = "audit/groups.rs"]
mod groups;
#[path = "audit/reading.rs"]
mod reading;
#[path = "audit/routers.rs"]
mod routers;

use integration_tests::fresh::Fresh;
use integration_tests::secrets::{Finder, Secret};
use integration_tests::visitor::{Answer, By, Sent, Visitor};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tikwatch::access::{AuditEntry, Keys, People, Vault};
use tikwatch::http::listed;
use tikwatch::store::Store;
use totp_rs::{Builder, Secret as Device};

const PASSWORD: &str = "canary otter lamp seven 7Kx";
const OTHER: &str = "canary kettle moss nine 9Fz";

/// Routes that change nothing that is kept.
const NOTHING_KEPT: [(&str, &str); 5] = [
    // It is offered only; it counts once a code of it is confirmed.
    ("POST", "/account/totp"),
    // An earlier program's way of reading.
    ("POST", "/api/health"),
    ("POST", "/api/routers/test"),
    // It says who would be in a group.
    ("POST", "/api/v1/groups/preview"),
    // What it sets is kept by the browser.
    ("POST", "/preferences"),
];

/// Routes by which something is done on routers, of which `acting.rs` holds what the log says.
const ACTING: [(&str, &str); 4] =
    [("POST", "/api/v1/jobs"), ("POST", "/api/v1/jobs/{id}"), ("POST", "/jobs/new"), ("POST", "/jobs/{id}")];

/// An entry of the log, without its time and its place in the chain; ids are written as `#`.
type Entry = (String, String, String, String, String);

/// What was done, and what the log must say of it.
#[derive(Default)]
struct Course {
    /// The routes that were tried, and those of which something was done and written.
    tried: BTreeSet<(&'static str, &'static str)>,
    written: BTreeSet<(&'static str, &'static str)>,
    expect: Vec<Entry>,
}

impl Course {
    /// Sends a change; `says` is what is written of it: action, object, result.
    async fn send(
        &mut self,
        visitor: &Visitor,
        (method, route): (&'static str, &'static str),
        path: &str,
        sent: Sent<'_>,
        says: &[(&str, &str, &str)],
    ) -> Answer {
        let answer = visitor.send(method, path, sent).await.unwrap();
        self.tried.insert((method, route));
        if says.iter().any(|(action, _, _)| *action != "request.refused") {
            self.written.insert((method, route));
        }
        for says in says {
            self.expect(visitor, *says);
        }
        answer
    }

    /// What is written next of this visitor.
    fn expect(&mut self, visitor: &Visitor, (action, object, result): (&str, &str, &str)) {
        let who = match &visitor.by {
            By::Token(_) => format!("token # ({})", visitor.name),
            _ => visitor.name.clone(),
        };
        let from = visitor.address.to_string();
        self.expect.push((who, from, action.to_owned(), object.to_owned(), result.to_owned()));
    }

    async fn form(
        &mut self,
        visitor: &Visitor,
        path: &'static str,
        form: &[(&str, &str)],
        says: &[(&str, &str, &str)],
    ) -> Answer {
        self.send(visitor, ("POST", path), path, Sent::Form(form), says).await
    }

    /// A file is chosen and looked at, of which nothing is written, and then meant.
    async fn chosen(
        &mut self,
        visitor: &Visitor,
        path: &'static str,
        fields: &[(&str, &str)],
        file: &Value,
        says: &[(&str, &str, &str)],
    ) {
        let look = [fields, &[("do", "look")]].concat();
        let looked = visitor.choose(path, &look, file.to_string().as_bytes()).await.unwrap();
        let hidden =
            |name: &str| looked.between(&format!("name=\"{name}\" value=\""), "\"").unwrap_or_default();
        let [held, version, revision] = ["held", "version", "revision"].map(hidden);
        let more = [("do", "save"), ("held", &*held), ("version", &*version), ("revision", &*revision)];
        let done = self.form(visitor, path, &[fields, &more].concat(), says).await;
        assert!(done.status < 400, "{path}: {}", done.text());
    }

    async fn sign_in(&mut self, fresh: &Fresh, name: &str, password: &str) -> Visitor {
        let visitor = fresh.visitor().unwrap().called(name);
        let form = [("name", name), ("password", password)];
        let answer = self.form(&visitor, "/sign-in", &form, &[("session.sign_in", "#", "done")]).await;
        visitor.let_in(name, &answer).await.unwrap()
    }
}

/// What the log says, and that nobody changed it since; the service must be stopped.
fn log(folder: &Path) -> Vec<AuditEntry> {
    let keys = Keys::find(|name| (name == "XDG_CONFIG_HOME").then(|| folder.join("config").into())).unwrap();
    let vault = Vault::new(Store::open(&folder.join("data")).unwrap(), keys);
    let people = People::open(vault).unwrap();
    let mut entries = people.audit_tail(1000).unwrap();
    assert_eq!(people.verify_audit().unwrap(), u64::try_from(entries.len()).unwrap());
    entries.reverse();
    entries
}

/// The entry as it is expected.
fn plain(entry: &AuditEntry) -> Entry {
    let without_ids = |text: &str| {
        let words = text.split(' ').map(|word| {
            let is_id = word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            if is_id { "#" } else { word }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let AuditEntry { who, from, action, object, result, .. } = entry;
    (without_ids(who), from.clone(), action.clone(), without_ids(object), result.clone())
}

/// The id that a page or an answer gives what was made.
fn id_of(list: &Value, name: &str) -> String {
    let rows = list["tokens"].as_array().unwrap();
    rows.iter().find(|row| row["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
}

/// The id of the only display, as its form brings it.
fn wall_id(page: &Answer) -> String {
    let text = page.text();
    let (_, form) = text.split_once("action=\"/walls/revoke\"").unwrap();
    let (_, id) = form.split_once("name=\"id\" value=\"").unwrap();
    id[..16].to_owned()
}

fn code(secret: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let device = Device::try_from_base32(secret).unwrap();
    Builder::new().with_secret(device).build().unwrap().generate(now).to_string()
}

/// The first admin comes, and adds others.
async fn begin(course: &mut Course, fresh: &Fresh) -> Visitor {
    let ana = fresh.visitor().unwrap().called("ana");
    let token = fresh.setup_token().unwrap();
    let form = [("token", token.as_str()), ("name", "ana"), ("password", PASSWORD), ("again", PASSWORD)];
    let made = course
        .form(&ana, "/setup", &form, &[("setup", "ana", "done"), ("session.sign_in", "#", "done")])
        .await;
    let ana = ana.let_in("ana", &made).await.unwrap();
    let form = [
        ("name", "bob"),
        ("role", "viewer"),
        ("scope", "some"),
        ("router", "r1"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    course.form(&ana, "/users", &form, &[("user.add", "bob as viewer of routers r1", "done")]).await;
    let body = json!({ "name": "eve", "role": "admin", "routers": null, "password": PASSWORD });
    let says = [("user.add", "eve as admin of routers all", "done")];
    course.send(&ana, ("POST", "/api/v1/users"), "/api/v1/users", Sent::Json(&body), &says).await;
    ana
}

async fn change_users(course: &mut Course, fresh: &Fresh, ana: &Visitor) {
    course
        .form(
            ana,
            "/users/change",
            &[("name", "bob"), ("what", "role"), ("role", "operator"), ("scope", "all")],
            &[("user.rights", "bob is operator of routers all", "done")],
        )
        .await;
    course
        .form(
            ana,
            "/users/change",
            &[("name", "bob"), ("what", "disable")],
            &[("user.disable", "bob", "done")],
        )
        .await;
    course
        .form(ana, "/users/change", &[("name", "bob"), ("what", "enable")], &[("user.enable", "bob", "done")])
        .await;
    course
        .form(
            ana,
            "/users/password",
            &[("name", "bob"), ("password", OTHER)],
            &[("user.reset_password", "bob", "done")],
        )
        .await;
    let bob = course.sign_in(fresh, "bob", OTHER).await;
    let says = [("session.end_all", "1 of bob", "done")];
    course.form(ana, "/users/change", &[("name", "bob"), ("what", "sessions")], &says).await;
    assert_eq!(bob.get("/account").await.unwrap().status, 303, "the session ended");
    let path = "/api/v1/users/bob/sessions";
    let says = [("session.end_all", "0 of bob", "done")];
    course.send(ana, ("DELETE", "/api/v1/users/{name}/sessions"), path, Sent::Nothing, &says).await;
    let says = [("user.disable", "eve", "done")];
    course.send(ana, ("DELETE", "/api/v1/users/{name}"), "/api/v1/users/eve", Sent::Nothing, &says).await;
}

async fn change_oneself(course: &mut Course, fresh: &Fresh) -> Visitor {
    let bob = course.sign_in(fresh, "bob", OTHER).await;
    let form = |old, new| [("old", old), ("password", new), ("again", new)];
    course
        .form(
            &bob,
            "/account/password",
            &form(PASSWORD, OTHER),
            &[("user.change_password", "bob", "refused")],
        )
        .await;
    course
        .form(&bob, "/account/password", &form(OTHER, PASSWORD), &[("user.change_password", "bob", "done")])
        .await;
    let offered = course.form(&bob, "/account/totp", &[], &[]).await;
    let secret = offered.between("<code class=\"secret\" tabindex=\"0\">", "<").unwrap();
    let form = [("code", &*code(&secret))];
    course.form(&bob, "/account/totp/confirm", &form, &[("user.totp", "bob", "done")]).await;
    let away = fresh.visitor().unwrap().called("bob");
    let form = [("name", "bob"), ("password", PASSWORD)];
    course.form(&away, "/sign-in", &form, &[("session.refused", "", "no code yet")]).await;
    course.form(&bob, "/account/totp/remove", &[], &[("user.totp_remove", "bob", "done")]).await;
    for is_api in [false, true] {
        course.sign_in(fresh, "bob", PASSWORD).await;
        let sessions = bob.get("/api/v1/me/sessions").await.unwrap().json().unwrap();
        let other =
            sessions["sessions"].as_array().unwrap().iter().find(|row| row["is_this"] == false).unwrap();
        let id = other["id"].as_str().unwrap();
        let says = [("session.end", "# of bob", "done")];
        if is_api {
            let path = format!("/api/v1/me/sessions/{id}");
            course.send(&bob, ("DELETE", "/api/v1/me/sessions/{id}"), &path, Sent::Nothing, &says).await;
        } else {
            course.form(&bob, "/account/sessions/end", &[("id", id)], &says).await;
        }
    }
    bob
}

async fn tokens_and_walls(course: &mut Course, fresh: &Fresh, ana: &Visitor) {
    let says = [("token.create", "# (one) as admin of routers all", "done")];
    let form = [("name", "one"), ("role", "admin"), ("scope", "all"), ("write", "on")];
    let made = course.form(ana, "/tokens", &form, &says).await;
    let secret = format!("tw_{}", made.between(">tw_", "<").unwrap());
    let body = json!({ "name": "two", "role": "viewer", "routers": ["r1"] });
    let says = [("token.create", "# (two) as viewer of routers r1", "done")];
    course.send(ana, ("POST", "/api/v1/tokens"), "/api/v1/tokens", Sent::Json(&body), &says).await;
    let list = ana.get("/api/v1/tokens").await.unwrap().json().unwrap();
    let program = fresh.visitor().unwrap().with_token("one", &secret);
    course.form(ana, "/logs/debug", &[("on", "true")], &[("log.debug", "on", "done")]).await;
    course.form(ana, "/logs/debug", &[("on", "false")], &[("log.debug", "off", "done")]).await;
    let says = [("log.clear", "", "done")];
    course.send(&program, ("POST", "/api/logs/clear"), "/api/logs/clear", Sent::Nothing, &says).await;
    let path = format!("/api/v1/tokens/{}", id_of(&list, "two"));
    let says = [("token.revoke", "# (two)", "done")];
    course.send(&program, ("DELETE", "/api/v1/tokens/{id}"), &path, Sent::Nothing, &says).await;
    let id = id_of(&list, "one");
    course.form(ana, "/tokens/revoke", &[("id", &id)], &[("token.revoke", "# (one)", "done")]).await;

    let says = [("wall.create", "# (hall) of routers all", "done")];
    let made =
        course.form(ana, "/walls", &[("name", "hall"), ("scope", "all"), ("page", "overview")], &says).await;
    let link = made.between("/enter/", "<").unwrap();
    let display = fresh.visitor().unwrap().called("wall hall");
    course.form(&display, "/enter", &[("secret", &link)], &[("wall.enter", "#", "done")]).await;
    let stranger = fresh.visitor().unwrap().called("nobody");
    let says = [("session.refused", "", "no such link")];
    course.form(&stranger, "/enter", &[("secret", "x")], &says).await;
    let id = wall_id(&ana.get("/tokens").await.unwrap());
    course.form(ana, "/walls/revoke", &[("id", &id)], &[("wall.revoke", "# (hall)", "done")]).await;
}

/// What is refused: names that are none, closed setup, and what `bob` may not do.
async fn refused(course: &mut Course, fresh: &Fresh, bob: &Visitor) {
    let guesser = fresh.visitor().unwrap().called("no such user");
    let form = [("name", OTHER), ("password", PASSWORD)];
    course.form(&guesser, "/sign-in", &form, &[("session.refused", "", "refused")]).await;
    let late = fresh.visitor().unwrap().called("nobody");
    let form = [("token", "x"), ("name", "eve"), ("password", OTHER), ("again", OTHER)];
    course.form(&late, "/setup", &form, &[("session.refused", "", "no link for setup")]).await;
    let admins = listed().filter(|route| route.method != "GET" && route.needs_all_routers);
    for route in admins {
        let path = route.path.replace("{name}", "ana").replace("{id}", "0123456789abcdef");
        let what = format!("{} {}", route.method, route.path);
        let says = [("request.refused", what.as_str(), "this needs the role admin")];
        let answer = course.send(bob, (route.method, route.path), &path, Sent::Form(&[]), &says).await;
        assert_eq!(answer.status, 403, "{what}");
    }
    assert_eq!(bob.get("/users").await.unwrap().status, 403);
    course.expect(bob, ("request.refused", "GET /users", "this needs the role admin"));
    let program = fresh.visitor().unwrap().called("nobody");
    let wrong = program.by(By::Token("tw_made_up".to_owned()));
    assert_eq!(wrong.get("/api/v1/routers").await.unwrap().status, 401);
    course.expect(&program, ("session.refused", "", "no such token"));
    // Once in a minute: the second time it is only counted.
    course.form(bob, "/users", &[], &[]).await;
    let By::Cookie { name, value, .. } = &bob.by else { panic!("no cookie") };
    let by = By::Cookie { name: name.clone(), value: value.clone(), csrf: "x".repeat(43) };
    let forged = bob.by(by);
    let says = [("request.refused", "POST /account/totp", "without the token of the session")];
    course.form(&forged, "/account/totp", &[], &says).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_and_each_refusal_is_in_the_audit_log_once() {
    let folder = TempDir::new().unwrap();
    let settings = json!({ "routers": [{ "name": "r1", "host": "127.0.0.1", "port": 1, "username": "u" }] });
    std::fs::write(folder.path().join("settings.json"), settings.to_string()).unwrap();
    let fresh = Fresh::start(folder.path(), &[], &[]).unwrap();
    let mut course = Course::default();
    let ana = begin(&mut course, &fresh).await;
    change_users(&mut course, &fresh, &ana).await;
    let bob = change_oneself(&mut course, &fresh).await;
    tokens_and_walls(&mut course, &fresh, &ana).await;
    groups::change(&mut course, &ana).await;
    routers::change(&mut course, &ana).await;
    refused(&mut course, &fresh, &bob).await;
    let health = ("POST", "/api/health");
    course.send(&ana, health, health.1, Sent::Json(&json!({})), &[]).await;
    course.form(&bob, "/preferences", &[("language", "ar"), ("rates", "bits")], &[]).await;
    course.form(&bob, "/sign-out", &[], &[("session.sign_out", "#", "done")]).await;
    fresh.stop().unwrap();

    let entries = log(folder.path());
    let found: Vec<Entry> = entries.iter().map(plain).collect();
    for (found, expected) in found.iter().zip(&course.expect) {
        assert_eq!(found, expected, "after all before it were as expected");
    }
    assert_eq!(found.len(), course.expect.len(), "{:?}", &found[course.expect.len().min(found.len())..]);
    assert!(entries.windows(2).all(|pair| pair[0].at <= pair[1].at && pair[0].seq + 1 == pair[1].seq));
    let secrets = [PASSWORD, OTHER].map(|secret| Secret::new("a password", secret));
    let all = serde_json::to_vec(&entries).unwrap();
    assert_eq!(Finder::new(&secrets).find(&all), []);

    // Nothing was left out: every changing route was used, and wrote something unless it is said above why not.
    let changing: BTreeSet<_> =
        listed().filter(|route| route.method != "GET").map(|route| (route.method, route.path)).collect();
    let changing: BTreeSet<_> = changing.difference(&BTreeSet::from(ACTING)).copied().collect();
    assert_eq!(course.tried, changing);
    let unwritten: Vec<_> = changing.difference(&course.written).copied().collect();
    assert_eq!(unwritten, NOTHING_KEPT);
}
