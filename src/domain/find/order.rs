//! The order of what was found.

use super::query::bits;
use super::{Found, text};
use crate::domain::groups::Group;
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
    /// The name of the group.
    Group,
    /// `pppoe`, `l2tp`, …
    Service,
    /// The interface of the session.
    Interface,
    /// The number of the VLAN that carries the session, or else its name.
    Vlan,
    /// The IPv6 prefix delegated to it.
    Ipv6Prefix,
    /// What the profile limits it to, as a number.
    RateLimit,
    /// When the last session ended.
    LastSeen,
    /// For how long it is offline.
    Downtime,
    /// Why the last session ended.
    Reason,
    /// The comment.
    Comment,
}

impl Key {
    /// All of them, in the order of the columns.
    pub const ALL: [Self; 19] = [
        Self::Name,
        Self::State,
        Self::Down,
        Self::Up,
        Self::Address,
        Self::Router,
        Self::Uptime,
        Self::Group,
        Self::Profile,
        Self::CallerId,
        Self::Service,
        Self::Interface,
        Self::Vlan,
        Self::Ipv6Prefix,
        Self::RateLimit,
        Self::LastSeen,
        Self::Downtime,
        Self::Reason,
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
            Self::Group => "group",
            Self::Service => "service",
            Self::Interface => "interface",
            Self::Vlan => "vlan",
            Self::Ipv6Prefix => "ipv6_prefix",
            Self::RateLimit => "rate_limit",
            Self::LastSeen => "last_seen",
            Self::Downtime => "downtime",
            Self::Reason => "reason",
            Self::Comment => "comment",
        }
    }

    /// Whether people ask for the greatest first.
    pub fn falls_first(self) -> bool {
        matches!(
            self,
            Self::Down | Self::Up | Self::Uptime | Self::RateLimit | Self::LastSeen | Self::Downtime
        )
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
pub(in crate::domain) enum Value<'a> {
    Number(f64),
    Address(u128),
    Text(&'a str),
    Gap,
}

impl Value<'_> {
    /// The order of two values of one column.
    pub(in crate::domain) fn compare(&self, other: &Value<'_>, descending: bool) -> Ordering {
        let directed = |order: Ordering| if descending { order.reverse() } else { order };
        match (self, other) {
            (Value::Gap, Value::Gap)
            | (Value::Number(_), Value::Address(_))
            | (Value::Address(_), Value::Number(_)) => Ordering::Equal,
            (Value::Gap, _) => Ordering::Greater,
            (_, Value::Gap) => Ordering::Less,
            (Value::Number(one), Value::Number(two)) => directed(one.total_cmp(two)),
            (Value::Address(one), Value::Address(two)) => directed(one.cmp(two)),
            (Value::Text(one), Value::Text(two)) => directed(text::compare(one, two)),
            // Text that is no address comes after all addresses.
            (Value::Text(_), _) => Ordering::Greater,
            (_, Value::Text(_)) => Ordering::Less,
        }
    }
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
    group: Option<&'a Arc<Group>>,
    value: Value<'a>,
}

impl<'a> Candidate<'a> {
    pub(super) fn new(
        snapshot: &'a Arc<Snapshot>,
        subscriber: &'a Arc<Subscriber>,
        group: Option<&'a Arc<Group>>,
        key: Key,
    ) -> Self {
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
            Key::Address => address(subscriber.address()),
            Key::Router => Value::Text(snapshot.router.as_str()),
            // The longest uptime has the smallest beginning.
            Key::Uptime => session
                .map_or(Value::Gap, |session| Value::Number(-session.since.as_duration().as_secs_f64())),
            Key::Profile => filled(subscriber.profile()),
            Key::CallerId => filled(subscriber.caller_id()),
            Key::Group => group.map_or(Value::Gap, |group| filled(&group.outline.name)),
            Key::Service => session.map_or(Value::Gap, |session| filled(&session.service)),
            Key::Interface => {
                session.and_then(|session| session.interface.as_deref()).map_or(Value::Gap, filled)
            }
            Key::Vlan => session.and_then(|session| snapshot.line_of(session)).map_or(Value::Gap, |line| {
                #[expect(clippy::cast_precision_loss, reason = "there are 4094 VLANs")]
                line.vlan_id.map_or_else(|| filled(&line.vlan), |number| Value::Number(number as f64))
            }),
            Key::Ipv6Prefix => session
                .and_then(|session| snapshot.line_of(session))
                .map_or(Value::Gap, |line| prefix(&line.ipv6_prefix)),
            Key::RateLimit => limit(snapshot.rate_limit_of(subscriber)),
            Key::LastSeen => {
                subscriber.seen_last().map_or(Value::Gap, |at| Value::Number(at.as_duration().as_secs_f64()))
            }
            // The longest downtime has the smallest beginning.
            Key::Downtime => subscriber
                .down_since()
                .map_or(Value::Gap, |at| Value::Number(-at.as_duration().as_secs_f64())),
            Key::Reason => filled(subscriber.last_disconnect_reason()),
            Key::Comment => filled(subscriber.comment()),
        };
        Self { snapshot, subscriber, group, value }
    }

    pub(super) fn found(&self) -> Found {
        Found {
            snapshot: Arc::clone(self.snapshot),
            subscriber: Arc::clone(self.subscriber),
            group: self.group.cloned(),
        }
    }

    pub(super) fn standing(&self) -> Standing<'_> {
        let Subscriber { name, id, .. } = &**self.subscriber;
        Standing { value: self.value, name, router: self.snapshot.router.as_str(), id: id.0 }
    }
}

impl Standing<'_> {
    pub(super) fn compare(&self, other: &Standing<'_>, descending: bool) -> Ordering {
        let by_value = self.value.compare(&other.value, descending);
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

/// `2M/10M rx-burst …` by its second number, which is the download; what is none comes after all numbers.
fn limit(text: &str) -> Value<'_> {
    let down = text.split_whitespace().next().unwrap_or_default();
    let down = down.split_once('/').map_or(down, |(_, down)| down);
    bits(down).map_or_else(|| filled(text), Value::Number)
}

fn rank(subscriber: &Subscriber) -> f64 {
    match subscriber.state {
        State::Online => 0.0,
        State::Unknown => 1.0,
        State::Offline if subscriber.is_disabled() => 3.0,
        State::Offline => 2.0,
    }
}

/// Text, of which none is a gap.
pub(in crate::domain) fn filled(text: &str) -> Value<'_> {
    if text.is_empty() { Value::Gap } else { Value::Text(text) }
}

/// A prefix by its first address.
fn prefix(text: &str) -> Value<'_> {
    let first = text.split_once('/').and_then(|(first, _)| first.parse::<std::net::Ipv6Addr>().ok());
    first.map_or_else(|| filled(text), |first| Value::Address(first.to_bits()))
}

/// IPv4 before IPv6, each by its number.
pub(in crate::domain) fn address(text: &str) -> Value<'_> {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => Value::Address(u128::from(address.to_bits())),
        Ok(IpAddr::V6(address)) => Value::Address(address.to_bits()),
        Err(_) => filled(text),
    }
}
