//! Routers added, tested, changed and removed while the service runs, as programs and browsers without scripts do it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

#[path = "routers/by_hand.rs"]
mod by_hand;
#[path = "routers/changes.rs"]
mod changes;
#[path = "routers/crashes.rs"]
mod crashes;
#[path = "routers/files.rs"]
mod files;
#[path = "routers/forms.rs"]
mod forms;
#[path = "routers/general.rs"]
mod general;
#[path = "routers/languages.rs"]
mod languages;
#[path = "routers/trials.rs"]
mod trials;

use integration_tests::fresh::Fresh;
use integration_tests::isp::{Router, calm};
use integration_tests::service::PATIENCE;
use integration_tests::visitor::{Answer, Sent, Visitor};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tikwatch::simulator::RouterPlan;

const PASSWORD: &str = "canary otter lamp seven 7Kx";

/// The password of the simulated routers.
const SECRET: &str = "canary-router-3Qz";

/// A service and its first admin.
struct House {
    fresh: Fresh,
    admin: Visitor,
    folder: TempDir,
}

impl House {
    /// A service with these settings.
    async fn open(settings: &Value, variables: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("settings.json"), settings.to_string()).unwrap();
        Self::in_folder(folder, variables).await
    }

    /// A service that may watch routers on this machine, and has none yet.
    async fn empty() -> Self {
        Self::open(&json!({ "allow_loopback_routers": true }), &[]).await
    }

    async fn in_folder(folder: TempDir, variables: &[(&str, &str)]) -> Self {
        let fresh = Fresh::start(folder.path(), &[], variables).unwrap();
        let token = fresh.setup_token().unwrap();
        let ana = fresh.visitor().unwrap();
        let form = [("token", token.as_str()), ("name", "ana"), ("password", PASSWORD), ("again", PASSWORD)];
        let made = ana.send("POST", "/setup", Sent::Form(&form)).await.unwrap();
        let admin = ana.let_in("ana", &made).await.unwrap();
        Self { fresh, admin, folder }
    }

    /// An admin's program, which has a budget of its own.
    async fn program(&self) -> Visitor {
        let body = json!({ "name": "program", "role": "admin", "may_write": true });
        let made = post(&self.admin, "/api/v1/tokens", &body).await;
        let secret = made.json().unwrap()["secret"].as_str().unwrap().to_owned();
        self.fresh.visitor().unwrap().with_token("program", &secret)
    }

    fn file(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("settings.json")).unwrap()
    }

    async fn version(&self) -> u64 {
        get(&self.admin, "/api/v1/settings").await["version"].as_u64().unwrap()
    }

    /// Waits until a router's row is as wanted.
    async fn wait(&self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let answer = self.admin.get(&format!("/api/v1/routers/{name}")).await.unwrap();
            let row = answer.json().unwrap()["router"].take();
            if wanted(&row) {
                return row;
            }
            assert!(Instant::now() < until, "never: {row}\n{}", self.fresh.process.transcript());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn post(visitor: &Visitor, path: &str, body: &Value) -> Answer {
    visitor.send("POST", path, Sent::Json(body)).await.unwrap()
}

async fn put(visitor: &Visitor, path: &str, body: &Value) -> Answer {
    visitor.send("PUT", path, Sent::Json(body)).await.unwrap()
}

async fn get(visitor: &Visitor, path: &str) -> Value {
    let answer = visitor.get(path).await.unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json().unwrap()
}

/// A router into which `monitor` signs in with the password of these tests.
async fn router(subscribers: usize) -> Router {
    let user = Some(("monitor".to_owned(), SecretString::from(SECRET)));
    Router::start(RouterPlan { user, ..calm(subscribers) }).await.unwrap()
}

/// The body that describes a router.
fn body(name: &str, router: &Router) -> Value {
    json!({
        "name": name, "host": "127.0.0.1", "port": router.address.port(), "username": "monitor", "password": SECRET,
    })
}

/// A body with other keys.
fn with(body: &Value, more: &Value) -> Value {
    let mut body = body.clone();
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

/// What is wrong with which field.
fn faults(answer: &Answer) -> Vec<String> {
    let body = answer.json().unwrap();
    let errors = body["errors"].as_array().unwrap_or_else(|| panic!("{}: {body}", answer.status)).clone();
    errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}
