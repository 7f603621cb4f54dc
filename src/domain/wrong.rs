//! What may be wrong with a setting: by its word pages tell it in the reader's language, and in English it is told to
//! programs, the log and the command line.

mod outside;
mod told;

pub use outside::{JsonFault, SystemFault};
pub use told::Told;

use super::check::Reason;
use super::visible::visible;
use std::net::SocketAddr;

/// What is wrong with a setting, and what would be right; never a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A key that has to be there is not.
    #[error("missing")]
    Missing,
    /// The key is there twice.
    #[error("is there twice")]
    Twice,
    /// Nobody knows the key.
    #[error("unknown key; there are {0}")]
    UnknownKey(String),
    /// It is no object.
    #[error("must be an object, not {0}")]
    NotObject(Kind),
    /// It is no list.
    #[error("must be a list, not {0}")]
    NotList(Kind),
    /// It is no list of texts.
    #[error("must be a list of texts, not {0}")]
    NotTexts(Kind),
    /// It is no text.
    #[error("must be text, not {0}")]
    NotText(Kind),
    /// It is neither true nor false.
    #[error("must be true or false, not {0}")]
    NotTruth(Kind),
    /// It is no number at all.
    #[error("must be {from} to {to}, not {kind}")]
    NotNumber {
        /// The least.
        from: u16,
        /// The most.
        to: u16,
        /// What it is.
        kind: Kind,
    },
    /// It is text where a number has to be: a port or a time is no secret, and `"8728"` in quotes is the usual mistake.
    #[error("must be {from} to {to}, not the text {given:?}")]
    NumberInQuotes {
        /// The least.
        from: u16,
        /// The most.
        to: u16,
        /// What was written.
        given: String,
    },
    /// The number is too small or too large.
    #[error("must be {from} to {to}, not {given}")]
    OutOfRange {
        /// The least.
        from: u16,
        /// The most.
        to: u16,
        /// What was written.
        given: String,
    },
    /// There is nothing in it.
    #[error("must not be empty")]
    Empty,
    /// It is several lines, or longer than this many bytes.
    #[error("must be one line of at most {0} bytes")]
    NotLine(usize),
    /// There is no file.
    #[error("there is no such file")]
    NoFile,
    /// The system refuses the file, in its own words.
    #[error("cannot be read: {0}")]
    Unreadable(SystemFault),
    /// The system does not let the file be written, in its own words.
    #[error("cannot be written: {0}")]
    NotWritable(SystemFault),
    /// The file is no settings.
    #[error("is larger than 4 MiB")]
    TooLarge,
    /// The file is in another form than it has to be.
    #[error("is UTF-16 text; save it as UTF-8")]
    Utf16,
    /// The file is no text from this byte on.
    #[error("is not UTF-8 text: see byte {0}")]
    NotUtf8(usize),
    /// The variables' file is no text.
    #[error("is not UTF-8 text")]
    VariablesNotUtf8,
    /// There is nothing in the file.
    #[error("is empty; the smallest settings are {{\"routers\": []}}")]
    EmptyFile,
    /// The file is no JSON, in the reader's own words.
    #[error("is not valid JSON: {0}")]
    NotJson(JsonFault),
    /// A line of the variables' file cannot be read, and which one if that is known.
    #[error("{} cannot be read; write NAME='value', with quotes around spaces, `#` and `$`", line(*.0))]
    VariablesLine(Option<usize>),
    /// It names no level.
    #[error("must be \"error\", \"warn\", \"info\", \"debug\" or \"trace\", not {0:?}")]
    LogLevel(String),
    /// It is no path of a folder.
    #[error("must be the path of a folder")]
    Folder,
    /// It is no address with a port.
    #[error("must be an address and a port such as 127.0.0.1:5000, not {0:?}")]
    Listen(String),
    /// Other machines reach it.
    #[error("{0} can be reached from other machines: use 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// Other machines reach it, and would without TLS.
    #[error(
        "{0} can be reached from other machines: use 127.0.0.1 or [::1], or first start the service with TLS"
    )]
    NotLoopbackWithoutTls(SocketAddr),
    /// No server can be called so.
    #[error("a host name is like `tikwatch.example`, without `http://`, port or path, not {0:?}")]
    HostName(String),
    /// It is no address and no network.
    #[error("a trusted proxy is an address or a network such as 10.1.0.0/24, not {0:?}")]
    Proxy(String),
    /// It is everybody.
    #[error("{0:?} would believe every client what it says of itself: name the proxies only")]
    ProxyOfAll(String),
    /// No router can be called so.
    #[error("a router name has 1 to 64 letters, digits, `-` or `_`, not {0:?}")]
    RouterName(String),
    /// Another router is called so, the one at this place.
    #[error("{name:?} is already the name of {place}")]
    NameTaken {
        /// The name.
        name: String,
        /// Where the other one stands.
        place: String,
    },
    /// The name means something else in addresses.
    #[error("{0:?} stands for something else in addresses: take another name")]
    Reserved(String),
    /// It is no address of a router.
    #[error("must be a name or an address without scheme and port, not {0:?}")]
    Host(String),
    /// It leads where no router is.
    #[error("{}: {}", Reason::Forbidden.cause(), Reason::Forbidden.remedy())]
    ForbiddenTarget,
    /// It is no way of protection.
    #[error("must be \"off\", \"verify\", \"pin\" or \"anonymous\", not {0:?}")]
    Tls(String),
    /// It counts with this kind of TLS only.
    #[error("has no effect unless tls is \"{0}\"")]
    NeedsTls(&'static str),
    /// It is no fingerprint.
    #[error("must be 64 hexadecimal digits (SHA-256), not {0:?}")]
    Fingerprint(String),
    /// Nobody knows the code page.
    #[error("unknown code page {0:?}; try windows-1252")]
    CodePage(String),
    /// The table has no interval.
    #[error("must be \"off\" or left out: the router tells its changes by itself, so there is no interval")]
    Followed,
    /// The table is needed.
    #[error(
        "cannot be switched off: who is online, since when and with which address is known from this table alone"
    )]
    AlwaysRead,
    /// The password is of nobody.
    #[error("has no effect unless write_username is set")]
    NeedsUser,
    /// A password that is kept would go to another place.
    #[error(
        "host, port or TLS is another: type the password again, as the one that is kept goes nowhere else"
    )]
    TypeAgain,
    /// The environment's password would go to another place.
    #[error("it comes from the environment (MIKROTIK_PASSWORD): change host, port and TLS there, too")]
    PasswordOfEnvironment,
    /// A variable is of no router that could be told.
    #[error("which router is meant? set MIKROTIK_HOST to its host, or unset this")]
    WhichRouter,
    /// The environment's password would be taken for another router's.
    #[error(
        "MIKROTIK_PASSWORD would go from {from:?} to {to:?}, which has the same host: first set MIKROTIK_PORT to the port \
         that it is for, or unset MIKROTIK_PASSWORD, and restart"
    )]
    PasswordMoves {
        /// Whose it is.
        from: String,
        /// Whose it would be.
        to: String,
    },
    /// Of a file of routers.
    #[error(transparent)]
    Import(#[from] WrongImport),
}

/// What is wrong with a file of routers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongImport {
    /// It is no JSON, in the reader's own words.
    #[error("this is no whole JSON ({0}): take the file as the program wrote it, data/routers.json")]
    NotJson(JsonFault),
    /// It is something else.
    #[error("this is no list of routers: take the earlier program's data/routers.json")]
    NotRouters,
    /// There are too many in it.
    #[error("there are {given} routers, and {most} are taken at once: cut it in two")]
    TooMany {
        /// How many there are.
        given: usize,
        /// How many there may be.
        most: usize,
    },
    /// An element is no router.
    #[error("is no router: take it out of the file")]
    NotRouter,
    /// It is no text.
    #[error("must be text in quotes: correct it in the file")]
    Text,
    /// It is neither true nor false.
    #[error("must be true or false, without quotes: correct it in the file")]
    Truth,
    /// It is no port.
    #[error("must be 1 to 65535: correct it in the file")]
    Port,
    /// There is nothing in it.
    #[error("is empty: write it into the file, or take this router out of it")]
    Empty,
    /// It is not there.
    #[error("is missing: write it into the file, or take this router out of it")]
    Missing,
    /// No router can be called so.
    #[error(
        "must be 1 to 64 letters, digits, `-` or `_`, not {0:?}: correct it in the file, and in its files of groups"
    )]
    Id(String),
    /// The router at this place is called so.
    #[error("the router at [{0}] is called so, too: give one of them another id")]
    SameId(usize),
    /// The router at this place is there.
    #[error("host and port are those of [{0}], too: take one of them out of the file")]
    SamePlace(usize),
    /// What the file says would be wrong as a setting.
    #[error("{0}: correct it in the file")]
    Setting(Box<Wrong>),
}

/// What a value of JSON is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Truth,
    /// A number.
    Number,
    /// A string.
    Text,
    /// An array.
    List,
    /// An object.
    Object,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Null, Self::Truth, Self::Number, Self::Text, Self::List, Self::Object];

    /// One word, by which pages tell it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Truth => "truth",
            Self::Number => "number",
            Self::Text => "text",
            Self::List => "list",
            Self::Object => "object",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Null => "null (leave the key out instead)",
            Self::Truth => "true or false",
            Self::Number => "a number",
            Self::Text => "text",
            Self::List => "a list",
            Self::Object => "an object",
        })
    }
}

fn line(number: Option<usize>) -> String {
    number.map_or_else(|| "a line".to_owned(), |number| format!("line {number}"))
}
