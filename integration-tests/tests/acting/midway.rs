//! What changes while a job is under way: the rights of whoever began it, write mode, the end of the program; and jobs that
//! are large, many, or begun twice.

use super::*;

fn comments(names: &[String], comment: &str) -> Vec<Value> {
    let action =
        |name: &String| json!({ "router": "r1", "action": "set_comment", "name": name, "comment": comment });
    names.iter().map(action).collect()
}

/// The names of so many who have an account.
async fn accounts(house: &House, most: usize) -> Vec<String> {
    let list = house.json("/api/v1/subscribers?limit=1000&sort=name").await;
    let rows = list["subscribers"].as_array().unwrap();
    let with_account = rows.iter().filter(|row| row["profile"] != "");
    with_account.map(|row| row["name"].as_str().unwrap().to_owned()).take(most).collect()
}

/// A job that takes a while, begun by somebody; its path.
async fn begun(house: &House, by: &Visitor, names: &[String]) -> String {
    let body = json!({ "actions": comments(names, "x"), "pace": 2, "begin": true });
    let made = post(by, "/api/v1/jobs", &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let path = format!("/api/v1/jobs/{}", made.json().unwrap()["job"]["id"].as_str().unwrap());
    house.until(&path, |job| job["job"]["counts"]["done"] != 0).await;
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_right_has_nothing_more_done() {
    let house = House::new(60).await;
    let names = accounts(&house, 20).await;
    let body = json!({ "name": "program", "role": "operator", "may_write": true });
    let made = post(&house.admin, "/api/v1/tokens", &body).await.json().unwrap();
    let program = house.fresh.visitor().unwrap().with_token("program", made["secret"].as_str().unwrap());
    let path = begun(&house, &program, &names).await;
    let token = format!("/api/v1/tokens/{}", made["token"]["id"].as_str().unwrap());
    let revoked = house.admin.send("DELETE", &token, Sent::Nothing).await.unwrap();
    assert_eq!(revoked.status, 200, "{}", revoked.text());
    let paused = house.until(&path, |job| job["job"]["phase"] == "paused").await;
    assert_eq!(paused["job"]["pause"], "no_right");
    let heard = house.router.router.counters().changing_by_path["/ppp/secret/set"];
    assert!(heard < 20, "{heard}");
    // An admin may have it go on.
    assert_eq!(post(&house.admin, &path, &json!({ "do": "begin", "pace": 20 })).await.status, 200);
    let over = house.until(&path, |job| job["job"]["phase"] == "over").await;
    assert_eq!(over["job"]["counts"]["done"], 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn once_write_mode_is_off_nothing_more_is_sent() {
    let house = House::new(60).await;
    let names = accounts(&house, 20).await;
    let path = begun(&house, &house.admin, &names).await;
    let version = house.json("/api/v1/settings").await["version"].clone();
    let body = json!({ "host": "127.0.0.1", "port": house.router.address.port(), "username": "monitor",
        "poll_seconds": 1, "version": version });
    let off = house.admin.send("PUT", "/api/v1/routers/r1", Sent::Json(&body)).await.unwrap();
    assert_eq!(off.status, 200, "{}", off.text());
    let heard = house.router.router.counters().changing_by_path["/ppp/secret/set"];
    house.until(&path, |job| job["job"]["phase"] == "paused").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(house.router.router.counters().changing_by_path["/ppp/secret/set"], heard);
    let again = post(&house.admin, &path, &json!({ "do": "begin" })).await;
    assert_eq!(again.status, 409, "{}", again.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_begun_twice_is_one_and_a_large_one_is_taken() {
    let house = House::new(1_500).await;
    let names = accounts(&house, 600).await;
    // Well over what other bodies may have.
    let body = json!({ "actions": comments(&names, &"w".repeat(255)) });
    let made = post(&house.admin, "/api/v1/jobs", &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let path = begun(&house, &house.admin, &names[..8]).await;
    assert_eq!(post(&house.admin, &path, &json!({ "do": "begin" })).await.status, 200);
    house.until(&path, |job| job["job"]["phase"] == "over").await;
    assert_eq!(house.audited("job.begin").await.len(), 1);
    assert_eq!(house.audited("job.resume").await.len(), 0);
    let told = house.audited("router.set_comment").await;
    for result in ["ordered", "done"] {
        assert_eq!(told.iter().filter(|entry| entry["result"] == result).count(), 8, "{result}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_wait_are_not_forgotten_for_those_of_others() {
    let house = House::new(60).await;
    let names = accounts(&house, 1).await;
    let body = json!({ "actions": comments(&names, "x") });
    let first = post(&house.admin, "/api/v1/jobs", &body).await.json().unwrap();
    let token = json!({ "name": "wild", "role": "operator", "may_write": true });
    let made = post(&house.admin, "/api/v1/tokens", &token).await.json().unwrap();
    let wild = house.fresh.visitor().unwrap().with_token("wild", made["secret"].as_str().unwrap());
    for _ in 0..120 {
        let made = post(&wild, "/api/v1/jobs", &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let path = format!("/api/v1/jobs/{}", first["job"]["id"].as_str().unwrap());
    assert_eq!(house.json(&path).await["job"]["phase"], "prepared");
    let theirs = wild.get("/api/v1/jobs").await.unwrap().json().unwrap();
    assert_eq!(theirs["jobs"].as_array().unwrap().len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_ends_has_what_was_under_way_in_its_log() {
    let house = House::new(60).await;
    let names = accounts(&house, 20).await;
    begun(&house, &house.admin, &names).await;
    let House { fresh, router, _folder: folder, .. } = house;
    fresh.stop().unwrap();
    let heard = router.router.counters().changing_by_path["/ppp/secret/set"];
    let again = Fresh::start(folder.path(), &[], &[]).unwrap();
    let ana = again.visitor().unwrap();
    let form = [("name", "ana"), ("password", PASSWORD)];
    let entered = ana.send("POST", "/sign-in", Sent::Form(&form)).await.unwrap();
    let ana = ana.let_in("ana", &entered).await.unwrap();
    let found = ana.get("/api/v1/audit?limit=1000&action=router.set_comment").await.unwrap().json().unwrap();
    let told = found["audit"].as_array().unwrap();
    let of = |result: &str| told.iter().filter(|entry| entry["result"] == result).count();
    assert_eq!((of("ordered"), u64::try_from(of("done")).unwrap()), (20, heard), "{told:?}");
}
