//! The order of what was found.

use super::{Found, text};
use crate::domain::snapshot::Snapshot;
use crate::domain::subscriber::{State, Subscriber};
use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

/// What subscribers can be ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Key {
    /// The login name.
    #[default]
    Name,
    /// Online, unknown, offline, disabled.
    State,
    /// The download rate.
    Down,
    /// The upload rate.
    Up,
    /// The address, as a number.
    Address,
    /// The router's name.
    Router,
    /// The age of the session.
    Uptime,
    /// The profile.
    Profile,
    /// The caller id.
    CallerId,
    /// The comment.
    Comment,
}

impl Key {
    /// All of them, in the order of the columns.
    pub const ALL: [Self; 10] = [
        Self::Name,
        Self::State,
        Self::Down,
        Self::Up,
        Self::Address,
        Self::Router,
        Self::Uptime,
        Self::Profile,
        Self::CallerId,
        Self::Comment,
    ];

    /// The key as URLs and translations name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::State => "state",
            Self::Down => "down",
            Self::Up => "up",
            Self::Address => "address",
            Self::Router => "router",
            Self::Uptime => "uptime",
            Self::Profile => "profile",
            Self::CallerId => "caller_id",
            Self::Comment => "comment",
        }
    }

    /// Whether people ask for the greatest first.
    pub fn falls_first(self) -> bool {
        matches!(self, Self::Down | Self::Up | Self::Uptime)
    }
}

/// An order: by a key, up or down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: Key,
    /// The greatest first.
    pub descending: bool,
}

impl Sort {
    /// Reads `down` or `-down`.
    pub fn parse(word: &str) -> Option<Self> {
        let (descending, word) = match word.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        let key = Key::ALL.into_iter().find(|key| key.word() == word)?;
        Some(Self { key, descending })
    }
}

impl std::fmt::Display for Sort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.descending { "-" } else { "" }, self.key.word())
    }
}

/// What one row is ordered by. A gap comes last in both directions: it is neither small nor great.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Number(f64),
    Address(u128),
    Text(&'a str),
    Gap,
}

/// All that decides where a row stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing<'a> {
    pub(super) value: Value<'a>,
    pub(super) name: &'a str,
    pub(super) router: &'a str,
    pub(super) id: u64,
}

/// A subscriber that matches, with the value that orders it.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    snapshot: &'a Arc<Snapshot>,
    subscriber: &'a Arc<Subscriber>,
    value: Value<'a>,
}

impl<'a> Candidate<'a> {
    pub(super) fn new(snapshot: &'a Arc<Snapshot>, subscriber: &'a Arc<Subscriber>, key: Key) -> Self {
        let rate = |rate: Option<crate::domain::units::BitsPerSecond>| {
            rate.filter(|_| subscriber.state == State::Online)
                .map_or(Value::Gap, |rate| Value::Number(rate.0))
        };
        let session = subscriber.session();
        let value = match key {
            Key::Name => Value::Text(&subscriber.name),
            Key::State => Value::Number(rank(subscriber)),
            Key::Down => rate(snapshot.download_of(subscriber)),
            Key::Up => rate(snapshot.upload_of(subscriber)),
            Key::Address => session.map_or(Value::Gap, |session| address(&session.address)),
            Key::Router => Value::Text(snapshot.router.as_str()),
            // The longest uptime has the smallest beginning.
            Key::Uptime => session
                .map_or(Value::Gap, |session| Value::Number(-session.since.as_duration().as_secs_f64())),
            Key::Profile => filled(subscriber.profile()),
            Key::CallerId => session.map_or(Value::Gap, |session| filled(&session.caller_id)),
            Key::Comment => filled(subscriber.comment()),
        };
        Self { snapshot, subscriber, value }
    }

    pub(super) fn found(&self) -> Found {
        Found { snapshot: Arc::clone(self.snapshot), subscriber: Arc::clone(self.subscriber) }
    }

    pub(super) fn standing(&self) -> Standing<'_> {
        let Subscriber { name, id, .. } = &**self.subscriber;
        Standing { value: self.value, name, router: self.snapshot.router.as_str(), id: id.0 }
    }
}

impl Standing<'_> {
    pub(super) fn compare(&self, other: &Standing<'_>, descending: bool) -> Ordering {
        let directed = |order: Ordering| if descending { order.reverse() } else { order };
        let by_value = match (self.value, other.value) {
            (Value::Gap, Value::Gap)
            | (Value::Number(_), Value::Address(_))
            | (Value::Address(_), Value::Number(_)) => Ordering::Equal,
            (Value::Gap, _) => Ordering::Greater,
            (_, Value::Gap) => Ordering::Less,
            (Value::Number(one), Value::Number(two)) => directed(one.total_cmp(&two)),
            (Value::Address(one), Value::Address(two)) => directed(one.cmp(&two)),
            (Value::Text(one), Value::Text(two)) => directed(text::compare(one, two)),
            // Text that is no address comes after all addresses.
            (Value::Text(_), _) => Ordering::Greater,
            (_, Value::Text(_)) => Ordering::Less,
        };
        // Equals keep one order whatever the direction, so that nothing jumps.
        by_value
            .then_with(|| text::compare(self.name, other.name))
            .then_with(|| self.router.cmp(other.router))
            .then_with(|| self.id.cmp(&other.id))
    }
}

/// Brings the rows from `offset` on, `limit` of them, to their places and gives them.
pub(super) fn window<'a, 'b>(
    candidates: &'b mut [Candidate<'a>],
    sort: Sort,
    offset: usize,
    limit: usize,
) -> &'b [Candidate<'a>] {
    let compare = |one: &Candidate<'_>, other: &Candidate<'_>| {
        one.standing().compare(&other.standing(), sort.descending)
    };
    if candidates.len() <= offset || limit == 0 {
        return &[];
    }
    if 0 < offset {
        candidates.select_nth_unstable_by(offset, compare);
    }
    let Some(rest) = candidates.get_mut(offset..) else { return &[] };
    if limit < rest.len() {
        rest.select_nth_unstable_by(limit, compare);
    }
    let length = limit.min(rest.len());
    let Some(window) = rest.get_mut(..length) else { return &[] };
    window.sort_unstable_by(compare);
    window
}

fn rank(subscriber: &Subscriber) -> f64 {
    match subscriber.state {
        State::Online => 0.0,
        State::Unknown => 1.0,
        State::Offline if subscriber.is_disabled() => 3.0,
        State::Offline => 2.0,
    }
}

fn filled(text: &str) -> Value<'_> {
    if text.is_empty() { Value::Gap } else { Value::Text(text) }
}

/// IPv4 before IPv6, each by its number.
fn address(text: &str) -> Value<'_> {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => Value::Address(u128::from(address.to_bits())),
        Ok(IpAddr::V6(address)) => Value::Address(address.to_bits()),
        Err(_) => filled(text),
    }
}
