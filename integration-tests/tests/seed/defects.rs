//! Defects of the system behind the seed that no other test of ours is about.

use super::{rows, show};
use integration_tests::service::urlencode;
use integration_tests::visitor::{Sent, Visitor};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};

#[test]
fn no_name_is_a_path() {
    show(async |house| {
        let data = house.service.folder().join("data");
        for name in ["..", "../data", "/etc", "."] {
            let body = json!({ "name": name, "host": "127.0.0.1", "username": "u" });
            let answer = house.send("POST", "/api/v1/routers", &body).await;
            assert_eq!(answer.status, 422, "{name}: {}", answer.text());
            assert!(answer.text().contains("\"name\""), "{}", answer.text());
        }
        for name in ["..", "../data", "%2e%2e", "/etc", "r1/../../data", "."] {
            let name = urlencode(name);
            for method in ["GET", "DELETE", "PUT"] {
                for path in [format!("/api/v1/routers/{name}"), format!("/api/v1/groups/{name}")] {
                    let answer = house.admin.send(method, &path, Sent::Json(&Value::Null)).await.unwrap();
                    assert!((400..500).contains(&answer.status), "{method} {path}: {}", answer.status);
                }
            }
        }
        assert!(data.join("store/db").is_file());
    });
}

#[test]
fn rates_are_the_same_whoever_asks_and_in_whatever_order() {
    show(async |house| {
        // When a row was read, in milliseconds, and its rates.
        type Reading = (i64, [Value; 2]);
        let other = Visitor::new(&house.service.url, None).unwrap().by(house.way_in.clone());
        let rates = async |visitor: &Visitor, query: &str| -> HashMap<String, Reading> {
            let list = visitor.get(&format!("/api/v1/subscribers?{query}")).await.unwrap().json().unwrap();
            let now: Timestamp = list["meta"]["current_time"].as_str().unwrap().parse().unwrap();
            let reading = |row: &Value| {
                let at = now.as_millisecond() - row["age_ms"].as_i64().unwrap();
                let rates = [row["download_bps"].clone(), row["upload_bps"].clone()];
                (row["key"].as_str().unwrap().to_owned(), (at, rates))
            };
            rows(&list, "subscribers").iter().map(reading).collect()
        };
        // Of two that are told of the same reading the rates are the same: they are of the reading, not of who asks.
        let mut same = 0;
        for round in 0..400 {
            let query = format!("state=online&limit=40&offset={}", round % 3 * 20);
            let [by_name, by_rate] = ["name", "-down"].map(|sort| format!("{query}&sort={sort}"));
            let (one, two, three) = tokio::join!(
                rates(&house.admin, "state=online&limit=1000&sort=address"),
                rates(&house.admin, &by_name),
                rates(&other, &by_rate),
            );
            for (key, (at, found)) in two.iter().chain(&three) {
                let Some((known_at, known)) = one.get(key) else { continue };
                // Readings are a second apart.
                if (at - known_at).abs() < 200 && found[0].is_number() {
                    assert_eq!(known, found, "{key}");
                    same += 1;
                }
                assert!(
                    found.iter().all(|rate| rate.as_f64().is_none_or(|rate| 0.0 <= rate)),
                    "{key}: {found:?}"
                );
            }
            if 200 < same {
                return;
            }
        }
        panic!("only {same} readings were told twice");
    });
}

#[test]
fn whom_radius_lets_in_is_a_subscriber() {
    show(async |house| {
        let accounts = house.routers[0].router.account_names();
        let online = house.routers[0].router.online_names();
        let radius: Vec<String> = online
            .into_iter()
            .filter(|name| !accounts.contains(name))
            .map(|name| String::from_utf8(name).unwrap())
            .collect();
        assert!(!radius.is_empty());
        let list = house.json("/api/v1/subscribers?router=r1&limit=1000&state=online").await;
        for name in &radius {
            assert!(rows(&list, "subscribers").iter().any(|row| row["name"] == name.as_str()), "{name}");
        }
        // Offline is whoever has an account and no session, and nothing that is worked out of two counts.
        let is_right = |list: &Value| {
            let router = &house.routers[0].router;
            let online: HashSet<Vec<u8>> = router.online_names().into_iter().collect();
            let accounts: HashSet<Vec<u8>> = router.account_names().into_iter().collect();
            let counts = &list["meta"]["counts"];
            counts["offline"] == accounts.difference(&online).count() && counts["online"] == online.len()
        };
        house.until("/api/v1/subscribers?router=r1&limit=1", is_right).await;
        assert!(rows(&list, "subscribers").iter().all(|row| row["name"] != ""));
    });
}

#[test]
fn search_and_lists_see_all_rows() {
    show(async |house| {
        let list = house.json("/api/v1/subscribers?limit=1000&sort=name").await;
        let all = rows(&list, "subscribers");
        assert_eq!(list["meta"]["total"], all.len());
        assert!(120 < all.len());
        // Somebody far beyond the first page.
        let far = all[all.len() - 1]["name"].as_str().unwrap();
        let query = format!("name:\"{}\"", far.replace('"', "\"\""));
        let page = house.json(&format!("/api/v1/subscribers?limit=20&q={}", urlencode(&query))).await;
        assert!(rows(&page, "subscribers").iter().any(|row| row["name"] == far), "{far}");
    });
}

#[test]
fn uptimes_are_in_order() {
    show(async |house| {
        let list = house.json("/api/v1/subscribers?limit=1000&state=online&sort=-uptime").await;
        let uptimes: Vec<u64> =
            rows(&list, "subscribers").iter().map(|row| row["uptime_s"].as_u64().unwrap()).collect();
        assert!(uptimes.is_sorted_by(|one, other| other <= &(one + 2)), "{uptimes:?}");
        assert!(7 * 86_400 < uptimes[0], "{uptimes:?}");
        // Whoever came back while other tests run may have been here for no second yet.
        assert!(uptimes.iter().filter(|uptime| **uptime == 0).count() < 5, "{uptimes:?}");
    });
}
