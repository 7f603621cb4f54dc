//! What is typed into the search box: words, quoted text and filters such as `down:>5M`.

use super::parameters::Problem;
use super::text;
use crate::domain::groups::{Group, Id};
use crate::domain::snapshot::Snapshot;
use crate::domain::subscriber::{Session, State, Subscriber};
use crate::domain::units;
use jiff::Timestamp;
use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;

/// The longest search that we read.
const LONGEST: usize = 500;

/// The states that people choose from; disabled is a state of the account, not of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chip {
    /// With a session.
    Online,
    /// Without one.
    Offline,
    /// Not to be asked for.
    Unknown,
    /// Switched off on the router.
    Disabled,
}

impl Chip {
    /// All of them, in the order of the chips.
    pub const ALL: [Self; 4] = [Self::Online, Self::Offline, Self::Unknown, Self::Disabled];

    /// Reads its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chip| chip.word().eq_ignore_ascii_case(word))
    }

    /// The state as URLs and translations name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Unknown => "unknown",
            Self::Disabled => "disabled",
        }
    }

    /// Whether a subscriber is in the state.
    pub fn holds(self, subscriber: &Subscriber) -> bool {
        match self {
            Self::Online => subscriber.state == State::Online,
            Self::Offline => subscriber.state == State::Offline,
            Self::Unknown => subscriber.state == State::Unknown,
            Self::Disabled => subscriber.is_disabled(),
        }
    }
}

/// A search, ready to be held against subscribers. Every term must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    /// Somewhere in the name, an address, a caller id or the comment.
    Word(String),
    /// One of them is exactly this.
    Exact(String),
    State(Chip),
    Router(String),
    Profile(String),
    /// By its name, which groups of several routers may have.
    Group(String),
    GroupId(Id),
    Service(String),
    Name(String),
    Comment(String),
    CallerId(String),
    Network {
        address: IpAddr,
        bits: u8,
    },
    AddressPrefix(String),
    Down(Bound),
    Up(Bound),
    Uptime(Bound),
    Seen(Bound),
    Interface(String),
    Vlan(String),
    Ipv6Prefix(String),
    Reason(String),
}

/// `>5M` or `<100k`; without a sign, at least.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bound {
    below: bool,
    value: f64,
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        if self.below { value < self.value } else { self.value < value }
    }
}

impl Query {
    /// Reads a search.
    pub fn parse(typed: &str) -> Result<Self, Problem> {
        if LONGEST < typed.chars().count() {
            return Err(Problem::TooLong);
        }
        let mut terms = Vec::new();
        let mut rest = typed.trim_start();
        while !rest.is_empty() {
            let (negated, word) = match rest.strip_prefix('-') {
                Some(word) if !word.is_empty() && !word.starts_with(char::is_whitespace) => (true, word),
                _ => (false, rest),
            };
            let (test, after) = term(word)?;
            terms.push(Term { negated, test });
            rest = after.trim_start();
        }
        Ok(Self { terms })
    }

    /// Whether everything matches.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether any subscriber of the router may match; spares looking at those of other routers.
    pub(super) fn may_match(&self, snapshot: &Snapshot) -> bool {
        self.terms.iter().all(|term| match &term.test {
            Test::Router(name) => text::is(snapshot.router.as_str(), name) != term.negated,
            _ => true,
        })
    }

    /// Whether a subscriber of this snapshot's router, who is in this group, is one of those searched for.
    pub fn matches(
        &self,
        snapshot: &Snapshot,
        subscriber: &Subscriber,
        group: Option<&Group>,
        now: Timestamp,
    ) -> bool {
        self.terms.iter().all(|term| term.test.holds(snapshot, subscriber, group, now) != term.negated)
    }
}

impl Test {
    fn holds(
        &self,
        snapshot: &Snapshot,
        subscriber: &Subscriber,
        group: Option<&Group>,
        now: Timestamp,
    ) -> bool {
        let any_session = |test: &dyn Fn(&Session) -> bool| subscriber.sessions.iter().any(test);
        let rate = |bound: Bound, rate: Option<units::BitsPerSecond>| {
            subscriber.state == State::Online && rate.is_some_and(|rate| bound.holds(rate.0))
        };
        match self {
            Self::Word(word) => {
                in_any(subscriber, |field| text::holds(field, word))
                    // Only then it may be a part of a prefix, which takes a while to look for.
                    || word.contains(':') && any_session(&|session| has_prefix(snapshot, session, word))
            }
            Self::Exact(word) => in_any(subscriber, |field| text::is(field, word)),
            Self::State(chip) => chip.holds(subscriber),
            Self::Router(name) => text::is(snapshot.router.as_str(), name),
            Self::Profile(name) => text::is(subscriber.profile(), name),
            Self::Group(name) => group.is_some_and(|group| text::is(&group.outline.name, name)),
            Self::GroupId(id) => group.is_some_and(|group| group.id == *id),
            Self::Service(name) => any_session(&|session| text::is(&session.service, name)),
            Self::Name(part) => text::holds(&subscriber.name, part),
            Self::Comment(part) => text::holds(subscriber.comment(), part),
            Self::CallerId(part) => any_session(&|session| text::holds(&session.caller_id, part)),
            Self::Network { address, bits } => any_session(&|session| {
                session.address.parse().is_ok_and(|inside| is_in(inside, *address, *bits))
            }),
            Self::AddressPrefix(start) => any_session(&|session| text::begins(&session.address, start)),
            Self::Down(bound) => rate(*bound, snapshot.download_of(subscriber)),
            Self::Up(bound) => rate(*bound, snapshot.upload_of(subscriber)),
            Self::Uptime(bound) => {
                any_session(&|session| bound.holds(now.duration_since(session.since).as_secs_f64()))
            }
            Self::Seen(bound) => {
                subscriber.seen_last().is_some_and(|at| bound.holds(now.duration_since(at).as_secs_f64()))
            }
            Self::Interface(part) => any_session(&|session| {
                session.interface.as_ref().is_some_and(|interface| text::holds(interface, part))
            }),
            Self::Vlan(part) => any_session(&|session| {
                snapshot.line_of(session).is_some_and(|line| match (part.parse::<u64>(), line.vlan_id) {
                    (Ok(number), Some(known)) => number == known,
                    _ => text::holds(&line.vlan, part),
                })
            }),
            Self::Ipv6Prefix(part) => any_session(&|session| has_prefix(snapshot, session, part)),
            Self::Reason(part) => text::holds(subscriber.last_disconnect_reason(), part),
        }
    }
}

/// Whether the IPv6 prefix of a session has this in it.
fn has_prefix(snapshot: &Snapshot, session: &Session, part: &str) -> bool {
    snapshot.line_of(session).is_some_and(|line| text::holds(&line.ipv6_prefix, part))
}

/// Whether the test holds for any field that a person would search.
fn in_any(subscriber: &Subscriber, test: impl Fn(&str) -> bool) -> bool {
    test(&subscriber.name)
        || test(subscriber.comment())
        || subscriber.sessions.iter().any(|session| test(&session.address) || test(&session.caller_id))
        || subscriber.account.as_ref().is_some_and(|account| test(&account.last_caller_id))
}

fn is_in(inside: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (inside, network) {
        (IpAddr::V4(inside), IpAddr::V4(network)) => {
            let shift = 32_u32.saturating_sub(u32::from(bits));
            (inside.to_bits() ^ network.to_bits()).checked_shr(shift).unwrap_or(0) == 0
        }
        (IpAddr::V6(inside), IpAddr::V6(network)) => {
            let shift = 128_u32.saturating_sub(u32::from(bits));
            (inside.to_bits() ^ network.to_bits()).checked_shr(shift).unwrap_or(0) == 0
        }
        _ => false,
    }
}

/// Reads the first term and gives what is behind it.
fn term(typed: &str) -> Result<(Test, &str), Problem> {
    if typed.starts_with('"') {
        let (quoted, rest) = value(typed)?;
        return Ok((Test::Exact(quoted.to_lowercase()), rest));
    }
    let end = typed.find(char::is_whitespace).unwrap_or(typed.len());
    let word = typed.get(..end).unwrap_or_default();
    let Some((key, _)) = word.split_once(':').filter(|(key, _)| is_filter(key)) else {
        return Ok((Test::Word(word.to_lowercase()), typed.get(end..).unwrap_or_default()));
    };
    let key = key.to_ascii_lowercase();
    let (value, rest) = value(typed.get(key.len() + 1..).unwrap_or_default())?;
    if value.is_empty() {
        return Err(Problem::NoValue(key));
    }
    Ok((filter(key, &value)?, rest))
}

/// Whether what stands before a colon names a filter, rather than beginning a MAC or IPv6 address.
fn is_filter(key: &str) -> bool {
    let is_address = key.len() <= 4 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    !key.is_empty()
        && !is_address
        && key.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
}

/// The quoted text, or the text up to white space, and what is behind it.
///
/// A quotation mark in quoted text is written twice, since names may hold some.
fn value(typed: &str) -> Result<(Cow<'_, str>, &str), Problem> {
    let Some(quoted) = typed.strip_prefix('"') else {
        let end = typed.find(char::is_whitespace).unwrap_or(typed.len());
        let (value, rest) = typed.split_at_checked(end).unwrap_or((typed, ""));
        return Ok((value.into(), rest));
    };
    let mut value = Cow::Borrowed("");
    let mut rest = quoted;
    loop {
        let (part, behind) = rest.split_once('"').ok_or_else(|| Problem::OpenQuote(quoted.to_owned()))?;
        value += part;
        let Some(after) = behind.strip_prefix('"') else { return Ok((value, behind)) };
        value += "\"";
        rest = after;
    }
}

fn filter(key: String, value: &str) -> Result<Test, Problem> {
    let lower = value.to_lowercase();
    Ok(match key.as_str() {
        "state" => Test::State(Chip::parse(value).ok_or_else(|| Problem::UnknownState(value.to_owned()))?),
        "router" => Test::Router(lower),
        "profile" => Test::Profile(lower),
        "group" => Test::Group(lower),
        "group_id" => Test::GroupId(lower.parse().map_err(|_| Problem::NoGroup(value.to_owned()))?),
        "service" => Test::Service(lower),
        "name" => Test::Name(lower),
        "comment" => Test::Comment(lower),
        "caller" | "caller_id" | "mac" => Test::CallerId(lower),
        "ip" | "address" => network(value)?,
        "down" => Test::Down(bound(value, bits).ok_or_else(|| Problem::NoRate(value.to_owned()))?),
        "up" => Test::Up(bound(value, bits).ok_or_else(|| Problem::NoRate(value.to_owned()))?),
        "uptime" => Test::Uptime(bound(value, seconds).ok_or_else(|| Problem::NoDuration(value.to_owned()))?),
        "seen" => Test::Seen(bound(value, seconds).ok_or_else(|| Problem::NoDuration(value.to_owned()))?),
        "interface" => Test::Interface(lower),
        "vlan" => Test::Vlan(lower),
        "prefix" => Test::Ipv6Prefix(lower),
        "reason" => Test::Reason(lower),
        _ => return Err(Problem::UnknownFilter(key)),
    })
}

fn bound(value: &str, read: impl Fn(&str) -> Option<f64>) -> Option<Bound> {
    let (below, number) = match value.strip_prefix('<') {
        Some(number) => (true, number),
        None => (false, value.strip_prefix('>').unwrap_or(value)),
    };
    read(number).map(|value| Bound { below, value })
}

/// `5M`, `100k`, `1.5G` or plain bits per second.
pub(super) fn bits(text: &str) -> Option<f64> {
    let (number, factor) = match text.as_bytes().last()? {
        b'k' | b'K' => (text.get(..text.len() - 1)?, 1e3),
        b'm' | b'M' => (text.get(..text.len() - 1)?, 1e6),
        b'g' | b'G' => (text.get(..text.len() - 1)?, 1e9),
        _ => (text, 1.0),
    };
    number
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite() && 0.0 <= *number)
        .map(|number| number * factor)
}

fn seconds(text: &str) -> Option<f64> {
    units::duration(text).as_ref().map(Duration::as_secs_f64)
}

/// A network, an address, or the beginning of one.
fn network(value: &str) -> Result<Test, Problem> {
    let problem = || Problem::NoAddress(value.to_owned());
    if let Some((address, bits)) = value.split_once('/') {
        let address: IpAddr = address.parse().map_err(|_| problem())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.parse().ok().filter(|bits| *bits <= most).ok_or_else(problem)?;
        return Ok(Test::Network { address, bits });
    }
    if let Ok(address) = value.parse::<IpAddr>() {
        return Ok(Test::Network { address, bits: if address.is_ipv4() { 32 } else { 128 } });
    }
    if value.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':')) {
        return Ok(Test::AddressPrefix(value.to_ascii_lowercase()));
    }
    Err(problem())
}
