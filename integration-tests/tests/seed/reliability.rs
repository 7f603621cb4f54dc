//! "Security & Reliability".

use super::{row, rows, show};
use integration_tests::isp::Router;
use integration_tests::service::{PATIENCE, Service};
use integration_tests::{Running, in_folder};
use serde_json::Value;
use tempfile::TempDir;

#[test]
fn features_connection_status_with_detailed_error_reporting() {
    show(async |house| {
        let is_told =
            |answer: &Value| row(rows(answer, "routers"), "router", "locked")["status"] == "refused";
        let health = house.until("/api/health", is_told).await;
        let routers = rows(&health, "routers");
        let gone = row(routers, "router", "gone");
        assert_eq!(gone["status"], "down");
        for (router, what, advice) in [
            (gone, "refuses connections", "/ip service"),
            (row(routers, "router", "locked"), "user name or password", "password"),
        ] {
            assert!(router["what"].as_str().unwrap().contains(what), "{router}");
            assert!(router["advice"].as_str().unwrap().contains(advice), "{router}");
        }
        let page = house.page("/").await;
        assert!(page.contains("data-router=\"gone\"") && page.contains("data-router=\"locked\""));
    });
}

#[test]
fn features_health_check_endpoints() {
    show(async |house| {
        assert_eq!(house.get("/healthz").await.text(), "ok");
        let health = house.json("/api/health").await;
        assert_eq!(health["status"], "degraded", "two of its routers are in trouble: {health}");
    });
}

#[test]
fn features_security_headers() {
    show(async |house| {
        for path in ["/", "/api/health", "/no-such-page"] {
            let answer = house.get(path).await;
            let header =
                |name: &str| answer.header(name).unwrap_or_else(|| panic!("{path} lacks {name}")).to_owned();
            let policy = header("content-security-policy");
            assert!(
                policy.contains("default-src 'none'") || policy.contains("default-src 'self'"),
                "{policy}"
            );
            assert!(!policy.contains("unsafe-inline"), "{policy}");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert!(answer.header("server").is_none());
        }
    });
}

#[test]
fn features_configuration_validation() {
    let folder = TempDir::new().unwrap();
    let settings =
        r#"{"routers": [{"name": "no blanks", "host": "", "port": 99999, "username": "u"}], "colour": 1}"#;
    std::fs::write(folder.path().join("settings.json"), settings).unwrap();
    let started =
        Running::start(in_folder(folder.path()).args(["serve", "--listen", "127.0.0.1:0"])).unwrap();
    assert_eq!(started.wait_for_exit(PATIENCE).unwrap().code(), Some(2));
    let said = started.transcript();
    for problem in ["routers[0].name", "routers[0].host", "routers[0].port", "colour"] {
        assert!(said.contains(problem), "{problem}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn features_graceful_error_recovery_and_user_feedback() {
    let mut router = Router::calm(40).await.unwrap();
    let service = Service::watch(&[router.address]).unwrap();
    let online = |answer: &Value| answer["aggregate_stats"]["online_accounts"].as_u64().unwrap();
    let unknown = |answer: &Value| answer["aggregate_stats"]["unknown_accounts"].as_u64().unwrap();
    let before = service.wait_for("/api/pppoe_interfaces", |answer| 20 < online(answer)).await.unwrap();
    router.kill();
    let lost = service.wait_for("/api/pppoe_interfaces", |answer| 20 < unknown(answer)).await.unwrap();
    assert_eq!(lost["aggregate_stats"]["offline_accounts"], 0, "nobody is called offline for that");
    assert!(service.text("/").await.unwrap().contains("id=\"attention\""));
    router.revive().await.unwrap();
    let is_back = |answer: &Value| online(answer) + 5 >= online(&before) && unknown(answer) == 0;
    service.wait_for("/api/pppoe_interfaces", is_back).await.unwrap();
}
