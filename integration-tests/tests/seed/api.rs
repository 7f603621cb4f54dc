//! "API Endpoints".

use super::{RIGHT, row, rows, show};
use integration_tests::visitor::{Sent, Visitor};
use serde_json::{Value, json};

#[test]
fn api_get_health_checks_router_connectivity() {
    show(async |house| {
        let health = house.json("/api/health").await;
        assert_eq!((&health["success"], rows(&health, "routers").len()), (&json!(true), 5));
        let router = row(rows(&health, "routers"), "router", "r1");
        assert_eq!(router["status"], "live");
        assert!(router["since"].is_string() && router["sessions"].as_u64().is_some());
    });
}

/// What is posted is what is tried, and no word of it comes back.
#[test]
fn api_post_health_with_custom_parameters_is_the_connection_test() {
    show(async |house| {
        let posted = house.admin.send("POST", "/api/health", Sent::Nothing).await.unwrap();
        assert_eq!(posted.json().unwrap()["routers"][0]["router"], "r1");
        let port = house.routers[2].address.port();
        let seeds = json!({ "host": "127.0.0.1", "user": "monitor", "password": RIGHT, "port": port });
        let tried = house.test("/api/health", &seeds).await;
        let text = tried.text();
        let tried = tried.json().unwrap();
        assert_eq!((&tried["success"], &tried["status"]), (&json!(true), &json!("healthy")), "{text}");
        assert!(tried["router_identity"].is_string() && tried["has_resources"] == true, "{text}");
        assert!(!text.contains("canary"), "{text}");
        for (user, port) in [("monitor", port), ("monitor", 1), ("somebody", port)] {
            let password = if user == "monitor" { "canary-posted" } else { RIGHT };
            let wrong = json!({ "host": "127.0.0.1", "user": user, "password": password, "port": port });
            let tried = house.test("/api/health", &wrong).await;
            let text = tried.text();
            let tried = tried.json().unwrap();
            assert_eq!((&tried["status"], tried["error"].is_string()), (&json!("unhealthy"), true), "{text}");
            assert!(!text.contains("canary"), "{text}");
        }
    });
}

#[test]
fn api_get_performance_statistics() {
    show(async |house| {
        let told = house.json("/api/performance").await;
        for key in ["uptime_s", "total_requests"] {
            assert!(told[key].is_number(), "{key}");
        }
        let health = rows(&told, "routes").iter().find(|route| route["path"] == "/api/performance");
        let before = health.map_or(0, |route| route["count"].as_u64().unwrap());
        let count = |told: &Value| {
            let route = rows(told, "routes").iter().find(|route| route["path"] == "/api/performance");
            route.map_or(0, |route| route["count"].as_u64().unwrap())
        };
        assert!(before < count(&house.json("/api/performance").await));
    });
}

#[test]
fn api_get_export_downloads_complete_data() {
    show(async |house| {
        for (name, router) in ["r1", "r2"].iter().zip(&house.routers) {
            // Other tests have sessions end and begin.
            let has_all =
                |file: &Value| rows(&file["data"], "ppp_active").len() == router.router.session_count();
            let file = house.until(&format!("/api/export?router_id={name}"), has_all).await;
            assert_eq!(file["data"]["ppp_secrets"], file["data"]["ppp_accounts"]);
        }
        let all = house.json("/api/export").await;
        assert!(100 < rows(&all["data"], "ppp_active").len());
    });
}

#[test]
fn api_get_logs_retrieves_application_logs() {
    show(async |house| {
        let logs = house.json("/api/logs?count=1000").await;
        let entries = rows(&logs, "logs");
        assert!(!entries.is_empty());
        for entry in entries {
            assert!(
                ["DEBUG", "INFO", "WARNING", "ERROR"].contains(&entry["level"].as_str().unwrap()),
                "{entry}"
            );
            assert!(
                entry["timestamp"].is_string() && entry["message"].is_string() && entry["source"].is_string()
            );
        }
        assert!(!logs.to_string().contains("canary"));
    });
}

#[test]
fn api_get_logs_clear_true_is_refused() {
    show(async |house| {
        let before = rows(&house.json("/api/logs?count=1000").await, "logs").len();
        let refused = house.get("/api/logs?clear=true").await;
        assert_eq!(refused.status, 405, "{}", refused.text());
        assert!(refused.text().contains("POST /api/logs/clear"));
        assert!(before <= rows(&house.json("/api/logs?count=1000").await, "logs").len());
    });
}

#[test]
fn api_get_pppoe_interfaces_in_real_time() {
    show(async |house| {
        let has_all =
            |list: &Value| rows(list, "pppoe_interfaces").len() == house.routers[0].router.session_count();
        let list = house.until("/api/pppoe_interfaces?router_id=r1", has_all).await;
        let name = house.routers[0].online().into_iter().rev().find(|name| name.is_ascii()).unwrap();
        let has =
            |answer: &Value| rows(answer, "pppoe_interfaces").iter().any(|row| row["name"] == name.as_str());
        assert!(has(&list) && house.routers[0].router.drop_session(&name));
        house.until("/api/pppoe_interfaces?router_id=r1", |now| !has(now)).await;
        house.routers[0].router.dial(&name);
        // Nobody sees any of it without being let in.
        let nobody = Visitor::new(&house.service.url, None).unwrap();
        assert_eq!(nobody.get("/api/pppoe_interfaces").await.unwrap().status, 401);
    });
}
