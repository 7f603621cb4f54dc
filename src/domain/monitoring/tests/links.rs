//! Links of Ethernet ports, joined to the interfaces.

use super::*;
use crate::domain::ethernet::EthernetLink;
use crate::domain::resource::Resource as _;
use crate::domain::tables::Tabular as _;

#[test]
fn a_port_uses_so_much_of_its_link_as_its_busier_direction_takes() {
    let mut bench = Bench::new();
    let port = |id: &str, name: &str, running| InterfaceFacts {
        id: ItemId::read(id.as_bytes()),
        name: Text::from(name),
        kind: "ether".into(),
        running,
        ..InterfaceFacts::default()
    };
    let link = |name: &str, speed, text: &str| EthernetLink {
        name: Text::from(name),
        speed,
        full_duplex: Some(true),
        text: text.to_owned(),
    };
    let ports = |running| vec![port("*1", "ether1", running), port("*2", "ether2", true)];
    bench.keep(ports(true), false);
    // The links come in an order of their own, and one of them is of no port by now.
    let links =
        || vec![link("gone", None, ""), link("ether2", None, ""), link("ether1", Some(1e6), "1 Mbps full")];
    bench.keep(links(), false);
    bench.at(1).counters(&[("*1", "ether1", 0, 0), ("*2", "ether2", 0, 0)]);
    bench.at(2).counters(&[("*1", "ether1", 25_000, 50_000), ("*2", "ether2", 9, 9)]);
    let told = |bench: &mut Bench| {
        let snapshot = bench.monitoring.snapshot(bench.now);
        let link = |row| snapshot.link_of_interface(row).map(|link| link.text.clone());
        (link(0), snapshot.utilisation_of_interface(0), link(1), snapshot.utilisation_of_interface(1))
    };
    assert_eq!(told(&mut bench), (Some("1 Mbps full".into()), Some(40.0), None, None));
    // Without a link its last speed is none.
    bench.keep(ports(false), false);
    assert_eq!(told(&mut bench), (None, None, None, None));
    bench.keep(ports(true), false);
    bench.down();
    assert_eq!(told(&mut bench), (None, None, None, None));
}

#[test]
fn links_that_are_not_told_are_missed_by_the_interfaces_only() {
    let mut bench = Bench::new();
    bench.keep(vec![InterfaceFacts::default()], false);
    for (state, expect) in [
        (TableState::Absent, Some("links_absent")),
        (TableState::Forbidden, Some("links_forbidden")),
        (TableState::Failed("no".into()), Some("links_failed")),
    ] {
        bench.monitoring.table_state(EthernetLink::NAME, state);
        let snapshot = bench.monitoring.snapshot(bench.now);
        assert_eq!(InterfaceFacts::lacks(&snapshot), expect);
        assert_eq!(snapshot.interfaces.state, TableState::Fresh);
    }
}

#[test]
fn nobody_gets_the_number_of_somebody_else_when_a_router_is_met_anew() {
    let numbers = |bench: &mut Bench| -> Vec<u64> {
        bench.accounts(&["ana", "bob", "carl"]);
        bench.monitoring.snapshot(bench.now).subscribers.iter().map(|subscriber| subscriber.id.0).collect()
    };
    let mut all = numbers(&mut Bench::new());
    let mut again = Bench::new();
    all.extend(numbers(again.at(1)));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 6);
    assert!(all.iter().all(|number| *number < 1 << 53), "exact in JavaScript: {all:?}");
}
