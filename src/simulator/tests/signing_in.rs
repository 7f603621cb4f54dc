//! Transcripts of signing in and out.

use super::client::Client;
use crate::routeros::Command;
use crate::routeros::login::{Login, Step};
use crate::simulator::{RouterPlan, SimulatedRouter};
use secrecy::SecretString;

const WRONG: [&str; 2] = ["!trap =message=invalid user name or password (6)", "!done"];

fn guarded(legacy_login: bool) -> SimulatedRouter {
    let user = Some(("monitor".to_owned(), SecretString::from("right")));
    SimulatedRouter::new(RouterPlan { user, legacy_login, frozen: true, ..RouterPlan::default() })
}

#[tokio::test]
async fn the_right_password_opens_the_door() {
    let router = guarded(false);
    let mut client = Client::new(&router);
    assert_eq!(client.ask(&["/login", "=name=monitor", "=password=wrong"]).await, WRONG);
    assert_eq!(client.ask(&["/login", "=name=monitor", "=password=right"]).await, ["!done"]);
    assert_eq!(client.ask(&["/system/identity/print"]).await, ["!re =name=sim1", "!done"]);
    let counters = router.counters();
    assert_eq!((counters.sign_ins, counters.failed_sign_ins, counters.commands), (1, 1, 1));
    assert_eq!(router.commands_seen(), ["/login", "/system/identity/print"]);
}

#[tokio::test]
async fn the_fifth_wrong_password_closes_it() {
    let mut client = Client::new(&guarded(false));
    for _ in 0..4 {
        assert_eq!(client.ask(&["/login", "=name=monitor", "=password=wrong"]).await, WRONG);
    }
    let last = client.ask(&["/login", "=name=monitor", "=password=right!"]).await;
    assert_eq!(last, ["!fatal too many commands before login"]);
    assert_eq!(client.next().await, None);
}

#[tokio::test]
async fn nothing_else_is_answered_before() {
    let mut client = Client::new(&guarded(false));
    assert_eq!(client.ask(&["/interface/print", ".tag=1"]).await, ["!fatal not logged in"]);
    assert_eq!(client.next().await, None);
}

#[tokio::test]
async fn a_session_ends_on_request() {
    let router = guarded(false);
    let mut client = Client::new(&router);
    client.ask(&["/login", "=name=monitor", "=password=right"]).await;
    assert_eq!(client.ask(&["/quit"]).await, ["!fatal session terminated on request"]);
    assert_eq!(client.next().await, None);
}

/// Signs in the old way and says what the router answers in the end.
async fn legacy(password: &str) -> Vec<String> {
    let router = guarded(true);
    let mut client = Client::new(&router);
    let challenge = client.ask(&["/login"]).await;
    let challenge = challenge[0].strip_prefix("!done =ret=").expect("a challenge");
    let outcome =
        crate::routeros::session::Outcome { ret: Some(challenge.as_bytes().to_vec()), ..Default::default() };
    let (login, _) = Login::challenge_first("monitor", &SecretString::from(password));
    let Ok(Step::Send(command)) = login.answer(&outcome) else { panic!("a response to the challenge") };
    let words = words(&command);
    client.ask(&words.iter().map(String::as_str).collect::<Vec<_>>()).await
}

fn words(command: &Command) -> Vec<String> {
    let mut bytes = Vec::new();
    command.encode(crate::routeros::Conduct::Watching, None, &mut bytes).unwrap();
    let mut splitter = crate::routeros::sentence::Splitter::new(crate::routeros::Limits::default());
    let (sentence, _) = splitter.next(&bytes).unwrap().unwrap();
    sentence.words().map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

#[tokio::test]
async fn old_routers_send_a_challenge() {
    assert_eq!(legacy("right").await, ["!done"]);
    assert_eq!(legacy("wrong").await, ["!trap =message=cannot log in", "!done"]);
}

#[tokio::test]
async fn no_more_connections_are_kept_than_allowed() {
    let plan = RouterPlan { max_sessions: 2, frozen: true, ..RouterPlan::default() };
    let router = SimulatedRouter::new(plan);
    let first = Client::signed_in(&router).await;
    let _second = Client::signed_in(&router).await;
    assert_eq!(Client::new(&router).next().await, None);
    drop(first);
    // The router notices the free place when it reads the end of the first connection.
    while 1 < router.counters().connections_open {
        tokio::task::yield_now().await;
    }
    Client::signed_in(&router).await;
}
