//! Groups over made-up networks.

mod changes;
mod files;

use super::*;
use crate::domain::example::{Made, snapshot, unreachable};

fn router(name: &str) -> RouterName {
    name.parse().unwrap()
}

fn member(name: &str) -> Member {
    Member { router: None, name: name.into() }
}

fn rule(kind: RuleKind, value: &str) -> Rule {
    Rule { kind, value: value.to_owned() }
}

/// A group of `r1` with these members.
fn outline(name: &str, members: &[&str]) -> Outline {
    Outline {
        router: Some(router("r1")),
        name: name.to_owned(),
        members: members.iter().map(|name| member(name)).collect(),
        ..Outline::default()
    }
}

fn groups(outlines: Vec<Outline>) -> Groups {
    let at = Timestamp::UNIX_EPOCH;
    let group = |(id, outline)| {
        Arc::new(Group { id: Id(id), version: 1, place: id, created: at, changed: at, origin: None, outline })
    };
    Groups::new(1, (1..).zip(outlines).map(group).collect(), Vec::new())
}

/// The name of the group of each subscriber of the snapshot.
fn of_each(groups: &Groups, snapshot: &Snapshot) -> Vec<String> {
    let roster = groups.roster(snapshot);
    let name = |at| roster.group(at).map_or("-", |of| groups.all()[of].outline.name.as_str()).to_owned();
    (0..snapshot.subscribers.len()).map(name).collect()
}

#[test]
fn who_is_named_is_there_and_of_rules_the_first_holds() {
    let made = [
        Made { comment: "tower-3 west".into(), ..Made::online("ana", 1.0, 1.0) },
        Made { comment: "TOWER-3".into(), ..Made::online("bob", 1.0, 1.0) },
        Made { address: "10.9.0.1".into(), ..Made::online("carl", 1.0, 1.0) },
        Made { profile: "50M", ..Made::offline("dora") },
        Made::online("eve", 1.0, 1.0),
        Made { profile: "1M", ..Made::online("vip-fred", 1.0, 1.0) },
    ];
    let network = Outline { router: None, ..outline("net", &[]) };
    let all = groups(vec![
        Outline { rules: vec![rule(RuleKind::Comment, "tower-3*")], ..outline("tower", &[]) },
        Outline { rules: vec![rule(RuleKind::Network, "10.9.0.0/16")], ..network },
        Outline {
            rules: vec![rule(RuleKind::Profile, "50M"), rule(RuleKind::Profile, "10M")],
            ..outline("plan", &[])
        },
        // Comes last, and has bob all the same: he is named.
        outline("named", &["bob", "nobody"]),
        Outline { rules: vec![rule(RuleKind::Name, "VIP-?red")], ..outline("vip", &[]) },
    ]);
    let snapshot = snapshot("r1", &made);
    assert_eq!(of_each(&all, &snapshot), ["tower", "named", "net", "plan", "plan", "vip"]);
    // What is for one router does not hold at another.
    let other = super::super::example::snapshot("r2", &made);
    assert_eq!(of_each(&all, &other), ["-", "-", "net", "-", "-", "-"]);
}

#[test]
fn an_interface_is_a_pattern_of_a_session() {
    let all = groups(vec![Outline {
        rules: vec![rule(RuleKind::Interface, "<pppoe-a*>")],
        ..outline("pppoe", &[])
    }]);
    let made = [Made::online("ana", 1.0, 1.0), Made::online("bob", 1.0, 1.0), Made::offline("alf")];
    assert_eq!(of_each(&all, &snapshot("r1", &made)), ["pppoe", "-", "-"]);
}

#[test]
fn a_roster_is_worked_out_again_only_when_subscribers_changed() {
    let all = groups(vec![outline("a", &["ana"])]);
    let first = snapshot("r1", &[Made::online("ana", 1.0, 1.0)]);
    let roster = all.roster(&first);
    assert!(Arc::ptr_eq(&roster, &all.roster(&first.clone())));
    let second = snapshot("r1", &[Made::online("bob", 1.0, 1.0), Made::online("ana", 1.0, 1.0)]);
    assert_eq!(of_each(&all, &second), ["-", "a"]);
}

#[test]
fn each_standing_is_reached() {
    let check =
        |online: usize, offline: usize, disabled: usize, unknown: usize, missing: usize, expect: Standing| {
            let members = online + offline + disabled + unknown + missing;
            let tally = Tally { members, online, offline, disabled, unknown, missing, ..Tally::default() };
            assert_eq!(tally.standing(), expect, "{tally:?}");
        };
    check(0, 0, 0, 0, 0, Standing::Empty);
    check(3, 0, 0, 0, 0, Standing::AllOnline);
    check(3, 0, 2, 0, 1, Standing::AllOnline);
    check(0, 3, 0, 0, 0, Standing::NoneOnline);
    // The earlier program never got to the first of these: whatever was half offline was red.
    check(2, 2, 0, 0, 0, Standing::HalfOffline);
    check(1, 3, 0, 0, 0, Standing::HalfOffline);
    check(3, 1, 0, 0, 0, Standing::SomeOffline);
    check(0, 0, 0, 4, 0, Standing::Unknown);
    check(4, 0, 0, 4, 0, Standing::Unknown);
    check(0, 2, 0, 4, 0, Standing::NoneOnline);
    check(0, 0, 2, 0, 1, Standing::Idle);
}

#[test]
fn members_count_by_state_and_who_is_not_there_is_said() {
    let made = [
        Made::online("ana", 5e6, 1e6),
        Made { rates: None, ..Made::online("bob", 0.0, 0.0) },
        Made::offline("carl"),
        Made { disabled: true, ..Made::offline("dora") },
    ];
    let far = Member { router: Some(router("r2")), name: "zoe".into() };
    let gone = Member { router: Some(router("r2")), name: "yan".into() };
    let near = Member { router: Some(router("r1")), name: "none".into() };
    let global = Outline { router: None, members: vec![far, gone, near], ..outline("far", &[]) };
    let all = groups(vec![
        Outline { maximum: Some(8), ..outline("near", &["ana", "bob", "carl", "dora", "eve"]) },
        global,
    ]);
    let snapshots =
        [Arc::new(snapshot("r1", &made)), Arc::new(unreachable("r2", &[Made::online("zoe", 1.0, 1.0)]))];
    let cards = cards(&all, &snapshots);
    let expect = Tally {
        members: 5,
        online: 2,
        offline: 1,
        disabled: 1,
        missing: 1,
        download: Some(crate::domain::units::BitsPerSecond(5e6)),
        upload: Some(crate::domain::units::BitsPerSecond(1e6)),
        ..Tally::default()
    };
    assert_eq!((cards[0].tally, cards[0].vacant()), (expect, Some(3)));
    assert_eq!(cards[0].standing(), Standing::SomeOffline);
    // Of whom a lost router does not tell, nothing is known; none of them is called offline.
    let far = cards[1].tally;
    assert_eq!((far.members, far.unknown, far.missing, far.offline), (3, 2, 1, 0));
    assert_eq!(cards[1].standing(), Standing::Unknown);
}

#[test]
fn the_worst_come_first_and_those_alike_by_name() {
    let made = [
        Made::online("on", 1.0, 1.0),
        Made::offline("off"),
        Made::online("on2", 1.0, 1.0),
        Made::offline("off2"),
    ];
    let all = groups(vec![
        outline("Zed", &[]),
        outline("calm", &["on"]),
        outline("half", &["on2", "off2"]),
        outline("bad", &["off"]),
        outline("also empty", &[]),
    ]);
    let mut cards = cards(&all, &[Arc::new(snapshot("r1", &made))]);
    worst_first(&mut cards);
    let names: Vec<_> = cards.iter().map(|card| card.group.outline.name.as_str()).collect();
    assert_eq!(names, ["bad", "half", "calm", "also empty", "Zed"]);
}

#[test]
fn groups_are_found_by_name_description_and_member() {
    let made = [Made { comment: "tower".into(), ..Made::online("carl", 1.0, 1.0) }];
    let all = groups(vec![
        outline("North", &["ana"]),
        Outline { description: "behind the Mill".to_owned(), ..outline("South", &["bob"]) },
        Outline { rules: vec![rule(RuleKind::Comment, "tower")], ..outline("Rule", &[]) },
    ]);
    let snapshots = [Arc::new(snapshot("r1", &made))];
    let check = |typed: &str, expect: [bool; 3]| {
        assert_eq!(Search::new(typed).run(&all, &snapshots), expect, "{typed}");
    };
    check("", [true, true, true]);
    check("NORTH", [true, false, false]);
    check("mill", [false, true, false]);
    check("bo", [false, true, false]);
    check("CARL", [false, false, true]);
    check("nothing", [false, false, false]);
}

#[test]
fn fifty_thousand_subscribers_find_their_place_among_two_hundred_groups() {
    let made: Vec<Made> = (0..50_000)
        .map(|n| Made {
            comment: format!("tower-{} floor {n}", n % 250),
            ..Made::offline(&format!("user{n}"))
        })
        .collect();
    let outlines = (0..200).map(|n| Outline {
        rules: vec![
            rule(RuleKind::Comment, &format!("tower-{n} *")),
            rule(RuleKind::Name, &format!("*x{n}x*")),
        ],
        ..outline(&format!("g{n}"), &[&format!("user{}", n + 249)])
    });
    let all = groups(outlines.collect());
    let snapshot = snapshot("r1", &made);
    let roster = all.roster(&snapshot);
    for (at, expect) in
        [(0, Some(0)), (199, Some(199)), (200, None), (249, Some(0)), (448, Some(199)), (49_999, None)]
    {
        assert_eq!(roster.group(at), expect, "{at}");
    }
    assert_eq!(roster.group(300), Some(51), "named, though its comment is that of another");
}

#[test]
fn ids_have_sixteen_digits_and_words_are_read_back() {
    assert_eq!("00000000000000ff".parse(), Ok(Id(255)));
    assert_eq!(Id(255).to_string(), "00000000000000ff");
    for wrong in ["", "ff", "00000000000000FF", "+0000000000000ff", "00000000000000ffé"] {
        assert_eq!(wrong.parse::<Id>(), Err(InvalidId), "{wrong}");
    }
    for colour in Colour::ALL {
        assert_eq!(Colour::parse(colour.word()), Some(*colour));
        assert_eq!(serde_json::to_value(colour).unwrap(), colour.word());
    }
    for icon in Icon::ALL {
        assert_eq!(Icon::parse(icon.word()), Some(*icon));
        assert_eq!(serde_json::to_value(icon).unwrap(), icon.word());
    }
}
