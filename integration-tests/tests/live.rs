//! What programs and browsers see of routers while they live, die and come back.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

use integration_tests::isp::{Router, calm};
use integration_tests::service::{PATIENCE, Service, online};
use integration_tests::stream::Events;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Instant;
use tikwatch::simulator::RouterPlan;

const LIST: &str = "/api/pppoe_interfaces";

const ROW_KEYS: [&str; 16] = [
    "router",
    "name",
    "interface",
    "state",
    "since",
    "age_ms",
    "download_bps",
    "upload_bps",
    "rx_byte",
    "tx_byte",
    "address",
    "caller_id",
    "profile",
    "service",
    "uptime_s",
    "comment",
];

/// More than any subscriber of the simulated ISP can have bought, in bits per second.
const SPIKE: f64 = 1e9;

fn rows(answer: &Value) -> &Vec<Value> {
    answer["pppoe_interfaces"].as_array().unwrap()
}

fn figure(answer: &Value, name: &str) -> u64 {
    let value = &answer["aggregate_stats"][name];
    value.as_u64().unwrap_or_else(|| panic!("{name} is {value}"))
}

/// How often each name is in the list.
fn listed(answer: &Value) -> BTreeMap<String, usize> {
    counted(rows(answer).iter().map(|row| row["name"].as_str().unwrap().to_owned()))
}

/// How often each name is online on the router, in the text that its bytes stand for.
fn truly_online(router: &Router) -> BTreeMap<String, usize> {
    counted(router.router.online_names().into_iter().map(text))
}

fn counted(names: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// UTF-8, or else Windows-1252, which for the letters of the simulated names is Latin-1.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
}

fn check_row(row: &Map<String, Value>) {
    let keys: BTreeSet<&str> = row.keys().map(String::as_str).collect();
    assert_eq!(keys, BTreeSet::from(ROW_KEYS), "{row:?}");
    for key in ["router", "name", "state", "since", "address", "caller_id", "profile", "service", "comment"] {
        assert!(row[key].is_string(), "{key} of {row:?}");
    }
    for key in ["age_ms", "rx_byte", "tx_byte", "uptime_s"] {
        assert!(row[key].is_u64(), "{key} of {row:?}");
    }
    for key in ["download_bps", "upload_bps"] {
        let plausible = |rate: f64| (0.0..SPIKE).contains(&rate);
        assert!(row[key].is_null() || row[key].as_f64().is_some_and(plausible), "{key} of {row:?}");
    }
    let name = row["name"].as_str().unwrap();
    let interface = row["interface"].as_str().unwrap();
    // RouterOS numbers the interfaces of further sessions of one name.
    assert!(interface.starts_with(&format!("<pppoe-{name}")) && interface.ends_with('>'), "{row:?}");
    let since: jiff::Timestamp = row["since"].as_str().unwrap().parse().unwrap();
    assert!(since < jiff::Timestamp::now(), "{row:?}");
}

fn check_sums(answer: &Value) {
    let total = figure(answer, "total_accounts");
    let states = ["online_accounts", "offline_accounts", "unknown_accounts"];
    assert_eq!(states.map(|state| figure(answer, state)).iter().sum::<u64>(), total);
    assert_eq!(figure(answer, "enabled_accounts") + figure(answer, "disabled_accounts"), total);
    let names: HashSet<(&str, &str)> = rows(answer)
        .iter()
        .map(|row| (row["router"].as_str().unwrap(), row["name"].as_str().unwrap()))
        .collect();
    // Of a router out of sight, those who were offline are unknown too, and have no session to list.
    let (online, unknown) = (figure(answer, "online_accounts"), figure(answer, "unknown_accounts"));
    assert!((online..=online + unknown).contains(&(names.len() as u64)), "{} names", names.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_opens_with_an_isp_of_three_routers() {
    let started = Instant::now();
    let demo = Service::demo(&[]).unwrap();
    assert_eq!(demo.text("/healthz").await.unwrap(), "ok");
    // Some of the 1,500 are known by their sessions only, and so not while they are away.
    let known = |answer: &Value| 1_400 < figure(answer, "total_accounts") && 1_200 < online(answer);
    demo.wait_for(LIST, known).await.unwrap();
    eprintln!("the demo had data {:?} after its start", started.elapsed());
    let answer =
        demo.wait_for(LIST, |answer| !answer["aggregate_stats"]["download_bps"].is_null()).await.unwrap();

    assert_eq!(answer["success"], true);
    answer["current_time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    for row in rows(&answer) {
        check_row(row.as_object().unwrap());
        assert_eq!(row["state"], "online");
    }
    check_sums(&answer);
    assert!(0.0 < answer["aggregate_stats"]["upload_bps"].as_f64().unwrap());

    let health = demo.json("/api/health").await.unwrap();
    assert_eq!(health["status"], "healthy", "{health}");
    assert_eq!(health["routers"].as_array().unwrap().len(), 3);
    let groups = demo.json("/api/v1/groups").await.unwrap();
    let online_of = |row: &Value| row["counts"]["online"].as_u64().unwrap();
    let groups = groups["groups"].as_array().unwrap();
    assert!(5 < groups.len() && groups.iter().all(|row| 0 < online_of(row)), "{groups:#?}");
    let page = demo.text("/").await.unwrap();
    for version in ["6.49", "7.14", "7.21"] {
        assert!(page.contains(version), "the overview does not show RouterOS {version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_exactly_as_the_router_has_them_one_row_a_session() {
    let mut router = Router::calm(300).await.unwrap();
    let service = Service::watch(&[router.address]).unwrap();
    let truth = truly_online(&router);
    let answer = service.wait_for(LIST, |answer| listed(answer) == truth).await.unwrap();
    for odd in ["<script>alert(1)</script>", "anna maria", "José", "用户42", "=equals=1"] {
        let disabled_or_away = !truth.contains_key(odd);
        assert!(disabled_or_away || listed(&answer).contains_key(odd), "{odd}");
    }
    assert!(truth.keys().any(|name| name.contains('<')) && truth.keys().any(|name| !name.is_ascii()));

    let accounts: HashSet<String> = router.router.account_names().into_iter().map(text).collect();
    let from_radius = truth.keys().filter(|name| !accounts.contains(*name)).count();
    assert!(0 < from_radius, "the plan has no RADIUS users");

    let twice: Vec<&String> = truth.iter().filter(|(_, count)| **count == 2).map(|(name, _)| name).collect();
    assert!(!twice.is_empty(), "the plan has no name with two sessions");
    for name in twice {
        let addresses: HashSet<&str> = rows(&answer)
            .iter()
            .filter(|row| row["name"] == name.as_str())
            .map(|row| row["address"].as_str().unwrap())
            .collect();
        assert_eq!(addresses.len(), 2, "{name}");
    }
    check_sums(&answer);
    router.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_may_be_of_one_router() {
    let routers = [Router::calm(30).await.unwrap(), Router::calm(40).await.unwrap()];
    let service = Service::watch(&routers.each_ref().map(|router| router.address)).unwrap();
    let truth = routers.each_ref().map(truly_online);
    for (name, truth) in ["r1", "r2"].into_iter().zip(&truth) {
        let list = format!("{LIST}?router={name}");
        let answer = service.wait_for(&list, |answer| listed(answer) == *truth).await.unwrap();
        assert!(rows(&answer).iter().all(|row| row["router"] == name));
        check_sums(&answer);
    }
    let both = service.json(LIST).await.unwrap();
    let sessions = truth.iter().flat_map(BTreeMap::values).sum::<usize>();
    assert_eq!(rows(&both).len(), sessions);

    let unknown = service.get(&format!("{LIST}?router=r3")).await.unwrap();
    assert_eq!(unknown.status(), 404);
    assert_eq!(unknown.headers()["content-type"], "application/problem+json");
    let problem: Value = unknown.json().await.unwrap();
    assert_eq!((&problem["status"], &problem["success"]), (&404.into(), &false.into()));
    assert!(problem["detail"].as_str().unwrap().contains("r3"), "{problem}");
}

fn check_presence(data: &Value, name: &str, state: &str) {
    assert_eq!(data["router"], "r1", "{data}");
    assert_eq!(data["name"], name, "{data}");
    assert_eq!(data["state"], state, "{data}");
    data["since"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    for key in ["address", "caller_id"] {
        assert!(data[key].is_string(), "{key} of {data}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_end_and_begin_are_told_at_once() {
    let router = Router::calm(200).await.unwrap();
    let service = Service::watch(&[router.address]).unwrap();
    let truth = truly_online(&router);
    service.wait_for(LIST, |answer| listed(answer) == truth).await.unwrap();
    let mut events = Events::open(&service, "presence").await.unwrap();
    events.next(PATIENCE).await.unwrap().expect("a greeting");
    let accounts: HashSet<String> = router.router.account_names().into_iter().map(text).collect();
    let once = |name: &&String| truth[*name] == 1 && accounts.contains(*name) && name.is_ascii();
    for name in truth.keys().filter(once).take(20) {
        let about =
            |state: &'static str| move |data: &Value| data["name"] == name.as_str() && data["state"] == state;
        assert!(router.router.drop_session(name));
        let event = events.wait_for(PATIENCE, "presence", about("offline")).await.unwrap();
        check_presence(&event.data, name, "offline");
        assert!(router.router.dial(name));
        let event = events.wait_for(PATIENCE, "presence", about("online")).await.unwrap();
        check_presence(&event.data, name, "online");
        assert_ne!(event.data["address"], "", "{}", event.data);
        assert_ne!(event.data["caller_id"], "", "{}", event.data);
        assert!(router.router.redial(name));
        // A re-dial may be seen as one change or as two: in the end the session is a new one.
        let event = events.wait_for(PATIENCE, "presence", about("online")).await.unwrap();
        check_presence(&event.data, name, "online");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_dies_makes_its_subscribers_unknown_and_never_offline() {
    let mut router = Router::calm(200).await.unwrap();
    let service = Service::watch(&[router.address]).unwrap();
    let truth = truly_online(&router);
    service.wait_for(LIST, |answer| listed(answer) == truth).await.unwrap();
    let mut events = Events::open(&service, "presence").await.unwrap();
    events.next(PATIENCE).await.unwrap().expect("a greeting");

    router.kill();
    let mut missing: HashSet<&str> = truth.keys().map(String::as_str).collect();
    while !missing.is_empty() {
        let event = events.next(PATIENCE).await.unwrap().expect("the stream goes on");
        if event.kind == "presence" {
            check_presence(&event.data, event.data["name"].as_str().unwrap(), "unknown");
            missing.remove(event.data["name"].as_str().unwrap());
        }
    }
    // Presence is told at once, the list follows within a moment.
    let answer = service.wait_for(LIST, |answer| online(answer) == 0).await.unwrap();
    assert_eq!(listed(&answer), truth);
    for row in rows(&answer) {
        assert_eq!(row["state"], "unknown", "{row}");
        assert!(row["download_bps"].is_null() && row["upload_bps"].is_null(), "{row}");
        assert!(row["rx_byte"].is_null() || row["rx_byte"].is_u64(), "{row}");
    }
    assert_eq!((figure(&answer, "online_accounts"), figure(&answer, "offline_accounts")), (0, 0));
    check_sums(&answer);
    let health = service.json("/api/health").await.unwrap();
    assert_eq!((&health["status"], &health["success"]), (&"degraded".into(), &true.into()));
    assert!(health["routers"][0]["what"].is_string() && health["routers"][0]["advice"].is_string());

    router.revive().await.unwrap();
    let truth = truly_online(&router);
    let answer =
        service.wait_for(LIST, |answer| listed(answer) == truth && online(answer) != 0).await.unwrap();
    assert_eq!(figure(&answer, "unknown_accounts"), 0);
    service.wait_for("/api/health", |health| health["status"] == "healthy").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_boots_again_gives_gaps_and_no_spikes() {
    let router = Router::calm(100).await.unwrap();
    let service = Service::watch(&[router.address]).unwrap();
    let with_rates = |answer: &Value| {
        !rows(answer).is_empty() && rows(answer).iter().all(|row| row["download_bps"].is_number())
    };
    let before = service.wait_for(LIST, with_rates).await.unwrap();
    // Starts are known to a minute: a session that began shortly before the reboot may seem to go on after one that
    // takes no time, which no real one does.
    let begun = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(90);
    let since = |row: &Value| row["since"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let old = |answer: &Value| rows(answer).iter().filter(|row| since(row) < begun).count();
    assert!(40 < old(&before), "the sessions are all new");
    router.router.reboot();
    let plausible = |answer: &Value| {
        for row in rows(answer) {
            for key in ["download_bps", "upload_bps"] {
                assert!(row[key].as_f64().is_none_or(|rate| (0.0..SPIKE).contains(&rate)), "{row}");
            }
        }
        old(answer) == 0 && with_rates(answer)
    };
    service.wait_for(LIST, plausible).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_router_holds_up_no_other() {
    let mut dead = Router::calm(50).await.unwrap();
    let other = Router::start(RouterPlan { seed: 2, ..calm(50) }).await.unwrap();
    let service = Service::watch(&[dead.address, other.address]).unwrap();
    let truth = (truly_online(&dead), truly_online(&other));
    service.wait_for(&format!("{LIST}?router=r1"), |answer| listed(answer) == truth.0).await.unwrap();
    let list = format!("{LIST}?router=r2");
    service.wait_for(&list, |answer| listed(answer) == truth.1).await.unwrap();
    dead.kill();
    let gone = |answer: &Value| figure(answer, "unknown_accounts") != 0;
    service.wait_for(&format!("{LIST}?router=r1"), gone).await.unwrap();

    let once = truth.1.iter().find(|(name, count)| **count == 1 && name.is_ascii()).unwrap().0;
    let mut events = Events::open(&service, "presence").await.unwrap();
    events.next(PATIENCE).await.unwrap().expect("a greeting");
    assert!(other.router.drop_session(once));
    let about = |data: &Value| data["name"] == once.as_str() && data["router"] == "r2";
    let event = events.wait_for(PATIENCE, "presence", about).await.unwrap();
    assert_eq!(event.data["state"], "offline");
    let answer = service.json(&list).await.unwrap();
    assert_eq!(figure(&answer, "unknown_accounts"), 0);
    assert!(rows(&answer).iter().all(|row| row["state"] == "online"));
}
