//! Users and tokens from the shell: made while the service is stopped, and nothing while it runs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use integration_tests::service::PATIENCE;
use integration_tests::{Running, in_folder, secrets};
use std::path::Path;
use tempfile::TempDir;

const PASSWORD: &str = "canary otter lamp seven gravel";
const OTHER: &str = "canary harbour kettle nine moss";

/// How a command ended.
struct Ended {
    code: i32,
    stdout: Vec<String>,
    said: String,
}

fn run_with(folder: &Path, arguments: &str, input: &str) -> Ended {
    let mut command = in_folder(folder);
    let running =
        Running::start_with_input(command.args(arguments.split_whitespace()), input.as_bytes()).unwrap();
    let code = running.wait_for_exit(PATIENCE).unwrap().code().unwrap_or(-1);
    Ended { code, stdout: running.stdout(), said: running.transcript() }
}

#[track_caller]
fn check(folder: &Path, arguments: &str, input: &str, code: i32, expect: &str) -> Ended {
    let ended = run_with(folder, arguments, input);
    assert!(
        ended.code == code && ended.said.contains(expect),
        "{arguments}: exit {}: {}",
        ended.code,
        ended.said
    );
    for secret in [PASSWORD, OTHER] {
        assert!(secrets::find(ended.said.as_bytes(), secret).is_none(), "{arguments}: {}", ended.said);
    }
    ended
}

/// The words of each line but the first, which names the columns.
fn rows(ended: &Ended) -> Vec<Vec<&str>> {
    ended.stdout.iter().skip(1).map(|line| line.split_whitespace().collect()).collect()
}

#[test]
fn users_are_added_listed_disabled_and_given_a_new_password() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    check(here, "user list", "", 2, "is no data folder");
    assert!(!here.join("data").exists(), "looking makes no folder");
    check(here, "user add ana --role admin --password-stdin", PASSWORD, 0, "added `ana` as admin");
    let bob = "user add Bob --role viewer --routers ccr1,ccr2 --password-stdin --data data";
    check(here, bob, &format!("{PASSWORD}\r\nmore"), 0, "added `Bob` as viewer");
    let listed = check(here, "user list", "", 0, "NAME");
    let expect =
        [["ana", "admin", "all", "enabled", "no", "-"], ["Bob", "viewer", "ccr1,ccr2", "enabled", "no", "-"]];
    assert_eq!(rows(&listed), expect);
    check(here, "user add BOB --role viewer --password-stdin", PASSWORD, 2, "of this name already");
    check(here, "user add eve --role viewer --password-stdin", "short", 2, "at least 12 characters");
    check(here, "user add eve --role viewer --password-stdin", "password1234", 2, "guessed");
    check(here, "user add eve --role viewer --password-stdin", "", 2, "at least 12 characters");
    check(here, "user add a/b --role viewer --password-stdin", PASSWORD, 2, "a user name has");
    check(
        here,
        "user add eve --role boss --password-stdin",
        PASSWORD,
        2,
        "one of admin, operator and viewer",
    );
    check(here, "user add eve --role viewer", PASSWORD, 2, "--password-stdin");
    check(here, "user disable ana", "", 2, "the last admin");
    check(here, "user disable bob", "", 0, "is disabled");
    check(here, "user disable eve", "", 2, "no such user");
    assert_eq!(rows(&check(here, "user list", "", 0, "NAME"))[1][3], "disabled");
    check(here, "user enable bob", "", 0, "is enabled");
    assert_eq!(rows(&check(here, "user list", "", 0, "NAME"))[1][3], "enabled");
    check(here, "user reset-password bob --password-stdin", OTHER, 0, "a new password");
    check(here, "user reset-password eve --password-stdin", OTHER, 2, "no such user");
    for secret in [PASSWORD, OTHER] {
        assert_eq!(secrets::find_in(here, secret).unwrap(), None);
    }
}

#[test]
fn a_token_alone_is_on_stdout_and_nowhere_else() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    let options = "--name billing --role operator --write --routers ccr1 --expires 90d";
    let made = check(here, &format!("token create {options}"), "", 0, "made the token");
    assert_eq!(made.stdout.len(), 1, "{}", made.said);
    let token = made.stdout.first().unwrap().clone();
    assert!(token.starts_with("tw_") && token.len() == 46, "{token}");
    assert_eq!(made.said.matches(&token).count(), 1, "{}", made.said);
    assert_eq!(secrets::find_in(here, &token).unwrap(), None);
    let listed = check(here, "token list", "", 0, "billing");
    assert!(!listed.said.contains(&token));
    let all = rows(&listed);
    let row = all.first().unwrap();
    assert_eq!(row.get(1..5).unwrap(), ["billing", "operator", "write", "ccr1"]);
    assert_eq!((*row.get(6).unwrap(), *row.get(8).unwrap()), ("console", "-"));
    let (created, expires) = (row.get(5).unwrap(), row.get(7).unwrap());
    let (created, expires): (jiff::Timestamp, jiff::Timestamp) =
        (created.parse().unwrap(), expires.parse().unwrap());
    assert_eq!(expires.duration_since(created).as_hours(), 90 * 24);
    check(here, "token create --name x --role viewer --expires never", "", 2, "such as 90d");
    check(here, "token revoke 0123456789abcdef", "", 2, "there is no token");
    check(here, "token revoke x", "", 2, "16 hexadecimal digits");
    check(here, &format!("token revoke {}", row.first().unwrap()), "", 0, "is revoked");
    assert!(rows(&check(here, "token list", "", 0, "ID")).is_empty());
}

#[test]
fn while_the_service_runs_nothing_is_changed_and_it_is_said_why() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    check(here, "user add ana --role admin --password-stdin", PASSWORD, 0, "added");
    check(here, "user add bob --role viewer --password-stdin", PASSWORD, 0, "added");
    let made = check(here, "token create --name x --role viewer", "", 0, "made");
    let users = check(here, "user list", "", 0, "ana").stdout;
    let tokens = check(here, "token list", "", 0, "x").stdout;
    let id = tokens.get(1).unwrap().split(' ').next().unwrap().to_owned();
    let service = Running::start(in_folder(here).args(["serve", "--listen", "127.0.0.1:0"])).unwrap();
    service.wait_for_line(PATIENCE, |line| line.contains("ready: open http")).unwrap();
    for arguments in [
        "user add eve --role admin --password-stdin",
        "user list",
        "user disable bob",
        "user enable bob",
        "user reset-password bob --password-stdin",
        "token create --name y --role admin",
        "token list",
        &format!("token revoke {id}"),
    ] {
        let refused = check(here, arguments, OTHER, 2, "is in use by another tikwatch: stop that one first");
        assert!(refused.stdout.is_empty(), "{arguments}: {}", refused.said);
    }
    service.terminate().unwrap();
    service.wait_for_exit(PATIENCE).unwrap();
    assert_eq!(check(here, "user list", "", 0, "ana").stdout, users);
    assert_eq!(check(here, "token list", "", 0, "x").stdout, tokens);
    assert_eq!(secrets::find_in(here, made.stdout.first().unwrap()).unwrap(), None);
}

#[test]
fn the_help_says_how() {
    let folder = TempDir::new().unwrap();
    check(folder.path(), "user --help", "", 0, "tikwatch user add ana --role admin --password-stdin");
    check(folder.path(), "user add --help", "", 0, "--routers");
    check(folder.path(), "token create --help", "", 0, "tikwatch token create --name backup --role viewer");
}
