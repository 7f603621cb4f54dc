//! Subscribers: accounts and sessions joined by name, and who is online.

use super::interfaces::Interfaces;
use super::presence::{Sight, change_of};
use crate::domain::events::Change;
use crate::domain::id::ItemId;
use crate::domain::ppp::{Account, ActiveSession};
use crate::domain::snapshot::{Counts, Reading};
use crate::domain::subscriber::{Session, Slot, State, Subscriber, SubscriberId};
use crate::domain::time::Moment;
use crate::domain::units::Text;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// All subscribers of one router.
#[derive(Debug, Default)]
pub(super) struct People {
    rows: Arc<Vec<Arc<Subscriber>>>,
    by_name: HashMap<Text, usize>,
    /// Whose session an id is.
    owners: HashMap<ItemId, Text>,
    counts: Counts,
    last_id: u64,
    sight: Sight,
    /// Sessions in the order of the last print, and where their subscribers stood then.
    printed: Vec<(ItemId, usize)>,
    /// Names whose sessions still have to be joined to interfaces.
    unjoined: Vec<Text>,
    released: Vec<Slot>,
}

impl People {
    /// All subscribers.
    pub(super) fn rows(&self) -> Arc<Vec<Arc<Subscriber>>> {
        Arc::clone(&self.rows)
    }

    /// How many are in which state.
    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// How many sessions there are.
    pub(super) fn sessions(&self) -> usize {
        self.owners.len()
    }

    /// Dates of accounts are in the router's zone, this many seconds east of UTC.
    pub(super) fn set_gmt_offset(&mut self, seconds: i32) {
        self.sight.gmt_offset = seconds;
    }

    /// The router restarted at this time: no session goes on from before.
    pub(super) fn rebooted(&mut self, at: Timestamp) {
        self.sight.booted_at = Some(at);
    }

    /// Takes in the account table.
    pub(super) fn accounts(&mut self, reading: Reading<Account>, changes: &mut Vec<Change>) {
        let mut named = HashSet::with_capacity(reading.rows.len());
        for account in reading.rows {
            // The same name may stand there once a service; one that is enabled speaks for all.
            if !named.insert(account.name.clone()) && account.disabled {
                continue;
            }
            let index = self.index_of(&account.name, reading.at);
            if self.at(index).is_some_and(|known| known.account.as_deref() == Some(&account)) {
                continue;
            }
            let account = Arc::new(account);
            self.change(index, reading.at, changes, |subscriber| subscriber.account = Some(account));
        }
        if !reading.partial {
            let gone: Vec<Text> = self
                .rows
                .iter()
                .filter(|known| known.account.is_some() && !named.contains(&known.name))
                .map(|known| known.name.clone())
                .collect();
            for name in gone {
                if let Some(&index) = self.by_name.get(&name) {
                    self.change(index, reading.at, changes, |subscriber| subscriber.account = None);
                    self.forget_if_empty(&name);
                }
            }
        }
    }

    /// Takes in all sessions; what is not among them has ended, unless the router broke off.
    pub(super) fn sessions_read(&mut self, reading: Reading<ActiveSession>, changes: &mut Vec<Change>) {
        let at = reading.at;
        let except: HashSet<ItemId> = reading.except.into_iter().collect();
        let came_into_sight = !reading.partial && !self.sight.is_clear;
        self.sight.is_clear |= came_into_sight;
        // A router prints its sessions in the same order nearly always: most rows are compared with the next
        // of the last print and looked up nowhere.
        let expected = std::mem::take(&mut self.printed);
        let mut printed = Vec::with_capacity(reading.rows.len());
        let mut next = 0;
        let mut unchanged = 0;
        for row in reading.rows {
            let known =
                expected.get(next).filter(|(id, index)| *id == row.id && self.is_known(*index, &row, at));
            if let Some(&known) = known {
                printed.push(known);
                next += 1;
                unchanged += 1;
                continue;
            }
            let ahead = expected.get(next..).unwrap_or_default().iter().take(256);
            if let Some(skipped) = ahead.into_iter().position(|(id, _)| *id == row.id) {
                next += skipped + 1;
            }
            let (id, name) = (row.id, row.name.clone());
            if !except.contains(&id) {
                self.session(row, at, changes);
            }
            if let Some(&index) = self.by_name.get(&name) {
                printed.push((id, index));
            }
        }
        let may_have_ended = unchanged < self.owners.len();
        if !reading.partial && may_have_ended {
            let seen: HashSet<ItemId> = printed.iter().map(|(id, _)| *id).collect();
            let has_ended = |id: &&ItemId| !seen.contains(*id) && !except.contains(*id);
            let ended: Vec<ItemId> = self.owners.keys().filter(has_ended).copied().collect();
            for id in ended {
                self.session_gone(id, at, changes);
            }
        }
        self.printed = printed;
        if came_into_sight {
            self.sight.lost_at = None;
            for index in 0..self.rows.len() {
                self.change(index, at, changes, |_| {});
            }
        }
    }

    /// Whether a row says what is known of a session already.
    fn is_known(&self, index: usize, row: &ActiveSession, at: Moment) -> bool {
        let Some(known) = self.at(index).filter(|known| known.name == row.name) else { return false };
        known.sessions.iter().any(|session| {
            session.id == row.id
                && session.address == row.address
                && session.caller_id == row.caller_id
                && session.service == row.service
                && session.radius == row.radius
                && !self.sight.is_another(session, at.wall_before(row.uptime.unwrap_or_default()))
        })
    }

    /// A session is there, new or changed.
    pub(super) fn session(&mut self, row: ActiveSession, at: Moment, changes: &mut Vec<Change>) {
        if let Some(owner) = self.owners.get(&row.id)
            && *owner != row.name
        {
            // The id was used again, for somebody else.
            self.session_gone(row.id, at, changes);
        }
        let since = at.wall_before(row.uptime.unwrap_or_default());
        let index = self.index_of(&row.name, at);
        let known = self.at(index).and_then(|known| known.sessions.iter().find(|s| s.id == row.id));
        let mut session = Session {
            id: row.id,
            service: row.service,
            address: row.address,
            caller_id: row.caller_id,
            since,
            radius: row.radius,
            interface: None,
            slot: None,
        };
        if let Some(known) = known {
            if !self.sight.is_another(known, since) {
                session.since = known.since;
                session.interface.clone_from(&known.interface);
                session.slot = known.slot;
                if *known == session {
                    return;
                }
            } else if let Some(slot) = known.slot {
                self.released.push(slot);
            }
        }
        if session.slot.is_none() {
            self.unjoined.push(row.name.clone());
        }
        self.owners.insert(row.id, row.name);
        self.change(index, at, changes, |subscriber| {
            subscriber.sessions.retain(|other| other.id != session.id);
            subscriber.sessions.push(session);
            subscriber.sessions.sort_by_key(|session| session.id.number());
        });
    }

    /// A session ended.
    pub(super) fn session_gone(&mut self, id: ItemId, at: Moment, changes: &mut Vec<Change>) {
        let Some(name) = self.owners.remove(&id) else { return };
        let Some(&index) = self.by_name.get(&name) else { return };
        let ended = self.at(index).and_then(|known| known.sessions.iter().find(|session| session.id == id));
        let address = ended.map(|session| session.address.clone());
        self.released.extend(ended.and_then(|session| session.slot));
        self.change(index, at, changes, |subscriber| {
            subscriber.sessions.retain(|session| session.id != id);
            subscriber.last_seen = Some(at.wall);
            subscriber.last_address = address.unwrap_or_default();
        });
        self.forget_if_empty(&name);
    }

    /// The router cannot be asked any more: everybody becomes unknown.
    pub(super) fn out_of_sight(&mut self, at: Moment, changes: &mut Vec<Change>) {
        if self.sight.lost_at.is_none() {
            self.sight.lost_at = Some(at.wall);
        }
        if std::mem::take(&mut self.sight.is_clear) {
            for index in 0..self.rows.len() {
                self.change(index, at, changes, |_| {});
            }
        }
    }

    /// Joins sessions to the interfaces that carry them, where either side changed.
    pub(super) fn join(&mut self, interfaces: &mut Interfaces) {
        for slot in std::mem::take(&mut self.released) {
            interfaces.release(slot);
        }
        let (gone, new) = interfaces.take_changed_names();
        let mut names = std::mem::take(&mut self.unjoined);
        for interface in gone.iter().chain(&new) {
            let Some(user) = interfaces.user(interface) else { continue };
            names.push(Text::from(user));
            // `<pppoe-ana-1>` may be the second session of `ana`.
            if let Some((base, number)) = user.rsplit_once('-')
                && number.bytes().all(|byte| byte.is_ascii_digit())
            {
                names.push(Text::from(base));
            }
        }
        for name in names {
            self.join_one(&name, interfaces);
        }
    }

    fn join_one(&mut self, name: &str, interfaces: &mut Interfaces) {
        let Some(&index) = self.by_name.get(name) else { return };
        let Some(known) = self.at(index).filter(|known| !known.sessions.is_empty()) else { return };
        let mut joined = known.sessions.clone();
        let count = joined.len();
        for service in distinct(&known.sessions) {
            // Sessions and interfaces are numbered in the order of their birth, so the oldest go together.
            let mut candidates = interfaces.candidates(&service, name, count).into_iter();
            for session in joined.iter_mut().filter(|session| session.service == service) {
                let (interface, slot) = candidates.next().unzip();
                if slot.is_some() || session.slot.is_some_and(|slot| !holds(interfaces, slot, session)) {
                    session.interface = interface;
                    session.slot = slot;
                }
            }
        }
        for slot in joined.iter().filter_map(|session| session.slot) {
            interfaces.claim(slot);
        }
        if joined != known.sessions
            && let Some(subscriber) = Arc::make_mut(&mut self.rows).get_mut(index)
        {
            Arc::make_mut(subscriber).sessions = joined;
        }
    }

    fn at(&self, index: usize) -> Option<&Arc<Subscriber>> {
        self.rows.get(index)
    }

    /// Where the subscriber of this name stands; a new one is unknown until its state is worked out.
    fn index_of(&mut self, name: &Text, at: Moment) -> usize {
        if let Some(&index) = self.by_name.get(name) {
            return index;
        }
        // A page that was open before a restart must not find somebody else under a number that it knows: nobody meets
        // more than a subscriber a microsecond.
        if self.last_id == 0 {
            self.last_id = u64::try_from(at.wall.as_microsecond()).unwrap_or(0);
        }
        self.last_id += 1;
        let subscriber = Subscriber {
            id: SubscriberId(self.last_id),
            name: name.clone(),
            account: None,
            sessions: Vec::new(),
            state: State::Unknown,
            since: self.sight.lost_at.or(Some(at.wall)),
            last_seen: None,
            last_address: Text::default(),
        };
        self.counts.add(&subscriber);
        let rows = Arc::make_mut(&mut self.rows);
        rows.push(Arc::new(subscriber));
        self.by_name.insert(name.clone(), rows.len() - 1);
        rows.len() - 1
    }

    /// Changes a subscriber, works out its state anew, and reports a change of presence.
    fn change(
        &mut self,
        index: usize,
        at: Moment,
        changes: &mut Vec<Change>,
        how: impl FnOnce(&mut Subscriber),
    ) {
        let Some(entry) = Arc::make_mut(&mut self.rows).get_mut(index) else { return };
        self.counts.remove(entry);
        let from = entry.state;
        let before = entry.sessions.first().cloned();
        let subscriber = Arc::make_mut(entry);
        how(subscriber);
        let (state, since) = self.sight.judge(subscriber, at);
        subscriber.state = state;
        subscriber.since = since;
        self.counts.add(subscriber);
        if from != state {
            changes.push(Change::Presence(change_of(subscriber, from, before.as_ref())));
        }
    }

    /// A subscriber without account and session is nobody's.
    fn forget_if_empty(&mut self, name: &str) {
        let Some(&index) = self.by_name.get(name) else { return };
        let Some(subscriber) = self.at(index) else { return };
        if subscriber.account.is_some() || !subscriber.sessions.is_empty() {
            return;
        }
        self.counts.remove(&Arc::clone(subscriber));
        self.by_name.remove(name);
        let rows = Arc::make_mut(&mut self.rows);
        rows.swap_remove(index);
        if let Some(moved) = rows.get(index) {
            self.by_name.insert(moved.name.clone(), index);
        }
    }
}

fn distinct(sessions: &[Session]) -> Vec<Text> {
    let mut services: Vec<Text> = sessions.iter().map(|session| session.service.clone()).collect();
    services.sort_unstable();
    services.dedup();
    services
}

fn holds(interfaces: &Interfaces, slot: Slot, session: &Session) -> bool {
    session.interface.as_ref().is_some_and(|name| interfaces.is(slot, name))
}
