//! The command line, as scripts and service managers use it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

use integration_tests::service::{PATIENCE, Service};
use integration_tests::stream::Events;
use integration_tests::{Running, free_port, in_folder};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const CANARY: &str = "canary-8qF2";

/// The program in a folder of its own, without the variables of whoever runs the tests.
fn tikwatch(folder: &Path, line: &str) -> Command {
    let mut command = in_folder(folder);
    command.args(line.split_whitespace());
    command
}

/// Runs to the end; gives exit code, stdout and stderr.
fn run(mut command: Command) -> (i32, String, String) {
    let running = Running::start(&mut command).unwrap();
    let status = running.wait_for_exit(PATIENCE).unwrap();
    let code = status.code().unwrap_or_else(|| panic!("{status}\n{}", running.transcript()));
    (code, running.stdout().join("\n"), running.stderr().join("\n"))
}

fn check_refused(line: &str, expect: &[&str]) {
    let folder = TempDir::new().unwrap();
    let (code, out, err) = run(tikwatch(folder.path(), line));
    assert_eq!((code, out.as_str()), (2, ""), "{line}: {err}");
    for words in expect {
        assert!(err.contains(words), "{line} does not say {words:?}: {err}");
    }
}

#[test]
fn every_command_has_its_help() {
    let folder = TempDir::new().unwrap();
    let expect = [
        ("--help", "--log-format"),
        ("serve --help", "--settings"),
        ("demo --help", "--subscribers"),
        ("simulate --help", "--frozen"),
        ("simulate --help", "--legacy-login"),
        ("check --help", "--password-stdin"),
    ];
    for (line, words) in expect {
        let (code, out, err) = run(tikwatch(folder.path(), line));
        assert_eq!((code, err.as_str()), (0, ""), "{line}");
        assert!(out.contains(words) && out.contains("Usage: tikwatch"), "{line}: {out}");
    }
    check_refused("--no-such-option", &["--no-such-option", "--help"]);
    check_refused("no-such-command", &["no-such-command"]);
}

#[test]
fn a_busy_port_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for command in ["serve", "demo", "simulate"] {
        check_refused(&format!("{command} --listen {address}"), &[&address, "--listen 127.0.0.1:0"]);
    }
}

#[test]
fn other_machines_are_kept_out() {
    for command in ["", "serve", "demo", "simulate"] {
        check_refused(
            &format!("{command} --listen 0.0.0.0:5000"),
            &["0.0.0.0:5000", "can be reached from other machines"],
        );
    }
}

#[test]
fn settings_that_are_named_must_be_there() {
    check_refused("--settings nowhere.json", &["nowhere.json"]);
}

#[test]
fn damaged_settings_are_told_whole_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("settings.json");
    let text = format!(
        r#"{{"routers": [{{"name": "a b", "hots": "192.0.2.1", "port": "many", "username": "u",
            "password": "{CANARY}"}}], "colour": "red"}}"#
    );
    let broken = format!(r#"{{"routers": [{{"password": "{CANARY}","#);
    let expect: [(&str, &[&str]); 2] = [
        (&text, &["routers[0].name", "routers[0].hots", "routers[0].host", "routers[0].port", "colour"]),
        (&broken, &["settings.json", "line 1"]),
    ];
    for (text, paths) in expect {
        std::fs::write(&file, text).unwrap();
        let (code, out, err) = run(tikwatch(folder.path(), "--listen 127.0.0.1:0"));
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        for path in paths {
            assert!(err.contains(path), "{path} is not in {err}");
        }
        assert!(!err.contains(CANARY), "{err}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}

/// Starts a simulation and gives what its ready lines say.
fn simulate(folder: &Path, line: &str, routers: usize) -> (Running, Vec<Value>) {
    let running = Running::start(&mut tikwatch(folder, &format!("simulate {line}"))).unwrap();
    let last = format!("\"sim{routers}\"");
    running.wait_for_line(PATIENCE, |line| line.contains(&last)).unwrap();
    let lines = running.stdout().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    (running, lines)
}

fn port(ready: &Value, key: &str) -> u16 {
    ready[key].as_str().unwrap().parse::<SocketAddr>().unwrap().port()
}

fn check_command(port: u16, options: &str) -> Command {
    tikwatch(Path::new("/"), &format!("check --host 127.0.0.1 --port {port} --user monitor {options}"))
}

/// The steps of a check and their states, with the password given on stdin.
fn checked(port: u16, options: &str, password: &str) -> (i32, Vec<(String, String)>, Value) {
    let mut command = check_command(port, &format!("--json --password-stdin {options}"));
    let running = Running::start_with_input(&mut command, format!("{password}\n").as_bytes()).unwrap();
    let status = running.wait_for_exit(PATIENCE).unwrap();
    assert!(!running.transcript().contains(password), "{}", running.transcript());
    let report: Value = serde_json::from_str(&running.stdout().join("\n")).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let steps = report["steps"].as_array().unwrap().iter();
    let steps = steps.map(|step| (text(&step["step"]), text(&step["state"]))).collect();
    (status.code().unwrap(), steps, report)
}

#[test]
fn a_check_tells_which_step_fails() {
    let folder = TempDir::new().unwrap();
    let line = format!(
        "--listen 127.0.0.1:0 --tls-listen 127.0.0.1:0 --subscribers 60 --user monitor --password {CANARY}"
    );
    let (_simulation, ready) = simulate(folder.path(), &line, 1);
    let (plain, tls) = (port(&ready[0], "address"), port(&ready[0], "tls_address"));
    let fingerprint = ready[0]["fingerprint"].as_str().unwrap();

    let last = |steps: &[(String, String)]| steps.last().cloned().unwrap();
    let step = |name: &str, state: &str| (name.to_owned(), state.to_owned());
    let (code, steps, report) = checked(plain, "", CANARY);
    assert_eq!((code, last(&steps)), (0, step("count", "ok")), "{report}");
    assert!(steps.contains(&step("tls", "warn")), "{report}");
    assert_eq!(report["success"], true);
    let (code, steps, report) = checked(tls, &format!("--tls pin --fingerprint {fingerprint}"), CANARY);
    assert_eq!(code, 0, "{report}");
    assert!(steps.contains(&step("tls", "ok")), "{report}");

    let failures = [
        (plain, "", "wrong-canary", "sign-in"),
        (free_port().unwrap(), "", CANARY, "connect"),
        (tls, "--tls verify", CANARY, "tls"),
        (tls, "--tls pin", CANARY, "tls"),
        (plain, "--tls anonymous", CANARY, "tls"),
    ];
    for (port, options, password, failing) in failures {
        let (code, steps, report) = checked(port, options, password);
        assert_eq!((code, last(&steps)), (1, step(failing, "FAIL")), "{options}: {report}");
        assert!(report["steps"].as_array().unwrap().last().unwrap()["advice"].is_string(), "{report}");
    }
    let (code, _, err) = run(check_command(plain, ""));
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("MIKROTIK_PASSWORD"), "{err}");
    let mut command = check_command(plain, "");
    let (code, out, err) = run({
        command.env("MIKROTIK_PASSWORD", CANARY);
        command
    });
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert!(!err.contains(CANARY) && err.contains("sign-in"), "{err}");
}

#[test]
fn simulated_routers_take_the_ports_in_turn() {
    let folder = TempDir::new().unwrap();
    // Three ports in a row are free with luck only; another program may hold one.
    let found = (0..20).find_map(|_| {
        let first = free_port().ok().filter(|port| *port < 65_000)?;
        let all: Result<Vec<_>, _> =
            (first..first + 3).map(|port| TcpListener::bind(("127.0.0.1", port))).collect();
        all.is_ok().then_some(first)
    });
    let first = found.expect("no three free ports in a row");
    let line = format!("--listen 127.0.0.1:{first} --routers 3 --subscribers 31 --ros 6.49,7.21 --user joe");
    let (running, ready) = simulate(folder.path(), &line, 3);
    for (offset, line) in (0..).zip(&ready) {
        assert_eq!(port(line, "address"), first + offset);
        assert_eq!(line["user"], "joe");
        assert!(line["tls_address"].is_null() && line["fingerprint"].is_null());
    }
    let versions: Vec<&str> = ready.iter().map(|line| line["ros"].as_str().unwrap()).collect();
    assert_eq!(versions, ["6.49", "7.21", "6.49"]);
    assert_eq!(ready.iter().map(|line| line["subscribers"].as_u64().unwrap()).sum::<u64>(), 31);
    check_ends(&running);
}

/// The reply to this command after signing in, up to its `!done`.
fn asked(port: u16, words: &[&str]) -> Vec<u8> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reply = Vec::new();
    for sentence in [&["/login", "=name=u", "=password=p"][..], words] {
        let mut bytes = Vec::new();
        for word in sentence {
            bytes.push(u8::try_from(word.len()).unwrap());
            bytes.extend_from_slice(word.as_bytes());
        }
        bytes.push(0);
        stream.write_all(&bytes).unwrap();
        reply.clear();
        while !reply.ends_with(b"\x05!done\0") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            reply.push(byte[0]);
        }
    }
    reply
}

#[test]
fn a_frozen_router_answers_the_same_twice() {
    let folder = TempDir::new().unwrap();
    let (_running, ready) = simulate(folder.path(), "--listen 127.0.0.1:0 --frozen --subscribers 40", 1);
    let port = port(&ready[0], "address");
    for menu in ["/interface/print", "/ppp/active/print", "/system/resource/print", "/system/clock/print"] {
        let once = asked(port, &[menu]);
        assert!(20 < once.len(), "{menu} is empty");
        assert_eq!(once, asked(port, &[menu]), "{menu}");
    }
}

fn check_ends(running: &Running) {
    let asked = Instant::now();
    running.terminate().unwrap();
    let status = running.wait_for_exit(PATIENCE).unwrap();
    assert_eq!(status.code(), Some(0), "{}", running.transcript());
    assert!(asked.elapsed() < Duration::from_secs(5), "it took {:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_ends_when_asked_whoever_is_still_reading() {
    let demo = Service::demo(&["--subscribers", "3000"]).unwrap();
    demo.wait_for("/api/health", |health| health["status"] == "healthy").await.unwrap();
    let mut events = Events::open(&demo, "presence,subscribers,routers").await.unwrap();
    events.next(PATIENCE).await.unwrap().expect("a greeting");
    // A reader that never reads: what the kernel holds for it is soon full.
    let mut slow = TcpStream::connect(demo.url.trim_start_matches("http://")).unwrap();
    let (name, value) = &demo.cookie;
    let request =
        format!("GET /api/pppoe_interfaces HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {name}={value}\r\n\r\n");
    for _ in 0..20 {
        slow.write_all(request.as_bytes()).unwrap();
    }
    check_ends(&demo.process);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_json_log_is_json() {
    for line in ["--log-format json serve", "serve --log-format json"] {
        let folder = TempDir::new().unwrap();
        let mut command = tikwatch(folder.path(), &format!("{line} --listen 127.0.0.1:0"));
        command.env("MIKROTIK_HOST", "127.0.0.1").env("MIKROTIK_PORT", free_port().unwrap().to_string());
        command.env("MIKROTIK_USER", "monitor").env("MIKROTIK_PASSWORD", CANARY);
        let running = Running::start(&mut command).unwrap();
        running.wait_for_line(PATIENCE, |line| line.contains("refuses connections")).unwrap();
        check_ends(&running);
        check_json_lines(&running);
    }
    let folder = TempDir::new().unwrap();
    let mut failing = tikwatch(folder.path(), "serve --settings nowhere.json --log-format json");
    let running = Running::start(&mut failing).unwrap();
    assert_eq!(running.wait_for_exit(PATIENCE).unwrap().code(), Some(2));
    check_json_lines(&running);
}

fn check_json_lines(running: &Running) {
    assert!(!running.stderr().is_empty());
    for line in running.stderr() {
        let line: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["message"].is_string() && line["level"].is_string(), "{line}");
        assert!(!line.to_string().contains(CANARY), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_keys_and_the_variables_still_load() {
    let folder = TempDir::new().unwrap();
    let line = format!("--listen 127.0.0.1:0 --subscribers 20 --user monitor --password {CANARY}");
    let (_simulation, ready) = simulate(folder.path(), &line, 1);
    let port = port(&ready[0], "address");
    let old = json!({
        "router_ip": "127.0.0.1", "router_user": "monitor", "router_password": CANARY, "router_port": port,
    });
    let service = Service::start(&old, &[]).unwrap();
    service.wait_for("/api/health", |health| health["routers"][0]["status"] == "live").await.unwrap();

    let mut command = tikwatch(folder.path(), "--listen 127.0.0.1:0");
    command.env("MIKROTIK_HOST", "127.0.0.1").env("MIKROTIK_PORT", port.to_string());
    command.env("MIKROTIK_USER", "monitor").env("MIKROTIK_PASSWORD", CANARY);
    let running = Running::start(&mut command).unwrap();
    running.wait_for_line(PATIENCE, |line| line.contains("connected to")).unwrap();
    check_ends(&running);
    let mut left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["config", "data"], "nothing but the key's folder and the data folder is made");
}

#[test]
fn passwords_do_not_travel_in_clear_unless_that_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let running = Running::start(&mut tikwatch(folder.path(), "serve --listen 0.0.0.0:0")).unwrap();
    assert_eq!(running.wait_for_exit(PATIENCE).unwrap().code(), Some(2));
    let told = running.transcript();
    assert!(
        told.contains("can be reached from other machines") && told.contains("--tls self-signed"),
        "{told}"
    );
    let allowed = tikwatch(folder.path(), "serve --listen 0.0.0.0:0 --insecure-http");
    let running = Running::start(&mut { allowed }).unwrap();
    running.wait_for_line(PATIENCE, |line| line.contains("/setup?token=")).unwrap();
}
