//! `listen` with an add, a change and a removal, and `/cancel`, against a router that can be pushed around.

use crate::client::{Account, Client, PATIENCE, Row, Step, answer, ask, row};
use crate::faults::{HIDES_INTERRUPTED, Shown, YES_IS_TRUE};
use crate::ours::Ours;
use crate::simulation::{PASSWORD, USER};
use integration_tests::Running;
use integration_tests::isp::{Router, calm};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tikwatch::simulator::{Ros, RouterPlan};

const SESSIONS: &str = "/ppp/active/listen";
const ACCOUNTS: &str = "/ppp/secret/listen";
const SESSION: &str = "=.proplist=.id,name,service,caller-id,address,.dead";
const ACCOUNT: &str = "=.proplist=.id,name,last-caller-id,last-disconnect-reason,comment,.dead";

/// Waits until the router has been asked for this.
async fn asked(router: &Router, command: &str) {
    let until = Instant::now() + PATIENCE;
    while !router.router.commands_seen().iter().any(|seen| seen == command) {
        assert!(Instant::now() < until, "nobody sent {command}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits for the client's line with this in it, and gives its row.
async fn heard(running: &Arc<Running>, part: &'static str) -> Row {
    let running = running.clone();
    let line =
        tokio::task::spawn_blocking(move || running.wait_for_line(PATIENCE, |line| line.contains(part)));
    let line: serde_json::Value = serde_json::from_str(&line.await.unwrap().unwrap()).unwrap();
    assert_eq!(line["reply"], "!re", "{line}");
    row(&line["heard"]).unwrap()
}

/// The row of a name in a menu, as our client reads it.
async fn printed(ours: &mut Ours, menu: &str, proplist: &str, name: &str) -> Row {
    let words = [menu, proplist, &format!("?name={name}")].map(str::to_owned);
    let answer = ours.ask(&words).await.unwrap();
    answer.rows.into_iter().next().unwrap_or_default()
}

// One thread serves the router and runs the test, so that a command is either not begun or listened to.
#[tokio::test]
async fn an_add_a_change_and_a_removal_are_heard_until_it_is_cancelled() {
    let mut shown = Shown::default();
    for ros in [Ros::V6_49, Ros::V7_21] {
        for client in Client::ALL {
            check(ros, client, &mut shown).await;
        }
    }
    shown.check(&[HIDES_INTERRUPTED, YES_IS_TRUE]);
}

/// Somebody who is online for the first time and has an account: its name and row.
async fn newcomer(router: &Router, ours: &mut Ours) -> (String, Row) {
    let accounts = router.router.account_names();
    for name in router.online() {
        // Names in a query of `printed` are plain text.
        if name.is_ascii() && accounts.iter().any(|account| account == name.as_bytes()) {
            let row = printed(ours, "/ppp/secret/print", ACCOUNT, &name).await;
            if row["last-disconnect-reason"].is_empty() {
                return (name, row);
            }
        }
    }
    panic!("everybody was online before")
}

async fn check(ros: Ros, client: Client, shown: &mut Shown) {
    let user = Some((USER.to_owned(), PASSWORD.into()));
    let router = Router::start(RouterPlan { ros, user, ..calm(200) }).await.unwrap();
    let account =
        Account { port: router.address.port(), user: USER, password: PASSWORD, md5: false, ca: None };
    let mut ours = Ours::sign_in(&account).await.unwrap();
    let (name, before) = newcomer(&router, &mut ours).await;

    let listen = |words: [&str; 2], rows| Step::Listen(words.map(str::to_owned).to_vec(), rows);
    let steps = [
        listen([ACCOUNTS, ACCOUNT], 1),
        listen([SESSIONS, SESSION], 2),
        // The connection is as good as before.
        ask(["/system/identity/print"]),
    ];
    let running = Arc::new(client.start(&account, &steps).unwrap());
    asked(&router, ACCOUNTS).await;
    assert!(router.router.drop_session(&name));
    let after = printed(&mut ours, "/ppp/secret/print", ACCOUNT, &name).await;
    assert!(before[".id"] == after[".id"] && before != after, "it is no change: {after:?}");
    let changed = heard(&running, "last-disconnect-reason").await;
    assert_eq!(changed, shown.as_seen_by(client, &after), "{client:?} on {ros}");

    asked(&router, SESSIONS).await;
    assert!(router.router.dial(&name));
    let added = printed(&mut ours, "/ppp/active/print", SESSION, &name).await;
    assert_eq!(heard(&running, "address").await, shown.as_seen_by(client, &added), "{client:?} on {ros}");
    assert!(router.router.drop_session(&name));
    let dead = if ros == Ros::V6_49 { "yes" } else { "true" };
    let gone = Row::from([(".id".to_owned(), added[".id"].clone()), (".dead".to_owned(), dead.to_owned())]);
    assert_eq!(heard(&running, ".dead").await, shown.as_seen_by(client, &gone), "{client:?} on {ros}");

    let client_name = format!("{client:?} on {ros}");
    let ended = running.clone();
    let status = tokio::task::spawn_blocking(move || ended.wait_for_exit(PATIENCE)).await.unwrap().unwrap();
    assert!(status.success(), "{client_name}: {}", running.transcript());
    let lines = running.stdout();
    let answers: Vec<_> =
        lines.iter().filter(|line| !line.contains("heard")).map(|line| answer(line)).collect();
    let [first, second, last] = answers.as_slice() else { panic!("{client_name}: {lines:?}") };
    for end in [first, second] {
        let end = end.as_ref().unwrap();
        let trap = if client.has(HIDES_INTERRUPTED) {
            shown.note(HIDES_INTERRUPTED);
            None
        } else {
            Some("interrupted")
        };
        assert_eq!((end.trap.as_deref(), end.error.as_deref()), (trap, None), "{client_name}");
    }
    assert_eq!(last.as_ref().unwrap().rows.first().unwrap()["name"], "sim1", "{client_name}");
    assert_eq!(lines.len(), 6, "{client_name}: {lines:?}");
    assert!(router.router.commands_seen().contains(&"/cancel".to_owned()), "{client_name}");
}
