//! Groups over simulated routers: who is in them, and how they stand.

use integration_tests::isp::Router;
use integration_tests::service::{Service, csrf_of, online, urlencode};
use serde_json::{Value, json};

async fn post(service: &Service, path: &str, body: &Value) -> Value {
    let csrf = csrf_of(service, &service.cookie.1).await.unwrap();
    let asked = service.client().post(format!("{}{path}", service.url)).json(body);
    let answer = asked.header("origin", &service.url).header("x-csrf-token", csrf).send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
    answer.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_found_counted_and_searched_for_and_nobody_is_offline_for_a_lost_router() {
    let router = Router::calm(40).await.unwrap();
    let service = Service::watch(&[router.address]).unwrap();
    service.wait_for("/api/pppoe_interfaces", |answer| 20 < online(answer)).await.unwrap();
    let list = service.json("/api/v1/subscribers?limit=1000").await.unwrap();
    let rows = list["subscribers"].as_array().unwrap();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let here: Vec<&Value> = rows.iter().filter(|row| row["state"] == "online").collect();
    let profile = text(here[0], "profile");
    let of_profile = rows.iter().filter(|row| text(row, "profile") == profile).count();
    // Before anything is kept it is said how many there would be.
    let rules = json!([{ "kind": "profile", "value": profile }]);
    let preview = post(&service, "/api/v1/groups/preview", &json!({ "router": "r1", "rules": rules })).await;
    assert_eq!((&preview["matching"], &preview["elsewhere"]), (&json!(of_profile), &json!(0)));
    let named: Vec<Value> = here.iter().take(3).map(|row| json!({ "name": row["name"] })).collect();
    let body = json!({ "router": "r1", "name": "Named", "members": named, "maximum": 5 });
    let made = post(&service, "/api/v1/groups", &body).await;
    let counts = &made["group"]["counts"];
    assert_eq!(
        (&counts["members"], &counts["online"], &made["group"]["vacant"]),
        (&json!(3), &json!(3), &json!(2))
    );
    assert_eq!(made["group"]["state"], "all_online");
    let named_of_profile = here.iter().take(3).filter(|row| text(row, "profile") == profile).count();
    let preview = post(&service, "/api/v1/groups/preview", &json!({ "router": "r1", "rules": rules })).await;
    assert_eq!(preview["elsewhere"], named_of_profile, "who is named elsewhere stays there");
    let rule =
        post(&service, "/api/v1/groups", &json!({ "router": "r1", "name": "Plan", "rules": rules })).await;
    assert_eq!(rule["group"]["counts"]["members"], of_profile - named_of_profile);

    let found = service.json("/api/v1/subscribers?q=group:named").await.unwrap();
    assert_eq!(found["meta"]["total"], 3);
    assert!(found["subscribers"].as_array().unwrap().iter().all(|row| row["group"] == "Named"));
    let others = service.json("/api/v1/subscribers?q=-group:named").await.unwrap();
    assert_eq!(others["meta"]["total"], rows.len() - 3);
    let sessions = service.json("/api/v1/sessions?q=group:named").await.unwrap();
    assert_eq!(sessions["meta"]["total"], 3);
    // A group of all routers may have the same name; by its id only those of one of them are found.
    let fourth = json!([{ "name": here[3]["name"], "router": "r1" }]);
    let body = json!({ "name": "Named", "members": fourth });
    let everywhere = post(&service, "/api/v1/groups", &body).await;
    let by_name = service.json("/api/v1/subscribers?q=group:named").await.unwrap();
    assert_eq!(by_name["meta"]["total"], 4, "{by_name}");
    for (group, expected) in [(&made, 3), (&everywhere, 1)] {
        let id = group["group"]["id"].as_str().unwrap();
        for list in ["subscribers", "sessions"] {
            let found = service.json(&format!("/api/v1/{list}?q=group_id:{id}")).await.unwrap();
            assert_eq!(found["meta"]["total"], expected, "{list} of {id}: {found}");
        }
    }
    let path = format!("/groups/{}", made["group"]["id"].as_str().unwrap());
    let page = service.text(&path).await.unwrap();
    assert_eq!(page.matches("<th scope=\"row\">").count(), 3, "{page}");
    let behind = service.text(&format!("{path}?offset=500")).await.unwrap();
    assert_eq!(behind.matches("<th scope=\"row\">").count(), 3, "{behind}");
    let by_member = format!("/api/v1/groups?q={}", urlencode(named[0]["name"].as_str().unwrap()));
    let by_member = service.json(&by_member).await.unwrap();
    assert_eq!(by_member["groups"][0]["name"], "Named");

    drop(router);
    let is_unknown = |answer: &Value| answer["group"]["state"] == "unknown";
    let without = service.wait_for(&format!("/api/v1{path}"), is_unknown).await.unwrap();
    let counts = &without["group"]["counts"];
    assert_eq!(
        (&counts["unknown"], &counts["offline"], &counts["online"]),
        (&json!(3), &json!(0), &json!(0))
    );
}
