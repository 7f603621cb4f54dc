//! How fast jobs go: never faster than they were told to, and not much slower.

use super::*;
use jiff::Timestamp;

/// When a job was begun, and when each of its actions was over, as the audit log tells it.
struct Times {
    begun: Timestamp,
    over: Vec<Timestamp>,
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

impl Times {
    /// Of the job at this page, each of whose actions writes this comment.
    async fn of(house: &House, page: &str, comment: &str) -> Self {
        let time = |entry: &Value| entry["time"].as_str().unwrap().parse::<Timestamp>().unwrap();
        let object = |entry: &Value| entry["object"].as_str().unwrap().to_owned();
        let (_, id) = page.rsplit_once('/').unwrap();
        let begun = house.audited("job.begin").await;
        let begun = begun.iter().find(|entry| object(entry).starts_with(id)).unwrap();
        let written = format!("comment=\"{comment}\"");
        let mut told = house.audited("router.set_comment").await;
        told.retain(|entry| entry["result"] == "done" && object(entry).contains(&written));
        let mut over: Vec<Timestamp> = told.iter().map(time).collect();
        over.sort_unstable();
        Self { begun: time(begun), over }
    }

    /// From its beginning until all was over.
    fn took(&self) -> f64 {
        seconds(self.begun, *self.over.last().unwrap())
    }

    /// Holds however slow the machine is: an action is over no sooner than it is begun, and before the next one is.
    fn check_not_faster_than(&self, pace: usize) {
        // Times are told in whole milliseconds, by a clock that somebody may be correcting meanwhile.
        let least = |actions: usize| actions as f64 / pace as f64 * 0.99 - 0.002;
        for (place, over) in self.over.iter().enumerate() {
            let since = seconds(self.begun, *over);
            assert!(
                least(place) <= since,
                "{place} before it at {pace} a second, {since} s after its beginning"
            );
            for (later, next) in self.over.iter().enumerate().skip(place + 2) {
                let between = seconds(*over, *next);
                assert!(least(later - place - 1) <= between, "{place} and {later} at {pace}: {between} s");
            }
        }
    }
}

async fn prepared(house: &House, names: &[String], comment: &str) -> String {
    let action =
        |name: &String| json!({ "router": "r1", "action": "set_comment", "name": name, "comment": comment });
    let actions: Vec<Value> = names.iter().map(action).collect();
    let made = post(&house.admin, "/api/v1/jobs", &json!({ "actions": actions })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    page_of(&made.json().unwrap())
}

/// Begins a job by the button of its page.
async fn begin(house: &House, job: &str, pace: usize) {
    let form = [("do", "begin"), ("pace", &pace.to_string())];
    assert_eq!(press(&house.admin, job, &form).await, job);
}

async fn over(house: &House, page: &str) -> Value {
    house.until(&format!("/api/v1{page}"), |now| now["job"]["phase"] == "over").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_as_fast_as_it_was_told_to_and_no_faster() {
    let house = House::new(200).await;
    let names = house.plain(54).await;
    let (hurried, slow, fast) = (&names[..12], &names[12..24], &names[24..]);

    // What the same actions take on this machine when next to nobody waits.
    let page = prepared(&house, hurried, "hurried").await;
    begin(&house, &page, 20).await;
    assert_eq!(over(&house, &page).await["job"]["counts"]["done"], 12);
    let hurried = Times::of(&house, &page, "hurried").await;

    // Two at the same time, so that what holds up one of them holds up both.
    let pages = [prepared(&house, slow, "slow").await, prepared(&house, fast, "fast").await];
    begin(&house, &pages[0], 2).await;
    begin(&house, &pages[1], 4).await;
    assert_eq!(over(&house, &pages[0]).await["job"]["counts"]["done"], 12);
    assert_eq!(over(&house, &pages[1]).await["job"]["counts"]["done"], 30);
    let slow = Times::of(&house, &pages[0], "slow").await;
    let fast = Times::of(&house, &pages[1], "fast").await;
    assert_eq!((hurried.over.len(), slow.over.len(), fast.over.len()), (12, 12, 30));
    hurried.check_not_faster_than(20);
    slow.check_not_faster_than(2);
    fast.check_not_faster_than(4);

    // Eleven pauses of half a second, and what the actions themselves take.
    let (took, machine) = (slow.took(), hurried.took());
    assert!(took < 2.0 * (5.5 + machine), "{took} s for 5.5 s, where 12 actions take {machine} s");
    // Twice as fast is twice as many in the same time.
    let end = *slow.over.last().unwrap();
    let meanwhile = fast.over.iter().filter(|over| **over <= end).count();
    assert!((18..=30).contains(&meanwhile), "{meanwhile} at 4 a second while 12 were done at 2 a second");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_under_way_is_told_to_go_faster() {
    let house = House::new(200).await;
    let names = house.plain(40).await;
    let page = prepared(&house, &names, "sooner").await;
    begin(&house, &page, 1).await;
    let path = format!("/api/v1{page}");
    house.until(&path, |job| job["job"]["counts"]["done"] != 0).await;
    assert_eq!(post(&house.admin, &path, &json!({ "do": "begin", "pace": 20 })).await.status, 200);
    assert_eq!(over(&house, &page).await["job"]["counts"]["done"], 40);
    let times = Times::of(&house, &page, "sooner").await;
    times.check_not_faster_than(20);
    assert!(times.took() < 20.0, "{} s, where it would have taken 39 s", times.took());
    assert_eq!(house.audited("job.begin").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pace_that_is_none_begins_nothing() {
    let house = House::new(60).await;
    let names = house.plain(2).await;
    let page = prepared(&house, &names, "never").await;
    for pace in ["0", "21", "-1", "1.5", "fast"] {
        let form = [("do", "begin"), ("pace", pace)];
        let answer = house.admin.send("POST", &page, Sent::Form(&form)).await.unwrap();
        assert_eq!(answer.status, 422, "{pace}");
        assert!(answer.text().contains("The pace is a number from 1 to 20."), "{}", answer.text());
    }
    for pace in [0, 21] {
        let body = json!({ "do": "begin", "pace": pace });
        let answer = post(&house.admin, &format!("/api/v1{page}"), &body).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    assert_eq!(house.json(&format!("/api/v1{page}")).await["job"]["phase"], "prepared");
    assert!(house.heard().is_empty());
}
