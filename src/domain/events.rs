//! What changed: for the live stream, for history, for people.

use super::router::RouterName;
use super::subscriber::{State, SubscriberId};
use super::time::Moment;
use super::units::Text;
use jiff::Timestamp;

/// A subscriber came, went, or got out of our sight.
#[derive(Debug, Clone, PartialEq)]
pub struct PresenceChange {
    /// Our id for the subscriber.
    pub id: SubscriberId,
    /// Its name, as the router has it.
    pub name: Text,
    /// The state before; from [`State::Unknown`] it is no event in the subscriber's life.
    pub from: State,
    /// The state now.
    pub state: State,
    /// Since when, where that can be known.
    pub since: Option<Timestamp>,
    /// The address of its session, or of its last one.
    pub address: Text,
    /// The caller id of its session, or of its last one.
    pub caller_id: Text,
    /// Why the last session ended, where the router says so.
    pub reason: Text,
}

impl PresenceChange {
    /// Why it ended; nothing for a change that ended no session.
    pub fn why(&self) -> &str {
        if self.state == State::Offline { &self.reason } else { "" }
    }
}

/// One change of one router.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A subscriber's presence.
    Presence(PresenceChange),
    /// The link to the router: its word now (`live`, `down`, …) and what is wrong, if anything.
    Link {
        /// The word of [`Link::word`](super::router::Link::word).
        word: &'static str,
        /// What failed, as [`Trouble::word`](super::router::Trouble::word) says it; empty if nothing did.
        trouble: &'static str,
        /// What failed, for people.
        what: String,
    },
    /// The router restarted: its uptime went down.
    Rebooted,
}

impl Change {
    /// Whether people are told of it. Losing a router from sight, or finding it again, is one event: its link's. In the lives
    /// of its subscribers, who may be thousands, it is none.
    pub fn is_event(&self) -> bool {
        match self {
            Self::Presence(change) => change.from != State::Unknown && change.state != State::Unknown,
            Self::Link { .. } | Self::Rebooted => true,
        }
    }
}

/// Changes of one router that became known together.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// Whose.
    pub router: RouterName,
    /// When they became known to us.
    pub at: Moment,
    /// What changed, in order.
    pub items: Vec<Change>,
}
