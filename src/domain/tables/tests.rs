//! Search, choices, order and windows of tables.

use super::{Ask, Order, Page, Tabular};
use crate::domain::dhcp::Lease;
use crate::domain::ethernet::EthernetLink;
use crate::domain::example::{now, snapshot};
use crate::domain::id::ItemId;
use crate::domain::interface::InterfaceFacts;
use crate::domain::network::SimpleQueue;
use crate::domain::snapshot::{Snapshot, Table, TableState};
use std::sync::Arc;

fn lease(id: u64, address: &str, host_name: &str, dynamic: bool) -> Lease {
    Lease {
        id: ItemId::read(format!("*{id:X}").as_bytes()),
        address: address.into(),
        host_name: host_name.into(),
        dynamic,
        ..Lease::default()
    }
}

fn network() -> Vec<Arc<Snapshot>> {
    let table = |rows: Vec<Lease>| Table { rows: Arc::new(rows), at: Some(now()), state: TableState::Fresh };
    let first = Snapshot {
        leases: table(vec![
            lease(3, "10.0.0.20", "Tablet", true),
            lease(1, "10.0.0.9", "", false),
            lease(2, "10.0.0.100", "tv", true),
        ]),
        ..snapshot("r1", &[])
    };
    let second = Snapshot { leases: table(vec![lease(1, "10.0.0.3", "tv", true)]), ..snapshot("r2", &[]) };
    vec![Arc::new(first), Arc::new(second)]
}

fn ask() -> Ask {
    Ask { limit: 100, ..Ask::default() }
}

fn keys(page: &Page<'_, Lease>) -> Vec<String> {
    page.rows.iter().map(super::Entry::key).collect()
}

fn check(ask: &Ask, expect: &[&str], total: usize) {
    let network = network();
    let page = ask.run::<Lease>(&network, |_| false);
    assert_eq!(
        (keys(&page), page.total),
        (expect.iter().map(|key| (*key).to_owned()).collect(), total),
        "{ask:?}"
    );
}

#[test]
fn ports_are_put_in_order_by_the_speed_of_their_links() {
    let port = |id: u64, name: &str| InterfaceFacts {
        id: ItemId::read(format!("*{id:X}").as_bytes()),
        name: name.into(),
        running: true,
        ..InterfaceFacts::default()
    };
    let link = |text: &str| {
        let speed = crate::domain::ethernet::speed(text);
        Some(EthernetLink { speed, text: text.to_owned(), ..EthernetLink::default() })
    };
    let rows = vec![port(1, "a"), port(2, "b"), port(3, "c"), port(4, "d")];
    let network = [Arc::new(Snapshot {
        interfaces: Table { rows: Arc::new(rows), at: Some(now()), state: TableState::Fresh },
        interface_links: Arc::new(vec![
            link("2.5 Gbps full"),
            None,
            link("100 Mbps half"),
            link("10 Gbps full"),
        ]),
        ..snapshot("r1", &[])
    })];
    for (word, expect) in [("link", "c a d b"), ("-link", "d a c b")] {
        let page = Ask { order: Order::parse::<InterfaceFacts>(word), ..ask() }
            .run::<InterfaceFacts>(&network, |_| false);
        let names: Vec<&str> = page.rows.iter().map(|entry| entry.row.name.as_str()).collect();
        assert_eq!(names.join(" "), expect, "{word}");
    }
}

#[test]
fn without_an_order_rows_stand_by_router_and_age() {
    check(&ask(), &["r1:*1", "r1:*2", "r1:*3", "r2:*1"], 4);
    check(&Ask { offset: 1, limit: 2, ..ask() }, &["r1:*2", "r1:*3"], 4);
    check(&Ask { offset: 9, ..ask() }, &[], 4);
    check(&Ask { after: Some(("r1".into(), 2)), ..ask() }, &["r1:*3", "r2:*1"], 4);
    check(&Ask { keys: Some(vec![("r2".into(), 1), ("r1".into(), 3)]), ..ask() }, &["r1:*3", "r2:*1"], 4);
    // A row that does not match any more is not gone for that.
    let keys = Some(vec![("r1".into(), 3)]);
    check(&Ask { keys, q: "TV".to_owned(), ..ask() }, &["r1:*3"], 2);
}

#[test]
fn addresses_are_ordered_as_numbers_and_gaps_come_last() {
    let by = |word: &str| Ask { order: Order::parse::<Lease>(word), ..ask() };
    check(&by("address"), &["r2:*1", "r1:*1", "r1:*3", "r1:*2"], 4);
    check(&by("-address"), &["r1:*2", "r1:*3", "r1:*1", "r2:*1"], 4);
    check(&by("host_name"), &["r1:*3", "r1:*2", "r2:*1", "r1:*1"], 4);
    check(&by("-host_name"), &["r1:*2", "r2:*1", "r1:*3", "r1:*1"], 4);
    check(&Ask { offset: 1, limit: 1, ..by("-address") }, &["r1:*3"], 4);
}

#[test]
fn a_search_looks_into_every_field_whatever_the_case() {
    let find = |q: &str| Ask { q: q.to_owned(), ..ask() };
    check(&find("TV"), &["r1:*2", "r2:*1"], 2);
    check(&find("10.0.0.2"), &["r1:*3"], 1);
    check(&find("nothing"), &[], 0);
}

#[test]
fn choices_are_counted_within_the_search() {
    let place = |word: &str| Lease::CHIPS.iter().position(|chip| chip.word == word).unwrap();
    let chosen = Ask { chip: Some(place("static")), ..ask() };
    check(&chosen, &["r1:*1"], 1);
    let network = network();
    let page = Ask { q: "t".into(), ..chosen }.run::<Lease>(&network, |_| false);
    assert_eq!((page.total, page.found, page.counts[place("dynamic")]), (0, 3, 3));
}

#[test]
fn what_is_not_in_a_row_can_be_found_too() {
    let network = network();
    let ask = Ask { q: "north".into(), ..ask() };
    let page = ask.run::<Lease>(&network, |entry| entry.snapshot.router.as_str() == "r2");
    assert_eq!(keys(&page), ["r2:*1"]);
}

#[test]
fn no_column_and_no_choice_has_a_name_twice() {
    fn check<R: Tabular>() {
        let columns: Vec<_> = R::COLUMNS.iter().map(|column| column.word).collect();
        let chips: Vec<_> = R::CHIPS.iter().map(|chip| chip.word).collect();
        for words in [columns, chips] {
            let mut sorted = words.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), words.len(), "{words:?}");
        }
        assert!(R::COLUMNS.iter().filter(|column| column.is_brief).count() <= 5);
    }
    check::<InterfaceFacts>();
    check::<Lease>();
    check::<SimpleQueue>();
    check::<Snapshot>();
}
