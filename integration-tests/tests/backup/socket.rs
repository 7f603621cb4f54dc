//! The socket over which a running service is asked.

use super::House;
use integration_tests::fresh::Fresh;
use integration_tests::program;
use integration_tests::service::PATIENCE;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const SOCKET: &str = "data/control.sock";

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// What the service answers to this.
fn answer(house: &House, asked: &[u8]) -> String {
    let mut service = UnixStream::connect(house.path(SOCKET)).unwrap();
    service.set_read_timeout(Some(PATIENCE)).unwrap();
    service.write_all(asked).unwrap();
    service.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    service.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_socket_is_for_its_owner_alone_and_understands_one_thing() {
    let house = House::new(1);
    let fresh = house.start();
    let mode = |name: &str| house.path(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(SOCKET), mode("data")), (0o600, 0o700));
    for nonsense in [&b"\n"[..], b"GET / HTTP/1.1\r\n\r\n", &[b'x'; 512], b"{}"] {
        assert!(answer(&house, nonsense).contains("this was not understood"));
    }
    let other = answer(&house, b"{\"tikwatch\":\"control\",\"version\":9}\n");
    assert!(other.contains("different versions"), "{other}");
    // More than a request can be is not even read.
    let mut chatty = UnixStream::connect(house.path(SOCKET)).unwrap();
    while chatty.write_all(&[b'x'; 4096]).is_ok() {}
    // Who says nothing keeps nobody else waiting.
    let _silent = UnixStream::connect(house.path(SOCKET)).unwrap();
    house.run_well(&["backup", "--out", "b"]);
    fresh.stop().unwrap();
    assert!(!house.path(SOCKET).exists());
}

#[test]
fn callers_who_are_done_keep_nobody_out() {
    let house = House::new(1);
    let fresh = house.start();
    let callers: Vec<UnixStream> = (0..4).map(|_| UnixStream::connect(house.path(SOCKET)).unwrap()).collect();
    for mut caller in callers {
        caller.set_read_timeout(Some(PATIENCE)).unwrap();
        caller.write_all(b"\n").unwrap();
        let mut answer = String::new();
        caller.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("this was not understood"), "{answer}");
    }
    assert!(answer(&house, b"\n").contains("this was not understood"));
    fresh.stop().unwrap();
}

#[test]
fn who_is_somebody_else_is_refused_even_where_the_files_let_them_in() {
    let house = House::new(1);
    let fresh = house.start();
    if rustix::process::geteuid().is_root() {
        let copy = house.path("tikwatch");
        std::fs::copy(program(), &copy).unwrap();
        for (path, mode) in [("", 0o777), ("data", 0o711), (SOCKET, 0o666), ("tikwatch", 0o755)] {
            set_mode(&house.path(path), mode);
        }
        let mut nobody = Command::new("setpriv");
        nobody.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(copy);
        nobody.args(["backup", "--out", "stolen"]).current_dir(house.folder.path());
        let ended = nobody.output().unwrap();
        assert_ne!(ended.status.code(), Some(0), "{ended:?}");
        assert!(!house.path("stolen").exists());
        fresh.process.wait_for_line(PATIENCE, |line| line.contains("the user 65534 may not ask")).unwrap();
    } else {
        // Nobody else can be had here: it is the kernel that refuses who has another id.
        assert_eq!(house.path(SOCKET).metadata().unwrap().permissions().mode() & 0o077, 0);
    }
    fresh.stop().unwrap();
}

#[test]
fn what_a_killed_service_left_is_replaced() {
    let house = House::new(1);
    let killed = house.start();
    killed.process.kill().unwrap();
    killed.process.wait_for_exit(PATIENCE).unwrap();
    assert!(house.path(SOCKET).exists());
    house.run_well(&["backup", "--out", "stopped"]);
    let fresh = house.start();
    house.run_well(&["backup", "--out", "running"]);
    let log = fresh.stop().unwrap().1;
    assert!(log.contains("gave a backup"), "{log}");
}

#[test]
fn a_folder_whose_path_is_too_long_for_a_socket_is_served_all_the_same() {
    let house = House::new(1);
    let data = "x".repeat(120);
    let fresh = Fresh::start(house.folder.path(), &["--data", &data], &[]).unwrap();
    fresh.process.wait_for_line(PATIENCE, |line| line.contains("too long for a socket")).unwrap();
    let (code, said) = house.run(&["backup", "--data", &data, "--out", "b"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("in use by another tikwatch"), "{said}");
    fresh.stop().unwrap();
    house.run_well(&["backup", "--data", &data, "--out", "b"]);
}

#[test]
fn a_slow_taker_does_not_hold_up_the_end_of_the_service() {
    let house = House::new(1);
    // Much to send: the socket takes a part of it and waits for whoever reads.
    let recordings = house.path("data/recordings");
    std::fs::create_dir_all(&recordings).unwrap();
    std::fs::write(recordings.join("a.jsonl.zst"), vec![7; 8 << 20]).unwrap();
    let fresh = house.start();
    let mut service = UnixStream::connect(house.path(SOCKET)).unwrap();
    let asked = r#"{"tikwatch":"control","version":1,"ask":"backup","secrets":false,"recordings":true}"#;
    service.write_all(format!("{asked}\n").as_bytes()).unwrap();
    let mut first = [0; 5];
    service.read_exact(&mut first).unwrap();
    let (code, said) = house.run(&["backup", "--out", "b"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("another backup is being made"), "{said}");
    fresh.process.terminate().unwrap();
    // Well before a taker that takes nothing is given up.
    fresh.process.wait_for_exit(Duration::from_secs(15)).unwrap();
}
