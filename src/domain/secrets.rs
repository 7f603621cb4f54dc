//! What nobody is to see, even if a router sends it unasked: it is neither shown nor recorded.

/// Parts of such names.
const PARTS: [&str; 9] =
    ["password", "passphrase", "secret", "psk", "shared-key", "private", "token", "credential", "otp"];

/// Whether a property of this name holds a secret: a password, a key, a passphrase, in any menu of RouterOS.
pub fn is_secret(property: &str) -> bool {
    let property = property.to_ascii_lowercase();
    PARTS.iter().any(|part| property.contains(part))
        || property == "key"
        || property.ends_with("-key")
        || property.starts_with("key-")
        || property.contains("-key-")
        || property.ends_with("-pin")
        || property == "pin"
        || property == "community"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known_in_all_menus() {
        for name in [
            "password",
            "secret",
            "passphrase",
            "wpa-pre-shared-key",
            "wpa2-pre-shared-key",
            "security.passphrase",
            "private-key",
            "preshared-key",
            "authentication-password",
            "encryption-password",
            "static-key-0",
            "radius-secret",
            "otp-secret",
            "ipsec-secret",
            "http-proxy-password",
            "pin",
        ] {
            assert!(is_secret(name), "{name}");
        }
    }

    #[test]
    fn what_we_read_is_none() {
        for name in
            [".id", "name", "profile", "caller-id", "mac-address", "last-link-up-time", "monkey", "spin"]
        {
            assert!(!is_secret(name), "{name}");
        }
    }
}
