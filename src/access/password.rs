//! Passwords of people: which are good enough, and how they are kept.

use super::people::Unavailable;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};
use zxcvbn::Score;

/// Fewer characters can be guessed by trying.
const FEWEST_CHARACTERS: usize = 12;

/// More bytes are no password but a wrong file.
const MOST_BYTES: usize = 1024;

/// What OWASP advises for argon2id: 19 MiB, twice, one lane. About 25 ms on a small machine.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A hash like all others, of no password: verified for names that do not exist, so that those take as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$dGlrd2F0Y2ggbm9ib2R5IQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Too few characters.
    #[error("a password has at least 12 characters")]
    Short,
    /// Too many bytes.
    #[error("a password has at most 1024 bytes")]
    Long,
    /// One of those that are tried first.
    #[error(
        "this password is one of the first that would be guessed: take some words that do not belong together"
    )]
    Common,
}

/// Whether this user may take this password. Takes up to some milliseconds.
pub(super) fn check(password: &SecretString, user: &str) -> Result<(), WeakPassword> {
    let password = password.expose_secret();
    if MOST_BYTES < password.len() {
        return Err(WeakPassword::Long);
    }
    if password.chars().count() < FEWEST_CHARACTERS {
        return Err(WeakPassword::Short);
    }
    if zxcvbn::zxcvbn(password, &[user, "tikwatch", "mikrotik", "routeros"]).score() <= Score::One {
        return Err(WeakPassword::Common);
    }
    Ok(())
}

fn argon2() -> Result<Argon2<'static>, Unavailable> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| Unavailable::Hash)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// What is kept of a password: its argon2id hash, with salt and parameters. Takes a core and 19 MiB for a while.
pub(super) fn hash(password: &SecretString) -> Result<String, Unavailable> {
    let hash = argon2()?.hash_password(password.expose_secret().as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|_| Unavailable::Hash)
}

/// Whether this is the password of that hash; of nobody's, it takes as long and is not. Takes as much as [`hash`].
pub(super) fn verify(password: &SecretString, hash: Option<&str>) -> bool {
    let password = password.expose_secret();
    // No password is that long; reading all of it would take longer than others do.
    let (password, is_possible) = if password.len() <= MOST_BYTES { (password, true) } else { ("", false) };
    let verified = argon2()
        .is_ok_and(|argon2| argon2.verify_password(password.as_bytes(), hash.unwrap_or(NOBODY)).is_ok());
    verified && is_possible && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_refused(password: &str, expect: Result<(), WeakPassword>) {
        assert_eq!(check(&SecretString::from(password), "operator.ana"), expect, "{password}");
    }

    #[test]
    fn weak_passwords_are_refused_and_nothing_is_prescribed() {
        check_refused("short-Xq9$1", Err(WeakPassword::Short));
        check_refused("ééééééééééé", Err(WeakPassword::Short));
        check_refused("password1234", Err(WeakPassword::Common));
        check_refused("aaaaaaaaaaaaaaaa", Err(WeakPassword::Common));
        check_refused("123456789012", Err(WeakPassword::Common));
        check_refused("operator.ana", Err(WeakPassword::Common));
        check_refused("qwertyuiop[]", Err(WeakPassword::Common));
        check_refused(&"x9 ".repeat(342), Err(WeakPassword::Long));
        check_refused("otter lamp seven gravel", Ok(()));
        check_refused("fjörd küche zwölf", Ok(()));
        check_refused("vqmzrtplwxkd", Ok(()));
    }

    #[test]
    fn a_hash_is_of_its_password_only_and_says_how_it_was_made() {
        let (one, two) = (SecretString::from("otter lamp seven"), SecretString::from("otter lamp sevem"));
        let kept = hash(&one).unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify(&one, Some(&kept)) && !verify(&two, Some(&kept)));
        assert_ne!(hash(&one).unwrap(), kept, "each has a salt of its own");
        assert!(!verify(&one, Some("")) && !verify(&one, Some("nonsense")));
        assert!(!verify(&SecretString::from("x".repeat(MOST_BYTES + 1)), Some(&kept)));
    }

    #[test]
    fn nobody_has_a_hash_that_is_worked_out_like_any_other() {
        assert!(!verify(&SecretString::from(""), None));
        // A malformed one would be refused at once, which tells that there is no such user.
        let verified = argon2().unwrap().verify_password(b"", NOBODY);
        assert!(matches!(verified, Err(argon2::password_hash::Error::PasswordInvalid)), "{verified:?}");
        let of_somebody = hash(&SecretString::from("x")).unwrap();
        let (nobody, somebody): (Vec<_>, Vec<_>) =
            (NOBODY.split('$').collect(), of_somebody.split('$').collect());
        assert_eq!(nobody[..4], somebody[..4]);
        assert_eq!(
            nobody.iter().map(|part| part.len()).collect::<Vec<_>>(),
            somebody.iter().map(|part| part.len()).collect::<Vec<_>>()
        );
    }
}
