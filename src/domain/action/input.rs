//! What people enter for an action, checked before anything is said to a router.

use crate::domain::units::Text;
use crate::domain::visible::is_hidden;
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt::{Display, Formatter};
use std::time::Duration;

/// The longest text, in bytes.
const LONGEST: usize = 255;

/// The longest limit of time: ten years.
const LONGEST_TIME: Duration = Duration::from_secs(10 * 366 * 86_400);

/// The largest limit of volume, in bytes: RouterOS counts in 64 bits, with a sign.
const LARGEST_VOLUME: u64 = 1 << 62;

/// What was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The name of an account or user.
    Name,
    /// Its password.
    Password,
    /// Its profile.
    Profile,
    /// The service that an account is for.
    Service,
    /// The operator's note.
    Comment,
    /// The limit of time online.
    Uptime,
    /// The limit of volume.
    Volume,
}

impl Input {
    /// One word, as forms and programs call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Password => "password",
            Self::Profile => "profile",
            Self::Service => "service",
            Self::Comment => "comment",
            Self::Uptime => "limit_uptime",
            Self::Volume => "limit_bytes",
        }
    }
}

/// What is wrong with something that was entered. What was entered is not repeated where it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is nothing.
    #[error("`{}` is missing: enter it", .0.word())]
    Missing(Input),
    /// There is too much.
    #[error("`{}` has {bytes} bytes: shorten it to {LONGEST} or fewer", .input.word())]
    TooLong {
        /// Of what.
        input: Input,
        /// How much.
        bytes: usize,
    },
    /// A character has no look of its own.
    #[error("`{}` has a character that cannot be seen, such as a tab or an end of line: take it out", .0.word())]
    Hidden(Input),
    /// Blanks at an end are lost on the way, or mistaken for nothing.
    #[error("`{}` begins or ends with a blank: take that away", .0.word())]
    Blank(Input),
    /// The router has no such thing.
    #[error("`{}` is {given:?}, which the router does not have: choose one that it has", .input.word())]
    Unknown {
        /// Of what.
        input: Input,
        /// What was entered.
        given: String,
    },
    /// A limit is none, or too far away.
    #[error("`{}` is out of range: leave it out for no limit, or enter one from 1 to {most}", .input.word())]
    OutOfRange {
        /// Of what.
        input: Input,
        /// The largest one, in seconds or bytes.
        most: u64,
    },
}

impl Fault {
    /// What is wrong, as one word by which pages tell it, and what fills its text: what was entered, or the most.
    pub fn told(&self) -> (&'static str, String) {
        match self {
            Self::Missing(_) => ("missing", String::new()),
            Self::TooLong { .. } => ("too_long", LONGEST.to_string()),
            Self::Hidden(_) => ("hidden", String::new()),
            Self::Blank(_) => ("blank", String::new()),
            Self::Unknown { given, .. } => ("unknown", given.clone()),
            Self::OutOfRange { most, .. } => ("out_of_range", most.to_string()),
        }
    }

    /// What was entered wrongly.
    pub fn input(&self) -> Input {
        match *self {
            Self::Missing(input)
            | Self::TooLong { input, .. }
            | Self::Hidden(input)
            | Self::Blank(input)
            | Self::Unknown { input, .. }
            | Self::OutOfRange { input, .. } => input,
        }
    }
}

fn text(input: Input, text: &str) -> Result<Text, Fault> {
    if LONGEST < text.len() {
        return Err(Fault::TooLong { input, bytes: text.len() });
    }
    if text.contains(is_hidden) {
        return Err(Fault::Hidden(input));
    }
    if text.trim() != text {
        return Err(Fault::Blank(input));
    }
    Ok(text.into())
}

fn some_text(input: Input, given: &str) -> Result<Text, Fault> {
    if given.is_empty() { Err(Fault::Missing(input)) } else { text(input, given) }
}

/// The name of an account or user that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(Text);

impl Name {
    /// Reads one: 1 to 255 bytes, all of which can be seen.
    pub fn parse(given: &str) -> Result<Self, Fault> {
        some_text(Input::Name, given).map(Self)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An operator's note; an empty one is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comment(Text);

impl Comment {
    /// Reads one: up to 255 bytes, all of which can be seen.
    pub fn parse(given: &str) -> Result<Self, Fault> {
        text(Input::Comment, given).map(Self)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Comment {
    /// One that stood in a row of the router, whatever it is.
    pub(super) fn of_row(comment: &str) -> Self {
        Self(comment.into())
    }
}

/// A password that is to be set on a router. It is shown nowhere.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl Password {
    /// Reads the password of an account, which must not be empty: anybody could come online with it.
    pub fn of_account(given: SecretString) -> Result<Self, Fault> {
        if given.expose_secret().is_empty() {
            return Err(Fault::Missing(Input::Password));
        }
        Self::of_guest(given)
    }

    /// Reads the password of a hotspot user; vouchers often have none.
    pub fn of_guest(given: SecretString) -> Result<Self, Fault> {
        let secret = given.expose_secret();
        if LONGEST < secret.len() {
            return Err(Fault::TooLong { input: Input::Password, bytes: secret.len() });
        }
        if secret.chars().any(char::is_control) {
            return Err(Fault::Hidden(Input::Password));
        }
        Ok(Self(given))
    }

    pub(super) fn secret(&self) -> &SecretString {
        &self.0
    }

    /// Has it gone from memory.
    pub(super) fn forget(&mut self) {
        self.0 = SecretString::default();
    }
}

/// A profile that the router has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileName(Text);

impl ProfileName {
    /// Chooses one of those that were read of the router.
    pub fn among<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Result<Self, Fault> {
        let name = some_text(Input::Profile, given)?;
        if known.into_iter().any(|known| known == name) {
            return Ok(Self(name));
        }
        Err(Fault::Unknown { input: Input::Profile, given: given.to_owned() })
    }

    /// One that stood in a row of the router; `None` where that had none.
    pub(super) fn of_row(name: &str) -> Option<Self> {
        (!name.is_empty()).then(|| Self(name.into()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The services that an account may be for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Service {
    /// All of them.
    Any,
    /// Serial lines.
    Async,
    /// L2TP.
    L2tp,
    /// OpenVPN.
    Ovpn,
    /// PPPoE.
    #[default]
    Pppoe,
    /// PPTP.
    Pptp,
    /// SSTP.
    Sstp,
}

impl Service {
    /// All of them, in the order of RouterOS.
    pub const ALL: [Self; 7] =
        [Self::Any, Self::Async, Self::L2tp, Self::Ovpn, Self::Pppoe, Self::Pptp, Self::Sstp];

    /// Reads one, as RouterOS writes it.
    pub fn parse(given: &str) -> Result<Self, Fault> {
        let unknown = || Fault::Unknown { input: Input::Service, given: given.to_owned() };
        Self::ALL.into_iter().find(|service| service.word() == given).ok_or_else(unknown)
    }

    /// As RouterOS writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Async => "async",
            Self::L2tp => "l2tp",
            Self::Ovpn => "ovpn",
            Self::Pppoe => "pppoe",
            Self::Pptp => "pptp",
            Self::Sstp => "sstp",
        }
    }
}

/// How long a hotspot user may be online, over all sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uptime(Duration);

impl Uptime {
    /// A limit of whole seconds, from one to ten years.
    pub fn new(limit: Duration) -> Result<Self, Fault> {
        let limit = Duration::from_secs(limit.as_secs());
        let is_good = !limit.is_zero() && limit <= LONGEST_TIME;
        let fault = Fault::OutOfRange { input: Input::Uptime, most: LONGEST_TIME.as_secs() };
        is_good.then_some(Self(limit)).ok_or(fault)
    }
}

impl Display for Uptime {
    /// As RouterOS reads it.
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}s", self.0.as_secs())
    }
}

/// How many bytes a hotspot user may transfer, in both directions together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume(u64);

impl Volume {
    /// A limit from one byte on.
    pub fn new(bytes: u64) -> Result<Self, Fault> {
        let fault = Fault::OutOfRange { input: Input::Volume, most: LARGEST_VOLUME };
        (1..=LARGEST_VOLUME).contains(&bytes).then_some(Self(bytes)).ok_or(fault)
    }
}

impl Display for Volume {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
