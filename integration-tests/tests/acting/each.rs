//! Each action: what it does on the router, what is shown of it, and what the audit log says.

use super::*;

/// Has an action done; checks that it was, that the router heard this, and that the audit log tells it with its command.
async fn done(house: &House, action: Value, path: &str, command: &str) -> Value {
    let (word, name) = (action["action"].as_str().unwrap().to_owned(), action["name"].clone());
    let before = house.router.router.counters().changing_by_path.get(path).copied().unwrap_or_default();
    let job = house.act(action).await;
    let step = &job["steps"][0];
    assert_eq!((&step["state"], &step["name"]), (&json!("done"), &name), "{job}");
    let commands = step["commands"].as_array().unwrap();
    let last = commands.last().unwrap().as_str().unwrap();
    assert!(last.starts_with(command), "{last}");
    assert_eq!(house.router.router.counters().changing_by_path[path], before + 1, "{path}");
    let told = house.audited(&format!("router.{word}")).await;
    let (object, who) = (told[0]["object"].as_str().unwrap(), &told[0]["who"]);
    assert!(object.contains(last) && object.starts_with("r1: "), "{object}");
    assert_eq!((&told[0]["result"], who), (&json!("done"), &json!("ana")));
    assert!(told[0]["from"].as_str().unwrap().starts_with("127.0."), "{told:?}");
    job
}

fn action(word: &str, name: &str) -> Value {
    json!({ "router": "r1", "action": word, "name": name })
}

fn with(mut action: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        action[key] = value.clone();
    }
    action
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_sessions() {
    let house = House::new(60).await;
    let who = house.names("state:online", 1).await.remove(0);
    let page = format!("/api/v1/subscribers/r1/{}", who.replace(' ', "%20"));
    let until = async |key: &str, value: Value| {
        house.until(&page, |now| now["subscriber"][key] == value).await;
    };
    done(&house, action("disable_account", &who), "/ppp/secret/disable", "/ppp secret disable *").await;
    until("disabled", json!(true)).await;
    done(&house, action("disconnect_session", &who), "/ppp/active/remove", "/ppp active remove *").await;
    until("state", json!("offline")).await;
    done(&house, action("enable_account", &who), "/ppp/secret/enable", "/ppp secret enable *").await;
    until("disabled", json!(false)).await;
    let profile = house.json(&page).await["subscriber"]["profile"].clone();
    let other = if profile == "home-10M" { "home-30M" } else { "home-10M" };
    let change = with(action("set_profile", &who), &json!({ "profile": other }));
    done(&house, change, "/ppp/secret/set", "/ppp secret set *").await;
    until("profile", json!(other)).await;
    let change = with(action("set_comment", &who), &json!({ "comment": "moved to \"12\" $x" }));
    let job = done(&house, change, "/ppp/secret/set", "/ppp secret set *").await;
    let command = job["steps"][0]["commands"][0].as_str().unwrap();
    assert!(command.ends_with(r#"comment="moved to \"12\" \$x""#), "{command}");
    until("comment", json!("moved to \"12\" $x")).await;
    done(&house, action("remove_account", &who), "/ppp/secret/remove", "/ppp secret remove *").await;
    house.until("/api/v1/subscribers?limit=1000", |list| !list.to_string().contains("moved to")).await;

    let new = json!({ "password": "canary-account-9Kq", "profile": "home-10M", "comment": "new here" });
    let job = done(
        &house,
        with(action("add_account", "señor nuevo"), &new),
        "/ppp/secret/add",
        "/ppp secret add name=",
    )
    .await;
    let command = job["steps"][0]["commands"][0].as_str().unwrap();
    assert!(command.contains("password=***") && !job.to_string().contains("canary-account"), "{job}");
    let page = "/api/v1/subscribers?q=nuevo";
    house.until(page, |list| list["subscribers"][0]["comment"] == "new here").await;
    let told = house.audited("router.add_account").await;
    assert!(!format!("{told:?}").contains("canary-account"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_and_leases() {
    let house = House::new(60).await;
    let guest = house.json("/api/v1/hotspot").await["hotspot"][0]["user"].as_str().unwrap().to_owned();
    let before = house.json("/api/v1/hotspot?limit=1000").await["hotspot"].as_array().unwrap().len();
    done(
        &house,
        action("remove_hotspot_session", &guest),
        "/ip/hotspot/active/remove",
        "/ip hotspot active remove *",
    )
    .await;
    let fewer = |list: &Value| list["hotspot"].as_array().unwrap().len() < before;
    house.until("/api/v1/hotspot?limit=1000", fewer).await;

    let list = "/api/v1/hotspot/users?q=v-new";
    let new = json!({ "profile": "default", "limit_uptime": 3600, "comment": "voucher" });
    let add = with(action("add_hotspot_user", "v-new"), &new);
    let job = done(&house, add, "/ip/hotspot/user/add", "/ip hotspot user add name=\"v-new\"").await;
    let command = job["steps"][0]["commands"][0].as_str().unwrap();
    assert!(command.contains("limit-uptime=\"3600s\""), "{command}");
    house.until(list, |list| list["users"][0]["name"] == "v-new").await;
    let disable = action("disable_hotspot_user", "v-new");
    done(&house, disable, "/ip/hotspot/user/disable", "/ip hotspot user disable *").await;
    house.until(list, |list| list["users"][0]["state"] == "disabled").await;
    let enable = action("enable_hotspot_user", "v-new");
    done(&house, enable, "/ip/hotspot/user/enable", "/ip hotspot user enable *").await;
    house.until(list, |list| list["users"][0]["state"] == "valid").await;
    let remove = action("remove_hotspot_user", "v-new");
    done(&house, remove, "/ip/hotspot/user/remove", "/ip hotspot user remove *").await;
    house.until(list, |list| list["users"].as_array().unwrap().is_empty()).await;

    let leases = house.json("/api/v1/leases?limit=1000").await["leases"].as_array().unwrap().clone();
    let lease = leases.iter().find(|lease| lease["dynamic"] == true).unwrap();
    let address = lease["address"].as_str().unwrap().to_owned();
    let make = action("make_lease_static", &address);
    let path = "/ip/dhcp-server/lease/make-static";
    done(&house, make, path, "/ip dhcp-server lease make-static *").await;
    let list = "/api/v1/leases?limit=1000";
    let is_static = |list: &Value| {
        let rows = list["leases"].as_array().unwrap();
        rows.iter().any(|row| row["address"] == address.as_str() && row["dynamic"] == false)
    };
    house.until(list, is_static).await;
}
