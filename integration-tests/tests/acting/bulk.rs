//! Many actions as one job: begun, paused, gone on with, and taken back.

use super::*;

/// How many of a job are how far: done, not done, not begun.
fn counts(job: &Value) -> [u64; 3] {
    ["done", "failed", "waiting"].map(|count| job["job"]["counts"][count].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_accounts_get_another_profile_and_their_own_back() {
    let house = House::new(3_000).await;
    let from = "home-30M";
    let names = house.names("profile:home-30M", 300).await;
    assert_eq!(names.len(), 300, "enough accounts have the profile {from}");
    let to = "home-10M";
    let stubborn = &names[150];
    house.router.router.refuse_changes(stubborn, "failure: locked by the billing");

    let action =
        |name: &String| json!({ "router": "r1", "action": "set_profile", "name": name, "profile": to });
    let actions: Vec<Value> = names.iter().map(action).collect();
    let job = post(&house.admin, "/api/v1/jobs", &json!({ "actions": actions, "pace": 20 })).await;
    assert_eq!(job.status, 201, "{}", job.text());
    let job = job.json().unwrap();
    assert_eq!((&job["job"]["phase"], counts(&job)), (&json!("prepared"), [0, 0, 300]));
    assert!(house.heard().is_empty(), "nothing is sent before it is begun");
    let path = format!("/api/v1/jobs/{}", job["job"]["id"].as_str().unwrap());

    assert_eq!(post(&house.admin, &path, &json!({ "do": "begin" })).await.status, 200);
    house.until(&path, |job| 20 <= counts(job)[0]).await;
    assert_eq!(post(&house.admin, &path, &json!({ "do": "pause" })).await.status, 200);
    let paused = house.until(&path, |job| job["job"]["counts"]["acting"] == 0).await;
    assert_eq!((&paused["job"]["phase"], &paused["job"]["pause"]), (&json!("paused"), &json!("wanted")));
    let heard = house.router.router.counters().changing_by_path["/ppp/secret/set"];
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(house.router.router.counters().changing_by_path["/ppp/secret/set"], heard, "it waits");
    assert_eq!(counts(&house.json(&path).await), counts(&paused));

    assert_eq!(post(&house.admin, &path, &json!({ "do": "begin" })).await.status, 200);
    let over = house.over(&job).await;
    assert_eq!(counts(&over), [299, 1, 0]);
    let steps = house.json(&format!("{path}?limit=1000")).await["steps"].as_array().unwrap().clone();
    let refused: Vec<&Value> = steps.iter().filter(|step| step["state"] != "done").collect();
    assert_eq!((&refused[0]["name"], &refused[0]["state"]), (&json!(stubborn), &json!("refused")));
    assert_eq!(refused[0]["words"], "failure: locked by the billing");
    let told = house.audited("router.set_profile").await;
    assert_eq!(told.iter().filter(|entry| entry["result"] == "done").count(), 299);
    let words = "refused: failure: locked by the billing";
    assert_eq!(told.iter().filter(|entry| entry["result"] == words).count(), 1);
    for action in ["job.begin", "job.pause", "job.resume"] {
        assert_eq!(house.audited(action).await.len(), 1, "{action}");
    }
    let with = async |profile: &str| {
        let now = house.names(&format!("profile:{profile}"), 1_000).await;
        names.iter().filter(|name| now.contains(name)).count()
    };
    let start = Instant::now();
    while with(to).await != 299 {
        assert!(start.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    // The undo file is a job.
    let mut undo = house.json(&format!("{path}/undo")).await;
    assert_eq!(undo["actions"].as_array().unwrap().len(), 299);
    (undo["pace"], undo["begin"]) = (json!(20), json!(true));
    let job = post(&house.admin, "/api/v1/jobs", &undo).await;
    assert_eq!(job.status, 201, "{}", job.text());
    let over = house.over(&job.json().unwrap()).await;
    assert_eq!(counts(&over), [299, 0, 0]);
    let start = Instant::now();
    while with(from).await != 300 {
        assert!(start.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_waits_for_a_router_that_is_away_and_a_stopped_one_does_nothing_more() {
    let mut house = House::new(60).await;
    let names = house.names("state:online", 8).await;
    let action =
        |name: &String| json!({ "router": "r1", "action": "set_comment", "name": name, "comment": "x" });
    let actions: Vec<Value> = names.iter().map(action).collect();
    let job = post(&house.admin, "/api/v1/jobs", &json!({ "actions": actions, "pace": 4 })).await;
    let job = job.json().unwrap();
    let path = format!("/api/v1/jobs/{}", job["job"]["id"].as_str().unwrap());
    house.router.kill();
    assert_eq!(post(&house.admin, &path, &json!({ "do": "begin" })).await.status, 200);
    let paused = house.until(&path, |job| job["job"]["phase"] == "paused").await;
    assert_eq!((&paused["job"]["pause"], counts(&paused)), (&json!("unreachable"), [0, 0, 8]));
    house.router.revive().await.unwrap();
    house.until("/api/v1/routers", |list| list["routers"][0]["status"] == "live").await;
    assert_eq!(post(&house.admin, &path, &json!({ "do": "begin" })).await.status, 200);
    house.until(&path, |job| 2 <= counts(job)[0]).await;
    assert_eq!(post(&house.admin, &path, &json!({ "do": "stop" })).await.status, 200);
    let stopped = house.until(&path, |job| job["job"]["counts"]["acting"] == 0).await;
    assert_eq!(stopped["job"]["phase"], "stopped");
    let heard = house.router.router.counters().changing_by_path["/ppp/secret/set"];
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(house.router.router.counters().changing_by_path["/ppp/secret/set"], heard);
    let again = post(&house.admin, &path, &json!({ "do": "begin" })).await;
    assert_eq!(again.status, 409, "{}", again.text());
}
