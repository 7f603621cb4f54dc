//! Each way to fail to reach a router has its own sentence, on the page, in the API and in the log.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

use integration_tests::free_port;
use integration_tests::isp::calm;
use integration_tests::service::{PATIENCE, Service};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;
use tikwatch::routeros::stream::TlsIdentity;
use tikwatch::simulator::{Listening, RouterPlan, SimulatedRouter};

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// In every wrong password; looked for in everything that is written or answered.
const CANARY: &str = "canary-5vK9";

const PASSWORD: &str = "right-canary-5vK9";

/// A server of another kind: says this to whoever connects, after the client has said something or before.
///
/// Its thread lives as long as the test's process.
fn foreign(greets: bool, words: &'static str) -> u16 {
    let listener = TcpListener::bind(ANY_PORT).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                if greets || stream.read(&mut [0; 1024]).is_ok_and(|read| 0 < read) {
                    let _ = stream.write_all(words.as_bytes());
                }
                // Kept open until the client leaves.
                while stream.read(&mut [0; 1024]).is_ok_and(|read| 0 < read) {}
            });
        }
    });
    port
}

/// A real router behind a user and a password, in clear, with a certificate, and with neither.
struct Real {
    router: SimulatedRouter,
    plain: Listening,
    tls: Listening,
    bare: Listening,
    identity: TlsIdentity,
}

impl Real {
    async fn start() -> Self {
        let user = Some(("monitor".to_owned(), SecretString::from(PASSWORD)));
        let router = SimulatedRouter::new(RouterPlan { user, ..calm(20) });
        let identity = TlsIdentity::self_signed("router").unwrap();
        let plain = router.listen(ANY_PORT).await.unwrap();
        let tls = router.listen_tls(ANY_PORT, identity.clone()).await.unwrap();
        let bare = router.listen_tls(ANY_PORT, TlsIdentity::anonymous().unwrap()).await.unwrap();
        Self { router, plain, tls, bare, identity }
    }
}

/// The settings of a router: those of every one, and these.
fn router(name: &str, port: u16, more: &Value) -> Value {
    let mut settings = json!({
        "name": name, "host": "127.0.0.1", "port": port, "username": "monitor", "password": PASSWORD,
        "deadline_seconds": 2,
    });
    for (key, value) in more.as_object().unwrap() {
        settings[key] = value.clone();
    }
    settings
}

/// A page's text as a person reads it, in small letters: sentences of pages begin with a capital. What its scripts may say
/// one day is not in it.
fn read(html: &str) -> String {
    let (before, after) = html.split_once("id=\"words\">").unwrap();
    let html = format!("{before}{}", after.split_once("</script>").unwrap().1);
    [
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#x2F;", "/"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
        // Pages have the quotes of print.
        ("“", "\""),
        ("”", "\""),
    ]
    .into_iter()
    .fold(html, |text, (entity, character)| text.replace(entity, character))
    .to_lowercase()
}

/// Nothing that the program wrote or answers holds a password.
async fn check_silence_about_passwords(service: &Service) {
    let paths = ["/", "/subscribers", "/api/health", "/api/pppoe_interfaces", "/api/v1/subscribers"];
    for path in paths {
        let text = service.text(path).await.unwrap();
        assert!(!text.contains(CANARY), "{path} shows a password");
    }
    let transcript = service.process.transcript();
    assert!(!transcript.contains(CANARY), "{transcript}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_trouble_says_what_failed_and_what_to_do() {
    let real = Real::start().await;
    let (plain, tls, bare) = (real.plain.address.port(), real.tls.address.port(), real.bare.address.port());
    let other = vec!["00"; 32].join(":");
    let none = json!({});
    let cases: [(Value, &str, &str); 12] = [
        (
            router("host", 8728, &json!({ "host": "no-such-router.invalid" })),
            "cannot find the address of \"no-such-router.invalid\"",
            "spelling",
        ),
        (router("closed", free_port().unwrap(), &none), "refuses connections", "/ip service enable api"),
        (router("silent", foreign(false, ""), &none), "did not answer within 2 s", "check that the port"),
        (
            router("http", foreign(false, "HTTP/1.1 400 Bad Request\r\n\r\n"), &none),
            "looks like HTTP",
            "not that of the web page",
        ),
        (router("ssh", foreign(true, "SSH-2.0-ROSSSH\r\n"), &none), "looks like SSH", "8728"),
        (
            router("password", plain, &json!({ "password": format!("wrong-{CANARY}") })),
            "refused the user name or password",
            "check user name and password",
        ),
        (router("verify", tls, &json!({ "tls": "verify" })), "is not trusted: self-signed", "authority"),
        (
            router("unknown", tls, &json!({ "tls": "pin" })),
            "was not accepted yet, its fingerprint is",
            "compare the fingerprint",
        ),
        (
            router("changed", tls, &json!({ "tls": "pin", "fingerprint": other })),
            "changed from 00:00",
            "listening in",
        ),
        // The random bytes of the handshake decide whether the router answers, hangs up or waits for more.
        (router("no-tls", plain, &json!({ "tls": "pin" })), " TLS", "api-ssl (8729)"),
        // A router may send a TLS alert first, or just hang up.
        (router("wants-tls", tls, &none), "looks like TLS|closed the connection during sign-in", "8728"),
        (router("bare", bare, &json!({ "tls": "pin" })), "no TLS cipher in common", "anonymous ciphers"),
    ];
    let mut sentences = HashSet::new();
    // The page lists eight troubles at most.
    for cases in cases.chunks(6) {
        check_told(cases, &mut sentences).await;
    }
    assert_eq!(sentences.len(), cases.len(), "two troubles share a sentence: {sentences:#?}");
}

async fn check_told(cases: &[(Value, &str, &str)], sentences: &mut HashSet<String>) {
    let settings: Vec<&Value> = cases.iter().map(|(router, ..)| router).collect();
    let service = Service::start(&json!({ "routers": settings }), &[]).unwrap();
    let all_told = |health: &Value| {
        health["routers"].as_array().unwrap().iter().all(|router| router["what"].is_string())
    };
    let health = service.wait_for("/api/health", all_told).await.unwrap();
    let page = read(&service.text("/").await.unwrap());
    for (router, what, advice) in cases {
        let name = router["name"].as_str().unwrap();
        let told =
            health["routers"].as_array().unwrap().iter().find(|router| router["router"] == name).unwrap();
        let said = |key: &str| told[key].as_str().unwrap_or_else(|| panic!("{told}"));
        assert!(what.split('|').any(|what| said("what").contains(what)), "{name}: {told}");
        assert!(said("advice").contains(advice), "{name}: {told}");
        assert!(page.contains(&said("what").to_lowercase()), "the page does not say {told}");
        assert!(page.contains(&said("advice").to_lowercase()), "the page does not advise {told}");
        let written = |line: &str| line.contains(&format!("`{name}`")) && line.contains(said("what"));
        let line = service.process.wait_for_line(PATIENCE, written).unwrap();
        assert!(line.contains(advice), "the log does not advise: {line}");
        sentences.insert(said("what").replace(|c: char| c.is_ascii_digit(), ""));
    }
    check_silence_about_passwords(&service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_tried_once() {
    let real = Real::start().await;
    let wrong = json!({ "password": format!("wrong-{CANARY}") });
    let settings = json!({ "routers": [router("r1", real.plain.address.port(), &wrong)] });
    let service = Service::start(&settings, &[]).unwrap();
    service.wait_for("/api/health", |health| health["routers"][0]["what"].is_string()).await.unwrap();
    // Long enough for a dozen attempts of a router that is only away for a moment.
    service.wait_for("/api/health", |health| 6 < health["uptime_s"].as_u64().unwrap()).await.unwrap();
    let counters = real.router.counters();
    assert_eq!((counters.failed_sign_ins, counters.sign_ins), (1, 0), "{counters:?}");
    check_silence_about_passwords(&service).await;
}

/// What the router's page says of its certificate and of our rights.
async fn check_trust(service: &Service, router: &Value, label: &str, fingerprint: &str) {
    let name = router["name"].as_str().unwrap();
    let path = format!("/routers/{name}?tab=connection");
    // Rights are read a little later than the connection is there.
    let are_told = |polls: &Value| {
        let polls = polls["tables"].as_array().into_iter().flatten();
        polls.filter(|poll| poll["table"] == "/user" || poll["table"] == "/user/group").count() == 2
    };
    service.wait_for(&format!("/api/v1/routers/{name}"), are_told).await.unwrap();
    let page = read(&service.text(&path).await.unwrap());
    assert!(page.contains(label), "{name}: {page}");
    let has_certificate = router["tls"] == "pin" || router["tls"] == "verify";
    assert_eq!(page.contains(&fingerprint.to_lowercase()), has_certificate, "{name}: {page}");
    let listed = service.json("/api/v1/routers").await.unwrap()["routers"][0]["fingerprint"].clone();
    assert_eq!(listed, if has_certificate { json!(fingerprint) } else { Value::Null });
    assert!(page.contains("api, read"), "{name}: {page}");
    assert!(!page.contains("allows more than"), "{name}: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn protected_routers_say_how_far_they_are_protected() {
    let real = Real::start().await;
    let (plain, tls, bare) = (real.plain.address.port(), real.tls.address.port(), real.bare.address.port());
    let folder = tempfile::TempDir::new().unwrap();
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, real.identity.certificate_pem()).unwrap();
    let fingerprint = real.identity.fingerprint().unwrap().to_string();
    let cases = [
        (router("plain", plain, &json!({})), "password travels in clear"),
        (
            router("verified", tls, &json!({ "tls": "verify", "ca_file": authority })),
            "encrypted, certificate verified",
        ),
        (
            router("pinned", tls, &json!({ "tls": "pin", "fingerprint": fingerprint })),
            "encrypted, certificate pinned",
        ),
        (router("bare", bare, &json!({ "tls": "anonymous" })), "encrypted, not authenticated"),
    ];
    // One at a time: the page has a single label then.
    for (router, label) in cases {
        let service = Service::start(&json!({ "routers": [router] }), &[]).unwrap();
        let live = |health: &Value| health["routers"][0]["status"] == "live";
        service.wait_for("/api/health", live).await.unwrap();
        let page = read(&service.text("/").await.unwrap());
        assert!(page.contains(label), "{router}: the page does not say {label:?}");
        check_trust(&service, &router, label, &fingerprint).await;
        check_silence_about_passwords(&service).await;
    }
}
