//! Replies of a busy router, made beforehand and sent over a loopback socket as fast as it takes them.

use socket2::{Domain, Socket, Type};
use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Instant;
use tikwatch::actors::connection::LARGE_READ;
use tikwatch::domain::resource::Resource;
use tikwatch::routeros::server::Replies;
use tikwatch::routeros::session::{Event, Session};
use tikwatch::routeros::{Charset, Limits};
use tokio::io::AsyncReadExt as _;

/// How much of a reply may be on its way. Left to itself the kernel would hold a whole one, and how much that costs
/// differs from machine to machine (`net.ipv4.tcp_rmem`); a router at the other end of a network is ahead of its
/// reader by its window.
const WINDOW: usize = 256 << 10;

/// The tag that a fresh session gives to its n-th command, from 1 on.
fn tag(n: u32) -> Vec<u8> {
    n.to_string().into_bytes()
}

/// A reply to the counters' poll for this many PPPoE sessions, `round` polls after they came up.
pub fn counters(sessions: usize, command: u32, round: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let tag = tag(command);
    let mut replies = Replies::new(&mut out, Some(&tag));
    for n in 0..sessions {
        let n64 = n as u64;
        let id = format!("*F{n:05X}");
        let name = format!("<pppoe-{}>", subscriber(n));
        let rx = (1_968_989_292 + n64 * 7_919 + round * 312_500).to_string();
        let tx = (15_358_415_653 + n64 * 104_729 + round * 6_250_000).to_string();
        replies.row(pairs(&[
            (".id", &id),
            ("name", &name),
            ("last-link-up-time", "2026-03-02 11:30:44"),
            ("rx-byte", &rx),
            ("tx-byte", &tx),
        ]));
    }
    replies.done();
    out
}

/// A reply to the print of all sessions, `round` polls of five seconds after the first.
pub fn sessions(sessions: usize, command: u32, round: u64) -> Vec<u8> {
    let uptime = format!("1w2d3h{}m{}s", round / 12, round % 12 * 5);
    let mut out = Vec::new();
    let tag = tag(command);
    let mut replies = Replies::new(&mut out, Some(&tag));
    for n in 0..sessions {
        let id = format!("*{:X}", n + 1);
        let caller = format!("D0:D0:4B:{:02X}:{:02X}:{:02X}", n >> 16 & 255, n >> 8 & 255, n & 255);
        let address = format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255);
        replies.row(pairs(&[
            (".id", &id),
            ("name", &subscriber(n)),
            ("service", "pppoe"),
            ("caller-id", &caller),
            ("address", &address),
            ("uptime", &uptime),
            ("radius", "false"),
            ("session-id", "0x81100000"),
        ]));
    }
    replies.done();
    out
}

fn subscriber(n: usize) -> String {
    format!("ord{n:06}@isp")
}

fn pairs<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    pairs.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()))
}

/// A connection to a router that answers without being asked: a thread at the other end writes what it is given.
#[derive(Debug)]
pub struct Feed {
    socket: tokio::net::TcpStream,
    session: Session,
    replies: Sender<Arc<Vec<u8>>>,
}

impl Feed {
    /// Opens a connection on loopback; call it within a runtime.
    pub fn open() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_recv_buffer_size(WINDOW)?;
        socket.connect(&listener.local_addr()?.into())?;
        let (mut writer, _) = listener.accept()?;
        writer.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        let (replies, queue) = channel::<Arc<Vec<u8>>>();
        std::thread::spawn(move || {
            for reply in queue {
                if writer.write_all(&reply).is_err() {
                    return;
                }
            }
        });
        let socket = tokio::net::TcpStream::from_std(socket.into())?;
        Ok(Self { socket, session: Session::new(Limits::default(), Charset::default()), replies })
    }

    /// Sends a reply; the reading thread's processor time does not contain the writing.
    fn send(&self, reply: &Arc<Vec<u8>>) {
        // The thread ends with the socket; a read then tells.
        let _ = self.replies.send(Arc::clone(reply));
    }

    /// Reads a reply and throws its bytes away.
    pub async fn discard(&mut self, reply: &Arc<Vec<u8>>) -> anyhow::Result<()> {
        self.send(reply);
        let buffer = self.session.buffer();
        let mut left = reply.len();
        while 0 < left {
            buffer.reserve(LARGE_READ);
            let read = self.socket.read_buf(buffer).await?;
            anyhow::ensure!(0 < read, "the feed ended");
            left -= read;
            buffer.clear();
        }
        Ok(())
    }

    /// Asks and reads a reply into typed rows, the way the service does; `expected` is how many to make room for.
    pub async fn ask<R: Resource>(
        &mut self,
        reply: &Arc<Vec<u8>>,
        expected: usize,
        at: Option<Instant>,
    ) -> anyhow::Result<Vec<R>> {
        let mut command = Vec::new();
        self.session.start(&R::print(), &mut command)?;
        self.send(reply);
        let mut rows = Vec::with_capacity(expected);
        let mut done = false;
        while !done {
            let buffer = self.session.buffer();
            buffer.reserve(LARGE_READ);
            let read = self.socket.read_buf(buffer).await?;
            anyhow::ensure!(0 < read, "the feed ended");
            let at = at.unwrap_or_else(Instant::now);
            self.session.process(|event| match event {
                Event::Row { row, .. } => {
                    if let Some(row) = R::from_row(row, at) {
                        rows.push(row);
                    }
                }
                Event::End { .. } => done = true,
                Event::Fatal { .. } => {}
            })?;
        }
        Ok(rows)
    }
}
