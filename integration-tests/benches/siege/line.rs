//! Connections from an address of one's choice, and what is answered on them.

use anyhow::{Context as _, ensure};
use integration_tests::service::Service;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// Where a service listens.
pub(super) fn address(service: &Service) -> anyhow::Result<SocketAddr> {
    Ok(service.url.trim_start_matches("http://").parse()?)
}

/// Connects from there. `room` is how much the kernel takes for whoever does not read.
pub(super) async fn connect(to: SocketAddr, from: Ipv4Addr, room: Option<u32>) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if let Some(room) = room {
        socket.set_recv_buffer_size(room)?;
    }
    socket.bind(SocketAddr::from((from, 0)))?;
    socket.connect(to).await.with_context(|| format!("{from} cannot connect"))
}

/// A form that is sent by a page of ours, as it is on the wire.
pub(super) fn form(to: SocketAddr, path: &str, fields: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {to}\r\nOrigin: http://{to}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{fields}",
        fields.len()
    )
}

/// Sends a request that ends its connection; the status of the answer, and how long all of it took to come.
pub(super) async fn ask(to: SocketAddr, from: Ipv4Addr, request: &str) -> anyhow::Result<(u16, Duration)> {
    let mut stream = connect(to, from, None).await?;
    let asked = Instant::now();
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let took = asked.elapsed();
    Ok((status(&answer).context("no status")?, took))
}

/// The status of an answer that begins here.
pub(super) fn status(answer: &[u8]) -> Option<u16> {
    std::str::from_utf8(answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?).ok()?.parse().ok()
}

/// Answers on a connection that stays open, one after the other.
pub(super) struct Answers {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Answers {
    pub(super) fn on(stream: TcpStream) -> Self {
        Self { stream, read: Vec::new() }
    }

    /// Sends a request and reads its answer; its status, and whether the connection goes on.
    pub(super) async fn ask(&mut self, request: &[u8]) -> anyhow::Result<(u16, bool)> {
        self.stream.write_all(request).await?;
        let head = loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let text = String::from_utf8_lossy(self.read.get(..head).unwrap_or_default()).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        let status = status(&self.read).context("no status")?;
        if let Some(length) = length {
            let end = head + length.trim().parse::<usize>()?;
            while self.read.len() < end {
                self.more().await?;
            }
            self.read.drain(..end);
        } else if text.contains("transfer-encoding: chunked") {
            // Nothing follows an answer that was asked for alone.
            while !self.read.ends_with(b"\r\n0\r\n\r\n") {
                self.more().await?;
                // The size of what was compressed anew each time does not matter here, only its end.
                let from = self.read.len().saturating_sub(16);
                self.read.drain(..from);
            }
            self.read.clear();
        } else {
            self.read.clear();
        }
        Ok((status, !text.contains("connection: close")))
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        ensure!(0 < self.stream.read_buf(&mut self.read).await?, "the connection ended");
        Ok(())
    }
}
