//! A router that gives its secrets away unasked: none of them reaches a recording.

use crate::{exit_code, folder, record};
use integration_tests::secrets::disguises;
use integration_tests::service::PATIENCE;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;
use tikwatch::routeros::Limits;
use tikwatch::routeros::server::{Replies, Request, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Property and value of what must never be recorded; the password of the sign-in is one more.
const CANARIES: [(&str, &str); 8] = [
    ("password", "canary-ppp-8fKw2"),
    ("secret", "canary-radius-Qp31x"),
    ("wpa2-pre-shared-key", "canary-wifi-7Tzz0"),
    ("security.passphrase", "canary-wave2-mB4nn"),
    ("private-key", "canary-wireguard-9Xc8s"),
    ("preshared-key", "canary-peer-Lk22v"),
    ("authentication-password", "canary-snmp-Rr5ty"),
    ("ipsec-secret", "canary-ipsec-0Pd6g"),
];
const SIGN_IN: &str = "canary-sign-in-5Jq";

/// Answers every print with one row of what was asked for, and all secrets beside it.
async fn give_away(mut stream: TcpStream) {
    let mut server = Server::new(Limits::default());
    loop {
        if stream.read_buf(server.buffer()).await.unwrap_or(0) == 0 {
            return;
        }
        let mut requests: Vec<Request> = Vec::new();
        server.process(|request| requests.push(request)).unwrap();
        let mut out = Vec::new();
        for request in requests {
            let mut replies = Replies::new(&mut out, request.tag.as_deref());
            if matches!(request.verb(), "print" | "listen") {
                let asked = request.proplist().unwrap_or_default();
                let asked = asked.iter().filter(|name| **name != b".dead").map(|name| {
                    let value: &[u8] = if *name == b".id" { b"*1" } else { b"seen" };
                    (*name, value)
                });
                // Health is asked for without a list.
                let more = [("voltage", "24.1")].into_iter().chain(CANARIES);
                replies.row(asked.chain(more.map(|(name, value)| (name.as_bytes(), value.as_bytes()))));
            }
            if request.verb() != "listen" {
                replies.done();
            }
        }
        if stream.write_all(&out).await.is_err() {
            return;
        }
    }
}

async fn open_hearted() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(give_away(stream));
        }
    });
    address
}

async fn check(redact: bool) {
    let folder = folder(open_hearted().await);
    let file = folder.path().join("r1.jsonl.zst");
    let mut arguments = vec!["--out", "r1.jsonl.zst", "--for", "5m"];
    arguments.extend(redact.then_some("--redact"));
    let recorder = record(folder.path(), &arguments);
    // The last table to be read, and health, which is asked for without a list.
    let until = Instant::now() + PATIENCE;
    let text = loop {
        let packed = std::fs::read(&file).unwrap_or_default();
        let mut text = Vec::new();
        // The end is missing still.
        let _ = std::io::Read::read_to_end(&mut zstd::Decoder::new(&*packed).unwrap(), &mut text);
        let text = String::from_utf8_lossy(&text).into_owned();
        if ["/ip/hotspot/host\"", "/log\"", "\"voltage\":\"24.1\""].iter().all(|seen| text.contains(seen)) {
            break text;
        }
        assert!(Instant::now() < until, "{text}\n{}", recorder.transcript());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    recorder.terminate().unwrap();
    let said = recorder.transcript();
    assert_eq!(exit_code(recorder).await, 0);
    for secret in CANARIES.map(|(_, secret)| secret).into_iter().chain([SIGN_IN]) {
        for disguise in disguises(secret) {
            assert!(!text.contains(&disguise), "{secret} was recorded, as {disguise}");
            assert!(!said.contains(&disguise), "{secret} was logged, as {disguise}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_that_a_router_gives_away_is_recorded() {
    let (plain, redacted) = (tokio::spawn(check(false)), tokio::spawn(check(true)));
    plain.await.unwrap();
    redacted.await.unwrap();
}
