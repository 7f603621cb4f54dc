//! Interfaces and their counters, in columns that keep their place from one reading to the next.

use crate::domain::id::{ItemId, Mark};
use crate::domain::interface::{InterfaceCounters, InterfaceFacts};
use crate::domain::rates::{Comparison, Counters, Rates, Tempo, compare};
use crate::domain::snapshot::Reading;
use crate::domain::subscriber::{Slot, Traffic};
use crate::domain::time::Moment;
use crate::domain::units::{BitsPerSecond, Text};
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Debug)]
struct Interface {
    id: ItemId,
    name: Text,
    last_link_up: Mark,
    /// The reading that it was last seen in.
    seen: u64,
    /// Its session ended; it is offered to sessions again only if the router goes on listing it.
    released: bool,
    /// Counters that the next reading is compared with; `None` after anything that breaks the comparison.
    baseline: Option<Counters>,
}

/// All interfaces of one router.
#[derive(Debug, Default)]
pub(super) struct Interfaces {
    tempo: Tempo,
    slots: Vec<Option<Interface>>,
    traffic: Arc<Vec<Traffic>>,
    free: Vec<Slot>,
    by_name: HashMap<Text, Slot>,
    by_id: HashMap<ItemId, Slot>,
    /// Slots in the order of the last reading: a router prints its rows in the same order nearly always, so
    /// that looking up is comparing.
    order: Vec<Slot>,
    readings: u64,
    read_at: Option<Moment>,
    /// Interfaces that appeared and were not offered to sessions yet.
    new_names: Vec<Text>,
    /// Interfaces that went away and whose sessions were not told yet.
    gone_names: Vec<Text>,
    /// Names of static PPPoE interfaces, by user, and the other way round.
    statics: HashMap<Text, Text>,
    users: HashMap<Text, Text>,
}

impl Interfaces {
    /// Says that the router's time runs faster than ours.
    pub(super) fn set_tempo(&mut self, tempo: Tempo) {
        self.tempo = tempo;
    }

    /// Takes in the counters of all interfaces.
    pub(super) fn read(&mut self, reading: Reading<InterfaceCounters>) {
        self.readings += 1;
        let expected = std::mem::take(&mut self.order);
        let mut order = Vec::with_capacity(reading.rows.len());
        let mut cursor = 0;
        for row in reading.rows {
            let slot = self.find(&row, &expected, &mut cursor);
            let slot = match slot {
                Some(slot) => {
                    self.update(slot, &row);
                    slot
                }
                None => self.insert(row),
            };
            order.push(slot);
        }
        if reading.partial {
            // Rows that the router did not get to are not gone.
            order.extend(expected.iter().filter(|slot| !self.is_current(**slot)));
        } else {
            for slot in expected {
                if !self.is_current(slot) {
                    self.remove(slot);
                }
            }
        }
        self.order = order;
        self.read_at = Some(reading.at);
    }

    /// Names of static PPPoE interfaces, which carry a user's session under a name of their own.
    pub(super) fn set_statics(&mut self, pairs: impl Iterator<Item = (Text, Text)>) {
        self.users = pairs.collect();
        self.statics = self.users.iter().map(|(name, user)| (user.clone(), name.clone())).collect();
        self.new_names.extend(self.users.keys().cloned());
    }

    /// Rates become gaps, and counters are not compared across the outage.
    pub(super) fn forget_rates(&mut self) {
        for interface in self.slots.iter_mut().flatten() {
            interface.baseline = None;
        }
        if self.traffic.iter().any(|traffic| traffic.rates.is_some()) {
            for traffic in Arc::make_mut(&mut self.traffic) {
                traffic.rates = None;
            }
        }
    }

    /// The counters and rates, by slot.
    pub(super) fn traffic(&self) -> Arc<Vec<Traffic>> {
        Arc::clone(&self.traffic)
    }

    /// When all counters were last read.
    pub(super) fn read_at(&self) -> Option<Moment> {
        self.read_at
    }

    /// The sum over the subscribers' interfaces; `None` while none has a rate.
    pub(super) fn totals(&self) -> Option<Rates> {
        let mut rates = self.traffic.iter().filter(|traffic| traffic.is_subscribers).filter_map(|t| t.rates);
        let first = rates.next()?;
        let (received, sent) = rates.fold((first.received.0, first.sent.0), |(received, sent), rates| {
            (received + rates.received.0, sent + rates.sent.0)
        });
        Some(Rates { received: BitsPerSecond(received), sent: BitsPerSecond(sent) })
    }

    /// Names of interfaces that went away or appeared since the last call.
    pub(super) fn take_changed_names(&mut self) -> (Vec<Text>, Vec<Text>) {
        (std::mem::take(&mut self.gone_names), std::mem::take(&mut self.new_names))
    }

    /// The user of an interface: from a dynamic name (with its number still on it, where it has one), or of
    /// a static one.
    pub(super) fn user<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        dynamic_user(name).or_else(|| self.users.get(name).map(Text::as_str))
    }

    /// The interfaces that can carry sessions of this user and service, oldest first.
    ///
    /// A dynamic one is `<service-USER>`, further ones of the same user `<service-USER-1>`, `-2`, …
    pub(super) fn candidates(&self, service: &str, user: &str, sessions: usize) -> Vec<(Text, Slot)> {
        let mut found: Vec<(u64, Text, Slot)> = Vec::new();
        let mut offer = |name: Text| {
            if let Some(&slot) = self.by_name.get(&name)
                && let Some(Some(interface)) = self.slots.get(slot.0 as usize)
            {
                found.push((interface.id.number(), name, slot));
            }
        };
        offer(dynamic_name(service, user, None));
        // A first session may have ended while the second goes on under its numbered name.
        for number in 1..=sessions.min(64) {
            offer(dynamic_name(service, user, Some(number)));
        }
        if let Some(name) = self.statics.get(user) {
            offer(name.clone());
        }
        found.sort_unstable_by_key(|(age, ..)| *age);
        found.into_iter().map(|(_, name, slot)| (name, slot)).collect()
    }

    /// Marks an interface as a subscriber's, so that it counts in the totals.
    pub(super) fn claim(&mut self, slot: Slot) {
        let index = slot.0 as usize;
        if self.traffic.get(index).is_some_and(|traffic| !traffic.is_subscribers)
            && let Some(traffic) = Arc::make_mut(&mut self.traffic).get_mut(index)
        {
            traffic.is_subscribers = true;
        }
    }

    /// The session on an interface ended: it counts no more, and no new session may take it for its own
    /// before the router lists it anew.
    pub(super) fn release(&mut self, slot: Slot) {
        let index = slot.0 as usize;
        let Some(Some(interface)) = self.slots.get_mut(index) else { return };
        interface.released = true;
        interface.baseline = None;
        if self.by_name.get(&interface.name) == Some(&slot) {
            self.by_name.remove(&interface.name);
        }
        if let Some(traffic) = Arc::make_mut(&mut self.traffic).get_mut(index) {
            traffic.rates = None;
            traffic.is_subscribers = false;
        }
    }

    /// Where the counters of these interfaces stand; an id that now stands for another interface has none.
    pub(super) fn slots_of(&self, facts: &[InterfaceFacts]) -> Vec<Option<Slot>> {
        let slot = |facts: &InterfaceFacts| {
            self.by_id.get(&facts.id).copied().filter(|slot| self.is(*slot, &facts.name))
        };
        facts.iter().map(slot).collect()
    }

    /// Whether a slot still is the interface of this name.
    pub(super) fn is(&self, slot: Slot, name: &str) -> bool {
        matches!(self.slots.get(slot.0 as usize), Some(Some(interface)) if interface.name == name)
    }

    /// The slot of a row, nearly always the one at the cursor.
    #[inline]
    fn find(&self, row: &InterfaceCounters, expected: &[Slot], cursor: &mut usize) -> Option<Slot> {
        if let Some(&next) = expected.get(*cursor)
            && self.matches(next, row)
        {
            *cursor += 1;
            return Some(next);
        }
        let slot = *self.by_id.get(&row.id)?;
        if !self.matches(slot, row) {
            return None;
        }
        // Where rows before this one are gone, it stands a little further on.
        let ahead = expected.get(*cursor..).unwrap_or_default().iter().take(256);
        if let Some(skipped) = ahead.into_iter().position(|next| *next == slot) {
            *cursor += skipped + 1;
        }
        Some(slot)
    }

    fn matches(&self, slot: Slot, row: &InterfaceCounters) -> bool {
        matches!(self.slots.get(slot.0 as usize),
            Some(Some(interface)) if interface.id == row.id && interface.name == row.name)
    }

    fn is_current(&self, slot: Slot) -> bool {
        matches!(self.slots.get(slot.0 as usize), Some(Some(interface)) if interface.seen == self.readings)
    }

    fn update(&mut self, slot: Slot, row: &InterfaceCounters) {
        let index = slot.0 as usize;
        let (Some(Some(interface)), Some(traffic)) =
            (self.slots.get_mut(index), Arc::make_mut(&mut self.traffic).get_mut(index))
        else {
            return;
        };
        interface.seen = self.readings;
        if std::mem::take(&mut interface.released) {
            self.by_name.insert(interface.name.clone(), slot);
            self.new_names.push(interface.name.clone());
        }
        let counters = Counters { at: row.at, received: row.rx_byte, sent: row.tx_byte };
        if interface.last_link_up != row.last_link_up {
            interface.last_link_up = row.last_link_up;
            interface.baseline = None;
        }
        let compared = interface.baseline.map_or(Comparison::Gap, |baseline| compare(baseline, counters));
        match compared {
            Comparison::Rates(rates) => traffic.rates = Some(self.tempo.rates(rates)),
            Comparison::Gap => traffic.rates = None,
            Comparison::TooClose => return,
        }
        interface.baseline = Some(counters);
        traffic.rx_byte = row.rx_byte;
        traffic.tx_byte = row.tx_byte;
        traffic.at = row.at;
    }

    fn insert(&mut self, row: InterfaceCounters) -> Slot {
        // An id that now stands for another interface: the router restarted, or used it again.
        if let Some(&stale) = self.by_id.get(&row.id) {
            self.remove(stale);
        }
        let traffic = Traffic {
            rx_byte: row.rx_byte,
            tx_byte: row.tx_byte,
            at: row.at,
            rates: None,
            is_subscribers: false,
        };
        let interface = Interface {
            id: row.id,
            name: row.name.clone(),
            last_link_up: row.last_link_up,
            seen: self.readings,
            released: false,
            baseline: Some(Counters { at: row.at, received: row.rx_byte, sent: row.tx_byte }),
        };
        let column = Arc::make_mut(&mut self.traffic);
        let slot = if let Some(slot) = self.free.pop() {
            let index = slot.0 as usize;
            if let (Some(place), Some(entry)) = (self.slots.get_mut(index), column.get_mut(index)) {
                *place = Some(interface);
                *entry = traffic;
            }
            slot
        } else {
            let slot = Slot(u32::try_from(self.slots.len()).unwrap_or(u32::MAX));
            self.slots.push(Some(interface));
            column.push(traffic);
            slot
        };
        self.by_id.insert(row.id, slot);
        self.by_name.insert(row.name.clone(), slot);
        self.new_names.push(row.name);
        slot
    }

    fn remove(&mut self, slot: Slot) {
        let index = slot.0 as usize;
        let Some(interface) = self.slots.get_mut(index).and_then(Option::take) else { return };
        if let Some(traffic) = Arc::make_mut(&mut self.traffic).get_mut(index) {
            traffic.rates = None;
            traffic.is_subscribers = false;
        }
        self.gone_names.push(interface.name.clone());
        // Either key may already belong to a newer interface.
        if self.by_id.get(&interface.id) == Some(&slot) {
            self.by_id.remove(&interface.id);
        }
        if self.by_name.get(&interface.name) == Some(&slot) {
            self.by_name.remove(&interface.name);
        }
        self.free.push(slot);
    }
}

fn dynamic_name(service: &str, user: &str, number: Option<usize>) -> Text {
    match number {
        None => compact_str::format_compact!("<{service}-{user}>"),
        Some(number) => compact_str::format_compact!("<{service}-{user}-{number}>"),
    }
}

fn dynamic_user(name: &str) -> Option<&str> {
    let inner = name.strip_prefix('<')?.strip_suffix('>')?;
    inner.split_once('-').map(|(_, user)| user)
}
