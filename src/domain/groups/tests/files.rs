//! Files: ours and the earlier program's.

use super::*;

/// As the earlier program writes them: `data/groups/router_001/groups.json` and `data/categories.json`.
const SEED_GROUPS: &str = r#"[
  {"id": "2f1c0c2e-6f9d-4f57-9d3e-0c4b1c9a1111", "router_id": "router_001", "name": "PON-3: BOLILA FBT",
   "description": "", "accounts": ["ana", "bob"], "max_members": 8,
   "created_at": "2025-07-10T11:22:33", "updated_at": "2025-07-10T11:22:33"},
  {"id": "2f1c0c2e-6f9d-4f57-9d3e-0c4b1c9a2222", "router_id": "router_001", "name": "PON-4",
   "description": "spare\r\nuntil May ", "accounts": [], "max_members": null}
]"#;

const SEED_CATEGORIES: &str = r#"{"router_001": [
  {"category": "VSOL GEPON", "subcategories": [
    {"subcategory": "PON-3", "groups": ["2f1c0c2e-6f9d-4f57-9d3e-0c4b1c9a1111", "gone"]},
    {"subcategory": "PON-4", "groups": ["2f1c0c2e-6f9d-4f57-9d3e-0c4b1c9a2222"]}]}]}"#;

fn to_r1() -> Reading {
    Reading { router: Some(router("r1")), of: None }
}

fn import(from: &Groups, file: &str, reading: &Reading) -> Result<(Groups, Told), Refusal> {
    let mut next = 1_000 * (from.revision() + 1);
    let change = Change::Import(Import::read(file.as_bytes(), reading).unwrap());
    let written = from.apply(change, Timestamp::UNIX_EPOCH, &mut || {
        next += 1;
        Id(next)
    })?;
    let Outcome::Imported(told) = written.outcome else { panic!("no import") };
    assert_eq!(
        written.deeds.len(),
        usize::from(!written.groups.is_empty() || !written.categories.is_empty())
    );
    Ok((written.next, told))
}

#[test]
fn the_earlier_programs_files_are_read_one_after_the_other() {
    let (all, told) = import(&Groups::default(), SEED_GROUPS, &to_r1()).unwrap();
    assert_eq!((told.added, told.replaced), (2, 0));
    let first = &all.all()[0].outline;
    assert_eq!((first.name.as_str(), first.maximum, first.members.len()), ("PON-3: BOLILA FBT", Some(8), 2));
    assert_eq!(first.router, Some(router("r1")));
    assert_eq!(all.all()[1].outline.description, "spare until May");
    let (all, told) = import(&all, SEED_CATEGORIES, &to_r1()).unwrap();
    assert_eq!((told.categories_added, told.left_out), (1, vec!["gone".to_owned()]));
    let parts = &all.categories()[0].subcategories;
    assert_eq!(parts[0].groups, [all.all()[0].id]);
    assert_eq!((parts[1].name.as_str(), parts[1].groups.as_slice()), ("PON-4", &[all.all()[1].id][..]));
    // Once more changes nothing.
    let (all, told) = import(&all, SEED_GROUPS, &to_r1()).unwrap();
    assert_eq!((told.added, told.replaced, told.unchanged), (0, 0, 2));
    let (_, told) = import(&all, SEED_CATEGORIES, &to_r1()).unwrap();
    assert_eq!((told.categories_added, told.categories_replaced), (0, 0));
}

#[test]
fn both_in_one_file_are_read_too() {
    let both = format!(r#"{{"groups": {SEED_GROUPS}, "categories": {SEED_CATEGORIES}}}"#);
    let (all, told) = import(&Groups::default(), &both, &to_r1()).unwrap();
    assert_eq!((told.added, told.categories_added), (2, 1));
    assert_eq!(all.categories()[0].subcategories[0].groups, [all.all()[0].id]);
}

#[test]
fn what_is_exported_comes_back_as_it_was() {
    let (all, _) = import(&Groups::default(), SEED_GROUPS, &to_r1()).unwrap();
    let (all, _) = import(&all, SEED_CATEGORIES, &to_r1()).unwrap();
    let document = |all: &Groups| {
        let (groups, categories) = (all.all().iter(), all.categories().iter());
        serde_json::to_value(Document::new(groups.map(|one| &**one), categories.map(|one| &**one))).unwrap()
    };
    let file = document(&all).to_string();
    let (same, told) = import(&all, &file, &Reading::default()).unwrap();
    assert_eq!((told.unchanged, told.added, told.replaced), (2, 0, 0));
    assert_eq!(document(&same), document(&all));
    let (elsewhere, told) = import(&Groups::default(), &file, &Reading::default()).unwrap();
    assert_eq!((told.added, told.categories_added), (2, 1));
    let outlines = |all: &Groups| all.all().iter().map(|group| group.outline.clone()).collect::<Vec<_>>();
    assert_eq!(outlines(&elsewhere), outlines(&all));
    assert_eq!(elsewhere.categories()[0].subcategories[0].groups, [elsewhere.all()[0].id]);
}

#[test]
fn a_file_is_taken_as_a_whole_or_not_at_all() {
    let there = groups(vec![outline("there", &["ana"])]);
    let wrong = import(&there, SEED_GROUPS, &to_r1()).unwrap_err();
    let Refusal::Faults(faults) = wrong else { panic!("{wrong:?}") };
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].field.as_str(), faults[0].wrong.word()), ("groups[0].members[0]", "elsewhere"));
    let twice = r#"[{"name": "a", "accounts": ["x"]}, {"name": "A ", "accounts": ["x"]}]"#;
    let Refusal::Faults(faults) = import(&there, twice, &to_r1()).unwrap_err() else { panic!("no faults") };
    let told: Vec<_> = faults.iter().map(|fault| (fault.field.as_str(), fault.wrong.word())).collect();
    assert_eq!(told, [("groups[1].name", "taken"), ("groups[1].members[0]", "elsewhere")]);
}

#[test]
fn members_may_move_from_one_group_of_a_file_to_another() {
    let first = r#"[{"name": "a", "accounts": ["x", "y"]}, {"name": "b", "accounts": []}]"#;
    let second = r#"[{"name": "a", "accounts": ["x"]}, {"name": "b", "accounts": ["y"]}]"#;
    let (all, _) = import(&Groups::default(), first, &to_r1()).unwrap();
    let (all, told) = import(&all, second, &to_r1()).unwrap();
    assert_eq!((told.replaced, all.all()[1].outline.members.len()), (2, 1));
}

#[test]
fn what_is_no_such_file_is_told() {
    let check = |file: &str, reading: &Reading, expect: ReadingError| {
        assert_eq!(Import::read(file.as_bytes(), reading).unwrap_err(), expect, "{file}");
    };
    check("3", &to_r1(), ReadingError::Unknown);
    check(r#"{"format": "x"}"#, &to_r1(), ReadingError::Unknown);
    check(r#"{"format": "tikwatch-groups", "version": 2, "new": 1}"#, &to_r1(), ReadingError::Newer(2));
    check(r#"[{"name": "a"}]"#, &Reading::default(), ReadingError::WhichRouter);
    let two = r#"{"a": [], "b": []}"#;
    check(two, &to_r1(), ReadingError::WhichOf("a, b".to_owned()));
    let groups = r#"[{"name": "x", "router_id": "a"}, {"name": "y", "router_id": "b"}]"#;
    check(groups, &to_r1(), ReadingError::WhichOf("a, b".to_owned()));
    let of = Reading { of: Some("c".to_owned()), ..to_r1() };
    check(groups, &of, ReadingError::NoneOf("a, b".to_owned()));
    check(two, &of, ReadingError::NoneOf("a, b".to_owned()));
    let key =
        r#"{"format": "tikwatch-groups", "version": 1, "groups": [{"id": "1", "name": "a", "maximun": 3}]}"#;
    check(key, &to_r1(), ReadingError::Shape("groups[0]: unknown field `maximun`".to_owned()));
    let of = Reading { of: Some("b".to_owned()), ..to_r1() };
    assert_eq!(Import::read(groups.as_bytes(), &of).unwrap().groups.len(), 1);
    assert!(Import::read(two.as_bytes(), &of).unwrap().categories.is_empty());
    for broken in ["", "[", r#"[{"accounts": []}]"#, r#"[{"name": 3}]"#, r#"{"a": [{}]}"#] {
        let read = Import::read(broken.as_bytes(), &to_r1());
        assert!(matches!(read, Err(ReadingError::Shape(_))), "{broken}: {read:?}");
    }
    // An id of the earlier program may be a name of ours.
    let own = r#"[{"name": "a", "router_id": "r1"}]"#;
    assert_eq!(
        Import::read(own.as_bytes(), &Reading::default()).unwrap().groups[0].1.router,
        Some(router("r1"))
    );
}

#[test]
fn small_things_around_a_file_are_no_faults_and_two_groups_of_one_id_are() {
    let (all, told) = import(&Groups::default(), &format!("\u{feff}{SEED_GROUPS}"), &to_r1()).unwrap();
    assert_eq!(told.added, 2);
    assert_eq!(import(&all, "{}", &to_r1()).unwrap().1, Told::default());
    // Blanks around a name do not make a category another one each time.
    let blanks = SEED_CATEGORIES.replace("\"PON-3\"", "\" PON-3 \"");
    let (all, told) = import(&all, &blanks, &to_r1()).unwrap();
    assert_eq!((told.categories_added, told.categories_replaced), (1, 0));
    let (_, told) = import(&all, &blanks, &to_r1()).unwrap();
    assert_eq!((told.categories_added, told.categories_replaced), (0, 0));
    let same = r#"{"format": "tikwatch-groups", "version": 1, "groups": [
        {"id": "1", "router": "r1", "name": "a"}, {"id": "1", "router": "r1", "name": "b"}]}"#;
    let Refusal::Faults(faults) = import(&all, same, &Reading::default()).unwrap_err() else { panic!() };
    let told: Vec<_> = faults.iter().map(|fault| (fault.field.as_str(), fault.wrong.word())).collect();
    assert_eq!(told, [("groups[1].id", "same_id")]);
    // Each key of a group is one that a file may have.
    let written = serde_json::to_value(Document::new([&*all.all()[0].clone()], [])).unwrap();
    assert!(Import::read(written.to_string().as_bytes(), &Reading::default()).unwrap().is_ours);
}
