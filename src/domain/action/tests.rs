//! Each action in words, on screen and back; what people may enter; what refusals mean.

use super::*;
use crate::domain::dhcp::Lease;
use crate::domain::hotspot::{HotspotActive, HotspotUser};
use crate::domain::id::ItemId;
use crate::domain::ppp::{Account, ActiveSession};
use crate::routeros::{Command, Conduct, Withheld};
use secrecy::SecretString;
use std::collections::BTreeSet;
use std::time::Duration;

const PASSWORD: &str = "s3cret \"$x\"";

fn id(text: &str) -> ItemId {
    ItemId::read(text.as_bytes())
}

fn account() -> Account {
    Account {
        id: id("*5"),
        name: "bob".into(),
        service: "pppoe".into(),
        profile: "home-30M".into(),
        comment: "pays late".into(),
        ..Account::default()
    }
}

fn session() -> ActiveSession {
    ActiveSession {
        id: id("*80000001"),
        name: "bob".into(),
        service: "pppoe".into(),
        caller_id: "D4:CA:6D:00:00:01".into(),
        address: "100.64.0.9".into(),
        uptime: Some(Duration::from_secs(100)),
        ..ActiveSession::default()
    }
}

fn guest() -> HotspotActive {
    HotspotActive {
        id: id("*C0A80A08"),
        user: "room <101>".into(),
        mac_address: "D4:CA:6D:00:00:02".into(),
        uptime: Some(Duration::from_secs(5)),
        ..HotspotActive::default()
    }
}

fn profile(name: &str) -> ProfileName {
    ProfileName::among(name, [name]).unwrap()
}

fn password() -> Password {
    Password::of_account(SecretString::from(PASSWORD)).unwrap()
}

fn new_account() -> NewAccount {
    NewAccount {
        name: Name::parse("ana maria").unwrap(),
        password: password(),
        service: Service::Pppoe,
        profile: profile("home"),
        comment: Comment::default(),
    }
}

fn new_guest() -> NewHotspotUser {
    NewHotspotUser {
        name: Name::parse("v1").unwrap(),
        password: password(),
        profile: profile("default"),
        uptime: Some(Uptime::new(Duration::from_secs(86_400)).unwrap()),
        volume: Some(Volume::new(5_000_000).unwrap()),
        comment: Comment::parse("desk").unwrap(),
    }
}

/// One of each.
fn all() -> Vec<Action> {
    let (bob, voucher) =
        (Item::from(&account()), Item::from(&HotspotUser { id: id("*7"), ..HotspotUser::default() }));
    let lease = Lease { id: id("*9"), address: "10.0.0.5".into(), dynamic: true, ..Lease::default() };
    vec![
        Action::DisconnectSession(Item::from(&session())),
        Action::EnableAccount(bob.clone()),
        Action::DisableAccount(bob.clone()),
        Action::SetProfile(bob.clone(), profile("home-50M")),
        Action::SetComment(bob.clone(), Comment::parse("").unwrap()),
        Action::AddAccount(new_account()),
        Action::RemoveAccount(bob),
        Action::RemoveHotspotSession(Item::from(&guest())),
        Action::AddHotspotUser(new_guest()),
        Action::EnableHotspotUser(voucher.clone()),
        Action::DisableHotspotUser(voucher.clone()),
        Action::RemoveHotspotUser(voucher),
        Action::MakeLeaseStatic(Item::from(&lease)),
    ]
}

fn words(command: &Command) -> String {
    let words = command.words().map(|word| String::from_utf8_lossy(word).into_owned());
    std::iter::once(command.path().to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_action_is_one_command_and_shown_as_it_is_sent() {
    let told: Vec<_> = all()
        .iter()
        .flat_map(|action| {
            let mut lines = vec![format!("{}: {}", action.word(), words(&action.order().command()))];
            lines.extend(action.typed());
            lines
        })
        .collect();
    let expect = [
        "disconnect_session: /ppp/active/remove =.id=*80000001",
        "/ppp active remove *80000001",
        "enable_account: /ppp/secret/enable =.id=*5",
        "/ppp secret enable *5",
        "disable_account: /ppp/secret/disable =.id=*5",
        "/ppp secret disable *5",
        "set_profile: /ppp/secret/set =.id=*5 =profile=home-50M",
        "/ppp secret set *5 profile=\"home-50M\"",
        "set_comment: /ppp/secret/set =.id=*5 =comment=",
        "/ppp secret set *5 comment=\"\"",
        "add_account: /ppp/secret/add =name=ana maria =password=s3cret \"$x\" =service=pppoe =profile=home",
        "/ppp secret add name=\"ana maria\" password=*** service=\"pppoe\" profile=\"home\"",
        "remove_account: /ppp/secret/remove =.id=*5",
        "/ppp secret remove *5",
        "remove_hotspot_session: /ip/hotspot/active/remove =.id=*C0A80A08",
        "/ip hotspot cookie remove [find user=\"room <101>\" mac-address=\"D4:CA:6D:00:00:02\"]",
        "/ip hotspot active remove *C0A80A08",
        "add_hotspot_user: /ip/hotspot/user/add =name=v1 =password=s3cret \"$x\" =profile=default \
         =limit-uptime=86400s =limit-bytes-total=5000000 =comment=desk",
        "/ip hotspot user add name=\"v1\" password=*** profile=\"default\" limit-uptime=\"86400s\" \
         limit-bytes-total=\"5000000\" comment=\"desk\"",
        "enable_hotspot_user: /ip/hotspot/user/enable =.id=*7",
        "/ip hotspot user enable *7",
        "disable_hotspot_user: /ip/hotspot/user/disable =.id=*7",
        "/ip hotspot user disable *7",
        "remove_hotspot_user: /ip/hotspot/user/remove =.id=*7",
        "/ip hotspot user remove *7",
        "make_lease_static: /ip/dhcp-server/lease/make-static =.id=*9",
        "/ip dhcp-server lease make-static *9",
    ];
    assert_eq!(told, expect);
}

#[test]
fn each_command_is_on_the_list_for_who_acts_and_for_nobody_else() {
    let orders = all().iter().map(Action::order).chain([Order::forget_cookie(id("*3"))]).collect::<Vec<_>>();
    for order in orders {
        let command = order.command();
        assert_eq!(command.encode(Conduct::Acting, None, &mut Vec::new()), Ok(()), "{command:?}");
        let refused = command.encode(Conduct::Watching, None, &mut Vec::new());
        assert!(matches!(refused, Err(Withheld::Changes { .. })), "{refused:?}");
    }
    for table in all().iter().map(Action::table) {
        assert_eq!(table.print(id("*1")).encode(Conduct::Watching, None, &mut Vec::new()), Ok(()));
    }
}

#[test]
fn a_row_without_an_id_of_the_router_cannot_be_acted_on() {
    for mark in [ItemId::default(), id("not an id"), id("*1,*2")] {
        let action = Action::RemoveAccount(Item::from(&Account { id: mark, ..account() }));
        let refused = action.order().command().encode(Conduct::Acting, None, &mut Vec::new());
        assert!(matches!(refused, Err(Withheld::Word { .. })), "{mark:?}: {refused:?}");
    }
}

#[test]
fn a_password_is_shown_nowhere() {
    for action in all() {
        let debug = format!("{action:?} {:?} {:?}", action.order(), action.order().command());
        let shown = format!("{} {debug}", action.typed().join(" "));
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

#[test]
fn what_is_typed_cannot_end_its_quotes() {
    fn check(text: &str, expect: &str) {
        assert_eq!(order::quoted(text), expect);
    }
    check("señora 用户", "\"señora 用户\"");
    check(r#"a"; /system reboot; ""#, r#""a\"; /system reboot; \"""#);
    check(r"a\", r#""a\\""#);
    check("[$x] who?", r#""[\$x] who\?""#);
    check("a\nb\u{202e}", r#""a\0Ab\E2\80\AE""#);
}

#[test]
fn a_row_that_says_the_same_is_the_one_that_was_seen() {
    let seen = Item::from(&account());
    assert_eq!(seen.compare(Some(&seen)), Ok(()));
    assert_eq!(seen.compare(None), Err(Changed::Gone));
    let other = Item::from(&Account { id: id("*6"), ..account() });
    assert_eq!(seen.compare(Some(&other)), Err(Changed::Gone));
    let now = Item::from(&Account { name: "rob".into(), disabled: true, ..account() });
    let difference =
        |property, seen: &str, now: &str| Difference { property, seen: seen.into(), now: now.into() };
    let expect = vec![difference("name", "bob", "rob"), difference("disabled", "false", "true")];
    assert_eq!(seen.compare(Some(&now)), Err(Changed::Differs(expect)));
}

#[test]
fn a_session_with_an_id_that_was_free_again_is_another_one() {
    let seen = Item::from(&session());
    let aged =
        |seconds| Item::from(&ActiveSession { uptime: Some(Duration::from_secs(seconds)), ..session() });
    assert_eq!(seen.compare(Some(&aged(100))), Ok(()));
    assert_eq!(seen.compare(Some(&aged(500))), Ok(()));
    assert!(matches!(seen.compare(Some(&aged(99))), Err(Changed::Differs(_))));
    let elsewhere = Item::from(&ActiveSession { caller_id: "D4:CA:6D:00:00:09".into(), ..session() });
    assert!(matches!(seen.compare(Some(&elsewhere)), Err(Changed::Differs(_))));
}

#[test]
fn what_can_be_taken_back_is() {
    let after = Item::from(&Account { profile: "home-50M".into(), comment: "".into(), ..account() });
    let check = |action: Action, expect: Option<&str>| {
        let undo = action.undo(&after).map(|undo| undo.typed().join("; "));
        assert_eq!(undo.as_deref(), expect, "{}", action.word());
    };
    let bob = Item::from(&account());
    let late = Item::from(&Account { disabled: true, ..account() });
    check(Action::EnableAccount(late.clone()), Some("/ppp secret disable *5"));
    check(Action::DisableAccount(bob.clone()), Some("/ppp secret enable *5"));
    check(Action::EnableAccount(bob.clone()), None);
    check(Action::DisableAccount(late), None);
    check(
        Action::SetProfile(bob.clone(), profile("home-50M")),
        Some("/ppp secret set *5 profile=\"home-30M\""),
    );
    let none = Comment::default();
    check(Action::SetComment(bob.clone(), none), Some("/ppp secret set *5 comment=\"pays late\""));
    check(Action::AddAccount(new_account()), Some("/ppp secret remove *5"));
    check(Action::RemoveAccount(bob), None);
    check(Action::DisconnectSession(Item::from(&session())), None);
    // What is taken back is compared with the row as it was left, not as it was before.
    let undo = Action::SetProfile(Item::from(&account()), profile("home-50M")).undo(&after).unwrap();
    assert_eq!(undo.seen().unwrap().get("profile"), "home-50M");
}

#[test]
fn what_is_entered_is_checked_with_a_word_on_what_to_do() {
    fn check<T: std::fmt::Debug>(found: Result<T, Fault>, expect: &str) {
        assert_eq!(found.unwrap_err().to_string(), expect);
    }
    check(Name::parse(""), "`name` is missing: enter it");
    check(Name::parse(" bob"), "`name` begins or ends with a blank: take that away");
    let hidden = "has a character that cannot be seen, such as a tab or an end of line: take it out";
    check(Name::parse("a\0b"), &format!("`name` {hidden}"));
    check(Comment::parse("a\nb"), &format!("`comment` {hidden}"));
    check(Name::parse(&"é".repeat(128)), "`name` has 256 bytes: shorten it to 255 or fewer");
    check(Password::of_account("".into()), "`password` is missing: enter it");
    check(Password::of_guest("a\rb".into()), &format!("`password` {hidden}"));
    check(
        ProfileName::among("gold", ["default", "home"]),
        "`profile` is \"gold\", which the router does not have: choose one that it has",
    );
    check(
        Service::parse("ssh"),
        "`service` is \"ssh\", which the router does not have: choose one that it has",
    );
    let range = "is out of range: leave it out for no limit, or enter one from 1 to";
    check(Uptime::new(Duration::from_millis(999)), &format!("`limit_uptime` {range} 316224000"));
    check(Volume::new(0), &format!("`limit_bytes` {range} 4611686018427387904"));
    assert_eq!(Name::parse("who? <b> \"x\" =1").unwrap().as_str(), "who? <b> \"x\" =1");
    assert_eq!(Name::parse(&"a".repeat(255)).unwrap().as_str().len(), 255);
    assert!(Password::of_guest("".into()).is_ok());
    assert_eq!(Service::parse("any"), Ok(Service::Any));
}

#[test]
fn refusals_are_understood_by_their_wording() {
    for (message, expect) in [
        ("no such item", Denial::Gone),
        ("No such item (4)", Denial::Gone),
        ("no such command prefix", Denial::NoSuchCommand),
        ("no such command or directory (secret)", Denial::NoSuchCommand),
        ("unknown parameter limit-bytes", Denial::UnknownParameter),
        ("input does not match any value of profile", Denial::NoSuchValue),
        ("invalid value for argument limit-uptime", Denial::BadValue),
        ("missing value(s) of argument(s) name", Denial::BadValue),
        ("ambiguous value of service", Denial::BadValue),
        ("value of range expects range of ip addresses", Denial::BadValue),
        ("failure: secret with the same name already exists", Denial::Duplicate),
        ("failure: already have user with this name for this server", Denial::Duplicate),
        ("failure: item with such name already exists", Denial::Duplicate),
        ("failure: pool with such name exists", Denial::Duplicate),
        ("already have device with such name", Denial::Duplicate),
        ("not enough permissions (9)", Denial::NotPermitted),
        ("action failed (6)", Denial::Failed),
        ("interrupted", Denial::Interrupted),
        ("failure: cannot do that now", Denial::Other),
        ("", Denial::Other),
    ] {
        assert_eq!(Denial::of(message), expect, "{message}");
    }
}

#[test]
fn each_reason_has_a_word_of_its_own_a_cause_and_a_remedy() {
    let words: BTreeSet<_> = Denial::ALL.iter().map(|denial| denial.word()).collect();
    assert_eq!(words.len(), Denial::ALL.len());
    for denial in Denial::ALL {
        assert_eq!(Denial::ALL.get(denial as usize), Some(&denial), "the table is in this order");
        assert!(20 < denial.cause().len() && 15 < denial.remedy().len(), "{denial:?}");
    }
}
