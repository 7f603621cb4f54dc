//! The server half of one connection, without socket or clock: for simulated routers and tests.
//!
//! Received bytes become requests; replies become bytes. What a request means is decided elsewhere.

use super::row::attribute;
use super::sentence::{Limits, ProtocolError, Sentence, Splitter};
use super::word;
use bytes::{Buf, BytesMut};

/// Reads the commands of one client.
pub struct Server {
    splitter: Splitter,
    received: BytesMut,
}

impl Server {
    /// The server's side of a fresh connection; `limits.reply` plays no part here.
    pub fn new(limits: Limits) -> Self {
        Self { splitter: Splitter::new(limits), received: BytesMut::new() }
    }

    /// The receive buffer: read from the socket into it, then call [`Server::process`].
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.received
    }

    /// Takes bytes that arrived and reports the requests in them.
    pub fn receive(&mut self, bytes: &[u8], on: impl FnMut(Request)) -> Result<(), ProtocolError> {
        self.received.extend_from_slice(bytes);
        self.process(on)
    }

    /// Reports the requests in the buffer; an unfinished sentence stays there, an empty one is ignored.
    ///
    /// After an error the connection cannot be read any further.
    pub fn process(&mut self, mut on: impl FnMut(Request)) -> Result<(), ProtocolError> {
        while let Some((sentence, size)) = self.splitter.next(&self.received)? {
            let request = Request::read(sentence);
            self.received.advance(size);
            if let Some(request) = request {
                on(request);
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Server {
    /// Without the bytes received: they may be a sign-in.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({} bytes received)", self.received.len())
    }
}

/// One command of a client.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The first word, such as `/interface/print`.
    pub path: String,
    /// The label that every reply has to repeat.
    pub tag: Option<Vec<u8>>,
    /// Name and value of each attribute, in the client's order.
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
    /// Query words with their `?`, in the order in which they have to be evaluated.
    pub queries: Vec<Vec<u8>>,
}

impl Request {
    fn read(sentence: Sentence<'_>) -> Option<Self> {
        let (path, rest) = sentence.split_first()?;
        let mut request = Self {
            path: String::from_utf8_lossy(path).into_owned(),
            tag: None,
            attributes: Vec::new(),
            queries: Vec::new(),
        };
        for one in rest.words() {
            if let Some((name, value)) = attribute(one) {
                request.attributes.push((name.to_vec(), value.to_vec()));
            } else if let Some(flag) = one.strip_prefix(b"=") {
                // `=detail` for `=detail=`: a flag whose value was left out is still a flag.
                request.attributes.push((flag.to_vec(), Vec::new()));
            } else if let Some(tag) = one.strip_prefix(b".tag=") {
                request.tag = Some(tag.to_vec());
            } else if one.first() == Some(&b'?') {
                request.queries.push(one.to_vec());
            }
        }
        Some(request)
    }

    /// The path without its last part: `/interface` of `/interface/print`, nothing of `/login`.
    pub fn menu(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(menu, _)| menu)
    }

    /// The last part of the path: `print` of `/interface/print`.
    pub fn verb(&self) -> &str {
        self.path.rsplit_once('/').map_or(&self.path, |(_, verb)| verb)
    }

    /// The value of an attribute; of duplicates the last one counts.
    pub fn attribute(&self, name: &str) -> Option<&[u8]> {
        let found = self.attributes.iter().rfind(|(found, _)| found == name.as_bytes());
        found.map(|(_, value)| value.as_slice())
    }

    /// Whether an attribute was given, with a value or (as flags such as `=count-only=`) without.
    pub fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    /// The attributes that the client wants, or `None` for all of them.
    pub fn proplist(&self) -> Option<Vec<&[u8]>> {
        let names = self.attribute(".proplist")?;
        Some(
            names
                .split(|&byte| byte == b',')
                .map(<[u8]>::trim_ascii)
                .filter(|name| !name.is_empty())
                .collect(),
        )
    }
}

impl std::fmt::Debug for Request {
    /// Without values: those of a sign-in are secrets, and a query may ask for one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.attributes.iter().map(|(name, _)| String::from_utf8_lossy(name)).collect();
        f.debug_struct("Request")
            .field("path", &self.path)
            .field("tag", &self.tag.as_deref().map(String::from_utf8_lossy))
            .field("attributes", &names)
            .field("queries", &self.queries.len())
            .finish()
    }
}

/// Writes the replies to one command.
///
/// The tag stands before the attributes, as RouterOS sends it.
pub struct Replies<'o> {
    out: &'o mut Vec<u8>,
    tag: Option<&'o [u8]>,
}

impl<'o> Replies<'o> {
    /// Replies with this tag, appended to `out`.
    pub fn new(out: &'o mut Vec<u8>, tag: Option<&'o [u8]>) -> Self {
        Self { out, tag }
    }

    /// One `!re`; a row without any attribute is legal and means an item that has none of those asked for.
    #[inline]
    pub fn row<'a>(&mut self, attributes: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) {
        self.begin(b"!re");
        for (name, value) in attributes {
            self.put(name, value);
        }
        self.end();
    }

    /// One `!re` whose values are appended where they stand: for large replies.
    #[inline]
    pub fn row_with(&mut self, write: impl FnOnce(&mut Attributes<'_>)) {
        self.begin(b"!re");
        write(&mut Attributes { out: self.out });
        self.end();
    }

    /// `!done`: nothing more will follow for this command.
    pub fn done(&mut self) {
        self.begin(b"!done");
        self.end();
    }

    /// `!done` with a result: a new id, a count, a challenge.
    pub fn done_with(&mut self, ret: &[u8]) {
        self.begin(b"!done");
        self.put(b"ret", ret);
        self.end();
    }

    /// `!empty`, which RouterOS sends from 7.18 on before the `!done` of a reply without rows.
    pub fn empty(&mut self) {
        self.begin(b"!empty");
        self.end();
    }

    /// `!trap`: a refusal; `!done` has to follow it.
    pub fn trap(&mut self, category: Option<u8>, message: &str) {
        self.begin(b"!trap");
        if let Some(category) = category {
            self.put(b"category", category.to_string().as_bytes());
        }
        self.put(b"message", message.as_bytes());
        self.end();
    }

    #[inline]
    fn begin(&mut self, kind: &[u8]) {
        word::put_word(self.out, kind);
        if let Some(tag) = self.tag {
            word::put_word_parts(self.out, &[b".tag=", tag]);
        }
    }

    #[inline]
    fn put(&mut self, name: &[u8], value: &[u8]) {
        // As `put_word_parts`, spelled out: this is where large replies spend their time.
        let length = name.len() + value.len() + 2;
        self.out.reserve(word::MAX_PREFIX + length);
        word::put_length(self.out, length);
        self.out.push(b'=');
        self.out.extend_from_slice(name);
        self.out.push(b'=');
        self.out.extend_from_slice(value);
    }

    #[inline]
    fn end(&mut self) {
        self.out.push(0);
    }
}

impl std::fmt::Debug for Replies<'_> {
    /// Without the bytes written: rows may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replies({} bytes)", self.out.len())
    }
}

/// The attributes of one row.
pub struct Attributes<'o> {
    out: &'o mut Vec<u8>,
}

impl Attributes<'_> {
    /// Appends an attribute whose value `write` appends; there is none when it says `false`.
    #[inline]
    pub fn put(&mut self, name: &[u8], write: impl FnOnce(&mut Vec<u8>) -> bool) {
        word::put_word_with(self.out, |out| {
            out.push(b'=');
            out.extend_from_slice(name);
            out.push(b'=');
            write(out)
        });
    }
}

impl std::fmt::Debug for Attributes<'_> {
    /// Without the bytes written: rows may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attributes({} bytes)", self.out.len())
    }
}

/// Appends `!fatal` with its reason; the connection has to be closed after it.
///
/// As in RouterOS it carries no tag, and the reason is a bare word instead of `=message=`.
pub fn fatal(out: &mut Vec<u8>, reason: &str) {
    super::sentence::put_sentence(out, [b"!fatal".as_slice(), reason.as_bytes()]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routeros::Command;
    use crate::routeros::sentence::put_sentence;
    use proptest::prelude::*;

    fn requests(bytes: &[u8]) -> Vec<Request> {
        let mut found = Vec::new();
        Server::new(Limits::default()).receive(bytes, |request| found.push(request)).unwrap();
        found
    }

    fn request(words: &[&[u8]]) -> Request {
        let mut bytes = Vec::new();
        put_sentence(&mut bytes, words.iter().copied());
        requests(&bytes).pop().unwrap()
    }

    /// Every word of every sentence, so that a test reads like a transcript.
    fn words(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut splitter = Splitter::new(Limits::default());
        let mut found = Vec::new();
        let mut rest = bytes;
        while let Some((sentence, size)) = splitter.next(rest).unwrap() {
            found.push(sentence.words().map(|word| String::from_utf8_lossy(word).into_owned()).collect());
            rest = &rest[size..];
        }
        assert!(rest.is_empty());
        found
    }

    #[test]
    fn a_command_is_read_as_it_was_meant() {
        let mut bytes = Vec::new();
        Command::new("/interface/print")
            .proplist(".id,name")
            .attribute("count-only", "a=b")
            .query("?type=pppoe-in")
            .query("?#!")
            .encode(crate::routeros::Conduct::Watching, Some("7"), &mut bytes)
            .unwrap();
        let request = requests(&bytes).pop().unwrap();
        assert_eq!((request.menu(), request.verb()), ("/interface", "print"));
        assert_eq!(request.tag.as_deref(), Some(b"7".as_slice()));
        assert_eq!(request.proplist(), Some(vec![b".id".as_slice(), b"name"]));
        assert_eq!(request.attribute("count-only"), Some(b"a=b".as_slice()));
        assert_eq!(request.queries, [b"?type=pppoe-in".to_vec(), b"?#!".to_vec()]);
    }

    #[test]
    fn a_path_of_one_part_has_no_menu() {
        let request = request(&[b"/login"]);
        assert_eq!((request.menu(), request.verb()), ("", "login"));
        assert_eq!((request.proplist(), request.tag.as_deref()), (None, None));
    }

    #[test]
    fn flags_need_no_value() {
        for flag in [b"=count-only=".as_slice(), b"=count-only"] {
            assert!(request(&[b"/ppp/active/print", flag]).has("count-only"));
        }
    }

    #[test]
    fn empty_sentences_are_ignored() {
        assert_eq!(requests(&[0, 0, 0]), []);
    }

    #[test]
    fn debug_shows_no_value() {
        let shown =
            format!("{:?}", request(&[b"/login", b"=name=admin", b"=password=hunter2", b"?x=hunter2"]));
        assert!(shown.contains("password") && !shown.contains("hunter2"), "{shown}");
        let mut server = Server::new(Limits::default());
        server.receive(b"\x06/login\x11=password=hunter2", |_| panic!("the sentence is not over")).unwrap();
        let shown = format!("{server:?}");
        assert!(shown.contains("bytes") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn replies_look_as_those_of_a_router() {
        let mut out = Vec::new();
        let mut replies = Replies::new(&mut out, Some(b"5"));
        replies.row([(b".id".as_slice(), b"*1".as_slice()), (b"comment", b"")]);
        replies.trap(Some(2), "interrupted");
        replies.trap(None, "no such command");
        replies.empty();
        replies.done();
        replies.done_with(b"*3");
        let mut untagged = Replies::new(&mut out, None);
        untagged.row([]);
        fatal(&mut out, "not logged in");
        let expect: [&[&str]; 8] = [
            &["!re", ".tag=5", "=.id=*1", "=comment="],
            &["!trap", ".tag=5", "=category=2", "=message=interrupted"],
            &["!trap", ".tag=5", "=message=no such command"],
            &["!empty", ".tag=5"],
            &["!done", ".tag=5"],
            &["!done", ".tag=5", "=ret=*3"],
            &["!re"],
            &["!fatal", "not logged in"],
        ];
        assert_eq!(words(&out), expect);
    }

    #[test]
    fn a_row_written_in_place_looks_as_any_other() {
        let long = [b'x'; 300];
        let (mut expect, mut out) = (Vec::new(), Vec::new());
        Replies::new(&mut expect, Some(b"5"))
            .row([(b"name".as_slice(), b"a".as_slice()), (b"comment", &long)]);
        Replies::new(&mut out, Some(b"5")).row_with(|row| {
            let text = |out: &mut Vec<u8>, text: &[u8], has: bool| {
                out.extend_from_slice(text);
                has
            };
            row.put(b"name", |out| text(out, b"a", true));
            row.put(b"default-name", |out| text(out, b"ether1", false));
            row.put(b"comment", |out| text(out, &long, true));
        });
        assert_eq!(out, expect);
    }

    proptest! {
        #[test]
        fn nonsense_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Server::new(Limits { word: 100, sentence: 200, reply: 1 }).receive(&bytes, |_| {});
        }
    }
}
