//! The lists of `/api/v1`: envelopes, cursors, columns, scopes and tags.

use super::{get, network};
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::example::{Made, now, snapshot};
use crate::domain::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use crate::domain::id::ItemId;
use crate::domain::interface::InterfaceFacts;
use crate::domain::network::SimpleQueue;
use crate::domain::snapshot::{Table, TableState};
use crate::domain::subscriber::Slot;
use crate::state::example::Example;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, IF_NONE_MATCH};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

pub(super) fn table<R>(rows: Vec<R>) -> Table<R> {
    Table { rows: Arc::new(rows), at: Some(now()), state: TableState::Fresh }
}

fn id(text: &str) -> ItemId {
    ItemId::read(text.as_bytes())
}

/// A router whose every table has a row, and another that has never been read.
pub(super) fn full() -> Example {
    let mut first = snapshot("ccr1", &[Made::online("ann", 8e6, 1e6), Made::offline("bob")]);
    let ether = |at: &str, name: &str| InterfaceFacts {
        id: id(at),
        name: name.into(),
        kind: "ether".into(),
        mtu: "1500".into(),
        running: true,
        rx_error: 7,
        ..InterfaceFacts::default()
    };
    first.interfaces = table(vec![ether("*1", "ether1"), ether("*2", "ether2")]);
    first.interface_slots = Arc::new(vec![Some(Slot(0)), None]);
    first.hotspot_active = table(vec![HotspotActive {
        id: id("*5"),
        user: "guest".into(),
        bytes_in: 10,
        bytes_out: 20,
        uptime: Some(Duration::from_secs(61)),
        ..HotspotActive::default()
    }]);
    first.hotspot_users = table(vec![HotspotUser {
        id: id("*7"),
        name: "voucher".into(),
        limit_uptime: Some(Duration::from_secs(90)),
        uptime: Some(Duration::from_secs(60)),
        ..HotspotUser::default()
    }]);
    first.hotspot_hosts = table(vec![HotspotHost { id: id("*6"), bypassed: true, ..HotspotHost::default() }]);
    first.leases = table(vec![Lease {
        id: id("*7"),
        host_name: "<b>tv</b>".into(),
        expires_after: Some(Duration::from_secs(600)),
        ..Lease::default()
    }]);
    first.queues = table(vec![SimpleQueue {
        id: id("*8"),
        name: "q".into(),
        max_limit: Some((1_000, 2_000)),
        ..SimpleQueue::default()
    }]);
    first.pools = table(vec![Pool { id: id("*9"), used: Some(9), total: Some(10), ..Pool::default() }]);
    Example::new(vec![first, snapshot("ccr2", &[])])
}

#[actix_web::test]
async fn every_table_is_a_list_with_units_in_its_names() {
    let example = full();
    let check = async |path: &str, name: &str, expect: Value| {
        let (status, body) = get(&example, path).await;
        assert_eq!((status, &body["success"]), (StatusCode::OK, &json!(true)), "{path}");
        let row = &body[name][0];
        for (field, value) in expect.as_object().unwrap() {
            assert_eq!(&row[field], value, "{path}: {field} of {row}");
        }
        assert_eq!(body["meta"]["cursor"], Value::Null, "{path}");
        assert!(body["meta"]["current_time"].is_string());
    };
    let ether = json!({
        "router": "ccr1", "id": "*1", "name": "ether1", "state": "running", "mtu": 1500, "rx_bps": 1_000_000,
        "tx_bps": 8_000_000, "rx_errors": 7,
    });
    check("/api/v1/interfaces", "interfaces", ether).await;
    let (_, body) = get(&example, "/api/v1/interfaces").await;
    assert_eq!(body["interfaces"][1]["rx_bps"], Value::Null, "without counters there is a gap");
    assert_eq!(body["meta"]["tables"][1]["state"], "waiting", "what was never read is said");
    let guest = json!({
        "user": "guest", "upload_bytes": 10, "download_bytes": 20, "uptime_s": 61, "time_left_s": null,
    });
    check("/api/v1/hotspot", "hotspot", guest).await;
    check("/api/v1/hotspot/hosts", "hosts", json!({ "bypassed": true, "authorized": false })).await;
    check(
        "/api/v1/hotspot/users",
        "users",
        json!({ "state": "valid", "time_left_s": 30, "limit_bytes": null }),
    )
    .await;
    check(
        "/api/v1/leases",
        "leases",
        json!({ "host_name": "<b>tv</b>", "expires_s": 600, "last_seen_s": null }),
    )
    .await;
    check("/api/v1/queues", "queues", json!({ "max_upload_bps": 1_000, "max_download_bps": 2_000 })).await;
    check("/api/v1/pools", "pools", json!({ "used_percent": 90.0, "total": 10 })).await;
    let session = json!({
        "name": "ann", "state": "online", "download_bps": 8_000_000, "upload_bps": 1_000_000,
        "download_bytes": 5_000, "upload_bytes": 1_000, "uptime_s": 3_700, "interface": "<pppoe-ann>",
    });
    check("/api/v1/sessions", "sessions", session).await;
    let router = json!({
        "name": "ccr1", "status": "live", "version": "7.21 (stable)", "model": "CCR2004", "cpu_load_percent": 17,
        "memory_total_bytes": 4_000_000_000_u64, "firmware": null, "sessions": 1,
    });
    check("/api/v1/routers", "routers", router).await;
    let (_, one) = get(&example, "/api/v1/routers/ccr1").await;
    assert_eq!(one["router"]["subscribers"]["offline"], 1);
}

#[actix_web::test]
async fn whoever_sees_one_router_learns_nothing_of_the_others() {
    let example = network();
    let lists = [
        "routers",
        "sessions",
        "interfaces",
        "hotspot",
        "hotspot/hosts",
        "hotspot/users",
        "leases",
        "pools",
        "queues",
        "subscribers",
    ];
    let mut paths: Vec<String> = lists.iter().map(|list| format!("/api/v1/{list}")).collect();
    paths.extend(["events", "logs", "logs?source=routers"].map(|list| format!("/api/v1/{list}")));
    let others = [
        "health",
        "pppoe_interfaces",
        "interfaces",
        "ppp_active",
        "ppp_accounts",
        "dashboard",
        "export",
        "performance",
        "status",
        "resources",
        "logs",
    ];
    paths.extend(others.map(|path| format!("/api/{path}")));
    for path in paths {
        let answer = super::ask(&example, &path, &[(crate::http::example::SCOPE, "ccr2")]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(!answer.text.contains("ccr1") && !answer.text.contains("onerror"), "{path}: {}", answer.text);
    }
    for path in [
        "/api/v1/routers/ccr1",
        "/api/v1/sessions?router=ccr1",
        "/api/v1/subscribers/ccr1/bob",
        "/api/status?router_id=ccr1",
        "/api/export?router=ccr1",
        "/api/v1/subscribers?router=ccr1",
    ] {
        let answer = super::ask(&example, path, &[(crate::http::example::SCOPE, "ccr2")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// Leafs through a list and gives the values of this column.
pub(super) async fn leaf(example: &Example, path: &str, list: &str, column: &str) -> Vec<Value> {
    let mut values = Vec::new();
    let mut cursor = String::new();
    loop {
        let (status, body) = get(example, &format!("{path}{cursor}")).await;
        assert_eq!(status, StatusCode::OK, "{path}{cursor}: {body}");
        values.extend(body[list].as_array().unwrap().iter().map(|row| row[column].clone()));
        match body["meta"]["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return values,
        }
    }
}

#[actix_web::test]
pub(super) async fn leafing_by_cursor_shows_everybody_once_in_every_order() {
    let made: Vec<Made> = (0..25_u32)
        .map(|n| match n % 3 {
            0 => Made::offline(&format!("off{n}")),
            1 => Made { rates: None, ..Made::online(&format!("gap{n}"), 0.0, 0.0) },
            _ => Made::online(&format!("on{n}"), f64::from(n % 4) * 1.1e6, 0.5),
        })
        .collect();
    let example = Example::new(vec![snapshot("ccr1", &made), snapshot("ccr2", &made)]);
    for sort in ["name", "-name", "down", "-down", "address", "-uptime", "comment", "state"] {
        let path = format!("/api/v1/subscribers?limit=7&sort={sort}");
        let keys = leaf(&example, &path, "subscribers", "key").await;
        let whole =
            leaf(&example, &format!("/api/v1/subscribers?limit=1000&sort={sort}"), "subscribers", "key")
                .await;
        assert_eq!(keys, whole, "{sort}");
        assert_eq!(keys.iter().map(Value::to_string).collect::<BTreeSet<_>>().len(), 50, "{sort}");
    }
    let ids = leaf(&example, "/api/v1/sessions?limit=7", "sessions", "id").await;
    assert_eq!(ids.len(), 32);
    let (_, body) = get(&example, "/api/v1/subscribers?limit=7&sort=name").await;
    let cursor = body["meta"]["cursor"].as_str().unwrap();
    let (status, _) = get(&example, &format!("/api/v1/subscribers?sort=-down&cursor={cursor}")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "a cursor of another order");
}

#[actix_web::test]
async fn a_cursor_goes_on_where_it_was_though_rows_went() {
    let made = |names: &[&str]| names.iter().map(|name| Made::online(name, 1.0, 1.0)).collect::<Vec<_>>();
    let example = Example::new(vec![snapshot("ccr1", &made(&["a", "b", "c", "d"]))]);
    let (_, body) = get(&example, "/api/v1/subscribers?limit=2").await;
    let cursor = body["meta"]["cursor"].as_str().unwrap().to_owned();
    // The last row shown is gone, and one that would stand before it has come.
    example.snapshots[0].send_replace(Arc::new(snapshot("ccr1", &made(&["a", "aa", "c", "d"]))));
    let (_, body) = get(&example, &format!("/api/v1/subscribers?limit=2&cursor={cursor}")).await;
    let names: Vec<_> = body["subscribers"].as_array().unwrap().iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["c", "d"]);
}

#[actix_web::test]
async fn only_the_columns_that_are_asked_for_are_given() {
    let example = network();
    for (path, list) in [("/api/v1/subscribers", "subscribers"), ("/api/v1/sessions", "sessions")] {
        let (_, body) = get(&example, &format!("{path}?cols=state,name")).await;
        let row = body[list][0].as_object().unwrap();
        assert_eq!(row.keys().collect::<Vec<_>>(), ["name", "state"]);
        let (status, body) = get(&example, &format!("{path}?cols=password")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(body["detail"].as_str().unwrap().contains("there is no column `password`"));
    }
}

#[actix_web::test]
async fn the_same_state_is_not_sent_twice() {
    let example = full();
    for path in [
        "/api/v1/sessions",
        "/api/v1/subscribers",
        "/api/v1/routers",
        "/api/v1/routers/ccr1",
        "/api/v1/events",
        "/api/v1/logs",
        "/api/v1/leases",
        "/api/pppoe_interfaces",
        "/api/dashboard",
        "/api/v1/subscribers/ccr1/ann",
    ] {
        let first = super::ask(&example, path, &[]).await;
        let tag = first
            .headers
            .get(ETAG)
            .unwrap_or_else(|| panic!("{path} has no tag"))
            .to_str()
            .unwrap()
            .to_owned();
        assert!(tag.starts_with("W/\""));
        let again = super::ask(&example, path, &[(IF_NONE_MATCH.as_str(), &tag)]).await;
        assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
        let other = super::ask(&example, &format!("{path}?limit=3"), &[(IF_NONE_MATCH.as_str(), &tag)]).await;
        assert_eq!(other.status, StatusCode::OK, "{path}: another question");
        let scoped = [(IF_NONE_MATCH.as_str(), tag.as_str()), (crate::http::example::SCOPE, "ccr1")];
        let scoped = super::ask(&example, path, &scoped).await;
        let is_of_one = path.contains("ccr1") || path.ends_with("events") || path.ends_with("logs");
        assert!(is_of_one || scoped.status == StatusCode::OK, "{path}: another scope");
    }
    let tag = super::ask(&example, "/api/v1/sessions", &[]).await.headers.get(ETAG).unwrap().clone();
    example.snapshots[0].send_replace(Arc::new(snapshot("ccr1", &[])));
    let changed =
        super::ask(&example, "/api/v1/sessions", &[(IF_NONE_MATCH.as_str(), tag.to_str().unwrap())]).await;
    assert_eq!(changed.status, StatusCode::OK, "another state");
}

#[actix_web::test]
async fn names_of_any_letters_lead_to_their_subscriber() {
    let names =
        ["ann", "a/b", "50%", "%2F", "a b", "é漢", "\"><img src=x>", "?x=1&y", "a+b", "#1", "\n", "..x"];
    let made: Vec<Made> = names.iter().map(|name| Made::online(name, 1.0, 2.0)).collect();
    let example = Example::new(vec![snapshot("ccr1", &made)]);
    for name in names {
        let mut path = String::from("/api/v1/subscribers/ccr1/");
        for byte in name.bytes() {
            write!(path, "%{byte:02X}").unwrap();
        }
        let (status, body) = get(&example, &path).await;
        assert_eq!((status, &body["subscriber"]["name"]), (StatusCode::OK, &json!(name)), "{path}");
        assert_eq!(body["sessions"][0]["interface"], format!("<pppoe-{name}>"));
        assert_eq!(body["account"]["profile"], "10M");
    }
    for path in
        ["/api/v1/subscribers/ccr1/nobody", "/api/v1/subscribers/ccr1/%FF%FE", "/api/v1/subscribers/no/ann"]
    {
        assert_eq!(get(&example, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}
