//! The rest of the API that the system behind the seed has: read as its programs read it, changed over `/api/v1`.

use super::{House, row, rows, show};
use integration_tests::visitor::By;
use serde_json::{Value, json};

/// Checks that nothing secret is told, and that nothing is changed this way.
async fn check_is_read_only(house: &House, path: &str, methods: &[&str]) {
    let before = house.get(path).await;
    for method in methods {
        let body = json!({ "name": "x", "router_id": "r2", "id": "r1", "password": "canary-posted" });
        let refused = house.send(method, path, &body).await;
        assert_eq!(refused.status, 405, "{method} {path}: {}", refused.text());
        assert!(refused.header("allow").unwrap().contains("GET"), "{method} {path}");
    }
    let after = house.get(path).await;
    assert_eq!((before.status, after.status), (200, 200), "{path}: {}", after.text());
    assert!(!after.text().contains("canary"), "{path}");
}

#[test]
fn api_get_pppoe_gives_interfaces_accounts_sessions_and_sums() {
    show(async |house| {
        let list = house.json("/api/pppoe?router_id=r1").await;
        assert_eq!((&list["router_id"], &list["error_message"]), (&json!("r1"), &Value::Null));
        for key in ["pppoe_interfaces", "ppp_secrets", "ppp_active"] {
            assert!(!rows(&list, key).is_empty(), "{key}");
        }
        assert!(
            rows(&list, "ppp_secrets").iter().all(|one| one.get("password").is_none()),
            "no secret is read"
        );
        let sums = &list["aggregate_stats"];
        let sum = |key: &str| sums[key].as_u64().unwrap();
        assert_eq!(sum("enabled_accounts") + sum("disabled_accounts"), sum("total_accounts"), "{sums}");
        assert!(house.json("/api/pppoe").await["error_message"].as_str().unwrap().contains("gone"));
    });
}

#[test]
fn api_get_accounts_gives_names_profiles_and_states() {
    show(async |house| {
        let list = house.json("/api/accounts?router_id=r1").await;
        let secrets = house.json("/api/ppp_accounts?router_id=r1").await;
        assert_eq!(rows(&list, "accounts").len(), rows(&secrets, "ppp_accounts").len());
        for account in rows(&list, "accounts") {
            assert!(["online", "offline"].contains(&account["status"].as_str().unwrap()), "{account}");
            assert!(account["profile"].is_string() && account["disabled"].is_boolean(), "{account}");
        }
    });
}

#[test]
fn api_get_ppp_accounts_summary_splits_online_and_offline() {
    show(async |house| {
        let list = house.json("/api/ppp_accounts_summary?router_id=r1").await;
        let of = |key: &str| rows(&list, key).len();
        assert_eq!(of("online_accounts") + of("offline_accounts"), of("all_accounts"));
        assert!(0 < of("online_accounts") && 0 < of("offline_accounts"), "{list}");
        for account in rows(&list, "offline_accounts") {
            let disabled = account["disabled"] == "true";
            assert_eq!(account["status"], if disabled { "Disabled" } else { "Offline" }, "{account}");
            assert!(account["last_uptime"].is_string(), "{account}");
        }
        assert!(list["statistics"]["total_accounts"].as_u64() >= Some(of("all_accounts") as u64));
    });
}

#[test]
fn api_get_routers_lists_them_without_secrets_and_changes_none() {
    show(async |house| {
        check_is_read_only(house, "/api/routers", &["POST", "PUT", "DELETE"]).await;
        let list = house.json("/api/routers").await;
        let one = row(rows(&list, "routers"), "id", "r1");
        assert_eq!((&one["host"], &one["connection_status"]), (&json!("127.0.0.1"), &json!("connected")));
        let gone = row(rows(&list, "routers"), "id", "gone");
        assert_eq!(
            (&gone["connection_status"], &gone["last_connection"]),
            (&json!("disconnected"), &Value::Null)
        );
    });
}

#[test]
fn api_get_one_router_shows_its_password_as_stars_and_to_admins_only() {
    show(async |house| {
        check_is_read_only(house, "/api/routers/r1", &["PUT", "DELETE"]).await;
        let one = house.json("/api/routers/r1").await["router"].take();
        assert_eq!((&one["password"], &one["username"]), (&json!("********"), &json!("monitor")));
        assert_eq!((&one["port"], &one["use_ssl"]), (&json!(house.routers[0].address.port()), &json!(false)));
        assert_eq!(house.get("/api/routers/router_999").await.status, 404);
        let body = json!({ "name": "reader", "role": "viewer", "may_write": false });
        let made = house.send("POST", "/api/v1/tokens", &body).await;
        let secret = made.json().unwrap()["secret"].as_str().unwrap().to_owned();
        let reader = house.admin.by(By::Token(secret));
        for path in ["/api/routers/r1", "/api/settings"] {
            assert_eq!(reader.get(path).await.unwrap().status, 403, "{path}");
        }
        assert_eq!(reader.get("/api/routers").await.unwrap().status, 200);
    });
}

#[test]
fn api_routers_active_is_the_first_and_nobody_chooses_for_others() {
    show(async |house| {
        check_is_read_only(house, "/api/routers/active", &["POST"]).await;
        assert_eq!(house.json("/api/routers/active").await["active_router_id"], "r1");
        assert_eq!(house.json("/api/status").await["router_id"], "r1");
    });
}

#[test]
fn api_post_routers_test_tells_how_the_connection_stands() {
    show(async |house| {
        let ask = async |name: &str| {
            let answer = house.send("POST", "/api/routers/test", &json!({ "router_id": name })).await;
            (answer.status, answer.json().unwrap())
        };
        let (status, live) = ask("r1").await;
        assert_eq!((status, &live["success"], &live["connected"]), (200, &json!(true), &json!(true)));
        assert!(live["identity"].is_string() && live["error"].is_null(), "{live}");
        let (status, gone) = ask("gone").await;
        assert_eq!((status, &gone["success"], &gone["connected"]), (200, &json!(false), &json!(false)));
        assert!(gone["error"].is_string(), "{gone}");
        assert_eq!(ask("nowhere").await.0, 404);
        let refused = house.send("POST", "/api/routers/test", &json!({ "host": "canary" })).await;
        assert!(refused.status == 422 && !refused.text().contains("canary"), "{}", refused.text());
    });
}

#[test]
fn api_get_settings_tells_where_the_router_is_and_no_password() {
    show(async |house| {
        check_is_read_only(house, "/api/settings", &["POST"]).await;
        let told = house.json("/api/settings").await;
        let port = house.routers[0].address.port();
        assert_eq!(told, json!({ "router_ip": "127.0.0.1", "router_user": "monitor", "router_port": port }));
    });
}

#[test]
fn api_groups_and_categories_are_read_in_the_seeds_shapes() {
    show(async |house| {
        let group = json!({ "router": "r2", "name": "PON-9", "maximum": 4, "members": [{ "name": "ana" }] });
        let made = house.send("POST", "/api/v1/groups", &group).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let id = made.json().unwrap()["group"]["id"].as_str().unwrap().to_owned();
        let parts = json!([{ "name": "PON", "groups": [id] }]);
        let category = json!({ "router": "r2", "name": "VSOL", "subcategories": parts });
        assert_eq!(house.send("POST", "/api/v1/categories", &category).await.status, 201);
        let list = house.json("/api/groups?router_id=r2").await;
        let group = row(rows(&list, "groups"), "id", &id);
        assert_eq!((&group["accounts"], &group["max_members"]), (&json!(["ana"]), &json!(4)));
        assert_eq!((&group["router_id"], group["created_at"].is_string()), (&json!("r2"), true));
        assert!(!house.json("/api/groups?router_id=r1").await.to_string().contains(&id));
        assert_eq!(house.json(&format!("/api/groups/{id}")).await["group"]["name"], "PON-9");
        let categories = house.json("/api/categories?router_id=r2").await;
        let wanted =
            json!({ "category": "VSOL", "subcategories": [{ "subcategory": "PON", "groups": [id] }] });
        assert!(rows(&categories, "categories").contains(&wanted), "{categories}");
        check_is_read_only(house, "/api/groups", &["POST", "PUT", "DELETE"]).await;
        check_is_read_only(house, "/api/categories", &["POST"]).await;
        check_is_read_only(house, &format!("/api/groups/{id}"), &["PUT", "DELETE"]).await;
        assert_eq!(house.send("POST", "/api/groups/members", &json!({ "group_id": id })).await.status, 405);
    });
}
