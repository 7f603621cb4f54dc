//! The pages over made-up routers with hostile names, as a browser gets them.

mod assets;
mod details;
mod overview;
mod tables;

use super::{configure, pages, templates};
use crate::domain::dhcp::{Lease, Pool};
use crate::domain::events::{Change, PresenceChange};
use crate::domain::example::{Made, now, snapshot, unreachable};
use crate::domain::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use crate::domain::id::ItemId;
use crate::domain::interface::InterfaceFacts;
use crate::domain::log_entry::LogEntry;
use crate::domain::log_line::RouterLogLine;
use crate::domain::network::SimpleQueue;
use crate::domain::snapshot::{Snapshot, Table, TableState};
use crate::domain::subscriber::{State as Presence, SubscriberId};
use crate::domain::system::Routerboard;
use crate::domain::time::Moment;
use crate::http::example::{let_in, people};
use crate::http::{Performance, headers};
use crate::state::ReplayTime;
use crate::state::example::Example;
use crate::state::{LogView, RecentEvent, RouterLine};
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, IF_NONE_MATCH};
use actix_web::middleware::from_fn;
use actix_web::{App, test, web};
use std::sync::Arc;

const HOSTILE: [&str; 7] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "evil\u{202e}gpj.exe",
    "<pppoe-x>",
    "{{7*7}}",
    "</script><svg onload=alert(1)>",
];

fn network() -> Example {
    let mut made: Vec<Made> = HOSTILE
        .iter()
        .map(|name| Made {
            comment: (*name).into(),
            caller_id: (*name).into(),
            ..Made::online(name, 5e6, 1e6)
        })
        .collect();
    made.push(Made { name: "x".repeat(300), ..Made::offline("") });
    made.push(Made { disabled: true, ..Made::offline("carl") });
    let mut example =
        Example::new(vec![snapshot("ccr1", &made), unreachable("ccr2", &[Made::online("zoe", 1.0, 1.0)])]);
    example.snapshots[0].send_modify(|snapshot| {
        let hostile = |n: usize| HOSTILE[n % HOSTILE.len()].into();
        let id = |n: usize| ItemId::read(format!("*{n:X}").as_bytes());
        let first = Arc::make_mut(snapshot);
        first.interfaces = table(|n| InterfaceFacts {
            id: id(n),
            name: hostile(n),
            kind: hostile(n),
            comment: hostile(n),
            mac_address: hostile(n),
            ..InterfaceFacts::default()
        });
        first.hotspot_active = table(|n| HotspotActive {
            id: id(n),
            user: hostile(n),
            address: hostile(n),
            mac_address: hostile(n),
            server: hostile(n),
            login_by: hostile(n),
            comment: hostile(n),
            ..HotspotActive::default()
        });
        first.hotspot_hosts = table(|n| HotspotHost {
            id: id(n),
            address: hostile(n),
            to_address: hostile(n),
            mac_address: hostile(n),
            server: hostile(n),
            comment: hostile(n),
            ..HotspotHost::default()
        });
        first.hotspot_users = table(|n| HotspotUser {
            id: id(n),
            name: hostile(n),
            mac_address: hostile(n),
            profile: hostile(n),
            comment: hostile(n),
            ..HotspotUser::default()
        });
        first.leases = table(|n| Lease {
            id: id(n),
            address: hostile(n),
            host_name: hostile(n),
            mac_address: hostile(n),
            server: hostile(n),
            status: hostile(n),
            comment: hostile(n),
            ..Lease::default()
        });
        first.pools = table(|n| Pool {
            id: id(n),
            name: hostile(n),
            ranges: hostile(n),
            next_pool: hostile(n),
            ..Pool::default()
        });
        first.queues = table(|n| SimpleQueue {
            id: id(n),
            name: hostile(n),
            target: hostile(n),
            parent: hostile(n),
            comment: hostile(n),
            ..SimpleQueue::default()
        });
        let system = Arc::make_mut(&mut first.system);
        system.routerboard = Some(Routerboard { model: hostile(0), ..Routerboard::default() });
    });
    example.state.demo = true;
    example.log.send_replace(Arc::new(log()));
    example
}

/// A log in which everything is hostile.
fn log() -> LogView {
    let event = |name: &str| {
        let change = PresenceChange {
            id: SubscriberId(1),
            name: name.into(),
            from: Presence::Online,
            state: Presence::Offline,
            since: None,
            address: "".into(),
            caller_id: "".into(),
            reason: name.into(),
        };
        let router = crate::domain::router::RouterName::new("ccr1").unwrap();
        Arc::new(RecentEvent { at: now().wall, router, change: Change::Presence(change) })
    };
    let events = HOSTILE.iter().map(|name| event(name)).collect();
    let entry = |text: &&str| {
        let (target, message, fields) =
            ((*text).to_owned(), (*text).to_owned(), vec![((*text).to_owned(), (*text).to_owned())]);
        Arc::new(LogEntry { at: now().wall, level: "WARN", target, message, fields })
    };
    let line = |text: &&str| {
        let line = RouterLogLine { topics: (*text).into(), message: (*text).into(), ..Default::default() };
        Arc::new(RouterLine { at: now().wall, router: "ccr1".parse().unwrap(), line })
    };
    LogView {
        events,
        entries: HOSTILE.iter().map(entry).collect(),
        router_lines: HOSTILE.iter().map(line).collect(),
        ..LogView::default()
    }
}

fn table<R>(row: impl Fn(usize) -> R) -> Table<R> {
    let rows = (0..HOSTILE.len()).map(row).collect();
    Table { rows: Arc::new(rows), at: Some(now()), state: TableState::Fresh }
}

const LOGS: [&str; 3] = ["/logs", "/logs/routers", "/logs/events"];
const TABLES: [&str; 8] = [
    "/routers",
    "/interfaces",
    "/hotspot",
    "/hotspot/hosts",
    "/hotspot/users",
    "/dhcp",
    "/dhcp/pools",
    "/queues",
];

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

async fn ask(example: &Example, method: Method, path: &str, known: Option<&str>) -> Answer {
    let app = App::new()
        .wrap(from_fn(let_in))
        .wrap(from_fn(pages))
        .wrap(from_fn(headers))
        .app_data(web::Data::new(example.state.clone()))
        .app_data(web::Data::new(templates().unwrap()))
        .app_data(web::Data::new(Performance::default()))
        .app_data(web::Data::new(people()))
        .configure(configure);
    let app = test::init_service(app).await;
    let mut request = test::TestRequest::with_uri(path).method(method);
    if let Some(known) = known {
        request = request.insert_header((IF_NONE_MATCH, known));
    }
    let response = test::call_service(&app, request.to_request()).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    // Pictures are no text.
    let text = String::from_utf8_lossy(&test::read_body(response).await).into_owned();
    Answer { status, headers, text }
}

async fn get(example: &Example, path: &str) -> Answer {
    ask(example, Method::GET, path, None).await
}

/// What a page shows, without the texts that it brings for its scripts.
async fn shown(example: &Example, path: &str) -> String {
    let page = get(example, path).await.text;
    page.split("id=\"words\"").next().unwrap().to_owned()
}

/// The scripts that the page itself brings may be there; nothing else may be markup.
fn check_inert(page: &str) {
    for markup in
        ["<script>alert", "<img", "onerror=alert(1)>", "<svg onload", "' onmouseover='", "\u{202e}", "{{7"]
    {
        let found = page.matches(markup).count();
        let is_text = markup == "{{7" || markup == "onerror=alert(1)>";
        assert!(found == 0 || is_text, "{markup} is in the page");
    }
    assert!(!page.contains("onerror=alert(1)>"), "the closing bracket is escaped");
    assert!(!page.contains(" style=\""), "the policy forbids style attributes");
}

#[actix_web::test]
async fn what_routers_say_is_text_on_every_page() {
    let example = network();
    for path in ["/", "/subscribers", "/subscribers?sort=-down", "/subscribers?q=%3Cscript%3Ealert%281%29"] {
        let answer = get(&example, path).await;
        assert_eq!(answer.status, 200, "{path}");
        check_inert(&answer.text);
        assert!(answer.text.contains("&lt;script&gt;alert(1)"), "{path}: the name is shown, as text");
    }
    for path in TABLES.into_iter().chain(LOGS) {
        let answer = get(&example, path).await;
        assert_eq!(answer.status, 200, "{path}");
        check_inert(&answer.text);
        assert!(answer.text.contains("&lt;script&gt;alert(1)"), "{path}: the text is shown, as text");
    }
    let page = get(&example, "/subscribers").await.text;
    assert!(page.contains("evil\\u{202e}gpj.exe"));
    assert!(page.contains("{{7*7}}"), "what looks like a template is text");
    assert!(page.contains(&format!("{}…", "x".repeat(64))));
    assert!(!page.contains(&format!("{}<", "x".repeat(65))), "cut where it is shown; the link has all of it");
}

#[actix_web::test]
async fn every_answer_has_the_policy() {
    let example = network();
    let check = async |method: Method, path: &str, status: u16| {
        let answer = ask(&example, method, path, None).await;
        assert_eq!(answer.status, status, "{path}");
        let header = |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let policy = header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("trusted-types tikwatch-worker"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
        assert!(header("cache-control").is_some());
        if path != "/static/nothing.js" {
            assert_eq!(header("cache-control").as_deref(), Some("no-store"), "{path}");
            assert!(
                answer.text.contains("<h1>") && answer.text.contains("tikwatch"),
                "{path} is in the frame"
            );
        }
    };
    check(Method::GET, "/", 200).await;
    check(Method::GET, "/subscribers", 200).await;
    for path in TABLES.into_iter().chain(LOGS).chain(["/performance"]) {
        check(Method::GET, path, 200).await;
        check(Method::POST, path, 405).await;
    }
    check(Method::GET, "/queues?sort=colour", 400).await;
    check(Method::GET, "/queues?state=wet", 400).await;
    check(Method::GET, "/queues?offset=x", 400).await;
    check(Method::GET, "/logs?level=loud", 400).await;
    check(Method::GET, "/logs/events?router=nobody", 400).await;
    check(Method::GET, "/nothing", 404).await;
    check(Method::POST, "/", 405).await;
    check(Method::DELETE, "/subscribers", 405).await;
    check(Method::GET, "/subscribers?q=colour:red", 400).await;
    check(Method::GET, "/static/nothing.js", 404).await;
}

#[actix_web::test]
async fn the_list_is_read_page_by_page_without_scripts() {
    let made: Vec<Made> = (0..120).map(|n| Made::online(&format!("user{n:03}"), f64::from(n), 0.0)).collect();
    let example = Example::new(vec![snapshot("ccr1", &made)]);
    let first = get(&example, "/subscribers?sort=-name").await.text;
    assert!(first.contains("user119") && first.contains("user070") && !first.contains("user069"));
    assert!(first.contains("aria-sort=\"descending\""));
    let next = first.split('"').find(|part| part.starts_with("/subscribers?sort=-name&amp;offset=50"));
    let next = next.expect("there is a link to the next rows").replace("&amp;", "&");
    let second = get(&example, &next).await.text;
    assert!(second.contains("user069") && second.contains("user020") && !second.contains("user070"));
}

#[actix_web::test]
async fn a_search_that_is_not_understood_is_explained() {
    let page = get(&network(), "/subscribers?q=colour:red").await.text;
    assert!(page.contains("There is no filter called “colour”"));
}

#[actix_web::test]
async fn an_empty_list_says_why() {
    let nobody = get(&network(), "/subscribers?q=nobody").await.text;
    assert!(nobody.contains("No subscriber matches this search."));
    let first_run = Example::new(Vec::new());
    assert!(get(&first_run, "/").await.text.contains("No routers yet"));
    assert!(get(&first_run, "/subscribers").await.text.contains("No routers yet"));
}

#[actix_web::test]
async fn a_router_in_trouble_is_named_with_advice() {
    let page = get(&network(), "/").await.text;
    assert!(page.contains("cannot reach the router at ccr2") && page.contains("check the cable"));
}

#[actix_web::test]
async fn more_routers_in_trouble_than_are_read_are_counted() {
    let check = async |troubles: usize, expect: Option<&str>| {
        let names: Vec<String> = (1..=troubles).map(|n| format!("ccr{n}")).collect();
        let example = Example::new(names.iter().map(|name| unreachable(name, &[])).collect());
        let page = get(&example, "/").await.text;
        assert_eq!(page.matches("cannot reach the router").count(), troubles.min(8), "{troubles}");
        match expect {
            Some(more) => assert!(page.contains(&format!(r##"<a href="#routers">{more}</a>"##)), "{page}"),
            None => assert!(page.contains(r#"id="attention-more" hidden"#), "{page}"),
        }
    };
    check(8, None).await;
    check(11, Some("and 3 more")).await;
}

#[actix_web::test]
async fn a_router_that_was_never_reached_has_no_values() {
    let check = async |traffic_at: Option<Moment>, sessions: &str| {
        let people = [Made::online("zoe", 1.0, 1.0)];
        let router = Snapshot { traffic_at, ..unreachable("ccr1", &people) };
        let page = get(&Example::new(vec![router]), "/").await.text;
        let cell = |name: &str| page.split(&format!(r#"data-cell="{name}">"#)).nth(1).unwrap().to_owned();
        assert_eq!(cell("age").starts_with("–<"), traffic_at.is_none(), "{}", cell("age"));
        assert!(cell("sessions").starts_with(sessions), "{}", cell("sessions"));
    };
    let sessions = unreachable("ccr1", &[Made::online("zoe", 1.0, 1.0)]).sessions.to_string();
    check(None, "–<").await;
    check(Some(now()), &format!("{sessions}<")).await;
}

#[actix_web::test]
async fn a_replay_says_which_time_it_shows() {
    let mut example = network();
    let wall = "2026-01-03T14:00:05Z".parse().unwrap();
    let (_cell, replay) = tokio::sync::watch::channel(ReplayTime { wall, speed: 10.0, has_ended: false });
    example.state.replay = Some(replay);
    let page = ask(&example, Method::GET, "/", None).await.text;
    assert!(page.contains("A recording: 2026-01-03 14:00:05 UTC, ×10</span>"), "{page}");
}
