//! Random secrets that let their bearer in: shown once, and kept as their SHA-256 only.
//!
//! They have 256 bits of chance, so that a plain hash is enough: there is nothing to guess. They are found by their
//! hash, so that the time of a search says nothing of the secret.

use super::people::Unavailable;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// A new secret that starts with this prefix, and what is kept of it.
pub(super) fn draw(prefix: &str) -> Result<(SecretString, String), Unavailable> {
    let bytes: Zeroizing<[u8; 32]> = chance()?;
    let mut text = String::with_capacity(prefix.len() + 43);
    text.push_str(prefix);
    URL_SAFE_NO_PAD.encode_string(*bytes, &mut text);
    let secret = SecretString::from(text);
    let digest = digest(secret.expose_secret());
    Ok((secret, digest))
}

/// A new secret for a link.
pub fn secret() -> Result<SecretString, Unavailable> {
    Ok(draw("")?.0)
}

/// Random bytes.
pub(super) fn chance<const N: usize>() -> Result<Zeroizing<[u8; N]>, Unavailable> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(&mut *bytes).map_err(|_| Unavailable::NoChance)?;
    Ok(bytes)
}

/// What is kept of a secret.
pub(super) fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// What a form has to bring with it to be believed: only who knows the cookie can tell it, and it does not tell the
/// cookie. It is worked out anew each time, so that it need not be kept.
pub(super) fn csrf(cookie: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(cookie.as_bytes()).ok()?;
    mac.update(b"tikwatch csrf");
    Some(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Bytes from hexadecimal.
pub(super) fn unhex<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_drawn_twice_and_its_digest_is_not_it() {
        let (one, kept) = draw("tw_").unwrap();
        let (two, _) = draw("tw_").unwrap();
        assert!(one.expose_secret().starts_with("tw_") && one.expose_secret().len() == 46);
        assert_ne!(one.expose_secret(), two.expose_secret());
        assert_eq!((digest(one.expose_secret()), kept.len()), (kept, 64));
    }

    #[test]
    fn what_a_form_brings_belongs_to_its_cookie() {
        assert_eq!(csrf("a"), csrf("a"));
        assert_ne!(csrf("a"), csrf("b"));
        assert_eq!(csrf("a").unwrap().len(), 43);
    }

    #[test]
    fn hexadecimal_comes_back() {
        assert_eq!(*unhex::<3>(&hex(&[0, 9, 255])).unwrap(), [0, 9, 255]);
        for wrong in ["0009f", "0009fg", "0009ff00", "00é9f"] {
            assert!(unhex::<3>(wrong).is_none(), "{wrong}");
        }
    }
}
