//! Every menu that the service polls: row for row the same attributes as our own client reads.

use crate::client::{Answer, Client, Row, Step};
use crate::faults::{DROPS_BYTES, ID_WITHOUT_DOT, NO_EMPTY, Shown};
use crate::ours::{Ours, words};
use crate::simulation::Simulation;
use regex_lite::Regex;
use std::collections::BTreeSet;
use std::path::Path;
use tikwatch::domain::id::ItemId;
use tikwatch::domain::resource::Resource;
use tikwatch::domain::{dhcp, ethernet, hotspot, interface, line, log_line, network, ppp, rights, system};

/// A type of rows that the service reads, and the words that ask for them.
struct Menu {
    kind: &'static str,
    words: Vec<String>,
}

macro_rules! menus {
    ($($module:ident::$kind:ident)+) => {
        vec![$(Menu { kind: stringify!($kind), words: words(&$module::$kind::print()).unwrap() }),+]
    };
}

fn menus() -> Vec<Menu> {
    let mut menus = menus![
        interface::InterfaceCounters interface::InterfaceFacts
        ppp::Account ppp::ActiveSession ppp::Profile ppp::PppoeServer ppp::StaticPppoe
        hotspot::HotspotActive hotspot::HotspotHost hotspot::HotspotUser
        dhcp::Lease dhcp::Pool
        network::Arp network::SimpleQueue
        system::SystemResource system::Identity system::Routerboard system::Clock system::Health
        log_line::RouterLogLine
        line::PppoeLine line::Vlan line::Delegation
        rights::OurUser rights::UserGroup
    ];
    // It is asked about ports by their ids.
    let ports = [ItemId::read(b"*1"), ItemId::read(b"*2")];
    let words = words(&ethernet::EthernetLink::monitor_once(&ports)).unwrap();
    menus.push(Menu { kind: "EthernetLink", words });
    menus
}

/// The names of all resources in the sources of `domain`.
fn declared() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/domain");
    let declaration = Regex::new(r#"(?m)^(?:    (\w+) at "/|impl Resource for (\w+))"#).unwrap();
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let source = std::fs::read_to_string(path).unwrap();
            let name = |hit: regex_lite::Captures<'_>| Some(hit.get(1).or(hit.get(2))?.as_str().to_owned());
            found.extend(declaration.captures_iter(&source).filter_map(name));
        }
    }
    found
}

#[test]
fn every_menu_that_is_polled_is_compared() {
    let compared: BTreeSet<String> = menus().iter().map(|menu| menu.kind.to_owned()).collect();
    assert_eq!(compared, declared());
}

/// Complains of each difference between what a client should have seen and what it saw.
fn differences(what: &str, expected: &[Row], seen: &[Row]) -> Vec<String> {
    let mut found = Vec::new();
    if expected.len() != seen.len() {
        found.push(format!("{what}: {} rows instead of {}", seen.len(), expected.len()));
    }
    for (number, (expected, seen)) in expected.iter().zip(seen).enumerate() {
        for name in expected.keys().chain(seen.keys()).collect::<BTreeSet<_>>() {
            let (expected, seen) = (expected.get(name), seen.get(name));
            if expected != seen {
                found.push(format!("{what}, row {number}, {name}: {seen:?} instead of {expected:?}"));
            }
        }
    }
    found
}

/// What of our rows a client should have seen too; of the log only what was there when it looked.
fn comparable<'a>(menu: &Menu, ours: &'a [Row], before: usize, theirs: &Answer) -> &'a [Row] {
    if menu.kind == "RouterLogLine" {
        // Signing in and out writes lines: at least the client's own sign-in is in what it read.
        assert!(before < theirs.rows.len(), "the client has not seen its own sign-in in the log");
        return ours.get(..theirs.rows.len()).unwrap_or(ours);
    }
    ours
}

#[tokio::test]
async fn other_clients_see_the_same_rows_as_ours() {
    let versions = ["6.49", "7.14", "7.21"];
    let simulation = Simulation::start(&versions, &[]).unwrap();
    let menus = menus();
    let steps: Vec<Step> = menus.iter().map(|menu| Step::Ask(menu.words.clone())).collect();
    let (mut shown, mut found, mut compared) = (Shown::default(), Vec::new(), 0);
    for (router, version) in versions.into_iter().enumerate() {
        let account = simulation.account(router);
        let mut ours = Ours::sign_in(&account).await.unwrap();
        let log = &menus.iter().find(|menu| menu.kind == "RouterLogLine").unwrap().words;
        for client in Client::ALL {
            let lines = ours.ask(log).await.unwrap().rows.len();
            let steps = steps.clone();
            let job_account = account.clone();
            let answers = tokio::task::spawn_blocking(move || client.run(&job_account, &steps)).await;
            let answers = answers.unwrap().unwrap();
            assert_eq!(answers.len(), menus.len(), "{client:?} on {version}: {:?}", answers.last());
            for (menu, theirs) in menus.iter().zip(&answers) {
                let what = format!("{client:?} on {version}, {}", menu.kind);
                let expected = ours.ask(&menu.words).await.unwrap();
                if menu.kind == "Delegation" && version == "6.49" {
                    // A menu that a router does not have is refused to all alike.
                    assert!(expected.trap.is_some(), "{what}");
                    assert_eq!(theirs.trap, expected.trap, "{what}");
                    continue;
                }
                assert_eq!((&expected.trap, &expected.ret), (&None, &None), "{what}");
                if expected.rows.is_empty() && version == "7.21" && client.has(NO_EMPTY) {
                    let error = theirs.error.as_deref();
                    assert!(error.is_some_and(|error| error.contains("!empty")), "{what}: {theirs:?}");
                    shown.note(NO_EMPTY);
                    continue;
                }
                assert_eq!((&theirs.trap, &theirs.error), (&None, &None), "{what}");
                let expected = comparable(menu, &expected.rows, lines, theirs);
                let expected: Vec<Row> = expected.iter().map(|row| shown.as_seen_by(client, row)).collect();
                found.extend(differences(&what, &expected, &theirs.rows));
                compared += theirs.rows.len();
            }
        }
    }
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
    eprintln!("{compared} rows compared, {} differ", found.len());
    // Three clients, three routers, some 1300 rows each: a reply that was lost on all sides is no agreement.
    assert!(9 * 1000 < compared, "only {compared} rows were compared");
    shown.check(&[DROPS_BYTES, ID_WITHOUT_DOT, NO_EMPTY]);
}

#[test]
fn a_row_an_attribute_or_a_byte_that_differs_is_found() {
    let row = |cells: &[(&str, &str)]| -> Row {
        cells.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let check = |seen: &[Row], wrong: usize| {
        let expected = [row(&[("name", "<a>"), ("mtu", "1")]), row(&[("name", "b")])];
        assert_eq!(differences("x", &expected, seen).len(), wrong, "{seen:?}");
    };
    check(&[row(&[("name", "<a>"), ("mtu", "1")]), row(&[("name", "b")])], 0);
    check(&[row(&[("name", "<a>"), ("mtu", "1")])], 1);
    check(&[row(&[("name", "<a>")]), row(&[("name", "b"), ("mtu", "1")])], 2);
    check(&[row(&[("name", "&lt;a>"), ("mtu", "1")]), row(&[("name", "b")])], 1);
}
