//! What is taken back by the button of a job's page: another job, which is looked at before it is begun.

use super::*;

/// What the button says.
const BUTTON: &str = "name=\"do\" value=\"undo\"";

fn action(word: &str, name: &str) -> Value {
    json!({ "router": "r1", "action": word, "name": name })
}

fn commented(name: &str, comment: &str) -> Value {
    json!({ "router": "r1", "action": "set_comment", "name": name, "comment": comment })
}

impl House {
    /// Has all of this done by one job; its page.
    async fn done(&self, actions: &[Value]) -> String {
        let body = json!({ "actions": actions, "pace": 20, "begin": true });
        let made = post(&self.admin, "/api/v1/jobs", &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let over = self.over(&made.json().unwrap()).await;
        assert_eq!(over["job"]["counts"]["done"], actions.len(), "{over}");
        page_of(&over)
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.admin.get(path).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    /// Waits until this is known of a subscriber.
    async fn until_one(&self, name: &str, key: &str, value: &Value) {
        let path = format!("/api/v1/subscribers/r1/{name}");
        self.until(&path, |now| now["subscriber"][key] == *value).await;
    }

    async fn one(&self, name: &str, key: &str) -> Value {
        self.json(&format!("/api/v1/subscribers/r1/{name}")).await["subscriber"][key].clone()
    }

    async fn jobs(&self) -> usize {
        self.json("/api/v1/jobs").await["jobs"].as_array().unwrap().len()
    }

    fn told(&self) -> u64 {
        self.router.router.counters().changing_by_path.values().sum()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_makes_a_job_that_restores_what_was() {
    let house = House::new(200).await;
    let names = house.plain(4).await;
    let [noted, sold, off, gone] = [&names[0], &names[1], &names[2], &names[3]];
    let (comment, profile) = (house.one(noted, "comment").await, house.one(sold, "profile").await);
    let other = if profile == "home-10M" { "home-30M" } else { "home-10M" };
    let mut sell = action("set_profile", sold);
    sell["profile"] = json!(other);
    let actions = [
        commented(noted, "for a moment"),
        sell,
        action("disable_account", off),
        action("disconnect_session", gone),
    ];
    let page = house.done(&actions).await;
    house.until_one(noted, "comment", &json!("for a moment")).await;
    house.until_one(sold, "profile", &json!(other)).await;
    house.until_one(off, "disabled", &json!(true)).await;
    let shown = house.page(&page).await;
    assert!(shown.contains(BUTTON) && shown.contains("Take back (3)"), "{shown}");

    // Whoever does not come from the page gets nothing.
    let told = house.told();
    let forged = house.admin.without_token().send("POST", &page, Sent::Form(&[("do", "undo")])).await;
    assert_eq!((forged.unwrap().status, house.jobs().await), (403, 1));
    let undo = press(&house.admin, &page, &[("do", "undo")]).await;
    assert!(undo != page && undo.starts_with("/jobs/"), "{undo}");
    let shown = house.page(&undo).await;
    assert!(
        shown.contains("/ppp secret enable *")
            && shown.contains(&format!("profile={profile}").replace('"', "&quot;")),
        "{shown}"
    );
    assert!(!shown.contains("/ppp active remove"), "a session that ended stays ended");
    assert!(!shown.contains(BUTTON), "nothing of it was done yet");
    let path = format!("/api/v1{undo}");
    let prepared = house.json(&path).await;
    assert_eq!((&prepared["job"]["phase"], house.told()), (&json!("prepared"), told), "nothing is sent yet");
    let steps = prepared["steps"].as_array().unwrap();
    let about: Vec<&str> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(about, [off, sold, noted], "the last comes first");
    assert_eq!(house.one(off, "disabled").await, true);

    press(&house.admin, &undo, &[("do", "begin"), ("pace", "20")]).await;
    let over = house.until(&path, |now| now["job"]["phase"] == "over").await;
    assert_eq!(over["job"]["counts"]["done"], 3, "{over}");
    assert_eq!(house.told(), told + 3);
    house.until_one(noted, "comment", &comment).await;
    house.until_one(sold, "profile", &profile).await;
    house.until_one(off, "disabled", &json!(false)).await;
    for deed in ["router.set_comment", "router.set_profile", "router.enable_account"] {
        assert_eq!(house.audited(deed).await[0]["result"], "done", "{deed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changed_since_is_not_taken_back() {
    let house = House::new(200).await;
    let names = house.plain(2).await;
    let before = house.one(&names[0], "comment").await;
    let page = house.done(&[commented(&names[0], "ours"), commented(&names[1], "ours")]).await;
    house.until_one(&names[1], "comment", &json!("ours")).await;
    house.done(&[commented(&names[1], "theirs")]).await;
    let undo = press(&house.admin, &page, &[("do", "undo")]).await;
    press(&house.admin, &undo, &[("do", "begin")]).await;
    let over = house.until(&format!("/api/v1{undo}"), |now| now["job"]["phase"] == "over").await;
    let states = [&over["steps"][0]["state"], &over["steps"][1]["state"]];
    assert_eq!(states, ["changed", "done"], "{over}");
    assert_eq!(over["steps"][0]["changed"]["comment"], "theirs");
    house.until_one(&names[0], "comment", &before).await;
    house.until_one(&names[1], "comment", &json!("theirs")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_back_is_not_offered() {
    let house = House::new(200).await;
    let names = house.plain(2).await;
    let first = |list: Value, rows: &str, wanted: &dyn Fn(&Value) -> bool, key: &str| {
        let found = list[rows].as_array().unwrap().iter().find(|row| wanted(row)).unwrap().clone();
        found[key].as_str().unwrap().to_owned()
    };
    let guest = first(house.json("/api/v1/hotspot").await, "hotspot", &|_| true, "user");
    let voucher =
        first(house.json("/api/v1/hotspot/users").await, "users", &|row| row["name"] != guest, "name");
    let leases = house.json("/api/v1/leases?limit=1000").await;
    let lease = first(leases, "leases", &|row| row["dynamic"] == true, "address");
    for (word, name) in [
        ("disconnect_session", &names[0]),
        ("remove_account", &names[1]),
        ("remove_hotspot_session", &guest),
        ("remove_hotspot_user", &voucher),
        ("make_lease_static", &lease),
    ] {
        let page = house.done(&[action(word, name)]).await;
        let shown = house.page(&page).await;
        assert!(shown.contains("Done") && !shown.contains(BUTTON), "{word}: {shown}");
        assert!(!shown.contains("/undo\""), "{word}: an empty file is not offered either");
        let (told, jobs) = (house.told(), house.jobs().await);
        let pressed = house.admin.send("POST", &page, Sent::Form(&[("do", "undo")])).await.unwrap();
        assert_eq!((pressed.status, house.jobs().await, house.told()), (422, jobs, told), "{word}");
        let file = house.json(&format!("/api/v1{page}/undo")).await;
        assert_eq!(file["actions"], json!([]), "{word}");
    }
}
