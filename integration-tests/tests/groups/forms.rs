//! The pages of groups as a browser without scripts uses them.

use super::{House, get};
use integration_tests::visitor::{Answer, Sent, Visitor};

async fn send(visitor: &Visitor, path: &str, form: &[(&str, &str)]) -> Answer {
    visitor.send("POST", path, Sent::Form(form)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_changed_and_removed_by_forms_alone() {
    let house = House::open().await;
    let ana = &house.admin;
    assert!(ana.get("/groups").await.unwrap().text().contains("No groups yet"));
    assert_eq!(ana.get("/groups/new").await.unwrap().status, 200);
    // A button of the lists saves nothing, and keeps what was typed.
    let form = [("do", "add"), ("router", "r1"), ("name", "Nor\"th"), ("member", "r1/x"), ("pick", "r1/a/b")];
    let page = send(ana, "/groups/new", &form).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(text.contains("value=\"Nor&quot;th\""), "{text}");
    assert!(
        text.contains("name=\"member\" value=\"r1&#x2F;a&#x2F;b\"")
            || text.contains("name=\"member\" value=\"r1/a/b\""),
        "{text}"
    );
    let form = [
        ("do", "remove"),
        ("router", "r1"),
        ("name", "N"),
        ("member", "r1/x"),
        ("member", "r1/y"),
        ("drop", "r1/x"),
    ];
    let text = send(ana, "/groups/new", &form).await.text();
    assert_eq!(text.matches("name=\"member\"").count(), 1, "{text}");
    // What is wrong stands with its field, and what was typed stays.
    let form = [
        ("do", "save"),
        ("router", "r1"),
        ("name", ""),
        ("maximum", "many"),
        ("description", "kept"),
        ("rule_kind", "network"),
        ("rule_value", "10.0.0.0/99"),
    ];
    let page = send(ana, "/groups/new", &form).await;
    assert_eq!(page.status, 422);
    assert!(
        page.text().contains("A maximum is a number") && page.text().contains(">kept<"),
        "{}",
        page.text()
    );
    let text = page.text();
    assert!(text.contains("must not be empty") && text.contains("is no network"), "all at once: {text}");
    let form = [
        ("do", "save"),
        ("router", "r1"),
        ("name", ""),
        ("maximum", "3"),
        ("rule_kind", "network"),
        ("rule_value", "10.0.0.0/99"),
    ];
    let page = send(ana, "/groups/new", &form).await;
    assert!(
        page.text().contains("must not be empty") && page.text().contains("is no network"),
        "{}",
        page.text()
    );
    let form = [
        ("do", "save"),
        ("router", "r1"),
        ("name", "North"),
        ("colour", "teal"),
        ("icon", "wifi"),
        ("maximum", "3"),
        ("member", "r1/x"),
        ("rule_kind", "comment"),
        ("rule_value", "*tower*"),
        ("rule_kind", "profile"),
        ("rule_value", ""),
    ];
    let saved = send(ana, "/groups/new", &form).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let location = saved.header("location").unwrap().to_owned();
    let page = ana.get(&location).await.unwrap();
    assert!(page.text().contains("The group is saved") && page.text().contains("*tower*"), "{}", page.text());
    let path = location.split('?').next().unwrap();
    let one = get(ana, &format!("/api/v1{path}")).await;
    assert_eq!(
        (&one["group"]["colour"], &one["rules"].as_array().unwrap().len()),
        (&serde_json::json!("teal"), &1)
    );
    // Who is late is told, keeps what they typed, and may mean it.
    let edit = format!("{path}/edit");
    assert_eq!(ana.get(&edit).await.unwrap().status, 200);
    let form =
        |version: &'static str, name: &'static str| [("do", "save"), ("version", version), ("name", name)];
    assert_eq!(send(ana, &edit, &form("1", "First")).await.status, 303);
    let late = send(ana, &edit, &form("1", "Second")).await;
    assert_eq!(late.status, 422);
    let text = late.text();
    assert!(text.contains("Somebody else changed") && text.contains("value=\"Second\""), "{text}");
    assert!(text.contains("name=\"version\" value=\"2\""), "{text}");
    assert_eq!(send(ana, &edit, &form("2", "Second")).await.status, 303);
    let gone = send(ana, &format!("{path}/delete"), &[("version", "3")]).await;
    assert_eq!((gone.status, ana.get(path).await.unwrap().status), (303, 404));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_tells_what_is_wrong_instead_of_counting_without_it() {
    let house = House::open().await;
    let ana = &house.admin;
    let preview = |value: &'static str| {
        [("do", "preview"), ("router", "r1"), ("rule_kind", "network"), ("rule_value", value)]
    };
    let page = send(ana, "/groups/new", &preview("10.0.0.9-10.0.0.1")).await;
    assert_eq!(page.status, 422);
    assert!(
        page.text().contains("is no network") && !page.text().contains("id=\"preview\""),
        "{}",
        page.text()
    );
    let page = send(ana, "/groups/new", &preview("10.0.0.1-10.0.0.9")).await;
    assert!(page.status == 200 && page.text().contains("id=\"preview\""), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_leads_to_its_own_subscribers_and_misses_nobody_of_a_router_that_was_never_reached() {
    let house = House::open().await;
    let ana = &house.admin;
    let form = [("do", "save"), ("router", "r1"), ("name", "North"), ("member", "r1/x")];
    let saved = send(ana, "/groups/new", &form).await;
    let page = ana.get(saved.header("location").unwrap()).await.unwrap();
    assert!(page.text().contains("The group is saved"), "{}", page.text());
    // Another router, and all of them together, may have a group of this name.
    let id = saved.header("location").unwrap().trim_start_matches("/groups/").split('?').next().unwrap();
    let link = format!("/subscribers?q=group_id:{id}");
    assert!(page.text().replace("&#x2F;", "/").contains(&link), "{}", page.text());
    // Of a router that was never reached it is not known who is there.
    assert!(!page.text().contains("not known to their router"), "{}", page.text());
    // Who is named is shown all the same, and it is not said that nobody is in it.
    let unheard = page.between("id=\"unheard\"", "</section>").unwrap_or_default();
    assert!(unheard.contains(">x<") && !page.text().contains("Nobody is in"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn categories_are_kept_by_forms_alone() {
    let house = House::open().await;
    let ana = &house.admin;
    let form = [("do", "save"), ("router", "r1"), ("name", "North")];
    assert_eq!(send(ana, "/groups/new", &form).await.status, 303);
    let path = "/groups/categories";
    let page = send(ana, path, &[("do", "add"), ("router", "r1"), ("name", "OLT")]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(send(ana, path, &[("do", "add"), ("router", "r1"), ("name", "olt")]).await.status, 422);
    let category = get(ana, "/api/v1/categories").await["categories"][0].take();
    let id = category["id"].as_str().unwrap();
    let form = [("do", "add_part"), ("id", id), ("version", "1"), ("name", "PON-1")];
    assert_eq!(send(ana, path, &form).await.status, 200);
    assert_eq!(send(ana, path, &form).await.status, 422, "that version is gone");
    let category = get(ana, "/api/v1/categories").await["categories"][0].take();
    let part = category["subcategories"][0]["id"].as_str().unwrap();
    let group = get(ana, "/api/v1/groups").await["groups"][0]["id"].as_str().unwrap().to_owned();
    // What was typed and refused stays, and the ticks with it.
    let long = "n".repeat(65);
    let form = [
        ("do", "save_part"),
        ("id", id),
        ("version", "2"),
        ("part", part),
        ("name", &long),
        ("group", &group),
    ];
    let refused = send(ana, path, &form).await;
    let text = refused.text();
    assert_eq!(refused.status, 422);
    assert!(text.contains(&format!("value=\"{long}\"")) && text.contains("<details open>"), "{text}");
    assert!(text.contains(&format!("value=\"{group}\" checked")), "{text}");
    let form = [
        ("do", "save_part"),
        ("id", id),
        ("version", "2"),
        ("part", part),
        ("name", "PON-2"),
        ("group", &group),
    ];
    assert_eq!(send(ana, path, &form).await.status, 200);
    let page = ana.get("/groups").await.unwrap().text();
    let (olt, pon, north) = (page.find("OLT"), page.find("PON-2"), page.find("North"));
    assert!(olt < pon && pon < north && olt.is_some(), "{page}");
    let found = ana.get("/groups?q=north").await.unwrap().text();
    let said = ["Members: 0", "Members of the groups found: 0"];
    assert_eq!(said.map(|text| page.contains(text)), [true, false]);
    assert_eq!(said.map(|text| found.contains(text)), [false, true], "a sum of what was found says so");
    let form = [("do", "rename"), ("id", id), ("version", "3"), ("name", "Site")];
    assert_eq!(send(ana, path, &form).await.status, 200);
    let form = [("do", "remove_part"), ("id", id), ("version", "4"), ("part", part)];
    assert_eq!(send(ana, path, &form).await.status, 200);
    assert_eq!(send(ana, path, &[("do", "remove"), ("id", id), ("version", "5")]).await.status, 200);
    let left = get(ana, "/api/v1/categories").await;
    assert_eq!(left["categories"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn ticks_outlive_a_search_and_a_forged_router_makes_nothing() {
    let house = House::open().await;
    let ana = &house.admin;
    // A search loses no ticks, and who ticks and saves means it.
    let form = [
        ("do", "find"),
        ("router", "r1"),
        ("find_named", "nobody"),
        ("member", "r1/x"),
        ("member", "r1/y"),
        ("drop", "r1/y"),
    ];
    let text = send(ana, "/groups/new", &form).await.text().replace("&#x2F;", "/");
    assert!(text.contains("name=\"drop\" value=\"r1/y\" checked"), "{text}");
    assert!(!text.contains("name=\"drop\" value=\"r1/x\""), "{text}");
    let form = [
        ("do", "save"),
        ("router", "r1"),
        ("name", ""),
        ("member", "r1/x"),
        ("drop", "r1/x"),
        ("pick", "r1/z"),
    ];
    let text = send(ana, "/groups/new", &form).await.text().replace("&#x2F;", "/");
    assert!(text.contains("name=\"member\" value=\"r1/z\"") && !text.contains("r1/x"), "{text}");
    assert_eq!(get(ana, "/api/v1/groups").await["meta"]["total"], 0);
    // What is no name of a router makes no group of all routers.
    for (path, button) in [("/groups/new", "save"), ("/groups/new", "preview"), ("/groups/categories", "add")]
    {
        let forged = send(ana, path, &[("do", button), ("router", "bad name!"), ("name", "x")]).await;
        assert_eq!(forged.status, 422, "{path} {button}");
    }
    assert_eq!(get(ana, "/api/v1/groups").await["meta"]["total"], 0);
    assert_eq!(get(ana, "/api/v1/categories").await["categories"], serde_json::json!([]));
}
