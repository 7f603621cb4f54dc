//! `listen` with adds, changes and removals, and `/cancel`, against `tikwatch simulate` as time passes there.

use crate::client::{Account, Answer, Client, PATIENCE, Row, Step, answer, ask, row};
use crate::faults::{HIDES_INTERRUPTED, Shown, YES_IS_TRUE};
use crate::ours::Ours;
use crate::simulation::Simulation;
use integration_tests::Running;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

const VERSIONS: [&str; 2] = ["6.49", "7.21"];

/// Of so many on each router one session or more ends each second, and another begins.
const SUBSCRIBERS: usize = 10_000;

const SESSION: &str = "=.proplist=.id,name,service,caller-id,address,.dead";
/// With a time that every end of a session changes.
const ACCOUNT: &str =
    "=.proplist=.id,name,last-logged-out,last-caller-id,last-disconnect-reason,comment,.dead";

/// So many changed accounts are heard, and so many sessions that came or went: some of both, as who went comes again
/// within a minute.
const ACCOUNTS_HEARD: usize = 5;
const SESSIONS_HEARD: usize = 80;

/// As long as a client may take to hear them.
const LISTENING: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread")]
async fn adds_changes_and_removals_are_heard_until_it_is_cancelled() {
    let simulation = Simulation::moving(&VERSIONS, SUBSCRIBERS).unwrap();
    let mut running = Vec::new();
    for (router, version) in VERSIONS.into_iter().enumerate() {
        for client in Client::ALL {
            running.push(tokio::spawn(check(simulation.account(router), client, version)));
        }
    }
    let mut shown = Shown::default();
    for one in running {
        shown.join(one.await.unwrap());
    }
    shown.check(&[HIDES_INTERRUPTED, YES_IS_TRUE]);
}

/// A row's id by either of its names.
fn id(row: &Row) -> &str {
    row.get(".id").or_else(|| row.get("id")).unwrap()
}

/// The rows of a menu by id, as our client reads them; all of them, or that with an id.
async fn printed(ours: &mut Ours, menu: &str, proplist: &str, id: Option<&str>) -> BTreeMap<String, Row> {
    let mut words = vec![format!("{menu}/print"), proplist.to_owned()];
    words.extend(id.map(|id| format!("?.id={id}")));
    let rows = ours.ask(&words).await.unwrap().rows;
    rows.into_iter().map(|row| (row[".id"].clone(), row)).collect()
}

/// What was heard so far, and the answers of the steps that are over.
fn said(running: &Running) -> (Vec<Row>, Vec<Answer>) {
    let (mut heard, mut answers) = (Vec::new(), Vec::new());
    for line in running.stdout() {
        let json: Value = serde_json::from_str(&line).unwrap();
        if json.get("heard").is_some() {
            assert_eq!(json["reply"], "!re", "{line}");
            heard.push(row(&json["heard"]).unwrap());
        } else {
            answers.push(answer(&line).unwrap());
        }
    }
    (heard, answers)
}

/// Waits until a client has heard so many rows or has ended, and gives the last of them.
async fn nth(running: &Running, count: usize, what: &str) -> Row {
    let until = Instant::now() + LISTENING;
    loop {
        let (heard, _) = said(running);
        if let Some(row) = heard.get(count - 1) {
            return row.clone();
        }
        assert!(running.is_running() && Instant::now() < until, "{what}: {}", running.transcript());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn check(account: Account, client: Client, version: &str) -> Shown {
    let (what, mut shown) = (format!("{client:?} on {version}"), Shown::default());
    let mut ours = Ours::sign_in(&account).await.unwrap();
    let accounts_before = printed(&mut ours, "/ppp/secret", ACCOUNT, None).await;
    let sessions_before = printed(&mut ours, "/ppp/active", SESSION, None).await;
    let listen = |menu: &str, proplist: &str, rows| {
        Step::Listen(vec![format!("{menu}/listen"), proplist.to_owned()], rows)
    };
    let steps = [
        listen("/ppp/secret", ACCOUNT, ACCOUNTS_HEARD),
        listen("/ppp/active", SESSION, SESSIONS_HEARD),
        // The connection is as good as before.
        ask(["/system/identity/print"]),
    ];
    let running = Arc::new(client.start(&account, &steps).unwrap());

    // What was heard is what is printed then, but for an account of which one more session has ended.
    let mut changes = 0;
    for n in 1..=ACCOUNTS_HEARD {
        let heard = nth(&running, n, &what).await;
        let now = printed(&mut ours, "/ppp/secret", ACCOUNT, Some(id(&heard))).await;
        let now = now.get(id(&heard)).unwrap();
        let differs = accounts_before.get(id(&heard)).is_some_and(|before| before != now);
        if heard["last-logged-out"] == now["last-logged-out"] {
            assert_eq!(heard, shown.as_seen_by(client, now), "{what}");
            changes += usize::from(differs);
        }
    }
    assert!(0 < changes, "{what}: no change was heard as it is printed\n{}", running.transcript());

    let (mut adds, mut removals) = (0, 0);
    let dead = if version == "6.49" { "yes" } else { "true" };
    for n in 1..=SESSIONS_HEARD {
        let heard = nth(&running, ACCOUNTS_HEARD + n, &what).await;
        let now = printed(&mut ours, "/ppp/active", SESSION, Some(id(&heard))).await;
        if heard.contains_key(".dead") {
            assert!(now.is_empty(), "{what}: {heard:?} is not gone: {now:?}");
            let gone =
                [(".id", id(&heard)), (".dead", dead)].map(|(name, value)| (name.into(), value.into()));
            assert_eq!(heard, shown.as_seen_by(client, &Row::from(gone)), "{what}");
            removals += usize::from(sessions_before.contains_key(id(&heard)));
        } else if let Some(now) = now.get(id(&heard)) {
            assert_eq!(heard, shown.as_seen_by(client, now), "{what}");
            adds += usize::from(!sessions_before.contains_key(id(&heard)));
        }
    }
    assert!(
        0 < adds && 0 < removals,
        "{what}: {adds} adds and {removals} removals\n{}",
        running.transcript()
    );

    let ended = running.clone();
    let status = tokio::task::spawn_blocking(move || ended.wait_for_exit(PATIENCE)).await.unwrap().unwrap();
    assert!(status.success(), "{what}: {}", running.transcript());
    let (heard, answers) = said(&running);
    assert_eq!(heard.len(), ACCOUNTS_HEARD + SESSIONS_HEARD, "{what}");
    let [first, second, last] = answers.as_slice() else { panic!("{what}: {answers:?}") };
    let trap = if client.has(HIDES_INTERRUPTED) {
        shown.note(HIDES_INTERRUPTED);
        None
    } else {
        Some("interrupted")
    };
    for end in [first, second] {
        assert_eq!((end.trap.as_deref(), end.error.as_deref()), (trap, None), "{what}");
    }
    assert!(last.rows.first().unwrap()["name"].starts_with("sim"), "{what}: {last:?}");
    eprintln!("{what}: {changes} changes, {adds} adds, {removals} removals were as we print them");
    shown
}
