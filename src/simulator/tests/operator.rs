//! What an operator may change, what follows from it, and what is refused.

use super::client::{Client, Words, text};
use crate::simulator::{Policies, RouterPlan, SimulatedRouter};
use std::time::Duration;

const DENIED: &str = "!trap =message=not enough permissions (9)";

/// A router whose user may write, and on which nobody comes or goes by chance.
fn router() -> SimulatedRouter {
    let policies = Policies { write: true, sensitive: true, ..Policies::default() };
    SimulatedRouter::new(RouterPlan {
        policies,
        subscribers: 60,
        churn_per_minute: 0.0,
        ..RouterPlan::default()
    })
}

async fn row(client: &mut Client, menu: &str, query: &str) -> Option<Words> {
    let rows = client.rows(&[&format!("{menu}/print"), query]).await;
    rows.into_iter().find(|row| row[0] == b"!re")
}

/// The id of the row that a query finds.
async fn id(client: &mut Client, menu: &str, query: &str) -> String {
    text(&row(client, menu, query).await.expect("a row"), ".id")
}

/// Sends a command about one row.
async fn act(client: &mut Client, path: &str, id: &str, more: &[&str]) -> Vec<String> {
    let id = format!("=.id={id}");
    let mut words = vec![path, &id];
    words.extend(more);
    client.ask(&words).await
}

async fn log(client: &mut Client, part: &str) -> bool {
    let rows = client.rows(&["/log/print"]).await;
    rows.iter().any(|row| text(row, "message").contains(part))
}

#[tokio::test(start_paused = true)]
async fn who_is_disconnected_dials_again_unless_the_account_is_disabled() {
    let router = router();
    let mut client = Client::signed_in(&router).await;
    let (who, query) = ("anna maria", "?name=anna maria");
    let mut listener = Client::signed_in(&router).await;
    listener.send(&["/interface/listen", "=.proplist=name,.id,.dead"]).await;

    let first = id(&mut client, "/ppp/active", query).await;
    assert_eq!(act(&mut client, "/ppp/active/remove", &first, &[]).await, ["!done"]);
    assert!(row(&mut client, "/ppp/active", query).await.is_none());
    assert!(row(&mut client, "/interface", "?name=<pppoe-anna maria>").await.is_none());
    assert!(listener.hear().await.contains(".dead="));
    let account = row(&mut client, "/ppp/secret", query).await.unwrap();
    assert_eq!(text(&account, "last-disconnect-reason"), "nas-request");
    assert!(log(&mut client, "terminating... - administrator request").await);
    assert_eq!(
        act(&mut client, "/ppp/active/remove", &first, &[]).await[0],
        "!trap =category=0 =message=no such item (4)"
    );

    tokio::time::sleep(Duration::from_secs(20)).await;
    let second = id(&mut client, "/ppp/active", query).await;
    assert_ne!(first, second, "a session of its own");

    let account = text(&account, ".id");
    assert_eq!(act(&mut client, "/ppp/secret/disable", &account, &[]).await, ["!done"]);
    assert!(row(&mut client, "/ppp/active", query).await.is_some(), "a session goes on");
    assert_eq!(act(&mut client, "/ppp/active/remove", &second, &[]).await, ["!done"]);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(row(&mut client, "/ppp/active", query).await.is_none() && !router.dial(who));
    assert_eq!(act(&mut client, "/ppp/secret/enable", &account, &[]).await, ["!done"]);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(row(&mut client, "/ppp/active", query).await.is_some(), "it goes on trying");
}

#[tokio::test(start_paused = true)]
async fn a_new_profile_holds_from_the_next_session_on() {
    let router = router();
    let mut client = Client::signed_in(&router).await;
    let query = "?name=anna maria";
    let queue = "?name=<pppoe-anna maria>";
    let account = id(&mut client, "/ppp/secret", query).await;
    let before = text(&row(&mut client, "/queue/simple", queue).await.unwrap(), "max-limit");
    let other = if before == "150000000/300000000" { "home-10M" } else { "fibre-300M" };
    let mut listener = Client::signed_in(&router).await;
    listener.send(&["/ppp/secret/listen", "=.proplist=.id,profile"]).await;
    let profile = format!("=profile={other}");
    assert_eq!(act(&mut client, "/ppp/secret/set", &account, &[&profile]).await, ["!done"]);
    assert_eq!(listener.hear().await, format!("!re =.id={account} ={}", &profile[1..]));
    assert_eq!(text(&row(&mut client, "/queue/simple", queue).await.unwrap(), "max-limit"), before);
    assert!(router.redial("anna maria"));
    assert_ne!(text(&row(&mut client, "/queue/simple", queue).await.unwrap(), "max-limit"), before);
    assert!(log(&mut client, "ppp secret <anna maria> changed by admin").await);

    assert_eq!(act(&mut client, "/ppp/secret/set", &account, &["=comment=note: ñ"]).await, ["!done"]);
    assert_eq!(text(&row(&mut client, "/ppp/secret", query).await.unwrap(), "comment"), "note: ñ");
    assert_eq!(act(&mut client, "/ppp/secret/set", &account, &["=comment="]).await, ["!done"]);
    assert_eq!(text(&row(&mut client, "/ppp/secret", query).await.unwrap(), "comment"), "");
}

#[tokio::test(start_paused = true)]
async fn accounts_are_made_and_removed() {
    let router = router();
    let mut client = Client::signed_in(&router).await;
    let add = ["/ppp/secret/add", "=name=new one", "=password=p1", "=service=pppoe", "=profile=home-30M"];
    let made = client.ask(&add).await;
    let key = made[0].strip_prefix("!done =ret=").unwrap().to_owned();
    let found = row(&mut client, "/ppp/secret", "?name=new one").await.unwrap();
    let told = ["profile", "password", "service", "disabled"].map(|name| text(&found, name));
    assert_eq!(
        (text(&found, ".id"), told),
        (key.clone(), ["home-30M", "p1", "pppoe", "false"].map(str::to_owned))
    );
    assert_eq!(client.ask(&add).await[0], "!trap =message=failure: secret with the same name already exists");
    assert!(router.dial("new one"));

    assert_eq!(act(&mut client, "/ppp/secret/remove", &key, &[]).await, ["!done"]);
    assert!(row(&mut client, "/ppp/secret", "?name=new one").await.is_none());
    let session = id(&mut client, "/ppp/active", "?name=new one").await;
    assert_eq!(act(&mut client, "/ppp/active/remove", &session, &[]).await, ["!done"]);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(row(&mut client, "/ppp/active", "?name=new one").await.is_none(), "nobody knows it any more");
    assert_eq!(
        act(&mut client, "/ppp/secret/remove", &key, &[]).await[0],
        "!trap =category=0 =message=no such item (4)"
    );
    let again = client.ask(&add).await;
    assert!(again[0].starts_with("!done =ret=*") && again[0] != made[0], "{again:?}");
}

#[tokio::test(start_paused = true)]
async fn a_cookie_lets_a_guest_back_in() {
    let router = router();
    let mut client = Client::signed_in(&router).await;
    let (menu, query) = ("/ip/hotspot/active", "?user=room <101>");
    let guest = id(&mut client, menu, query).await;
    assert_eq!(act(&mut client, "/ip/hotspot/active/remove", &guest, &[]).await, ["!done"]);
    assert!(row(&mut client, menu, query).await.is_none());
    tokio::time::sleep(Duration::from_secs(20)).await;
    let back = row(&mut client, menu, query).await.unwrap();
    assert!(
        text(&back, "uptime").ends_with('s') && !text(&back, "uptime").contains('m'),
        "a session of its own"
    );

    let cookie = id(&mut client, "/ip/hotspot/cookie", query).await;
    assert_eq!(act(&mut client, "/ip/hotspot/cookie/remove", &cookie, &[]).await, ["!done"]);
    assert_eq!(act(&mut client, "/ip/hotspot/active/remove", &guest, &[]).await, ["!done"]);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(row(&mut client, menu, query).await.is_none());
    let address = text(&back, "address");
    let host = row(&mut client, "/ip/hotspot/host", &format!("?address={address}")).await.unwrap();
    assert_eq!(text(&host, "authorized"), "false");
}

#[tokio::test(start_paused = true)]
async fn hotspot_users_and_leases_change() {
    let router = router();
    let mut client = Client::signed_in(&router).await;
    let add = [
        "/ip/hotspot/user/add",
        "=name=v9",
        "=profile=default",
        "=limit-uptime=90000s",
        "=limit-bytes-total=5",
    ];
    let made = client.ask(&add).await;
    let key = made[0].strip_prefix("!done =ret=").unwrap().to_owned();
    let told = async |client: &mut Client| {
        let found = row(client, "/ip/hotspot/user", "?name=v9").await.unwrap();
        ["limit-uptime", "limit-bytes-total", "disabled", "profile"].map(|name| text(&found, name)).join(" ")
    };
    assert_eq!(told(&mut client).await, "1d1h 5 false default");
    let taken = "!trap =message=failure: already have user with this name for this server";
    assert_eq!(client.ask(&add).await[0], taken);
    assert_eq!(act(&mut client, "/ip/hotspot/user/disable", &key, &[]).await, ["!done"]);
    assert_eq!(told(&mut client).await, "1d1h 5 true default");
    assert_eq!(act(&mut client, "/ip/hotspot/user/enable", &key, &[]).await, ["!done"]);
    assert_eq!(told(&mut client).await, "1d1h 5 false default");
    assert_eq!(act(&mut client, "/ip/hotspot/user/remove", &key, &[]).await, ["!done"]);
    assert!(row(&mut client, "/ip/hotspot/user", "?name=v9").await.is_none());

    let lease = id(&mut client, "/ip/dhcp-server/lease", "?dynamic=true").await;
    assert_eq!(act(&mut client, "/ip/dhcp-server/lease/make-static", &lease, &[]).await, ["!done"]);
    let now = row(&mut client, "/ip/dhcp-server/lease", &format!("?.id={lease}")).await.unwrap();
    assert_eq!(text(&now, "dynamic"), "false");
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_is_refused_in_the_words_of_a_router() {
    let router = router();
    let mut client = Client::signed_in(&router).await;
    let account = id(&mut client, "/ppp/secret", "?name=anna maria").await;
    let before = row(&mut client, "/ppp/secret", "?name=anna maria").await;
    router.refuse_changes("anna maria", "failure: locked by the billing");
    for (words, expect) in [
        (&["/ppp/secret/set", "=profile=gold"][..], "input does not match any value of profile"),
        (&["/ppp/secret/set", "=colour=red"], "unknown parameter colour"),
        (&["/ppp/secret/set", "=disabled=perhaps"], "invalid value for argument disabled"),
        (&["/ppp/secret/set", "=comment=x"], "failure: locked by the billing"),
        (&["/ppp/secret/disable"], "failure: locked by the billing"),
        (&["/ppp/secret/remove"], "failure: locked by the billing"),
    ] {
        let reply = act(&mut client, words[0], &account, &words[1..]).await;
        assert_eq!(reply, [format!("!trap =message={expect}"), "!done".to_owned()], "{words:?}");
    }
    for (words, expect) in [
        (&["/ppp/secret/add", "=profile=default"][..], "=message=missing value(s) of argument(s) name"),
        (
            &["/ppp/secret/add", "=name=x", "=service=ssh"],
            "=message=input does not match any value of service",
        ),
        (&["/ppp/secret/remove"], "=message=missing value(s) of argument(s) numbers"),
        (&["/ppp/secret/remove", "=.id=*FFFF"], "=category=0 =message=no such item (4)"),
        (&["/ppp/secret/remove", "=.id=bob"], "=category=0 =message=no such item (4)"),
        (
            &["/ip/hotspot/user/add", "=name=x", "=limit-uptime=soon"],
            "=message=invalid value for argument limit-uptime",
        ),
        (&["/queue/simple/add", "=name=x"], "=category=0 =message=no such command"),
    ] {
        let reply = client.ask(words).await;
        assert_eq!(reply, [format!("!trap {expect}"), "!done".to_owned()], "{words:?}");
    }
    assert_eq!(row(&mut client, "/ppp/secret", "?name=anna maria").await, before);
}

#[tokio::test(start_paused = true)]
async fn only_who_may_write_writes() {
    let user = |name: &str, password: &str| Some((name.to_owned(), password.into()));
    let plan =
        RouterPlan { user: user("monitor", "m"), operator: user("operator", "o"), ..RouterPlan::default() };
    let router = SimulatedRouter::new(plan);
    let mut watcher = Client::new(&router);
    assert_eq!(watcher.ask(&["/login", "=name=monitor", "=password=m"]).await, ["!done"]);
    let account = id(&mut watcher, "/ppp/secret", "?name=anna maria").await;
    assert_eq!(act(&mut watcher, "/ppp/secret/disable", &account, &[]).await, [DENIED, "!done"]);
    let group = row(&mut watcher, "/user/group", "?name=operators").await.unwrap();
    assert!(text(&group, "policy").contains(",write,"), "{}", text(&group, "policy"));

    let mut operator = Client::new(&router);
    let wrong = "!trap =message=invalid user name or password (6)";
    assert_eq!(operator.ask(&["/login", "=name=operator", "=password=m"]).await, [wrong, "!done"]);
    assert_eq!(operator.ask(&["/login", "=name=operator", "=password=o"]).await, ["!done"]);
    assert_eq!(act(&mut operator, "/ppp/secret/disable", &account, &[]).await, ["!done"]);
    let counters = router.counters();
    assert_eq!(
        counters.changing_by_path.into_iter().collect::<Vec<_>>(),
        [("/ppp/secret/disable".to_owned(), 2)]
    );
}
