//! Changes over the API: live, each by itself, refused with the reason.

use super::{House, PASSWORD, SECRET, body, faults, get, post, put, router, with};
use integration_tests::secrets::{Finder, Secret};
use integration_tests::visitor::Sent;
use serde_json::{Value, json};
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn a_router_is_added_changed_and_removed_while_others_go_on() {
    let house = House::empty().await;
    let (one, two) = (router(40).await, router(30).await);
    let added = post(&house.admin, "/api/v1/routers", &body("one", &one)).await;
    assert_eq!(added.status, 201, "{}", added.text());
    house.wait("one", |row| row["status"] == "live" && 0 < row["sessions"].as_u64().unwrap_or(0)).await;
    assert_eq!(post(&house.admin, "/api/v1/routers", &body("two", &two)).await.status, 201);
    house.wait("two", |row| row["status"] == "live").await;
    let until = std::time::Instant::now() + integration_tests::service::PATIENCE;
    while one.router.counters().sign_ins < 2 {
        assert!(std::time::Instant::now() < until, "its second session never came");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // A label is not the router's business: not even its own sessions end.
    let change = with(&body("two", &two), &json!({ "label": "Tower", "version": house.version().await }));
    let changed = put(&house.admin, "/api/v1/routers/two", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(house.wait("two", |row| row["label"] == "Tower").await["calls"]["succeeded"], 1);
    // Another interval is: its crew is another.
    let tables = json!({ "/ip/arp": "off", "/ip/hotspot/active": "off", "/log": "off" });
    let more = json!({ "poll_seconds": 2, "tables": tables, "version": house.version().await });
    let renamed = put(&house.admin, "/api/v1/routers/two", &with(&body("three", &two), &more)).await;
    assert!(renamed.status == 422 && renamed.text().contains("keeps its name"), "{}", renamed.text());
    assert_eq!(put(&house.admin, "/api/v1/routers/two", &with(&body("two", &two), &more)).await.status, 200);
    house.wait("two", |row| row["status"] == "live" && row["label"].is_null()).await;
    let is_polled =
        |menu: &'static str| move |polls: &[Value]| polls.iter().any(|poll| poll["table"] == menu);
    let until = std::time::Instant::now() + integration_tests::service::PATIENCE;
    loop {
        let answer = get(&house.admin, "/api/v1/routers/two").await;
        let polls = answer["tables"].as_array().unwrap().clone();
        for off in ["/ip/arp", "/ip/hotspot/active"] {
            assert!(!is_polled(off)(&polls), "it is off: {answer}");
        }
        // What is read after it was read.
        if is_polled("/ip/hotspot/host")(&polls) {
            let counters = polls.iter().find(|poll| poll["table"] == "/interface counters").unwrap();
            assert_eq!(counters["every_s"], 2.0);
            assert!(is_polled("/ppp/active")(&polls), "{answer}");
            break;
        }
        assert!(std::time::Instant::now() < until, "never: {answer}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // Order, and not watched for a while.
    let names = async || {
        let list = get(&house.admin, "/api/v1/routers").await;
        let names =
            list["routers"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["one", "two"]);
    let moved = post(&house.admin, "/api/v1/routers/two/move", &json!({ "up": true })).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    let order = get(&house.admin, "/api/v1/settings").await;
    assert_eq!((&order["routers"][0]["name"], &order["routers"][1]["name"]), (&json!("two"), &json!("one")));
    let more = json!({ "enabled": false, "version": house.version().await });
    assert_eq!(put(&house.admin, "/api/v1/routers/two", &with(&body("two", &two), &more)).await.status, 200);
    assert_eq!(names().await, ["one"]);
    let gone = house.admin.send("DELETE", "/api/v1/routers/two", Sent::Nothing).await.unwrap();
    assert_eq!(gone.status, 200, "{}", gone.text());
    assert!(!house.file().contains("\"two\""));
    // All the while the first router had its two sessions, and was never called again.
    assert_eq!(one.router.counters().sign_ins, 2);
    assert_eq!(house.wait("one", |_| true).await["calls"]["succeeded"], 1);
    // What was acknowledged is there after another start, and secrets are nowhere.
    let secrets = [Secret::new("the router's password", SECRET), Secret::new("the admin's", PASSWORD)];
    let finder = Finder::new(&secrets);
    assert_eq!(finder.find(house.file().as_bytes()), []);
    let House { fresh, folder, .. } = house;
    let (stdout, stderr) = fresh.stop().unwrap();
    assert_eq!(finder.find(format!("{stdout}{stderr}").as_bytes()), []);
    search(&folder.path().join("data"), &finder);
    let again = integration_tests::fresh::Fresh::start(folder.path(), &[], &[]).unwrap();
    let log = |line: &str| line.contains("connected to `one`");
    again.process.wait_for_line(integration_tests::service::PATIENCE, log).unwrap();
}

pub(super) fn search(folder: &Path, finder: &Finder) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, finder);
        } else if path.is_file() {
            assert_eq!(finder.find(&std::fs::read(&path).unwrap()), [], "{}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_field_by_field_and_nothing_is_changed() {
    let house = House::empty().await;
    let one = router(5).await;
    let good = body("one", &one);
    for (more, wrong) in [
        (json!({ "port": 70_000 }), vec!["port"]),
        (json!({ "name": "a b", "poll_seconds": 0 }), vec!["name", "poll_seconds"]),
        (json!({ "host": "http://x/", "tls": "maybe" }), vec!["host", "tls"]),
        (json!({ "name": null }), vec!["name"]),
        (json!({ "name": "test" }), vec!["name"]),
        (json!({ "fingerprint": "ab" }), vec!["fingerprint"]),
        (json!({ "tables": { "/ip/arp": 1 } }), vec!["tables[\"/ip/arp\"]"]),
        (json!({ "tables": { "/password": 60 } }), vec!["tables[\"/password\"]"]),
        (json!({ "tables": { "/log": 60 } }), vec!["tables[\"/log\"]"]),
        (json!({ "tables": { "/ppp/active": "off" } }), vec!["tables[\"/ppp/active\"]"]),
        (json!({ "host": "169.254.169.254" }), vec!["host"]),
    ] {
        let refused = post(&house.admin, "/api/v1/routers", &with(&good, &more)).await;
        assert_eq!(refused.status, 422, "{more}: {}", refused.text());
        let found = faults(&refused);
        assert!(
            wrong.iter().all(|field| found.iter().any(|one| one.starts_with(field))),
            "{more}: {found:?}"
        );
    }
    let blind = with(&good, &json!({ "tables": { "/ppp/active": "off" } }));
    let refused = post(&house.admin, "/api/v1/routers", &blind).await.text();
    assert!(refused.contains("who is online"), "it is said why: {refused}");
    assert_eq!(house.file(), json!({ "allow_loopback_routers": true }).to_string());
    assert_eq!(post(&house.admin, "/api/v1/routers", &good).await.status, 201);
    assert_eq!(
        faults(&post(&house.admin, "/api/v1/routers", &good).await),
        ["name"],
        "there is one of this name"
    );
    let general = json!({ "version": house.version().await, "listen": "nowhere", "log_level": "loud" });
    assert_eq!(faults(&put(&house.admin, "/api/v1/settings", &general).await), ["listen", "log_level"]);
    let general =
        json!({ "version": house.version().await, "allow_loopback_routers": true, "log_level": "debug" });
    assert_eq!(put(&house.admin, "/api/v1/settings", &general).await.status, 200);
    assert!(house.file().contains("\"log_level\": \"debug\""), "{}", house.file());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_somebody_else_changed_broke_or_blocked_is_not_written_over() {
    let house = House::empty().await;
    let one = router(5).await;
    assert_eq!(post(&house.admin, "/api/v1/routers", &body("one", &one)).await.status, 201);
    let version = house.version().await;
    let path = house.folder.path().join("settings.json");
    let by_hand = house
        .file()
        .replace("\"allow_loopback_routers\"", "\"log_level\": \"info\",\n  \"allow_loopback_routers\"");
    std::fs::write(&path, &by_hand).unwrap();
    let late = with(&body("one", &one), &json!({ "label": "late", "version": version }));
    let refused = put(&house.admin, "/api/v1/routers/one", &late).await;
    assert_eq!((refused.status, refused.json().unwrap()["type"].clone()), (409, json!("tikwatch:stale")));
    assert_eq!(refused.json().unwrap()["current_version"], house.version().await);
    assert_eq!(house.file(), by_hand);
    // What cannot be understood is left alone, and told.
    for broken in ["{\"routers\": [", "", "{\"routers\": [{\"name\": \"x\"}]}"] {
        std::fs::write(&path, broken).unwrap();
        let refused = post(&house.admin, "/api/v1/routers", &body("two", &one)).await;
        assert_eq!(refused.status, 409, "{broken}: {}", refused.text());
        assert_eq!(house.file(), broken);
    }
    assert_eq!(house.wait("one", |row| row["status"] == "live").await["status"], "live");
    // Where it cannot be written, nothing is changed: neither the file nor the password that is kept.
    std::fs::write(&path, &by_hand).unwrap();
    let blocked = house.folder.path().join(format!(".settings.json.{}.new", house.fresh.process.id()));
    std::fs::create_dir(&blocked).unwrap();
    let change = json!({ "password": "canary-other", "label": "no", "version": house.version().await });
    let refused = put(&house.admin, "/api/v1/routers/one", &with(&body("one", &one), &change)).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert!(refused.text().contains("cannot be written"), "{}", refused.text());
    assert_eq!(house.file(), by_hand);
    std::fs::remove_dir(&blocked).unwrap();
    let without = json!({ "password": null, "label": "yes", "version": house.version().await });
    let changed = put(&house.admin, "/api/v1/routers/one", &with(&body("one", &one), &without)).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let row = house.wait("one", |row| row["label"] == "yes").await;
    assert_eq!(
        (&row["status"], &row["calls"]["succeeded"]),
        (&json!("live"), &json!(1)),
        "the password is the old one"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_environment_decides_is_shown_and_stays() {
    let one = router(5).await;
    let port = one.address.port().to_string();
    let settings = json!({
        "allow_loopback_routers": true,
        "routers": [{ "name": "one", "host": "127.0.0.1", "username": "wrong", "port": one.address.port() }],
    });
    let variables = [
        ("MIKROTIK_HOST", "127.0.0.1"),
        ("MIKROTIK_PORT", port.as_str()),
        ("MIKROTIK_USER", "monitor"),
        ("MIKROTIK_PASSWORD", SECRET),
    ];
    let house = House::open(&settings, &variables).await;
    house.wait("one", |row| row["status"] == "live").await;
    let shown = get(&house.admin, "/api/v1/settings").await;
    let router = &shown["routers"][0];
    assert_eq!(
        (&router["password"], &router["settings"]["username"]),
        (&json!("environment"), &json!("monitor"))
    );
    for key in ["host", "port", "username", "password"] {
        assert!(router["fixed"].as_array().unwrap().contains(&json!(key)), "{key}: {router}");
    }
    let page = house.admin.get("/settings/routers/one").await.unwrap().text();
    assert!(page.contains("It comes from the environment and is changed there."), "{page}");
    // Keys of the environment are left as the file has them; others change.
    let change = json!({
        "name": "one", "host": "192.0.2.9", "username": "x", "label": "L", "version": shown["version"],
    });
    let changed = put(&house.admin, "/api/v1/routers/one", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert!(house.file().contains("\"wrong\"") && house.file().contains("127.0.0.1"), "{}", house.file());
    house.wait("one", |row| row["label"] == "L" && row["status"] == "live").await;
    assert!(!house.file().contains(SECRET));
}
