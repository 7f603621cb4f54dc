//! A router that gives its secrets away unasked.

use std::net::{Ipv4Addr, SocketAddr};
use tikwatch::routeros::Limits;
use tikwatch::routeros::server::{Replies, Request, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Property and value of what nobody must ever see of it.
pub const SECRETS: [(&str, &str); 8] = [
    ("password", "canary-ppp-8fKw2"),
    ("secret", "canary-radius-Qp31x"),
    ("wpa2-pre-shared-key", "canary-wifi-7Tzz0"),
    ("security.passphrase", "canary-wave2-mB4nn"),
    ("private-key", "canary-wireguard-9Xc8s"),
    ("preshared-key", "canary-peer-Lk22v"),
    ("authentication-password", "canary-snmp-Rr5ty"),
    ("ipsec-secret", "canary-ipsec-0Pd6g"),
];

/// Starts it on any free port, for as long as the runtime lives.
pub async fn start() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(give_away(stream));
        }
    });
    Ok(address)
}

/// Answers every print with one row of what was asked for, and all secrets beside it.
async fn give_away(mut stream: TcpStream) {
    let mut server = Server::new(Limits::default());
    while let Ok(1..) = stream.read_buf(server.buffer()).await {
        let mut requests: Vec<Request> = Vec::new();
        if server.process(|request| requests.push(request)).is_err() {
            return;
        }
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
                let more = [("voltage", "24.1")].into_iter().chain(SECRETS);
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
