//! Routers from the earlier program's `data/routers.json`: over the API and by the page, all of the file or nothing.

use super::{House, SECRET, get, post, put, router};
use integration_tests::secrets::{Finder, Secret};
use integration_tests::visitor::{Answer, Sent, Visitor};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/settings/import";

/// A router as the earlier program writes it.
fn seed(id: &str, name: &str, port: u16) -> Value {
    json!({ "id": id, "name": name, "description": "in the tower", "host": "127.0.0.1", "username": "monitor",
        "password": SECRET, "port": port, "use_ssl": false, "enabled": true,
        "created_at": "2025-07-10T11:22:33.123456", "updated_at": "2025-07-10T11:22:33.123456",
        "last_connection": null, "connection_status": "unknown" })
}

fn names(settings: &Value) -> Vec<&str> {
    settings["routers"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

/// A form with a file, as a browser without scripts sends it.
async fn choose(visitor: &Visitor, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Answer {
    visitor.choose(path, fields, file).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_earlier_programs_routers_are_taken_all_or_none() {
    let house = House::empty().await;
    let ana = &house.admin;
    let (one, two) = (router(12).await, router(8).await);
    let file = json!([
        seed("router_001", "Main Router <1>", one.address.port()),
        seed("router_002", "Tower", two.address.port()),
    ]);
    let before = house.file();
    let tried = post(ana, &format!("{PATH}?dry_run=true"), &file).await;
    let told = tried.json().unwrap();
    assert_eq!((tried.status, &told["dry_run"], &told["routers_added"]), (200, &json!(true), &json!(2)));
    assert_eq!((&told["routers"][0]["deed"], house.file()), (&json!("added"), before.clone()));
    // One that is no good, and none of them is taken; what is wrong is told by the file's own places and keys.
    let mut bad = file.clone();
    bad[1]["host"] = json!("http://192.0.2.1/");
    bad[0]["name"] = json!("x".repeat(101));
    let refused = post(ana, PATH, &bad).await;
    let text = refused.text();
    assert_eq!(
        (refused.status, super::faults(&refused)),
        (422, vec!["[0].name".into(), "[1].host".into()]),
        "{text}"
    );
    assert!(text.contains("correct it in the file") && !text.contains(SECRET), "{text}");
    bad = file.clone();
    bad[1]["host"] = json!("169.254.169.254");
    assert_eq!(super::faults(&post(ana, PATH, &bad).await), ["[1].host"], "nobody's metadata is called");
    bad[1] = json!({ "id": "new", "host": "192.0.2.1", "username": "u", "password": [SECRET] });
    let refused = post(ana, PATH, &bad).await;
    assert_eq!(super::faults(&refused), ["[1].password"]);
    assert!(!refused.text().contains(SECRET));
    bad[1]["password"] = json!("");
    assert_eq!(
        super::faults(&post(ana, PATH, &bad).await),
        ["[1].id"],
        "it stands for something else in addresses"
    );
    assert_eq!(house.file(), before);

    let taken = post(ana, PATH, &file).await;
    assert_eq!(taken.json().unwrap()["routers_added"], 2, "{}", taken.text());
    for (name, label) in [("router_001", "Main Router <1>"), ("router_002", "Tower")] {
        house.wait(name, |row| row["status"] == "live" && row["label"] == label).await;
    }
    // Its files of groups find the routers by these names.
    let groups = json!([{ "id": "g", "router_id": "router_002", "name": "PON-1", "accounts": ["ana"] }]);
    assert_eq!(post(ana, "/api/v1/groups/import", &groups).await.status, 200);
    // Once more changes nothing; another setting is changed, and nothing is made less safe.
    let again = post(ana, PATH, &file).await.json().unwrap();
    assert_eq!((&again["routers_unchanged"], &again["routers_added"]), (&json!(2), &json!(0)));
    let mut other = file.clone();
    other[0]["name"] = json!("Core");
    other[1]["id"] = json!("router_009");
    let told = post(ana, PATH, &other).await.json().unwrap();
    assert_eq!((&told["routers"][0]["keys"], &told["routers_changed"]), (&json!(["label"]), &json!(1)));
    assert_eq!((&told["routers"][1]["deed"], &told["routers_skipped"]), (&json!("skipped"), &json!(1)));
    house.wait("router_001", |row| row["status"] == "live" && row["label"] == "Core").await;
    let settings = get(ana, "/api/v1/settings").await;
    assert_eq!(names(&settings), ["router_001", "router_002"]);
    let safe = json!({ "name": "router_002", "host": "127.0.0.1", "port": two.address.port(), "username": "monitor",
        "password": SECRET, "tls": "pin", "version": settings["version"] });
    assert_eq!(put(ana, "/api/v1/routers/router_002", &safe).await.status, 200);
    let told = post(ana, PATH, &file).await.json().unwrap();
    assert!(told["routers"][1]["why"].as_str().unwrap().contains("set with TLS"), "{told}");
    // A host that is another, and no password for it: the one that is kept goes nowhere else.
    let mut elsewhere = json!([seed("router_001", "Core", one.address.port())]);
    elsewhere[0]["host"] = json!("localhost");
    elsewhere[0]["password"] = Value::Null;
    let refused = post(ana, PATH, &elsewhere).await;
    assert_eq!(super::faults(&refused), ["[0].password"], "{}", refused.text());

    let secrets = [Secret::new("a router's password", SECRET)];
    let finder = Finder::new(&secrets);
    assert_eq!(finder.find(house.file().as_bytes()), []);
    let House { fresh, folder, .. } = house;
    let (stdout, stderr) = fresh.stop().unwrap();
    assert_eq!(finder.find(format!("{stdout}{stderr}").as_bytes()), []);
    super::changes::search(&folder.path().join("data"), &finder);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_what_a_file_would_do_before_it_does_it() {
    let house = House::empty().await;
    let ana = &house.admin;
    let one = router(5).await;
    let file = json!([seed("router_001", "<b>Main</b>", one.address.port())]).to_string();
    let page = "/settings/import";
    assert!(ana.get(page).await.unwrap().text().contains("type=\"file\""));
    let looked = choose(ana, page, &[("do", "look")], file.as_bytes()).await;
    let text = looked.text();
    assert_eq!(looked.status, 200, "{text}");
    assert!(text.contains("data-count=\"added\">1<") && text.contains("&lt;b&gt;Main"), "{text}");
    assert!(!text.contains(SECRET) && !house.file().contains("router_001"), "{text}");
    let held = looked.between("name=\"held\" value=\"", "\"").unwrap();
    let version = looked.between("name=\"version\" value=\"", "\"").unwrap();
    // Somebody else's file is not theirs to take.
    let program = house.program().await;
    let save = [("do", "save"), ("held", held.as_str()), ("version", version.as_str())];
    assert_eq!(program.send("POST", page, Sent::Form(&save)).await.unwrap().status, 403);
    let late = [("do", "save"), ("held", held.as_str()), ("version", "7")];
    let late = ana.send("POST", page, Sent::Form(&late)).await.unwrap();
    assert!(
        late.status == 422 && late.text().contains("look again at what the file would do"),
        "{}",
        late.text()
    );
    assert_eq!(late.between("name=\"held\" value=\"", "\""), Some(held.clone()), "it can be taken now");
    let saved = ana.send("POST", page, Sent::Form(&save)).await.unwrap();
    assert!(saved.status == 200 && saved.text().contains("The routers are watched"), "{}", saved.text());
    assert!(!saved.text().contains(SECRET) && !house.file().contains(SECRET));
    house.wait("router_001", |row| row["status"] == "live").await;
    let gone = ana.send("POST", page, Sent::Form(&save)).await.unwrap();
    assert!(gone.status == 422 && gone.text().contains("choose it again"), "{}", gone.text());
    // Hostile, cut and huge files: what is wrong is told, and nothing is changed.
    let before = house.file();
    for (bytes, status, says) in [
        (&file.as_bytes()[..file.len() - 9], 422, "no whole JSON"),
        (b"\x00\xff\xfe<script>alert(1)</script>", 422, "no whole JSON"),
        (b"{\"routers\": []}", 422, "no list of routers"),
        (b"[{\"id\": \"<script>alert(1)</script>\"}]", 422, "&lt;script&gt;"),
        (b"", 422, "Choose a file first"),
        (vec![b'['; 5 << 20].as_slice(), 413, ""),
    ] {
        let answer = choose(ana, page, &[("do", "look")], bytes).await;
        let text = answer.text();
        assert!(answer.status == status && text.contains(says), "{says}: {} {text}", answer.status);
        assert!(!text.contains(SECRET) && !text.contains("<script>alert"), "{text}");
    }
    assert_eq!(house.file(), before);
    // A form from elsewhere brings no token.
    let kind = "multipart/form-data; boundary=x";
    let body = "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nwrong\r\n--x--\r\n";
    let stranger = ana.without_token();
    let forged = stranger.send("POST", page, Sent::Raw(kind, body.as_bytes())).await.unwrap();
    assert_eq!(forged.status, 403, "{}", forged.text());
}
