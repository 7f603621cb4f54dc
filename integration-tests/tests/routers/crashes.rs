//! Killed in the middle of changes: the file is an old or a new one, never half of one, and nothing acknowledged is lost.

use super::{House, get, put};
use integration_tests::fresh::Fresh;
use integration_tests::visitor::{Sent, Visitor};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const KILLS: u64 = 12;

/// Changes the label again and again until the service is gone; the number in the last one that was acknowledged.
async fn relabel(visitor: Visitor, done: Arc<AtomicU64>) {
    loop {
        let number = done.load(Ordering::SeqCst) + 1;
        let Ok(shown) = visitor.get("/api/v1/settings").await else { return };
        let Ok(shown) = shown.json() else { return };
        let change = json!({
            "host": "127.0.0.1", "port": 1, "username": "u", "label": format!("n{number} {}", "x".repeat(80)),
            "version": shown["version"], "enabled": false,
        });
        match visitor.send("PUT", "/api/v1/routers/one", Sent::Json(&change)).await {
            Ok(answer) if answer.status == 200 => done.store(number, Ordering::SeqCst),
            Ok(answer) => panic!("{}", answer.text()),
            Err(_) => return,
        }
    }
}

fn number(settings: &Value) -> u64 {
    let label = settings["routers"][0]["label"].as_str().unwrap_or("n0 ");
    label[1..].split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_leaves_an_old_or_a_new_file() {
    let router = json!({ "name": "one", "host": "127.0.0.1", "port": 1, "username": "u", "enabled": false });
    let House { mut fresh, admin, folder } = House::open(&json!({ "routers": [router] }), &[]).await;
    let done = Arc::new(AtomicU64::new(0));
    for round in 0..KILLS {
        let visitor = admin.at(&fresh.url);
        let changing = tokio::spawn(relabel(visitor, Arc::clone(&done)));
        // Some changes later, at another moment of one each time.
        let before = done.load(Ordering::SeqCst);
        while done.load(Ordering::SeqCst) < before + 2 + round % 3 {
            assert!(!changing.is_finished(), "{}", fresh.process.transcript());
            tokio::task::yield_now().await;
        }
        for _ in 0..round * 97 {
            tokio::task::yield_now().await;
        }
        let id = Pid::from_raw(i32::try_from(fresh.process.id()).unwrap()).unwrap();
        kill_process(id, Signal::KILL).unwrap();
        changing.await.unwrap();
        let text = std::fs::read_to_string(folder.path().join("settings.json")).unwrap();
        let settings: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let (found, acknowledged) = (number(&settings), done.load(Ordering::SeqCst));
        assert!(found == acknowledged || found == acknowledged + 1, "{found}, not {acknowledged}");
        done.store(found, Ordering::SeqCst);
        fresh = Fresh::start(folder.path(), &[], &[]).unwrap();
    }
    let ana = admin.at(&fresh.url);
    let shown = get(&ana, "/api/v1/settings").await;
    let version = shown["version"].clone();
    let change = json!({ "host": "127.0.0.1", "username": "u", "version": version });
    assert_eq!(put(&ana, "/api/v1/routers/one", &change).await.status, 200);
    let names = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = names.filter(|name| name.to_string_lossy().ends_with(".new")).collect();
    assert!(left.is_empty(), "left of programs that were killed: {left:?}");
}
