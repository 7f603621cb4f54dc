//! The paths of an earlier program, the export, and what describes the API itself.

use super::lists::full;
use super::{get, network, post};
use crate::domain::example::{Made, snapshot};
use crate::domain::snapshot::TableState;
use crate::http::listed;
use crate::state::RouterView;
use crate::state::example::Example;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_ENCODING};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[actix_web::test]
async fn the_seeds_paths_have_its_names() {
    let example = network();
    let check = async |path: &str, names: &[&str]| {
        let (status, body) = get(&example, path).await;
        assert_eq!((status, keys(&body)), (StatusCode::OK, names.to_vec()), "{path}");
        body
    };
    let status = check(
        "/api/status?router_id=ccr2",
        &[
            "success",
            "connected",
            "router_id",
            "router_name",
            "router_ip",
            "router_port",
            "identity",
            "current_time",
        ],
    )
    .await;
    assert_eq!((&status["connected"], &status["router_port"]), (&json!(false), &json!(8728)));
    let resources = ["success", "router_id", "router_name", "resources", "current_time", "error_message"];
    let body = check("/api/resources?router=ccr1", &resources).await;
    assert_eq!(body["resources"]["cpu-load"], "17");
    let list = |name| ["success", "router_id", "router_name", name, "current_time", "error_message"];
    check("/api/interfaces", &list("interfaces")).await;
    let active = check("/api/ppp_active", &list("ppp_active")).await;
    assert_eq!(active["router_id"], Value::Null, "several routers have no one id");
    assert_eq!(active["ppp_active"][0]["uptime"], "1h1m40s");
    let accounts = check("/api/ppp_accounts?router=ccr1", &list("ppp_accounts")).await;
    assert_eq!(accounts["router_id"], "ccr1");
    assert_eq!(accounts["ppp_accounts"][2]["disabled"], "true");
    let dashboard = check(
        "/api/dashboard",
        &[
            "success",
            "pppoe_interfaces",
            "ppp_accounts",
            "ppp_active",
            "aggregate_stats",
            "current_time",
            "error_message",
        ],
    )
    .await;
    assert_eq!(dashboard["aggregate_stats"]["online_accounts"], 2);
    let row = &dashboard["pppoe_interfaces"][0];
    assert_eq!(row["tx_rate"], 8_500_000);
    assert_eq!(row["tx-byte"], row["tx_bytes"].as_u64().unwrap().to_string());
    assert_eq!(dashboard["pppoe_interfaces"][1]["tx_rate"], Value::Null, "a gap is no zero");
    assert_eq!(dashboard["error_message"], "ccr2: cannot reach the router at ccr2");
    let (status, body) = get(&Example::new(Vec::new()), "/api/status").await;
    assert_eq!((status, &body["success"]), (StatusCode::NOT_FOUND, &json!(false)));
}

#[actix_web::test]
async fn a_router_that_cannot_be_asked_is_named_on_every_path() {
    let example = network();
    let wrong = "ccr2: cannot reach the router at ccr2";
    for path in [
        "resources",
        "interfaces",
        "ppp_active",
        "ppp_accounts",
        "ppp_accounts_summary",
        "pppoe",
        "dashboard",
        "accounts",
    ] {
        let (_, body) = get(&example, &format!("/api/{path}?router_id=ccr2")).await;
        let error = body.get("error_message").or(body.get("error")).unwrap();
        assert_eq!(error, wrong, "{path}");
        let (_, body) = get(&example, &format!("/api/{path}?router_id=ccr1")).await;
        let error = body.get("error_message").or(body.get("error")).unwrap();
        assert_eq!(error, &Value::Null, "{path}");
    }
    let (_, summary) = get(&example, "/api/ppp_accounts_summary").await;
    let sums = &summary["statistics"];
    let sum: u64 = ["online", "offline", "unknown"]
        .map(|state| {
            assert!(summary[format!("{state}_accounts")].is_array());
            sums[format!("{state}_accounts")].as_u64().unwrap()
        })
        .iter()
        .sum();
    assert_eq!(sums["total_accounts"], sum);
    assert!(0 < sums["unknown_accounts"].as_u64().unwrap(), "{sums}");
    assert!(!summary["unknown_accounts"].as_array().unwrap().is_empty());
}

#[actix_web::test]
async fn a_router_has_one_name_on_every_path_and_says_when_it_was_heard_last() {
    let example = network();
    example.routers.send_modify(|routers| {
        let named =
            routers.iter().cloned().map(|view| RouterView { label: Some("North Ñ".to_owned()), ..view });
        *routers = named.collect();
    });
    for path in ["status", "resources", "interfaces", "ppp_active", "ppp_accounts", "pppoe", "health"] {
        let (_, body) = get(&example, &format!("/api/{path}?router_id=ccr1")).await;
        assert_eq!((&body["router_id"], &body["router_name"]), (&json!("ccr1"), &json!("North Ñ")), "{path}");
    }
    let (_, body) = get(&example, "/api/routers").await;
    let lost = &body["routers"][1];
    assert_eq!((&lost["id"], &lost["connection_status"]), (&json!("ccr2"), &json!("disconnected")));
    let heard = example.snapshots[1].borrow().traffic_at.unwrap();
    let heard = serde_json::to_value(crate::api::wire::Rfc3339(heard.wall)).unwrap();
    assert_eq!(lost["last_connection"], heard);
}

#[actix_web::test]
async fn health_is_of_all_routers_or_of_one() {
    let example = network();
    for (path, status, connected, count) in [
        ("/api/health", "degraded", false, 2),
        ("/api/health?router_id=ccr1", "healthy", true, 1),
        ("/api/health?router=ccr2", "degraded", false, 1),
    ] {
        let (_, body) = get(&example, path).await;
        let found = (&body["status"], &body["connected"], body["routers"].as_array().unwrap().len());
        assert_eq!(found, (&json!(status), &json!(connected), count), "{path}");
    }
    let (_, one) = get(&example, "/api/health?router_id=ccr1").await;
    assert_eq!((&one["router_id"], &one["router_name"]), (&json!("ccr1"), &json!("ccr1")));
    assert_eq!(get(&example, "/api/health?router=nope").await.0, StatusCode::NOT_FOUND);
    assert_eq!(post(&example, "/api/health?router=nope", "", &[]).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn health_can_be_posted_for_and_a_body_that_is_none_is_not_quoted() {
    let example = network();
    let empty = post(&example, "/api/health", "", &[]).await;
    assert_eq!((empty.status, &empty.json()["status"]), (StatusCode::OK, &json!("degraded")));
    let body = r#"{"host":5,"user":"a","password":"canary-4711"}"#;
    let refused = post(&example, "/api/health", body, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.text.contains("canary"), "{}", refused.text);
    let long = post(&example, "/api/health", &"x".repeat(70_000), &[]).await;
    assert_eq!(
        (long.status, &long.json()["type"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("tikwatch:too_large"))
    );
}

#[actix_web::test]
async fn an_export_is_whole_whatever_its_length() {
    let check = async |sizes: &[usize]| {
        let made =
            |size: usize| (0..size).map(|n| Made::online(&format!("u{n}\"<"), 1.0, 2.0)).collect::<Vec<_>>();
        let snapshots = sizes.iter().enumerate().map(|(n, size)| snapshot(&format!("r{n}"), &made(*size)));
        let example = Example::new(snapshots.collect());
        let answer = super::ask(&example, "/api/export", &[]).await;
        let file = answer.headers.get(CONTENT_DISPOSITION).unwrap().to_str().unwrap();
        assert!(file.starts_with("attachment; filename=\"tikwatch-") && file.ends_with(".json\""), "{file}");
        let data = &answer.json()["data"];
        let all: usize = sizes.iter().sum();
        for list in ["ppp_active", "ppp_secrets", "ppp_accounts", "pppoe_interfaces"] {
            assert_eq!(data[list].as_array().map(Vec::len), Some(all), "{list} of {sizes:?}");
        }
        assert_eq!(data["routers"].as_array().unwrap().len(), sizes.len());
        assert_eq!(data["router_info"].is_object(), sizes.len() == 1);
        assert_eq!(data["resources"].is_object(), sizes.len() == 1);
        assert!(data["events"].is_array() && data["queues"].is_array());
        assert!(!answer.text.contains("\"password\""));
        let header = |name: &str| answer.headers.get(name).unwrap().to_str().unwrap();
        let lists = data.as_object().unwrap().iter().filter(|(name, _)| *name != "left_out");
        let rows: usize = lists.filter_map(|(_, list)| list.as_array()).map(Vec::len).sum();
        assert_eq!(header("x-total-rows"), rows.to_string(), "of {sizes:?}");
        assert_eq!(answer.text.matches('\n').count(), rows, "each row has a line of its own");
        assert!(header("x-left-out").starts_with("passwords"));
    };
    check(&[]).await;
    check(&[0]).await;
    check(&[1]).await;
    check(&[100, 0, 101]).await;
    check(&[3_000, 2]).await;
}

#[actix_web::test]
async fn an_export_counts_rows_of_every_table_and_says_which_are_missing() {
    let example = full();
    example.snapshots[0].send_modify(|snapshot| {
        let first = Arc::make_mut(snapshot);
        first.queues.state = TableState::Forbidden;
        let people = Arc::make_mut(&mut first.subscribers);
        let ann = Arc::make_mut(&mut people[0]);
        ann.account = None;
        ann.sessions[0].interface = None;
    });
    let answer = super::ask(&example, "/api/export", &[]).await;
    let data = &answer.json()["data"];
    assert_eq!((data["sessions"].as_array().unwrap().len(), &data["pppoe_interfaces"]), (1, &json!([])));
    let rows: usize = ["routers", "systems", "interfaces", "pppoe_interfaces", "ppp_secrets", "ppp_active"]
        .into_iter()
        .chain(["ppp_accounts", "sessions", "ports", "hotspot_active", "hotspot_hosts", "hotspot_users"])
        .chain(["dhcp_leases", "dhcp_pools", "queues", "events", "groups", "categories"])
        .map(|list| data[list].as_array().unwrap().len())
        .sum();
    assert_eq!(answer.headers.get("x-total-rows").unwrap(), &rows.to_string());
    assert_eq!(answer.text.matches('\n').count(), rows);
    let said = "ccr1: rows that our user may not read (queues)";
    assert!(data["left_out"].as_array().unwrap().contains(&json!(said)), "{}", data["left_out"]);
    assert!(answer.headers.get("x-left-out").unwrap().to_str().unwrap().contains(said));
}

#[actix_web::test]
async fn performance_tells_calls_and_answers() {
    let example = network();
    for count in [&example.state.restarts.log_book, &example.state.restarts.recorders] {
        count.fetch_add(1, Ordering::Relaxed);
    }
    example.state.restarts.log_book.fetch_add(1, Ordering::Relaxed);
    let (status, body) = get(&example, "/api/performance").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["connections"]["succeeded"], 2);
    assert_eq!(body["connections"]["success_rate"], 1.0);
    assert_eq!(body["routers"][0]["p99_ms"], Value::Null, "nothing was asked yet");
    assert_eq!(body["restarts"], json!({ "fleet": 0, "log_book": 2, "recorders": 1, "keepers": 0 }));
    assert!(body["total_requests"].is_u64() && body["uptime_s"].is_u64());
}

#[actix_web::test]
async fn a_long_list_is_compressed_as_the_client_can_read_it() {
    let made: Vec<Made> = (0..300).map(|n| Made::online(&format!("u{n}"), 1.0, 2.0)).collect();
    let example = Example::new(vec![snapshot("ccr1", &made)]);
    for (accepted, given) in [
        ("gzip", Some("gzip")),
        ("zstd, gzip", Some("zstd")),
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("gzip, br", Some("br")),
        ("identity", Some("identity")),
        ("", Some("identity")),
        ("gzip;q=0", Some("identity")),
        // A way that is not kept is not gone each time anew.
        ("deflate", Some("identity")),
    ] {
        let answer = super::ask(&example, "/api/pppoe_interfaces", &[("accept-encoding", accepted)]).await;
        let encoding = answer.headers.get(CONTENT_ENCODING).map(|value| value.to_str().unwrap());
        assert_eq!(encoding, given, "{accepted}");
        let plain = match given {
            Some("gzip") => {
                let mut text = String::new();
                std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*answer.body), &mut text)
                    .unwrap();
                text.into_bytes()
            }
            Some("br") => {
                let mut text = Vec::new();
                brotli::BrotliDecompress(&mut &*answer.body, &mut text).unwrap();
                text
            }
            Some("zstd") => zstd::stream::decode_all(&*answer.body).unwrap(),
            _ => answer.body,
        };
        let body: Value = serde_json::from_slice(&plain).unwrap();
        assert_eq!(body["pppoe_interfaces"].as_array().unwrap().len(), 300, "{accepted}");
    }
}

#[actix_web::test]
async fn the_document_has_just_the_routes_that_there_are() {
    let (_, document) = get(&network(), "/api/openapi.json").await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut told = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        told.extend(methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
    }
    let is_api = |path: &str| path == "/healthz" || (path.starts_with("/api/") && path != "/api/docs");
    let routes = listed().filter(|route| is_api(route.path));
    let there: BTreeSet<_> =
        routes.map(|route| (route.method.to_owned(), crate::api::openapi::template(route.path))).collect();
    assert_eq!(told, there);
}

/// Whether every `$ref` of the document leads somewhere; gives how many there are.
fn references(value: &Value, document: &Value) -> usize {
    match value {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str).map_or(0, |to| {
                let place = to.strip_prefix('#').unwrap();
                assert!(document.pointer(place).is_some(), "{to} leads nowhere");
                1
            });
            own + fields.values().map(|value| references(value, document)).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(|item| references(item, document)).sum(),
        _ => 0,
    }
}

#[actix_web::test]
async fn the_document_holds_together_and_tells_problems_roles_and_schemes() {
    let (_, document) = get(&network(), "/api/openapi.json").await;
    assert!(100 < references(&document, &document));
    let operation = &document["paths"]["/api/v1/sessions"]["get"];
    for status in ["200", "304", "400", "401", "403", "404", "429"] {
        assert!(operation["responses"][status].is_object(), "{status}");
    }
    let problem = &operation["responses"]["404"]["content"]["application/problem+json"]["schema"]["$ref"];
    assert_eq!(problem, "#/components/schemas/Problem");
    assert_eq!(document["paths"]["/healthz"]["get"].get("security"), None);
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(
        (&schemes["token"]["scheme"], &schemes["session"]["in"]),
        (&json!("bearer"), &json!("cookie"))
    );
    assert_eq!(schemes["session"]["name"], crate::http::COOKIE);
    assert_eq!(schemes["session_https"]["name"], crate::http::COOKIE_HTTPS);
    let clear = &document["paths"]["/api/logs/clear"]["post"]["description"];
    let needs = "Needs the role admin of all routers; a token must be one that may change things.";
    assert_eq!(clear, needs);
}

#[actix_web::test]
async fn every_operation_declares_what_any_request_may_be_answered() {
    let (_, document) = get(&network(), "/api/openapi.json").await;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let responses = &operation["responses"];
            for status in ["400", "401", "406", "408", "413", "421", "429", "500"] {
                assert!(responses[status].is_object(), "{method} {path}: {status}");
            }
            assert!(responses["429"]["headers"]["Retry-After"].is_object(), "{method} {path}");
            assert!(responses["401"]["headers"]["WWW-Authenticate"].is_object(), "{method} {path}");
            let (known, asks) = (responses["304"].is_object(), operation["parameters"].to_string());
            assert_eq!(known, asks.contains("If-None-Match"), "{method} {path}");
            assert_eq!(known, responses["200"]["headers"]["ETag"].is_object(), "{method} {path}");
        }
    }
}
