//! What simulated routers hear can be written down, and commands that nobody may send to them are found in it: what
//! `integration-tests/run` does with all commands of its tests.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use integration_tests::Running;
use integration_tests::in_folder;
use integration_tests::service::PATIENCE;
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;
use tikwatch::routeros::sentence::put_sentence;
use tikwatch::simulator::said::VARIABLE;

const LOGIN: &[&str] = &["/login", "=name=monitor", "=password=canary-said-4Rt"];

/// What a router that is simulated by the program writes down while it is told these sentences.
fn written(folder: &Path, sentences: &[&[&str]]) -> String {
    let file = folder.join("said.tsv");
    let mut command = in_folder(folder);
    command.args(["simulate", "--listen", "127.0.0.1:0", "--subscribers", "20"]).env(VARIABLE, &file);
    let running = Running::start(&mut command).unwrap();
    let line = running.wait_for_line(PATIENCE, |line| line.contains("\"sim1\"")).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    let mut router = TcpStream::connect(line["address"].as_str().unwrap()).unwrap();
    router.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = Vec::new();
    for words in [LOGIN].iter().chain(sentences).chain([&["/quit"].as_slice()]) {
        put_sentence(&mut bytes, words.iter().map(|word| word.as_bytes()));
    }
    router.write_all(&bytes).unwrap();
    // It hangs up when it has heard all of them.
    router.read_to_end(&mut Vec::new()).unwrap();
    std::fs::read_to_string(file).unwrap()
}

fn judged(folder: &Path, said: &str) -> Output {
    let file = folder.join("judged.tsv");
    std::fs::write(&file, said).unwrap();
    let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("commands/judge");
    Command::new(judge).arg(file).output().unwrap()
}

#[test]
fn what_a_router_hears_is_written_down_without_values() {
    let folder = TempDir::new().unwrap();
    let print: &[&str] = &["/ppp/active/print", "=.proplist=name", "?name=canary-somebody"];
    let remove: &[&str] = &["/ppp/secret/remove", "=.id=*7"];
    let said = written(folder.path(), &[print, remove]);
    let expected = "reader\t/login\tname password\nreader\t/ppp/active/print\t.proplist ?\n\
                    reader\t/ppp/secret/remove\t.id\nreader\t/quit\t\n";
    assert_eq!(said, expected);

    let output = judged(folder.path(), &said);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("OUTSIDE reader said /ppp/secret/remove with [.id], 1 times"), "{told}");
    assert!(told.contains("4 commands heard, 4 kinds") && told.ends_with("1 outside the lists\n"), "{told}");
}

#[test]
fn what_only_looks_passes_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let code = |said: &str| judged(folder.path(), said).status.code();
    let harmless = "reader\t/ppp/secret/print\t.proplist ?\nreader\t/log/listen\t.proplist\n\
                    reader\t/interface/ethernet/monitor\t.proplist numbers once\nreader\t/cancel\ttag\n";
    assert_eq!(code(harmless), Some(0));
    // In write mode, by the user who may.
    assert_eq!(code("operator\t/ppp/secret/set\t.id profile\n"), Some(0));
    // TLS to a port without it: 22 bytes of its greeting are taken for the path of a command.
    let greeting = r#"\u{3}\u{1}\u{1}&\u{1}\u{0}\u{1}\"\u{3}\u{3}\u{fffd}r\r.d"#;
    assert_eq!(code(&format!("{harmless}reader\t{greeting}\t\n")), Some(0));
    for nothing in [String::new(), format!("reader\t{greeting}\t\n")] {
        assert_eq!(code(&nothing), Some(1), "nothing heard is nothing shown");
    }
    for outside in [
        "reader\t/ppp/secret/set\t.id profile\n",
        "reader-beside-operator\t/ppp/secret/remove\t.id\n",
        "operator\t/ppp/secret/set\t.id password\n",
        "operator\t/system/reboot\t\n",
        "reader\t/system/reboot\t\n",
        "reader\t/ppp/secret/print\t.proplist file\n",
        "reader\t/ppp/active/print\tinterval\n",
        "reader\t/interface/ethernet/monitor\t.proplist numbers\n",
        "reader\t/file/print\t\n",
        "reader\t/ppp/active/get\t.id\n",
        "reader\tremove\t.id\n",
        "reader\t\\u{3}/ppp/secret/remove\t.id\n",
        "half a line",
    ] {
        assert_eq!(code(&format!("{harmless}{outside}")), Some(1), "{outside:?}");
    }
}
