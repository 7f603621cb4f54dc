//! A scripted router in memory, for the actors' tests.

use super::connection::{Dial, Dialled};
use crate::routeros::Limits;
use crate::routeros::server::{Replies, Request, Server};
use crate::routeros::stream::{ConnectError, Protection, Stream};
use futures_util::future::LocalBoxFuture;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

/// How the router treats us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Manner {
    #[default]
    Answers,
    /// Nothing listens.
    Off,
    /// Our credentials are wrong.
    Rejects,
    /// Lets us in and then says nothing.
    Silent,
    /// Lets us in and then sends one byte a second.
    Trickles,
    /// Sends some rows and then nothing.
    Stalls,
    /// Answers with this many rows, 0.26 ms each.
    Slow(u32),
    /// Takes this many milliseconds for each answer.
    Delays(u64),
    /// Answers with what was so this many milliseconds ago.
    Lags(u64),
    /// Answers, but `listen` is not known.
    NoListen,
    /// `listen` never reports anything.
    MuteListen,
    /// Is a web server.
    Web,
    /// Is a server that greets in a way of its own and waits.
    Greets,
    /// Answers with rows without end, and reports changes without end.
    Floods,
    /// Our own program has an error: opening a connection panics.
    Panics,
}

type Row = Vec<(String, String)>;

#[derive(Debug)]
struct Inner {
    manner: Manner,
    tables: HashMap<String, Vec<Row>>,
    /// Menus that this router does not have.
    lacks: Vec<&'static str>,
    listeners: Vec<(String, Vec<u8>, mpsc::UnboundedSender<Vec<u8>>)>,
    dials: Vec<Instant>,
    sign_ins: usize,
    /// How many connections there are, and were at most.
    open: usize,
    most_open: usize,
    asked: Vec<(Instant, String)>,
    up: watch::Sender<u64>,
}

/// The router; clones are the same one.
#[derive(Debug, Clone)]
pub(super) struct Peer(Arc<Mutex<Inner>>);

impl Peer {
    pub(super) fn new(manner: Manner) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            manner,
            tables: HashMap::new(),
            lacks: Vec::new(),
            listeners: Vec::new(),
            dials: Vec::new(),
            sign_ins: 0,
            open: 0,
            most_open: 0,
            asked: Vec::new(),
            up: watch::Sender::new(0),
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    pub(super) fn behave(&self, manner: Manner) {
        self.inner().manner = manner;
    }

    /// From now on these menus are not there.
    pub(super) fn lack(&self, menus: &[&'static str]) {
        self.inner().lacks = menus.to_vec();
    }

    /// Ends all connections.
    pub(super) fn hang_up(&self) {
        let mut inner = self.inner();
        inner.listeners.clear();
        inner.up.send_modify(|epoch| *epoch += 1);
    }

    pub(super) fn dials(&self) -> Vec<Instant> {
        self.inner().dials.clone()
    }

    pub(super) fn sign_ins(&self) -> usize {
        self.inner().sign_ins
    }

    /// How many connections there were at most at the same time.
    pub(super) fn most_sessions(&self) -> usize {
        self.inner().most_open
    }

    /// When commands of this path came.
    pub(super) fn asked(&self, path: &str) -> Vec<Instant> {
        self.inner().asked.iter().filter(|(_, asked)| asked == path).map(|(at, _)| *at).collect()
    }

    /// Adds a row with this id to a table and tells those who listen.
    pub(super) fn add(&self, menu: &str, id: &str, attributes: &[(&str, &str)]) {
        let mut row: Row = vec![(".id".to_owned(), id.to_owned())];
        row.extend(attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut inner = self.inner();
        inner.report(menu, &row);
        inner.tables.entry(menu.to_owned()).or_default().push(row);
    }

    /// Removes the row with this id and tells those who listen.
    pub(super) fn remove(&self, menu: &str, id: &str) {
        let mut inner = self.inner();
        if let Some(rows) = inner.tables.get_mut(menu) {
            rows.retain(|row| row[0].1 != id);
        }
        let dead = vec![(".id".to_owned(), id.to_owned()), (".dead".to_owned(), "true".to_owned())];
        inner.report(menu, &dead);
    }

    async fn serve(self, mut stream: tokio::io::DuplexStream) {
        let mut up = self.inner().up.subscribe();
        if self.inner().manner == Manner::Web {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            return;
        }
        if self.inner().manner == Manner::Greets {
            let _ = stream.write_all(b"\x4A\0\0\0\x0A8.0.36\0").await;
            let _ = up.changed().await;
            return;
        }
        let (mut reader, mut writer) = tokio::io::split(stream);
        let (out, mut outgoing) = mpsc::unbounded_channel::<Vec<u8>>();
        let write = async {
            while let Some(bytes) = outgoing.recv().await {
                if writer.write_all(&bytes).await.is_err() {
                    break;
                }
            }
        };
        let read = async {
            let mut server = Server::new(Limits::default());
            while reader.read_buf(server.buffer()).await.is_ok_and(|count| 0 < count) {
                let mut requests = Vec::new();
                server.process(|request| requests.push(request)).unwrap();
                for request in requests {
                    self.answer(&request, &out).await;
                }
            }
        };
        tokio::select! { () = read => {}, () = write => {}, _ = up.changed() => {} }
    }

    async fn answer(&self, request: &Request, out: &mpsc::UnboundedSender<Vec<u8>>) {
        let manner = self.inner().manner;
        let tag = request.tag.clone();
        let send = |fill: &dyn Fn(&mut Replies<'_>)| {
            let mut bytes = Vec::new();
            fill(&mut Replies::new(&mut bytes, tag.as_deref()));
            let _ = out.send(bytes);
        };
        if request.path == "/login" {
            self.inner().sign_ins += 1;
            if manner == Manner::Rejects {
                return send(&|replies| {
                    replies.trap(None, "invalid user name or password (6)");
                    replies.done();
                });
            }
            return send(&|replies| replies.done());
        }
        self.inner().asked.push((Instant::now(), request.path.clone()));
        let (menu, verb) = request.path.rsplit_once('/').unwrap();
        let is_lacking = self.inner().lacks.contains(&menu);
        match (manner, verb) {
            (Manner::Silent, _) | (Manner::MuteListen, "listen") => {}
            (Manner::Trickles, _) => {
                let mut bytes = Vec::new();
                Replies::new(&mut bytes, tag.as_deref()).row([(&b"name"[..], &[b'x'; 90][..])]);
                for byte in bytes {
                    sleep(Duration::from_secs(1)).await;
                    let _ = out.send(vec![byte]);
                }
            }
            (Manner::Floods, _) => send(&|replies| {
                (0..120_000_u32).for_each(|n| replies.row([(&b".id"[..], format!("*{n:X}").as_bytes())]));
            }),
            _ if is_lacking => send(&unknown),
            (Manner::NoListen, "listen") => send(&unknown),
            (_, "listen") => {
                self.inner().listeners.push((menu.to_owned(), tag.unwrap_or_default(), out.clone()));
            }
            (Manner::Stalls, _) => send(&|replies| {
                (0..20_000).for_each(|_| replies.row([(&b".id"[..], &b"*1"[..]), (b"name", b"x")]));
            }),
            (Manner::Slow(rows), _) => {
                for _ in 0..rows / 100 {
                    sleep(Duration::from_millis(26)).await;
                    send(&|replies| {
                        (0..100).for_each(|_| replies.row([(&b".id"[..], &b"*1"[..]), (b"name", b"x")]));
                    });
                }
                send(&|replies| replies.done());
            }
            _ => {
                if let Manner::Delays(milliseconds) = manner {
                    sleep(Duration::from_millis(milliseconds)).await;
                }
                let rows = self.inner().tables.get(menu).cloned().unwrap_or_default();
                if let Manner::Lags(milliseconds) = manner {
                    sleep(Duration::from_millis(milliseconds)).await;
                }
                send(&|replies| {
                    for row in &rows {
                        replies.row(row.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())));
                    }
                    replies.done();
                });
            }
        }
    }
}

/// The answer that there is no such menu or command.
fn unknown(replies: &mut Replies<'_>) {
    replies.trap(None, "no such command");
    replies.done();
}

impl Inner {
    fn report(&self, menu: &str, row: &Row) {
        for (_, tag, out) in self.listeners.iter().filter(|(followed, ..)| followed == menu) {
            let mut bytes = Vec::new();
            let attributes = row.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            Replies::new(&mut bytes, Some(tag)).row(attributes);
            let _ = out.send(bytes);
        }
    }
}

impl Dial for Peer {
    fn dial(&self, _: Duration) -> LocalBoxFuture<'_, Result<Dialled, ConnectError>> {
        Box::pin(async {
            let manner = self.inner().manner;
            self.inner().dials.push(Instant::now());
            assert!(manner != Manner::Panics, "a planted panic");
            if manner == Manner::Off {
                return Err(ConnectError::Refused { address: ([127, 0, 0, 1], 8728).into() });
            }
            let (ours, theirs) = tokio::io::duplex(256 << 10);
            let served = self.clone().serve(theirs);
            let peer = self.clone();
            {
                let mut inner = peer.inner();
                inner.open += 1;
                inner.most_open = inner.most_open.max(inner.open);
            }
            actix::spawn(async move {
                served.await;
                peer.inner().open -= 1;
            });
            Ok(Dialled { stream: Stream::Memory(ours), protection: Protection::Clear, fingerprint: None })
        })
    }
}
