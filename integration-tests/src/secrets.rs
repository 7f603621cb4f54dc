//! Planted secrets, and the disguises in which they might be found.

use std::fmt::Write as _;
use std::path::Path;

/// A secret as it is, in base64 at each of the three places in which it may stand, and in both kinds of hexadecimal.
pub fn disguises(secret: &str) -> Vec<String> {
    let hex = secret.bytes().fold(String::new(), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    });
    let base64 = (0..3).map(|shift| {
        let padded = ["x".repeat(shift).as_bytes(), secret.as_bytes()].concat();
        // Without the ends, which depend on what stands beside it.
        let encoded = openssl::base64::encode_block(&padded);
        encoded.get(4..secret.len()).unwrap_or_default().to_owned()
    });
    [secret.to_owned(), hex.to_uppercase(), hex].into_iter().chain(base64).collect()
}

/// The disguise in which a secret stands in a text, if it does.
pub fn find(text: &[u8], secret: &str) -> Option<String> {
    let has = |disguise: &String| text.windows(disguise.len()).any(|part| part == disguise.as_bytes());
    disguises(secret).into_iter().find(has)
}

/// The file of a folder, or of one within it, in which a secret stands, and in which disguise.
pub fn find_in(folder: &Path, secret: &str) -> std::io::Result<Option<String>> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let found = if path.is_dir() {
            find_in(&path, secret)?
        } else {
            find(&std::fs::read(&path)?, secret).map(|disguise| format!("{}: {disguise}", path.display()))
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disguised_secret_is_found() {
        let found = |text: &str| find(text.as_bytes(), "canary-ppp-8fKw2").is_some();
        assert!(found("a canary-ppp-8fKw2 b"));
        assert!(found("63616E6172792D7070702D38664B7732"));
        for before in ["", "a", "ab", "abc"] {
            let text = openssl::base64::encode_block(format!("{before}canary-ppp-8fKw2 and more").as_bytes());
            assert!(found(&text), "{text}");
        }
        assert!(!found("canary-ppp"));
    }
}
