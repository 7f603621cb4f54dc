//! The cookies of a hotspot, by which a guest who is sent away would be back at once: asked for over the wire.

use super::*;
use std::collections::BTreeSet;

type Cookie = (String, String);

impl House {
    async fn cookies(&self) -> BTreeSet<Cookie> {
        self.router.cookies(("monitor", LOOKS)).await.unwrap()
    }

    /// The guests who are signed in.
    async fn guests(&self) -> BTreeSet<Cookie> {
        let list = self.json("/api/v1/hotspot?limit=1000").await;
        let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
        let rows = list["hotspot"].as_array().unwrap();
        rows.iter().map(|row| (text(row, "user"), text(row, "mac_address"))).collect()
    }

    fn forgotten(&self) -> u64 {
        let heard = self.router.router.counters().changing_by_path;
        heard.get("/ip/hotspot/cookie/remove").copied().unwrap_or_default()
    }
}

fn send_away((user, _): &Cookie) -> Value {
    json!({ "router": "r1", "action": "remove_hotspot_session", "name": user })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_is_sent_away_has_no_cookie_any_more_and_others_keep_theirs() {
    let house = House::new(200).await;
    let (cookies, guests) = (house.cookies().await, house.guests().await);
    let with: Vec<&Cookie> = guests.intersection(&cookies).collect();
    let without: Vec<&Cookie> = guests.difference(&cookies).collect();
    assert!(2 <= with.len() && !without.is_empty(), "{guests:?} {cookies:?}");

    let job = house.act(send_away(with[0])).await;
    assert_eq!(job["steps"][0]["state"], "done", "{job}");
    let command = job["steps"][0]["commands"][0].as_str().unwrap();
    assert!(command.contains("cookie remove") && command.contains(&with[0].1), "{command}");
    let mut left = cookies.clone();
    left.remove(with[0]);
    assert_eq!((house.cookies().await, house.forgotten()), (left.clone(), 1));
    house.until("/api/v1/hotspot?limit=1000", |list| !list.to_string().contains(&with[0].1)).await;

    // Who has none is sent away without one, and nobody else's is taken.
    let job = house.act(send_away(without[0])).await;
    assert_eq!(job["steps"][0]["state"], "done", "{job}");
    assert_eq!((house.cookies().await, house.forgotten()), (left, 1));
    // Nobody is back: the router lets a guest in who has a cookie, as the one who is still there has.
    assert_eq!(house.guests().await.intersection(&[with[0].clone()].into()).count(), 0);
    assert!(house.guests().await.contains(with[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_whose_cookie_stays_is_not_sent_away() {
    let house = House::new(200).await;
    let (cookies, guests) = (house.cookies().await, house.guests().await);
    let guest = guests.intersection(&cookies).next().unwrap();
    house.router.router.refuse_changes(format!("cookie of {}", guest.0), "failure: cookies are locked");
    let job = house.act(send_away(guest)).await;
    let step = &job["steps"][0];
    assert_eq!((&step["state"], &step["words"]), (&json!("refused"), &json!("failure: cookies are locked")));
    assert_eq!(house.cookies().await, cookies);
    let heard = house.router.router.counters().changing_by_path;
    assert_eq!(heard.get("/ip/hotspot/active/remove"), None, "{heard:?}");
    assert!(house.guests().await.contains(guest));
}
