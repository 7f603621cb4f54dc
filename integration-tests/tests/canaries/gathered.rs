//! All that was gathered, unpacked, and what is found in it.

use crate::shown::{self, SHOWN};
use integration_tests::secrets::{Finder, Secret, files};
use integration_tests::visitor::Answer;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::sync::Mutex;
use tikwatch::store::archive::{Part, Whole};

/// A piece of what the service gave, said or kept.
pub(crate) struct Piece {
    /// What it is: a method and a path of the table of routes, or where it lay.
    pub(crate) what: String,
    /// Who got it; nobody for files.
    pub(crate) who: String,
    /// Whether it is a page.
    pub(crate) is_page: bool,
    bytes: Vec<u8>,
}

/// All pieces.
#[derive(Default)]
pub(crate) struct Gathered(Mutex<Vec<Piece>>);

impl Gathered {
    pub(crate) fn add(&self, what: &str, bytes: &[u8]) {
        let piece =
            Piece { what: what.to_owned(), who: String::new(), is_page: false, bytes: bytes.to_vec() };
        self.0.lock().unwrap().push(piece);
    }

    /// What a command wrote to standard output and to standard error.
    pub(crate) fn add_output(&self, command: &str, (stdout, stderr): &(String, String)) {
        assert!(!stdout.is_empty() || !stderr.is_empty(), "{command} said nothing");
        self.add(&format!("stdout of {command}"), stdout.as_bytes());
        self.add(&format!("stderr of {command}"), stderr.as_bytes());
    }

    /// An answer, with its headers and with its body taken out of whatever it is packed in.
    pub(crate) fn add_answer(&self, what: &str, who: &str, answer: &Answer) {
        let is_page = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        let mut bytes = Vec::new();
        for (name, value) in &answer.headers {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.push(b'\n');
        }
        bytes.extend(unpacked(answer.header("content-encoding"), &answer.body));
        let piece = Piece { what: what.to_owned(), who: who.to_owned(), is_page, bytes };
        self.0.lock().unwrap().push(piece);
    }

    /// All files of a folder, as they lie there, and recordings and backups unpacked.
    pub(crate) fn add_files(&self, folder: &Path) {
        for (path, bytes) in files(folder).unwrap() {
            if Path::new(&path).extension().is_some_and(|kind| kind == "zst") {
                self.add(&format!("file {path}"), &unpacked(Some("zstd"), &bytes));
            }
            if path.ends_with(".tikwatch-backup") {
                self.add_backup(&path, &folder.join(&path));
            }
            self.add(&format!("file {path}"), &bytes);
        }
    }

    /// The parts of a backup, unless it is encrypted.
    fn add_backup(&self, name: &str, path: &Path) {
        let mut whole = Whole::open(std::fs::File::open(path).unwrap()).unwrap();
        if whole.head().is_sealed() {
            return;
        }
        let mut add = |part: &Part, _, from: &mut dyn std::io::Read| {
            let mut bytes = Vec::new();
            from.read_to_end(&mut bytes)?;
            self.add(&format!("file {name}, {}", part.name()), &bytes);
            Ok(())
        };
        whole.read(None, &mut add).unwrap();
    }

    /// Fails with all that was found where it must not be, and with each place of the list where nothing was; says how
    /// much was searched.
    pub(crate) fn check(&self, secrets: &[Secret]) -> String {
        let finder = Finder::new(secrets);
        let pieces = self.0.lock().unwrap();
        let (mut used, mut wrong) = (BTreeSet::new(), BTreeSet::new());
        let mut size = 0;
        for piece in &*pieces {
            size += piece.bytes.len();
            for hit in finder.find(&piece.bytes) {
                match shown::place_of(&hit.secret, piece) {
                    Some(place) => drop(used.insert(place)),
                    None => drop(wrong.insert(format!(
                        "{} is in {} for {:?}, as {}",
                        hit.secret, piece.what, piece.who, hit.disguise
                    ))),
                }
            }
        }
        assert!(wrong.is_empty(), "\n{}\n", wrong.into_iter().collect::<Vec<_>>().join("\n"));
        let unused: Vec<_> = SHOWN.iter().enumerate().filter(|(at, _)| !used.contains(at)).collect();
        assert!(unused.is_empty(), "shown nowhere, so that the list is wrong: {unused:?}");
        format!("{} secrets looked for in {} pieces, {size} bytes", secrets.len(), pieces.len())
    }
}

/// A body as it was before it was packed.
fn unpacked(encoding: Option<&str>, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    // What is cut off at its end is searched as far as it goes.
    let _ = match encoding {
        None | Some("identity") => return body.to_vec(),
        Some("gzip") => flate2::read::MultiGzDecoder::new(body).read_to_end(&mut out),
        Some("zstd") => zstd::Decoder::new(body).unwrap().read_to_end(&mut out),
        Some("br") => brotli::Decompressor::new(body, 4096).read_to_end(&mut out),
        Some(other) => panic!("nobody asked for {other}"),
    };
    assert!(body.is_empty() || !out.is_empty(), "{encoding:?} was not unpacked");
    out
}

#[test]
fn what_is_packed_is_searched_too() {
    use std::io::Write as _;
    let text = "a canary in a mine, and more ".repeat(50);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let mut brotli_out = Vec::new();
    brotli::CompressorWriter::new(&mut brotli_out, 4096, 5, 22).write_all(text.as_bytes()).unwrap();
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    let secret = Secret::new("canary", "a canary in a mine");
    let finder = Finder::new([&secret]);
    for (encoding, packed) in [("gzip", gzip.finish().unwrap()), ("br", brotli_out), ("zstd", zstd)] {
        assert_eq!(finder.find(&unpacked(Some(encoding), &packed)).len(), 1, "{encoding}");
    }
}

#[test]
#[should_panic(expected = "a canary is in GET /api/health for \"vera\", as hexadecimal")]
fn what_is_found_where_it_must_not_be_is_told() {
    let gathered = Gathered::default();
    let answer =
        Answer { status: 200, headers: reqwest::header::HeaderMap::new(), body: b"can ary mine".to_vec() };
    gathered.add_answer("GET /api/health", "vera", &answer);
    gathered.add_answer(
        "GET /api/health",
        "vera",
        &Answer { body: b"63616e6172796d696e65".to_vec(), ..answer },
    );
    gathered.check(&[Secret::new("a canary", "canarymine")]);
}
