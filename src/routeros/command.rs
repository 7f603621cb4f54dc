//! Commands: what a client says.

use super::allow::{self, Conduct, Withheld};
use super::sentence::Words;
use super::word;

/// A command with its attributes and query words, encoded as it goes on the wire.
///
/// The tag is added when it is sent. Debug output shows the path only: attributes may be passwords.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    path_length: usize,
    path: Vec<u8>,
    words: Vec<u8>,
}

impl Command {
    /// A command such as `/interface/print`.
    pub fn new(path: &str) -> Self {
        let mut encoded = Vec::with_capacity(path.len() + 1);
        word::put_word(&mut encoded, path.as_bytes());
        Self { path_length: path.len(), path: encoded, words: Vec::new() }
    }

    /// Adds `=name=value`.
    #[must_use]
    pub fn attribute(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        word::put_word_parts(&mut self.words, &[b"=", name.as_bytes(), b"=", value.as_ref()]);
        self
    }

    /// Adds `=.proplist=…`: the attributes wanted, comma separated. Always worth it: the router computes less.
    #[must_use]
    pub fn proplist(self, names: &str) -> Self {
        self.attribute(".proplist", names)
    }

    /// Adds a query word, with its `?`: `?type=pppoe-in`, `?#!`.
    #[must_use]
    pub fn query(mut self, query: &str) -> Self {
        word::put_word(&mut self.words, query.as_bytes());
        self
    }

    /// The first word.
    pub fn path(&self) -> &str {
        let start = self.path.len().saturating_sub(self.path_length);
        self.path.get(start..).and_then(|path| std::str::from_utf8(path).ok()).unwrap_or_default()
    }

    /// The words after the path, without the tag.
    pub fn words(&self) -> Words<'_> {
        Words::over(&self.words)
    }

    /// Appends the whole sentence with its tag, to be sent in one write.
    ///
    /// There is no other way from a command to bytes, so this is where those that may not be sent are stopped.
    pub fn encode(&self, conduct: Conduct, tag: Option<&str>, out: &mut Vec<u8>) -> Result<(), Withheld> {
        allow::check(conduct, self.path().as_bytes(), self.words())?;
        out.extend_from_slice(&self.path);
        out.extend_from_slice(&self.words);
        if let Some(tag) = tag {
            word::put_word_parts(out, &[b".tag=", tag.as_bytes()]);
        }
        out.push(0);
        Ok(())
    }
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Command({} …)", self.path())
    }
}
