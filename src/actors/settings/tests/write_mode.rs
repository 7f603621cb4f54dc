//! The password of the user who may change something: to whom it goes, and when it is forgotten.

use super::*;
use serde_json::json;

fn set(name: &str, values: &Value, write_password: Option<&str>) -> Change {
    let values = values.as_object().unwrap().clone();
    let write_password = write_password.map(SecretString::from);
    Change::SetRouter { name: name.parse().unwrap(), draft: Draft { values, password: None, write_password } }
}

fn add(values: &Value) -> Change {
    Change::AddRouter(Draft { values: values.as_object().unwrap().clone(), ..Draft::default() })
}

/// What is wrong with a change, as fields.
fn faults(refused: Result<Vec<RouterSettings>, Refusal>) -> Vec<String> {
    match refused {
        Err(Refusal::Faults(faults)) => faults.into_iter().map(|fault| fault.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[actix::test]
async fn both_passwords_are_asked_for_again_before_they_go_elsewhere() {
    let house = House::new();
    let keeper = house.keeper((0, false));
    for elsewhere in [json!({ "host": "192.0.2.9" }), json!({ "port": 9000 }), json!({ "tls": "anonymous" })]
    {
        let refused = make(&keeper, &set("a", &elsewhere, None));
        assert_eq!(faults(refused), ["password", "write_password"], "{elsewhere}");
        let one = Draft { write_password: None, ..draft("192.0.2.9", Some("new-a")) };
        let refused = make(&keeper, &Change::SetRouter { name: "a".parse().unwrap(), draft: one });
        assert_eq!(faults(refused), ["write_password"]);
        let tested = Draft { values: elsewhere.as_object().unwrap().clone(), ..Draft::default() };
        let refused = keeper.to_test(Some(&"a".parse().unwrap()), &tested, &by()).map(|_| Vec::new());
        assert_eq!(faults(refused), ["password", "write_password"], "{elsewhere}");
    }
    assert_eq!((house.passwords(), house.text().as_str()), (OLD.map(str::to_owned).to_vec(), SETTINGS));
    // Whoever takes the user out has nothing that would go anywhere.
    let mut moved = draft("192.0.2.9", Some("new-a"));
    moved.values.insert("write_username".to_owned(), Value::Null);
    make(&keeper, &Change::SetRouter { name: "a".parse().unwrap(), draft: moved }).unwrap();
    assert_eq!(house.passwords(), ["new-a", "old-b", "none", "none"]);
}

#[actix::test]
async fn a_password_for_changes_is_kept_with_its_user_and_used() {
    let house = House::new();
    let keeper = house.keeper((0, false));
    let routers = make(&keeper, &set("a", &json!({ "write_mode": true }), Some("new-w"))).unwrap();
    let mode = &routers[0].write_mode;
    assert!(mode.is_on && mode.username.as_deref() == Some("w"));
    assert_eq!(mode.password.as_ref().unwrap().expose_secret(), "new-w");
    assert!(!house.text().contains("new-w"), "{}", house.text());
    let known = keeper.read().unwrap().routers;
    let told = |at: usize| (known[at].password.word(), known[at].write_password.word());
    assert_eq!((told(0), told(1)), (("kept", "kept"), ("kept", "none")));
    // It stays as it is with all other changes; only what is another is in the audit log.
    make(&keeper, &set("a", &json!({ "label": "L", "write_mode": true }), None)).unwrap();
    make(&keeper, &set("b", &json!({ "write_mode": false, "label": "M" }), None)).unwrap();
    make(&keeper, &set("a", &json!({ "write_mode": null }), None)).unwrap();
    assert_eq!(house.kept(&write_id("a")), "new-w");
    let mut entries = house.entries("router.change");
    entries.sort_unstable();
    assert_eq!(
        entries,
        ["a (label)", "a (write_mode off)", "a (write_mode on, write_password)", "b (label)"]
    );
    make(&keeper, &add(&json!({ "name": "c", "host": "192.0.2.3", "username": "u", "write_mode": true })))
        .unwrap();
    assert_eq!(house.entries("router.add"), ["c (write_mode on)"]);
}

#[actix::test]
async fn a_password_for_changes_is_forgotten_with_its_user_or_its_router() {
    let house = House::new();
    let keeper = house.keeper((0, false));
    make(&keeper, &set("a", &json!({ "write_username": null }), None)).unwrap();
    assert_eq!(house.passwords(), ["old-a", "old-b", "none", "none"]);
    make(&keeper, &set("a", &json!({ "write_username": "w" }), Some("again"))).unwrap();
    assert_eq!(house.kept(&write_id("a")), "again");
    make(&keeper, &set("a", &json!({ "label": "L" }), Some(""))).unwrap();
    assert_eq!(house.kept(&write_id("a")), "none", "an empty one is none");
    make(&keeper, &set("a", &json!({ "label": "M" }), Some("again"))).unwrap();
    make(&keeper, &Change::RemoveRouter("a".parse().unwrap())).unwrap();
    assert_eq!(house.passwords(), ["none", "old-b", "none", "none"]);
    // What may be left over of another time goes to nobody.
    for name in ["b", "c"] {
        house.vault.keep(&write_id(name), &SecretString::from("stale")).unwrap();
    }
    let known = keeper.read().unwrap();
    assert_eq!(known.router("b").unwrap().write_password, crate::domain::configuration::Password::None);
    let own = json!({ "name": "c", "host": "192.0.2.3", "username": "u", "write_username": "w" });
    let routers = make(&keeper, &add(&own)).unwrap();
    assert!(routers.iter().all(|router| router.write_mode.password.is_none()));
    assert_eq!(
        (house.kept(&write_id("b")), house.kept(&write_id("c"))),
        ("none".to_owned(), "none".to_owned())
    );
    house.vault.keep(&write_id("b"), &SecretString::from("stale")).unwrap();
    let routers = make(&keeper, &set("b", &json!({ "write_username": "w" }), None)).unwrap();
    assert!(routers.iter().all(|router| router.write_mode.password.is_none()));
    assert_eq!(house.kept(&write_id("b")), "none");
}

#[actix::test]
async fn a_password_of_nobody_is_refused() {
    let house = House::new();
    let keeper = house.keeper((0, false));
    assert_eq!(faults(make(&keeper, &set("b", &json!({}), Some("x")))), ["write_password"]);
    let gone = set("a", &json!({ "write_username": null }), Some("x"));
    assert_eq!(faults(make(&keeper, &gone)), ["write_password"]);
    assert_eq!(house.passwords(), OLD);
}

#[actix::test]
async fn a_test_signs_in_as_who_would_change_something() {
    let house = House::new();
    let keeper = house.keeper((0, false));
    let name: RouterName = "a".parse().unwrap();
    let options = |values: Value, write_password: Option<&str>| {
        let values = values.as_object().unwrap().clone();
        let write_password = write_password.map(SecretString::from);
        let draft = Draft { values, password: None, write_password };
        let options = keeper.to_test(Some(&name), &draft, &by()).unwrap();
        keeper.testing.lock().unwrap().clear();
        options.writing
    };
    assert!(matches!(options(json!({}), None), Writing::Off));
    let on = json!({ "write_mode": true });
    let secret = |writing| match writing {
        Writing::As { username, password } => format!("{username}:{}", password.expose_secret()),
        other => format!("{other:?}"),
    };
    assert_eq!(secret(options(on.clone(), None)), "w:old-w");
    assert_eq!(secret(options(on, Some("typed"))), "w:typed");
    let ordinary = json!({ "write_mode": true, "write_username": null });
    assert_eq!(secret(options(ordinary, None)), "AsWatcher");
    let object = "192.0.2.1:8728 as \"u\"";
    let expect = [
        object.to_owned(),
        format!("{object} and as \"w\""),
        format!("{object} and as \"w\""),
        object.to_owned(),
    ];
    let mut entries = house.entries("router.test");
    entries.sort_unstable();
    let mut expect = expect.to_vec();
    expect.sort_unstable();
    assert_eq!(entries, expect);
}
