//! Logs and events: their order, how grave they are, and the earlier program's words.

use super::lists::leaf;
use super::{get, network};
use crate::domain::events::Change;
use crate::domain::example::now;
use crate::state::example::Example;
use crate::state::{FirstNumbers, LogView, RecentEvent, RouterLine};
use actix_web::http::StatusCode;
use serde_json::json;
use std::sync::Arc;

fn logged() -> Example {
    let example = network();
    let entry = |number: u64, level: &'static str| {
        let (at, target) = (now().wall, "tikwatch::app".to_owned());
        let fields = vec![("router.name".to_owned(), "ccr1".to_owned())];
        Arc::new(crate::domain::log_entry::LogEntry {
            at,
            level,
            target,
            message: format!("entry {number}"),
            fields,
        })
    };
    let event = |router: &str| {
        let change = Change::Link { word: "down", trouble: "", what: "gone".to_owned() };
        Arc::new(RecentEvent { at: now().wall, router: router.parse().unwrap(), change })
    };
    let line = |message: &str| {
        let line = crate::domain::log_line::RouterLogLine {
            topics: "system,info".into(),
            message: message.into(),
            ..Default::default()
        };
        Arc::new(RouterLine { at: now().wall, router: "ccr2".parse().unwrap(), line })
    };
    example.log.send_replace(Arc::new(LogView {
        first: FirstNumbers { entries: 40, events: 7, router_lines: 0 },
        entries: vec![entry(40, "WARN"), entry(41, "INFO"), entry(42, "DEBUG"), entry(43, "ERROR")],
        events: vec![event("ccr1"), event("ccr2"), event("ccr1")],
        router_lines: vec![line("login failure for user <script>")],
    }));
    example
}

#[actix_web::test]
async fn logs_and_events_come_newest_first_and_by_gravity() {
    let example = logged();
    let numbers = leaf(&example, "/api/v1/events?limit=1", "events", "number").await;
    assert_eq!(numbers, [9, 8, 7]);
    let (_, body) = get(&example, "/api/v1/events?router=ccr2").await;
    assert_eq!((&body["meta"]["total"], &body["events"][0]["state"]), (&json!(1), &json!("down")));
    let numbers = leaf(&example, "/api/v1/logs?limit=2", "logs", "number").await;
    assert_eq!(numbers, [43, 42, 41, 40]);
    let (_, body) = get(&example, "/api/v1/logs?level=warn").await;
    let levels: Vec<_> = body["logs"].as_array().unwrap().iter().map(|row| &row["level"]).collect();
    assert_eq!(levels, ["error", "warn"]);
    assert_eq!(body["logs"][0]["fields"]["router.name"], "ccr1");
    let (_, body) = get(&example, "/api/v1/logs?source=routers&q=SCRIPT").await;
    assert_eq!((&body["logs"][0]["router"], &body["logs"][0]["level"]), (&json!("ccr2"), &json!("info")));
    for (query, expect) in [
        ("after=41", json!([43, 42])),
        // Of an earlier run: all is newer.
        ("after=44", json!([43, 42, 41, 40])),
        ("topic=tikwatch::app&level=error", json!([43])),
        ("topic=other", json!([])),
        ("router=ccr1", json!([])),
        ("source=routers&router=ccr2&topic=SYSTEM&level=info", json!([0])),
        ("source=routers&router=ccr1", json!([])),
        ("source=routers&level=warn", json!([])),
        ("source=routers&after=0", json!([])),
    ] {
        let (_, body) = get(&example, &format!("/api/v1/logs?{query}")).await;
        let numbers: Vec<_> =
            body["logs"].as_array().unwrap().iter().map(|row| row["number"].clone()).collect();
        assert_eq!(json!(numbers), expect, "{query}");
    }
    let (_, body) = get(&example, "/api/v1/events?after=8").await;
    assert_eq!(body["meta"]["total"], 1);
    for wrong in ["level=loud", "source=moon", "limit=0", "limit=1001", "limit=x", "cursor=zz", "cursor=1"] {
        let (status, body) = get(&example, &format!("/api/v1/logs?{wrong}")).await;
        assert_eq!(
            (status, &body["type"]),
            (StatusCode::BAD_REQUEST, &json!("tikwatch:bad_parameter")),
            "{wrong}"
        );
    }
}

#[actix_web::test]
async fn the_seeds_log_has_its_words_and_is_cleared_by_post_only() {
    let mut example = logged();
    let (_, body) = get(&example, "/api/logs?count=2").await;
    let logs = body["logs"].as_array().unwrap();
    assert_eq!(logs.iter().map(|row| &row["level"]).collect::<Vec<_>>(), ["DEBUG", "ERROR"]);
    let (_, body) = get(&example, "/api/logs?level=WARNING").await;
    assert_eq!(body["logs"][0]["level"], "WARNING");
    let (status, body) = get(&example, "/api/logs?clear=true").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(body["detail"].as_str().unwrap().contains("POST /api/logs/clear"));
    assert!(example.clear_orders.try_recv().is_err(), "reading clears nothing");
    let mut orders = example.clear_orders;
    let (_, empty) = tokio::sync::mpsc::channel(1);
    example.clear_orders = empty;
    let book = actix_web::rt::spawn(async move { orders.recv().await.unwrap().send(4).unwrap() });
    let answer = super::post(&example, "/api/logs/clear", "", &[]).await;
    book.await.unwrap();
    assert_eq!((answer.status, &answer.json()["cleared"]), (StatusCode::OK, &json!(4)));
    let scoped = super::post(&example, "/api/logs/clear", "", &[(crate::http::example::SCOPE, "ccr1")]).await;
    assert_eq!(scoped.status, StatusCode::FORBIDDEN, "the log of all is not one's own to clear");
    let noted = crate::http::example::people().audit_tail(5).unwrap();
    let noted: Vec<_> = noted.iter().map(|entry| (entry.who.as_str(), entry.action.as_str())).collect();
    assert_eq!(noted, [("ann", "log.clear")]);
}
