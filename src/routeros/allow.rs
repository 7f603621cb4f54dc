//! What may be said to a router: the one list that every command has to pass before it becomes bytes.
//!
//! It says what is allowed, word for word, and refuses all else: a flag that RouterOS gets tomorrow is not on it. So
//! nobody has to know that `print` with `file` writes a file, or that a `monitor` without `once` never ends.

#[cfg(test)]
mod tests;

use super::server::Request;

/// What a session was opened for, which decides what may be said on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Conduct {
    /// To look, and for nothing else.
    #[default]
    Watching,
    /// To change one row for an operator. Only `actors/acting` may name this: a test holds it.
    Acting,
}

/// Why a command was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// It is on no list.
    #[error("{path:?} is not sent: it is none of the commands that tikwatch knows")]
    Unknown {
        /// Its path.
        path: String,
    },
    /// It changes something, and the session is there to look.
    #[error("{path:?} is not sent: it would change the router, and this session only looks")]
    Changes {
        /// Its path.
        path: String,
    },
    /// One of its words is not among those that belong to it.
    #[error("{path:?} is not sent: {name:?} is no word that belongs to it")]
    Word {
        /// Its path.
        path: String,
        /// What the word is called; never its value, which may be a secret.
        name: String,
    },
    /// It would go on for ever.
    #[error("{path:?} is not sent: without `once` it would never end")]
    Endless {
        /// Its path.
        path: String,
    },
}

/// The words that a command may have.
#[derive(Debug, Clone, Copy)]
struct Form {
    /// Names of attributes.
    attributes: &'static [&'static str],
    /// Whether query words may stand among them.
    queries: bool,
}

const PRINT: Form = Form { attributes: &[".proplist", "count-only", "detail", "stats"], queries: true };
const LISTEN: Form = Form { attributes: &[".proplist"], queries: true };

/// The one command that is no print and tells what no print does: the speed of links.
const MONITOR: &str = "/interface/ethernet/monitor";

/// Commands that look, beside `print` and `listen` of all menus.
const LOOKS: [(&str, &[&str]); 3] = [
    ("/login", &["name", "password", "response"]),
    ("/cancel", &["tag"]),
    (MONITOR, &["numbers", "once", ".proplist"]),
];

/// How whoever changed something takes leave; whoever looks hangs up.
const QUIT: &str = "/quit";

/// Attributes whose value names the one row that is meant.
const ITEM: &[&str] = &[".id"];

/// Commands that change something: those of `domain/action` and no other.
const ACTS: [(&str, &[&str]); 13] = [
    ("/ppp/active/remove", ITEM),
    ("/ppp/secret/enable", ITEM),
    ("/ppp/secret/disable", ITEM),
    ("/ppp/secret/remove", ITEM),
    ("/ppp/secret/set", &[".id", "profile", "comment"]),
    ("/ppp/secret/add", &["name", "password", "service", "profile", "comment"]),
    ("/ip/hotspot/active/remove", ITEM),
    ("/ip/hotspot/cookie/remove", ITEM),
    ("/ip/hotspot/user/enable", ITEM),
    ("/ip/hotspot/user/disable", ITEM),
    ("/ip/hotspot/user/remove", ITEM),
    (
        "/ip/hotspot/user/add",
        &["name", "password", "profile", "limit-uptime", "limit-bytes-total", "comment"],
    ),
    ("/ip/dhcp-server/lease/make-static", ITEM),
];

/// Whether a command with these words may be said; the tag, which is ours, is none of them.
pub fn check<'w>(
    conduct: Conduct,
    path: &[u8],
    words: impl Iterator<Item = &'w [u8]>,
) -> Result<(), Withheld> {
    let shown = || String::from_utf8_lossy(path).into_owned();
    let form = form(conduct, path)?;
    let words: Vec<&[u8]> = words.collect();
    for (index, word) in words.iter().enumerate() {
        let name = name(word);
        let belongs = match name {
            Some(name) => {
                let known = form.attributes.iter().any(|known| known.as_bytes() == name);
                let again = words.iter().take(index).any(|earlier| self::name(earlier) == Some(name));
                // A list of ids would be a list of rows, of which nobody looked at more than one.
                known && !again && (name != b".id" || is_id(word))
            }
            // A word of no length would end the sentence, and the next one begin another command.
            None => form.queries && word.first() == Some(&b'?'),
        };
        if !belongs {
            let name = String::from_utf8_lossy(name.unwrap_or_default()).into_owned();
            return Err(Withheld::Word { path: shown(), name });
        }
    }
    if path == MONITOR.as_bytes() && !words.contains(&b"=once=".as_slice()) {
        return Err(Withheld::Endless { path: shown() });
    }
    Ok(())
}

impl Request {
    /// Whether this is among what we say ourselves to a router that is only watched, or no more than a goodbye.
    pub fn only_looks(&self) -> bool {
        let attribute = |(name, value): &(Vec<u8>, Vec<u8>)| [b"=", name.as_slice(), b"=", value].concat();
        let words: Vec<_> =
            self.attributes.iter().map(attribute).chain(self.queries.iter().cloned()).collect();
        let words = words.iter().map(Vec::as_slice);
        let is_goodbye = self.path == QUIT && self.attributes.is_empty();
        is_goodbye || check(Conduct::Watching, self.path.as_bytes(), words).is_ok()
    }
}

fn form(conduct: Conduct, path: &[u8]) -> Result<Form, Withheld> {
    let of = |list: &[(&str, &'static [&'static str])]| {
        let found = list.iter().find(|(known, _)| known.as_bytes() == path);
        found.map(|(_, attributes)| Form { attributes, queries: false })
    };
    if let Some(form) = of(&LOOKS) {
        return Ok(form);
    }
    if path == QUIT.as_bytes() && conduct == Conduct::Acting {
        return Ok(Form { attributes: &[], queries: false });
    }
    match (of(&ACTS), conduct) {
        (Some(form), Conduct::Acting) => return Ok(form),
        (Some(_), Conduct::Watching) => {
            return Err(Withheld::Changes { path: String::from_utf8_lossy(path).into_owned() });
        }
        (None, _) => {}
    }
    let of_menus: [(&[u8], Form); 2] = [(b"/print", PRINT), (b"/listen", LISTEN)];
    let found = of_menus.into_iter().find(|(verb, _)| path.strip_suffix(*verb).is_some_and(is_menu));
    found
        .map(|(_, form)| form)
        .ok_or_else(|| Withheld::Unknown { path: String::from_utf8_lossy(path).into_owned() })
}

/// Whether this is the path of a menu as RouterOS writes them, such as `/ip/dhcp-server/lease`.
fn is_menu(path: &[u8]) -> bool {
    let is_part = |part: &[u8]| {
        !part.is_empty() && part.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    path.strip_prefix(b"/").is_some_and(|parts| parts.split(|byte| *byte == b'/').all(is_part))
}

/// The name in `=name=value`; `None` for words of another form.
fn name(word: &[u8]) -> Option<&[u8]> {
    let rest = word.strip_prefix(b"=")?;
    rest.iter().position(|byte| *byte == b'=').and_then(|end| rest.get(..end))
}

/// Whether this is `=.id=` with one id as routers write them.
fn is_id(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"=.id=*").unwrap_or_default();
    matches!(digits.len(), 1..=15) && digits.iter().all(u8::is_ascii_hexdigit)
}
