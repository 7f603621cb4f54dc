//! A password that somebody wrote into the settings file while the service runs, and what the browser makes of it.

use super::{House, SECRET, faults, post, put, router, with};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_password_written_by_hand_is_sealed_with_the_next_change_and_goes_nowhere_else() {
    let house = House::empty().await;
    let one = router(5).await;
    let by_hand = json!({ "allow_loopback_routers": true, "routers": [{ "name": "b", "host": "127.0.0.1",
        "port": one.address.port(), "username": "monitor", "password": SECRET }] });
    std::fs::write(house.folder.path().join("settings.json"), by_hand.to_string()).unwrap();
    let blank = json!({ "name": "b", "host": "127.0.0.1", "port": one.address.port(), "username": "monitor",
        "version": house.version().await });
    let elsewhere = with(&blank, &json!({ "host": "127.0.0.2" }));
    let refused = put(&house.admin, "/api/v1/routers/b", &elsewhere).await;
    assert_eq!((refused.status, faults(&refused)), (422, vec!["password".to_owned()]));
    let refused = post(&house.admin, "/api/v1/routers/test", &elsewhere).await;
    assert_eq!((refused.status, faults(&refused)), (422, vec!["password".to_owned()]));
    let tested = post(&house.admin, "/api/v1/routers/test", &blank).await;
    assert_eq!(tested.json().unwrap()["success"], true, "{}", tested.text());
    let changed = put(&house.admin, "/api/v1/routers/b", &with(&blank, &json!({ "label": "L" }))).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    house.wait("b", |row| row["status"] == "live" && row["label"] == "L").await;
    assert!(!house.file().contains(SECRET), "{}", house.file());
    // It is kept by now.
    let slower = with(&blank, &json!({ "poll_seconds": 2, "version": house.version().await }));
    assert_eq!(put(&house.admin, "/api/v1/routers/b", &slower).await.status, 200);
    house.wait("b", |row| row["status"] == "live" && row["label"].is_null()).await;
}
