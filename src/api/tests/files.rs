//! Lists as files: the rows of the list, cell for cell, in every format; from one moment, safe for spreadsheets.

use super::csv::parse;
use super::lists::{full, table};
use super::{HOSTILE, ask, get, network};
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::example::{Made, snapshot};
use crate::domain::hotspot::{HotspotActive, HotspotHost};
use crate::domain::id::ItemId;
use crate::domain::interface::InterfaceFacts;
use crate::domain::network::SimpleQueue;
use crate::domain::snapshot::Snapshot;
use crate::domain::system::Routerboard;
use crate::http::example::SCOPE;
use crate::state::example::Example;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::Value;
use std::sync::Arc;

/// Lists by their names as files: where they are under `/api/v1`, and what is asked of them.
const LISTS: [(&str, &str, &str); 13] = [
    ("subscribers", "subscribers", "sort=-name"),
    ("sessions", "sessions", ""),
    ("routers", "routers", "sort=name"),
    ("interfaces", "interfaces", "sort=-name&state=running"),
    ("hotspot", "hotspot", ""),
    ("hosts", "hotspot/hosts", ""),
    ("leases", "leases", ""),
    ("pools", "pools", ""),
    ("queues", "queues", ""),
    ("groups", "groups", ""),
    ("events", "events", ""),
    ("logs", "logs", ""),
    ("logs", "logs", "source=routers"),
];

/// Ages and times that pass between two answers.
fn passes(name: &str) -> bool {
    name.ends_with("age_ms") || name == "uptime_s" || name == "downtime_s"
}

fn steady(mut row: Value) -> Value {
    row.as_object_mut().unwrap().retain(|name, _| !passes(name));
    row
}

fn rows(list: &Value) -> Vec<Value> {
    list.as_array().unwrap().iter().cloned().map(steady).collect()
}

/// A value as it stands in a cell.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => super::super::download::guarded(text).into_owned(),
        other => other.to_string(),
    }
}

#[actix_web::test]
async fn every_list_is_a_file_with_the_rows_of_the_list() {
    for example in [full(), network()] {
        for (list, path, query) in LISTS {
            let (_, body) = get(&example, &format!("/api/v1/{path}?{query}")).await;
            let expect = rows(&body[list]);
            let of = |format: &str| format!("/api/v1/export/{list}?{query}&format={format}");

            let file = ask(&example, &of("json"), &[]).await;
            assert_eq!(file.status, StatusCode::OK, "{list}: {}", file.text);
            let json = file.json();
            assert_eq!(rows(&json[list]), expect, "{list}");
            assert_eq!(json["meta"]["rows"], expect.len(), "{list}");
            assert!(json["meta"]["left_out"][0].as_str().unwrap().contains("passwords"));

            let file = ask(&example, &of("ndjson"), &[]).await;
            let mut lines = file.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            assert_eq!(lines.next().unwrap()["meta"]["list"], list);
            assert_eq!(lines.map(steady).collect::<Vec<_>>(), expect, "{list}");

            let file = ask(&example, &of("csv"), &[]).await;
            assert_eq!(file.headers.get("x-total-rows").unwrap().to_str().unwrap(), expect.len().to_string());
            assert!(file.headers.contains_key("x-left-out"));
            let lines = parse(&file.text);
            assert_eq!(lines.len(), expect.len() + 1, "{list}");
            for (line, row) in lines[1..].iter().zip(&expect) {
                assert_eq!(line.len(), lines[0].len(), "{list}: {line:?}");
                for (name, found) in lines[0].iter().zip(line).filter(|(name, _)| !passes(name)) {
                    let value = row.pointer(&format!("/{}", name.replace('.', "/")));
                    assert_eq!(*found, cell(value.unwrap_or(&Value::Null)), "{list}: {name} of {row}");
                }
                let told: Vec<&str> =
                    lines[0].iter().map(|name| name.split('.').next().unwrap_or_default()).collect();
                for name in row.as_object().unwrap().keys().filter(|name| *name != "shown") {
                    assert!(told.contains(&name.as_str()), "{list}: `{name}` is in no column");
                }
            }
        }
    }
}

#[actix_web::test]
async fn a_file_has_a_name_with_its_time_and_says_what_it_is() {
    for (format, media) in
        [("csv", "text/csv; charset=utf-8"), ("json", "application/json"), ("ndjson", "application/x-ndjson")]
    {
        let file = ask(&network(), &format!("/api/v1/export/subscribers?format={format}"), &[]).await;
        let header = |name| file.headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(header(CONTENT_TYPE), media);
        let name = header(CONTENT_DISPOSITION);
        let name = name.strip_prefix("attachment; filename=\"tikwatch-subscribers-").unwrap();
        let time = name.strip_suffix(&format!(".{format}\"")).unwrap();
        let (day, clock) = time.split_once('T').unwrap();
        let time = format!("{day}T{}", clock.replace('-', ":"));
        assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time}");
        assert!(
            header(actix_web::http::header::HeaderName::from_static("x-left-out"))
                .contains("ccr2: rows newer")
        );
    }
    let with_mark = ask(&network(), "/api/v1/export/subscribers?bom=1", &[]).await;
    assert!(with_mark.text.starts_with('\u{feff}'));
    for wrong in ["format=xml", "bom=2", "cols=password", "sort=beauty", "router=nobody"] {
        let answer = ask(&network(), &format!("/api/v1/export/subscribers?{wrong}"), &[]).await;
        assert!(answer.status.is_client_error(), "{wrong}");
    }
}

#[actix_web::test]
async fn what_is_chosen_on_the_page_is_in_the_file_and_nothing_else() {
    let made: Vec<Made> = (0..250).map(|n| Made::online(&format!("u{n:03}"), 1.0, 2.0)).collect();
    let example = Example::new(vec![snapshot("ccr1", &made), snapshot("ccr2", &[Made::offline("u500")])]);
    let check = async |query: &str, scope: &str, count: usize| {
        let file = ask(&example, &format!("/api/v1/export/subscribers?{query}"), &[(SCOPE, scope)]).await;
        assert_eq!(parse(&file.text).len(), count + 1, "{query} for {scope}");
    };
    check("", "ccr1,ccr2", 251).await;
    check("", "ccr2", 1).await;
    check("q=u01", "ccr1", 10).await;
    check("q=u01&offset=5&limit=2", "ccr1", 10).await;
    check("router=ccr2", "ccr1,ccr2", 1).await;
    check("state=offline", "ccr1,ccr2", 1).await;
    let file = ask(&example, "/api/v1/export/subscribers?cols=state,name&q=u5&format=csv", &[]).await;
    assert_eq!(file.text, "name,state\r\nu500,offline\r\n");
    let hidden = ask(&example, "/api/v1/export/subscribers?router=ccr1", &[(SCOPE, "ccr2")]).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
    let file = ask(&example, "/api/v1/export/subscribers?format=json", &[(SCOPE, "ccr2")]).await;
    assert!(file.json()["meta"]["left_out"].to_string().contains("scope"));
}

#[actix_web::test]
async fn hostile_names_come_back_as_they_are() {
    let corpus = ["=1+1", "\t=x", "a;=cmd()", "a\"b\r\n@x", HOSTILE, "ünï,cödé", "'=1", "\u{0}\u{7}"];
    let made: Vec<Made> = corpus.iter().map(|name| Made::online(name, 1.0, 1.0)).collect();
    let example = Example::new(vec![snapshot("ccr1", &made)]);
    let file = ask(&example, "/api/v1/export/subscribers?format=json", &[]).await;
    let json = file.json();
    let names: Vec<_> =
        json["subscribers"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    for name in corpus {
        assert!(names.contains(&name), "{name:?}");
    }
    let file = ask(&example, "/api/v1/export/subscribers?cols=name", &[]).await;
    let cells: Vec<String> = parse(&file.text).into_iter().skip(1).flatten().collect();
    for name in corpus {
        assert!(cells.contains(&super::super::download::guarded(name).into_owned()), "{name:?}: {cells:?}");
    }
    assert!(!cells.iter().any(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r'])));
}

/// What spreadsheets take for formulas, in the forms that get past a look at the first letter alone.
const FORMULAS: [&str; 20] = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\"=1",
    "'=1",
    "  '\"=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "a;=1",
    "a\t+1",
    "a\r\n@x",
    "=HYPERLINK(\"http://example.com\";\"y\")",
    "=cmd|' /C calc'!A0",
];

#[actix_web::test]
async fn no_text_of_a_router_is_a_formula_whichever_field_it_is_in() {
    let mut cells = 0;
    for formula in FORMULAS {
        let made =
            Made { comment: formula.into(), caller_id: formula.into(), ..Made::online(formula, 1.0, 1.0) };
        let example = Example::new(vec![hostile(snapshot("ccr1", &[made]), formula)]);
        let mut found = 0;
        for (list, _, _) in LISTS {
            let file = ask(&example, &format!("/api/v1/export/{list}"), &[]).await;
            for cell in parse(&file.text).into_iter().skip(1).flatten() {
                cells += 1;
                let is_ours = cell.parse::<f64>().is_ok();
                for part in cell.split([';', '\t', '\r', '\n']) {
                    let first = part.trim_start_matches([' ', '"']).chars().next();
                    let runs = first.is_some_and(|first| "=+-@＝＋－＠".contains(first));
                    assert!(!runs || is_ours && cell == part, "{list}: {cell:?} of {formula:?}");
                }
                found += usize::from(cell == super::super::download::guarded(formula));
            }
        }
        assert!(30 < found, "{formula:?} was in {found} cells only");
    }
    assert!(2_000 < cells, "{cells}");
}

/// The same router with this text wherever it could say something.
fn hostile(mut router: Snapshot, text: &str) -> Snapshot {
    let (id, t) = (ItemId::read(b"*1"), || text.into());
    router.interfaces = table(vec![InterfaceFacts {
        id,
        name: t(),
        kind: t(),
        comment: t(),
        mac_address: t(),
        ..InterfaceFacts::default()
    }]);
    router.hotspot_active = table(vec![HotspotActive {
        id,
        user: t(),
        address: t(),
        mac_address: t(),
        server: t(),
        login_by: t(),
        comment: t(),
        ..HotspotActive::default()
    }]);
    router.hotspot_hosts = table(vec![HotspotHost {
        id,
        address: t(),
        to_address: t(),
        mac_address: t(),
        server: t(),
        comment: t(),
        ..HotspotHost::default()
    }]);
    router.leases = table(vec![Lease {
        id,
        address: t(),
        host_name: t(),
        mac_address: t(),
        server: t(),
        status: t(),
        comment: t(),
        ..Lease::default()
    }]);
    router.pools = table(vec![Pool { id, name: t(), ranges: t(), next_pool: t(), ..Pool::default() }]);
    router.queues = table(vec![SimpleQueue {
        id,
        name: t(),
        target: t(),
        parent: t(),
        comment: t(),
        ..SimpleQueue::default()
    }]);
    let system = Arc::make_mut(&mut router.system);
    system.routerboard = Some(Routerboard { model: t(), current_firmware: t(), ..Routerboard::default() });
    router
}
