//! The same on the pages, without scripts: from a subscriber's page to the command, and to what became of it.

use super::*;

fn fields<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let after = page.split_once(&format!("name=\"{name}\" value=\""))?.1;
    Some(after.split_once('"')?.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_is_disconnected_with_the_command_shown_first() {
    let house = House::new(60).await;
    let who = house.names("state:online", 1).await.remove(0);
    let page = house.admin.get(&format!("/subscribers/r1/{}", who.replace(' ', "%20"))).await.unwrap().text();
    let link = page.split('"').find(|part| part.contains("action=disconnect_session")).unwrap();
    let form = house.admin.get(&link.replace("&amp;", "&")).await.unwrap().text();
    let csrf = fields(&form, "csrf").unwrap();
    let id = fields(&form, "id").unwrap();
    let sent = [
        ("csrf", csrf),
        ("router", "r1"),
        ("action", "disconnect_session"),
        ("names", who.as_str()),
        ("id", id),
    ];
    let prepared = house.admin.send("POST", "/jobs/new", Sent::Form(&sent)).await.unwrap();
    assert_eq!(prepared.status, 303, "{}", prepared.text());
    let job = prepared.headers["location"].to_str().unwrap().to_owned();
    let shown = house.admin.get(&job).await.unwrap().text();
    assert!(shown.contains(&format!("/ppp active remove {id}")), "the exact command is shown");
    assert!(house.heard().is_empty(), "and nothing was sent");
    let begun = house.admin.send("POST", &job, Sent::Form(&[("csrf", csrf), ("do", "begin")])).await.unwrap();
    assert_eq!(begun.status, 303, "{}", begun.text());
    house.until(&format!("/api/v1{job}"), |now| now["job"]["phase"] == "over").await;
    let shown = house.admin.get(&job).await.unwrap().text();
    assert!(shown.contains("Done"), "{shown}");
    let list = house.admin.get("/jobs").await.unwrap().text();
    assert!(list.contains(&job), "it is in the list");
    assert_eq!(house.heard(), ["/ppp/active/remove"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_searched_for_and_those_of_whom_it_makes_no_sense_are_told() {
    let house = House::new(60).await;
    let form = house.admin.get("/jobs/new?router=r1&action=set_comment").await.unwrap().text();
    let csrf = fields(&form, "csrf").unwrap();
    let sent = |more: &[(&'static str, &'static str)]| {
        let mut sent = vec![("csrf", csrf), ("router", "r1"), ("action", "set_comment"), ("comment", "seen")];
        sent.extend_from_slice(more);
        sent
    };
    let wrong = sent(&[("names", "nobody at all\nnor this one")]);
    let told = house.admin.send("POST", "/jobs/new", Sent::Form(&wrong)).await.unwrap();
    assert_eq!(told.status, 422);
    assert!(told.text().contains("nor this one"), "{}", told.text());
    let nobody = house.admin.send("POST", "/jobs/new", Sent::Form(&sent(&[]))).await.unwrap();
    assert_eq!(nobody.status, 422);
    let found = sent(&[("q", "state:online"), ("skip", "on")]);
    let prepared = house.admin.send("POST", "/jobs/new", Sent::Form(&found)).await.unwrap();
    assert_eq!(prepared.status, 303, "{}", prepared.text());
    let job = prepared.headers["location"].to_str().unwrap().to_owned();
    let total = house.json(&format!("/api/v1{job}")).await["job"]["counts"]["total"].as_u64().unwrap();
    assert!(10 < total, "{total}");
    assert!(house.heard().is_empty());
}
