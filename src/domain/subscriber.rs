//! Subscribers: an account, a session, or both.

use super::id::ItemId;
use super::ppp::Account;
use super::rates::Rates;
use super::units::{BitsPerSecond, Text};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use std::time::Instant;

/// Names a subscriber within its router; never used again, also not after a restart.
///
/// Counted from the microseconds since 1970 at which the router was met, so that a number is exact in JavaScript, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct SubscriberId(pub u64);

/// Whether a subscriber has a session, as far as we can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// At least one session.
    Online,
    /// No session, as the router says.
    Offline,
    /// The router cannot be asked; nobody is called offline for that.
    Unknown,
}

impl State {
    /// The state as programs and translations name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Unknown => "unknown",
        }
    }
}

/// Where the counters of an interface stand in [`Snapshot::traffic`](super::snapshot::Snapshot::traffic).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot(pub u32);

/// One session of a subscriber.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The id of its row in `/ppp/active`.
    pub id: ItemId,
    /// `pppoe`, `l2tp`, `ovpn`, …
    pub service: Text,
    /// The address given to the subscriber.
    pub address: Text,
    /// For PPPoE the subscriber's MAC address.
    pub caller_id: Text,
    /// When it began, from its uptime.
    pub since: Timestamp,
    /// Whether RADIUS let it in.
    pub radius: bool,
    /// Its interface, once that is known.
    pub interface: Option<Text>,
    /// Its interface's counters, once they are known.
    pub slot: Option<Slot>,
}

/// A subscriber of one router.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscriber {
    /// Our id for it.
    pub id: SubscriberId,
    /// The login name, exactly as the router has it.
    pub name: Text,
    /// The account, absent for those whom RADIUS lets in.
    pub account: Option<Arc<Account>>,
    /// The sessions, oldest first; still here while the router cannot be asked.
    pub sessions: Vec<Session>,
    /// Whether there is a session.
    pub state: State,
    /// Since when the state holds, where that can be known.
    pub since: Option<Timestamp>,
    /// When the last session ended, if we or the router saw it.
    pub last_seen: Option<Timestamp>,
    /// The address of the session that ended last, if we saw it end.
    pub last_address: Text,
}

impl Subscriber {
    /// Whether the account is switched off on the router.
    pub fn is_disabled(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.disabled)
    }

    /// The address of its session, or else the last that it had; empty if none is known.
    pub fn address(&self) -> &Text {
        self.session().map_or(&self.last_address, |session| &session.address)
    }

    /// The oldest session, which stands for the subscriber where only one can be shown.
    pub fn session(&self) -> Option<&Session> {
        self.sessions.first()
    }

    /// The profile of the account; RADIUS users have none here.
    pub fn profile(&self) -> &str {
        self.account.as_ref().map_or("", |account| account.profile.as_str())
    }

    /// Who dials: of the session, or of the last one that the router remembers.
    pub fn caller_id(&self) -> &str {
        let last = self.account.as_ref().map_or("", |account| account.last_caller_id.as_str());
        self.session().map_or(last, |session| session.caller_id.as_str())
    }

    /// Why the last session ended, in the router's words.
    pub fn last_disconnect_reason(&self) -> &str {
        self.account.as_ref().map_or("", |account| account.last_disconnect_reason.as_str())
    }

    /// Since when it is offline, where that can be known.
    pub fn down_since(&self) -> Option<Timestamp> {
        self.since.filter(|_| self.state == State::Offline)
    }

    /// When its last session ended; nothing while it has one.
    pub fn seen_last(&self) -> Option<Timestamp> {
        self.last_seen.or_else(|| self.down_since()).filter(|_| self.state != State::Online)
    }

    /// The comment of the account.
    pub fn comment(&self) -> &str {
        self.account.as_ref().map_or("", |account| account.comment.as_str())
    }
}

/// The counters of one interface and the rates made of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traffic {
    /// Bytes received by the router: the subscriber's upload.
    pub rx_byte: u64,
    /// Bytes sent by the router: the subscriber's download.
    pub tx_byte: u64,
    /// When the counters were read.
    pub at: Instant,
    /// The mean rates since the reading before; `None` is a gap, not a zero.
    pub rates: Option<Rates>,
    /// Whether a subscriber's session runs over the interface.
    pub is_subscribers: bool,
}

impl Traffic {
    /// What the subscriber receives.
    pub fn download(&self) -> Option<BitsPerSecond> {
        self.rates.map(|rates| rates.sent)
    }

    /// What the subscriber sends.
    pub fn upload(&self) -> Option<BitsPerSecond> {
        self.rates.map(|rates| rates.received)
    }
}
