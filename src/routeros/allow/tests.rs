use super::*;
use crate::routeros::Command;
use proptest::prelude::*;

fn may(conduct: Conduct, path: &[u8], words: &[&[u8]]) -> bool {
    check(conduct, path, words.iter().copied()).is_ok()
}

#[track_caller]
fn passes(path: &str, words: &[&str]) {
    let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    assert!(may(Conduct::Watching, path.as_bytes(), &words), "{path} {words:?}");
    assert!(may(Conduct::Acting, path.as_bytes(), &words), "who may act may look: {path}");
}

/// Neither who looks nor who acts may say it.
#[track_caller]
fn never(path: impl AsRef<[u8]>, words: &[&str]) {
    let (path, words): (_, Vec<&[u8]>) = (path.as_ref(), words.iter().map(|word| word.as_bytes()).collect());
    for conduct in [Conduct::Watching, Conduct::Acting] {
        assert!(!may(conduct, path, &words), "{conduct:?} {} {words:?}", String::from_utf8_lossy(path));
    }
}

/// Only who acts may say it.
#[track_caller]
fn acts(path: &str, words: &[&str]) {
    let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
    assert!(may(Conduct::Acting, path.as_bytes(), &words), "{path} {words:?}");
    let refused = check(Conduct::Watching, path.as_bytes(), words.iter().copied());
    assert_eq!(refused, Err(Withheld::Changes { path: path.to_owned() }));
}

#[test]
fn looking_is_allowed() {
    passes("/ppp/active/print", &["=.proplist=.id,name", "?service=pppoe", "?#!"]);
    passes("/ip/dhcp-server/lease/print", &["=count-only="]);
    passes("/interface/6to4/print", &["=stats=", "=detail="]);
    passes("/log/listen", &["=.proplist=.id,.dead"]);
    passes("/interface/ethernet/monitor", &["=numbers=*1,*2", "=once=", "=.proplist=name"]);
    passes("/login", &["=name=admin", "=password==?/a\0\n"]);
    passes("/login", &[]);
    passes("/cancel", &["=tag=7"]);
}

#[test]
fn only_who_changed_something_says_goodbye() {
    assert!(may(Conduct::Acting, b"/quit", &[]));
    assert!(!may(Conduct::Acting, b"/quit", &[b"=x="]));
    assert!(!may(Conduct::Watching, b"/quit", &[]));
}

#[test]
fn what_is_on_no_list_is_said_by_nobody() {
    for path in [
        "/system/reboot",
        "/system/shutdown",
        "/system/reset-configuration",
        "/system/backup/save",
        "/system/script/run",
        "/tool/fetch",
        "/execute",
        "/export",
        "/import",
        "/file/remove",
        "/user/add",
        "/user/group/set",
        "/user/active/request-logout",
        "/ip/firewall/filter/add",
        "/ip/dhcp-server/lease/remove",
        "/ip/hotspot/user/set",
        "/ppp/secret/unset",
        "/ppp/profile/set",
        "/interface/disable",
        "/interface/reset-counters",
        "/interface/monitor-traffic",
        "/interface/wireless/monitor",
        "/ping",
        "/ppp/active/getall",
        "/ppp/secret/get",
        "/print",
        "/listen",
        "print",
        "",
        "/",
    ] {
        never(path, &[]);
        never(path, &["=.id=*1"]);
        never(path, &["=once="]);
    }
}

#[test]
fn a_path_is_taken_letter_for_letter() {
    for path in [
        "/ppp/active/Print",
        "/PPP/active/print",
        "/ppp/active/print/",
        "/ppp//active/print",
        "//ppp/active/print",
        "/ppp/active//print",
        "//print",
        "ppp/active/print",
        " /ppp/active/print",
        "/ppp/active/print ",
        "/ppp/active/ print",
        "/ppp active print",
        "/ppp/active/../secret/print",
        "/ppp/active/remove\n/ppp/active/print",
        "/system/reboot;/ppp/active/print",
        "/ppp/active/print\0",
        "/ppp/active/printx",
        "/ppp/active/blueprint",
        "/pрp/active/print",
        "/Interface/ethernet/monitor",
        "/interface/ethernet/monitor/",
        "/LOGIN",
        "/login/",
        "//login",
    ] {
        never(path, &["=once="]);
        never(path, &[]);
    }
    never(b"/ppp/acti\xffve/print", &[]);
    never(b"/ppp/active/print\xff", &[]);
    never(b"\xff", &[]);
}

#[test]
fn a_print_only_tells() {
    let path = "/ppp/active/print";
    for word in [
        "=file=evil",
        "=file=",
        "=file",
        "=FILE=x",
        "=append=",
        "=follow=",
        "=follow-only=",
        "=interval=1",
        "=as-value=",
        "=where=x",
        "=.id=*1",
        "=proplist=x",
        "==x",
        "=",
        "file=evil",
        ".tag=3",
        "!done",
        "/system/reboot",
        "",
    ] {
        never(path, &[word]);
        never(path, &["=.proplist=.id", word, "?name=x"]);
        never("/log/listen", &[word]);
    }
    never(path, &["=.proplist=a", "=.proplist=b"]);
    never("/login", &["=name=a", "?name=a"]);
    never("/cancel", &["=tag=1", "=.id=*1"]);
    never("/quit", &["=x="]);
}

#[test]
fn a_monitor_that_would_not_end_is_not_begun() {
    let path = "/interface/ethernet/monitor";
    for words in [
        &["=numbers=*1"][..],
        &["=numbers=*1", "=once=no"],
        &["=numbers=*1", "=once=false"],
        &["=numbers=*1", "=once=", "=once=no"],
        &["=numbers=*1", "=once"],
        &["=numbers=*1", "=interval=1"],
        &["=numbers=*1", "=once=", "=interval=1"],
        &["=numbers=*1", "=once=", "=duration=1"],
        &["=numbers=*1", "=once=", "=file=x"],
        &["=numbers=*1", "=once=", "?name=x"],
    ] {
        never(path, words);
    }
    let error = check(Conduct::Watching, path.as_bytes(), [b"=numbers=*1".as_slice()].into_iter());
    assert_eq!(error, Err(Withheld::Endless { path: path.to_owned() }));
}

#[test]
fn changes_need_a_session_that_acts() {
    for (path, attributes) in ACTS {
        if attributes == ITEM {
            acts(path, &["=.id=*1F"]);
        }
    }
    acts("/ppp/secret/set", &["=.id=*80000001", "=profile=home"]);
    acts("/ppp/secret/add", &["=name=a", "=password=b", "=service=pppoe", "=profile=c"]);
    acts("/ip/hotspot/user/add", &["=name=a", "=limit-uptime=1d", "=limit-bytes-total=5"]);
}

#[test]
fn an_act_is_about_one_row_and_no_more() {
    for id in ["*1,*2", "*", "", "1", "*1 ", "bob", "*G", "*12345678901234567", "[find]"] {
        never("/ppp/secret/remove", &[&format!("=.id={id}")]);
    }
    never("/ppp/secret/remove", &["=.id=*1", "=.id=*2"]);
    never("/ppp/secret/remove", &["=numbers=*1"]);
    never("/ppp/secret/remove", &["=.id=*1", "?name=x"]);
    never("/ppp/secret/set", &["=.id=*1", "=password=x"]);
    never("/ppp/secret/Remove", &["=.id=*1"]);
    never("/ppp/secret/remove/", &["=.id=*1"]);
}

#[test]
fn a_refusal_names_no_value() {
    let command = Command::new("/ppp/active/print").attribute("token", "s3cret");
    let error = command.encode(Conduct::Watching, None, &mut Vec::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"/ppp/active/print\" is not sent: \"token\" is no word that belongs to it"
    );
}

#[test]
fn what_is_refused_leaves_no_byte() {
    for command in [
        Command::new("/system/reboot"),
        // Without the check the empty word would end the print, and a command of its own would follow.
        Command::new("/ppp/active/print").query("").query("/system/reboot"),
        Command::new("/ppp/active/print").query("=file=x"),
        Command::new("/ppp/active/print").attribute("file=x", ""),
        Command::new("").query("/system/reboot"),
    ] {
        for conduct in [Conduct::Watching, Conduct::Acting] {
            let mut out = b"before".to_vec();
            assert!(command.encode(conduct, Some("1"), &mut out).is_err(), "{command:?}");
            assert_eq!(out, b"before");
        }
    }
}

proptest! {
    /// A model of the list that was written anew, in other words.
    #[test]
    fn a_path_that_passes_is_one_of_few(
        path in "(/[a-z]{1,3}){0,2}/(print|listen|remove|add|set|login|quit|monitor|get|[a-zA-Z/ ]{0,6})"
    ) {
        let passed = may(Conduct::Watching, path.as_bytes(), &[]);
        let parts: Vec<&str> = path.split('/').collect();
        let plain = parts.iter().skip(1).all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase()));
        let reads = 2 < parts.len() && parts.last().is_some_and(|verb| ["print", "listen"].contains(verb));
        prop_assert_eq!(passed, plain && reads || path == "/login", "{:?}", path);
    }

    #[test]
    fn no_bytes_make_it_panic(path in proptest::collection::vec(any::<u8>(), 0..40), word in proptest::collection::vec(any::<u8>(), 0..40)) {
        prop_assert!(!may(Conduct::Watching, &path, &[&word, b"=file=x"]));
    }
}
