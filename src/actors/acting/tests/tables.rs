//! What each action does to the tables.

use super::*;

/// The rows of a table, read by somebody else.
pub(super) async fn items(router: &SimulatedRouter, table: Table) -> Vec<Item> {
    let way = Way { router: router.clone(), cut: None };
    let setup = setup(way, ("monitor", "m"));
    let opened = crate::actors::connection::open(
        &*setup.dial,
        &setup.credentials,
        crate::routeros::Conduct::Watching,
        setup.charset,
        setup.deadline,
    );
    let (mut line, _) = opened.await.unwrap();
    let properties = format!(".id,{}", table.properties().join(","));
    let print = crate::routeros::Command::new(&format!("{}/print", table.path())).proplist(&properties);
    let mut items = Vec::new();
    line.exchange(&print, setup.deadline, &mut |row, _| items.extend(Item::read(table, row))).await.unwrap();
    items
}

/// The row of this name.
pub(super) async fn item(router: &SimulatedRouter, table: Table, name: &str) -> Option<Item> {
    items(router, table).await.into_iter().find(|item| item.name() == name)
}

async fn account(router: &SimulatedRouter) -> Item {
    item(router, Table::Accounts, WHO).await.unwrap()
}

#[actix::test]
async fn a_session_is_ended_and_nothing_is_left_open() {
    tokio::time::pause();
    let router = router();
    let session = item(&router, Table::Sessions, WHO).await.unwrap();
    let outcome = act(&router, Action::DisconnectSession(session)).await;
    assert_eq!(outcome, Outcome::Done { after: Afterwards::Gone });
    assert_eq!(item(&router, Table::Sessions, WHO).await, None);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(router.counters().connections_open, 0, "{:?}", router.counters());
    let changing: Vec<_> = router.counters().changing_by_path.into_keys().collect();
    assert_eq!(changing, ["/ppp/active/remove"]);
}

#[actix::test]
async fn an_account_is_disabled_enabled_and_changed_and_each_can_be_taken_back() {
    tokio::time::pause();
    let router = router();
    let before = account(&router).await;
    let disable = Action::DisableAccount(before.clone());
    let after = done(act(&router, disable.clone()).await);
    assert_eq!((after.get("disabled"), account(&router).await), ("true", after.clone()));
    let after = done(act(&router, disable.undo(&after).unwrap()).await);
    assert_eq!(after, before);

    let other = if before.get("profile") == "home-10M" { "home-30M" } else { "home-10M" };
    let change = Action::SetProfile(before.clone(), profile(other));
    let after = done(act(&router, change.clone()).await);
    assert_eq!(after.get("profile"), other);
    assert_eq!(done(act(&router, change.undo(&after).unwrap()).await), before);

    let note = Action::SetComment(before.clone(), Comment::parse("señora: \"late\" =1 ?").unwrap());
    let after = done(act(&router, note.clone()).await);
    assert_eq!(after.get("comment"), "señora: \"late\" =1 ?");
    assert_eq!(done(act(&router, note.undo(&after).unwrap()).await), before);
}

#[actix::test]
async fn an_account_is_made_and_removed() {
    tokio::time::pause();
    let router = router();
    let new = NewAccount {
        name: Name::parse("new one").unwrap(),
        password: Password::of_account("canary-p".into()).unwrap(),
        service: Service::Pppoe,
        profile: profile("home-30M"),
        comment: Comment::parse("tower 3").unwrap(),
    };
    let add = Action::AddAccount(new);
    let made = done(act(&router, add.clone()).await);
    assert_eq!(item(&router, Table::Accounts, "new one").await.as_ref(), Some(&made));
    let told: Vec<_> = made.values().map(|(_, value)| value).collect();
    assert_eq!(told, ["new one", "pppoe", "home-30M", "tower 3", "false"]);
    let Outcome::Refused { denial, words } = act(&router, add.clone()).await else { panic!("made twice") };
    assert_eq!(denial, Denial::Duplicate, "{words}");
    let outcome = act(&router, add.undo(&made).unwrap()).await;
    assert_eq!(outcome, Outcome::Done { after: Afterwards::Gone });
    assert_eq!(item(&router, Table::Accounts, "new one").await, None);
}

#[actix::test]
async fn a_guest_who_is_sent_away_is_not_let_back_in_by_a_cookie() {
    tokio::time::pause();
    let router = router();
    let guest = item(&router, Table::HotspotSessions, "room <101>").await.unwrap();
    let outcome = act(&router, Action::RemoveHotspotSession(guest)).await;
    assert_eq!(outcome, Outcome::Done { after: Afterwards::Gone });
    let changing: Vec<_> = router.counters().changing_by_path.into_keys().collect();
    assert_eq!(changing, ["/ip/hotspot/active/remove", "/ip/hotspot/cookie/remove"]);
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(item(&router, Table::HotspotSessions, "room <101>").await, None);
}

#[actix::test]
async fn a_cookie_that_ran_out_meanwhile_keeps_nobody_online() {
    tokio::time::pause();
    let router = router();
    router.refuse_changes("cookie of room <101>", "no such item (4)");
    let guest = item(&router, Table::HotspotSessions, "room <101>").await.unwrap();
    let outcome = act(&router, Action::RemoveHotspotSession(guest)).await;
    assert_eq!(outcome, Outcome::Done { after: Afterwards::Gone });
}

#[actix::test]
async fn hotspot_users_come_and_go() {
    tokio::time::pause();
    let router = router();
    let new = NewHotspotUser {
        name: Name::parse("voucher").unwrap(),
        password: Password::of_guest("".into()).unwrap(),
        profile: profile("default"),
        uptime: Some(Uptime::new(Duration::from_secs(3600)).unwrap()),
        volume: Some(Volume::new(1_000_000).unwrap()),
        comment: Comment::default(),
    };
    let made = done(act(&router, Action::AddHotspotUser(new)).await);
    assert_eq!(made.name(), "voucher");
    let disable = Action::DisableHotspotUser(made.clone());
    let after = done(act(&router, disable.clone()).await);
    assert_eq!(after.get("disabled"), "true");
    assert_eq!(done(act(&router, disable.undo(&after).unwrap()).await), made);
    assert_eq!(
        act(&router, Action::RemoveHotspotUser(made)).await,
        Outcome::Done { after: Afterwards::Gone }
    );
    assert_eq!(item(&router, Table::HotspotUsers, "voucher").await, None);
}

#[actix::test]
async fn a_lease_is_made_static() {
    tokio::time::pause();
    let router = router();
    let leases = items(&router, Table::Leases).await;
    let lease = leases.into_iter().find(|lease| lease.get("dynamic") == "true").unwrap();
    let after = done(act(&router, Action::MakeLeaseStatic(lease.clone())).await);
    assert_eq!((after.id(), after.get("dynamic")), (lease.id(), "false"));
}

#[actix::test]
async fn of_many_at_once_each_has_its_turn() {
    tokio::time::pause();
    let router = router();
    let way = Way { router: router.clone(), cut: None };
    let orders = Acting::begin(setup(way, OPERATOR), &Arbiter::current());
    let accounts = items(&router, Table::Accounts).await;
    let enabled = accounts.into_iter().filter(|account| account.get("disabled") == "false").take(6);
    let before = router.counters().connections_total;
    let mut asked = Vec::new();
    for account in enabled {
        asked.push(order(&orders, Action::DisableAccount(account)).await);
    }
    for outcome in futures_util::future::join_all(asked).await {
        assert_eq!(done(outcome.unwrap()).get("disabled"), "true");
    }
    assert_eq!(router.counters().connections_total, before + 1, "all of them over one session");
    drop(orders);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(router.counters().connections_open, 0, "and that is closed when nobody orders anything more");
    assert_eq!(router.counters().changing_by_path["/ppp/secret/disable"], 6);
}
