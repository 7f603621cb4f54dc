//! A folder of 0.1 with groups: `integration-tests/fixtures/data-0.1-groups`.

use super::originals::Copied;
use super::{KEY, Making, people, put_in_place, router, variables, write_settings};
use integration_tests::fresh::Fresh;
use integration_tests::service::PATIENCE;
use integration_tests::visitor::{Sent, Visitor};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const ANA: &str = "the admin who made groups in 0.1";
const BOB: &str = "an operator who may see one router";

/// What programs are told of it, in a file beside it.
const WAYS_IN: &str = "ways-in.json";

/// What must be there, as it was exported when the folder was made.
const EXPORTED: &str = "groups.json";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/data-0.1-groups")
}

fn read(path: PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// All groups and categories, without when that was asked for.
async fn export(visitor: &Visitor) -> Value {
    let mut all = visitor.get("/api/v1/groups/export").await.unwrap().json().unwrap();
    all.as_object_mut().unwrap().remove("exported");
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_0_1_with_groups_is_taken_up_with_all_of_them() {
    let (folder, router) = (Copied::of(&fixture()), router().await);
    let here = folder.path();
    let expected = read(here.join(EXPORTED));
    assert_eq!(
        (expected["groups"].as_array().unwrap().len(), expected["categories"].as_array().unwrap().len()),
        (4, 2)
    );
    let before = people(&here.join("data")).verify_audit().unwrap();
    assert!(10 < before, "{before} entries");
    write_settings(here, &router, None);
    let fresh = Fresh::start(here, &[], &variables()).unwrap();
    // The password that is sealed in the folder is the right one.
    fresh.process.wait_for_line(PATIENCE, |line| line.contains("connected")).unwrap();
    let ana = fresh.visitor().unwrap().sign_in("ana", ANA, "").await.unwrap();
    assert_eq!(export(&ana).await, expected);
    // And all of it can be changed on.
    let list = ana.get("/api/v1/groups").await.unwrap().json().unwrap();
    for group in list["groups"].as_array().unwrap() {
        let path = format!("/api/v1/groups/{}", group["id"].as_str().unwrap());
        let one = ana.get(&path).await.unwrap().json().unwrap()["group"].take();
        let body = json!({ "version": one["version"], "router": one["router"],
            "name": format!("{} of old", one["name"].as_str().unwrap()) });
        let changed = ana.send("PUT", &path, Sent::Json(&body)).await.unwrap();
        assert_eq!(changed.status, 200, "{}", changed.text());
    }
    // Who sees one router sees its groups, and a token that was given then is good still.
    let bob = fresh.visitor().unwrap().sign_in("bob", BOB, "").await.unwrap();
    let seen = bob.get("/api/v1/groups").await.unwrap().json().unwrap();
    assert_eq!(seen["meta"]["total"], 3, "{seen}");
    let token = read(here.join(WAYS_IN))["token"].as_str().unwrap().to_owned();
    let program = fresh.visitor().unwrap().with_token("program", &token);
    assert_eq!(program.get("/api/v1/categories").await.unwrap().status, 200);
    fresh.stop().unwrap();
    let after = people(&here.join("data"));
    assert_eq!(after.verify_audit().unwrap(), before + 2 + 4, "two sign-ins, four changes");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes the committed folder anew"]
async fn make_the_folder_with_groups_anew() {
    let Making { folder, fresh, ana, _router } = Making::begin(ANA).await;
    let form = [
        ("name", "bob"),
        ("role", "operator"),
        ("password", BOB),
        ("again", BOB),
        ("scope", "some"),
        ("router", "r1"),
    ];
    assert_eq!(ana.send("POST", "/users", Sent::Form(&form)).await.unwrap().status, 200);
    let create = async |path: &str, body: Value| {
        let made = ana.send("POST", path, Sent::Json(&body)).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.text());
        made.json().unwrap()
    };
    let mut ids = Vec::new();
    for body in [
        json!({ "router": "r1", "name": "PON-1", "description": "Nordseite, 3. Stock", "colour": "blue", "maximum": 8,
            "members": [{ "name": "maria.silva1" }, { "name": "señora-ñandú" }, { "name": "<b>bold</b>" }] }),
        json!({ "router": "r1", "name": "Plans", "rules": [{ "kind": "profile", "value": "home-30M" },
            { "kind": "network", "value": "100.64.0.0/10" }, { "kind": "comment", "value": "*tower*" }] }),
        json!({ "router": "r1", "name": "Empty" }),
        json!({ "name": "Everywhere", "members": [{ "router": "r1", "name": "ord23000002@isp" }] }),
    ] {
        ids.push(create("/api/v1/groups", body).await["group"]["id"].as_str().unwrap().to_owned());
    }
    create(
        "/api/v1/categories",
        json!({ "router": "r1", "name": "OLT North", "subcategories": [
        { "name": "Card 1", "groups": [ids[0]] }, { "name": "Card 2", "groups": [ids[1], ids[2]] }] }),
    )
    .await;
    create(
        "/api/v1/categories",
        json!({ "name": "All", "subcategories": [{ "name": "Of all routers", "groups": [ids[3]] }] }),
    )
    .await;
    let path = format!("/api/v1/groups/{}", ids[2]);
    let body = json!({ "version": 1, "router": "r1", "name": "Nobody yet" });
    assert_eq!(ana.send("PUT", &path, Sent::Json(&body)).await.unwrap().status, 200);
    let body = json!({ "name": "program", "role": "viewer", "may_write": false });
    let token = create("/api/v1/tokens", body).await["secret"].clone();
    let kept = export(&ana).await;
    fresh.stop().unwrap();
    let ways = json!({ "key": KEY, "token": token });
    put_in_place(folder.path(), &[(EXPORTED, &kept), (WAYS_IN, &ways)], &fixture());
}
