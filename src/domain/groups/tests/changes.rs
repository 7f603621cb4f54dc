//! What may be changed, and what is refused.

use super::*;

fn apply(from: &Groups, change: Change) -> Result<Written, Refusal> {
    let mut next = 1_000 * (from.revision() + 1);
    from.apply(change, Timestamp::UNIX_EPOCH, &mut || {
        next += 1;
        Id(next)
    })
}

fn done(from: &Groups, change: Change) -> Groups {
    apply(from, change).unwrap().next
}

/// What is wrong, field by field.
fn faults(from: &Groups, change: Change) -> Vec<(String, &'static str)> {
    match apply(from, change) {
        Err(Refusal::Faults(faults)) => {
            faults.into_iter().map(|fault| (fault.field, fault.wrong.word())).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn set(of: &Group, outline: Outline) -> Change {
    Change::SetGroup { id: of.id, version: of.version, outline }
}

#[test]
fn names_are_unique_per_router_whatever_their_case() {
    let all = done(&Groups::default(), Change::AddGroup(outline("  North ", &[])));
    assert_eq!(all.all()[0].outline.name, "North");
    assert_eq!(faults(&all, Change::AddGroup(outline("NORTH", &[]))), [("name".to_owned(), "taken")]);
    let other = Outline { router: Some(router("r2")), ..outline("north", &[]) };
    let all = done(&all, Change::AddGroup(other));
    let all = done(&all, Change::AddGroup(Outline { router: None, ..outline("north", &[]) }));
    assert_eq!(all.all().len(), 3);
    // Its own name is no hindrance.
    let all = done(&all, set(&all.all()[0], outline("NORTH", &["ana"])));
    assert_eq!((all.all()[0].version, all.all()[0].outline.name.as_str()), (2, "NORTH"));
}

#[test]
fn names_that_look_alike_are_one_and_one_that_cannot_be_seen_is_none() {
    let all = done(&Groups::default(), Change::AddGroup(outline("Jos\u{e9}", &[])));
    for same in
        ["Jose\u{301}", "JOSE\u{301}", "Jos\u{e9}\u{200b}", "\u{200b} Jo\u{ad}s\u{e9}", "J\u{2060}os\u{e9}"]
    {
        assert_eq!(
            faults(&all, Change::AddGroup(outline(same, &[]))),
            [("name".to_owned(), "taken")],
            "{same:?}"
        );
    }
    for unseen in ["\u{200b}", " \u{2060}\u{3164}", "\u{200d}", "\u{fe0f}"] {
        let told = faults(&all, Change::AddGroup(outline(unseen, &[])));
        assert_eq!(told, [("name".to_owned(), "empty")], "{unseen:?}");
    }
    for broken in ["a\u{2028}b", "a\u{2029}b", "a\u{202e}b"] {
        let told = faults(&all, Change::AddGroup(outline(broken, &[])));
        assert_eq!(told, [("name".to_owned(), "hidden")], "{broken:?}");
    }
    // Persian parts a word with what cannot be seen; emoji are joined by it. Both stay as they were written.
    for name in [
        "\u{645}\u{6cc}\u{200c}\u{631}\u{648}\u{645}",
        "\u{1f468}\u{200d}\u{1f4bb}",
        "\u{e01}\u{200b}\u{e02}",
    ] {
        let all = done(&all, Change::AddGroup(outline(name, &[])));
        assert_eq!(all.all()[1].outline.name, name);
    }
    let parts = vec![part("Jose\u{301}", &[]), part("Jos\u{e9}", &[])];
    assert_eq!(faults(&all, category("c", parts)), [("subcategories[1].name".to_owned(), "taken")]);
}

#[test]
fn a_subscriber_is_named_in_one_group_only() {
    let all = done(&Groups::default(), Change::AddGroup(outline("a", &["ana", "bob", "ana"])));
    assert_eq!(all.all()[0].outline.members.len(), 2);
    let wrong = faults(&all, Change::AddGroup(outline("b", &["carl", "bob"])));
    assert_eq!(wrong, [("members[1]".to_owned(), "elsewhere")]);
    let bob = Member { router: Some(router("r1")), name: "bob".into() };
    let global = Outline { router: None, members: vec![bob], ..outline("c", &[]) };
    assert_eq!(faults(&all, Change::AddGroup(global.clone())), [("members[0]".to_owned(), "elsewhere")]);
    // The same name at another router is somebody else.
    let other = Member { router: Some(router("r2")), name: "bob".into() };
    let all = done(&all, Change::AddGroup(Outline { members: vec![other], ..global }));
    let all = done(&all, set(&all.all()[0], outline("a", &["ana"])));
    done(&all, Change::AddGroup(outline("b", &["bob"])));
}

#[test]
fn all_that_is_wrong_is_told_with_its_field() {
    let all = Groups::default();
    let bad = Outline {
        maximum: Some(1),
        members: vec![
            member("ana"),
            member("bob"),
            Member { router: Some(router("r2")), ..member("x") },
            member(""),
        ],
        rules: vec![rule(RuleKind::Network, "10.0.0.0/99"), rule(RuleKind::Comment, " ")],
        description: "two\nlines".to_owned(),
        ..outline(&"x".repeat(65), &[])
    };
    let expect = [
        ("name", "too_long"),
        ("description", "hidden"),
        ("members[2]", "other_router"),
        ("members[3]", "empty"),
        ("maximum", "full"),
        ("rules[0].value", "network"),
        ("rules[1].value", "empty"),
    ];
    let expect = expect.map(|(field, word)| (field.to_owned(), word));
    assert_eq!(faults(&all, Change::AddGroup(bad)), expect);
    let zero = Outline { maximum: Some(0), ..outline("a", &[]) };
    assert_eq!(faults(&all, Change::AddGroup(zero)), [("maximum".to_owned(), "maximum")]);
    let global = Outline { router: None, ..outline(" ", &["ana"]) };
    let expect = [("name".to_owned(), "empty"), ("members[0]".to_owned(), "no_router")];
    assert_eq!(faults(&all, Change::AddGroup(global)), expect);
    let many: Vec<String> = (0..=MOST_MEMBERS).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(faults(&all, Change::AddGroup(outline("a", &many))), [("members".to_owned(), "too_many")]);
    let many = Outline { rules: vec![rule(RuleKind::Name, "a"); MOST_RULES + 1], ..outline("a", &[]) };
    assert_eq!(faults(&all, Change::AddGroup(many)), [("rules".to_owned(), "too_many")]);
}

#[test]
fn there_are_at_most_two_thousand_groups() {
    let all = groups((0..MOST_GROUPS).map(|n| outline(&n.to_string(), &[])).collect());
    assert_eq!(faults(&all, Change::AddGroup(outline("one more", &[]))), [("groups".to_owned(), "too_many")]);
    let all = done(&all, Change::RemoveGroup { id: Id(7), version: None });
    done(&all, Change::AddGroup(outline("one more", &[])));
}

#[test]
fn rules_and_sub_categories_are_limited_all_together() {
    let full = |n: usize| Outline {
        rules: (0..MOST_RULES).map(|one| rule(RuleKind::Name, &format!("{n}-{one}"))).collect(),
        ..outline(&n.to_string(), &[])
    };
    let count = MOST_ALL_RULES / MOST_RULES;
    let all = groups((0..count).map(full).collect());
    let more = Outline { rules: vec![rule(RuleKind::Name, "a")], ..outline("more", &[]) };
    let too_many = [("rules".to_owned(), "too_many")];
    assert_eq!(faults(&all, Change::AddGroup(more)), too_many);
    done(&all, Change::AddGroup(outline("none", &[])));
    // Whoever has too many from before may have fewer, and not more.
    let all = groups((0..count + 2).map(full).collect());
    let fewer = Outline { rules: vec![rule(RuleKind::Name, "a")], ..outline("0", &[]) };
    done(&all, set(&all.all()[0], fewer));
    assert_eq!(faults(&all, Change::AddGroup(full(count + 2))), too_many);
    let mut all = Groups::default();
    let parts = |n: usize| (0..MOST_CATEGORIES).map(|one| part(&format!("{n}-{one}"), &[])).collect();
    for n in 0..MOST_SUBCATEGORIES / MOST_CATEGORIES {
        all = done(&all, category(&n.to_string(), parts(n)));
    }
    let wrong = faults(&all, category("more", vec![part("a", &[])]));
    assert_eq!(wrong, [("subcategories".to_owned(), "too_many")]);
}

#[test]
fn who_looked_at_an_older_version_is_told_the_current_one() {
    let first = done(&Groups::default(), Change::AddGroup(outline("a", &[])));
    let group = Arc::clone(&first.all()[0]);
    let second = done(&first, set(&group, outline("b", &[])));
    let stale = apply(&second, set(&group, outline("c", &[]))).unwrap_err();
    assert_eq!(stale, Refusal::Stale { current: 2 });
    let stale = apply(&second, Change::RemoveGroup { id: group.id, version: Some(1) }).unwrap_err();
    assert_eq!(stale, Refusal::Stale { current: 2 });
    let none = apply(&second, Change::RemoveGroup { id: Id(5), version: None }).unwrap_err();
    assert_eq!(none, Refusal::NoSuch("group"));
    let moved = Outline { router: None, ..outline("b", &[]) };
    assert_eq!(faults(&second, set(&second.all()[0], moved)), [("router".to_owned(), "moved")]);
}

fn part(name: &str, groups: &[Id]) -> Part {
    Part { id: None, name: name.to_owned(), groups: groups.to_vec() }
}

fn category(name: &str, parts: Vec<Part>) -> Change {
    Change::AddCategory { router: Some(router("r1")), name: name.to_owned(), parts }
}

#[test]
fn a_group_stands_in_one_place_and_leaves_it_when_it_goes() {
    let all = groups(vec![
        outline("a", &[]),
        outline("b", &[]),
        Outline { router: Some(router("r2")), ..outline("c", &[]) },
    ]);
    let all = done(&all, category("OLT 1", vec![part("PON-1", &[Id(1)]), part("PON-2", &[Id(2)])]));
    let twice = [("subcategories[0].groups".to_owned(), "twice")];
    assert_eq!(faults(&all, category("OLT 2", vec![part("PON-1", &[Id(1)])])), twice);
    let names = [("name".to_owned(), "taken"), ("subcategories[1].name".to_owned(), "taken")];
    assert_eq!(faults(&all, category("olt 1", vec![part("x", &[]), part("X", &[])])), names);
    let wrong = category("OLT 2", vec![part("x", &[Id(3), Id(9)])]);
    let place = "subcategories[0].groups".to_owned();
    assert_eq!(faults(&all, wrong), [(place.clone(), "other_router"), (place, "no_group")]);
    let old = Arc::clone(&all.categories()[0]);
    let all = done(&all, Change::RemoveGroup { id: Id(1), version: Some(1) });
    let now = &all.categories()[0];
    assert_eq!((now.version, now.subcategories[0].groups.as_slice()), (2, &[][..]));
    // Parts that stay keep their ids.
    let parts = vec![part("new", &[]), Part::from(&now.subcategories[1])];
    let change =
        |version| Change::SetCategory { id: old.id, version, name: "OLT".into(), parts: parts.clone() };
    assert_eq!(apply(&all, change(1)).unwrap_err(), Refusal::Stale { current: 2 });
    let all = done(&all, change(2));
    let now = &all.categories()[0];
    assert_eq!((now.name.as_str(), now.subcategories[1].id), ("OLT", old.subcategories[1].id));
    assert_ne!(now.subcategories[0].id, old.subcategories[0].id);
    let all = done(&all, Change::RemoveCategory { id: old.id, version: Some(3) });
    assert_eq!((all.categories().len(), all.all().len()), (0, 2));
}

#[test]
fn what_was_done_is_told_with_what_is_to_be_written() {
    let all = done(&Groups::default(), Change::AddGroup(outline("a", &[])));
    let written = apply(&all, set(&all.all()[0], outline("b", &[]))).unwrap();
    let id = all.all()[0].id;
    assert_eq!(written.deeds, [Deed { action: "group.change", object: format!("{id} (b)") }]);
    assert_eq!(written.groups.len(), 1);
    assert!(written.next.revision() > all.revision());
    let written = apply(&all, Change::RemoveGroup { id, version: None }).unwrap();
    assert_eq!(written.groups, [(id, None)]);
}
