//! Requests as they are on the wire, from an address of one's choice: clients tidy up what they are told to send.

use crate::service::PATIENCE;
use anyhow::{Context as _, ensure};
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

/// An answer, read to the end of its connection.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, with names in lower case, in their order.
    pub headers: Vec<(String, String)>,
    /// What came after the head.
    pub body: Vec<u8>,
}

impl Answer {
    /// The only header of this name; nothing if there is none, or if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().filter(|(known, _)| known == name);
        let (first, None) = (all.next(), all.next()) else { return None };
        first.map(|(_, value)| value.as_str())
    }
}

/// Connects from this address of the loopback network.
pub fn connect(to: SocketAddr, from: Ipv4Addr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    socket.connect(&to.into())?;
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Sends this as it is, and reads what comes until the server closes the connection.
pub fn exchange(stream: &mut (impl Read + Write), request: &[u8]) -> anyhow::Result<Answer> {
    stream.write_all(request)?;
    let mut all = Vec::new();
    // A connection that is cut in the middle of what we send may end with an error after the answer.
    let ended = stream.read_to_end(&mut all);
    let head = all.windows(4).position(|four| four == b"\r\n\r\n");
    let head = head.with_context(|| format!("no answer to {}: {ended:?}", request.escape_ascii()))?;
    let text = String::from_utf8(all.get(..head).unwrap_or_default().to_vec())?;
    let mut lines = text.split("\r\n");
    let first = lines.next().unwrap_or_default();
    ensure!(first.starts_with("HTTP/1."), "no answer of HTTP/1: {first}");
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers = lines.map(|line| header(line).context("no header")).collect::<Result<_, _>>()?;
    Ok(Answer { status, headers, body: all.split_off(head + 4) })
}
