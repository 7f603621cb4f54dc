//! Where a secret is shown, and why it must be.

use crate::gathered::Piece;

/// A place where a secret may be found.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The kind of secret: how its name begins.
    secret: &'static str,
    place: Place,
    why: &'static str,
}

#[derive(Debug)]
enum Place {
    /// What this route answers, or where this lies.
    At(&'static str),
    /// What lies in this folder.
    Under(&'static str),
    /// What this route answers, and only if it is the secret of whoever got it: its name ends with theirs.
    Own(&'static str),
    /// Any page, if it is the secret of whoever got it.
    OwnPages,
}

use Place::{At, Own, OwnPages, Under};

const fn shown(secret: &'static str, place: Place, why: &'static str) -> Shown {
    Shown { secret, place, why }
}

/// All of them. One that is not used fails the test.
pub(crate) const SHOWN: &[Shown] = &[
    shown("setup token", At("stdout of serve"), "the link on the console is how the first admin comes in"),
    shown("setup token", At("GET /setup"), "the form brings back what the link had"),
    shown("setup token", At("POST /setup"), "the form again, after a password that was no good"),
    shown("session", Own("POST /setup"), "the cookie of the session that begins"),
    shown("session", Own("POST /sign-in"), "the cookie of the session that begins"),
    shown("session", Own("POST /enter"), "the cookie of the session that begins"),
    shown("form token", OwnPages, "forms bring it back; it is worth nothing without the cookie"),
    shown("API token", Own("POST /tokens"), "shown once, to whoever made it"),
    shown("API token", Own("POST /api/v1/tokens"), "shown once, to whoever made it"),
    shown("API token", At("stdout of token create"), "shown once, to whoever made it"),
    shown("wall link", Own("POST /walls"), "shown once, to whoever made it"),
    shown("wall link", At("GET /enter/{secret}"), "the form brings back what the link had"),
    shown("second factor", Own("POST /account/totp"), "shown once, for the device that is to know it"),
    shown("recovery code", Own("POST /account/totp/confirm"), "shown once, to be kept on paper"),
    shown("password typed as a name", At("POST /sign-in"), "names are shown to whoever typed them"),
    shown(
        "key of the certificate",
        At("file data/tls/key.pem"),
        "HTTPS needs it; only its owner may read the file",
    ),
    shown("hash of a password", At("file data/store/db"), "what sign-ins are checked with"),
    shown(
        "hash of a password",
        Under("file data/backups/"),
        "a damaged store is made anew from it; only its owner may read the file",
    ),
];

/// Which place of the list this is, if it is one.
pub(crate) fn place_of(secret: &str, piece: &Piece) -> Option<usize> {
    let is_own = !piece.who.is_empty() && secret.ends_with(&format!(" of {}", piece.who));
    SHOWN.iter().position(|shown| {
        secret.starts_with(shown.secret)
            && match shown.place {
                At(what) => piece.what == what,
                Under(folder) => piece.what.starts_with(folder),
                Own(what) => piece.what == what && is_own,
                OwnPages => piece.is_page && is_own,
            }
    })
}

#[test]
fn each_place_says_why() {
    assert!(SHOWN.iter().all(|shown| !shown.why.is_empty()));
}
