//! Every way to connect against every kind of server, on 127.0.0.1.

use super::*;
use std::io::Write as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const DEADLINE: Duration = Duration::from_secs(20);

/// A server that takes one connection and echoes what comes; returns what it got.
struct Echo {
    port: u16,
    received: JoinHandle<Vec<u8>>,
}

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn echo(identity: Option<&TlsIdentity>) -> Echo {
    let (listener, port) = listen().await;
    let identity = identity.cloned();
    let received = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let accepted = match identity {
            Some(identity) => identity.accept(tcp).await,
            None => Ok(Stream::Plain(tcp)),
        };
        let Ok(mut stream) = accepted else { return Vec::new() };
        let mut all = Vec::new();
        let mut some = [0; 256];
        while let Ok(count @ 1..) = stream.read(&mut some).await {
            all.extend_from_slice(&some[..count]);
            stream.write_all(&some[..count]).await.unwrap();
        }
        all
    });
    Echo { port, received }
}

fn endpoint(port: u16, tls: Tls) -> Endpoint {
    Endpoint { host: "127.0.0.1".to_owned(), port, tls }
}

/// Connects; if that works, a word must come back unchanged.
async fn attempt(server: &Echo, tls: Tls) -> Result<Connected, ConnectError> {
    let mut connected = connect(&endpoint(server.port, tls), DEADLINE).await?;
    connected.stream.write_all(b"a word").await.unwrap();
    connected.stream.flush().await.unwrap();
    let mut back = [0; 6];
    connected.stream.read_exact(&mut back).await.unwrap();
    assert_eq!(&back, b"a word");
    Ok(connected)
}

async fn refusal(identity: Option<&TlsIdentity>, tls: Tls) -> ConnectError {
    let server = echo(identity).await;
    let refusal = attempt(&server, tls).await.expect_err("this must not connect");
    // Nothing may be told to a server that was not accepted.
    assert_eq!(server.received.await.unwrap(), b"");
    assert!(!refusal.advice().is_empty());
    refusal
}

async fn protection(identity: Option<&TlsIdentity>, tls: Tls) -> (Protection, Option<Fingerprint>) {
    let connected = attempt(&echo(identity).await, tls).await.expect("this must connect");
    (connected.protection, connected.fingerprint)
}

fn certified() -> TlsIdentity {
    TlsIdentity::self_signed("router").unwrap()
}

fn pem_file(content: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}

fn verify(file: &tempfile::NamedTempFile) -> Tls {
    Tls::Verify { ca_file: Some(file.path().to_owned()), host_name: false }
}

#[tokio::test]
async fn without_tls_the_password_travels_in_clear() {
    assert_eq!(protection(None, Tls::Off).await, (Protection::Clear, None));
}

#[tokio::test]
async fn a_pinned_certificate_connects() {
    let router = certified();
    let pin = Tls::Pin { fingerprint: router.fingerprint() };
    assert_eq!(protection(Some(&router), pin).await, (Protection::Pinned, router.fingerprint()));
}

#[tokio::test]
async fn a_certificate_that_was_not_accepted_yet_is_shown_and_refused() {
    let router = certified();
    let refusal = refusal(Some(&router), Tls::Pin { fingerprint: None }).await;
    assert!(
        matches!(refusal, ConnectError::CertificateUnknown { fingerprint, .. }
            if Some(fingerprint) == router.fingerprint()),
        "{refusal:?}"
    );
}

#[tokio::test]
async fn a_swapped_certificate_is_refused_and_learns_nothing() {
    let (router, impostor) = (certified(), certified());
    assert_ne!(router.fingerprint(), impostor.fingerprint());
    let refusal = refusal(Some(&impostor), Tls::Pin { fingerprint: router.fingerprint() }).await;
    assert!(
        matches!(refusal, ConnectError::CertificateChanged { expected, found, .. }
            if Some(expected) == router.fingerprint() && Some(found) == impostor.fingerprint()),
        "{refusal:?}"
    );
}

#[tokio::test]
async fn a_certificate_of_the_trusted_file_connects() {
    let router = certified();
    let file = pem_file(&router.certificate_pem());
    assert_eq!(protection(Some(&router), verify(&file)).await, (Protection::Verified, router.fingerprint()));
}

#[tokio::test]
async fn the_host_name_is_checked_when_asked_for() {
    let router = certified();
    let file = pem_file(&router.certificate_pem());
    let tls = Tls::Verify { ca_file: Some(file.path().to_owned()), host_name: true };
    assert_eq!(protection(Some(&router), tls.clone()).await.0, Protection::Verified);
    let connect_to = async |host: &str, tls: &Tls| {
        let server = echo(Some(&router)).await;
        let endpoint = Endpoint { host: host.to_owned(), port: server.port, tls: tls.clone() };
        connect(&endpoint, DEADLINE).await.map(|connected| connected.protection)
    };
    assert_eq!(connect_to("localhost", &tls).await.unwrap(), Protection::Verified);
    // Another spelling of 127.0.0.1, which the certificate does not name.
    let refusal = connect_to("127.1", &tls).await.unwrap_err();
    assert!(matches!(refusal, ConnectError::CertificateNotTrusted { .. }), "{refusal:?}");
    assert_eq!(connect_to("127.1", &verify(&file)).await.unwrap(), Protection::Verified);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (router, stranger) = (certified(), certified());
    let file = pem_file(&router.certificate_pem());
    let by_system = Tls::Verify { ca_file: None, host_name: false };
    for tls in [verify(&file), by_system] {
        let refusal = refusal(Some(&stranger), tls).await;
        assert!(matches!(refusal, ConnectError::CertificateNotTrusted { .. }), "{refusal:?}");
    }
}

#[tokio::test]
async fn anonymous_takes_a_router_with_or_without_a_certificate() {
    let bare = TlsIdentity::anonymous().unwrap();
    assert_eq!(protection(Some(&bare), Tls::Anonymous).await, (Protection::Anonymous, None));
    let router = certified();
    let expect = (Protection::Anonymous, router.fingerprint());
    assert_eq!(protection(Some(&router), Tls::Anonymous).await, expect);
}

#[tokio::test]
async fn a_router_without_a_certificate_is_never_taken_unless_allowed() {
    let bare = TlsIdentity::anonymous().unwrap();
    let known = certified();
    let file = pem_file(&known.certificate_pem());
    let pin = |fingerprint| Tls::Pin { fingerprint };
    for tls in [verify(&file), pin(known.fingerprint()), pin(None)] {
        let refusal = refusal(Some(&bare), tls.clone()).await;
        assert!(matches!(refusal, ConnectError::NoCommonCipher { .. }), "{tls:?}: {refusal:?}");
    }
}

#[tokio::test]
async fn a_port_that_greets_in_clear_does_not_speak_tls() {
    let file = pem_file(&certified().certificate_pem());
    for greeting in
        ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-ROSSSH\r\n", "\u{6}!fatal\u{d}not logged in\0"]
    {
        for tls in [Tls::Pin { fingerprint: None }, Tls::Anonymous, verify(&file)] {
            let (listener, port) = listen().await;
            let server = tokio::spawn(async move {
                let (mut tcp, _) = listener.accept().await.unwrap();
                tcp.write_all(greeting.as_bytes()).await.unwrap();
                let _ = tcp.read_to_end(&mut Vec::new()).await;
            });
            let refusal = connect(&endpoint(port, tls), DEADLINE).await.unwrap_err();
            assert!(matches!(refusal, ConnectError::NoTls { .. }), "{greeting:?}: {refusal:?}");
            server.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_fails_the_handshake() {
    let (listener, port) = listen().await;
    tokio::spawn(async move { drop(listener.accept().await.unwrap()) });
    let refusal = connect(&endpoint(port, Tls::Anonymous), DEADLINE).await.unwrap_err();
    assert!(matches!(refusal, ConnectError::TlsFailed { .. }), "{refusal:?}");
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let (listener, port) = listen().await;
    drop(listener);
    let refusal = connect(&endpoint(port, Tls::Off), DEADLINE).await.unwrap_err();
    assert!(matches!(refusal, ConnectError::Refused { .. }), "{refusal:?}");
}

#[tokio::test]
async fn a_silent_port_is_given_up_at_the_deadline() {
    let (_listener, port) = listen().await;
    let deadline = Duration::from_millis(200);
    let started = std::time::Instant::now();
    let refusal = connect(&endpoint(port, Tls::Anonymous), deadline).await.unwrap_err();
    assert!(matches!(refusal, ConnectError::HandshakeTimedOut { .. }), "{refusal:?}");
    assert!(started.elapsed() < deadline + Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_file_without_certificates_is_named() {
    let (listener, port) = listen().await;
    let missing = PathBuf::from("/nonexistent/ca.pem");
    let garbage = pem_file("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let empty = pem_file("");
    for path in [missing, garbage.path().to_owned(), empty.path().to_owned()] {
        let tls = Tls::Verify { ca_file: Some(path.clone()), host_name: true };
        let refusal = connect(&endpoint(port, tls), DEADLINE).await.unwrap_err();
        assert!(
            matches!(&refusal, ConnectError::CaFile { path: named, .. } if *named == path),
            "{refusal:?}"
        );
    }
    drop(listener);
}

#[tokio::test]
async fn an_impossible_name_is_unknown() {
    let endpoint = Endpoint { host: "no such host".to_owned(), port: 1, tls: Tls::Off };
    let refusal = connect(&endpoint, DEADLINE).await.unwrap_err();
    assert!(matches!(refusal, ConnectError::UnknownHost { .. }), "{refusal:?}");
}

#[test]
fn an_endpoint_is_shown_as_it_is_dialled() {
    let check = |host: &str, expect: &str| {
        let endpoint = Endpoint { host: host.to_owned(), port: 8729, tls: Tls::Off };
        assert_eq!(endpoint.to_string(), expect);
    };
    check("10.0.0.1", "10.0.0.1:8729");
    check("2001:db8::1", "[2001:db8::1]:8729");
    check("[2001:db8::1]", "[2001:db8::1]:8729");
}
