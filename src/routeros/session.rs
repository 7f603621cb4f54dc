//! The client half of one connection, without socket or clock.
//!
//! Commands become bytes with a tag of their own; received bytes become rows and ends of replies.
//! Rows are lent out of the receive buffer while they are read, so that a reply of 50,000 rows is never held
//! twice.

use super::row::{Charset, Row, attribute};
use super::sentence::{Limits, ProtocolError, ROW, Sentence, Splitter, empty_sentences};
use super::{Command, Conduct, Withheld};
use bytes::{Buf, BytesMut};

mod head;
#[cfg(test)]
mod tests;
mod trap;

use head::Head;
pub use trap::{Refusal, Trap};

/// The label of one command and of all its replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(u32);

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

#[derive(Debug)]
struct Pending {
    tag: Tag,
    /// The tag as it stands in replies.
    label: String,
    outcome: Outcome,
    /// Replies may still arrive after we gave up; they are dropped until their `!done`.
    cancelled: bool,
    /// Follows never end by themselves and have no limit of size.
    follows: bool,
    /// What counts towards the limit of the reply.
    weight: u64,
    /// Our own `/cancel`; nobody waits for its end.
    own: bool,
}

/// What kind of command is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    Follow,
    OurCancel,
}

/// The most refusals kept of one command: a follow has no limit of size, yet must not fill the memory.
const MOST_TRAPS: usize = 100;

/// The client half of one connection.
pub struct Session {
    conduct: Conduct,
    limits: Limits,
    charset: Charset,
    splitter: Splitter,
    received: BytesMut,
    /// In a list, as few commands are in flight and each row looks its own up.
    pending: Vec<Pending>,
    last_tag: u32,
    head: Head,
}

impl Session {
    /// A session on a fresh connection, on which only what looks can be said.
    pub fn new(limits: Limits, charset: Charset) -> Self {
        Self::with(Conduct::Watching, limits, charset)
    }

    /// A session on a fresh connection, for looking or for acting.
    pub fn with(conduct: Conduct, limits: Limits, charset: Charset) -> Self {
        Self {
            conduct,
            limits,
            charset,
            splitter: Splitter::new(limits),
            received: BytesMut::new(),
            pending: Vec::new(),
            last_tag: 0,
            head: Head::none(),
        }
    }

    /// Starts a command that ends by itself; appends its sentence to `out`, to be sent in one write.
    ///
    /// One that may not be said on this session is refused, and leaves no trace.
    pub fn start(&mut self, command: &Command, out: &mut Vec<u8>) -> Result<Tag, Withheld> {
        self.begin(command, Kind::Whole, out)
    }

    /// Starts a command that goes on until it is cancelled (`listen`, `=interval=`).
    pub fn follow(&mut self, command: &Command, out: &mut Vec<u8>) -> Result<Tag, Withheld> {
        self.begin(command, Kind::Follow, out)
    }

    /// Cancels a command; its later rows are dropped, its end still comes as an event.
    ///
    /// Returns whether the command was still running.
    pub fn cancel(&mut self, tag: Tag, out: &mut Vec<u8>) -> bool {
        let Some(pending) = self.pending.iter_mut().find(|pending| pending.tag == tag) else { return false };
        if !std::mem::replace(&mut pending.cancelled, true) {
            let cancel = Command::new("/cancel").attribute("tag", tag.0.to_string());
            // It is on the list for everybody.
            return self.begin(&cancel, Kind::OurCancel, out).is_ok();
        }
        true
    }

    /// Commands whose end is still to come, without our own `/cancel`s.
    pub fn in_flight(&self) -> usize {
        self.pending.iter().filter(|pending| !pending.own).count()
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
            let rest = received.get(used..).unwrap_or_default();
            let head = if self.splitter.is_fresh() { self.head.begins(rest) } else { 0 };
            if head != 0 {
                self.splitter.skip(head);
            }
            match self.splitter.next(rest) {
                Ok(Some((sentence, size))) => {
                    used += size;
                    let taken = if head != 0 {
                        self.row(self.head.index, sentence.after(head), size, &mut on)
                    } else if sentence.is_empty() {
                        // Of all sentences they are the most in one read: a flood of them would hold others up.
                        used += empty_sentences(rest.get(size..).unwrap_or_default());
                        Ok(())
                    } else {
                        self.sentence(sentence, size, &mut on)
                    };
                    if let Err(error) = taken {
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

    fn begin(&mut self, command: &Command, kind: Kind, out: &mut Vec<u8>) -> Result<Tag, Withheld> {
        let tag = Tag(self.last_tag.wrapping_add(1));
        let label = tag.0.to_string();
        command.encode(self.conduct, Some(&label), out)?;
        self.last_tag = tag.0;
        self.pending.push(Pending {
            tag,
            label,
            outcome: Outcome::default(),
            cancelled: false,
            follows: kind == Kind::Follow,
            weight: 0,
            own: kind == Kind::OurCancel,
        });
        Ok(tag)
    }

    fn sentence(
        &mut self,
        sentence: Sentence<'_>,
        size: usize,
        on: &mut impl FnMut(Event<'_>),
    ) -> Result<(), ProtocolError> {
        let Some((kind, rest)) = sentence.split_first() else { return Ok(()) };
        if kind != b"!re" {
            return self.other_sentence(kind, rest, size, on);
        }
        let Some((index, attributes)) = self.find(rest) else { return Ok(()) };
        // Only where its tag comes before its attributes is it known by how it begins.
        if let Some(head) = sentence.bytes().get(..sentence.len() - attributes.len())
            && attributes.len() < rest.len()
        {
            self.head = Head::new(head, index);
        }
        self.row(index, attributes, size, on)
    }

    #[inline]
    fn row(
        &mut self,
        index: usize,
        attributes: Sentence<'_>,
        size: usize,
        on: &mut impl FnMut(Event<'_>),
    ) -> Result<(), ProtocolError> {
        let charset = self.charset;
        if let Some(pending) = self.count(index, size)?
            && !pending.cancelled
        {
            pending.outcome.rows += 1;
            on(Event::Row { tag: pending.tag, row: Row::new(attributes, charset) });
        }
        Ok(())
    }

    fn other_sentence(
        &mut self,
        kind: &[u8],
        rest: Sentence<'_>,
        size: usize,
        on: &mut impl FnMut(Event<'_>),
    ) -> Result<(), ProtocolError> {
        if kind == b"!fatal" {
            on(Event::Fatal { reason: self.fatal_reason(rest) });
            return Ok(());
        }
        if kind.first() != Some(&b'!') {
            let shown = self.charset.decode(kind.get(..40).unwrap_or(kind)).into_owned();
            return Err(ProtocolError::NoReply(shown));
        }
        let Some((index, attributes)) = self.find(rest) else { return Ok(()) };
        let row = Row::new(attributes, self.charset);
        let Some(pending) = self.count(index, size)? else { return Ok(()) };
        match kind {
            b"!trap" if pending.outcome.traps.len() < MOST_TRAPS => {
                pending.outcome.traps.push(Trap::read(row));
            }
            b"!empty" => pending.outcome.empty = true,
            b"!done" => {
                let mut pending = self.pending.swap_remove(index);
                // Places in the list have changed.
                self.head = Head::none();
                if !pending.own {
                    pending.outcome.ret = row.bytes("ret").map(<[u8]>::to_vec);
                    on(Event::End { tag: pending.tag, outcome: pending.outcome });
                }
            }
            // What is too much is dropped, and an unknown kind of reply is no reason to give up: a later version
            // may have one.
            _ => {}
        }
        Ok(())
    }

    /// Which command a reply belongs to, and the reply's words, without the tag where that comes first.
    ///
    /// An untagged reply belongs to the only command in flight, if there is just one.
    fn find<'a>(&self, words: Sentence<'a>) -> Option<(usize, Sentence<'a>)> {
        let of = |label: &[u8]| self.pending.iter().position(|pending| pending.label.as_bytes() == label);
        if let Some((first, attributes)) = words.split_first()
            && let Some(label) = first.strip_prefix(b".tag=")
        {
            return of(label).map(|index| (index, attributes));
        }
        match words.words().find_map(|word| word.strip_prefix(b".tag=")) {
            Some(label) => of(label).map(|index| (index, words)),
            None => (self.pending.len() == 1).then_some((0, words)),
        }
    }

    /// Counts a sentence of a reply, which may not get longer than the limit unless it is a follow.
    #[inline]
    fn count(&mut self, index: usize, size: usize) -> Result<Option<&mut Pending>, ProtocolError> {
        let Some(pending) = self.pending.get_mut(index) else { return Ok(None) };
        pending.outcome.bytes += size as u64;
        pending.weight += ROW.max(size as u64);
        if !pending.follows && self.limits.reply < pending.weight {
            return Err(ProtocolError::ReplyTooLong { limit: self.limits.reply });
        }
        Ok(Some(pending))
    }

    /// The reason is a bare word, not `=message=` as in a trap; both are read.
    fn fatal_reason(&self, words: Sentence<'_>) -> String {
        let reason = words.words().find(|one| !one.starts_with(b".tag="));
        let reason = reason.map(|one| attribute(one).map_or(one, |(_, value)| value));
        trap::shortened(&self.charset.decode(reason.unwrap_or(b"no reason given")))
    }
}

impl std::fmt::Debug for Session {
    /// Without the bytes received: rows may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({} in flight, {} bytes received)", self.in_flight(), self.received.len())
    }
}
