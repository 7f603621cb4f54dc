use super::*;
use secrecy::ExposeSecret as _;
use std::time::Duration;

const FINGERPRINT: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn load(
    file: impl AsRef<[u8]>,
    dotenv: Option<&str>,
    variables: &[(&str, &str)],
) -> Result<Settings, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.json");
    std::fs::write(&path, file).unwrap();
    if let Some(text) = dotenv {
        std::fs::write(folder.path().join(".env"), text).unwrap();
    }
    let environment = variables.iter().copied().collect();
    Settings::load(&path, true, &environment)
}

/// What is wrong with a file, one line a problem.
fn check_wrong(file: impl AsRef<[u8]>, expect: &[&str]) {
    let file = file.as_ref();
    let shown = String::from_utf8_lossy(file).into_owned();
    let found: Vec<String> = match load(file, None, &[]) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems().iter().map(ToString::to_string).collect(),
    };
    assert_eq!(found, expect, "of {}", shown.get(..200).unwrap_or(&shown));
}

/// What is wrong with one key of a router that is fine otherwise.
fn check_key(key: &str, expect: &[&str]) {
    check_wrong(format!(r#"{{"routers": [{{"name": "a", "host": "h", "username": "u", {key}}}]}}"#), expect);
}

/// The routers as `name user:password@host:port`.
fn check_routers(file: &str, dotenv: &str, variables: &[(&str, &str)], expect: &[&str]) {
    let settings = load(file, Some(dotenv), variables).unwrap();
    let shown = settings.routers.iter().map(|router| {
        let password = router.password.as_ref().map_or("", |password| password.expose_secret());
        let Endpoint { host, port, .. } = &router.endpoint;
        format!("{} {}:{password}@{host}:{port}", router.name, router.username)
    });
    assert_eq!(shown.collect::<Vec<_>>(), expect, "of {file} with {dotenv:?} and {variables:?}");
}

use crate::routeros::stream::{Endpoint, Tls};

#[test]
fn backups_are_made_daily_unless_the_file_says_otherwise() {
    let backups = |file: &str| load(file, None, &[]).unwrap().backups;
    let usual = backups(r#"{"routers": []}"#);
    assert_eq!((usual.every_hours, usual.keep, usual.keep_days, usual.folder), (24, 7, 30, None));
    let given = backups(r#"{"backups": {"every_hours": 0, "keep": 2, "folder": "/mnt/b"}}"#);
    let expect = BackupSettings { every_hours: 0, keep: 2, keep_days: 30, folder: Some("/mnt/b".into()) };
    assert_eq!(given, expect);
    check_wrong(r#"{"backups": []}"#, &["backups: must be an object, not a list"]);
    check_wrong(
        r#"{"backups": {"keep": 0, "folder": "", "kept": 1}}"#,
        &[
            "backups.keep: must be 1 to 1000, not 0",
            "backups.folder: must be the path of a folder",
            "backups.kept: unknown key; there are every_hours, keep, keep_days, folder",
        ],
    );
}

#[test]
fn a_short_router_has_sensible_defaults() {
    let settings = load(r#"{"routers": [{"name": "a", "host": "h", "username": "u"}]}"#, None, &[]).unwrap();
    let router = &settings.routers[0];
    assert_eq!((router.endpoint.host.as_str(), router.endpoint.port), ("h", 8728));
    assert!(matches!(router.endpoint.tls, Tls::Off));
    assert!(router.enabled && router.password.is_none() && !router.forbid_clear_sign_in);
    assert_eq!((router.poll_every, router.deadline), (Duration::from_secs(5), Duration::from_secs(10)));
    assert_eq!(router.charset.name(), "windows-1252");
    assert_eq!((settings.listen, settings.log_level, settings.debug), (None, None, false));
}

#[test]
fn every_key_has_its_effect() {
    let file = r#"{
        "listen": "[::1]:0", "log_level": "debug",
        "routers": [{"name": "core-1", "label": "Core, north", "host": "[fe80::1%eth0]", "username": "api user",
            "password": "p=1", "tls": "verify", "ca_file": "ca.pem", "check_host_name": true,
            "code_page": "windows-1251", "enabled": false, "poll_seconds": 3600, "deadline_seconds": 120,
            "forbid_clear_sign_in": true}]
    }"#;
    let settings = load(file, None, &[]).unwrap();
    assert_eq!(settings.listen, Some("[::1]:0".parse().unwrap()));
    assert_eq!(settings.log_level, Some(tracing::Level::DEBUG));
    let router = &settings.routers[0];
    assert_eq!(router.label.as_deref(), Some("Core, north"));
    assert_eq!((router.endpoint.host.as_str(), router.endpoint.port), ("fe80::1%eth0", 8729));
    let Tls::Verify { ca_file: Some(ca_file), host_name: true } = &router.endpoint.tls else {
        panic!("{:?}", router.endpoint.tls)
    };
    assert!(ca_file.is_absolute() && ca_file.ends_with("ca.pem"), "beside the settings: {ca_file:?}");
    assert_eq!(router.charset.name(), "windows-1251");
    assert!(!router.enabled && router.forbid_clear_sign_in);
    assert_eq!((router.poll_every, router.deadline), (Duration::from_secs(3600), Duration::from_secs(120)));
}

#[test]
fn write_mode_is_off_until_somebody_turns_it_on() {
    let mode = |more: &str| {
        let file = format!(r#"{{"routers": [{{"name": "a", "host": "h", "username": "u"{more}}}]}}"#);
        load(&file, None, &[]).unwrap().routers.remove(0).write_mode
    };
    let off = mode("");
    assert!(!off.is_on && off.username.is_none() && off.password.is_none() && !off.is_locked);
    let on = mode(r#", "write_mode": true, "write_username": "w", "write_password": "s3cret""#);
    assert!(on.is_on && on.username.as_deref() == Some("w"));
    assert_eq!(on.password.as_ref().unwrap().expose_secret(), "s3cret");
    assert!(!format!("{on:?}").contains("s3cret"));
    assert!(on.is_same(&on.clone()) && !on.is_same(&off));
    assert!(!on.is_same(&mode(r#", "write_mode": true, "write_username": "w", "write_password": "other""#)));
    // Who may change something is ready before somebody turns it on.
    assert!(!mode(r#", "write_username": "w""#).is_on);
    check_key(r#""write_mode": "on""#, &["routers[0].write_mode: must be true or false, not text"]);
    check_key(
        r#""write_username": "a\nb""#,
        &["routers[0].write_username: must be one line of at most 255 bytes"],
    );
    check_key(
        r#""write_password": "s3cret""#,
        &["routers[0].write_password: has no effect unless write_username is set"],
    );
    check_key(
        r#""write_password": 1, "write_username": """#,
        &[
            "routers[0].write_password: must be text, not a number",
            "routers[0].write_username: must not be empty",
        ],
    );
}

#[test]
fn a_router_is_watched_in_the_same_way_whatever_may_be_changed_on_it() {
    let router = |more: &str| {
        let file = format!(r#"{{"routers": [{{"name": "a", "host": "h", "username": "u"{more}}}]}}"#);
        load(&file, None, &[]).unwrap().routers.remove(0)
    };
    let on = router(r#", "write_mode": true, "write_username": "w", "write_password": "x""#);
    assert!(router("").is_same(&on) && !router("").is_same(&router(r#", "password": "x""#)));
}

#[test]
fn a_pin_may_wait_for_its_fingerprint() {
    let file = |more: &str| {
        format!(r#"{{"routers": [{{"name": "a", "host": "h", "username": "u", "tls": "pin"{more}}}]}}"#)
    };
    let tls = |more: &str| load(file(more), None, &[]).unwrap().routers.remove(0).endpoint.tls;
    assert!(matches!(tls(""), Tls::Pin { fingerprint: None }));
    let given = format!(r#", "fingerprint": "{FINGERPRINT}""#);
    let Tls::Pin { fingerprint: Some(fingerprint) } = tls(&given) else { panic!("no fingerprint") };
    assert_eq!(fingerprint.to_string().replace(':', "").to_lowercase(), FINGERPRINT);
}

#[test]
fn a_file_that_is_not_json_says_where() {
    check_wrong("", &["is empty; the smallest settings are {\"routers\": []}"]);
    check_wrong("{\n  \"routers\": [}\n", &["is not valid JSON: expected value at line 2 column 15"]);
    check_wrong("{}x", &["is not valid JSON: trailing characters at line 1 column 3"]);
    check_wrong(b"{\"\xFF\"}", &["is not UTF-8 text: see byte 2"]);
    check_wrong(b"\xFF\xFE{\0", &["is UTF-16 text; save it as UTF-8"]);
    check_wrong("[".repeat(5000), &["is not valid JSON: recursion limit exceeded at line 1 column 128"]);
    check_wrong(vec![b' '; (4 << 20) + 1], &["is larger than 4 MiB"]);
    check_wrong("[]", &["must be an object, not a list"]);
}

#[test]
fn a_byte_order_mark_does_no_harm() {
    check_wrong("\u{FEFF}{\"routers\": []}", &[]);
}

#[test]
fn all_problems_are_told_at_once_with_their_paths() {
    let file = r#"{
        "routers": [
            {"name": "a b", "host": "http://example.net", "port": 0, "username": "u"},
            17,
            {"name": "c", "port": 70000, "tls": "yes", "password": 12345, "pasword": "s3cret"},
            {"name": "d", "host": "h", "username": "u"},
            {"name": "d", "host": "h", "username": "u", "enabled": "no", "host": "i"}
        ],
        "listen": "0.0.0.0:5000", "log_level": "loud", "odd key\n": 1
    }"#;
    check_wrong(
        file,
        &[
            "routers[1]: must be an object, not a number",
            "routers[4].host: is there twice",
            r#"log_level: must be "error", "warn", "info", "debug" or "trace", not "loud""#,
            r#"["odd key\n"]: unknown key; there are routers, listen, allowed_hosts, trusted_proxies, log_level, allow_loopback_routers, backups, router_ip, router_user, router_password, router_port"#,
            "routers[0].name: a router name has 1 to 64 letters, digits, `-` or `_`, not \"a b\"",
            r#"routers[0].host: must be a name or an address without scheme and port, not "http://example.net""#,
            "routers[0].port: must be 1 to 65535, not 0",
            "routers[2].host: missing",
            "routers[2].username: missing",
            "routers[2].port: must be 1 to 65535, not 70000",
            "routers[2].password: must be text, not a number",
            r#"routers[2].tls: must be "off", "verify", "pin" or "anonymous", not "yes""#,
            "routers[2].pasword: unknown key; there are name, label, host, port, username, password, tls, ca_file, check_host_name, fingerprint, code_page, enabled, poll_seconds, tables, deadline_seconds, forbid_clear_sign_in, record, write_mode, write_username, write_password",
            "routers[4].enabled: must be true or false, not text",
            r#"routers[4].name: "d" is already the name of routers[3]"#,
        ],
    );
}

#[test]
fn each_value_is_checked() {
    check_key(r#""port": "8728""#, &[r#"routers[0].port: must be 1 to 65535, not the text "8728""#]);
    check_key(r#""port": 87.5"#, &["routers[0].port: must be 1 to 65535, not 87.5"]);
    check_key(r#""port": -1"#, &["routers[0].port: must be 1 to 65535, not -1"]);
    check_key(r#""poll_seconds": 0"#, &["routers[0].poll_seconds: must be 1 to 3600, not 0"]);
    check_key(r#""deadline_seconds": 121"#, &["routers[0].deadline_seconds: must be 1 to 120, not 121"]);
    check_key(r#""label": """#, &["routers[0].label: must not be empty"]);
    check_key(r#""label": "a\nb""#, &["routers[0].label: must be one line of at most 100 bytes"]);
    check_key(r#""label": null"#, &["routers[0].label: must be text, not null (leave the key out instead)"]);
    check_key(
        r#""code_page": "klingon""#,
        &[r#"routers[0].code_page: unknown code page "klingon"; try windows-1252"#],
    );
    check_key(
        r#""tls": "pin", "fingerprint": "12:34""#,
        &[r#"routers[0].fingerprint: must be 64 hexadecimal digits (SHA-256), not "12:34""#],
    );
    check_key(r#""ca_file": "x.pem""#, &["routers[0].ca_file: has no effect unless tls is \"verify\""]);
    check_key(
        &format!(r#""tls": "verify", "fingerprint": "{FINGERPRINT}""#),
        &["routers[0].fingerprint: has no effect unless tls is \"pin\""],
    );
    check_key(r#""check_host_name": false"#, &[]);
    check_wrong(r#"{"routers": {}}"#, &["routers: must be a list, not an object"]);
    check_wrong(r#"{"routers": [], "routers": []}"#, &["routers: is there twice"]);
    check_wrong(
        r#"{"listen": "5000"}"#,
        &["listen: must be an address and a port such as 127.0.0.1:5000, not \"5000\""],
    );
}

#[test]
fn hosts_are_names_or_addresses() {
    for good in
        ["192.0.2.1", "router.example.net", "fe80::1", "[2001:db8::1]", "fe80::1%ether1", "under_score"]
    {
        assert!(router::host(good).is_ok(), "{good}");
    }
    for bad in ["", " ", "a b", "h:8728", "[h]", "http://example.net", "h/", "::1%", "é", "a\nb"] {
        assert!(router::host(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn the_first_versions_keys_make_a_router() {
    let flat = r#""router_ip": "192.0.2.1", "router_user": "u", "router_password": "p", "router_port": 8000"#;
    check_routers(&format!("{{{flat}}}"), "", &[], &["router1 u:p@192.0.2.1:8000"]);
    check_routers(
        &format!(r#"{{"routers": [{{"name": "a", "host": "192.0.2.1", "username": "me"}}], {flat}}}"#),
        "",
        &[],
        &["a me:p@192.0.2.1:8000"],
    );
    check_routers(
        &format!(r#"{{"routers": [{{"name": "a", "host": "h", "username": "me"}}], {flat}}}"#),
        "",
        &[],
        &["a me:@h:8728", "router1 u:p@192.0.2.1:8000"],
    );
    check_wrong(
        r#"{"router_port": 99999, "router_ip": ""}"#,
        &[
            "router_user: missing",
            r#"router_ip: must be a name or an address without scheme and port, not """#,
            "router_port: must be 1 to 65535, not 99999",
        ],
    );
}

#[test]
fn the_environment_beats_dotenv_which_beats_the_file() {
    let one = r#"{"routers": [{"name": "a", "host": "h", "username": "u", "password": "p"}]}"#;
    let dotenv = "MIKROTIK_USER=dot\nMIKROTIK_PASSWORD='dot # $x'\nMIKROTIK_PORT=8000 # comment\nOTHER=1\n";
    check_routers(one, "", &[], &["a u:p@h:8728"]);
    check_routers(one, dotenv, &[], &["a dot:dot # $x@h:8000"]);
    check_routers(one, dotenv, &[("MIKROTIK_USER", "real")], &["a real:dot # $x@h:8000"]);
    check_routers(one, dotenv, &[("MIKROTIK_USER", "")], &["a dot:dot # $x@h:8000"]);
    check_routers(one, dotenv, &[("MIKROTIK_HOST", "h")], &["a dot:dot # $x@h:8000"]);
    check_routers(one, dotenv, &[("MIKROTIK_HOST", "i")], &["a u:p@h:8728", "router1 dot:dot # $x@i:8000"]);
}

#[test]
fn variables_find_the_router_that_they_mean() {
    let variables = [("MIKROTIK_HOST", "h"), ("MIKROTIK_USER", "v"), ("MIKROTIK_PORT", "8729 # tls")];
    check_routers("{}", "", &variables, &["router1 v:@h:8729"]);
    let two = r#"{"routers": [{"name": "a", "host": "h", "username": "u"},
        {"name": "b", "host": "h", "username": "u", "port": 8729}]}"#;
    check_routers(two, "", &variables, &["a u:@h:8728", "b v:@h:8729"]);
    check_routers(two, "", &variables[..2], &["a v:@h:8728", "b u:@h:8729"]);
    let flat = r#"{"router_ip": "x", "router_user": "u"}"#;
    check_routers(flat, "", &variables, &["router1 v:@h:8729"]);
    let found = load(two, None, &[("MIKROTIK_PASSWORD", "s3cret")]).unwrap_err();
    assert_eq!(
        found.problems()[0].to_string(),
        "MIKROTIK_PASSWORD: which router is meant? set MIKROTIK_HOST to its host, or unset this"
    );
}

#[test]
fn a_password_alone_makes_no_router() {
    let settings = load("{}", None, &[("MIKROTIK_PASSWORD", "s3cret")]).unwrap();
    assert!(settings.routers.is_empty());
    assert_eq!(settings.notes, ["MIKROTIK_PASSWORD has no effect without MIKROTIK_HOST"]);
}

#[test]
fn wrong_variables_are_named() {
    let variables = [("MIKROTIK_HOST", "h"), ("MIKROTIK_PORT", "api")];
    let error = load("{}", Some("FINE=1\n\nMIKROTIK_PASSWORD=s3 cret\n"), &variables).unwrap_err();
    let found: Vec<_> = error.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            ".env: line 3 cannot be read; write NAME='value', with quotes around spaces, `#` and `$`",
            "MIKROTIK_USER: missing",
            r#"MIKROTIK_PORT: must be 1 to 65535, not the text "api""#,
        ]
    );
    assert!(!format!("{error}{error:?}").contains("cret"));
}

#[test]
fn debug_is_asked_for_by_a_variable() {
    let check = |value: &str, debug: bool, notes: usize| {
        let settings = load("{}", Some(&format!("DEBUG={value}\n")), &[]).unwrap();
        assert_eq!((settings.debug, settings.notes.len()), (debug, notes), "{value}");
    };
    for value in ["True", "true", "1", "on"] {
        check(value, true, 0);
    }
    for value in ["False", "0", ""] {
        check(value, false, 0);
    }
    check("express:*", false, 1);
    let settings = load("{}", Some("TIKWATCH_LOG=warn\n"), &[]).unwrap();
    assert_eq!(settings.log_filter.as_deref(), Some("warn"));
}

#[test]
fn only_a_file_that_was_named_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.json");
    let settings = Settings::load(&path, false, &Environment::default()).unwrap();
    assert_eq!((settings.routers.len(), settings.notes.len()), (0, 1));
    let error = Settings::load(&path, true, &Environment::default()).unwrap_err();
    assert_eq!(error.problems()[0].wrong.to_string(), "there is no such file");
    let error = Settings::load(folder.path(), true, &Environment::default()).unwrap_err();
    assert!(error.problems()[0].wrong.to_string().starts_with("cannot be read: "), "{error}");
}

#[test]
fn the_error_has_a_line_for_each_problem() {
    let error = load(r#"{"a": 1, "b": 2}"#, None, &[]).unwrap_err();
    let text = error.to_string();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.lines().nth(1).unwrap().starts_with("  a: unknown key"), "{text}");
    let many =
        load(format!("[{}]", "1,".repeat(99) + "1").replacen('[', "{\"routers\": [", 1) + "}", None, &[]);
    let text = many.unwrap_err().to_string();
    assert!(text.ends_with("\n  and 50 more"), "{text}");
}

#[test]
fn no_secret_shows_in_debug_output() {
    let variables = [("MIKROTIK_PASSWORD", "s3cret")];
    let file = r#"{"routers": [{"name": "a", "host": "h", "username": "u", "password": "s3cret"}]}"#;
    let settings = load(file, None, &variables).unwrap();
    let environment: Environment = variables.into_iter().collect();
    assert!(!format!("{settings:?}{environment:?}").contains("s3cret"));
}
