//! Ways in which an action does not happen, or may have happened.

use super::*;

async fn account(router: &SimulatedRouter) -> Item {
    item(router, Table::Accounts, WHO).await.unwrap()
}

/// Carries an action out over a way that is cut, or as somebody else.
async fn act_by(way: Way, who: (&str, &str), action: Action) -> Outcome {
    ask(setup(way, who), action).await
}

fn changes(router: &SimulatedRouter) -> Vec<String> {
    router.counters().changing_by_path.into_keys().collect()
}

#[actix::test]
async fn a_row_that_somebody_else_changed_is_left_alone() {
    tokio::time::pause();
    let router = router();
    let seen = account(&router).await;
    let note = Action::SetComment(seen.clone(), Comment::parse("by another").unwrap());
    done(act(&router, note).await);
    let Outcome::Changed(Changed::Differs(differences)) = act(&router, Action::DisableAccount(seen)).await
    else {
        panic!("it was changed")
    };
    let told: Vec<_> = differences.iter().map(|one| (one.property, one.now.as_str())).collect();
    assert_eq!(told, [("comment", "by another")]);
    assert_eq!(account(&router).await.get("disabled"), "false");
    assert_eq!(changes(&router), ["/ppp/secret/set"], "nothing was sent");
}

#[actix::test]
async fn a_row_that_is_gone_and_a_session_that_is_another_one_are_left_alone() {
    tokio::time::pause();
    let router = router();
    let session = item(&router, Table::Sessions, WHO).await.unwrap();
    assert!(router.redial(WHO));
    let outcome = act(&router, Action::DisconnectSession(session)).await;
    assert_eq!(outcome, Outcome::Changed(Changed::Gone));
    assert!(changes(&router).is_empty());
}

#[actix::test]
async fn a_router_that_refuses_is_quoted_with_a_remedy() {
    tokio::time::pause();
    let router = router();
    router.refuse_changes(WHO, "failure: locked\u{202e} by the billing");
    let seen = account(&router).await;
    let refused = act(&router, Action::RemoveAccount(seen.clone())).await;
    let words = "failure: locked\\u{202e} by the billing".to_owned();
    assert_eq!(refused, Outcome::Refused { words, denial: Denial::Other });
    let gold = Action::SetProfile(seen.clone(), profile("gold"));
    let words = "input does not match any value of profile".to_owned();
    assert_eq!(act(&router, gold).await, Outcome::Refused { words, denial: Denial::NoSuchValue });
    let way = Way { router: router.clone(), cut: None };
    let outcome = act_by(way, ("monitor", "m"), Action::RemoveAccount(seen.clone())).await;
    let words = "not enough permissions (9)".to_owned();
    assert_eq!(outcome, Outcome::Refused { words, denial: Denial::NotPermitted });
    assert_eq!(account(&router).await, seen);
}

#[actix::test]
async fn a_wrong_password_and_a_router_that_is_away_change_nothing() {
    tokio::time::pause();
    let router = router();
    let seen = account(&router).await;
    let way = Way { router: router.clone(), cut: None };
    let outcome = act_by(way, ("operator", "wrong"), Action::RemoveAccount(seen.clone())).await;
    let Outcome::Unreachable { word, what, .. } = &outcome else { panic!("{outcome:?}") };
    assert_eq!((*word, what.as_str()), ("credentials", "the router refused the user name or password"));
    for manner in [Manner::Off, Manner::Silent, Manner::Web] {
        let outcome = ask(setup(Peer::new(manner), OPERATOR), Action::RemoveAccount(seen.clone())).await;
        assert!(matches!(outcome, Outcome::Unreachable { .. }), "{manner:?}: {outcome:?}");
    }
    assert!(changes(&router).is_empty());
}

#[actix::test]
async fn a_connection_lost_before_it_was_sent_is_no_doubt() {
    tokio::time::pause();
    let router = router();
    let seen = account(&router).await;
    let way = Way { router: router.clone(), cut: Some(Cut { at: "/ppp/secret/print", hears: true }) };
    let outcome = act_by(way, OPERATOR, Action::DisableAccount(seen)).await;
    assert!(matches!(outcome, Outcome::Unreachable { .. }), "{outcome:?}");
    assert!(changes(&router).is_empty());
}

#[actix::test]
async fn a_connection_lost_after_it_was_sent_is_told_as_a_doubt_with_the_row_of_now() {
    for hears in [true, false] {
        tokio::time::pause();
        let router = router();
        let seen = account(&router).await;
        let way = Way { router: router.clone(), cut: Some(Cut { at: "/ppp/secret/disable", hears }) };
        let outcome = act_by(way, OPERATOR, Action::DisableAccount(seen)).await;
        let Outcome::Unknown { after: Afterwards::Row(row), what, .. } = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(row.get("disabled"), if hears { "true" } else { "false" }, "{what}");
        assert_eq!(changes(&router).len(), usize::from(hears));
        tokio::time::resume();
    }
}

#[actix::test]
async fn whether_a_row_was_made_is_told_by_its_name() {
    tokio::time::pause();
    let router = router();
    let new = NewAccount {
        name: Name::parse("señor x").unwrap(),
        password: Password::of_account("p".into()).unwrap(),
        service: Service::Any,
        profile: profile("default"),
        comment: Comment::default(),
    };
    let lost = |hears| Way { router: router.clone(), cut: Some(Cut { at: "/ppp/secret/add", hears }) };
    let outcome = act_by(lost(false), OPERATOR, Action::AddAccount(new.clone())).await;
    assert!(matches!(outcome, Outcome::Unknown { after: Afterwards::Gone, .. }), "{outcome:?}");
    let outcome = act_by(lost(true), OPERATOR, Action::AddAccount(new)).await;
    let Outcome::Unknown { after: Afterwards::Row(row), .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(row.name(), "señor x");
}

#[actix::test]
async fn who_waits_too_long_is_told_so_and_nothing_is_sent() {
    tokio::time::pause();
    let router = router();
    let seen = account(&router).await;
    let (answer, told) = oneshot::channel();
    let late = ActionOrder { action: Action::RemoveAccount(seen), asked: clock::instant(), answer };
    tokio::time::sleep(PATIENCE + Duration::from_secs(1)).await;
    let way = Way { router: router.clone(), cut: None };
    Acting::begin(setup(way, OPERATOR), &Arbiter::current()).send(late).await.unwrap();
    assert_eq!(told.await.unwrap(), Outcome::Busy);
    assert!(changes(&router).is_empty());
}

#[actix::test]
async fn a_row_without_an_id_is_never_sent() {
    tokio::time::pause();
    let router = router();
    let account = crate::domain::ppp::Account { id: ItemId::default(), ..Default::default() };
    let outcome = act(&router, Action::RemoveAccount(Item::from(&account))).await;
    assert_eq!(outcome, Outcome::Changed(Changed::Gone));
    assert!(changes(&router).is_empty());
}

/// One action of each kind, about rows that are there as they are seen.
async fn each(router: &SimulatedRouter, seen: impl Fn(Item) -> Item) -> Vec<Action> {
    let named = async |table| seen(item(router, table, WHO).await.unwrap());
    let (session, account) = (named(Table::Sessions).await, named(Table::Accounts).await);
    let first = async |table| seen(tables::items(router, table).await.remove(0));
    let (guest, voucher) = (first(Table::HotspotSessions).await, first(Table::HotspotUsers).await);
    let lease =
        tables::items(router, Table::Leases).await.into_iter().find(|one| one.get("dynamic") == "true");
    let (name, comment) = (|| Name::parse("somebody new").unwrap(), || Comment::parse("other").unwrap());
    vec![
        Action::DisconnectSession(session),
        Action::EnableAccount(account.clone()),
        Action::DisableAccount(account.clone()),
        Action::SetProfile(account.clone(), profile("home-50M")),
        Action::SetComment(account.clone(), comment()),
        Action::AddAccount(NewAccount {
            name: name(),
            password: Password::of_account("p".into()).unwrap(),
            service: Service::Any,
            profile: profile("default"),
            comment: Comment::default(),
        }),
        Action::RemoveAccount(account),
        Action::RemoveHotspotSession(guest),
        Action::AddHotspotUser(NewHotspotUser {
            name: name(),
            password: Password::of_guest("p".into()).unwrap(),
            profile: profile("default"),
            uptime: None,
            volume: None,
            comment: Comment::default(),
        }),
        Action::EnableHotspotUser(voucher.clone()),
        Action::DisableHotspotUser(voucher.clone()),
        Action::RemoveHotspotUser(voucher),
        Action::MakeLeaseStatic(seen(lease.unwrap())),
    ]
}

#[actix::test]
async fn each_action_is_refused_to_a_user_who_may_only_read() {
    tokio::time::pause();
    let router = router();
    let all = each(&router, |item| item).await;
    let words: Vec<_> = all.iter().map(Action::word).collect();
    assert_eq!(words, ACTIONS.map(|(word, ..)| word), "one of each");
    for action in all {
        let way = Way { router: router.clone(), cut: None };
        let outcome = act_by(way, ("monitor", "m"), action.clone()).await;
        let words = "not enough permissions (9)".to_owned();
        assert_eq!(outcome, Outcome::Refused { words, denial: Denial::NotPermitted }, "{}", action.word());
    }
}

#[actix::test]
async fn each_action_leaves_a_row_alone_that_is_not_what_was_seen() {
    tokio::time::pause();
    let router = router();
    let another = |item: Item| {
        let property = item.table().properties()[1];
        item.saying(property, "another").unwrap()
    };
    let about_rows = each(&router, another).await.into_iter().filter(|action| action.seen().is_some());
    for action in about_rows {
        let outcome = act(&router, action.clone()).await;
        assert!(matches!(outcome, Outcome::Changed(Changed::Differs(_))), "{}: {outcome:?}", action.word());
    }
    assert!(changes(&router).is_empty(), "nothing was sent");
}
