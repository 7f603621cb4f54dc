//! Files of groups: ours, and those of the earlier program.

use super::{House, fields, get, make, members, post};
use integration_tests::visitor::Sent;
use serde_json::{Value, json};

/// As the earlier program has them in `data/groups/router_001/groups.json`.
fn seed_groups() -> Value {
    let group = |id: &str, name: &str, accounts: &[&str], most: Value| {
        json!({ "id": id, "router_id": "router_001", "name": name, "description": "", "accounts": accounts,
            "max_members": most, "created_at": "2025-07-10T11:22:33.123456",
            "updated_at": "2025-07-10T11:22:33.123456" })
    };
    json!([
        group("7d0c3a2e-0000-4000-8000-000000000001", "PON-3: BOLILA FBT", &["ana", "<script>"], json!(8)),
        group("7d0c3a2e-0000-4000-8000-000000000002", "PON-4", &[], Value::Null),
    ])
}

/// As it has them in `data/categories.json`.
fn seed_categories() -> Value {
    json!({ "router_001": [{ "category": "VSOL GEPON", "subcategories": [
        { "subcategory": "PON-3", "groups": ["7d0c3a2e-0000-4000-8000-000000000001", "gone"] },
        { "subcategory": "PON-4", "groups": ["7d0c3a2e-0000-4000-8000-000000000002"] }] }] })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_earlier_programs_files_are_taken_as_they_are() {
    let house = House::open().await;
    let ana = &house.admin;
    let import = "/api/v1/groups/import?router=r1";
    let tried = post(ana, &format!("{import}&dry_run=true"), &seed_groups()).await;
    let told = tried.json().unwrap();
    assert_eq!((tried.status, &told["dry_run"], &told["groups_added"]), (200, &json!(true), &json!(2)));
    assert_eq!(get(ana, "/api/v1/groups").await["meta"]["total"], 0, "nothing was changed");
    let told = post(ana, import, &seed_groups()).await.json().unwrap();
    assert_eq!((&told["dry_run"], &told["groups_added"]), (&json!(false), &json!(2)));
    let told = post(ana, import, &seed_categories()).await.json().unwrap();
    assert_eq!((&told["categories_added"], &told["left_out"]), (&json!(1), &json!(["gone"])));
    let list = get(ana, "/api/v1/groups?q=bolila").await;
    let group = &list["groups"][0];
    assert_eq!(
        (&group["maximum"], &group["counts"]["members"], &group["vacant"]),
        (&json!(8), &json!(2), &json!(6))
    );
    let one = get(ana, &format!("/api/v1/groups/{}", group["id"].as_str().unwrap())).await;
    assert_eq!(one["members"], json!([{ "name": "ana" }, { "name": "<script>" }]));
    let categories = get(ana, "/api/v1/categories").await;
    assert_eq!(categories["categories"][0]["subcategories"][0]["groups"], json!([group["id"]]));
    // Once more changes nothing.
    let again = post(ana, import, &seed_groups()).await.json().unwrap();
    assert_eq!((&again["groups_added"], &again["groups_unchanged"]), (&json!(0), &json!(2)));
    let page = ana.get("/groups").await.unwrap().text();
    assert!(page.contains("VSOL GEPON") && page.contains("PON-3: BOLILA FBT"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_comes_back_and_a_file_with_a_fault_changes_nothing() {
    let house = House::open().await;
    let ana = &house.admin;
    post(ana, "/api/v1/groups/import?router=r1", &seed_groups()).await;
    post(ana, "/api/v1/groups/import?router=r1", &seed_categories()).await;
    let rules = json!([{ "kind": "comment", "value": "*tower*" }]);
    make(ana, &json!({ "name": "all", "colour": "teal", "icon": "wifi", "rules": rules })).await;
    let answer = ana.get("/api/v1/groups/export").await.unwrap();
    assert!(answer.header("content-disposition").unwrap().contains("groups.json"));
    let file = answer.json().unwrap();
    let other = House::open().await;
    let taken = post(&other.admin, "/api/v1/groups/import", &file).await;
    assert_eq!(taken.json().unwrap()["groups_added"], 3, "{}", taken.text());
    let same = get(&other.admin, "/api/v1/groups/export").await;
    let plain = |file: &Value| {
        // Ids are drawn anew.
        let names: Vec<_> = file["groups"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        let mut text = file.to_string();
        for (at, id) in names.iter().enumerate() {
            text = text.replace(id.as_str().unwrap(), &at.to_string());
        }
        text
    };
    assert_eq!(plain(&same), plain(&file));

    let mut bad = file.clone();
    bad["groups"][0]["description"] = json!("changed");
    bad["groups"][2]["members"] = json!([{ "router": "r1", "name": "ana" }]);
    let refused = post(ana, "/api/v1/groups/import", &bad).await;
    assert_eq!((refused.status, fields(&refused)), (422, vec!["groups[2].members[0]".to_owned()]));
    assert_eq!(get(ana, "/api/v1/groups/export").await, file, "nothing of it was taken");
    for (body, says) in [
        (json!({ "other": 1 }), "no file of groups"),
        (json!([{ "name": "x" }]), "say which of your routers"),
        (json!({ "format": "tikwatch-groups", "version": 9, "groups": [] }), "version 9"),
        (json!([{ "name": 7 }]), "invalid type"),
    ] {
        let refused = post(ana, "/api/v1/groups/import", &body).await;
        assert_eq!(refused.status, 422, "{body}");
        assert!(refused.text().contains(says), "{body}: {}", refused.text());
    }
    let broken = ana.send("POST", "/api/v1/groups/import", Sent::Raw("application/json", b"[{"));
    assert_eq!(broken.await.unwrap().status, 422);
    make(ana, &json!({ "router": "r2", "name": "x", "members": members(&["ana"]) })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_what_a_file_would_do_and_does_it_as_a_whole() {
    let house = House::open().await;
    let ana = &house.admin;
    let page = "/groups/import";
    let shown = ana.get(page).await.unwrap().text();
    assert!(shown.contains("type=\"file\"") && shown.contains("/api/v1/groups/export"), "{shown}");
    let file = seed_groups().to_string();
    // The earlier program's id of a router is no name here: it has to be said whose groups these are.
    let unsaid = ana.choose(page, &[("do", "look")], file.as_bytes()).await.unwrap();
    assert!(unsaid.status == 422 && unsaid.text().contains("router_001"), "{}", unsaid.text());
    let looked = ana.choose(page, &[("do", "look"), ("router", "r1")], file.as_bytes()).await.unwrap();
    let text = looked.text();
    assert!(
        looked.status == 200 && text.contains("data-count=\"groups_added\">2</strong> groups are new"),
        "{text}"
    );
    assert_eq!(get(ana, "/api/v1/groups").await["meta"]["total"], 0, "nothing was changed");
    let save = |answer: &integration_tests::visitor::Answer| {
        let of = |name: &str| answer.between(&format!("name=\"{name}\" value=\""), "\"").unwrap();
        [
            ("do", "save".to_owned()),
            ("held", of("held")),
            ("revision", of("revision")),
            ("router", "r1".to_owned()),
        ]
    };
    let sent = save(&looked);
    let form: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // Somebody changes something before it is meant: it is looked at again.
    make(ana, &json!({ "router": "r1", "name": "PON-4", "description": "mine" })).await;
    let late = ana.send("POST", page, Sent::Form(&form)).await.unwrap();
    let text = late.text();
    assert!(
        late.status == 422 && text.contains("data-count=\"groups_replaced\">1</strong> group is replaced"),
        "{text}"
    );
    assert_eq!(get(ana, "/api/v1/groups").await["meta"]["total"], 1);
    let sent = save(&late);
    let form: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = ana.send("POST", page, Sent::Form(&form)).await.unwrap();
    let text = done.text();
    assert!(done.status == 200 && text.contains("Taken over."), "{text}");
    assert_eq!(get(ana, "/api/v1/groups").await["meta"]["total"], 2);
    // What was kept before is in the file that the page names: the group that was replaced, as it was.
    let backup = done.between("What was kept before stands in ", " in the data folder").unwrap();
    let backup = backup.replace("&#x2F;", "/");
    let kept = std::fs::read_to_string(house.folder.path().join("data").join(&backup)).unwrap();
    let groups = kept.lines().filter(|line| line.contains("\"key\":\"groups/")).count();
    assert_eq!(groups, 1, "{backup}");
    // A fault of one group, and none is taken.
    let mut bad = seed_groups();
    bad[0]["name"] = json!("new");
    bad[1]["accounts"] = json!(["<script>alert(1)</script>"]);
    bad[0]["accounts"] = bad[1]["accounts"].clone();
    let looked = ana.choose(page, &[("router", "r1")], bad.to_string().as_bytes()).await.unwrap();
    let text = looked.text();
    assert!(looked.status == 422 && text.contains("<code>groups[1].members[0]</code>"), "{text}");
    assert!(!text.contains("<script>alert"), "{text}");
    for (bytes, status) in [(b"[".as_slice(), 422), (b"", 422), (vec![b'['; 5 << 20].as_slice(), 413)] {
        assert_eq!(ana.choose(page, &[("router", "r1")], bytes).await.unwrap().status, status);
    }
    // What is exported here is taken back.
    let ours = ana.get("/api/v1/groups/export").await.unwrap();
    let looked = ana.choose(page, &[], &ours.body).await.unwrap().text();
    assert!(
        looked.contains("data-count=\"groups_unchanged\">2<") && looked.contains("Nothing would change"),
        "{looked}"
    );
    let viewer = house.program("viewer", "viewer", Value::Null).await;
    assert_eq!(viewer.get(page).await.unwrap().status, 403);
    let operator = house.program("operator", "operator", json!(["r2"])).await;
    let looked = operator.choose(page, &[("router", "r1")], file.as_bytes()).await.unwrap();
    assert_eq!(looked.status, 404, "a router that they may not see is not there");
}

/// A file of groups with these names and a category with so many sub-categories.
fn written(groups: usize, members: usize, parts: usize) -> Value {
    let group = |n: usize| {
        let member = |m: usize| json!({ "router": "r1", "name": format!("{n}-{m}") });
        let members: Vec<Value> = (0..members).map(member).collect();
        json!({ "id": n.to_string(), "name": format!("group {n}"), "members": members })
    };
    let part = |n: usize| json!({ "name": format!("part {n}"), "groups": [] });
    json!({
        "format": "tikwatch-groups",
        "version": 1,
        "groups": (0..groups).map(group).collect::<Vec<_>>(),
        "categories": [{ "name": "all", "subcategories": (0..parts).map(part).collect::<Vec<_>>() }],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_file_is_paid_for_like_an_export_of_everything() {
    let house = House::open().await;
    let ana = &house.admin;
    let path = "/api/v1/groups/export";
    for _ in 0..8 {
        get(ana, path).await;
    }
    assert_eq!(post(ana, "/api/v1/groups/import", &written(1, 1_200, 1)).await.status, 200);
    for _ in 0..3 {
        get(ana, path).await;
    }
    assert_eq!(ana.get(path).await.unwrap().status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_a_page_cannot_offer_are_counted() {
    let house = House::open().await;
    let ana = &house.admin;
    let page = "/groups/categories";
    post(ana, "/api/v1/groups/import", &written(150, 0, 100)).await;
    let all = ana.get(page).await.unwrap().text();
    assert!(all.contains("group 149") && !all.contains("too many to offer"), "all fit");
    let mut more = written(0, 0, 200);
    more["categories"][0]["name"] = json!("more");
    assert_eq!(post(ana, "/api/v1/groups/import", &more).await.status, 200);
    // 20,000 choices on a page of 300 sub-categories.
    let some = ana.get(page).await.unwrap().text();
    assert!(some.contains("84 more groups stand nowhere yet"), "{some}");
}
