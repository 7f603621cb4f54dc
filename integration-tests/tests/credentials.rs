//! Routers' passwords at rest: sealed at the first start, there at the next, and nowhere else in the clear.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use integration_tests::fresh::Fresh;
use integration_tests::isp::{Router, calm};
use integration_tests::service::PATIENCE;
use integration_tests::{Running, in_folder, secrets};
use secrecy::SecretString;
use serde_json::json;
use std::path::Path;
use tempfile::TempDir;
use tikwatch::simulator::RouterPlan;

const PASSWORD: &str = "canary-router-Zq81x";
const READY: &str = "ready: open http";
const LIVE: &str = "connected";

/// A router that lets only our user in.
async fn router() -> Router {
    let user = ("monitor".to_owned(), SecretString::from(PASSWORD));
    Router::start(RouterPlan { user: Some(user), ..calm(20) }).await.unwrap()
}

/// A folder whose settings have the router's password in clear.
fn folder(router: &Router) -> TempDir {
    let folder = TempDir::new().unwrap();
    let address = router.address;
    let router = json!({
        "name": "r1", "host": address.ip().to_string(), "port": address.port(), "username": "monitor",
        "password": PASSWORD,
    });
    let settings = json!({ "routers": [router], "log_level": "trace" });
    std::fs::write(folder.path().join("settings.json"), settings.to_string()).unwrap();
    folder
}

async fn blocking<T: Send + 'static>(wait: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(wait).await.unwrap()
}

async fn start(folder: &Path, arguments: &str) -> Running {
    Running::start(in_folder(folder).args(arguments.split_whitespace())).unwrap()
}

/// Starts the service and waits until it says this.
async fn serve(folder: &Path, until: &'static str) -> Running {
    let running = start(folder, "serve --listen 127.0.0.1:0").await;
    blocking(move || {
        running.wait_for_line(PATIENCE, |line| line.contains(until)).unwrap();
        running
    })
    .await
}

/// Ends it; gives all that it said.
async fn stop(running: Running) -> String {
    running.terminate().unwrap();
    blocking(move || {
        running.wait_for_exit(PATIENCE).unwrap();
        running.transcript()
    })
    .await
}

/// Runs a command to its end; gives its exit code and all that it said.
async fn run(folder: &Path, arguments: &str) -> (i32, String) {
    let running = start(folder, arguments).await;
    blocking(move || (running.wait_for_exit(PATIENCE).unwrap().code().unwrap_or(-1), running.transcript()))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_sealed_at_the_first_start_and_used_at_the_next() {
    let router = router().await;
    let folder = folder(&router);
    for _ in 0..2 {
        let said = stop(serve(folder.path(), LIVE).await).await;
        assert!(secrets::find(said.as_bytes(), PASSWORD).is_none(), "{said}");
        // All that we keep, and the key.
        assert_eq!(secrets::find_in(folder.path(), PASSWORD).unwrap(), None);
    }
    let settings = std::fs::read_to_string(folder.path().join("settings.json")).unwrap();
    assert!(settings.contains("\"username\":\"monitor\"") && !settings.contains("password"), "{settings}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sealed_can_be_recorded_with_while_no_service_runs() {
    let router = router().await;
    let folder = folder(&router);
    let record = "record --data data --out a.jsonl.zst --for 2s";
    let (code, said) = run(folder.path(), record).await;
    assert!(code == 2 && said.contains("is no data folder"), "{code}: {said}");
    let running = serve(folder.path(), LIVE).await;
    let (code, said) = run(folder.path(), record).await;
    assert!(code == 2 && said.contains("is in use by another tikwatch"), "{code}: {said}");
    assert!(!folder.path().join("a.jsonl.zst").exists());
    stop(running).await;
    let (code, said) = run(folder.path(), record).await;
    assert_eq!(code, 0, "{said}");
    assert!(folder.path().join("a.jsonl.zst").exists());
    let (code, said) = run(folder.path(), "record --out b.jsonl.zst --for 2s").await;
    assert!(code == 1 && said.contains("refused"), "without --data there is no password: {code}: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_costs_the_passwords_and_nothing_else() {
    let router = router().await;
    let folder = folder(&router);
    stop(serve(folder.path(), LIVE).await).await;
    let key = folder.path().join("config/tikwatch/key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let said = stop(serve(folder.path(), READY).await).await;
    assert!(said.contains("the password of `r1` cannot be read"), "{said}");
    assert!(!said.contains(LIVE), "a router is not called with a wrong password: {said}");
    // The key comes back.
    std::fs::write(&key, kept).unwrap();
    stop(serve(folder.path(), LIVE).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_can_be_changed_while_the_service_is_stopped() {
    let router = router().await;
    let folder = folder(&router);
    let running = serve(folder.path(), LIVE).await;
    let (code, said) = run(folder.path(), "key rotate").await;
    assert!(code == 2 && said.contains("is in use by another tikwatch"), "{code}: {said}");
    stop(running).await;
    let key = folder.path().join("config/tikwatch/key");
    let old = std::fs::read(&key).unwrap();
    let (code, said) = run(folder.path(), "key rotate").await;
    assert!(code == 0 && said.contains("1 credentials were sealed with a new key"), "{code}: {said}");
    let new = std::fs::read(&key).unwrap();
    assert_ne!(old, new);
    stop(serve(folder.path(), LIVE).await).await;
    std::fs::write(&key, old).unwrap();
    let said = stop(serve(folder.path(), READY).await).await;
    assert!(said.contains("the password of `r1` cannot be read"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_makes_the_first_admin_and_is_of_no_use_later() {
    let folder = TempDir::new().unwrap();
    let credentials = folder.path().join("credentials");
    std::fs::create_dir(&credentials).unwrap();
    std::fs::write(credentials.join("tikwatch-key"), "5e".repeat(32)).unwrap();
    let variables = [("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap())];
    for password in [PASSWORD, "canary-another-Yr72"] {
        std::fs::write(credentials.join("tikwatch-admin-password"), format!("{password}\n")).unwrap();
        let fresh = Fresh::start(folder.path(), &[], &variables).unwrap();
        // Only the first one is theirs.
        fresh.visitor().unwrap().sign_in("admin", PASSWORD, "").await.unwrap();
        let other = fresh.visitor().unwrap().sign_in("admin", "canary-another-Yr72", "").await;
        assert!(other.is_err(), "a later credential changed the password");
        let (out, log) = blocking(move || fresh.stop().unwrap()).await;
        assert!(!out.contains("/setup?token="), "{out}");
        assert!(!out.contains("canary") && !log.contains("canary"), "{log}");
        std::fs::remove_file(credentials.join("tikwatch-admin-password")).unwrap();
        assert_eq!(secrets::find_in(folder.path(), PASSWORD).unwrap(), None);
    }
    assert!(!folder.path().join("config").exists(), "a key was made beside the one that was given");
}
