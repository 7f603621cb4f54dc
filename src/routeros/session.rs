//! The client half of one connection, without socket or clock.
//!
//! Commands become bytes with a tag of their own; received bytes become rows and ends of replies.
//! Rows are lent out of the receive buffer while they are read, so that a reply of 50,000 rows is never held
//! twice.

use super::Command;
use super::row::{Charset, Row, attribute};
use super::sentence::{Limits, ProtocolError, Sentence, Splitter};
use bytes::{Buf, BytesMut};
use std::collections::HashMap;

#[cfg(test)]
mod tests;

/// The label of one command and of all its replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(u32);

/// One `!trap`: the router's refusal, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trap {
    /// 0 missing item or command, 1 bad argument, 2 interrupted, 3 script, 4 general, 5 API, 6 terminal,
    /// 7 value of `:return` (manual page "API", section "Error category"); often absent.
    pub category: Option<u8>,
    /// The router's words; hostile text like everything that it sends.
    pub message: String,
}

/// What a refusal means for us, read from its wording as the category is often absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The menu or command does not exist on this version or board: never ask again.
    NoSuchCommand,
    /// A parameter does not exist in this version.
    UnknownParameter,
    /// An item vanished while it was printed.
    NoSuchItem,
    /// The user's group lacks a policy.
    NotPermitted,
    /// The answer to `/cancel`.
    Interrupted,
    /// Wrong user name or password.
    Credentials,
    /// Anything else.
    Other,
}

impl Trap {
    /// Classifies the message; case and a trailing ` (N)` do not matter.
    pub fn refusal(&self) -> Refusal {
        let message = self.message.to_ascii_lowercase();
        let starts = |prefix: &str| message.starts_with(prefix);
        if starts("no such command") || starts("no such directory") || starts("bad command name") {
            Refusal::NoSuchCommand
        } else if starts("unknown parameter") {
            Refusal::UnknownParameter
        } else if starts("no such item") {
            Refusal::NoSuchItem
        } else if starts("not enough permissions") {
            Refusal::NotPermitted
        } else if starts("interrupted") || self.category == Some(2) {
            Refusal::Interrupted
        } else if starts("invalid user name or password") || starts("cannot log in") {
            Refusal::Credentials
        } else {
            Refusal::Other
        }
    }
}

/// How a reply ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows received.
    pub rows: u64,
    /// Bytes received for this command, on the wire.
    pub bytes: u64,
    /// `=ret=` of `!done`: a new id, a count, a challenge.
    pub ret: Option<Vec<u8>>,
    /// Refusals, in order; there may be several, of which the first hundred are kept.
    pub traps: Vec<Trap>,
    /// Whether the router said `!empty` (from 7.18 on).
    pub empty: bool,
}

impl Outcome {
    /// Whether good rows came before a refusal: they are kept, and the table is incomplete.
    pub fn is_partial(&self) -> bool {
        0 < self.rows && !self.traps.is_empty()
    }
}

/// What received bytes mean.
#[derive(Debug)]
pub enum Event<'a> {
    /// One row of a reply.
    Row {
        /// The command that it answers.
        tag: Tag,
        /// Its attributes, borrowed from the receive buffer.
        row: Row<'a>,
    },
    /// A reply is over.
    End {
        /// The command that it answers.
        tag: Tag,
        /// How it ended.
        outcome: Outcome,
    },
    /// The router closes the connection; nothing more will come for any command.
    Fatal {
        /// The router's words, such as `not logged in`.
        reason: String,
    },
}

#[derive(Debug, Default)]
struct Pending {
    outcome: Outcome,
    /// Replies may still arrive after we gave up; they are dropped until their `!done`.
    cancelled: bool,
    /// Follows never end by themselves and have no limit of size.
    follows: bool,
    /// Our own `/cancel`; nobody waits for its end.
    own: bool,
}

/// The most refusals kept of one command: a follow has no limit of size, yet must not fill the memory.
const MOST_TRAPS: usize = 100;

/// The client half of one connection.
pub struct Session {
    limits: Limits,
    charset: Charset,
    splitter: Splitter,
    received: BytesMut,
    pending: HashMap<Tag, Pending>,
    last_tag: u32,
}

impl Session {
    /// A session on a fresh connection.
    pub fn new(limits: Limits, charset: Charset) -> Self {
        Self {
            limits,
            charset,
            splitter: Splitter::new(limits),
            received: BytesMut::new(),
            pending: HashMap::new(),
            last_tag: 0,
        }
    }

    /// Starts a command that ends by itself; appends its sentence to `out`, to be sent in one write.
    pub fn start(&mut self, command: &Command, out: &mut Vec<u8>) -> Tag {
        self.begin(command, Pending::default(), out)
    }

    /// Starts a command that goes on until it is cancelled (`listen`, `=interval=`).
    pub fn follow(&mut self, command: &Command, out: &mut Vec<u8>) -> Tag {
        self.begin(command, Pending { follows: true, ..Pending::default() }, out)
    }

    /// Cancels a command; its later rows are dropped, its end still comes as an event.
    ///
    /// Returns whether the command was still running.
    pub fn cancel(&mut self, tag: Tag, out: &mut Vec<u8>) -> bool {
        let Some(pending) = self.pending.get_mut(&tag) else { return false };
        if !std::mem::replace(&mut pending.cancelled, true) {
            let cancel = Command::new("/cancel").attribute("tag", tag.0.to_string());
            self.begin(&cancel, Pending { own: true, ..Pending::default() }, out);
        }
        true
    }

    /// Commands whose end is still to come, without our own `/cancel`s.
    pub fn in_flight(&self) -> usize {
        self.pending.values().filter(|pending| !pending.own).count()
    }

    /// The receive buffer: read from the socket into it, then call [`Session::process`].
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.received
    }

    /// Takes bytes that arrived and reports what they mean.
    pub fn receive(&mut self, bytes: &[u8], on: impl FnMut(Event<'_>)) -> Result<(), ProtocolError> {
        self.received.extend_from_slice(bytes);
        self.process(on)
    }

    /// Reports what the bytes in the buffer mean; an unfinished sentence stays there.
    ///
    /// After an error the connection cannot be read any further.
    pub fn process(&mut self, mut on: impl FnMut(Event<'_>)) -> Result<(), ProtocolError> {
        let received = std::mem::take(&mut self.received);
        let mut used = 0;
        let mut result = Ok(());
        loop {
            match self.splitter.next(received.get(used..).unwrap_or_default()) {
                Ok(Some((sentence, size))) => {
                    used += size;
                    if let Err(error) = self.sentence(sentence, size, &mut on) {
                        result = Err(error);
                        break;
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        self.received = received;
        self.received.advance(used);
        result
    }

    fn begin(&mut self, command: &Command, pending: Pending, out: &mut Vec<u8>) -> Tag {
        self.last_tag = self.last_tag.wrapping_add(1);
        let tag = Tag(self.last_tag);
        command.encode(Some(&tag.0.to_string()), out);
        self.pending.insert(tag, pending);
        tag
    }

    fn sentence(
        &mut self,
        sentence: Sentence<'_>,
        size: usize,
        on: &mut impl FnMut(Event<'_>),
    ) -> Result<(), ProtocolError> {
        let Some((kind, rest)) = sentence.split_first() else { return Ok(()) };
        if kind == b"!fatal" {
            on(Event::Fatal { reason: self.fatal_reason(rest) });
            return Ok(());
        }
        if kind.first() != Some(&b'!') {
            let shown = self.charset.decode(kind.get(..40).unwrap_or(kind)).into_owned();
            return Err(ProtocolError::NoReply(shown));
        }
        let Some(tag) = self.tag(rest) else { return Ok(()) };
        let Some(pending) = self.pending.get_mut(&tag) else { return Ok(()) };
        pending.outcome.bytes += size as u64;
        if !pending.follows && self.limits.reply < pending.outcome.bytes {
            return Err(ProtocolError::ReplyTooLong { limit: self.limits.reply });
        }
        match kind {
            b"!re" if !pending.cancelled => {
                pending.outcome.rows += 1;
                on(Event::Row { tag, row: Row::new(rest, self.charset) });
            }
            b"!trap" if pending.outcome.traps.len() < MOST_TRAPS => {
                pending.outcome.traps.push(trap(Row::new(rest, self.charset)));
            }
            b"!empty" => pending.outcome.empty = true,
            b"!done" => {
                if let Some(mut pending) = self.pending.remove(&tag)
                    && !pending.own
                {
                    pending.outcome.ret = Row::new(rest, self.charset).bytes("ret").map(<[u8]>::to_vec);
                    on(Event::End { tag, outcome: pending.outcome });
                }
            }
            // What is cancelled or too much is dropped, and an unknown kind of reply is no reason to give up:
            // a later version may have one.
            _ => {}
        }
        Ok(())
    }

    /// The tag of a reply; an untagged reply belongs to the only command in flight, if there is just one.
    #[inline]
    fn tag(&self, words: Sentence<'_>) -> Option<Tag> {
        for one in words.words() {
            if let Some(tag) = one.strip_prefix(b".tag=") {
                return std::str::from_utf8(tag).ok()?.parse().ok().map(Tag);
            }
        }
        let mut tags = self.pending.keys();
        match (tags.next(), tags.next()) {
            (Some(&only), None) => Some(only),
            _ => None,
        }
    }

    /// The reason is a bare word, not `=message=` as in a trap; both are read.
    fn fatal_reason(&self, words: Sentence<'_>) -> String {
        let reason = words.words().find(|one| !one.starts_with(b".tag="));
        let reason = reason.map(|one| attribute(one).map_or(one, |(_, value)| value));
        self.charset.decode(reason.unwrap_or(b"no reason given")).into_owned()
    }
}

fn trap(row: Row<'_>) -> Trap {
    Trap {
        category: row.text("category").and_then(|category| category.parse().ok()),
        message: row.text("message").map_or_else(|| "no message".to_owned(), std::borrow::Cow::into_owned),
    }
}

impl std::fmt::Debug for Session {
    /// Without the bytes received: rows may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({} in flight, {} bytes received)", self.in_flight(), self.received.len())
    }
}
