//! Fingerprints of certificates.

use std::fmt;
use std::str::FromStr;

/// The SHA-256 of a certificate (DER), as RouterOS and browsers show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of the DER encoding of a certificate.
    pub fn of(certificate: &[u8]) -> Self {
        Self(openssl::sha::sha256(certificate))
    }
}

impl fmt::Display for Fingerprint {
    /// Upper-case pairs with colons: `AA:BB:…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, byte) in self.0.iter().enumerate() {
            let colon = if position == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Text that is no fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 fingerprint has 64 hexadecimal digits, with or without colons, not {0:?}")]
pub struct InvalidFingerprint(String);

impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    /// Reads digits of any case, with or without colons: RouterOS prints lower case without colons.
    fn from_str(text: &str) -> Result<Self, InvalidFingerprint> {
        let invalid = || InvalidFingerprint(text.to_owned());
        let mut digits = text.trim().chars().filter(|&one| one != ':').map(|one| one.to_digit(16));
        let mut bytes = [0; 32];
        for byte in &mut bytes {
            let high = digits.next().flatten().ok_or_else(invalid)?;
            let low = digits.next().flatten().ok_or_else(invalid)?;
            *byte = u8::try_from(high << 4 | low).map_err(|_| invalid())?;
        }
        if digits.next().is_some() { Err(invalid()) } else { Ok(Self(bytes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn it_is_the_sha256() {
        assert_eq!(EMPTY.parse(), Ok(Fingerprint::of(b"")));
    }

    #[test]
    fn what_is_no_fingerprint_is_refused() {
        for text in ["", "AA:BB", &EMPTY[1..], &format!("{EMPTY}0"), &EMPTY.replace('e', "x")] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn it_is_read_as_it_is_shown(bytes: [u8; 32]) {
            let fingerprint = Fingerprint(bytes);
            let shown = fingerprint.to_string();
            prop_assert_eq!(shown.len(), 95);
            prop_assert_eq!(shown.parse(), Ok(fingerprint));
            prop_assert_eq!(shown.replace(':', "").to_lowercase().parse(), Ok(fingerprint));
        }
    }
}
