//! Groups of routers that are switched off, or in no settings any more: they stay, and can be kept as a file.

use super::{House, fields, get, make, members, post, put};
use integration_tests::visitor::Sent;
use serde_json::json;

impl House {
    /// Presses a button in the list of routers.
    async fn press(&self, button: &str, router: &str) {
        let version = get(&self.admin, "/api/v1/settings").await["version"].to_string();
        let path = match button {
            "delete" => format!("/settings/routers/{router}/delete"),
            _ => "/settings/routers".to_owned(),
        };
        let form = [("do", button), ("name", router), ("version", version.as_str())];
        let pressed = self.admin.send("POST", &path, Sent::Form(&form)).await.unwrap();
        assert!(pressed.status < 400, "{button}: {}", pressed.text());
        assert_eq!(self.admin.get(&format!("/api/v1/routers/{router}")).await.unwrap().status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_comes_back_also_where_a_router_is_switched_off_or_gone() {
    let house = House::open().await;
    let ana = &house.admin;
    make(ana, &json!({ "router": "r1", "name": "near", "members": members(&["x"]) })).await;
    make(ana, &json!({ "router": "r2", "name": "far", "members": members(&["y"]) })).await;
    make(ana, &json!({ "name": "all", "members": [{ "router": "r2", "name": "z" }] })).await;
    assert_eq!(
        post(ana, "/api/v1/categories", &json!({ "router": "r2", "name": "Tower" })).await.status,
        201
    );
    let operator = house.program("operator", "operator", json!(["r2"])).await;
    house.press("disable", "r2").await;
    let file = get(ana, "/api/v1/groups/export").await;
    let import = "/api/v1/groups/import";
    let told = post(ana, import, &file).await;
    assert_eq!(told.status, 200, "{}", told.text());
    let told = told.json().unwrap();
    assert_eq!((&told["groups_unchanged"], &told["unknown_routers"]), (&json!(3), &json!([])));
    // It is a router of the settings, of which there may be groups, by forms and by programs.
    make(ana, &json!({ "router": "r2", "name": "more" })).await;
    make(&operator, &json!({ "router": "r2", "name": "theirs" })).await;
    assert_eq!(post(&operator, "/api/v1/groups", &json!({ "router": "r1", "name": "no" })).await.status, 422);
    for page in ["/groups/new", "/groups/import", "/groups/categories"] {
        let page = ana.get(page).await.unwrap().text();
        assert!(page.contains("<option value=\"r2\">r2 (not watched)"), "{page}");
    }
    let preview = json!({ "router": "r2", "members": members(&["y"]) });
    assert_eq!(post(ana, "/api/v1/groups/preview", &preview).await.json().unwrap()["matching"], 0);
    let seed = json!([{ "name": "seed", "accounts": ["q"] }]);
    assert_eq!(post(ana, &format!("{import}?router=r2"), &seed).await.status, 200);

    house.press("delete", "r2").await;
    let mut file = get(ana, "/api/v1/groups/export").await;
    file["groups"][1]["description"] = json!("changed");
    let told = post(ana, import, &file).await;
    assert_eq!(told.status, 200, "{}", told.text());
    let told = told.json().unwrap();
    assert_eq!((&told["groups_replaced"], &told["unknown_routers"]), (&json!(1), &json!(["r2"])));
    assert_eq!(post(&operator, import, &get(&operator, "/api/v1/groups/export").await).await.status, 200);
    let shown = ana.choose("/groups/import", &[("do", "look")], file.to_string().as_bytes()).await.unwrap();
    assert!(shown.status == 200 && shown.text().contains("not in the settings"), "{}", shown.text());
    // A new group, and one of the earlier program, need a router that is there.
    assert_eq!(post(ana, "/api/v1/groups", &json!({ "router": "r2", "name": "late" })).await.status, 422);
    let seed = json!([{ "name": "seed", "router_id": "r2", "accounts": ["q"] }]);
    assert_eq!(post(ana, import, &seed).await.status, 422);
    let empty = House::open().await;
    house.press("disable", "r1").await;
    file["groups"][0]["router"] = json!("elsewhere");
    let told = post(&empty.admin, import, &file).await.json().unwrap();
    assert_eq!(told["unknown_routers"], json!(["elsewhere"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_all_routers_keeps_members_of_a_router_that_went_and_takes_no_others_of_it() {
    let house = House::open().await;
    let ana = &house.admin;
    let member = |router: &str, name: &str| json!({ "router": router, "name": name });
    let made = make(ana, &json!({ "name": "all", "members": [member("r2", "z")] })).await;
    let path = format!("/api/v1/groups/{}", made["id"].as_str().unwrap());
    let set = async |version: u64, members: serde_json::Value| {
        put(ana, &path, &json!({ "version": version, "name": "all", "members": members })).await
    };
    let ghost = set(1, json!([member("r2", "z"), member("ghost", "z")])).await;
    assert_eq!((ghost.status, fields(&ghost)), (422, vec!["members".to_owned()]), "{}", ghost.text());
    house.press("delete", "r2").await;
    assert_eq!(set(1, json!([member("r2", "z"), member("r1", "x")])).await.status, 200);
    let more = set(2, json!([member("r2", "z"), member("r2", "y")])).await;
    assert_eq!((more.status, fields(&more)), (422, vec!["members".to_owned()]));
    assert_eq!(set(2, json!([member("r1", "x")])).await.status, 200);
}
