//! Lists that are tables of the routers: sorted, chosen from, asked for by key.

use super::get;
use super::lists::full;
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::example::{Made, snapshot, unreachable};
use crate::domain::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use crate::domain::interface::InterfaceFacts;
use crate::domain::network::SimpleQueue;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::Moment;
use crate::state::example::Example;
use actix_web::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

#[actix_web::test]
async fn tables_are_sorted_chosen_from_and_asked_for_by_key() {
    let example = full();
    let check = async |query: &str, names: &[&str], total: u64| {
        let (status, body) = get(&example, &format!("/api/v1/interfaces?{query}")).await;
        assert_eq!(status, StatusCode::OK, "{query}: {body}");
        let rows = body["interfaces"].as_array().unwrap();
        let found: Vec<_> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
        assert_eq!((found.as_slice(), body["meta"]["total"].as_u64()), (names, Some(total)), "{query}");
    };
    check("sort=-name", &["ether2", "ether1"], 2).await;
    check("sort=-rx_bps", &["ether1", "ether2"], 2).await;
    check("sort=name&offset=1", &["ether2"], 2).await;
    check("state=dynamic", &[], 0).await;
    check("state=all&limit=1", &["ether1"], 2).await;
    check("keys=ccr1:*2,ccr9:*1", &["ether2"], 2).await;
    let (_, body) = get(&example, "/api/v1/interfaces?state=dynamic").await;
    assert_eq!(body["meta"]["counts"]["running"], 2, "counted whichever is chosen");
    for wrong in ["sort=colour", "state=wet", "keys=ccr1", "keys=ccr1:*2g", "keys=a%20b:*1", "offset=-1"] {
        let (status, _) = get(&example, &format!("/api/v1/interfaces?{wrong}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let (_, body) = get(&example, "/api/v1/interfaces?sort=name&limit=1").await;
    assert_eq!(body["meta"]["cursor"], Value::Null, "another order is leafed through by offset");
}

#[actix_web::test]
async fn every_column_of_a_table_is_in_its_rows() {
    fn check<R: crate::domain::tables::Tabular>(row: &Value) {
        for column in R::COLUMNS {
            assert!(row.get(column.word).is_some(), "{} is not in {row}", column.word);
        }
    }
    let example = full();
    let row =
        async |path: &str, name: &str| get(&example, &format!("/api/v1/{path}")).await.1[name][0].clone();
    check::<crate::domain::snapshot::Snapshot>(&row("routers", "routers").await);
    check::<InterfaceFacts>(&row("interfaces", "interfaces").await);
    check::<HotspotActive>(&row("hotspot", "hotspot").await);
    check::<HotspotUser>(&row("hotspot/users", "users").await);
    check::<HotspotHost>(&row("hotspot/hosts", "hosts").await);
    check::<Lease>(&row("leases", "leases").await);
    check::<SimpleQueue>(&row("queues", "queues").await);
    check::<Pool>(&row("pools", "pools").await);
}

#[actix_web::test]
async fn the_sessions_of_a_router_that_was_never_read_are_a_gap() {
    let never = Snapshot { traffic_at: None, ..unreachable("ccr3", &[]) };
    let zoe = Made::online("zoe", 1.0, 1.0);
    let example = Example::new(vec![snapshot("ccr1", &[zoe]), snapshot("ccr2", &[]), never]);
    let (_, body) = get(&example, "/api/v1/routers").await;
    let sessions: Vec<_> =
        body["routers"].as_array().unwrap().iter().map(|row| row["sessions"].clone()).collect();
    assert_eq!(sessions, [json!(1), json!(0), Value::Null], "zero is measured, a gap is not");
    let (_, body) = get(&example, "/api/v1/routers/ccr3").await;
    assert_eq!(body["router"]["sessions"], Value::Null);
    // What an earlier program's readers count on is a number.
    let (_, body) = get(&example, "/api/health").await;
    assert_eq!(body["routers"][2]["sessions"], 0);
}

#[actix_web::test]
async fn of_a_router_that_was_never_reached_nothing_is_counted() {
    let never = Snapshot { traffic_at: None, ..unreachable("rc", &[]) };
    let example = Example::new(vec![never, unreachable("rb", &[])]);
    let row = async |name: &str| get(&example, &format!("/api/v1/routers/{name}")).await.1["router"].clone();
    let (lost, never) = (row("rb").await, row("rc").await);
    assert_eq!((&never["subscribers"]["total"], &never["reboots"]), (&Value::Null, &Value::Null));
    assert_eq!((&lost["subscribers"]["total"], &lost["reboots"]), (&json!(0), &json!(0)));
}

#[actix_web::test]
async fn an_uptime_does_not_grow_while_nobody_can_ask() {
    let ago = Duration::from_secs(600);
    let lost = unreachable("rb", &[Made::online("zoe", 1.0, 1.0)]);
    let at = Moment::new(lost.at.instant, lost.at.wall_before(ago));
    let example = Example::new(vec![Snapshot { traffic_at: Some(at), ..lost }]);
    let (_, one) = get(&example, "/api/v1/subscribers").await;
    let (_, two) = get(&example, "/api/v1/sessions").await;
    // A session of 3700 s, of which the last ten minutes are not known.
    for row in [&one["subscribers"][0], &two["sessions"][0]] {
        assert_eq!(row["uptime_s"], 3_100, "{row}");
    }
}

#[actix_web::test]
async fn a_router_is_found_by_its_address() {
    let example = Example::new(vec![snapshot("ra", &[])]);
    let total =
        async |q: &str| get(&example, &format!("/api/v1/routers?q={q}")).await.1["meta"]["total"].clone();
    assert_eq!((total("127.0.0.1:8728").await, total("127.0.0.2").await), (json!(1), json!(0)));
}
