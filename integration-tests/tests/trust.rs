//! What is promised for bad days: a full disk, a second start on one data folder, months of running.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

#[path = "trust/disk.rs"]
mod disk;
#[path = "trust/leaks.rs"]
mod leaks;
#[path = "trust/second.rs"]
mod second;

use integration_tests::fresh::Fresh;
use integration_tests::visitor::{Answer, Sent, Visitor};
use serde_json::{Value, json};
use std::path::Path;

const PASSWORD: &str = "canary gravel lamp seven 4Qz";

/// Settings of routers at these ports.
fn settle(folder: &Path, ports: &[u16], poll_seconds: u64) {
    let router = |(n, port): (usize, &u16)| {
        json!({ "name": format!("r{n}"), "host": "127.0.0.1", "port": port, "username": "monitor",
            "password": "canary-router-password", "poll_seconds": poll_seconds })
    };
    let routers: Vec<Value> = ports.iter().enumerate().map(router).collect();
    std::fs::write(folder.join("settings.json"), json!({ "routers": routers }).to_string()).unwrap();
}

/// The first admin of a service that was never used.
async fn first_admin(fresh: &Fresh) -> Visitor {
    let token = fresh.setup_token().unwrap();
    let ana = fresh.visitor().unwrap();
    let form = [("token", token.as_str()), ("name", "ana"), ("password", PASSWORD), ("again", PASSWORD)];
    let made = ana.send("POST", "/setup", Sent::Form(&form)).await.unwrap();
    ana.let_in("ana", &made).await.unwrap()
}

async fn make_group(visitor: &Visitor, name: &str) -> Answer {
    let body = json!({ "router": "r0", "name": name });
    visitor.send("POST", "/api/v1/groups", Sent::Json(&body)).await.unwrap()
}

async fn json(visitor: &Visitor, path: &str) -> Value {
    let answer = visitor.get(path).await.unwrap();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json().unwrap()
}

/// Asks until the answer is as wanted.
async fn until(visitor: &Visitor, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let asking = async {
        loop {
            let answer = json(visitor, path).await;
            if wanted(&answer) {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(integration_tests::service::PATIENCE, asking).await.unwrap()
}

async fn group_names(visitor: &Visitor) -> Vec<String> {
    let list = json(visitor, "/api/v1/groups").await;
    let names = list["groups"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}
