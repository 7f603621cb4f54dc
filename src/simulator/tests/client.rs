//! A client that shows the very words of the wire.

use crate::routeros::Limits;
use crate::routeros::sentence::{Splitter, put_sentence};
use crate::simulator::SimulatedRouter;
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

pub(in crate::simulator) type Words = Vec<Vec<u8>>;

pub(in crate::simulator) struct Client {
    stream: DuplexStream,
    received: BytesMut,
    splitter: Splitter,
}

impl Client {
    pub(in crate::simulator) fn new(router: &SimulatedRouter) -> Self {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        router.serve(theirs);
        Self::over(ours)
    }

    pub(in crate::simulator) fn over(stream: DuplexStream) -> Self {
        Self { stream, received: BytesMut::new(), splitter: Splitter::new(Limits::default()) }
    }

    pub(in crate::simulator) async fn signed_in(router: &SimulatedRouter) -> Self {
        let mut client = Self::new(router);
        assert_eq!(client.ask(&["/login", "=name=admin", "=password="]).await, ["!done"]);
        client
    }

    pub(in crate::simulator) async fn send(&mut self, words: &[&str]) {
        let mut out = Vec::new();
        put_sentence(&mut out, words.iter().map(|word| word.as_bytes()));
        self.stream.write_all(&out).await.unwrap();
    }

    /// The next sentence, or `None` at the end of the connection.
    pub(in crate::simulator) async fn next(&mut self) -> Option<Words> {
        loop {
            if let Some((sentence, size)) = self.splitter.next(&self.received).unwrap() {
                let words = sentence.words().map(<[u8]>::to_vec).collect();
                self.received.advance(size);
                return Some(words);
            }
            if self.stream.read_buf(&mut self.received).await.unwrap() == 0 {
                return None;
            }
        }
    }

    /// The next sentence as text, its words separated by blanks.
    pub(in crate::simulator) async fn hear(&mut self) -> String {
        shown(&self.next().await.expect("the connection goes on"))
    }

    /// Every sentence up to `!done` or `!fatal`.
    pub(in crate::simulator) async fn rows(&mut self, words: &[&str]) -> Vec<Words> {
        self.send(words).await;
        let mut all = Vec::new();
        loop {
            let sentence = self.next().await.expect("the connection goes on");
            let last = matches!(sentence[0].as_slice(), b"!done" | b"!fatal");
            all.push(sentence);
            if last {
                return all;
            }
        }
    }

    /// The same as text.
    pub(in crate::simulator) async fn ask(&mut self, words: &[&str]) -> Vec<String> {
        self.rows(words).await.iter().map(shown).collect()
    }
}

fn shown(words: &Words) -> String {
    words.iter().map(|word| String::from_utf8_lossy(word)).collect::<Vec<_>>().join(" ")
}

/// The value of an attribute in a row.
pub(in crate::simulator) fn value(row: &Words, name: &str) -> Option<Vec<u8>> {
    let start = format!("={name}=");
    row.iter().find_map(|word| word.strip_prefix(start.as_bytes()).map(<[u8]>::to_vec))
}

/// The same as text; nothing if there is none.
pub(in crate::simulator) fn text(row: &Words, name: &str) -> String {
    String::from_utf8_lossy(&value(row, name).unwrap_or_default()).into_owned()
}
