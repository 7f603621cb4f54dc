//! Groups over made-up networks.

mod changes;
mod files;

use super::*;
use crate::domain::example::{Made, snapshot, unreachable};
use crate::domain::snapshot::TableState;

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
fn a_range_of_addresses_has_both_its_ends() {
    let range = rule(RuleKind::Network, "10.0.3.10-10.0.3.200");
    let six = rule(RuleKind::Network, "2001:db8::10-2001:db8::20");
    let all = groups(vec![Outline { rules: vec![range, six], ..outline("pool", &[]) }]);
    for (address, expect) in [
        ("10.0.3.9", "-"),
        ("10.0.3.10", "pool"),
        ("10.0.3.99", "pool"),
        ("10.0.3.200", "pool"),
        ("10.0.3.201", "-"),
        ("10.0.30.1", "-"),
        ("2001:db8::11", "pool"),
        ("2001:db8::21", "-"),
        ("::1", "-"),
        ("", "-"),
    ] {
        let made = Made { address: address.into(), ..Made::online("ana", 1.0, 1.0) };
        assert_eq!(of_each(&all, &snapshot("r1", &[made])), [expect], "{address}");
    }
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

/// How many an outline matches, how many of them are or stay elsewhere, and who would be in it.
fn preview(all: &Groups, own: Option<u64>, outline: &Outline, made: &[Made]) -> (usize, usize, Vec<String>) {
    let preview = all.preview(own.map(Id), outline, &[Arc::new(snapshot("r1", made))], 2);
    let names = preview.names.iter().map(|(_, name)| name.to_string()).collect();
    (preview.matching, preview.elsewhere, names)
}

#[test]
fn a_preview_counts_what_would_be() {
    let of = |name: &str, comment: &str| Made { comment: comment.into(), ..Made::online(name, 1.0, 1.0) };
    let made = [of("ana", "tower-1"), of("bob", "tower-1"), of("carl", "tower-2"), of("dora", "-")];
    let tower = |name: &str, pattern: &str| Outline {
        rules: vec![rule(RuleKind::Comment, pattern)],
        ..outline(name, &[])
    };
    let all = groups(vec![tower("old", "nothing"), tower("new", "tower-*"), outline("named", &["bob"])]);
    // Whom a rule of another group has, naming them takes over; who is named elsewhere stays there.
    assert_eq!(preview(&all, None, &outline("x", &["ana", "bob"]), &made), (2, 1, vec!["ana".to_owned()]));
    // An older group takes from a newer one by its rule; not who is named, and a new group takes nobody.
    let wider = tower("old", "tower-1");
    assert_eq!(preview(&all, Some(1), &wider, &made), (2, 1, vec!["ana".to_owned()]));
    assert_eq!(preview(&all, None, &wider, &made), (2, 2, Vec::new()));
    // What it has by now is its own; names are told up to a number.
    let two = vec!["ana".to_owned(), "carl".to_owned()];
    assert_eq!(preview(&all, Some(2), &tower("new", "tower-*"), &made), (3, 1, two.clone()));
    assert_eq!(preview(&all, Some(2), &tower("new", "*"), &made), (4, 1, two));
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
    check(3, 0, 2, 0, 0, Standing::AllOnline);
    check(0, 3, 0, 0, 0, Standing::NoneOnline);
    // The earlier program never got to the first of these: whatever was half offline was red.
    check(2, 2, 0, 0, 0, Standing::HalfOffline);
    check(1, 3, 0, 0, 0, Standing::HalfOffline);
    check(3, 1, 0, 0, 0, Standing::SomeOffline);
    check(0, 0, 0, 4, 0, Standing::Unknown);
    check(4, 0, 0, 4, 0, Standing::Unknown);
    check(0, 2, 0, 4, 0, Standing::NoneOnline);
    check(0, 0, 2, 0, 0, Standing::Idle);
    // Who is not known to the router is as good as offline.
    check(3, 0, 2, 0, 1, Standing::SomeOffline);
    check(1, 0, 0, 0, 9, Standing::HalfOffline);
    check(2, 1, 0, 0, 1, Standing::HalfOffline);
    check(0, 0, 2, 0, 1, Standing::NoneOnline);
    check(0, 0, 0, 4, 1, Standing::NoneOnline);
}

/// A named group of ten whom RADIUS lets in: the router forgets who hangs up.
#[test]
fn an_outage_of_radius_is_seen() {
    let names: Vec<String> = (0..10).map(|n| format!("r{n}")).collect();
    let all = groups(vec![outline("radius", &names.iter().map(String::as_str).collect::<Vec<_>>())]);
    let left = |count: usize| -> Vec<Made> {
        names.iter().take(count).map(|name| Made::online(name, 1.0, 1.0)).collect()
    };
    let stand = |snapshot: Snapshot| {
        let snapshots = [Arc::new(snapshot)];
        let card = cards(&all, &snapshots).swap_remove(0);
        assert_eq!(card.tally.members, 10);
        assert_eq!(card.tally.missing, Absent::of(&all.all()[0], &snapshots).missing.len());
        (card.standing(), card.tally.missing, card.tally.unknown)
    };
    let after = |count| snapshot("r1", &left(count));
    assert_eq!(stand(after(10)), (Standing::AllOnline, 0, 0));
    assert_eq!(stand(after(9)), (Standing::SomeOffline, 1, 0));
    assert_eq!(stand(after(1)), (Standing::HalfOffline, 9, 0));
    // A router that knows nobody has to have answered: before it did, nothing is known.
    assert_eq!(stand(after(0)), (Standing::Unknown, 0, 10));
    let polls = Arc::new(vec![crate::domain::snapshot::PollReport {
        name: "/ppp/active",
        at: crate::domain::example::now(),
        took: std::time::Duration::ZERO,
        rows: 0,
        bytes: 0,
        every: std::time::Duration::ZERO,
        state: TableState::Fresh,
    }]);
    assert_eq!(stand(Snapshot { polls, ..after(0) }), (Standing::NoneOnline, 10, 0));
    // Where the accounts are not told in full, who is not seen may have one.
    for accounts in [
        TableState::Waiting,
        TableState::Partial,
        TableState::Absent,
        TableState::Forbidden,
        TableState::Failed("no".into()),
    ] {
        assert_eq!(stand(Snapshot { accounts, ..after(9) }), (Standing::Unknown, 0, 1));
    }
    assert_eq!(stand(unreachable("r1", &left(9))), (Standing::Unknown, 0, 10));
    // A link that is back, and whose sessions are not read yet.
    let back = Snapshot { link: after(1).link, ..unreachable("r1", &left(9)) };
    assert_eq!(stand(back), (Standing::Unknown, 0, 10));
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
    assert_eq!(cards[0].standing(), Standing::HalfOffline);
    // Of whom a lost router does not tell, nothing is known; none of them is called offline.
    let far = cards[1].tally;
    assert_eq!((far.members, far.unknown, far.missing, far.offline), (3, 2, 1, 0));
    assert_eq!(cards[1].standing(), Standing::NoneOnline, "as the one who is known of is not there");
    let names: Vec<_> =
        Absent::of(&cards[1].group, &snapshots).missing.iter().map(|gone| gone.name.as_str()).collect();
    assert_eq!(names, ["none"]);
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
