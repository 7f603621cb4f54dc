//! One signed-in connection and the exchanges on it.

use super::lost::Lost;
use crate::actors::clock;
use crate::domain::time::Moment;
use crate::routeros::session::{Event, Outcome, Session, Tag};
use crate::routeros::stream::Stream;
use crate::routeros::{Charset, Command, Conduct, Limits, ProtocolError, Row};
use bytes::BytesMut;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout_at;

/// Room for one read of a session that answers small questions; hundreds of routers cost little memory.
const SMALL_READ: usize = 16 << 10;

/// Room for one read, at least, once a small one was filled: a table of 50,000 rows takes some hundred system calls.
///
/// A read takes what room there is, and the buffer doubles when it grows: 48 to 64 KiB it is then, and more after a word
/// that was longer. That is taken in without a pause, so that a router which never stops talking holds up the others on
/// its thread by one read at a time.
pub const LARGE_READ: usize = 32 << 10;

/// What a router can make us hold: 98,000 interfaces with our `.proplist`, or 80,000 accounts, twice the largest
/// network that we promise to watch.
const LIMITS: Limits = Limits { word: 1 << 20, sentence: 1 << 20, reply: 24 << 20 };

/// What each row that arrives adds to the time that a reply may take.
///
/// Middle hardware needs 0.26 ms a row, so a table of 50,000 rows takes 13 s and is honest progress. A trickle
/// of bytes makes no rows and gains nothing.
const PER_ROW: Duration = Duration::from_millis(2);

/// However honest the progress: no exchange takes longer than this many deadlines.
const AT_MOST: u32 = 12;

/// A whole reply.
#[derive(Debug)]
pub(in crate::actors) struct Reply {
    /// How it ended.
    pub(in crate::actors) outcome: Outcome,
    /// When its last byte was read.
    pub(super) at: Moment,
    /// From sending the command until then.
    pub(super) took: Duration,
}

/// A connection with the protocol's state.
#[derive(Debug)]
pub(in crate::actors) struct Line {
    stream: Stream,
    session: Session,
    out: Vec<u8>,
    room: usize,
    /// The first bytes that came, to tell a wrong port from a sick router; empty once a reply was understood.
    opening: Option<Vec<u8>>,
}

impl Line {
    /// A line on a fresh connection.
    pub(super) fn new(stream: Stream, conduct: Conduct, charset: Charset) -> Self {
        Self {
            stream,
            session: Session::with(conduct, LIMITS, charset),
            out: Vec::new(),
            room: SMALL_READ,
            opening: Some(Vec::new()),
        }
    }

    /// Sends a command and takes in its whole reply; `on_row` gets each row as it is read.
    ///
    /// The time that it may take begins with `deadline`. Rows that arrive push the end back, by 2 ms each but
    /// never to more than one deadline from now: silence, and a trickle that makes no rows, end an exchange
    /// within the deadline at any point, and a slow router that goes on answering is heard out.
    pub(in crate::actors) async fn exchange(
        &mut self,
        command: &Command,
        deadline: Duration,
        on_row: &mut dyn FnMut(Row<'_>, Instant),
    ) -> Result<Reply, Lost> {
        self.out.clear();
        let asked = self.session.start(command, &mut self.out)?;
        let sent = clock::instant();
        let last = sent + deadline * AT_MOST;
        let mut due = sent + deadline;
        self.send(due).await?;
        let mut heard = false;
        loop {
            let at = match timeout_at(due.into(), self.read()).await {
                Ok(read) => read?,
                Err(_) => return Err(self.silent(deadline, heard)),
            };
            heard = true;
            let mut rows = 0;
            let mut end = None;
            self.process(|event| match event {
                Event::Row { tag, row } if tag == asked => {
                    rows += 1;
                    on_row(row, at);
                }
                Event::End { tag, outcome } if tag == asked => end = Some(outcome),
                _ => {}
            })?;
            if let Some(outcome) = end {
                let at = Moment { instant: at, wall: clock::now().wall };
                return Ok(Reply { outcome, at, took: at.instant.saturating_duration_since(sent) });
            }
            due = (due + PER_ROW * rows).min(at + deadline).min(last);
            if due <= at {
                return Err(self.silent(deadline, heard));
            }
            // Where bytes never run out, reading never waits: the other routers of this thread have their turn.
            tokio::task::yield_now().await;
        }
    }

    /// Sends a command that goes on until the line ends.
    pub(super) async fn follow(&mut self, command: &Command, deadline: Duration) -> Result<Tag, Lost> {
        self.out.clear();
        let tag = self.session.follow(command, &mut self.out)?;
        self.send(clock::instant() + deadline).await?;
        Ok(tag)
    }

    /// Sends a command whose reply is read by [`Line::process`].
    pub(in crate::actors) async fn start(
        &mut self,
        command: &Command,
        deadline: Duration,
    ) -> Result<Tag, Lost> {
        self.out.clear();
        let tag = self.session.start(command, &mut self.out)?;
        self.send(clock::instant() + deadline).await?;
        Ok(tag)
    }

    /// Waits for bytes and reads them; gives the moment right after. May be dropped without losing any.
    pub(super) async fn read(&mut self) -> Result<Instant, Lost> {
        let buffer: &mut BytesMut = self.session.buffer();
        buffer.reserve(self.room);
        let before = buffer.len();
        let count = match self.stream.read_buf(buffer).await {
            Ok(count) => count,
            Err(error) => return Err(self.foreign().unwrap_or(Lost::Broken(error.kind()))),
        };
        let at = clock::instant();
        if count == 0 {
            return Err(self.foreign().unwrap_or(Lost::Closed));
        }
        if self.room <= count {
            self.room = LARGE_READ;
        }
        if let Some(opening) = &mut self.opening
            && opening.len() < 16
        {
            let buffer = self.session.buffer();
            opening.extend(buffer.get(before..).unwrap_or_default().iter().take(16 - opening.len()));
        }
        Ok(at)
    }

    /// Reports what was read means; a router that ends the session makes it an error.
    pub(super) fn process(&mut self, mut on: impl FnMut(Event<'_>)) -> Result<(), Lost> {
        let mut fatal = None;
        let mut understood = false;
        let result = self.session.process(|event| {
            understood = true;
            match event {
                Event::Fatal { reason } => fatal = Some(reason),
                event => on(event),
            }
        });
        if understood {
            self.opening = None;
        }
        match (fatal, result) {
            (Some(reason), _) => Err(Lost::Fatal(reason)),
            (None, Err(ProtocolError::ReplyTooLong { limit })) => Err(Lost::TooLong { limit }),
            (None, Err(error)) => Err(self.foreign().unwrap_or(Lost::Protocol(error))),
            (None, Ok(())) => Ok(()),
        }
    }

    /// One write a sentence: two small ones would wait for each other (Nagle, delayed acknowledgements).
    async fn send(&mut self, due: Instant) -> Result<(), Lost> {
        let seconds = due.saturating_duration_since(clock::instant());
        let write = async {
            self.stream.write_all(&self.out).await?;
            self.stream.flush().await
        };
        match timeout_at(due.into(), write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Lost::Broken(error.kind())),
            Err(_) => Err(self.silent(seconds, false)),
        }
    }

    /// The deadline has passed; `heard` when some of the answer is there.
    fn silent(&self, deadline: Duration, heard: bool) -> Lost {
        let other = || match self.opening.as_deref() {
            // Replies begin with a short word and that with `!`; empty sentences may stand before them.
            Some([first, second, ..]) if *first != 0 && *second != b'!' => {
                let opening = self.opening.as_deref().unwrap_or_default();
                let shown = String::from_utf8_lossy(opening).into_owned();
                Some(Lost::Protocol(ProtocolError::NoReply(shown)))
            }
            _ => None,
        };
        let late = if heard { Lost::Unfinished { deadline } } else { Lost::Silent { deadline } };
        self.foreign().or_else(other).unwrap_or(late)
    }

    /// What the other side is, if its first bytes give it away as something else than a router's API.
    fn foreign(&self) -> Option<Lost> {
        let opening = self.opening.as_deref()?;
        let known: [(&[u8], &'static str); 7] = [
            (b"HTTP/", "HTTP"),
            (b"<", "HTML"),
            (b"SSH-", "SSH"),
            // A TLS alert or handshake record: we spoke plainly to a TLS port.
            (b"\x15\x03", "TLS"),
            (b"\x16\x03", "TLS"),
            (b"220", "FTP or SMTP"),
            (b"-ERR", "Redis or POP3"),
        ];
        known.into_iter().find(|(start, _)| opening.starts_with(start)).map(|(_, what)| Lost::Foreign(what))
    }
}
