//! The log as admins read it: the page, the API, files, and what all of these say of a log that was changed.

use super::{PASSWORD, id_of};
use integration_tests::fresh::Fresh;
use integration_tests::visitor::{Sent, Visitor};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;
use tikwatch::store::{Changes, Store};

const PATH: &str = "/api/v1/audit";

/// A program in this folder, whose key is there, too.
fn start(folder: &Path) -> Fresh {
    Fresh::start(folder, &[], &[]).unwrap()
}

async fn first_admin(fresh: &Fresh) -> Visitor {
    let ana = fresh.visitor().unwrap().called("ana");
    let token = fresh.setup_token().unwrap();
    let form = [("token", token.as_str()), ("name", "ana"), ("password", PASSWORD), ("again", PASSWORD)];
    let made = ana.send("POST", "/setup", Sent::Form(&form)).await.unwrap();
    ana.let_in("ana", &made).await.unwrap()
}

async fn get(visitor: &Visitor, path: &str) -> Value {
    let answer = visitor.get(path).await.unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json().unwrap()
}

/// What was done, as the API tells it, the newest first.
fn actions(answer: &Value) -> Vec<&str> {
    answer["audit"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_search_it_leaf_through_it_and_take_it_away() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("settings.json"), json!({ "routers": [] }).to_string()).unwrap();
    let fresh = start(folder.path());
    let ana = first_admin(&fresh).await;
    let hostile = "=HYPERLINK(\"x\"),<b>&amp;";
    for name in ["one", "two", hostile] {
        let made = ana.send("POST", "/api/v1/groups", Sent::Json(&json!({ "name": name }))).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let all = get(&ana, PATH).await;
    assert_eq!(actions(&all), ["group.add", "group.add", "group.add", "session.sign_in", "setup"]);
    let newest = &all["audit"][0];
    assert_eq!((&newest["who"], &newest["result"]), (&json!("ana"), &json!("done")));
    assert_eq!(newest["from"], ana.address.to_string());
    assert!(newest["object"].as_str().unwrap().contains(hostile), "{newest}");
    let second = get(&ana, &format!("{PATH}?limit=2&offset=3")).await;
    assert_eq!((&second["meta"]["total"], actions(&second).len()), (&json!(5), 2));
    assert_eq!(second["audit"][0], all["audit"][3]);
    assert_eq!(actions(&get(&ana, &format!("{PATH}?action=session")).await), ["session.sign_in"]);
    assert_eq!(actions(&get(&ana, &format!("{PATH}?q=(TWO)")).await).len(), 1);
    assert_eq!(ana.get(&format!("{PATH}?limit=0")).await.unwrap().status, 400);
    let checked = get(&ana, &format!("{PATH}/check")).await;
    assert_eq!(checked, json!({ "success": true, "is_whole": true, "entries": 5, "broken_at": null }));

    let file = ana.get("/api/v1/export/audit?action=group").await.unwrap();
    assert_eq!(file.header("x-total-rows").unwrap(), "3");
    let text = file.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "number,time,who,from,action,object,result");
    assert!(lines.len() == 4 && !text.contains(",=HYPERLINK") && !text.contains("\"=HYPERLINK"), "{text}");
    let page = ana.get("/audit?q=hyperlink").await.unwrap().text();
    assert!(page.contains("&lt;b&gt;&amp;amp;") && !page.contains("Whole:"), "{page}");
    assert!(
        !page.contains("(two)") && page.contains("/api/v1/export/audit?format=csv&amp;q=hyperlink"),
        "{page}"
    );

    assert!(ana.get("/audit").await.unwrap().text().contains("Whole: 5 entries"));

    // A program of the admin's reads it; one with fewer rights does not.
    for (name, role, status) in [("reads", "admin", 200), ("may_not", "operator", 403)] {
        let body = json!({ "name": name, "role": role, "routers": null });
        let made = ana.send("POST", "/api/v1/tokens", Sent::Json(&body)).await.unwrap().json().unwrap();
        let program = fresh.visitor().unwrap().with_token(name, made["secret"].as_str().unwrap());
        assert_eq!(program.get(PATH).await.unwrap().status, status, "{name}");
    }
    assert!(!id_of(&get(&ana, "/api/v1/tokens").await, "reads").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_changed_says_so_on_the_page_and_to_programs() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("settings.json"), json!({ "routers": [] }).to_string()).unwrap();
    let fresh = start(folder.path());
    let ana = first_admin(&fresh).await;
    for name in ["one", "two", "three"] {
        ana.send("POST", "/api/v1/groups", Sent::Json(&json!({ "name": name }))).await.unwrap();
    }
    fresh.stop().unwrap();
    {
        let store = Store::open(&folder.path().join("data")).unwrap();
        let (key, bytes) = store.all_bytes("audit").unwrap().into_iter().nth(3).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("(two)"), "{text}");
        let mut changes = Changes::default();
        changes.put_bytes("audit", &key, text.replace("(two)", "(six)").as_bytes());
        store.apply(changes).unwrap();
    }
    let fresh = start(folder.path());
    let ana = {
        let visitor = fresh.visitor().unwrap().called("ana");
        let form = [("name", "ana"), ("password", PASSWORD)];
        let answer = visitor.send("POST", "/sign-in", Sent::Form(&form)).await.unwrap();
        visitor.let_in("ana", &answer).await.unwrap()
    };
    let checked = get(&ana, &format!("{PATH}/check")).await;
    assert_eq!((&checked["is_whole"], &checked["broken_at"]), (&json!(false), &json!(4)));
    let page = ana.get("/audit").await.unwrap().text();
    assert!(page.contains("at or before entry 4") && !page.contains("Whole:"), "{page}");
}
