//! HTTPS from end to end: real clients, the certificate as the only one that they trust.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

use integration_tests::fresh::Fresh;
use integration_tests::service::PATIENCE;
use integration_tests::visitor::{By, Sent, Visitor};
use integration_tests::{Running, in_folder};
use openssl::ssl::{SslConnector, SslMethod};
use openssl::x509::X509;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use tempfile::TempDir;

const SELF_SIGNED: [&str; 2] = ["--tls", "self-signed"];
const PASSWORD: &str = "canary otter lamp seven 7Kx";

fn folder(settings: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("settings.json"), settings).unwrap();
    folder
}

fn names(certificate: &Path) -> Vec<String> {
    let certificate = X509::from_pem(&std::fs::read(certificate).unwrap()).unwrap();
    let names = certificate.subject_alt_names().unwrap();
    names.iter().filter_map(|name| name.dnsname()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_over_https_and_the_cookie_stays_there() {
    let folder = folder(r#"{"routers": [], "allowed_hosts": ["NOC.example."]}"#);
    let fresh = Fresh::start(folder.path(), &SELF_SIGNED, &[]).unwrap();
    assert!(fresh.url.starts_with("https://"), "{}", fresh.url);
    let nobody = fresh.visitor().unwrap();
    let token = fresh.setup_token().unwrap();
    let form = [("token", token.as_str()), ("name", "ana"), ("password", PASSWORD), ("again", PASSWORD)];
    let made = nobody.send("POST", "/setup", Sent::Form(&form)).await.unwrap();
    assert_eq!(made.status, 303, "{}", made.text());
    let cookie = made.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-tikwatch="), "{cookie}");
    for attribute in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.split("; ").any(|one| one == attribute), "{attribute} is not in {cookie}");
    }
    assert!(!cookie.contains("Domain="), "{cookie}");
    let ana = nobody.let_in("ana", &made).await.unwrap();
    for (path, status) in [("/", 200), ("/api/v1/me", 200), ("/nowhere", 404)] {
        let answer = ana.get(path).await.unwrap();
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"), "{path}");
    }
    // A change whose origin is the same place without TLS comes from elsewhere.
    let origin = fresh.url.replace("https", "http").parse().unwrap();
    let headers = [(reqwest::header::ORIGIN, origin)].into_iter().collect();
    let refused = ana.send_with("POST", "/account/totp", Sent::Form(&[]), headers).await.unwrap();
    assert_eq!(refused.status, 403);
    // A cookie without the prefix could have been set over plain HTTP by anybody on the way.
    let By::Cookie { value, csrf, .. } = &ana.by else { panic!("no cookie") };
    let by = By::Cookie { name: "tikwatch".to_owned(), value: value.clone(), csrf: csrf.clone() };
    let unprefixed = ana.by(by);
    assert_eq!(unprefixed.get("/api/v1/me").await.unwrap().status, 401);

    let shown = names(&folder.path().join("data/tls/certificate.pem"));
    let machine = rustix::system::uname().nodename().to_str().unwrap().to_lowercase();
    for name in ["localhost", &machine, "noc.example"] {
        assert!(shown.iter().any(|shown| shown == name), "{name} is not in {shown:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_trust_the_certificate_is_not_served_and_plain_http_is_no_way_around() {
    let (folder, other) = (folder(r#"{"routers": []}"#), folder(r#"{"routers": []}"#));
    let fresh = Fresh::start(folder.path(), &SELF_SIGNED, &[]).unwrap();
    let another = Fresh::start(other.path(), &SELF_SIGNED, &[]).unwrap();
    assert_eq!(fresh.visitor().unwrap().get("/healthz").await.unwrap().status, 200);
    // The same machine, the same names, another key.
    let error = another.visitor().unwrap().at(&fresh.url).get("/healthz").await.unwrap_err();
    assert!(format!("{error:?}").contains("certificate verify failed"), "{error:?}");
    let plain = fresh.visitor().unwrap().at(&fresh.url.replace("https", "http"));
    assert!(plain.get("/healthz").await.is_err());
}

#[test]
fn a_client_that_would_rather_speak_http_2_gets_http_1() {
    let folder = folder(r#"{"routers": []}"#);
    let fresh = Fresh::start(folder.path(), &SELF_SIGNED, &[]).unwrap();
    let address = fresh.url.trim_start_matches("https://").to_owned();
    for (offered, chosen) in
        [(&b"\x02h2\x08http/1.1"[..], Some(&b"http/1.1"[..])), (b"\x08http/1.1", Some(b"http/1.1"))]
    {
        let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
        builder.set_ca_file(folder.path().join("data/tls/certificate.pem")).unwrap();
        builder.set_alpn_protos(offered).unwrap();
        let stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut stream = builder.build().connect("localhost", stream).unwrap();
        assert_eq!(stream.ssl().selected_alpn_protocol(), chosen);
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

/// Starts with these files; gives the only line of the refusal.
fn refused(folder: &Path, certificate: &str, key: &str) -> String {
    let mut command = in_folder(folder);
    command.args(["serve", "--listen", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key]);
    let running = Running::start(&mut command).unwrap();
    assert_eq!(running.wait_for_exit(PATIENCE).unwrap().code(), Some(2), "{}", running.transcript());
    let said = running.stderr();
    let told: Vec<_> = said.iter().filter(|line| line.starts_with("tikwatch: ")).collect();
    assert_eq!(told.len(), 1, "one sentence: {said:?}");
    told[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_of_ones_own_are_used_and_what_is_wrong_with_them_is_one_sentence() {
    let folders = [folder(r#"{"routers": []}"#), folder(r#"{"routers": []}"#)];
    for folder in &folders {
        Fresh::start(folder.path(), &SELF_SIGNED, &[]).unwrap().stop().unwrap();
    }
    let here = folders[0].path();
    for (name, from) in [("one", &folders[0]), ("two", &folders[1])] {
        for (part, file) in [("pem", "certificate.pem"), ("key", "key.pem")] {
            std::fs::copy(from.path().join("data/tls").join(file), here.join(format!("{name}.{part}")))
                .unwrap();
        }
    }
    let fresh = Fresh::start(here, &["--tls-certificate", "two.pem", "--tls-key", "two.key"], &[]).unwrap();
    let root = std::fs::read(here.join("two.pem")).unwrap();
    let visitor = Visitor::new(&fresh.url, Some(&root)).unwrap();
    assert_eq!(visitor.get("/healthz").await.unwrap().status, 200);
    assert!(fresh.visitor().unwrap().get("/healthz").await.is_err(), "the one made by itself is not shown");
    fresh.stop().unwrap();

    std::fs::write(here.join("nonsense.pem"), "nonsense").unwrap();
    std::fs::create_dir(here.join("folder.key")).unwrap();
    for (certificate, key, words) in [
        (
            "one.pem",
            "two.key",
            "the private key in \"two.key\" is not that of the certificate in \"one.pem\"",
        ),
        ("one.pem", "none.key", "cannot use \"none.key\""),
        ("one.pem", "folder.key", "cannot use \"folder.key\""),
        ("none.pem", "one.key", "cannot use \"none.pem\""),
        ("one.pem", "nonsense.pem", "there is no private key in \"nonsense.pem\""),
        ("nonsense.pem", "one.key", "there is no certificate in \"nonsense.pem\""),
    ] {
        let said = refused(here, certificate, key);
        assert!(said.contains(words), "{said}");
    }
}
