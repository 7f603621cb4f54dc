//! The front of a router: passes on what both sides say, until its script's moment comes.

use super::script::{Act, Moment, Script, owned, sentence};
use anyhow::{Context as _, ensure};
use socket2::{Domain, SockRef, Socket, Type};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tikwatch::routeros::Limits;
use tikwatch::routeros::sentence::Splitter;
use tikwatch::simulator::SimulatedRouter;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Room for one read, and for what is under way between a front and its router.
const ROOM: usize = 64 << 10;

/// So many bytes of an endless reply are sent at once.
const BATCH: usize = 16 << 10;

/// A port that is ours, on which nobody listens yet.
pub struct Reserved(Socket);

impl Reserved {
    /// Any free port of loopback.
    pub fn any() -> std::io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        socket.set_nonblocking(true)?;
        Ok(Self(socket))
    }

    /// Its address.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.0.local_addr()?.as_socket().ok_or_else(|| std::io::Error::other("no address of IP"))
    }

    fn listen(self) -> std::io::Result<TcpListener> {
        self.0.listen(16)?;
        TcpListener::from_std(self.0.into())
    }
}

/// A router behind its front. Dropping it closes the port.
pub struct Front {
    /// The honest router.
    pub router: SimulatedRouter,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    router: SimulatedRouter,
    script: Option<Script>,
    /// How often the script was played to its end, or to the act that goes on until the client leaves.
    played: AtomicUsize,
    /// When each command came, with its path.
    asked: Mutex<Vec<(Instant, String)>>,
}

impl Front {
    /// Puts a front with this script, or an honest one, before a router.
    pub fn open(at: Reserved, router: SimulatedRouter, script: Option<Script>) -> std::io::Result<Self> {
        let listener = at.listen()?;
        let (played, asked) = (AtomicUsize::new(0), Mutex::default());
        let shared = Arc::new(Shared { router: router.clone(), script, played, asked });
        let all = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(Connection::serve(client, Arc::clone(&all)));
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { router, shared, accepting })
    }

    /// What is wrong with the router, if something is.
    pub fn script(&self) -> Option<&Script> {
        self.shared.script.as_ref()
    }

    /// How often the script was really played.
    pub fn played(&self) -> usize {
        self.shared.played.load(Ordering::Relaxed)
    }

    /// When commands came whose text holds `word`.
    pub fn asked(&self, word: &str) -> Vec<Instant> {
        let asked = self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|(_, text)| text.contains(word)).map(|(at, _)| *at).collect()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One client's connection, and the router's end of it in memory.
struct Connection {
    client: TcpStream,
    router: DuplexStream,
    shared: Arc<Shared>,
    /// What the router said and nobody has taken yet.
    said: Said,
    /// Commands after the sign-in.
    commands: usize,
}

/// The words of a sentence.
type Words = Vec<Vec<u8>>;

/// Bytes that become sentences.
struct Said {
    bytes: Vec<u8>,
    splitter: Splitter,
}

impl Said {
    fn new() -> Self {
        Self { bytes: Vec::new(), splitter: Splitter::new(Limits::default()) }
    }

    /// The next whole sentence: as it was encoded, and its words.
    fn next(&mut self) -> anyhow::Result<Option<(Vec<u8>, Words)>> {
        let Some((sentence, size)) = self.splitter.next(&self.bytes)? else { return Ok(None) };
        let words = owned(sentence);
        Ok(Some((self.bytes.drain(..size).collect(), words)))
    }
}

/// Whether a connection goes on after an act.
#[derive(PartialEq)]
enum After {
    GoesOn,
    Over,
}

impl Connection {
    async fn serve(client: TcpStream, shared: Arc<Shared>) {
        let (router, other) = tokio::io::duplex(ROOM);
        shared.router.serve(other);
        let said = Said::new();
        let mut connection = Self { client, router, shared, said, commands: 0 };
        // A side that leaves is how every connection ends.
        let _ = connection.run().await;
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        self.client.set_nodelay(true)?;
        if self.is_moment(|when| when == Moment::Accepted) && self.play(&[], &[]).await? == After::Over {
            return Ok(());
        }
        let mut heard = Said::new();
        loop {
            let (mut from_client, mut from_router) = ([0; 4096], [0; 4096]);
            tokio::select! {
                read = self.client.read(&mut from_client) => {
                    heard.bytes.extend_from_slice(some(&from_client, read?)?);
                    while let Some((command, words)) = heard.next()? {
                        if self.hear(&command, &words).await? == After::Over {
                            return Ok(());
                        }
                    }
                }
                read = self.router.read(&mut from_router) => {
                    self.said.bytes.extend_from_slice(some(&from_router, read?)?);
                    while let Some((reply, _)) = self.said.next()? {
                        self.client.write_all(&reply).await?;
                    }
                }
            }
        }
    }

    fn is_moment(&self, is: impl Fn(Moment) -> bool) -> bool {
        self.shared.script.as_ref().is_some_and(|script| is(script.when))
    }

    /// Takes a command: plays the script if its moment has come, and passes the command on otherwise.
    async fn hear(&mut self, command: &[u8], words: &[Vec<u8>]) -> anyhow::Result<After> {
        let path = words.first().map(|path| String::from_utf8_lossy(path).into_owned()).unwrap_or_default();
        let tag = words.iter().find_map(|word| word.strip_prefix(b".tag=")).unwrap_or_default();
        self.commands += usize::from(path != "/login");
        let text: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
        let asked = (Instant::now(), text.join(" "));
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        let is_now = self.is_moment(|when| match when {
            Moment::Accepted => false,
            Moment::SignIn => path == "/login",
            Moment::Asked(wanted) => path == wanted,
            Moment::Nth(number) => path != "/login" && self.commands == number,
        });
        if is_now {
            return self.play(command, tag).await;
        }
        self.router.write_all(command).await?;
        Ok(After::GoesOn)
    }

    async fn play(&mut self, command: &[u8], tag: &[u8]) -> anyhow::Result<After> {
        let shared = Arc::clone(&self.shared);
        let script = shared.script.as_ref().context("an honest router plays nothing")?;
        let mut answer = None;
        for (n, act) in script.acts.iter().enumerate() {
            let played = || {
                if n + 1 == script.acts.len() {
                    shared.played.fetch_add(1, Ordering::Relaxed);
                }
            };
            match act {
                Act::Bytes(bytes) => self.client.write_all(bytes).await?,
                Act::Sentence(words) => self.client.write_all(&tagged(words, tag)).await?,
                Act::Honest(edit) => {
                    if answer.is_none() {
                        answer = Some(self.answer(command, tag).await?);
                    }
                    let edited = edit(answer.as_deref().unwrap_or_default());
                    self.client.write_all(&edited).await?;
                }
                Act::Pass => self.router.write_all(command).await?,
                act => {
                    return self.end(act, tag, played).await;
                }
            }
            played();
        }
        Ok(After::GoesOn)
    }

    /// Does what ends the connection, sooner or later.
    async fn end(&mut self, act: &Act, tag: &[u8], played: impl Fn()) -> anyhow::Result<After> {
        match act {
            Act::Endless(nth) => {
                let mut n = 0;
                loop {
                    let mut batch = Vec::with_capacity(BATCH);
                    while batch.len() < BATCH {
                        batch.extend(nth(n, tag));
                        n += 1;
                    }
                    self.client.write_all(&batch).await?;
                    played();
                    // A client that takes all of it at once never makes us wait: the healthy fronts have their turn.
                    tokio::task::yield_now().await;
                }
            }
            Act::Trickle(bytes) => loop {
                for byte in bytes(tag) {
                    self.client.write_all(&[byte]).await?;
                    played();
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Act::HalfClose => self.client.shutdown().await?,
            Act::Reset => SockRef::from(&self.client).set_linger(Some(Duration::ZERO))?,
            Act::Deaf => {
                played();
                // Who does not read never learns that the client has left: only the front's end ends this. The router
                // need not keep a session for it.
                self.router = tokio::io::duplex(1).0;
                std::future::pending::<()>().await;
            }
            _ => {}
        }
        played();
        if matches!(act, Act::Mute | Act::HalfClose) {
            let mut bytes = [0; 4096];
            while 0 < self.client.read(&mut bytes).await? {}
        }
        Ok(After::Over)
    }

    /// The router's whole answer to a command, as encoded sentences; what it says of others is passed on.
    async fn answer(&mut self, command: &[u8], tag: &[u8]) -> anyhow::Result<Vec<Vec<u8>>> {
        self.router.write_all(command).await?;
        let label = [b".tag=", tag].concat();
        let mut answer = Vec::new();
        let mut bytes = vec![0; ROOM];
        loop {
            while let Some((encoded, words)) = self.said.next()? {
                if !words.contains(&label) {
                    self.client.write_all(&encoded).await?;
                    continue;
                }
                answer.push(encoded);
                if words.first().is_some_and(|first| first == b"!done") {
                    return Ok(answer);
                }
            }
            let read = self.router.read(&mut bytes).await?;
            self.said.bytes.extend_from_slice(some(&bytes, read)?);
        }
    }
}

/// What was read, which must be something.
fn some(bytes: &[u8], read: usize) -> anyhow::Result<&[u8]> {
    ensure!(0 < read, "the other side has left");
    bytes.get(..read).context("more was read than there is room")
}

/// A sentence with a tag behind its first word.
fn tagged(words: &[Vec<u8>], tag: &[u8]) -> Vec<u8> {
    let label = [b".tag=", tag].concat();
    let mut all: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    all.insert(1.min(all.len()), &label);
    sentence(&all)
}
