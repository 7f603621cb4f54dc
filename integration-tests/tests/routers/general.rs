//! The settings beside the routers: what would stop the next start is not saved.

use super::{House, faults, put};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_next_start_would_refuse_is_refused() {
    let house = House::empty().await;
    let before = house.file();
    for (key, value, field) in [
        ("allowed_hosts", json!(["noc.example", "http://noc.example"]), "allowed_hosts[1]"),
        ("trusted_proxies", json!(["127.0.0.1", "banana"]), "trusted_proxies[1]"),
        ("trusted_proxies", json!(["0.0.0.0/0"]), "trusted_proxies[0]"),
        ("listen", json!("0.0.0.0:5000"), "listen"),
    ] {
        let body = json!({ key: value, "version": house.version().await });
        let refused = put(&house.admin, "/api/v1/settings", &body).await;
        assert_eq!(refused.status, 422, "{key}: {}", refused.text());
        assert_eq!(faults(&refused), [field]);
        assert_eq!(house.file(), before);
    }
    let body = json!({
        "listen": "127.0.0.1:5001", "allowed_hosts": ["noc.example", "192.0.2.1"],
        "trusted_proxies": ["10.1.0.0/24", "fd00::1"], "version": house.version().await,
    });
    let saved = put(&house.admin, "/api/v1/settings", &body).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
}
