//! Defects of the system behind the seed that no other test of ours is about.

use super::{rows, show};
use integration_tests::service::urlencode;
use integration_tests::visitor::Sent;
use serde_json::Value;
use std::collections::HashMap;

#[test]
fn no_name_is_a_path() {
    show(async |house| {
        let data = house.service.folder().join("data");
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
        let rates = async |path: &str| -> HashMap<String, (u64, Value)> {
            let list = house.json(path).await;
            let reading = |row: &Value| {
                let key = format!("{}/{}/{}", row["router"], row["name"], row["interface"]);
                (key, (row["rx_byte"].as_u64().unwrap_or_default(), row["download_bps"].clone()))
            };
            rows(&list, "pppoe_interfaces").iter().map(reading).collect()
        };
        // Of two that see the same counters the rates are the same: they are of the reading, not of who asks.
        let mut same = 0;
        while same < 50 {
            let (one, other) =
                tokio::join!(rates("/api/pppoe_interfaces"), rates("/api/pppoe_interfaces?router=r1"));
            for (key, (bytes, rate)) in &other {
                if one.get(key).is_some_and(|(known, _)| known == bytes) {
                    assert_eq!(&one[key].1, rate, "{key}");
                    same += 1;
                }
                assert!(rate.as_f64().is_none_or(|rate| 0.0 <= rate), "{key}: {rate}");
            }
        }
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
        assert!(list["meta"]["counts"]["offline"].as_u64().is_some(), "never below zero: {}", list["meta"]);
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
