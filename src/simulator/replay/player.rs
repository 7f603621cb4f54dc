//! Moves the tables of a replay as time passes, and serves them.

use super::clock::ReplayClock;
use super::{Replay, ReplayError, open};
use crate::recording::{Line, LinkState, Reader};
use crate::simulator::connection;
use crate::simulator::listening::Listening;
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;

/// How long a replay stands still at its end before it begins again.
const PAUSE: Duration = Duration::from_secs(1);

/// A source that has its router back reads its core tables in this time of the recording; who came in earlier would
/// be told what held before the loss.
const READ_ANEW: Duration = Duration::from_millis(100);

/// The port was taken while it was closed, as the source had lost its router: it is tried again.
const AGAIN: Duration = Duration::from_millis(200);

/// A replay that listens. Dropping it ends it.
#[derive(Debug)]
pub struct Replaying {
    /// Where it listens.
    pub address: SocketAddr,
    /// What time it is in the recording.
    pub clock: ReplayClock,
    task: JoinHandle<()>,
}

impl Drop for Replaying {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Replay {
    /// Begins to play, and listens in clear; port 0 is any free port.
    pub async fn listen(self, address: SocketAddr) -> io::Result<Replaying> {
        let listening = Listening::start(self.service.clone(), address, None).await?;
        let (address, clock) = (listening.address, self.clock.clone());
        let port = Port { address, listening: Some(listening) };
        Ok(Replaying { address, clock, task: tokio::spawn(self.play_on(port)) })
    }

    /// Serves one connection in memory; [`Replay::play`] moves the tables.
    pub fn serve(&self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        tokio::spawn(connection::serve(self.service.clone(), stream, "127.0.0.1".to_owned()));
    }

    /// Plays the recording once from where it is to begin; the tables hold their last values then.
    pub async fn play(&self) -> Result<(), ReplayError> {
        self.play_once(&mut None).await
    }

    async fn play_on(self, port: Port) {
        let mut port = Some(port);
        loop {
            if let Err(error) = self.play_once(&mut port).await {
                // It was read through before, so somebody changed it since.
                tracing::error!("the replay stops: {error}");
                std::future::pending::<()>().await;
            }
            if !self.options.repeats {
                // The values hold, and the port stays open.
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(PAUSE).await;
            // To those who watch it is a reboot: what they know begins anew.
            self.service.boots.send_modify(|boots| *boots += 1);
            self.clock.restart();
        }
    }

    async fn play_once(&self, port: &mut Option<Port>) -> Result<(), ReplayError> {
        self.prime()?;
        let mut reader = open(&self.options.file)?;
        let mut link = None;
        while let Some(line) = self.next(&mut reader)? {
            let offset = Duration::from_millis(line.at);
            link = self.follow(link, offset, port).await;
            self.wait_for(offset).await;
            self.tables.apply(&line);
            // Before the place to begin at, the link does not matter.
            if let Some(now) = line.link.filter(|_| self.options.from <= offset) {
                let read_anew = if now == LinkState::Live { READ_ANEW } else { Duration::ZERO };
                link = Some((now, offset + read_anew));
            }
        }
        self.follow(link, Duration::MAX, port).await;
        Ok(())
    }

    /// Opens or closes the port if that is due up to an offset; else it remains to be done.
    async fn follow(
        &self,
        link: Option<(LinkState, Duration)>,
        until: Duration,
        port: &mut Option<Port>,
    ) -> Option<(LinkState, Duration)> {
        let (now, at) = link?;
        if until < at {
            return link;
        }
        self.wait_for(at).await;
        if let Some(port) = port {
            port.set(now, self).await;
        }
        None
    }

    async fn wait_for(&self, offset: Duration) {
        let wait = self.clock.until(offset);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Fills each table with the first rows that the source read, which hold from the beginning: a source reads its
    /// tables one after the other, and who asks at once must not find some of them empty.
    fn prime(&self) -> Result<(), ReplayError> {
        self.tables.clear();
        let last = self.summary.first.iter().flatten().max().copied().unwrap_or_default();
        let mut reader = open(&self.options.file)?;
        while let Some(line) = self.next(&mut reader)?.filter(|line| line.at <= last) {
            let first =
                line.table.and_then(|table| self.summary.first.get(table as usize).copied().flatten());
            if first == Some(line.at) {
                self.tables.apply(&line);
            }
        }
        Ok(())
    }

    fn next(&self, reader: &mut Reader<File>) -> Result<Option<Line>, ReplayError> {
        let damaged = |damage| ReplayError::Damaged { file: self.options.file.clone(), damage };
        reader.next_line().map_err(damaged)
    }
}

/// The port of a replay, which is closed while the source had lost its router.
#[derive(Debug)]
struct Port {
    address: SocketAddr,
    listening: Option<Listening>,
}

impl Port {
    async fn set(&mut self, link: LinkState, replay: &Replay) {
        match (link, self.listening.take()) {
            (LinkState::Lost, Some(listening)) => listening.stop().await,
            (LinkState::Live, None) => {
                while self.listening.is_none() {
                    match Listening::start(replay.service.clone(), self.address, None).await {
                        Ok(listening) => self.listening = Some(listening),
                        Err(error) => {
                            tracing::warn!("the replay cannot listen on {} again: {error}", self.address);
                            tokio::time::sleep(AGAIN).await;
                        }
                    }
                }
            }
            (_, listening) => self.listening = listening,
        }
    }
}
