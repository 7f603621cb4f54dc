use super::*;
use crate::domain::configuration::Draft;
use serde_json::json;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("settings.json"), text).unwrap();
        Self(folder)
    }

    fn file(&self, variables: &[(&str, &str)]) -> SettingsFile {
        SettingsFile::new(&self.0.path().join("settings.json"), variables.iter().copied().collect())
    }
}

fn draft(values: &Value) -> Draft {
    Draft { values: values.as_object().unwrap().clone(), ..Draft::default() }
}

fn set(name: &str, values: &Value) -> Change {
    Change::SetRouter { name: name.parse().unwrap(), draft: draft(values) }
}

fn check(text: &str, change: &Change, expect: &str) {
    let folder = Folder::new(text);
    let file = folder.file(&[]);
    let changed = file.change(&file.read().unwrap(), change).unwrap();
    let expect: Value = serde_json::from_str(expect).unwrap();
    assert_eq!(changed.text, format!("{}\n", serde_json::to_string_pretty(&expect).unwrap()));
}

const TWO: &str = r#"{"log_level": "info", "routers": [
    {"name": "a", "host": "192.0.2.1", "username": "u", "port": 9000}, {"name": "b", "host": "192.0.2.2", "username": "u"}
]}"#;

#[test]
fn keys_are_changed_where_they_stand_and_others_stay() {
    check(
        TWO,
        &set("a", &json!({ "host": "192.0.2.9", "port": null, "label": "L" })),
        r#"{"log_level": "info", "routers": [
            {"name": "a", "host": "192.0.2.9", "username": "u", "label": "L"},
            {"name": "b", "host": "192.0.2.2", "username": "u"}
        ]}"#,
    );
    check(
        TWO,
        &Change::MoveRouter { name: "b".parse().unwrap(), up: true },
        r#"{"log_level": "info", "routers": [
            {"name": "b", "host": "192.0.2.2", "username": "u"},
            {"name": "a", "host": "192.0.2.1", "username": "u", "port": 9000}
        ]}"#,
    );
}

#[test]
fn a_router_of_the_flat_keys_is_changed_like_any_other() {
    check(
        r#"{"router_ip": "192.0.2.1", "router_user": "u", "router_password": "canary", "router_port": 9000}"#,
        &set("router1", &json!({ "label": "L" })),
        r#"{"routers": [{"name": "router1", "host": "192.0.2.1", "username": "u", "port": 9000, "label": "L"}]}"#,
    );
}

#[test]
fn a_password_that_was_written_by_hand_is_not_written_again() {
    let folder = Folder::new(&TWO.replace("\"port\": 9000", "\"password\": \"canary\""));
    let file = folder.file(&[]);
    let kept = |place: &Place| matches!(place, Place::Settings(_));
    // It comes back to be sealed, whichever router is changed.
    for name in ["a", "b"] {
        let changed = file.change(&file.read().unwrap(), &set(name, &json!({ "label": "L" }))).unwrap();
        assert!(!changed.text.contains("canary"), "{}", changed.text);
        assert!(changed.settings.routers[0].written.iter().any(|written| kept(&written.place)));
    }
}

#[test]
fn the_password_for_changes_is_not_written_again_and_goes_with_its_user() {
    let own =
        r#""write_mode": true, "write_username": "w", "write_password": "canary-w", "password": "canary""#;
    let folder = Folder::new(&TWO.replace("\"port\": 9000", own));
    let file = folder.file(&[]);
    let written = file.read().unwrap();
    let entry = &file.routers(&written)[0];
    assert_eq!((entry.write_password, entry.password), (Password::Kept, Password::Kept));
    assert!(entry.is_write_mode_on() && !format!("{entry:?}").contains("canary"), "{entry:?}");
    let changed = file.change(&written, &set("b", &json!({ "label": "L" }))).unwrap();
    assert!(!changed.text.contains("canary") && changed.text.contains("\"w\""), "{}", changed.text);
    assert_eq!(changed.settings.routers[0].all_written().count(), 2);
    let without = file.change(&written, &set("a", &json!({ "write_username": null }))).unwrap();
    let router = &without.settings.routers[0];
    assert!(router.write_mode.is_on && router.write_mode.written.is_empty() && router.written.len() == 1);
    let backup = std::fs::read(file.path()).unwrap();
    assert!(!file.without_passwords(&backup).unwrap().contains("canary"));
}

#[test]
fn what_is_wrong_is_told_by_the_keys_of_the_router() {
    let folder = Folder::new(TWO);
    let file = folder.file(&[]);
    let refused = |change: &Change| match file.change(&file.read().unwrap(), change) {
        Err(Refusal::Faults(faults)) => faults.into_iter().map(|fault| fault.field).collect::<Vec<_>>(),
        Err(other) => vec![other.to_string()],
        Ok(changed) => panic!("{}", changed.text),
    };
    assert_eq!(refused(&set("b", &json!({ "port": 0, "tls": "x" }))), ["port", "tls"]);
    assert_eq!(refused(&Change::AddRouter(draft(&json!({ "name": "a" })))), ["host", "username"]);
    let again = json!({ "name": "a", "host": "192.0.2.3", "username": "u" });
    assert_eq!(refused(&Change::AddRouter(draft(&again))), ["name"]);
    assert_eq!(refused(&set("c", &json!({}))), ["there is no such router in the settings"]);
    let general = json!({ "log_level": "loud", "allowed_hosts": [1] });
    let change = Change::SetGeneral(general.as_object().unwrap().clone());
    assert_eq!(refused(&change), ["allowed_hosts[0]", "log_level"]);
}

#[test]
fn what_the_environment_decides_is_left_alone() {
    let folder = Folder::new(TWO);
    let file = folder.file(&[("MIKROTIK_HOST", "192.0.2.2"), ("MIKROTIK_USER", "env")]);
    let written = file.read().unwrap();
    let entries = file.routers(&written);
    assert_eq!((entries[1].text("username"), entries[1].fixed.len()), ("env", 2));
    let changed = file.change(&written, &set("b", &json!({ "username": "x", "label": "L" }))).unwrap();
    assert!(!changed.text.contains("\"x\"") && changed.text.contains("\"L\""), "{}", changed.text);
    let own = folder.file(&[("MIKROTIK_HOST", "192.0.2.7"), ("MIKROTIK_USER", "env")]);
    let refused = own.change(&own.read().unwrap(), &Change::RemoveRouter("router1".parse().unwrap())).err();
    assert_eq!(refused, Some(Refusal::Environment));
}

#[test]
fn the_password_of_the_environment_does_not_go_to_another_router() {
    let folder = Folder::new(
        r#"{"routers": [{"name": "a", "host": "192.0.2.1", "username": "u"},
            {"name": "b", "host": "192.0.2.1", "username": "u", "port": 9000}]}"#,
    );
    let variables = [("MIKROTIK_HOST", "192.0.2.1"), ("MIKROTIK_PASSWORD", "canary")];
    let file = folder.file(&variables);
    let written = file.read().unwrap();
    let remove = |name: &str| Change::RemoveRouter(name.parse().unwrap());
    match file.change(&written, &remove("a")) {
        Err(Refusal::Faults(faults)) => assert_eq!(faults[0].field, "MIKROTIK_PORT"),
        other => panic!("{:?}", other.map(|changed| changed.text)),
    }
    assert!(file.change(&written, &remove("b")).is_ok());
    // With the port it leads where it led before.
    let file = folder.file(&[variables[0], variables[1], ("MIKROTIK_PORT", "8728")]);
    assert!(file.change(&file.read().unwrap(), &remove("a")).is_ok());
}

#[test]
fn only_this_machine_may_be_listened_to_without_tls() {
    let folder = Folder::new(TWO);
    let general = json!({ "listen": "0.0.0.0:5000" });
    let change = Change::SetGeneral(general.as_object().unwrap().clone());
    let file = folder.file(&[]);
    assert!(file.change(&file.read().unwrap(), &change).is_ok());
    let file = file.loopback_only(true);
    match file.change(&file.read().unwrap(), &change) {
        Err(Refusal::Faults(faults)) => assert_eq!(faults[0].field, "listen"),
        other => panic!("{:?}", other.map(|changed| changed.text)),
    }
}

#[test]
fn another_text_is_another_version_and_no_file_is_none() {
    let folder = Folder::new(TWO);
    let file = folder.file(&[]);
    let first = file.read().unwrap().version;
    std::fs::write(file.path(), TWO.replace("info", "warn")).unwrap();
    let second = file.read().unwrap().version;
    assert!(first != second && first.max(second) < 1 << 53, "{first}, {second}");
    std::fs::remove_file(file.path()).unwrap();
    assert_eq!(file.read().unwrap().version, 0);
    std::fs::write(file.path(), "{").unwrap();
    assert!(matches!(file.read().err(), Some(Refusal::Unreadable(_))));
}

#[test]
fn what_keeps_a_file_from_being_used_is_told_by_its_places() {
    let check = |text: &str, expect: &[(&str, &str)]| {
        let folder = Folder::new(text);
        let refusal = folder.file(&[]).read().err().unwrap();
        let faults = refusal.of_file();
        let told: Vec<_> =
            faults.iter().map(|fault| (fault.field.as_str(), fault.wrong.told().word)).collect();
        assert_eq!((told.as_slice(), refusal.word()), (expect, Some("unreadable")), "{refusal}");
    };
    check("{\n\"routers\": [", &[("", "json_cut_off")]);
    check("", &[("", "empty_file")]);
    check("[]", &[("", "not_object")]);
    check("{\"routers\": 3}", &[("routers", "not_list")]);
    check(
        "{\"routers\": [{\"name\": \"x\", \"port\": 0, \"username\": \"u\"}]}",
        &[("routers[0].host", "missing"), ("routers[0].port", "out_of_range")],
    );
}
