//! Settings that are wrong are told without the passwords in them.

use crate::TRACE;
use crate::world::canary;
use integration_tests::secrets::{Finder, Secret};
use integration_tests::service::PATIENCE;
use integration_tests::{Running, in_folder};
use serde_json::Value;
use tempfile::TempDir;

/// Starts the service with these files; gives whether it refused them, and what it said.
fn start(settings: &str, dotenv: &str, variables: &[(&str, &str)]) -> (bool, String) {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("settings.json"), settings).unwrap();
    std::fs::write(folder.path().join(".env"), dotenv).unwrap();
    let mut command = in_folder(folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0"]).args(TRACE).envs(variables.iter().copied());
    let running = Running::start(&mut command).unwrap();
    // Nothing if it ends before.
    let is_ready = running.wait_for_line(PATIENCE, |line| line.contains("ready: open http")).is_ok();
    running.terminate().unwrap();
    let status = running.wait_for_exit(PATIENCE).unwrap();
    assert_eq!(status.code(), Some(if is_ready { 0 } else { 2 }), "{}", running.transcript());
    (!is_ready, running.transcript())
}

#[test]
fn what_is_wrong_with_settings_is_told_without_their_passwords() {
    let lost = canary("in a broken file");
    let finder = Secret::new("a password", lost.as_str());
    // A quote within it would end the value in .env.
    let plain = "canary in a broken .env 4Tz".to_owned();
    let (finder, in_env) =
        (Finder::new([&finder]), Finder::new([&Secret::new("a password", plain.as_str())]));
    let json = Value::from(lost.as_str()).to_string();
    let router = |password: &str| {
        format!(r#"{{"routers":[{{"name":"a","host":"192.0.2.1","username":"u",{password}}}]}}"#)
    };
    let cut = router(&format!("\"password\":{json}"));
    let settings = [
        cut[..cut.len() - 4].to_owned(),
        router(&format!("\"password\":[{json}]")),
        router(&format!("\"password\":{{\"is\":{json}}}")),
        router(&format!("\"passwort\":{json}")),
        router(&format!("\"password\":{json},\"tls\":\"loud\"")),
        router(&format!("\"password\":{json} \"tls\":\"off\"")),
        router(&format!("\"password\":{json},\"password\":{json}")),
        router(&format!("\"write_password\":{json}")),
        router(&format!("\"write_username\":\"w\",\"write_password\":[{json}]")),
        router(&format!("\"write_mode\":{json}")),
        format!("{{\"router_ip\":\"192.0.2.1\",\"router_password\":[{json}]}}"),
        format!("{{\"password\":{json}}}"),
        json.clone(),
    ];
    for text in &settings {
        let (is_refused, said) = start(text, "", &[]);
        assert!(is_refused, "{text}: {said}");
        assert_eq!(finder.find(said.as_bytes()), [], "{said}");
    }
    for text in [
        format!("MIKROTIK_PASSWORD='{plain}\n"),
        format!("MIKROTIK PASSWORD={plain}\n"),
        format!("MIKROTIK_PASSWORD=a {plain}\n"),
        format!("MIKROTIK_PORT=x\nMIKROTIK_PASSWORD='{plain}'\n"),
        format!("{plain}\n"),
    ] {
        // Some of it can be understood, though not as it was meant.
        let (_, said) = start("{}", &text, &[]);
        assert_eq!(in_env.find(said.as_bytes()), [], "{said}");
    }
    let key = Secret::new("a key", "5ec7e7".repeat(9));
    for (name, value) in [("TIKWATCH_KEY", "5ec7e7".repeat(9)), ("MIKROTIK_PORT", plain.clone())] {
        let (is_refused, said) = start("{}", "", &[(name, value.as_str()), ("MIKROTIK_HOST", "192.0.2.1")]);
        assert!(is_refused, "{name}: {said}");
        assert_eq!(Finder::new([&key]).find(said.as_bytes()), [], "{said}");
    }
}
