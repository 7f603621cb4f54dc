use super::*;
use crate::domain::wrong::Wrong;
use serde_json::json;

fn entry(name: &str, values: &Value, password: Password) -> RouterEntry {
    let values = values.as_object().unwrap().clone();
    let (name, write_password, fixed) = (name.to_owned(), Password::None, Vec::new());
    RouterEntry { name, values, password, write_password, fixed, is_from_environment: false }
}

fn now(routers: Vec<RouterEntry>) -> Configuration {
    Configuration {
        version: 1,
        file: String::new(),
        obstacle: None,
        routers,
        general: Map::new(),
        overrides: Vec::new(),
        own_address: None,
    }
}

fn seed(id: &str, more: &Value) -> Value {
    let mut router = json!({ "id": id, "name": "Main Router", "description": "", "host": "192.0.2.1",
        "username": "admin", "password": "canary", "port": 8728, "use_ssl": false, "enabled": true,
        "created_at": "2025-07-10T11:22:33.123456", "last_connection": null, "connection_status": "unknown" });
    for (key, value) in more.as_object().unwrap() {
        router[key] = value.clone();
    }
    router
}

fn plan(file: &Value, routers: Vec<RouterEntry>) -> Result<Plan, Vec<Fault>> {
    Plan::new(file.to_string().as_bytes(), &now(routers))
}

#[test]
fn a_router_that_is_not_there_is_added_under_its_id() {
    let file = json!([
        seed("router_001", &json!({})),
        seed(
            "router_002",
            &json!({ "host": "192.0.2.2", "use_ssl": true, "port": "8729", "enabled": false, "name": "" })
        ),
    ]);
    let plan = plan(&file, Vec::new()).unwrap();
    assert_eq!((plan.count("added"), plan.lines[1].tls, plan.lines[1].enabled), (2, true, false));
    let Some(Change::Several(changes)) = plan.change() else { panic!("nothing to do") };
    let drafts: Vec<&Draft> = changes
        .iter()
        .map(|change| match change {
            Change::AddRouter(draft) => draft,
            other => panic!("{other:?}"),
        })
        .collect();
    let expect =
        json!({ "name": "router_001", "label": "Main Router", "host": "192.0.2.1", "username": "admin" });
    assert_eq!(Value::from(drafts[0].values.clone()), expect);
    let expect = json!({ "name": "router_002", "host": "192.0.2.2", "username": "admin", "tls": "pin", "enabled": false });
    assert_eq!(Value::from(drafts[1].values.clone()), expect);
    assert!(drafts[0].password.is_some());
    assert!(!format!("{plan:?}").contains("canary"), "a secret tells itself to nobody");
}

#[test]
fn a_router_that_is_there_is_changed_as_little_as_can_be_and_never_made_less_safe() {
    let file = json!([seed("r", &json!({}))]);
    let check = |values: Value, password: Password, expect: Deed| {
        let plan = plan(&file, vec![entry("r", &values, password)]).unwrap();
        assert_eq!(plan.lines[0].deed, expect, "{values}");
        assert_eq!(plan.change().is_some(), matches!(expect, Deed::Change(_)));
    };
    let keys = |keys: &[&str]| Deed::Change(keys.iter().map(|key| (*key).to_owned()).collect());
    let same = json!({ "label": "Main Router", "host": "192.0.2.1", "username": "admin" });
    check(same.clone(), Password::Kept, Deed::Unchanged);
    check(same.clone(), Password::None, keys(&["password"]));
    let with = |key: &str, value: Value| {
        let mut values = same.clone();
        values[key] = value;
        values
    };
    check(with("label", json!("other")), Password::Kept, keys(&["label"]));
    check(with("host", json!("192.0.2.9")), Password::Kept, keys(&["host", "password"]));
    check(with("port", json!(8730)), Password::Kept, keys(&["port", "password"]));
    check(with("enabled", json!(false)), Password::Kept, Deed::Unchanged);
    check(with("tls", json!("verify")), Password::Kept, Deed::Skip(Why::HasTls));
    // Of the two passwords that would go elsewhere the file has one.
    let mut writes = entry("r", &with("host", json!("192.0.2.9")), Password::Kept);
    writes.write_password = Password::Kept;
    assert_eq!(plan(&file, vec![writes]).unwrap().lines[0].deed, Deed::Skip(Why::WriteMode));
    let mut writes = entry("r", &with("label", json!("other")), Password::Kept);
    writes.write_password = Password::Kept;
    assert_eq!(plan(&file, vec![writes]).unwrap().lines[0].deed, keys(&["label"]));
    let mut fixed = entry("r", &with("host", json!("192.0.2.9")), Password::Environment);
    fixed.fixed = vec!["host".to_owned(), "password".to_owned()];
    assert_eq!(plan(&file, vec![fixed.clone()]).unwrap().lines[0].deed, Deed::Unchanged);
    fixed.is_from_environment = true;
    assert_eq!(plan(&file, vec![fixed]).unwrap().lines[0].deed, Deed::Skip(Why::Environment));
    let elsewhere = plan(&file, vec![entry("core", &same, Password::Kept)]).unwrap();
    assert_eq!(elsewhere.lines[0].deed, Deed::Skip(Why::SameAddress("core".to_owned())));
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_without_secrets() {
    let check = |file: &[u8], expect: &[(&str, &str)]| {
        let faults = Plan::new(file, &now(Vec::new())).unwrap_err();
        assert_eq!(faults.len(), expect.len(), "{faults:?}");
        for (fault, (field, says)) in faults.iter().zip(expect) {
            assert!(
                fault.field == *field && fault.wrong.to_string().contains(says),
                "{fault:?}, not {field}: {says}"
            );
        }
        assert!(!format!("{faults:?}").contains("canary"), "{faults:?}");
    };
    check(b"", &[("", "no whole JSON")]);
    check(b"[{\"password\": \"canary", &[("", "no whole JSON")]);
    check(b"\xff\xfe", &[("", "no whole JSON")]);
    check("[".repeat(100_000).as_bytes(), &[("", "no whole JSON")]);
    check(b"{}", &[("", "no list of routers")]);
    check(
        b"[7, {}]",
        &[
            ("[0]", "is no router"),
            ("[1].id", "not \"\""),
            ("[1].host", "is missing"),
            ("[1].username", "is missing"),
        ],
    );
    let wrong = json!([seed("a b", &json!({ "host": "", "port": 70000, "password": 5, "use_ssl": "yes" }))]);
    check(
        wrong.to_string().as_bytes(),
        &[
            ("[0].id", "not \"a b\""),
            ("[0].host", "is empty"),
            ("[0].port", "1 to 65535"),
            ("[0].password", "must be text"),
            ("[0].use_ssl", "true or false"),
        ],
    );
    let twice =
        json!([seed("a", &json!({})), seed("a", &json!({})), seed("b", &json!({ "host": "192.0.2.1" }))]);
    check(twice.to_string().as_bytes(), &[("[1].id", "at [0]"), ("[2].host", "of [0]")]);
    let many: Vec<Value> = (0..=MOST).map(|n| json!({ "id": n.to_string() })).collect();
    check(json!(many).to_string().as_bytes(), &[("", "cut it in two")]);
    let bom = [b"\xef\xbb\xbf".as_slice(), b"[]"].concat();
    assert!(Plan::new(&bom, &now(Vec::new())).unwrap().change().is_none());
}

#[test]
fn faults_of_the_settings_are_told_by_the_places_and_keys_of_the_file() {
    let there = entry(
        "r",
        &json!({ "label": "Main Router", "host": "192.0.2.1", "username": "admin" }),
        Password::Kept,
    );
    let file = json!([seed("r", &json!({})), seed("new", &json!({ "host": "192.0.2.2" }))]);
    let plan = plan(&file, vec![there]).unwrap();
    let faults =
        plan.faults(vec![Fault::new("changes[0].name", Wrong::Empty), Fault::new("listen", Wrong::Missing)]);
    assert_eq!(
        (faults[0].field.as_str(), faults[0].wrong.to_string()),
        ("[1].id", "must not be empty: correct it in the file".to_owned())
    );
    assert_eq!(faults[1], Fault::new("listen", Wrong::Missing));
}
