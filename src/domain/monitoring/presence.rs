//! How a subscriber's state follows from what is known.

use crate::domain::events::PresenceChange;
use crate::domain::subscriber::{Session, State, Subscriber};
use crate::domain::time::Moment;
use crate::domain::units::date_time;
use jiff::{SignedDuration, Timestamp, tz::Offset};

/// A session's start is worked out of its uptime, which was printed up to a whole reply before the reply's
/// end; only a start that moved by more than this is another session under a used id.
const START_SLACK: SignedDuration = SignedDuration::from_secs(60);

/// A restart's time is worked out of whole seconds as well.
const BOOT_SLACK: SignedDuration = SignedDuration::from_secs(2);

/// What we can see of a router's sessions.
#[derive(Debug, Default)]
pub(super) struct Sight {
    /// Whether the sessions are known: after a full reading, until the router gets out of sight.
    pub(super) is_clear: bool,
    /// Since when the router is out of sight.
    pub(super) lost_at: Option<Timestamp>,
    /// When the router restarted, if we saw that.
    pub(super) booted_at: Option<Timestamp>,
    /// The router's zone, in seconds east of UTC.
    pub(super) gmt_offset: i32,
}

impl Sight {
    /// A subscriber's state and since when it holds.
    pub(super) fn judge(&self, subscriber: &Subscriber, at: Moment) -> (State, Option<Timestamp>) {
        let keep = |state| (subscriber.state == state).then_some(subscriber.since).flatten();
        if !self.is_clear {
            return (State::Unknown, keep(State::Unknown).or(self.lost_at).or(Some(at.wall)));
        }
        if let Some(session) = subscriber.sessions.iter().map(|session| session.since).min() {
            return (State::Online, Some(session));
        }
        let logged_out = subscriber.account.as_ref().and_then(|account| {
            let zone = Offset::from_seconds(self.gmt_offset).ok()?;
            let at = zone.to_timestamp(date_time(&account.last_logged_out)?).ok()?;
            // A date at the epoch means that it never was online, or that the router's clock was not set.
            (Timestamp::UNIX_EPOCH + SignedDuration::from_hours(48) < at).then_some(at)
        });
        let seen_by_us = (subscriber.state == State::Online).then_some(at.wall);
        (State::Offline, seen_by_us.or_else(|| keep(State::Offline)).or(subscriber.last_seen).or(logged_out))
    }

    /// Whether a session that began at `since` cannot be the one that is known under the same id.
    pub(super) fn is_another(&self, known: &Session, since: Timestamp) -> bool {
        let is_from_before = |boot: Timestamp| known.since + BOOT_SLACK < boot && boot <= since + BOOT_SLACK;
        START_SLACK < since.duration_since(known.since) || self.booted_at.is_some_and(is_from_before)
    }
}

/// The change that led to a subscriber's state; `before` is its session then.
pub(super) fn change_of(subscriber: &Subscriber, from: State, before: Option<&Session>) -> PresenceChange {
    let session = subscriber.session().or(before);
    let account = subscriber.account.as_ref();
    PresenceChange {
        id: subscriber.id,
        name: subscriber.name.clone(),
        from,
        state: subscriber.state,
        since: subscriber.since,
        address: session.map(|session| session.address.clone()).unwrap_or_default(),
        caller_id: session.map(|session| session.caller_id.clone()).unwrap_or_default(),
        reason: account.map(|account| account.last_disconnect_reason.clone()).unwrap_or_default(),
    }
}
