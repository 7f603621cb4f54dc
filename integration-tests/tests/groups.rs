//! Groups of subscribers, as programs and browsers without scripts use them: nothing acknowledged is lost, no rule is
//! broken, nobody learns of what is not theirs.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

#[path = "groups/crashes.rs"]
mod crashes;
#[path = "groups/files.rs"]
mod files;
#[path = "groups/forms.rs"]
mod forms;
#[path = "groups/members.rs"]
mod members;
#[path = "groups/orphans.rs"]
mod orphans;

use integration_tests::fresh::Fresh;
use integration_tests::visitor::{Answer, Sent, Visitor};
use serde_json::{Value, json};
use tempfile::TempDir;

const PASSWORD: &str = "canary otter lamp seven 7Kx";

/// A service with two routers that are not there, and its first admin.
struct House {
    fresh: Fresh,
    admin: Visitor,
    folder: TempDir,
}

impl House {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let router = |name: &str| json!({ "name": name, "host": "127.0.0.1", "port": 1, "username": "u" });
        let settings = json!({ "routers": [router("r1"), router("r2")] });
        std::fs::write(folder.path().join("settings.json"), settings.to_string()).unwrap();
        let fresh = Fresh::start(folder.path(), &[], &[]).unwrap();
        let token = fresh.setup_token().unwrap();
        let ana = fresh.visitor().unwrap();
        let form = [("token", token.as_str()), ("name", "ana"), ("password", PASSWORD), ("again", PASSWORD)];
        let made = ana.send("POST", "/setup", Sent::Form(&form)).await.unwrap();
        let admin = ana.let_in("ana", &made).await.unwrap();
        Self { fresh, admin, folder }
    }

    /// A program with a token of this role and these routers.
    async fn program(&self, name: &str, role: &str, routers: Value) -> Visitor {
        let body = json!({ "name": name, "role": role, "may_write": true, "routers": routers });
        let made = self.admin.send("POST", "/api/v1/tokens", Sent::Json(&body)).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.text());
        let secret = made.json().unwrap()["secret"].as_str().unwrap().to_owned();
        self.fresh.visitor().unwrap().with_token(name, &secret)
    }
}

async fn post(visitor: &Visitor, path: &str, body: &Value) -> Answer {
    visitor.send("POST", path, Sent::Json(body)).await.unwrap()
}

async fn put(visitor: &Visitor, path: &str, body: &Value) -> Answer {
    visitor.send("PUT", path, Sent::Json(body)).await.unwrap()
}

/// Asks for JSON that is there.
async fn get(visitor: &Visitor, path: &str) -> Value {
    let answer = visitor.get(path).await.unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json().unwrap()
}

/// Makes a group; gives it as it was answered.
async fn make(visitor: &Visitor, body: &Value) -> Value {
    let made = post(visitor, "/api/v1/groups", body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json().unwrap()["group"].take()
}

fn members(names: &[&str]) -> Value {
    names.iter().map(|name| json!({ "name": name })).collect()
}

/// The fields that an answer says something of.
fn fields(answer: &Answer) -> Vec<String> {
    let body = answer.json().unwrap();
    let errors = body["errors"].as_array().unwrap_or_else(|| panic!("{body}"));
    errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_groups_made_at_once_are_forty() {
    let house = House::open().await;
    let making = (0..40).map(|n| {
        let admin = house.admin.clone();
        tokio::spawn(async move {
            let name = format!("g{n}");
            make(&admin, &json!({ "router": "r1", "name": name, "members": members(&[&name]) })).await
        })
    });
    let mut ids = Vec::new();
    for made in making.collect::<Vec<_>>() {
        ids.push(made.await.unwrap()["id"].as_str().unwrap().to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 40);
    assert_eq!(get(&house.admin, "/api/v1/groups").await["meta"]["total"], 40);
    // Of forty who want the same name, or the same subscriber, one has it.
    let making = (0..40).map(|n| {
        let admin = house.admin.clone();
        tokio::spawn(async move {
            let body = json!({ "router": "r1", "name": format!("n{n}"), "members": members(&["one"]) });
            let same = json!({ "router": "r1", "name": if n % 2 == 0 { "Same" } else { "sAME " } });
            (post(&admin, "/api/v1/groups", &body).await, post(&admin, "/api/v1/groups", &same).await)
        })
    });
    let (mut members, mut names) = (0, 0);
    for made in making.collect::<Vec<_>>() {
        let (member, name) = made.await.unwrap();
        for (answer, count, field) in [(member, &mut members, "members[0]"), (name, &mut names, "name")] {
            match answer.status {
                201 => *count += 1,
                422 => assert_eq!(fields(&answer), [field]),
                other => panic!("{other}: {}", answer.text()),
            }
        }
    }
    assert_eq!((members, names), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_an_old_version_is_refused_with_the_current_one() {
    let house = House::open().await;
    let ana = &house.admin;
    let made = make(ana, &json!({ "router": "r1", "name": "a", "members": members(&["x"]) })).await;
    let path = format!("/api/v1/groups/{}", made["id"].as_str().unwrap());
    let body = |version: u64, name: &str| json!({ "version": version, "router": "r1", "name": name });
    // Two people look at the same version; the second one is told.
    let first = put(ana, &path, &body(1, "first")).await;
    assert_eq!((first.status, &first.json().unwrap()["group"]["version"]), (200, &json!(2)));
    let second = put(ana, &path, &body(1, "second")).await;
    let problem = second.json().unwrap();
    assert_eq!((second.status, &problem["type"]), (409, &json!("tikwatch:stale")));
    assert_eq!(problem["current_version"], 2);
    assert_eq!(get(ana, &path).await["group"]["name"], "first");
    let gone = ana.send("DELETE", &format!("{path}?version=1"), Sent::Nothing).await.unwrap();
    assert_eq!(gone.status, 409);
    let none = put(ana, &path, &json!({ "router": "r1", "name": "x" })).await;
    assert_eq!(none.status, 422, "a change says which version it was made from");
    let gone = ana.send("DELETE", &format!("{path}?version=2"), Sent::Nothing).await.unwrap();
    assert_eq!((gone.status, ana.get(&path).await.unwrap().status), (200, 404));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_with_its_field() {
    let house = House::open().await;
    let ana = &house.admin;
    make(ana, &json!({ "router": "r1", "name": "a", "members": members(&["x"]) })).await;
    let check = async |body: Value, expect: &[&str]| {
        let answer = post(ana, "/api/v1/groups", &body).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert_eq!(fields(&answer), expect, "{body}");
    };
    check(json!({ "router": "r1", "name": " A " }), &["name"]).await;
    check(json!({ "router": "r1", "name": "", "maximum": 0 }), &["name", "maximum"]).await;
    check(json!({ "router": "r1", "name": "b", "members": members(&["y", "x"]) }), &["members[1]"]).await;
    check(
        json!({ "router": "r1", "name": "b", "maximum": 1, "members": members(&["y", "z"]) }),
        &["maximum"],
    )
    .await;
    check(json!({ "name": "b", "members": members(&["y"]) }), &["members[0]"]).await;
    check(json!({ "router": "nowhere", "name": "b" }), &["router"]).await;
    let rules = json!([{ "kind": "network", "value": "10.0.0.0/99" }, { "kind": "comment", "value": " " }]);
    check(json!({ "router": "r1", "name": "b", "rules": rules }), &["rules[0].value", "rules[1].value"])
        .await;
    for body in
        ["{", "[]", r#"{"name": 3}"#, r#"{"name": "b", "colour": "pink"}"#, r#"{"name": "b", "x": 1}"#]
    {
        let answer = ana.send("POST", "/api/v1/groups", Sent::Raw("application/json", body.as_bytes()));
        assert_eq!(answer.await.unwrap().status, 422, "{body}");
    }
    let many: Vec<Value> = (0..10_000).map(|n| json!({ "name": format!("subscriber-{n}") })).collect();
    make(ana, &json!({ "router": "r1", "name": "many", "members": many })).await;
    assert_eq!(get(ana, "/api/v1/groups").await["meta"]["total"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_change_groups_and_viewers_read_them() {
    let house = House::open().await;
    let operator = house.program("operator", "operator", Value::Null).await;
    let viewer = house.program("viewer", "viewer", Value::Null).await;
    let body = json!({ "router": "r1", "name": "a" });
    let made = make(&operator, &body).await;
    let path = format!("/api/v1/groups/{}", made["id"].as_str().unwrap());
    assert_eq!(get(&viewer, &path).await["group"]["name"], "a");
    for (method, path) in [
        ("POST", "/api/v1/groups"),
        ("PUT", path.as_str()),
        ("DELETE", &path),
        ("POST", "/api/v1/groups/preview"),
        ("POST", "/api/v1/groups/import"),
        ("POST", "/api/v1/categories"),
        ("POST", "/groups/new"),
        ("POST", "/groups/categories"),
    ] {
        let answer = viewer.send(method, path, Sent::Json(&body)).await.unwrap();
        assert_eq!(answer.status, 403, "{method} {path}");
    }
    assert_eq!(viewer.get("/groups/new").await.unwrap().status, 403);
    assert_eq!(get(&viewer, "/api/v1/groups").await["meta"]["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_one_router_learns_nothing_of_other_groups() {
    let house = House::open().await;
    let ana = &house.admin;
    let bob = house.program("bob", "operator", json!(["r1"])).await;
    let mut ids = Vec::new();
    for body in [
        json!({ "router": "r1", "name": "near", "members": members(&["x"]) }),
        json!({ "router": "r2", "name": "unseen-two", "members": members(&["x", "y"]) }),
        json!({ "name": "unseen-all", "members": [{ "router": "r1", "name": "z" }] }),
    ] {
        ids.push(make(ana, &body).await["id"].as_str().unwrap().to_owned());
    }
    for (router, name, group) in [(Some("r2"), "unseen-category", 1), (None, "secret-global", 2)] {
        let parts = json!([{ "name": "unseen-part", "groups": [ids[group]] }]);
        let body = json!({ "router": router, "name": name, "subcategories": parts });
        assert_eq!(post(ana, "/api/v1/categories", &body).await.status, 201);
    }
    for path in
        ["/api/v1/groups", "/api/v1/categories", "/api/v1/groups/export", "/groups", "/groups/categories"]
    {
        let text = bob.get(path).await.unwrap().text();
        assert!(
            !text.contains("unseen") && !text.contains(&ids[1]) && !text.contains(&ids[2]),
            "{path}: {text}"
        );
        assert!(path.ends_with("categories") || text.contains("near"), "{path}: {text}");
    }
    for id in &ids[1..] {
        let path = format!("/api/v1/groups/{id}");
        let body = json!({ "version": 1, "router": "r1", "name": "mine" });
        assert_eq!(bob.get(&path).await.unwrap().status, 404);
        assert_eq!(bob.get(&format!("/groups/{id}")).await.unwrap().status, 404);
        assert_eq!(put(&bob, &path, &body).await.status, 404);
        assert_eq!(bob.send("DELETE", &path, Sent::Nothing).await.unwrap().status, 404);
    }
    let check = async |body: Value, status: u16| {
        let answer = post(&bob, "/api/v1/groups", &body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert!(!answer.text().contains("unseen"), "{}", answer.text());
        answer
    };
    check(json!({ "name": "all" }), 403).await;
    let other = check(json!({ "router": "r2", "name": "b" }), 422).await.text();
    let none = check(json!({ "router": "rx", "name": "b" }), 422).await.text();
    assert_eq!(
        other.replace("r2", "rx"),
        none,
        "a router that may not be seen is like one that is not there"
    );
    // Named in a group that they may not know: refused, and not said where.
    check(json!({ "router": "r1", "name": "b", "members": members(&["z"]) }), 422).await;
    let file = json!({ "format": "tikwatch-groups", "version": 1, "groups": [{ "id": "1", "router": "r2", "name": "q" }] });
    assert_eq!(post(&bob, "/api/v1/groups/import", &file).await.status, 422);
    check(json!({ "router": "r1", "name": "b", "members": members(&["w"]) }), 201).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn categories_and_their_parts_are_changed_one_by_one() {
    let house = House::open().await;
    let ana = &house.admin;
    let group = make(ana, &json!({ "router": "r1", "name": "a" })).await["id"].as_str().unwrap().to_owned();
    let made = post(ana, "/api/v1/categories", &json!({ "router": "r1", "name": "OLT" })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let path = format!("/api/v1/categories/{}", made.json().unwrap()["category"]["id"].as_str().unwrap());
    let parts = format!("{path}/subcategories");
    let added = post(ana, &parts, &json!({ "name": "PON-1", "groups": [group] })).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let added = added.json().unwrap()["category"].take();
    let part = format!("{parts}/{}", added["subcategories"][0]["id"].as_str().unwrap());
    assert_eq!((&added["version"], &added["subcategories"][0]["groups"][0]), (&json!(2), &json!(group)));
    assert_eq!(put(ana, &part, &json!({ "version": 1, "name": "PON-2" })).await.status, 409);
    let renamed = put(ana, &part, &json!({ "version": 2, "name": "PON-2", "groups": [group] })).await;
    assert_eq!(renamed.json().unwrap()["category"]["subcategories"][0]["name"], "PON-2");
    let twice = post(ana, &parts, &json!({ "name": "PON-3", "groups": [group] })).await;
    assert_eq!((twice.status, fields(&twice)), (422, vec!["subcategories[1].groups".to_owned()]));
    // A group that goes leaves its category.
    let gone = ana.send("DELETE", &format!("/api/v1/groups/{group}"), Sent::Nothing).await.unwrap();
    assert_eq!(gone.status, 200);
    assert_eq!(get(ana, &path).await["category"]["subcategories"][0]["groups"], json!([]));
    let gone = ana.send("DELETE", &format!("{part}?version=3"), Sent::Nothing).await.unwrap();
    assert_eq!(gone.status, 409, "the group's going was a change, too");
    let gone = ana.send("DELETE", &format!("{part}?version=4"), Sent::Nothing).await.unwrap();
    assert_eq!(gone.status, 200, "{}", gone.text());
    let same = json!({ "id": "00000000000000ab", "name": "a" });
    let other = json!({ "id": "00000000000000ab", "name": "b" });
    let all = json!({ "version": 5, "name": "Site", "subcategories": [same, other] });
    let twice = put(ana, &path, &all).await;
    assert_eq!((twice.status, fields(&twice)), (422, vec!["subcategories[1].id".to_owned()]));
    let all = json!({ "version": 5, "name": "Site", "subcategories": [{ "name": "Street" }] });
    assert_eq!(put(ana, &path, &all).await.json().unwrap()["category"]["name"], "Site");
    assert_eq!(ana.send("DELETE", &path, Sent::Nothing).await.unwrap().status, 200);
    assert_eq!(get(ana, "/api/v1/categories").await["categories"], json!([]));
}
