//! Who may only look is not shown a way to act anywhere, nor is anybody where nothing may be changed.

use super::*;
use tikwatch::access::Role;
use tikwatch::http::listed;

/// What leads to an action on a page: addresses of jobs, wherever they stand, and what scripts offer actions with. The
/// palette finds the pages that a page links to, and no other.
fn ways(page: &str) -> Vec<&str> {
    let leads = |part: &&str| part.starts_with("/jobs") || part.starts_with("/api/v1/jobs");
    let mut found: Vec<&str> = page.split('"').filter(leads).collect();
    // Where scripts offer what can be done at rows.
    found.extend(page.split("data-acting=\"").skip(1).filter_map(|rest| rest.split('"').next()));
    found.extend(page.matches("class=\"act\""));
    found.retain(|way| !way.is_empty());
    found
}

/// The same without the list of jobs, which tells operators what was done.
fn ways_to_act(page: &str) -> Vec<&str> {
    ways(page).into_iter().filter(|way| *way != "/jobs").collect()
}

impl House {
    /// A user of this role who sees these routers, signed in.
    async fn user(&self, name: &str, role: &str, routers: Value) -> Visitor {
        let body = json!({ "name": name, "role": role, "routers": routers, "password": PASSWORD });
        let made = post(&self.admin, "/api/v1/users", &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        self.fresh.visitor().unwrap().sign_in(name, PASSWORD, "").await.unwrap()
    }

    /// Every page that a viewer may open, and that has something on it.
    async fn pages(&self, router: &str) -> Vec<String> {
        let body = json!({ "router": router, "name": "North" });
        let group = post(&self.admin, "/api/v1/groups", &body).await.json().unwrap();
        let subscriber = self.subscriber(router).await;
        // Without what programs ask for, and what tells them how to.
        let is_page = |path: &&str| !path.starts_with("/api/") && !path.contains('{');
        let known = listed().filter(|one| one.method == "GET" && one.role == Some(Role::Viewer));
        let mut pages: Vec<String> =
            known.map(|one| one.path).filter(is_page).map(ToOwned::to_owned).collect();
        pages.push(subscriber);
        pages.push(format!("/routers/{router}"));
        pages.push(format!("/groups/{}", group["group"]["id"].as_str().unwrap()));
        assert!(18 < pages.len(), "{pages:?}");
        pages
    }

    /// The page of somebody on a router who is online and has an account.
    async fn subscriber(&self, router: &str) -> String {
        let list = format!("/api/v1/subscribers?limit=1000&sort=name&router={router}");
        let list = self.until(&list, |list| !plain(list).is_empty()).await;
        format!("/subscribers/{router}/{}", plain(&list)[0])
    }
}

async fn page(visitor: &Visitor, path: &str) -> String {
    let answer = visitor.get(path).await.unwrap();
    assert_eq!(answer.status, 200, "{path} for {}: {}", visitor.name, answer.text());
    answer.text()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_is_shown_no_way_to_act_on_any_page() {
    let house = House::new(60).await;
    let vera = house.user("vera", "viewer", Value::Null).await;
    let pages = house.pages("r1").await;
    let mut shown = 0;
    for path in &pages {
        let seen = page(&vera, path).await;
        assert_eq!(ways(&seen), [""; 0], "{path}");
        shown += usize::from(!ways_to_act(&page(&house.admin, path).await).is_empty());
    }
    assert!(0 < shown, "whoever may act is shown where, among {pages:?}");

    // Nor by an address that somebody told them.
    let who = house.plain(1).await.remove(0);
    let body = json!({ "actions": [{ "router": "r1", "action": "disable_account", "name": who }] });
    let job = page_of(&post(&house.admin, "/api/v1/jobs", &body).await.json().unwrap());
    let order = "/jobs/new?router=r1&action=disable_account";
    for path in ["/jobs", "/jobs/new", order, &job, &format!("/api/v1{job}"), "/api/v1/jobs"] {
        let answer = vera.get(path).await.unwrap();
        assert_eq!(answer.status, 403, "{path}");
        assert_eq!(ways(&answer.text()), [""; 0], "{path}");
    }
    let form = [("router", "r1"), ("action", "disable_account"), ("names", who.as_str())];
    for (path, form) in [("/jobs/new", &form[..]), (&job, &[("do", "begin")]), (&job, &[("do", "undo")])] {
        let answer = vera.send("POST", path, Sent::Form(form)).await.unwrap();
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
        assert_eq!(ways(&answer.text()), [""; 0], "{path}");
    }
    assert_eq!(house.json(&format!("/api/v1{job}")).await["job"]["phase"], "prepared");
    assert_eq!(house.json("/api/v1/jobs").await["jobs"].as_array().unwrap().len(), 1);
    assert!(house.heard().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_is_shown_no_way_to_act_on_a_router_without_write_mode() {
    let house = House::new(60).await;
    // It would hear nothing but what looks: else the end of the test fails.
    let other = Router::start(calm(60)).await.unwrap();
    let body = json!({ "name": "r2", "host": "127.0.0.1", "port": other.address.port(), "username": "monitor",
        "password": LOOKS, "poll_seconds": 1 });
    let added = post(&house.admin, "/api/v1/routers", &body).await;
    assert_eq!(added.status, 201, "{}", added.text());
    for list in ["hotspot", "leases"] {
        let has_rows = |answer: &Value| !answer[list].as_array().unwrap().is_empty();
        house.until(&format!("/api/v1/{list}?router=r2"), has_rows).await;
    }
    // Who sees both may act on one.
    let both = house.user("bob", "operator", Value::Null).await;
    assert!(!ways_to_act(&page(&both, &house.subscriber("r1").await).await).is_empty());
    let seen = page(&both, &house.subscriber("r2").await).await;
    assert_eq!(ways_to_act(&seen), [""; 0]);
    let form = page(&both, "/jobs/new").await;
    assert!(form.contains("<option value=\"r1\"") && !form.contains("<option value=\"r2\""), "{form}");

    // Who sees the other one may see what was done, and nothing else.
    let only = house.user("otto", "operator", json!(["r2"])).await;
    for path in house.pages("r2").await {
        let seen = page(&only, &path).await;
        assert_eq!(ways_to_act(&seen), [""; 0], "{path}");
    }
    for path in ["/jobs", "/jobs/new"] {
        let seen = page(&only, path).await;
        assert_eq!(ways_to_act(&seen), [""; 0], "{path}");
        assert!(seen.contains("Nothing can be changed: write mode is off"), "{path}");
    }
    let name = house.json("/api/v1/subscribers?limit=1&router=r2").await["subscribers"][0]["name"].clone();
    let form = [("router", "r2"), ("action", "set_comment"), ("names", name.as_str().unwrap())];
    for visitor in [&both, &only] {
        let refused = visitor.send("POST", "/jobs/new", Sent::Form(&form)).await.unwrap();
        assert_eq!(refused.status, 422, "{}", refused.text());
    }
    assert_eq!(house.json("/api/v1/jobs").await["jobs"], json!([]));
    assert!(house.heard().is_empty());
}
