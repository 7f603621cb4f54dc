//! Lists as files, of a large network: each cell as the API has it, from one moment, without holding the file in memory;
//! and nothing in them that whoever asks may not see.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

// The same as the unit tests read files with: a parser of its own, so that no mistake of the writer is one of both.
#[path = "../../src/api/tests/csv.rs"]
mod csv;

use csv::parse;
use integration_tests::isp::{Router, calm};
use integration_tests::service::{Service, csrf_of, online};
use integration_tests::visitor::{By, Sent, Visitor};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Instant;
use tikwatch::http::{Listed, listed};
use tikwatch::simulator::RouterPlan;

/// Subscribers of the first router; with `RUN_SLOW_TESTS=1` so many that both have 50,000.
const LARGE: usize = 15_000;
const LARGEST: usize = 40_000;
const SMALLER: usize = 10_500;
/// Exports that are read at the same time.
const AT_ONCE: usize = 6;

/// A cell without the `'` before what a spreadsheet would take for a formula.
fn bare(cell: &str) -> String {
    let is_formula = |text: &str| {
        let first = text.trim_start_matches(['\'', '"', ' ']).chars().next();
        first.is_some_and(|first| "=+-@\t\r\n".contains(first))
    };
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

/// Somebody signed in as the first admin, with an address and so a budget of their own.
fn admin(service: &Service) -> Visitor {
    let (name, value) = service.cookie.clone();
    Visitor::new(&service.url, None).unwrap().by(By::Cookie { name, value, csrf: String::new() })
}

/// A service that has read these routers.
async fn watching(routers: &[&Router], sessions: u64) -> Service {
    let addresses: Vec<_> = routers.iter().map(|router| router.address).collect();
    let service = Service::watch(&addresses).unwrap();
    let is_read = |answer: &Value| {
        answer["routers"].as_array().is_some_and(|all| {
            let sessions: u64 = all.iter().filter_map(|router| router["sessions"].as_u64()).sum();
            sessions >= 1 && all.iter().all(|router| router["download_bps"].is_u64())
        })
    };
    service.wait_for("/api/v1/routers", is_read).await.unwrap();
    let enough = |answer: &Value| answer["meta"]["total"].as_u64().is_some_and(|total| sessions <= total);
    service.wait_for("/api/v1/subscribers?limit=1", enough).await.unwrap();
    service
}

/// The rows of a file that is read while routers are read anew: all of them are of the moment at which it began.
async fn one_moment(service: &Service) {
    let visitor = admin(service);
    let path = "/api/v1/export/sessions?format=ndjson";
    let mut answer = visitor.begin("GET", path, Sent::Nothing, HeaderMap::new()).await.unwrap();
    let mut text = answer.chunk().await.unwrap().unwrap().to_vec();
    let end = text.iter().position(|byte| *byte == b'\n').unwrap();
    let meta: Value = serde_json::from_slice(&text[..end]).unwrap();
    let time = |answer: &Value| answer["current_time"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let began = time(&meta["meta"]);
    // Until then most of the file is not even written, as nobody takes it.
    let is_newer = |answer: &Value| {
        let now = time(&answer["meta"]);
        answer["routers"].as_array().unwrap().iter().all(|router| {
            let age = i64::try_from(router["age_ms"].as_u64().unwrap()).unwrap();
            began < now - SignedDuration::from_millis(age)
        })
    };
    service.wait_for("/api/v1/routers", is_newer).await.unwrap();
    while let Some(piece) = answer.chunk().await.unwrap() {
        text.extend_from_slice(&piece);
    }
    let rows: Vec<Value> = std::str::from_utf8(&text)
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(meta["meta"]["rows"], rows.len());
    assert!(LARGE < rows.len(), "{}", rows.len());
    // What was read after the file began has no age.
    let newer = rows.iter().filter(|row| row["age_ms"] == 0).count();
    assert!(newer < rows.len() / 100, "{newer} of {} rows were read after the file began", rows.len());
    let keys: BTreeSet<(&str, &str)> =
        rows.iter().map(|row| (row["router"].as_str().unwrap(), row["id"].as_str().unwrap())).collect();
    assert_eq!(keys.len(), rows.len(), "each session once");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_large_network_are_of_one_moment_and_never_held() {
    let is_slow = std::env::var_os("RUN_SLOW_TESTS").is_some();
    let count = if is_slow { LARGEST } else { LARGE };
    let mut large = Router::calm(count).await.unwrap();
    let mut smaller = Router::start(RouterPlan { seed: 2, ..calm(SMALLER) }).await.unwrap();
    let service = watching(&[&large, &smaller], (count + SMALLER) as u64 * 9 / 10).await;

    told("the routers are read");
    one_moment(&service).await;
    told("a file that is read slowly is of one moment");

    // Never held: several files are begun, and none is read on.
    let size = admin(&service).get("/api/v1/export/subscribers?format=json").await.unwrap().body.len() as u64;
    let before = service.memory().unwrap();
    let mut begun = Vec::new();
    for _ in 0..AT_ONCE {
        let path = "/api/v1/export/subscribers?format=json";
        let mut answer = admin(&service).begin("GET", path, Sent::Nothing, HeaderMap::new()).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.chunk().await.unwrap().is_some());
        begun.push(answer);
    }
    let grown = service.memory().unwrap().saturating_sub(before);
    told(&format!("{AT_ONCE} files of {size} bytes are begun: {grown} bytes of memory more"));
    assert!(5_000_000 < size, "{size}");
    assert!(grown < size * AT_ONCE as u64 / 3, "{grown} bytes more for {AT_ONCE} files of {size}");
    // A reader that was slow gets all of it all the same, from the moment at which it began.
    let mut first = begun.remove(0);
    let mut text = Vec::new();
    while let Some(piece) = first.chunk().await.unwrap() {
        text.extend_from_slice(&piece);
    }
    assert!(text.ends_with(b"\n]}\n"));
    drop(begun);

    // Cell for cell, once nothing changes any more.
    large.kill();
    smaller.kill();
    let are_down = |answer: &Value| {
        answer["routers"].as_array().is_some_and(|all| all.iter().all(|router| router["status"] == "down"))
    };
    service.wait_for("/api/v1/routers", are_down).await.unwrap();
    told("the routers are down");
    cell_for_cell(&service).await;
    told("the cells are those of the list");
    budgets(&service).await;
}

#[expect(clippy::print_stdout, reason = "what was measured is a figure of the run")]
fn told(what: &str) {
    println!("{what}");
}

/// What passes between two answers.
const PASSING: [&str; 2] = ["age_ms", "uptime_s"];

async fn cell_for_cell(service: &Service) {
    let query = "router=r2&sort=-name";
    let visitor = admin(service);
    let mut rows: Vec<Value> = Vec::new();
    loop {
        let path = format!("/api/v1/subscribers?{query}&limit=1000&offset={}", rows.len());
        let page = visitor.get(&path).await.unwrap().json().unwrap();
        let found = page["subscribers"].as_array().unwrap();
        if found.is_empty() {
            break;
        }
        rows.extend(found.iter().cloned());
    }
    assert!(10_000 <= rows.len(), "{}", rows.len());

    let file = visitor.get(&format!("/api/v1/export/subscribers?{query}")).await.unwrap();
    assert_eq!(file.header("x-total-rows"), Some(rows.len().to_string().as_str()));
    assert!(file.header("x-left-out").unwrap().contains("r2: rows newer than the last connection"));
    let lines = parse(&file.text());
    assert_eq!(lines.len(), rows.len() + 1);
    let mut cells = 0;
    for (line, row) in lines[1..].iter().zip(&rows) {
        for (name, cell) in lines[0].iter().zip(line).filter(|(name, _)| !PASSING.contains(&name.as_str())) {
            let expect = match &row[name] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(bare(cell), expect, "{name} of {row}");
            cells += 1;
        }
    }
    assert!(150_000 < cells, "{cells}");

    let bare_rows = |rows: &[Value]| -> Vec<Value> {
        let steady = |row: &Value| {
            let mut row = row.clone();
            row.as_object_mut().unwrap().retain(|name, _| !PASSING.contains(&name.as_str()));
            row
        };
        rows.iter().map(steady).collect()
    };
    let json = visitor.get(&format!("/api/v1/export/subscribers?{query}&format=json")).await.unwrap();
    let json = json.json().unwrap();
    assert!(bare_rows(json["subscribers"].as_array().unwrap()) == bare_rows(&rows), "JSON has other rows");
}

/// Long files are few a minute, and short ones are not counted among them.
async fn budgets(service: &Service) {
    let visitor = admin(service);
    for _ in 0..12 {
        let short =
            visitor.get("/api/v1/export/subscribers?q=user1&limit=1&router=r2&cols=name&state=online");
        assert_eq!(short.await.unwrap().status, 200);
    }
    // None is read, so that they take hardly any time; in what they do take, the budget grows by one in ten seconds.
    let (started, mut begun) = (Instant::now(), Vec::new());
    loop {
        let path = "/api/v1/export/subscribers?cols=name";
        let long = visitor.begin("GET", path, Sent::Nothing, HeaderMap::new()).await.unwrap();
        if long.status() == 429 {
            assert!(long.headers().contains_key("retry-after"));
            break;
        }
        assert_eq!(long.status(), 200);
        begun.push(long);
        let grown = started.elapsed().as_secs() / 10;
        assert!(begun.len() as u64 <= 3 + grown, "{} long ones were allowed at once", begun.len());
    }
    assert!(3 <= begun.len(), "only {} long ones were allowed at once", begun.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_tell_neither_secrets_nor_what_is_out_of_scope() {
    let (one, other) = (
        Router::calm(60).await.unwrap(),
        Router::start(RouterPlan { seed: 2, name: "second".to_owned(), ..calm(60) }).await.unwrap(),
    );
    let service = watching(&[&one, &other], 100).await;
    service.wait_for("/api/pppoe_interfaces", |answer| 50 < online(answer)).await.unwrap();
    let csrf = csrf_of(&service, &service.cookie.1).await.unwrap();
    let body = json!({ "name": "scott", "role": "viewer", "routers": ["r1"] });
    let made = service.client().post(format!("{}/api/v1/tokens", service.url)).json(&body);
    let made = made.header("origin", &service.url).header("x-csrf-token", csrf).send().await.unwrap();
    let secret = made.json::<Value>().await.unwrap()["secret"].as_str().unwrap().to_owned();
    let (owners, files): (Vec<_>, Vec<_>) = listed()
        .filter(|route| route.path.starts_with("/api/v1/export/"))
        .partition(|route| route.needs_all_routers);
    let paths = |routes: &[Listed]| routes.iter().map(|route| route.path).collect::<Vec<_>>();
    assert_eq!(paths(&owners), ["/api/v1/export/audit"]);
    let scott = Visitor::new(&service.url, None).unwrap().with_token("scott", &secret);
    assert_eq!(scott.get("/api/v1/export/audit").await.unwrap().status, 403);
    let files = paths(&files);
    assert_eq!(files.len(), 13, "{files:?}");
    let mut seen_by_admin = 0;
    for path in files {
        for format in ["csv", "json", "ndjson"] {
            let path = format!("{path}?format={format}");
            let answer = Visitor::new(&service.url, None).unwrap().with_token("scott", &secret);
            let file = answer.get(&path).await.unwrap();
            assert_eq!(file.status, 200, "{path}: {}", file.text());
            let text = file.text();
            let words: BTreeSet<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).collect();
            assert!(!words.contains("r2") && !words.contains("second"), "{path} tells of the other router");
            let left_out = file.header("x-left-out").unwrap();
            assert!(left_out.contains("passwords") && left_out.contains("scope"), "{left_out}");
            let whole = admin(&service).get(&path).await.unwrap().text();
            seen_by_admin += usize::from(whole.contains("r2"));
            assert!(!whole.contains("canary"), "{path} tells a password");
        }
    }
    assert!(15 < seen_by_admin, "the other router is in {seen_by_admin} files only");
    let everything = Visitor::new(&service.url, None).unwrap().with_token("scott", &secret);
    let everything = everything.get("/api/export").await.unwrap().json().unwrap();
    let data = &everything["data"];
    assert!(!data.to_string().contains("\"r2\""));
    for list in ["systems", "sessions", "ports", "dhcp_pools", "groups", "categories", "left_out"] {
        assert!(data[list].is_array(), "{list}");
    }
    assert_eq!(data["systems"].as_array().unwrap().len(), 1);
    assert_eq!(data["statistics"]["total"].as_u64().unwrap(), {
        let all = admin(&service).get("/api/v1/subscribers?router=r1&limit=1").await.unwrap();
        all.json().unwrap()["meta"]["total"].as_u64().unwrap()
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn every_file_that_a_page_offers_is_there() {
    let router = Router::calm(20).await.unwrap();
    let service = watching(&[&router], 20).await;
    let mut offered = BTreeSet::new();
    let pages = listed().filter(|route| route.method == "GET" && !route.path.contains('{'));
    for page in pages.filter(|route| !route.path.starts_with("/api/")) {
        let text = admin(&service).get(page.path).await.unwrap().text();
        let links = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for link in links
            .map(|link| link.replace("&amp;", "&"))
            .filter(|link| link.starts_with("/api/") && link.contains("/export"))
        {
            let file = admin(&service).get(&link).await.unwrap();
            assert_eq!(file.status, 200, "{} offers {link}: {}", page.path, file.text());
            assert!(file.header("content-disposition").is_some(), "{} offers {link}, no file", page.path);
            offered.insert(link.split('?').next().unwrap().to_owned());
        }
    }
    let files = listed().map(|route| route.path).filter(|path| path.contains("/export"));
    // Sessions are a list of the API alone: pages show whose they are.
    let files: BTreeSet<String> =
        files.filter(|path| *path != "/api/v1/export/sessions").map(str::to_owned).collect();
    assert_eq!(offered, files);
}
