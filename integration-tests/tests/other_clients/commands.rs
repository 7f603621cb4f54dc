//! Queries, `.proplist`, `count-only`, refusals and replies without rows.

use crate::client::{Answer, Client, Step};
use crate::faults::{NO_EMPTY, Shown};
use crate::ours::{Ours, text};
use crate::simulation::Simulation;
use tikwatch::routeros::client::ExchangeError;

/// A command and what is known of its answer beforehand.
struct Case {
    words: Vec<String>,
    expect: Expect,
}

enum Expect {
    /// So many rows at least, so many at most, with just these attributes where a list asks for them.
    Rows(usize, usize),
    /// `=ret=` with a number of so many at least.
    Count(u64),
    Trap(&'static str),
}

fn case(words: &[&str], expect: Expect) -> Case {
    Case { words: words.iter().map(|word| text(word.as_bytes())).collect(), expect }
}

fn cases() -> Vec<Case> {
    use Expect::{Count, Rows, Trap};
    let interface = "=.proplist=name,type";
    vec![
        case(&["/interface/print", interface, "?type=vlan"], Rows(3, 3)),
        case(&["/interface/print", interface, "?type=ether", "?type=vlan", "?#|"], Rows(9, 9)),
        case(&["/interface/print", interface, "?type=pppoe-in", "?#!"], Rows(10, 10)),
        case(&["/interface/print", interface, "?type=ether", "?>rx-byte=0"], Rows(1, 5)),
        case(&["/interface/print", interface, "?type=ether", "?<rx-byte=1"], Rows(1, 5)),
        case(&["/interface/print", interface, "?disabled=yes"], Rows(1, 1)),
        case(&["/interface/print", "=.proplist=name,comment", "?comment"], Rows(2, 10)),
        case(&["/interface/print", "=.proplist=name", "?-comment", "?type=ether"], Rows(1, 5)),
        case(&["/ppp/active/print", "=.proplist=.id,name", "?name=señora-ñandú"], Rows(0, 1)),
        case(&["/ppp/secret/print", "=.proplist=.id,name", "?name=用户42"], Rows(0, 1)),
        case(&["/ppp/secret/print", "=.proplist=name", "?name==equals=1"], Rows(0, 1)),
        case(&["/ppp/secret/print", "=.proplist=name", "?name=<script>alert(1)</script>"], Rows(0, 1)),
        case(&["/system/resource/print", "=.proplist=version,nonsense,uptime"], Rows(1, 1)),
        case(&["/interface/print", "=count-only="], Count(100)),
        case(&["/interface/print", "=count-only=", "?type=vlan"], Count(3)),
        case(&["/ppp/active/print", "=count-only=", "?name=nobody"], Count(0)),
        case(&["/no/such/print"], Trap("no such command prefix")),
        case(&["/interface/frobnicate"], Trap("no such command")),
        case(&["/system/identity/listen"], Trap("no such command")),
        case(&["/interface/set", "=.id=*1", "=disabled=yes"], Trap("not enough permissions (9)")),
        case(&["/system/reboot"], Trap("no such command")),
        // Refusals end nothing.
        case(&["/system/identity/print"], Rows(1, 1)),
    ]
}

/// What our client is answered. It never sends what would change a router: of that only the refusal is known.
async fn ask(ours: &mut Ours, case: &Case) -> Answer {
    let answer = ours.ask(&case.words).await;
    let path = case.words.first().unwrap();
    if path.ends_with("/print") || path.ends_with("/listen") {
        return answer.unwrap();
    }
    let error = answer.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(ExchangeError::Withheld(_))), "{path}: {error}");
    let Expect::Trap(message) = case.expect else { panic!("{path} would be answered") };
    Answer { rows: Vec::new(), ret: None, trap: Some(message.to_owned()), error: None }
}

fn check(what: &str, case: &Case, ours: &Answer) {
    match case.expect {
        Expect::Rows(least, most) => {
            assert_eq!((&ours.trap, &ours.ret), (&None, &None), "{what}");
            assert!((least..=most).contains(&ours.rows.len()), "{what}: {} rows", ours.rows.len());
            let list = case.words.iter().find_map(|word| word.strip_prefix("=.proplist="));
            for row in ours.rows.iter().filter(|_| list.is_some()) {
                let wanted = |name: &String| list.is_some_and(|list| list.split(',').any(|one| one == name));
                assert!(!row.is_empty() && row.keys().all(wanted), "{what}: {row:?}");
            }
        }
        Expect::Count(least) => {
            let count: u64 = ours.ret.as_deref().unwrap_or_default().parse().unwrap();
            let most = if least < 100 { least } else { u64::MAX };
            assert!((least..=most).contains(&count), "{what}: {count}");
        }
        Expect::Trap(message) => assert_eq!(ours.trap.as_deref(), Some(message), "{what}"),
    }
}

#[tokio::test]
async fn questions_of_all_kinds_get_the_same_answers() {
    let versions = ["6.49", "7.14", "7.21"];
    let simulation = Simulation::start(&versions, &[]).unwrap();
    let cases = cases();
    let steps: Vec<Step> = cases.iter().map(|case| Step::Ask(case.words.clone())).collect();
    let mut odd_names = 0;
    for (router, version) in versions.into_iter().enumerate() {
        let account = simulation.account(router);
        let mut ours = Ours::sign_in(&account).await.unwrap();
        let mut expected = Vec::new();
        for case in &cases {
            let answer = ask(&mut ours, case).await;
            check(&format!("{version}: {}", case.words.join(" ")), case, &answer);
            odd_names += usize::from(matches!(case.expect, Expect::Rows(0, _)) && !answer.rows.is_empty());
            expected.push(answer);
        }
        for client in Client::ALL {
            let (account, steps) = (account.clone(), steps.clone());
            let answers = tokio::task::spawn_blocking(move || client.run(&account, &steps)).await;
            let answers = answers.unwrap().unwrap();
            assert_eq!(answers.len(), cases.len(), "{client:?} on {version}");
            for ((case, expected), theirs) in cases.iter().zip(&expected).zip(&answers) {
                let what = format!("{client:?} on {version}: {}", case.words.join(" "));
                if is_hidden(version, client, expected) {
                    check_no_empty(&what, theirs);
                    continue;
                }
                let mut shown = Shown::default();
                let rows = expected.rows.iter().map(|row| shown.as_seen_by(client, row)).collect();
                assert_eq!(theirs, &Answer { rows, ..expected.clone() }, "{what}");
            }
        }
    }
    assert!(3 < odd_names, "only {odd_names} subscribers with odd names were found");
}

/// Whether a client cannot see this answer because the router says `!empty`, as it does from 7.18 on.
fn is_hidden(version: &str, client: Client, answer: &Answer) -> bool {
    version == "7.21" && client.has(NO_EMPTY) && answer == &Answer::default()
}

fn check_no_empty(what: &str, theirs: &Answer) {
    assert_eq!(theirs.error.as_deref(), Some("Tried to process unknown reply: !empty"), "{what}");
}

#[tokio::test]
async fn a_reply_without_rows_is_no_error() {
    let versions = ["6.49", "7.14", "7.21"];
    let simulation = Simulation::start(&versions, &[]).unwrap();
    let words = ["/ppp/active/print", "=.proplist=.id,name", "?name=nobody"].map(str::to_owned).to_vec();
    for (router, version) in versions.into_iter().enumerate() {
        let account = simulation.account(router);
        for client in Client::ALL {
            let (account, steps) = (account.clone(), [Step::Ask(words.clone())]);
            let answers = tokio::task::spawn_blocking(move || client.run(&account, &steps)).await;
            let answers = answers.unwrap().unwrap();
            let what = format!("{client:?} on {version}");
            let [answer] = answers.as_slice() else { panic!("{what}: {answers:?}") };
            if is_hidden(version, client, &Answer::default()) {
                check_no_empty(&what, answer);
            } else {
                assert_eq!(answer, &Answer::default(), "{what}");
            }
        }
    }
}
