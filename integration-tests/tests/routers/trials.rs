//! Tests of a connection before it is saved: each step, what is wrong at it, and what must never be reached or told.

use super::{House, SECRET, body, faults, post, put, router, with};
use integration_tests::isp::{Router, calm};
use integration_tests::visitor::{Answer, Visitor};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use tikwatch::routeros::stream::TlsIdentity;
use tikwatch::simulator::RouterPlan;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const TEST: &str = "/api/v1/routers/test";

/// The last step, and why it failed.
fn end(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json().unwrap();
    let last = body["steps"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(body["success"], last["state"] != "FAIL", "{body}");
    let text = |key: &str| last[key].as_str().unwrap_or_default().to_owned();
    if last["state"] == "FAIL" {
        assert!(
            last["advice"].is_string() && last["cause"].is_string() && last["took_ms"].is_u64(),
            "{last}"
        );
    }
    (text("step"), text("reason"))
}

async fn tested(visitor: &Visitor, body: &Value) -> (String, String) {
    end(&post(visitor, TEST, body).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_tells_each_step_and_where_it_ends() {
    let house = House::empty().await;
    let one = router(20).await;
    let good = body("one", &one);
    let answer = post(&house.admin, TEST, &good).await;
    let report = answer.json().unwrap();
    let steps: Vec<_> =
        report["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["resolve", "connect", "tls", "sign-in", "identity", "rights", "count"], "{report}");
    assert_eq!((&report["success"], &report["counts"]["accounts"]), (&json!(true), &json!(20)), "{report}");
    assert!(report["router"]["version"].as_str().unwrap().starts_with("7."), "{report}");
    // What pages tell in the reader's language: addresses are in none.
    assert_eq!(report["steps"][0]["details"], json!([]), "{report}");
    let signed_in =
        json!({ "word": "signed_in", "values": { "user": "monitor" }, "n": null, "message": null });
    assert_eq!(report["steps"][3]["details"], json!([signed_in]), "{report}");
    let counted = &report["steps"][6]["details"][1];
    assert_eq!((&counted["word"], &counted["n"]), (&json!("counted.accounts"), &json!(20)), "{report}");
    assert_eq!(house.file(), json!({ "allow_loopback_routers": true }).to_string(), "nothing is saved");
    // Nobody is watched by this.
    assert_eq!(house.admin.get("/api/v1/routers/one").await.unwrap().status, 404);
    let visitor = house.program().await;
    let wrong = tested(&visitor, &with(&good, &json!({ "password": "canary-wrong" }))).await;
    assert_eq!(wrong, ("sign-in".to_owned(), "credentials".to_owned()));
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let refused = tested(&visitor, &with(&good, &json!({ "port": closed }))).await;
    assert_eq!(refused, ("connect".to_owned(), "refused".to_owned()));
    let unknown = tested(&visitor, &with(&good, &json!({ "host": "no-such-host.invalid" }))).await;
    assert_eq!(unknown, ("resolve".to_owned(), "unknown_host".to_owned()));
    // The certificate is shown before it is accepted, and another one is noticed before the password is sent.
    let identity = TlsIdentity::self_signed("core").unwrap();
    let listening =
        one.router.listen_tls(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), identity).await.unwrap();
    let tls = with(&good, &json!({ "port": listening.address.port(), "tls": "pin" }));
    let answer = post(&visitor, TEST, &tls).await;
    assert_eq!(end(&answer), ("tls".to_owned(), "certificate_unknown".to_owned()));
    let fingerprint = answer.json().unwrap()["router"]["fingerprint"].as_str().unwrap().to_owned();
    let other = tested(&visitor, &with(&tls, &json!({ "fingerprint": "AB".repeat(32) }))).await;
    assert_eq!(other, ("tls".to_owned(), "certificate_changed".to_owned()));
    let before = one.router.counters().sign_ins;
    let pinned = with(&tls, &json!({ "fingerprint": fingerprint }));
    assert_eq!(tested(&visitor, &pinned).await.0, "count");
    assert_eq!(
        one.router.counters().sign_ins,
        before + 1,
        "nobody signs in before the certificate is accepted"
    );
    // Six a minute, for each who asks.
    let answer = post(&visitor, TEST, &good).await;
    assert_eq!(answer.status, 429, "{}", answer.text());
    let wrong = post(&house.program().await, TEST, &with(&good, &json!({ "port": 0, "username": "" }))).await;
    assert_eq!((wrong.status, faults(&wrong)), (422, vec!["port".to_owned(), "username".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_password_goes_nowhere_else() {
    let house = House::empty().await;
    let one = router(5).await;
    assert_eq!(post(&house.admin, "/api/v1/routers", &body("one", &one)).await.status, 201);
    house.wait("one", |row| row["status"] == "live").await;
    // Whoever listens here shall hear nothing at all.
    let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = trap.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = trap.accept().await.unwrap();
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        bytes
    });
    let blank =
        json!({ "name": "one", "host": "127.0.0.1", "port": one.address.port(), "username": "monitor" });
    let version = house.version().await;
    for more in [json!({ "port": port }), json!({ "host": "127.0.0.2" }), json!({ "tls": "anonymous" })] {
        let elsewhere = with(&blank, &with(&more, &json!({ "version": version })));
        let refused = post(&house.admin, TEST, &elsewhere).await;
        assert_eq!((refused.status, faults(&refused)), (422, vec!["password".to_owned()]), "{more}");
        let refused = put(&house.admin, "/api/v1/routers/one", &elsewhere).await;
        assert_eq!((refused.status, faults(&refused)), (422, vec!["password".to_owned()]), "{more}");
    }
    // A new router of any name has no password that was not typed.
    let visitor = house.program().await;
    let asked = json!({ "host": "127.0.0.1", "port": one.address.port(), "username": "monitor" });
    assert_eq!(tested(&visitor, &asked).await.1, "credentials");
    // Where it leads already, it is used.
    assert_eq!(tested(&visitor, &blank).await.0, "count");
    // Removed and added again elsewhere: the password of before is forgotten.
    let gone =
        house.admin.send("DELETE", "/api/v1/routers/one", integration_tests::visitor::Sent::Nothing).await;
    assert_eq!(gone.unwrap().status, 200);
    let added = post(&house.admin, "/api/v1/routers", &with(&blank, &json!({ "port": port }))).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let row = house.wait("one", |row| row["status"] != "connecting" || row["what"].is_string()).await;
    house
        .admin
        .send("DELETE", "/api/v1/routers/one", integration_tests::visitor::Sent::Nothing)
        .await
        .unwrap();
    let bytes = heard.await.unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains(SECRET), "{row}");
    assert!(!bytes.is_empty(), "it was called");
}

#[tokio::test(flavor = "multi_thread")]
async fn forbidden_targets_are_not_reached_and_others_are_not_quoted() {
    let house = House::open(&json!({}), &[]).await;
    let secret_service = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = secret_service.local_addr().unwrap().port();
    let targets = [
        "127.0.0.1",
        "127.1",
        "localhost",
        "127.0.0.2",
        "0.0.0.0",
        "0",
        "[::1]",
        "::1",
        "::ffff:127.0.0.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "localhost.",
        "169.254.169.254",
        "fd00:ec2::254",
        "224.0.0.1",
        "255.255.255.255",
        "fe80::1",
        "64:ff9b::7f00:1",
        "[::ffff:169.254.169.254]",
    ];
    let mut visitor = house.program().await;
    for (number, host) in targets.into_iter().enumerate() {
        if number % 5 == 0 {
            visitor = house.program().await;
        }
        let asked = json!({ "host": host, "port": port, "username": "u", "password": SECRET });
        let answer = post(&visitor, TEST, &asked).await;
        let (step, reason) = end(&answer);
        assert_eq!(step, "resolve", "{host}: {}", answer.text());
        assert!(reason == "forbidden_target" || reason == "unknown_host", "{host}: {}", answer.text());
        let saved = post(&house.admin, "/api/v1/routers", &with(&asked, &json!({ "name": "x" }))).await;
        if saved.status == 201 {
            // A name is looked at when it is called, since it may lead elsewhere by then.
            let row = house.wait("x", |row| row["what"].is_string()).await;
            assert!(row["status"] == "blocked" || row["status"] == "down", "{host}: {row}");
            let gone =
                house.admin.send("DELETE", "/api/v1/routers/x", integration_tests::visitor::Sent::Nothing);
            assert_eq!(gone.await.unwrap().status, 200);
        } else {
            assert_eq!(faults(&saved), ["host"], "{host}");
        }
    }
    let reached = tokio::time::timeout(std::time::Duration::ZERO, secret_service.accept()).await;
    assert!(reached.is_err(), "somebody called");
    // What is no router is not quoted.
    let house = House::empty().await;
    let web = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = web.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = web.accept().await.unwrap();
        let _ = stream.read_u8().await;
        let _ = stream.write_all(&b"HTTP/1.1 200 OK\r\nX-Secret: canary-of-others\r\n\r\n".repeat(3)).await;
    });
    let asked = json!({ "host": "127.0.0.1", "port": port, "username": "u", "password": SECRET });
    let answer = post(&house.admin, TEST, &asked).await;
    assert_eq!(end(&answer), ("sign-in".to_owned(), "not_the_api".to_owned()));
    assert!(
        !answer.text().contains("canary-of-others") && !answer.text().contains("HTTP/1.1"),
        "{}",
        answer.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_changes_something_is_tested_kept_apart_and_never_told() {
    const WRITER: &str = "canary-of-the-writer-8Kp";
    let house = House::empty().await;
    let user = |name: &str, secret: &str| Some((name.to_owned(), SecretString::from(secret)));
    let plan = RouterPlan { user: user("monitor", SECRET), operator: user("writer", WRITER), ..calm(5) };
    let one = Router::start(plan).await.unwrap();
    let own = json!({ "write_mode": true, "write_username": "writer", "write_password": WRITER });
    let good = with(&body("one", &one), &own);
    let told_of = |answer: &Answer| {
        let report = answer.json().unwrap();
        assert_eq!(report["success"], true, "the router can be watched: {report}");
        let last = report["steps"].as_array().unwrap().last().unwrap();
        assert_eq!(last["step"], "changes", "{report}");
        (last["state"].as_str().unwrap().to_owned(), last["text"].as_str().unwrap().to_owned())
    };
    let (state, text) = told_of(&post(&house.admin, TEST, &good).await);
    assert!(state == "ok" && text.contains("\"operators\""), "{text}");
    let wrong = with(&good, &json!({ "write_password": "canary-wrong" }));
    let (state, text) = told_of(&post(&house.admin, TEST, &wrong).await);
    assert!(state == "warn" && text.starts_with("nothing can be changed as \"writer\""), "{text}");
    let added = post(&house.admin, "/api/v1/routers", &good).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let told = &added.json().unwrap()["routers"][0];
    assert_eq!((&told["password"], &told["write_password"]), (&json!("kept"), &json!("kept")), "{told}");
    assert_eq!(
        (&told["settings"]["write_mode"], &told["settings"]["write_username"]),
        (&json!(true), &json!("writer"))
    );
    let list = house.admin.get("/settings/routers").await.unwrap();
    let form = house.admin.get("/settings/routers/one").await.unwrap();
    for text in [added.text(), list.text(), form.text(), house.file()] {
        assert!(!text.contains(WRITER), "{text}");
    }
    assert!(form.text().contains("policy=read,write,api,!local"), "{}", form.text());
    // Where it leads already the kept one is used; elsewhere both have to be typed.
    let blank = with(&good, &json!({ "password": null, "write_password": null }));
    let (state, _) = told_of(&post(&house.admin, TEST, &blank).await);
    assert_eq!(state, "ok");
    let elsewhere = with(&blank, &json!({ "port": 9, "version": house.version().await }));
    let refused = put(&house.admin, "/api/v1/routers/one", &elsewhere).await;
    let both = vec!["password".to_owned(), "write_password".to_owned()];
    assert_eq!((refused.status, faults(&refused)), (422, both));
    let version = house.version().await;
    let without = with(&blank, &json!({ "write_mode": false, "write_username": null, "version": version }));
    let changed = put(&house.admin, "/api/v1/routers/one", &without).await;
    assert_eq!(changed.json().unwrap()["routers"][0]["write_password"], "none", "{}", changed.text());
}
