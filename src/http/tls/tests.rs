//! Certificates in temporary folders, and a server that shows them.

use super::*;
use crate::http::slow::Watch;
use actix_web::{App, HttpServer, rt, web};
use jiff::ToSpan as _;
use openssl::hash::MessageDigest;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use openssl::x509::X509;
use std::fs::Permissions;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

fn own(data: &Path) -> Source {
    Source::SelfSigned {
        data: data.to_owned(),
        names: ["192.0.2.1", "noc.example", "0.0.0.0", "::", "localhost", "192.0.2.1", ""]
            .map(str::to_owned)
            .into(),
    }
}

fn files(folder: &Path) -> Source {
    Source::Files { certificate: folder.join("tls/certificate.pem"), key: folder.join("tls/key.pem") }
}

fn later(days: i64) -> Timestamp {
    Timestamp::now() + (days * 24).hours()
}

#[test]
fn a_certificate_is_made_once_for_all_names_and_its_key_is_private() {
    let data = tempfile::tempdir().unwrap();
    let first = Tls::open(own(data.path()), Timestamp::now()).unwrap().fingerprint();
    assert_eq!(Tls::open(own(data.path()), later(1)).unwrap().fingerprint(), first);
    let mode = |name: &str| data.path().join("tls").join(name).metadata().unwrap().mode() & 0o777;
    assert_eq!((mode(""), mode("key.pem")), (0o700, 0o600));

    let pem = std::fs::read(data.path().join("tls/certificate.pem")).unwrap();
    let certificate = X509::from_pem(&pem).unwrap();
    let names = certificate.subject_alt_names().unwrap();
    let dns: Vec<_> = names.iter().filter_map(|name| name.dnsname()).collect();
    assert_eq!(dns, ["localhost", "noc.example"]);
    let addresses: Vec<_> = names.iter().filter_map(|name| name.ipaddress()).map(<[u8]>::to_vec).collect();
    let loopback6 = std::net::Ipv6Addr::LOCALHOST.octets().to_vec();
    assert_eq!(addresses, [vec![127, 0, 0, 1], loopback6, vec![192, 0, 2, 1]]);
    let valid = certificate.not_before().diff(certificate.not_after()).unwrap();
    assert_eq!((valid.days, valid.secs), (825, 0));
    let digest = certificate.digest(MessageDigest::sha256()).unwrap();
    let expected = digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
    assert_eq!(first, expected);
}

#[test]
fn a_certificate_of_ours_is_made_anew_before_it_ends_or_when_it_is_damaged() {
    let data = tempfile::tempdir().unwrap();
    let tls = Tls::open(own(data.path()), Timestamp::now()).unwrap();
    let first = tls.fingerprint();
    assert!(!tls.refresh(later(790)).unwrap());
    assert_eq!(tls.fingerprint(), first);
    assert!(tls.refresh(later(796)).unwrap());
    let second = tls.fingerprint();
    assert_ne!(second, first);

    std::fs::write(data.path().join("tls/key.pem"), "nonsense").unwrap();
    assert_ne!(Tls::open(own(data.path()), Timestamp::now()).unwrap().fingerprint(), second);
}

#[test]
fn what_is_wrong_with_files_is_told_with_their_names() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [&a, &b] {
        Tls::open(own(folder.path()), Timestamp::now()).unwrap();
    }
    let (certificate, key) = (a.path().join("tls/certificate.pem"), a.path().join("tls/key.pem"));
    let check = |certificate: &Path, key: &Path, words: &[&str]| {
        let source = Source::Files { certificate: certificate.to_owned(), key: key.to_owned() };
        let error = Tls::open(source, Timestamp::now()).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    assert!(Tls::open(files(a.path()), Timestamp::now()).is_ok());
    check(&certificate, &a.path().join("none.pem"), &["none.pem", "cannot use"]);
    check(&key, &key, &["key.pem", "no certificate"]);
    check(&certificate, &certificate, &["certificate.pem", "no private key"]);
    check(&certificate, &b.path().join("tls/key.pem"), &["certificate.pem", "key.pem", "is not that of"]);

    let write = |name: &str, text: &str| {
        let path = a.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let cut = &std::fs::read_to_string(&certificate).unwrap()[..200];
    check(&write("cut.pem", cut), &key, &["cut.pem", "damaged"]);
    let nonsense = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    check(&write("nonsense.pem", nonsense), &key, &["nonsense.pem", "damaged"]);
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\naGVsbG8=\n-----END ENCRYPTED PRIVATE KEY-----\n";
    check(&certificate, &write("locked.pem", encrypted), &["locked.pem", "is encrypted"]);
}

#[test]
fn a_key_that_everybody_may_read_is_noticed() {
    let data = tempfile::tempdir().unwrap();
    Tls::open(own(data.path()), Timestamp::now()).unwrap();
    let (certificate, key) = (data.path().join("tls/certificate.pem"), data.path().join("tls/key.pem"));
    assert!(!Pair::read(&certificate, &key).unwrap().others_may_read_key());
    std::fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    assert!(Pair::read(&certificate, &key).unwrap().others_may_read_key());
}

/// Asks for the page; gives the answer, the fingerprint that was shown, and the protocol that was chosen.
async fn ask(address: SocketAddr) -> (String, String, Option<Vec<u8>>) {
    let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
    // The certificate is compared by its fingerprint.
    builder.set_verify(SslVerifyMode::NONE);
    builder.set_alpn_protos(b"\x02h2\x08http/1.1").unwrap();
    let ssl = builder.build().configure().unwrap().into_ssl("localhost").unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let mut stream = tokio_openssl::SslStream::new(ssl, stream).unwrap();
    std::pin::Pin::new(&mut stream).connect().await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let shown = stream.ssl().peer_certificate().unwrap().digest(MessageDigest::sha256()).unwrap();
    let shown = shown.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":");
    let chosen = stream.ssl().selected_alpn_protocol().map(<[u8]>::to_vec);
    (answer, shown, chosen)
}

#[actix_web::test]
async fn the_server_shows_the_certificate_and_takes_up_a_new_one_without_a_restart() {
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [&data, &other] {
        Tls::open(own(folder.path()), Timestamp::now()).unwrap();
    }
    let tls = Tls::open(files(data.path()), Timestamp::now()).unwrap();
    let watch = Watch::start();
    let (watched, connected) = (watch.clone(), watch.clone());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let server = HttpServer::new(move || {
        let watched = watched.clone();
        App::new().route(
            "/",
            web::get().to(move || {
                let count = watched.connections();
                async move { format!("connections: {count}") }
            }),
        )
    })
    .on_connect(move |connection, data| connected.connected(connection, data))
    .workers(1)
    .disable_signals()
    .listen_rustls_0_23(listener, tls.config().unwrap())
    .unwrap()
    .run();
    let handle = server.handle();
    rt::spawn(server);

    let (answer, shown, chosen) = ask(address).await;
    assert!(answer.ends_with("connections: 1"), "an encrypted connection is watched: {answer}");
    assert_eq!(shown, tls.fingerprint());
    assert_eq!(chosen.as_deref(), Some(&b"http/1.1"[..]));

    // Half of a new pair is no reason to stop; it is told once.
    let copy =
        |name: &str| std::fs::copy(other.path().join("tls").join(name), data.path().join("tls").join(name));
    copy("certificate.pem").unwrap();
    assert!(matches!(tls.refresh(Timestamp::now()), Err(TlsError::Mismatch { .. })));
    assert!(matches!(tls.refresh(Timestamp::now()), Ok(false)));
    assert_eq!(ask(address).await.1, shown);
    copy("key.pem").unwrap();
    assert!(tls.refresh(Timestamp::now()).unwrap());
    let (_, new, _) = ask(address).await;
    assert_eq!(new, Tls::open(files(other.path()), Timestamp::now()).unwrap().fingerprint());
    assert_ne!(new, shown);
    handle.stop(false).await;
}
