//! "Core Monitoring" and "Advanced Features".

use super::{House, row, rows, show};
use integration_tests::fresh::Fresh;
use integration_tests::service::PATIENCE;
use integration_tests::stream::Events;
use integration_tests::visitor::Sent;
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

#[test]
fn features_real_time_system_resources() {
    show(async |house| {
        let is_read = |answer: &Value| {
            let rows = rows(answer, "routers").iter().filter(|row| row["cpu_load_percent"].is_number());
            2 <= rows.count()
        };
        let list = house.until("/api/v1/routers", is_read).await;
        for name in ["r1", "r2"] {
            let router = row(rows(&list, "routers"), "name", name);
            for part in ["cpu_load_percent", "memory_used_percent", "disk_used_percent"] {
                let part = router[part].as_f64().unwrap();
                assert!((0.0..=100.0).contains(&part), "{router}");
            }
            assert!(!router["identity"].as_str().unwrap().is_empty(), "{router}");
        }
        // They are read again and again.
        let uptime = |list: &Value| row(rows(list, "routers"), "name", "r1")["uptime_s"].as_u64().unwrap();
        let before = uptime(&list);
        house.until("/api/v1/routers", |now| before < uptime(now)).await;
        let seeds = house.json("/api/resources?router_id=r1").await;
        assert!(seeds["resources"]["cpu-load"].is_string(), "{seeds}");
    });
}

#[test]
fn features_network_interfaces_status_and_traffic_statistics() {
    show(async |house| {
        let has_rates = |answer: &Value| {
            let rows = rows(answer, "interfaces");
            rows.iter().any(|row| row["rx_bps"].as_f64().is_some_and(|rate| 0.0 < rate))
        };
        let list = house.until("/api/v1/interfaces?router=r1", has_rates).await;
        let ether = row(rows(&list, "interfaces"), "name", "ether4");
        assert_eq!(ether["state"], "disabled");
        assert!(rows(&list, "interfaces").iter().any(|row| row["state"] == "running"));
        let page = house.page("/interfaces").await;
        assert!(page.contains("ether4") && page.contains("bit/s"));
    });
}

#[test]
fn features_pppoe_interfaces_with_detailed_traffic() {
    show(async |house| {
        let moves = |answer: &Value| {
            ["download_bps", "upload_bps"].iter().all(|rate| {
                let rows = rows(answer, "pppoe_interfaces").iter();
                5 < rows.filter(|row| row[rate].as_f64().is_some_and(|rate| 0.0 < rate)).count()
            })
        };
        let list = house.until("/api/pppoe_interfaces", moves).await;
        let row = &rows(&list, "pppoe_interfaces")[0];
        for key in ["name", "interface", "address", "caller_id", "uptime_s", "rx_byte", "tx_byte"] {
            assert!(!row[key].is_null(), "{key}: {row}");
        }
    });
}

#[test]
fn features_active_hotspot_users() {
    show(async |house| {
        let list = house.until("/api/v1/hotspot", |answer| !rows(answer, "hotspot").is_empty()).await;
        let guest = &rows(&list, "hotspot")[0];
        assert!(!guest["user"].as_str().unwrap().is_empty() && guest["uptime_s"].is_number(), "{guest}");
        let guests = rows(&list, "hotspot").iter().filter_map(|row| row["user"].as_str());
        let plain = guests.into_iter().find(|name| name.chars().all(char::is_alphanumeric)).unwrap();
        let page = house.page("/hotspot").await;
        let table = page.split("<tr data-key=").skip(1);
        assert!(
            table.into_iter().any(|row| row.contains(plain)),
            "{plain} is not among the guests of the page"
        );
    });
}

#[test]
fn features_dhcp_lease_information() {
    show(async |house| {
        let list = house.until("/api/v1/leases", |answer| !rows(answer, "leases").is_empty()).await;
        let lease = rows(&list, "leases").iter().find(|row| row["status"] == "bound").unwrap();
        assert!(!lease["address"].as_str().unwrap().is_empty() && lease["mac_address"].is_string());
        let page = house.page("/dhcp").await;
        let address = lease["address"].as_str().unwrap();
        assert!(
            page.split("<tr data-key=").skip(1).any(|row| row.contains(address)),
            "{address} is not on the page"
        );
    });
}

#[test]
fn features_ppp_connections_monitored() {
    show(async |house| {
        let router = &house.routers[0];
        let is_all = |list: &Value| list["meta"]["total"] == router.router.session_count();
        house.until("/api/v1/sessions?router=r1&limit=1000", is_all).await;
        let is_all = |list: &Value| rows(list, "ppp_active").len() == router.router.session_count();
        house.until("/api/ppp_active?router_id=r1", is_all).await;
    });
}

/// Makes a group of these subscribers of `r1`; gives its id.
pub(super) async fn group(house: &House, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|name| json!({ "name": name })).collect();
    let body = json!({ "router": "r1", "name": name, "members": members });
    let made = house.send("POST", "/api/v1/groups", &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json().unwrap()["group"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn features_group_management_organises_accounts() {
    show(async |house| {
        let id = group(house, "Feature", &["feature-a", "feature-b"]).await;
        let path = format!("/api/v1/groups/{id}");
        let one = house.json(&path).await["group"].take();
        assert_eq!(one["counts"]["members"], 2, "{one}");
        let body = json!({ "version": one["version"], "router": "r1", "name": "Feature 2",
            "members": [{ "name": "feature-a" }] });
        assert_eq!(house.send("PUT", &path, &body).await.status, 200);
        assert!(house.page("/groups").await.contains("Feature 2"));
        assert_eq!(house.admin.send("DELETE", &path, Sent::Nothing).await.unwrap().status, 200);
        assert_eq!(house.get(&path).await.status, 404);
    });
}

#[test]
fn features_real_time_updates_with_configurable_refresh_intervals() {
    show(async |house| {
        let mut events = Events::open(&house.service, "presence,routers,totals").await.unwrap();
        let soon = Duration::from_secs(30);
        events.wait_for(soon, "totals", |_| true).await.unwrap();
        let online = house.routers[0].online();
        let name = online.iter().rev().find(|name| name.is_ascii() && !name.contains('"')).unwrap();
        assert!(house.routers[0].router.drop_session(name));
        events.wait_for(soon, "presence", |data| data.to_string().contains(name.as_str())).await.unwrap();
        house.routers[0].router.dial(name);
        let page = house.page("/interfaces").await;
        for choice in ["live", "5", "10", "30", "60", "off"] {
            assert!(page.contains(&format!("<option value=\"{choice}\">")), "{choice}");
        }
    });
}

#[test]
fn features_connection_testing_before_saving_settings() {
    show(async |house| {
        let before = house.json("/api/v1/routers").await["meta"]["total"].clone();
        let port = house.routers[0].address.port();
        let body = json!({ "host": "127.0.0.1", "port": port, "username": "monitor", "password": "x" });
        let tested = house.send("POST", "/api/v1/routers/test", &body).await;
        assert_eq!(tested.status, 200, "{}", tested.text());
        let tested = tested.json().unwrap();
        assert_eq!(tested["success"], true, "{tested}");
        let steps: Vec<&str> =
            rows(&tested, "steps").iter().map(|step| step["step"].as_str().unwrap()).collect();
        for step in ["resolve", "connect", "sign-in", "identity", "rights", "count"] {
            assert!(steps.contains(&step), "{steps:?}");
        }
        assert_eq!(house.json("/api/v1/routers").await["meta"]["total"], before, "nothing was saved");
    });
}

#[test]
fn features_data_export_json() {
    show(async |house| {
        let answer = house.get("/api/export").await;
        assert!(answer.header("content-type").unwrap().starts_with("application/json"));
        let file = answer.json().unwrap();
        assert_eq!(rows(&file["data"], "routers").len(), 5);
        assert!(!answer.text().contains("canary"), "a secret");
    });
}

#[test]
fn features_performance_monitoring_and_statistics() {
    show(async |house| {
        let told = house.json("/api/performance").await;
        let is_some = |number: &Value| number.as_f64().is_some_and(|number| 0.0 < number);
        assert!(is_some(&told["connections"]["success_rate"]) && is_some(&told["total_requests"]), "{told}");
        assert_eq!(told["restarts"], json!({ "fleet": 0, "log_book": 0, "recorders": 0, "keepers": 0 }));
        let router = row(rows(&told, "routers"), "router", "r1");
        assert!(is_some(&router["average_ms"]) && router["restarts"] == 0, "{router}");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn features_comprehensive_logging_with_debug_mode() {
    let settings = json!({ "routers": [{ "name": "r1", "host": "127.0.0.1", "port": 1, "username": "u" }] });
    // At the first start in a folder there is something to be said: that it was backed up.
    for (variables, has_debug) in [(&[("DEBUG", "True")][..], true), (&[][..], false)] {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("settings.json"), settings.to_string()).unwrap();
        let fresh = Fresh::start(folder.path(), &[], variables).unwrap();
        let said = |line: &str| line.contains("refuses connections");
        fresh.process.wait_for_line(PATIENCE, said).unwrap();
        if has_debug {
            fresh.process.wait_for_line(PATIENCE, |line| line.contains(" DEBUG ")).unwrap();
        }
        let (_, log) = fresh.stop().unwrap();
        assert_eq!(log.lines().any(|line| line.contains(" DEBUG ")), has_debug, "{log}");
    }
}

#[test]
fn features_responsive_web_interface_using_bootstrap() {
    show(async |house| {
        let page = house.page("/").await;
        assert!(page.contains("name=\"viewport\"") && page.contains("width=device-width"));
        let css = page.split('"').find(|text| text.contains("bootstrap") && text.contains(".css")).unwrap();
        let css = house.get(css).await;
        assert_eq!(css.status, 200);
        assert!(css.text().contains("Bootstrap"));
    });
}
