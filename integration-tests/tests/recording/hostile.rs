//! Files that are no good recordings: each gives one clear sentence, exit code 2, and costs less than 64 MB.

use integration_tests::recordings;
use integration_tests::service::PATIENCE;
use integration_tests::{Running, program};
use std::io::Write as _;
use std::process::Command;
use tempfile::TempDir;

/// The memory that reading a file may take, in kB: what the kernel lets the program have at all.
const MEMORY: u32 = 64 << 10;

const HEAD: &str = r#"{"tikwatch":"recording","version":1,"started":"2026-01-02T15:04:05Z","router":"r1","redacted":true,"program":"0.1.0"}"#;
const TABLE: &str = r#"{"at":0,"table":0,"reads":{"menu":"/ppp/active","properties":[".id","name"],"query":[],"items":true}}"#;

fn check(bytes: &[u8], expect: &str) {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("x.jsonl.zst"), bytes).unwrap();
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("ulimit -d {MEMORY}; exec \"$0\" replay x.jsonl.zst --listen 127.0.0.1:0"));
    let replay = Running::start(command.arg(program()).current_dir(folder.path())).unwrap();
    let ended = replay.wait_for_exit(PATIENCE).unwrap();
    let said = replay.stderr();
    assert_eq!(ended.code(), Some(2), "{expect}: {}", replay.transcript());
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("x.jsonl.zst") && said[0].contains(expect), "{said:?}");
}

fn packed(lines: &str) -> Vec<u8> {
    zstd::encode_all(lines.as_bytes(), 3).unwrap()
}

#[test]
fn what_is_no_recording_is_said_to_be_none() {
    check(b"", "no recording");
    check(b"\x89PNG\r\n\x1a\n", "no recording");
    check(&std::fs::read(program()).unwrap()[..100_000], "no recording");
    check(&packed("some text\n"), "no recording");
    check(HEAD.as_bytes(), "no recording");
    check(&packed(&format!("{}\n", HEAD.replace("\"version\":1", "\"version\":2"))), "update it");
    check(&packed(&format!("{HEAD}\n")), "there is nothing in this recording");
}

#[test]
fn a_damaged_recording_is_named_with_its_place() {
    check(&packed(&format!("{HEAD}\n{TABLE}\nrubbish\n")), "line 3 of the recording is damaged");
    check(
        &packed(&format!("{HEAD}\n{TABLE}\n{{\"at\":1,\"table\":7,\"rows\":{{\"*1\":{{}}}}}}\n")),
        "never declared",
    );
    check(&packed(&format!("{HEAD}\n{TABLE}\n{TABLE}\n")), "declared twice");
    let whole = std::fs::read(recordings::path("ros-7.21")).unwrap();
    for at in [200, whole.len() / 3, whole.len() / 2, whole.len() - 2_000] {
        let mut damaged = whole.clone();
        damaged[at..at + 4].copy_from_slice(b"\xff\x00\xff\x00");
        check(&damaged, "damaged");
    }
}

#[test]
fn what_unpacks_to_gigabytes_is_not_unpacked() {
    let mut bomb = zstd::Encoder::new(Vec::new(), 1).unwrap();
    writeln!(bomb, "{HEAD}\n{TABLE}").unwrap();
    let lines =
        "{\"at\":0,\"table\":0,\"rows\":{\"*1\":{\"name\":\"ana\"}},\"gone\":[\"*1\"]}\n".repeat(64 << 10);
    let mut size = 0;
    while size < 4_u64 << 30 {
        bomb.write_all(lines.as_bytes()).unwrap();
        size += lines.len() as u64;
    }
    check(&bomb.finish().unwrap(), "far more than a recording does");
    let mut line = zstd::Encoder::new(Vec::new(), 1).unwrap();
    writeln!(line, "{HEAD}").unwrap();
    let zeros = vec![b'0'; 64 << 20];
    for _ in 0..64 {
        line.write_all(&zeros).unwrap();
    }
    check(&line.finish().unwrap(), "far more than a recording does");
}

#[test]
fn tables_larger_than_the_file_can_tell_are_refused() {
    // Each row has a value in the last of many columns.
    let names: Vec<String> = (0..500).map(|n| format!("\"p{n}\":\"\"")).collect();
    let mut lines = format!("{HEAD}\n{TABLE}\n");
    for n in 0..2_000 {
        let row = if n == 0 { names.join(",") } else { "\"p499\":\"\"".to_owned() };
        lines.push_str(
            &["{\"at\":0,\"table\":0,\"rows\":{\"*", &format!("{n:X}"), "\":{", &row, "}}}\n"].concat(),
        );
    }
    check(&packed(&lines), "far larger than the file can tell");
}

#[test]
fn a_window_larger_than_we_ever_write_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(HEAD.as_bytes()).unwrap();
    // Enough that the window is really asked for.
    encoder.write_all(&vec![b' '; 200 << 20]).unwrap();
    check(&encoder.finish().unwrap(), "recording");
}
