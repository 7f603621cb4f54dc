//! What keeps an action from being done: roles, write mode, the router itself, and somebody else's change.

use super::*;
use tikwatch::domain::action::ACTIONS;

async fn someone(house: &House, role: &str, may_write: bool) -> Visitor {
    let body = json!({ "name": format!("{role}-{may_write}"), "role": role, "may_write": may_write });
    let made = post(&house.admin, "/api/v1/tokens", &body).await;
    let secret = made.json().unwrap()["secret"].as_str().unwrap().to_owned();
    house.fresh.visitor().unwrap().with_token(role, &secret)
}

fn disable(name: &str) -> Value {
    json!({ "actions": [{ "router": "r1", "action": "disable_account", "name": name }], "begin": true })
}

#[tokio::test(flavor = "multi_thread")]
async fn only_operators_act_and_see_only_their_own_jobs() {
    let house = House::new(60).await;
    let who = house.names("state:online", 1).await.remove(0);
    for (role, may_write) in [("viewer", true), ("operator", false)] {
        let visitor = someone(&house, role, may_write).await;
        for (word, ..) in ACTIONS {
            let mut body = disable(&who);
            body["actions"][0]["action"] = json!(word);
            assert_eq!(post(&visitor, "/api/v1/jobs", &body).await.status, 403, "{role}: {word}");
        }
    }
    assert!(house.heard().is_empty());
    let (one, other) = (someone(&house, "operator", true).await, someone(&house, "admin", true).await);
    let made = post(&one, "/api/v1/jobs", &disable(&who)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let path = format!("/api/v1/jobs/{}", made.json().unwrap()["job"]["id"].as_str().unwrap());
    let body = json!({ "name": "another", "role": "operator", "may_write": true });
    let secret = post(&house.admin, "/api/v1/tokens", &body).await.json().unwrap()["secret"].clone();
    let another = house.fresh.visitor().unwrap().with_token("another", secret.as_str().unwrap());
    for (visitor, status) in [(&one, 200), (&other, 200), (&another, 404)] {
        assert_eq!(visitor.get(&path).await.unwrap().status, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_write_mode_nothing_can_be_sent() {
    let house = House::with(60, &json!({})).await;
    let who = house.names("state:online", 1).await.remove(0);
    let answer = post(&house.admin, "/api/v1/jobs", &disable(&who)).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(answer.text().contains("write mode is off"), "{}", answer.text());
    let page = house.admin.get(&format!("/subscribers/r1/{}", who.replace(' ', "%20"))).await.unwrap();
    assert!(!page.text().contains("/jobs/new"), "no button leads to what cannot be done");
    assert!(house.heard().is_empty());
    // The same router, once an admin turned it on.
    let version = house.json("/api/v1/settings").await["version"].clone();
    let body = json!({ "host": "127.0.0.1", "port": house.router.address.port(), "username": "monitor",
        "poll_seconds": 1, "write_mode": true, "write_username": "operator", "write_password": CHANGES,
        "version": version });
    let set = house.admin.send("PUT", "/api/v1/routers/r1", Sent::Json(&body)).await.unwrap();
    assert_eq!(set.status, 200, "{}", set.text());
    let sign_ins = house.router.router.counters().sign_ins;
    let job = house.act(disable(&who)["actions"][0].clone()).await;
    assert_eq!(job["steps"][0]["state"], "done", "{job}");
    assert_eq!(house.router.router.counters().sign_ins, sign_ins + 1, "those who watch stay signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_whose_account_may_only_read_is_quoted() {
    let house = House::with(60, &json!({ "write_mode": true })).await;
    let who = house.names("state:online", 1).await.remove(0);
    let job = house.act(disable(&who)["actions"][0].clone()).await;
    let step = &job["steps"][0];
    assert_eq!((&step["state"], &step["words"]), (&json!("refused"), &json!("not enough permissions (9)")));
    assert!(step["remedy"].as_str().unwrap().contains("policy write"), "{step}");
    let told = house.audited("router.disable_account").await;
    assert_eq!(told[0]["result"], "refused: not enough permissions (9)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_somebody_changed_meanwhile_is_left_alone() {
    let house = House::new(60).await;
    let who = house.names("state:online", 1).await.remove(0);
    let mut body = disable(&who);
    body["begin"] = json!(false);
    let prepared = post(&house.admin, "/api/v1/jobs", &body).await.json().unwrap();
    let comment = json!({ "router": "r1", "action": "set_comment", "name": who, "comment": "by another" });
    assert_eq!(house.act(comment).await["steps"][0]["state"], "done");
    let path = format!("/api/v1/jobs/{}", prepared["job"]["id"].as_str().unwrap());
    assert_eq!(post(&house.admin, &path, &json!({ "do": "begin" })).await.status, 200);
    let over = house.over(&prepared).await;
    let step = &over["steps"][0];
    assert_eq!((&step["state"], &step["changed"]["comment"]), (&json!("changed"), &json!("by another")));
    let heard = house.router.router.counters().changing_by_path;
    assert_eq!(heard.get("/ppp/secret/disable"), None, "nothing was sent");
    let told = house.audited("router.disable_account").await;
    assert!(
        told[0]["result"].as_str().unwrap().starts_with("changed: comment is \"by another\""),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_told_field_by_field_and_nothing_is_sent() {
    let house = House::new(60).await;
    let who = house.names("state:online", 1).await.remove(0);
    for (action, field) in [
        (json!({ "router": "nowhere", "action": "disable_account", "name": who }), "router"),
        (json!({ "router": "r1", "action": "reboot", "name": who }), "action"),
        (json!({ "router": "r1", "action": "disable_account", "name": "nobody at all" }), "name"),
        (json!({ "router": "r1", "action": "disable_account", "name": who, "id": "7" }), "id"),
        (json!({ "router": "r1", "action": "disable_account", "name": who, "profile": "x" }), "profile"),
        (json!({ "router": "r1", "action": "set_profile", "name": who, "profile": "gold" }), "profile"),
        (json!({ "router": "r1", "action": "set_comment", "name": who, "comment": "a\nb" }), "comment"),
        (json!({ "router": "r1", "action": "add_account", "name": "n", "profile": "default" }), "password"),
        (json!({ "router": "r1", "action": "disable_account", "name": who, "seen": { "age": "7" } }), "seen"),
    ] {
        let answer = post(&house.admin, "/api/v1/jobs", &json!({ "actions": [action], "begin": true })).await;
        let said = answer.json().unwrap();
        assert_eq!(
            (answer.status, &said["errors"][0]["field"]),
            (422, &json!(format!("actions[0].{field}"))),
            "{said}"
        );
    }
    let none = post(&house.admin, "/api/v1/jobs", &json!({ "actions": [] })).await;
    assert_eq!(none.status, 422, "{}", none.text());
    assert!(house.heard().is_empty());
}
