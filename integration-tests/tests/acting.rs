//! What an operator has done on routers: over the API and the pages, with its effect on the router, on what is shown, and
//! in the audit log; and all that keeps it from being done.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

#[path = "acting/bulk.rs"]
mod bulk;
#[path = "acting/cookies.rs"]
mod cookies;
#[path = "acting/each.rs"]
mod each;
#[path = "acting/midway.rs"]
mod midway;
#[path = "acting/onlookers.rs"]
mod onlookers;
#[path = "acting/pace.rs"]
mod pace;
#[path = "acting/pages.rs"]
mod pages;
#[path = "acting/refusals.rs"]
mod refusals;
#[path = "acting/shown.rs"]
mod shown;
#[path = "acting/undo.rs"]
mod undo;

use integration_tests::fresh::Fresh;
use integration_tests::isp::{Router, calm};
use integration_tests::service::PATIENCE;
use integration_tests::visitor::{Answer, Sent, Visitor};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tikwatch::simulator::RouterPlan;

const PASSWORD: &str = "canary heron lamp seven 5Tz";

/// The passwords of the users of the simulated routers: of the one who looks, and of the one who may change something.
const LOOKS: &str = "canary-looks-8Yx";
const CHANGES: &str = "canary-changes-2Wv";

/// A service of one router on which something may be changed, and its first admin.
struct House {
    fresh: Fresh,
    admin: Visitor,
    router: Router,
    _folder: TempDir,
}

impl House {
    /// With a router of so many subscribers.
    async fn new(subscribers: usize) -> Self {
        let mode = json!({ "write_mode": true, "write_username": "operator", "write_password": CHANGES });
        Self::with(subscribers, &mode).await
    }

    /// The same with this write mode.
    async fn with(subscribers: usize, mode: &Value) -> Self {
        let user = |name: &str, password: &str| Some((name.to_owned(), SecretString::from(password)));
        let (user, operator) = (user("monitor", LOOKS), user("operator", CHANGES));
        let mut router = Router::start(RouterPlan { user, operator, ..calm(subscribers) }).await.unwrap();
        router.is_acted_on = true;
        let mut settings = json!({ "name": "r1", "host": "127.0.0.1", "port": router.address.port(),
            "username": "monitor", "password": LOOKS, "poll_seconds": 1 });
        for (key, value) in mode.as_object().unwrap() {
            settings[key] = value.clone();
        }
        let folder = TempDir::new().unwrap();
        let settings = json!({ "routers": [settings], "allow_loopback_routers": true });
        std::fs::write(folder.path().join("settings.json"), settings.to_string()).unwrap();
        let fresh = Fresh::start(folder.path(), &[], &[]).unwrap();
        let token = fresh.setup_token().unwrap();
        let ana = fresh.visitor().unwrap();
        let form = [("token", token.as_str()), ("name", "ana"), ("password", PASSWORD), ("again", PASSWORD)];
        let first = ana.send("POST", "/setup", Sent::Form(&form)).await.unwrap();
        let admin = ana.let_in("ana", &first).await.unwrap();
        let house = Self { fresh, admin, router, _folder: folder };
        house.until("/api/v1/subscribers", |list| list["subscribers"][0]["profile"] != "").await;
        house.until("/api/v1/leases", |list| list["leases"][0]["address"] != Value::Null).await;
        house.until("/api/v1/hotspot/users", |list| list["users"][0]["name"] != Value::Null).await;
        house
    }

    async fn json(&self, path: &str) -> Value {
        let answer = self.admin.get(path).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json().unwrap()
    }

    /// Asks until the answer is as wanted.
    async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let answer = self.json(path).await;
            if wanted(&answer) {
                return answer;
            }
            assert!(start.elapsed() < PATIENCE, "{path} is still {answer}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Has this done, and waits until it is over; the job.
    async fn act(&self, action: Value) -> Value {
        let answer = post(&self.admin, "/api/v1/jobs", &json!({ "actions": [action], "begin": true })).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        self.over(&answer.json().unwrap()).await
    }

    /// Waits until a job is over.
    async fn over(&self, job: &Value) -> Value {
        let path = format!("/api/v1/jobs/{}", job["job"]["id"].as_str().unwrap());
        self.until(&path, |now| now["job"]["phase"] == "over").await
    }

    /// What the audit log has of an action, the newest first.
    async fn audited(&self, action: &str) -> Vec<Value> {
        let found = self.json(&format!("/api/v1/audit?limit=1000&action={action}")).await;
        found["audit"].as_array().unwrap().clone()
    }

    /// The changing commands that the router heard.
    fn heard(&self) -> Vec<String> {
        self.router.router.counters().changing_by_path.into_keys().collect()
    }

    /// The names of so many subscribers that a search finds.
    async fn names(&self, search: &str, most: usize) -> Vec<String> {
        let list = self.json(&format!("/api/v1/subscribers?limit={most}&sort=name&q={search}")).await;
        let rows = list["subscribers"].as_array().unwrap();
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The names of so many on the first router who have an account and one session; in pages and addresses they are
    /// written as they are.
    async fn plain(&self, most: usize) -> Vec<String> {
        let list = self.json("/api/v1/subscribers?limit=1000&sort=name&router=r1").await;
        let mut names = plain(&list);
        names.truncate(most);
        assert_eq!(names.len(), most, "{list}");
        names
    }
}

fn plain(list: &Value) -> Vec<String> {
    let meant = |row: &&Value| {
        let name = row["name"].as_str().unwrap();
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        let has_both = row["state"] == "online" && row["profile"] != "" && row["sessions"] == 1;
        is_plain && has_both && row["disabled"] == false
    };
    let rows = list["subscribers"].as_array().unwrap();
    rows.iter().filter(meant).map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

async fn post(visitor: &Visitor, path: &str, body: &Value) -> Answer {
    visitor.send("POST", path, Sent::Json(body)).await.unwrap()
}

/// Sends a form; the page that it leads to.
async fn press(visitor: &Visitor, path: &str, form: &[(&str, &str)]) -> String {
    let answer = visitor.send("POST", path, Sent::Form(form)).await.unwrap();
    assert_eq!(answer.status, 303, "{path}: {}", answer.text());
    answer.header("location").unwrap().to_owned()
}

/// The page of a job that the API told of.
fn page_of(job: &Value) -> String {
    format!("/jobs/{}", job["job"]["id"].as_str().unwrap())
}
