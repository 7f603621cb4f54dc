//! Planted secrets, and the disguises in which they might be found.

use aho_corasick::{AhoCorasick, MatchKind};
use std::fmt::Write as _;
use std::path::Path;

/// A secret that must not be found, by a name that may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// What it is.
    pub name: String,
    /// The secret itself.
    pub bytes: Vec<u8>,
}

impl Secret {
    /// A secret of this name.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

/// A secret that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Which.
    pub secret: String,
    /// How it was written.
    pub disguise: &'static str,
}

/// Looks for many secrets at once, in all their disguises.
#[derive(Debug)]
pub struct Finder {
    patterns: AhoCorasick,
    /// What each pattern is.
    hits: Vec<Hit>,
}

impl Finder {
    /// Looks for these.
    ///
    /// # Panics
    ///
    /// For a secret that is too short to be told from chance, or for too many of them.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let (mut hits, mut patterns) = (Vec::new(), Vec::new());
        for secret in secrets {
            assert!(8 <= secret.bytes.len(), "{} is too short to be looked for", secret.name);
            for (disguise, bytes) in disguised(&secret.bytes) {
                hits.push(Hit { secret: secret.name.clone(), disguise });
                patterns.push(bytes);
            }
        }
        let patterns = AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns);
        match patterns {
            Ok(patterns) => Self { patterns, hits },
            Err(error) => panic!("cannot look for so much: {error}"),
        }
    }

    /// What is found in a text, each once.
    pub fn find(&self, text: &[u8]) -> Vec<Hit> {
        let found = self.patterns.find_overlapping_iter(text);
        let mut found: Vec<Hit> =
            found.filter_map(|found| self.hits.get(found.pattern().as_usize()).cloned()).collect();
        found.sort();
        found.dedup();
        found
    }
}

/// The disguise in which a secret stands in a text, if it does.
pub fn find(text: &[u8], secret: &str) -> Option<String> {
    let found = Finder::new([&Secret::new("", secret)]).find(text);
    found.first().map(|hit| hit.disguise.to_owned())
}

/// The file of a folder, or of one within it, in which a secret stands, and in which disguise.
pub fn find_in(folder: &Path, secret: &str) -> std::io::Result<Option<String>> {
    let finder = Finder::new([&Secret::new("", secret)]);
    for (path, bytes) in files(folder)? {
        if let Some(hit) = finder.find(&bytes).first() {
            return Ok(Some(format!("{}: {}", path, hit.disguise)));
        }
    }
    Ok(None)
}

/// Every file of a folder and of those within it, by its path from there.
pub fn files(folder: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                // A socket holds nothing.
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                found.push((name, std::fs::read(&path)?));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A secret in each way in which it might be written, with the name of that way.
fn disguised(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![("raw", secret.to_vec())];
    let hex = |upper: bool| {
        secret.iter().fold(String::new(), |mut out, byte| {
            // Writing to a string cannot fail.
            let _ = if upper { write!(out, "{byte:02X}") } else { write!(out, "{byte:02x}") };
            out
        })
    };
    all.push(("hexadecimal", hex(false).into()));
    all.push(("hexadecimal", hex(true).into()));
    for shift in 0..3 {
        let padded = [vec![b'x'; shift], secret.to_vec()].concat();
        let encoded = openssl::base64::encode_block(&padded);
        // Without the ends, which depend on what stands beside it.
        let inner = encoded.get((shift * 4).div_ceil(3)..padded.len() * 4 / 3).unwrap_or_default();
        all.push(("base64", inner.into()));
        all.push(("base64 for URLs", inner.replace('+', "-").replace('/', "_").into()));
    }
    let numbers = secret.iter().map(u8::to_string).collect::<Vec<_>>();
    all.push(("a list of bytes", numbers.join(", ").into()));
    all.push(("a list of bytes", numbers.join(",").into()));
    for is_upper in [true, false] {
        all.push((
            "URL",
            percent(secret, is_upper, |byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)),
        ));
        all.push(("URL", percent(secret, is_upper, |_| false)));
    }
    all.push(("URL", percent(secret, true, |byte| byte.is_ascii_graphic())));
    let form = percent(secret, true, |byte| byte.is_ascii_alphanumeric() || b"-_.* ".contains(&byte));
    all.push(("form", form.iter().map(|byte| if *byte == b' ' { b'+' } else { *byte }).collect()));
    if let Ok(text) = std::str::from_utf8(secret) {
        let json = escaped(text);
        all.push(("JSON", json.clone().into()));
        all.push(("JSON within JSON", escaped(&json).into()));
        all.push(("JSON in ASCII", in_ascii(&json).into()));
        all.push(("for debugging", format!("{text:?}").trim_matches('"').into()));
        all.push(("for debugging", text.escape_default().to_string().into()));
        for (quote, slash) in
            [("&#39;", "/"), ("&#x27;", "/"), ("&#x27;", "&#x2F;"), ("'", "/"), ("&apos;", "/")]
        {
            let html = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            all.push(("HTML", html.replace('"', "&quot;").replace('\'', quote).replace('/', slash).into()));
        }
        all.push(("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()));
        all.push(("UTF-16", text.encode_utf16().flat_map(u16::to_be_bytes).collect()));
    }
    // Many are as they were: each is looked for once, under its first name.
    let mut seen = std::collections::HashSet::new();
    all.retain(|(_, bytes)| seen.insert(bytes.clone()));
    all
}

fn percent(secret: &[u8], is_upper: bool, stays: impl Fn(u8) -> bool) -> Vec<u8> {
    secret.iter().fold(Vec::new(), |mut out, byte| {
        match (stays(*byte), is_upper) {
            (true, _) => out.push(*byte),
            (false, true) => out.extend(format!("%{byte:02X}").bytes()),
            (false, false) => out.extend(format!("%{byte:02x}").bytes()),
        }
        out
    })
}

/// Text as it stands in JSON, without the quotes around it.
fn escaped(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json.get(1..json.len() - 1).unwrap_or_default().to_owned()
}

/// JSON as those write it who know ASCII only.
fn in_ascii(json: &str) -> String {
    let mut out = String::new();
    for letter in json.chars() {
        if letter.is_ascii() {
            out.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "canary <8fKw2> & \"ü/'+?\" €";

    /// The disguise under which the canary is found between other things.
    fn found(before: &str, written: &[u8], after: &str) -> Option<&'static str> {
        let text = [before.as_bytes(), written, after.as_bytes()].concat();
        let finder = Finder::new([&Secret::new("canary", CANARY), &Secret::new("another", "of no interest")]);
        let hits = finder.find(&text);
        assert!(hits.iter().all(|hit| hit.secret == "canary"), "{hits:?}");
        hits.first().map(|hit| hit.disguise)
    }

    #[track_caller]
    fn check(written: impl AsRef<[u8]>, disguise: &str) {
        let written = written.as_ref();
        let shown = String::from_utf8_lossy(written);
        assert_eq!(found("a|", written, "|b"), Some(disguise), "{shown}");
        let cut = written.split_last().unwrap().1;
        assert_eq!(found("a|", cut, "|b"), None, "half of a secret is none: {shown}");
    }

    #[test]
    fn a_secret_is_found_in_each_of_its_disguises() {
        check(CANARY, "raw");
        let hex = CANARY.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        check(&hex, "hexadecimal");
        check(hex.to_uppercase(), "hexadecimal");
        check("canary%20%3C8fKw2%3E%20%26%20%22%C3%BC%2F%27%2B%3F%22%20%E2%82%AC", "URL");
        check("canary%20%3c8fKw2%3e%20%26%20%22%c3%bc%2f%27%2b%3f%22%20%e2%82%ac", "URL");
        check("canary+%3C8fKw2%3E+%26+%22%C3%BC%2F%27%2B%3F%22+%E2%82%AC", "form");
        check(r#"canary <8fKw2> & \"ü/'+?\" €"#, "JSON");
        check(r#"canary <8fKw2> & \\\"ü/'+?\\\" €"#, "JSON within JSON");
        check(r#"canary <8fKw2> & \"\u00fc/'+?\" \u20ac"#, "JSON in ASCII");
        check(r#"canary <8fKw2> & \"\u{fc}/\'+?\" \u{20ac}"#, "for debugging");
        check("canary &lt;8fKw2&gt; &amp; &quot;ü/&#39;+?&quot; €", "HTML");
        check("canary &lt;8fKw2&gt; &amp; &quot;ü&#x2F;&#x27;+?&quot; €", "HTML");
        let list =
            |between: &str| CANARY.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(between);
        check(list(", "), "a list of bytes");
        check(list(","), "a list of bytes");
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            check(CANARY.encode_utf16().flat_map(order).collect::<Vec<_>>(), "UTF-16");
        }
    }

    #[test]
    fn a_secret_is_found_in_base64_wherever_it_begins() {
        let mut differ = 0;
        for before in ["", "a", "ab", "abc", "abcd"] {
            for after in ["", "x", "xy", "xyz"] {
                let text = openssl::base64::encode_block(format!("{before}{CANARY}{after}").as_bytes());
                assert_eq!(found("", text.as_bytes(), ""), Some("base64"), "{before} {after}: {text}");
                let url = text.replace('+', "-").replace('/', "_").replace('=', "");
                assert!(found("", url.as_bytes(), "").is_some(), "{before} {after}: {url}");
                differ += usize::from(url.contains(['-', '_']));
            }
        }
        assert!(0 < differ, "nothing in it shows the difference");
    }

    #[test]
    fn secrets_within_each_other_are_all_found() {
        let (long, short) = (Secret::new("long", "one two three"), Secret::new("short", "two three"));
        let hits = Finder::new([&long, &short]).find(b"one two three");
        assert_eq!(hits.iter().map(|hit| hit.secret.as_str()).collect::<Vec<_>>(), ["long", "short"]);
    }

    #[test]
    fn files_within_folders_are_looked_through() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        std::fs::write(folder.path().join("a/b/c"), [&[0, 255], CANARY.as_bytes()].concat()).unwrap();
        assert_eq!(find_in(folder.path(), CANARY).unwrap().unwrap(), "a/b/c: raw");
        assert_eq!(find_in(folder.path(), "canary of another kind").unwrap(), None);
        assert!(find(b"x", CANARY).is_none());
    }
}
