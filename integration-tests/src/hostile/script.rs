//! What a script is: when it speaks, what it does, and what has to be shown for it.

use tikwatch::routeros::sentence::Splitter;
use tikwatch::routeros::word::put_word;
use tikwatch::routeros::{Limits, Sentence};

/// One misbehaviour, the same on every connection.
pub struct Script {
    /// What is wrong, as part of a router's name.
    pub name: &'static str,
    /// When it speaks.
    pub when: Moment,
    /// What it does then, in this order. What follows on the connection is honest.
    pub acts: Vec<Act>,
    /// What has to be shown for the router.
    pub shown: Shown,
}

/// When a script speaks; at each of its moments, unless it ends the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// As soon as the connection is there.
    Accepted,
    /// At the sign-in, instead of its answer.
    SignIn,
    /// At a command of this path, instead of its answer.
    Asked(&'static str),
    /// At this command after the sign-in, counted from 1.
    Nth(usize),
}

/// One thing that a script does.
pub enum Act {
    /// Sends these bytes.
    Bytes(Vec<u8>),
    /// Sends a sentence with the command's tag behind its first word.
    Sentence(Vec<Vec<u8>>),
    /// Lets the router answer, and sends what this makes of the sentences of its answer.
    Honest(Edit),
    /// Passes the command on to the router, whose answer follows some time.
    Pass,
    /// Sends the nth of these, with the command's tag, as fast as they are taken, until the client leaves.
    Endless(fn(u64, &[u8]) -> Vec<u8>),
    /// Sends what this makes of the command's tag, a byte each tenth of a second, over and over, until the client
    /// leaves.
    Trickle(fn(&[u8]) -> Vec<u8>),
    /// Says nothing, reads on, until the client leaves.
    Mute,
    /// Neither reads nor writes any more.
    Deaf,
    /// Ends its half of the connection and reads on, until the client leaves.
    HalfClose,
    /// Closes the connection.
    Close,
    /// Breaks the connection.
    Reset,
}

/// Makes an honest answer, given as encoded sentences, another one.
pub type Edit = Box<dyn Fn(&[Vec<u8>]) -> Vec<u8> + Send + Sync>;

/// What has to be shown for a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It is live, nothing is wrong, and its subscribers are there.
    Live,
    /// It is live, and a subscriber of this name is online besides its own.
    Subscriber(&'static str),
    /// It is live, and who is online is unknown: the table of sessions never comes whole.
    Unsure,
    /// It is live, but its changes cannot be followed: the log says so, with these words.
    Unfollowed(&'static str),
    /// It is down, with one of these reasons (`|` between them).
    Down(&'static str),
    /// It refuses our credentials.
    Refused,
}

/// A script that ends in the router's being down.
pub(super) fn down(name: &'static str, when: Moment, acts: Vec<Act>, what: &'static str) -> Script {
    Script { name, when, acts, shown: Shown::Down(what) }
}

/// A script that does no harm.
pub(super) fn live(name: &'static str, when: Moment, acts: Vec<Act>) -> Script {
    Script { name, when, acts, shown: Shown::Live }
}

/// A sentence with the command's tag.
pub(super) fn say(words: &[&str]) -> Act {
    Act::Sentence(words.iter().map(|word| word.as_bytes().to_vec()).collect())
}

/// Bytes as they are.
pub(super) fn bytes(bytes: &[u8]) -> Act {
    Act::Bytes(bytes.to_vec())
}

/// The honest answer, changed.
pub(super) fn honest(edit: impl Fn(&[Vec<u8>]) -> Vec<u8> + Send + Sync + 'static) -> Act {
    Act::Honest(Box::new(edit))
}

/// The honest answer as it is.
pub(super) fn all() -> Act {
    honest(<[Vec<u8>]>::concat)
}

/// The rows of the honest answer, without its end.
pub(super) fn rows() -> Act {
    honest(|sentences| without_end(sentences).concat())
}

/// The end of the honest answer, without its rows.
pub(super) fn end() -> Act {
    honest(|sentences| sentences.last().cloned().unwrap_or_default())
}

/// The honest answer without its `!done`.
pub(super) fn without_end(sentences: &[Vec<u8>]) -> &[Vec<u8>] {
    sentences.split_last().map_or(&[], |(_, rows)| rows)
}

/// A sentence of these words, tag and all, as bytes.
pub(super) fn sentence(words: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for word in words {
        put_word(&mut out, word);
    }
    out.push(0);
    out
}

/// The words of an encoded sentence.
pub(super) fn words(encoded: &[u8]) -> Vec<Vec<u8>> {
    let found = Splitter::new(Limits::default()).next(encoded).ok().flatten();
    found.map(|(sentence, _)| owned(sentence)).unwrap_or_default()
}

pub(super) fn owned(sentence: Sentence<'_>) -> Vec<Vec<u8>> {
    sentence.words().map(<[u8]>::to_vec).collect()
}

/// The honest answer with every row's words changed.
pub(super) fn each_row(change: impl Fn(usize, &mut Vec<Vec<u8>>) + Send + Sync + 'static) -> Act {
    honest(move |sentences| {
        let changed = sentences.iter().enumerate().map(|(n, encoded)| {
            let mut words = words(encoded);
            if words.first().is_some_and(|first| first == b"!re") {
                change(n, &mut words);
            }
            sentence(&words.iter().map(Vec::as_slice).collect::<Vec<_>>())
        });
        changed.flatten().collect()
    })
}

/// The honest answer with this value of an attribute in every row.
pub(super) fn valued(name: &'static str, value: &'static [u8]) -> Act {
    each_row(move |_, words| {
        let start = format!("={name}=");
        words.retain(|word| !word.starts_with(start.as_bytes()));
        words.push([start.as_bytes(), value].concat());
    })
}
