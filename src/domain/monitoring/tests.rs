//! What a router's readings come to mean.

mod links;

use super::*;
use crate::domain::id::{ItemId, Mark};
use crate::domain::interface::{InterfaceCounters, InterfaceFacts};
use crate::domain::ppp::Account;
use crate::domain::rates::Rates;
use crate::domain::subscriber::{State, Subscriber};
use crate::domain::system::SystemResource;
use crate::domain::units::Text;
use crate::routeros::stream::Protection;
use jiff::Timestamp;
use std::time::Instant;

/// A router under test, with a clock that the test moves.
struct Bench {
    monitoring: Monitoring,
    start: Moment,
    now: Moment,
}

impl Bench {
    fn new() -> Self {
        let start = Moment::new(Instant::now(), Timestamp::from_second(1_800_000_000).unwrap());
        let monitoring = Monitoring::new(RouterName::new("r1").unwrap());
        let mut bench = Self { monitoring, start, now: start };
        bench.live();
        bench
    }

    fn live(&mut self) {
        self.monitoring.link(Link::Live { since: self.now, protection: Protection::Clear }, self.now);
    }

    fn down(&mut self) {
        let trouble = crate::domain::router::Trouble {
            since: self.now,
            word: "",
            what: "gone".into(),
            advice: "wait".into(),
            retry_at: None,
        };
        self.monitoring.link(Link::Down(trouble), self.now);
    }

    fn at(&mut self, seconds: u64) -> &mut Self {
        self.now = self.start.plus(Duration::from_secs(seconds));
        self
    }

    fn keep<R>(&mut self, rows: Vec<R>, partial: bool)
    where
        Monitoring: Keep<R>,
    {
        let reading = Reading { at: self.now, rows, partial, except: Vec::new() };
        self.monitoring.keep(reading);
    }

    fn accounts(&mut self, names: &[&str]) {
        let row = |name: &&str| Account { name: Text::from(*name), ..Account::default() };
        self.keep(names.iter().map(row).collect(), false);
    }

    /// Sessions as (id, name, uptime in seconds).
    fn sessions(&mut self, sessions: &[(&str, &str, u64)]) {
        self.keep(sessions.iter().map(session).collect(), false);
    }

    /// Counters as (id, name, rx, tx).
    fn counters(&mut self, rows: &[(&str, &str, u64, u64)]) {
        let at = self.now.instant;
        let row = |(id, name, rx_byte, tx_byte): &(&str, &str, u64, u64)| InterfaceCounters {
            id: ItemId::read(id.as_bytes()),
            name: Text::from(*name),
            last_link_up: Mark::default(),
            rx_byte: *rx_byte,
            tx_byte: *tx_byte,
            at,
        };
        self.keep(rows.iter().map(row).collect(), false);
    }

    fn subscriber(&mut self, name: &str) -> Option<(Arc<Snapshot>, Arc<Subscriber>)> {
        let snapshot = self.monitoring.snapshot(self.now);
        let found = snapshot.subscribers.iter().find(|subscriber| subscriber.name == name).cloned();
        found.map(|subscriber| (snapshot, subscriber))
    }

    fn state(&mut self, name: &str) -> Option<(State, Option<i64>)> {
        let start = self.start.wall;
        let seconds = |since: Timestamp| since.as_second() - start.as_second();
        self.subscriber(name).map(|(_, found)| (found.state, found.since.map(seconds)))
    }

    /// A subscriber's download in bits per second.
    fn download(&mut self, name: &str) -> Option<f64> {
        let (snapshot, subscriber) = self.subscriber(name)?;
        snapshot.download_of(&subscriber).map(|rate| rate.0)
    }

    /// The changes of presence since the last call, as `name:state`.
    fn changes(&mut self) -> Vec<String> {
        let shown = |change| match change {
            Change::Presence(change) => Some(format!("{}:{}", change.name, change.state.word())),
            Change::Link { .. } => None,
            Change::Rebooted => Some("rebooted".to_owned()),
        };
        self.monitoring.take_changes().into_iter().filter_map(shown).collect()
    }
}

fn session((id, name, uptime): &(&str, &str, u64)) -> ActiveSession {
    ActiveSession {
        id: ItemId::read(id.as_bytes()),
        name: Text::from(*name),
        service: Text::from("pppoe"),
        uptime: Some(Duration::from_secs(*uptime)),
        ..ActiveSession::default()
    }
}

#[test]
fn a_subscriber_is_an_account_or_a_session() {
    let mut bench = Bench::new();
    bench.accounts(&["ana", "bob"]);
    assert_eq!(bench.state("ana").unwrap().0, State::Unknown, "sessions are not read yet");
    bench.sessions(&[("*1", "ana", 60), ("*2", "radius user", 5)]);
    assert_eq!(bench.state("ana"), Some((State::Online, Some(-60))));
    assert_eq!(bench.state("bob"), Some((State::Offline, None)));
    assert_eq!(bench.state("radius user"), Some((State::Online, Some(-5))));
    let counts = bench.monitoring.snapshot(bench.now).counts;
    assert_eq!((counts.total, counts.online, counts.offline, counts.unknown), (3, 2, 1, 0));
}

#[test]
fn a_subscriber_comes_and_goes() {
    let mut bench = Bench::new();
    bench.accounts(&["ana"]);
    bench.sessions(&[]);
    bench.changes();
    let now = bench.at(10).now;
    bench.monitoring.session_changed(Followed::Row(session(&("*1", "ana", 0))), now);
    assert_eq!(bench.changes(), ["ana:online"]);
    let now = bench.at(20).now;
    bench.monitoring.session_changed(Followed::Gone(ItemId::read(b"*1")), now);
    assert_eq!(bench.changes(), ["ana:offline"]);
    assert_eq!(bench.state("ana"), Some((State::Offline, Some(20))));
}

#[test]
fn one_of_two_sessions_ending_leaves_the_subscriber_online() {
    let mut bench = Bench::new();
    bench.sessions(&[("*1", "ana", 60), ("*2", "ana", 30)]);
    bench.changes();
    bench.sessions(&[("*2", "ana", 30)]);
    assert_eq!(bench.changes(), Vec::<String>::new());
    assert_eq!(bench.state("ana"), Some((State::Online, Some(-30))));
    bench.sessions(&[]);
    assert_eq!(bench.changes(), ["ana:offline"]);
    assert_eq!(bench.state("ana"), None, "without account and session there is no subscriber");
}

#[test]
fn an_unreachable_router_turns_nobody_offline() {
    let mut bench = Bench::new();
    bench.accounts(&["ana", "bob"]);
    bench.sessions(&[("*1", "ana", 60)]);
    bench.changes();
    bench.at(100).down();
    let mut changes = bench.changes();
    changes.sort_unstable();
    assert_eq!(changes, ["ana:unknown", "bob:unknown"]);
    assert_eq!(bench.state("ana"), Some((State::Unknown, Some(100))));
    bench.at(160).down();
    assert_eq!(bench.state("ana"), Some((State::Unknown, Some(100))), "unknown since the loss");
    bench.at(200).live();
    assert_eq!(bench.state("ana").unwrap().0, State::Unknown, "until the router says more");
    bench.sessions(&[("*1", "ana", 260)]);
    assert_eq!(bench.state("ana"), Some((State::Online, Some(-60))), "the session went on meanwhile");
    assert_eq!(bench.state("bob").unwrap().0, State::Offline);
}

#[test]
fn rows_that_the_router_did_not_get_to_are_not_gone() {
    let mut bench = Bench::new();
    bench.sessions(&[("*1", "ana", 60), ("*2", "bob", 60)]);
    bench.changes();
    bench.keep(vec![session(&("*1", "ana", 61))], true);
    assert_eq!(bench.changes(), Vec::<String>::new());
}

#[test]
fn what_a_follow_said_during_a_print_counts_more() {
    let mut bench = Bench::new();
    bench.sessions(&[("*1", "ana", 60)]);
    let now = bench.now;
    bench.monitoring.session_changed(Followed::Gone(ItemId::read(b"*1")), now);
    bench.monitoring.session_changed(Followed::Row(session(&("*2", "bob", 0))), now);
    bench.changes();
    let except = vec![ItemId::read(b"*1"), ItemId::read(b"*2")];
    let rows = vec![session(&("*1", "ana", 60))];
    bench.monitoring.keep(Reading { at: now, rows, partial: false, except });
    assert_eq!(bench.changes(), Vec::<String>::new());
}

#[test]
fn rates_are_the_subscribers() {
    let mut bench = Bench::new();
    bench.sessions(&[("*1", "ana", 60)]);
    bench.counters(&[("*F00000", "<pppoe-ana>", 1_000, 5_000)]);
    assert_eq!(bench.download("ana"), None, "one reading is no rate");
    bench.at(5).counters(&[("*F00000", "<pppoe-ana>", 2_000, 10_000)]);
    assert_eq!(bench.download("ana"), Some(8_000.0), "download is what the router sends");
    let snapshot = bench.monitoring.snapshot(bench.now);
    assert_eq!(snapshot.upload.map(|rate| rate.0), Some(1_600.0));
}

#[test]
fn a_redial_gives_a_gap_and_no_spike() {
    let mut bench = Bench::new();
    bench.sessions(&[("*1", "ana", 60)]);
    bench.counters(&[("*F00000", "<pppoe-ana>", 0, 0)]);
    bench.at(5).counters(&[("*F00000", "<pppoe-ana>", 0, 5_000)]);
    let now = bench.at(6).now;
    bench.monitoring.session_changed(Followed::Gone(ItemId::read(b"*1")), now);
    bench.monitoring.session_changed(Followed::Row(session(&("*2", "ana", 0))), now);
    assert_eq!(bench.download("ana"), None, "the old session's rate is not the new one's");
    bench.at(10).counters(&[("*F00001", "<pppoe-ana>", 0, 900_000)]);
    assert_eq!(bench.download("ana"), None);
    bench.at(15).counters(&[("*F00001", "<pppoe-ana>", 0, 905_000)]);
    assert_eq!(bench.download("ana"), Some(8_000.0));
}

#[test]
fn a_late_row_of_the_old_interface_is_not_taken_for_the_new_session() {
    let mut bench = Bench::new();
    bench.sessions(&[("*1", "ana", 60)]);
    bench.counters(&[("*F00000", "<pppoe-ana>", 0, 0)]);
    bench.sessions(&[("*2", "ana", 0)]);
    bench.at(5).counters(&[("*F00000", "<pppoe-ana>", 0, 9_000)]);
    bench.at(10).counters(&[("*F00001", "<pppoe-ana>", 0, 100)]);
    assert_eq!(bench.download("ana"), None);
    bench.at(15).counters(&[("*F00001", "<pppoe-ana>", 0, 5_100)]);
    assert_eq!(bench.download("ana"), Some(8_000.0));
}

#[test]
fn a_counter_that_starts_anew_gives_a_gap() {
    let mut bench = Bench::new();
    bench.sessions(&[("*1", "ana", 60)]);
    bench.counters(&[("*F00000", "<pppoe-ana>", 0, 1_000_000)]);
    bench.at(5).counters(&[("*F00000", "<pppoe-ana>", 0, 10)]);
    assert_eq!(bench.download("ana"), None);
    bench.at(10).counters(&[("*F00000", "<pppoe-ana>", 0, 5_010)]);
    assert_eq!(bench.download("ana"), Some(8_000.0));
}

#[test]
fn a_reboot_gives_a_gap_even_where_counters_went_up() {
    let mut bench = Bench::new();
    let resource =
        |uptime| SystemResource { uptime: Some(Duration::from_secs(uptime)), ..Default::default() };
    bench.keep(vec![resource(90_000)], false);
    bench.sessions(&[("*1", "ana", 60)]);
    bench.counters(&[("*F00000", "<pppoe-ana>", 0, 10)]);
    bench.at(30).keep(vec![resource(12)], false);
    assert!(bench.changes().contains(&"rebooted".to_owned()));
    bench.counters(&[("*F00000", "<pppoe-ana>", 0, 900_000_000)]);
    assert_eq!(bench.download("ana"), None);
}

#[test]
fn a_session_of_after_a_reboot_is_another_one_though_its_id_is_used_again() {
    let mut bench = Bench::new();
    let resource =
        |uptime| SystemResource { uptime: Some(Duration::from_secs(uptime)), ..Default::default() };
    bench.keep(vec![resource(90_000)], false);
    bench.sessions(&[("*1", "ana", 20)]);
    bench.at(30).keep(vec![resource(8)], false);
    bench.sessions(&[("*1", "ana", 3)]);
    assert_eq!(bench.state("ana"), Some((State::Online, Some(27))));
}

#[test]
fn two_sessions_of_one_name_have_an_interface_each() {
    let mut bench = Bench::new();
    bench.sessions(&[("*1", "ana", 60), ("*2", "ana", 30)]);
    let rows = |tx| [("*F00000", "<pppoe-ana>", 0, tx), ("*F00001", "<pppoe-ana-1>", 0, tx * 2)];
    bench.counters(&rows(0));
    bench.at(5).counters(&rows(5_000));
    let (snapshot, subscriber) = bench.subscriber("ana").unwrap();
    let interfaces: Vec<_> = subscriber.sessions.iter().filter_map(|s| s.interface.as_deref()).collect();
    assert_eq!(interfaces, ["<pppoe-ana>", "<pppoe-ana-1>"]);
    assert_eq!(snapshot.download_of(&subscriber).map(|rate| rate.0), Some(24_000.0));
}

#[test]
fn odd_names_find_their_interfaces() {
    for name in ["a b", "x@isp", "<b>", "a/b", "José", "a-1", "?=x"] {
        let mut bench = Bench::new();
        let interface = format!("<pppoe-{name}>");
        bench.sessions(&[("*1", name, 60)]);
        bench.counters(&[("*F00000", &interface, 0, 0)]);
        bench.at(5).counters(&[("*F00000", &interface, 0, 5_000)]);
        assert_eq!(bench.download(name), Some(8_000.0), "{name:?}");
    }
}

#[test]
fn interfaces_that_come_and_go_keep_everybodys_rates() {
    let mut bench = Bench::new();
    let names: Vec<String> = (0..40).map(|n| format!("user{n}")).collect();
    let ids: Vec<String> = (0..40).map(|n| format!("*{:X}", n + 1)).collect();
    let interfaces: Vec<(String, String)> =
        (0..40).map(|n| (format!("*F0{n:04X}"), format!("<pppoe-user{n}>"))).collect();
    let sessions: Vec<(&str, &str, u64)> =
        ids.iter().zip(&names).map(|(id, name)| (id.as_str(), name.as_str(), 60)).collect();
    bench.sessions(&sessions);
    for round in 0..30_usize {
        // Each round a few others are away, and the order turns.
        let mut rows: Vec<(&str, &str, u64, u64)> = (0..40)
            .filter(|n| (n + round) % 7 != 0)
            .map(|n| (interfaces[n].0.as_str(), interfaces[n].1.as_str(), 0, (round * 625 * (n + 1)) as u64))
            .collect();
        rows.rotate_left(round % 5);
        bench.at(round as u64 * 5).counters(&rows);
        if round == 0 {
            continue;
        }
        for n in (0..40).filter(|n| (n + round) % 7 != 0 && (n + round - 1) % 7 != 0) {
            assert_eq!(bench.download(&names[n]), Some(1_000.0 * (n + 1) as f64), "round {round}, user{n}");
        }
    }
}

#[test]
fn a_routers_own_interfaces_have_rates_by_id_and_name() {
    let mut bench = Bench::new();
    let facts = |id: &str, name: &str| InterfaceFacts {
        id: ItemId::read(id.as_bytes()),
        name: name.into(),
        ..InterfaceFacts::default()
    };
    bench.keep(vec![facts("*1", "ether1"), facts("*2", "ether2"), facts("*9", "away")], false);
    bench.counters(&[("*2", "renamed", 0, 0), ("*1", "ether1", 0, 0)]);
    bench.at(5).counters(&[("*2", "renamed", 0, 0), ("*1", "ether1", 625, 1_250)]);
    let snapshot = bench.monitoring.snapshot(bench.now);
    let rates: Vec<_> = (0..4).map(|row| snapshot.traffic_of_interface(row)?.rates).collect();
    let expect = Rates { received: BitsPerSecond(1_000.0), sent: BitsPerSecond(2_000.0) };
    assert_eq!(rates, [Some(expect), None, None, None]);
}

#[test]
fn the_rates_of_five_minutes_outlive_a_session() {
    let mut bench = Bench::new();
    bench.accounts(&["ana"]);
    bench.at(5).sessions(&[("*1", "ana", 0)]);
    for seconds in [6, 11, 16] {
        bench.at(seconds).counters(&[("*F1", "<pppoe-ana>", 1_000, seconds * 1_000)]);
    }
    bench.at(17).sessions(&[]);
    bench.at(21).counters(&[]);
    // Another session, whose interface has another id and counts from nothing.
    let again = ActiveSession { address: "10.0.0.9".into(), ..session(&("*2", "ana", 0)) };
    bench.at(24).keep(vec![again], false);
    for seconds in [26, 31] {
        bench.at(seconds).counters(&[("*F2", "<pppoe-ana>", 0, (seconds - 26) * 2_000)]);
    }
    let (snapshot, ana) = bench.subscriber("ana").unwrap();
    let samples = snapshot.recent_of(&ana, bench.now.instant);
    let down: Vec<Option<f64>> =
        samples.iter().map(|one| one.rates.map(|(down, _)| down.0.round())).collect();
    assert_eq!(down, [Some(8_000.0), Some(8_000.0), None, None, Some(16_000.0)]);
    bench.at(40).sessions(&[]);
    let (_, ana) = bench.subscriber("ana").unwrap();
    assert_eq!((ana.last_address.as_str(), ana.state), ("10.0.0.9", State::Offline));
}
