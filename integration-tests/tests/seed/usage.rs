//! "Usage": dashboard, groups, settings, export.

use super::features::group;
use super::{RIGHT, row, rows, show};
use serde_json::{Value, json};

#[test]
fn usage_dashboard_network_summary() {
    show(async |house| {
        let is_read = |answer: &Value| 5 < answer["aggregate_stats"]["online_accounts"].as_u64().unwrap();
        let sums = house.until("/api/pppoe_interfaces", is_read).await["aggregate_stats"].take();
        let of = |name: &str| sums[name].as_u64().unwrap();
        assert_eq!(
            of("total_accounts"),
            of("online_accounts") + of("offline_accounts") + of("unknown_accounts"),
            "{sums}"
        );
        let page = house.page("/").await;
        for id in ["kpi-online", "kpi-offline", "kpi-total", "kpi-down", "kpi-up"] {
            let shown = page.split(&format!("id=\"{id}\"")).nth(1).unwrap_or_else(|| panic!("{id}"));
            let shown = shown.split('>').nth(1).unwrap().split('<').next().unwrap();
            // A rate is known from the second reading on.
            let is_known = shown.contains(|letter: char| letter.is_ascii_digit());
            assert!(is_known || (shown == "–" && ["kpi-down", "kpi-up"].contains(&id)), "{id}: {shown}");
        }
    });
}

#[test]
fn usage_dashboard_pppoe_interfaces_with_pagination() {
    show(async |house| {
        let first = house.page("/subscribers?state=online").await;
        assert_eq!(first.matches("<tr data-key=").count(), 50);
        let next = first.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
        let second = house.page(&next.replace("&amp;", "&")).await;
        assert!(10 < second.matches("<tr data-key=").count() && first != second);
    });
}

/// The bars are on the page of all routers; the overview has the figures and says which of them need a person.
#[test]
fn usage_dashboard_system_resources_with_visual_indicators() {
    show(async |house| {
        let is_read =
            |answer: &Value| row(rows(answer, "routers"), "name", "r1")["disk_used_percent"].is_number();
        house.until("/api/v1/routers", is_read).await;
        let page = house.page("/routers").await;
        let of_r1 = page.split("<tr data-key=\"r1:").nth(1).unwrap().split("</tr>").next().unwrap();
        for part in ["CPU", "Memory", "Disk"] {
            let cell = of_r1.split(&format!("data-label=\"{part}\"")).nth(1).unwrap();
            let cell = cell.split("</td>").next().unwrap();
            assert!(cell.contains("<meter min"), "{part} has no bar, or a hidden one: {cell}");
        }
    });
}

#[test]
fn usage_dashboard_auto_refresh_5s_10s_30s_1min() {
    show(async |house| {
        let page = house.page("/").await;
        for seconds in ["5", "10", "30", "60"] {
            assert!(page.contains(&format!("<option value=\"{seconds}\">")), "{seconds}");
        }
    });
}

#[test]
fn usage_groups_create() {
    show(async |house| {
        let id = group(house, "Usage", &["usage-a"]).await;
        let page = house.page(&format!("/groups/{id}")).await;
        assert!(page.contains("Usage") && page.contains("usage-a"));
    });
}

#[test]
fn usage_groups_status_with_colour_coded_indicators() {
    show(async |house| {
        let online = house.routers[1].online();
        let member = online.iter().find(|name| name.chars().all(char::is_alphanumeric)).unwrap();
        let body = json!({ "router": "r2", "name": "All here", "members": [{ "name": member }] });
        assert_eq!(house.send("POST", "/api/v1/groups", &body).await.status, 201);
        let accounts = house.routers[1].router.account_names().into_iter();
        let accounts: Vec<String> = accounts.filter_map(|name| String::from_utf8(name).ok()).collect();
        let is_away = |name: &&String| name.chars().all(char::is_alphanumeric) && !online.contains(name);
        let away = accounts.iter().find(is_away).unwrap();
        let body = json!({ "router": "r2", "name": "Nobody here", "members": [{ "name": away }] });
        assert_eq!(house.send("POST", "/api/v1/groups", &body).await.status, 201);
        let list = house.json("/api/v1/groups").await;
        let page = house.page("/groups").await;
        for (name, state, word) in
            [("All here", "all_online", "All online"), ("Nobody here", "none_online", "None online")]
        {
            let group = row(rows(&list, "groups"), "name", name);
            assert_eq!(group["state"], state, "{group}");
            // By shape, word and colour.
            let card = format!("data-group=\"{}\"", group["id"].as_str().unwrap());
            let card = page.split("<li class=\"group-card").find(|part| part.contains(&card)).unwrap();
            let card = card.split("</li>").next().unwrap();
            for part in [&format!("standing-{state}"), &format!("st-{state}"), "<use href", word] {
                assert!(card.contains(part), "{part} is not in {card}");
            }
        }
    });
}

#[test]
fn usage_groups_track_online_and_offline_accounts() {
    show(async |house| {
        let list = house.json("/api/v1/subscribers?router=r1&limit=1000").await;
        let name = |state: &str| {
            let row = rows(&list, "subscribers").iter().find(|row| row["state"] == state).unwrap();
            row["name"].as_str().unwrap().to_owned()
        };
        let (online, offline) = (name("online"), name("offline"));
        let id = group(house, "Tracked", &[&online, &offline]).await;
        let counts = house.json(&format!("/api/v1/groups/{id}")).await["group"]["counts"].take();
        assert_eq!((&counts["online"], &counts["offline"]), (&json!(1), &json!(1)), "{counts}");
    });
}

#[test]
fn usage_settings_test_connection_before_saving() {
    show(async |house| {
        let body = json!({ "host": "127.0.0.1", "port": house.routers[2].address.port(), "username": "monitor",
            "password": "canary-wrong" });
        let tested = house.test("/api/v1/routers/test", &body).await;
        let text = tested.text();
        let tested = tested.json().unwrap();
        assert_eq!(tested["success"], false, "{text}");
        let last = rows(&tested, "steps").last().unwrap();
        assert_eq!((&last["step"], &last["state"]), (&json!("sign-in"), &json!("FAIL")), "{text}");
        assert!(last["advice"].is_string() && !text.contains("canary"), "{text}");
    });
}

#[test]
fn usage_settings_update_router_credentials_securely() {
    show(async |house| {
        let settings = house.json("/api/v1/settings").await;
        let mut body = json!({ "host": "127.0.0.1", "port": house.routers[3].address.port(), "username": "monitor",
            "poll_seconds": 1, "version": settings["version"] });
        body["password"] = json!(RIGHT);
        let saved = house.send("PUT", "/api/v1/routers/forgotten", &body).await;
        assert_eq!(saved.status, 200, "{}", saved.text());
        house
            .until("/api/health", |health| {
                row(rows(health, "routers"), "router", "forgotten")["status"] == "live"
            })
            .await;
        for path in ["/api/v1/settings", "/api/v1/routers/forgotten", "/settings/routers/forgotten"] {
            assert!(!house.page(path).await.contains(RIGHT), "{path}");
        }
        let file = std::fs::read_to_string(house.service.folder().join("settings.json")).unwrap();
        assert!(!file.contains("canary"), "{file}");
    });
}

#[test]
fn usage_settings_connection_tips_and_troubleshooting() {
    show(async |house| {
        let page = house.page("/settings/routers/new").await;
        for line in ["/user group add", "/ip service", "api-ssl"] {
            assert!(page.contains(line), "{line}");
        }
        let tips = page.split("id=\"tips\"").nth(1).unwrap().split("</details>").next().unwrap();
        assert!(tips.contains("chain input"), "{tips}");
        // A cause and a remedy of all that can be wrong.
        assert!(10 < tips.matches("id=\"tip-").count(), "{tips}");
        assert_eq!(tips.matches("<dt").count(), tips.matches("<dd").count(), "{tips}");
    });
}

#[test]
fn usage_export_monitoring_data_as_json_files() {
    show(async |house| {
        let answer = house.get("/api/export").await;
        let disposition = answer.header("content-disposition").unwrap();
        assert!(disposition.starts_with("attachment") && disposition.contains(".json"), "{disposition}");
        answer.json().unwrap();
    });
}

#[test]
fn usage_export_all_system_information_and_statistics() {
    show(async |house| {
        let is_read = |answer: &Value| !answer["resources"].is_null();
        house.until("/api/resources?router_id=r1", is_read).await;
        // Tables are read one after the other.
        for list in ["hotspot", "leases", "queues"] {
            let has_rows = |answer: &Value| !rows(answer, list).is_empty();
            house.until(&format!("/api/v1/{list}?router=r1&limit=1"), has_rows).await;
        }
        let file = house.json("/api/export?router_id=r1").await["data"].take();
        assert!(file["resources"]["version"].is_string() && file["router_info"]["identity"].is_string());
        for list in ["interfaces", "pppoe_interfaces", "ppp_secrets", "ppp_active", "ppp_accounts"] {
            assert!(!rows(&file, list).is_empty(), "{list}");
        }
        for list in ["hotspot_active", "dhcp_leases", "queues"] {
            assert!(!rows(&file, list).is_empty(), "{list}");
        }
        assert!(file["events"].is_array());
        let all = house.json("/api/v1/subscribers?router=r1&limit=1").await["meta"]["total"].take();
        assert_eq!(file["statistics"]["total"], all);
        assert!(0 < file["statistics"]["online"].as_u64().unwrap(), "{}", file["statistics"]);
    });
}

#[test]
fn usage_export_is_timestamped() {
    show(async |house| {
        let answer = house.get("/api/export").await;
        let time = answer.json().unwrap()["data"]["export_time"].as_str().unwrap().to_owned();
        assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time}");
        let name = answer.header("content-disposition").unwrap();
        assert!(name.contains(&time[..10]) || name.contains(&time[..10].replace('-', "")), "{name}: {time}");
    });
}
