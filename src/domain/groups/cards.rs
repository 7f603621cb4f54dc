//! How groups stand: who of them is online, how much they use, and which need a person first.

use super::{Group, Groups, Member};
use crate::domain::ppp::ActiveSession;
use crate::domain::resource::Resource as _;
use crate::domain::router::RouterName;
use crate::domain::snapshot::{Snapshot, TableState};
use crate::domain::subscriber::{State, Subscriber};
use crate::domain::units::BitsPerSecond;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How many members of a group are in which state; each member counts once.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    /// All: those who are named and those whom a rule holds of.
    pub members: usize,
    /// With a session.
    pub online: usize,
    /// Without one, as the router says.
    pub offline: usize,
    /// Switched off on the router, and without a session.
    pub disabled: usize,
    /// The router cannot be asked.
    pub unknown: usize,
    /// Named here, and not known to their router: neither an account nor a session.
    pub missing: usize,
    /// The sum of what they receive; `None` when no rate is known.
    pub download: Option<BitsPerSecond>,
    /// The sum of what they send.
    pub upload: Option<BitsPerSecond>,
}

/// How a group stands as a whole. In this order they are shown: whoever needs a person first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nobody is online who could be.
    NoneOnline,
    /// Half of those who could be online, or more, are not.
    HalfOffline,
    /// Nothing can be said: their routers cannot be asked.
    Unknown,
    /// Some are offline, less than half.
    SomeOffline,
    /// All are online who could be.
    AllOnline,
    /// Nobody could be online: all are switched off.
    Idle,
    /// There are no members.
    Empty,
}

impl Standing {
    /// All of them, in their order.
    pub const ALL: [Self; 7] = [
        Self::NoneOnline,
        Self::HalfOffline,
        Self::Unknown,
        Self::SomeOffline,
        Self::AllOnline,
        Self::Idle,
        Self::Empty,
    ];

    /// The word for it, for programs and translations.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoneOnline => "none_online",
            Self::HalfOffline => "half_offline",
            Self::Unknown => "unknown",
            Self::SomeOffline => "some_offline",
            Self::AllOnline => "all_online",
            Self::Idle => "idle",
            Self::Empty => "empty",
        }
    }
}

impl Tally {
    /// How the group stands as a whole.
    ///
    /// Who is switched off or cannot be asked about is neither online nor offline: a router that is lost makes nobody's
    /// group red. Who is not known to a router that tells all it knows has no session there, and is as good as offline:
    /// a router forgets whom RADIUS lets in when they hang up, so that an outage of RADIUS would look like people who
    /// were taken off the list.
    ///
    /// Red is for what is wholly down, such as a port or a tower without power, which one visit mends. Where half are
    /// offline or more, and not all, the line to the place works and the fault is further out: that is amber. If both
    /// were red, as in the earlier program, the one would hide among the other.
    pub fn standing(&self) -> Standing {
        let offline = self.offline + self.missing;
        let known = self.online + offline;
        match () {
            () if self.members == 0 => Standing::Empty,
            () if known == 0 && 0 < self.unknown => Standing::Unknown,
            () if known == 0 => Standing::Idle,
            () if self.online == 0 => Standing::NoneOnline,
            () if self.online <= offline => Standing::HalfOffline,
            () if 0 < offline => Standing::SomeOffline,
            () if 0 < self.unknown => Standing::Unknown,
            () => Standing::AllOnline,
        }
    }

    fn add(&mut self, snapshot: &Snapshot, subscriber: &Subscriber) {
        self.members += 1;
        match subscriber.state {
            State::Online => self.online += 1,
            State::Unknown => self.unknown += 1,
            State::Offline if subscriber.is_disabled() => self.disabled += 1,
            State::Offline => self.offline += 1,
        }
        if subscriber.state == State::Online && !subscriber.sessions.is_empty() {
            let sum = |sum: &mut Option<BitsPerSecond>, more: Option<BitsPerSecond>| {
                if let Some(more) = more {
                    *sum = Some(BitsPerSecond(sum.map_or(0.0, |sum| sum.0) + more.0));
                }
            };
            sum(&mut self.download, snapshot.download_of(subscriber));
            sum(&mut self.upload, snapshot.upload_of(subscriber));
        }
    }
}

/// A group and how it stands.
#[derive(Debug, Clone)]
pub struct Card {
    /// The group.
    pub group: Arc<Group>,
    /// Its members by state.
    pub tally: Tally,
}

impl Card {
    /// How the group stands as a whole.
    pub fn standing(&self) -> Standing {
        self.tally.standing()
    }

    /// How many more members it has room for; below zero if rules have brought in more than that. `None` if there is
    /// no maximum.
    pub fn vacant(&self) -> Option<i64> {
        let members = i64::try_from(self.tally.members).unwrap_or(i64::MAX);
        self.group.outline.maximum.map(|maximum| i64::from(maximum) - members)
    }
}

/// Whether a router tells of all whom it knows, so that who is not among them has neither an account nor a session.
///
/// Where RADIUS is the only source the table of accounts is empty and read in full: there the sessions are all that is
/// known, and who has none is not there. A table that we may not read, that is absent, or that broke off is another
/// thing: the accounts may well be there, so that nothing is said of who is not seen. Nor is it before the sessions were
/// read; until then all whom we know are unknown, and a router that knows nobody has to have answered.
fn tells_all(snapshot: &Snapshot) -> bool {
    let is_answered =
        |name: &str| snapshot.polls.iter().any(|poll| poll.name == name && poll.state == TableState::Fresh);
    snapshot.link.is_live()
        && snapshot.accounts == TableState::Fresh
        && snapshot.counts.unknown == 0
        && (0 < snapshot.counts.total || is_answered(ActiveSession::NAME))
}

/// Who is named in a group and was not met at their router, in the order in which they are named.
#[derive(Debug, Default)]
pub struct Absent<'g> {
    /// Not known to a router that tells of all whom it knows.
    pub missing: Vec<&'g Member>,
    /// Of a router that does not: it is not watched, cannot be asked, or tells of some only.
    pub unheard: Vec<&'g Member>,
}

impl<'g> Absent<'g> {
    /// Looks for all who are named.
    pub fn of(group: &'g Group, snapshots: &[Arc<Snapshot>]) -> Self {
        let outline = &group.outline;
        let mut known: HashMap<&RouterName, (bool, HashSet<&str>)> = HashMap::new();
        for snapshot in snapshots {
            let wanted =
                outline.members.iter().filter(|member| outline.router_of(member) == Some(&snapshot.router));
            let wanted: HashSet<&str> = wanted.map(|member| member.name.as_str()).collect();
            let names = snapshot.subscribers.iter().map(|subscriber| subscriber.name.as_str());
            let met = names.filter(|name| wanted.contains(name)).collect();
            known.insert(&snapshot.router, (tells_all(snapshot), met));
        }
        let mut absent = Self::default();
        for member in &outline.members {
            match outline.router_of(member).and_then(|router| known.get(router)) {
                Some((_, met)) if met.contains(member.name.as_str()) => {}
                Some((true, _)) => absent.missing.push(member),
                _ => absent.unheard.push(member),
            }
        }
        absent
    }
}

/// How all groups stand, in the order of [`Groups::all`]; those of routers whose snapshots are not given, too.
pub fn cards(groups: &Groups, snapshots: &[Arc<Snapshot>]) -> Vec<Card> {
    let mut cards: Vec<Card> =
        groups.all().iter().map(|group| Card { group: Arc::clone(group), tally: Tally::default() }).collect();
    if cards.is_empty() {
        return cards;
    }
    // Members by name who were met: at routers that tell all they know, and at others.
    let mut met = vec![[0_usize; 2]; cards.len()];
    let mut read = HashSet::new();
    for snapshot in snapshots {
        let is_read = tells_all(snapshot);
        if is_read {
            read.insert(&snapshot.router);
        }
        let roster = groups.roster(snapshot);
        for (at, subscriber) in snapshot.subscribers.iter().enumerate() {
            let Some(of) = roster.group(at) else { continue };
            let Some(card) = cards.get_mut(of) else { continue };
            card.tally.add(snapshot, subscriber);
            let named = groups.named(&snapshot.router, &subscriber.name);
            if named.is_some_and(|named| named.id == card.group.id)
                && let Some([at_read, elsewhere]) = met.get_mut(of)
            {
                *(if is_read { at_read } else { elsewhere }) += 1;
            }
        }
    }
    for (card, [at_read, elsewhere]) in cards.iter_mut().zip(met) {
        let outline = &card.group.outline;
        let is_read =
            |member: &&Member| outline.router_of(member).is_some_and(|router| read.contains(router));
        let named_at_read = outline.members.iter().filter(is_read).count();
        // Whom a router that cannot be asked does not tell of may well be there.
        let unknown = (outline.members.len() - named_at_read).saturating_sub(elsewhere);
        let missing = named_at_read.saturating_sub(at_read);
        card.tally.unknown += unknown;
        card.tally.missing += missing;
        card.tally.members += unknown + missing;
    }
    cards
}

/// Brings the worst first; those that stand alike by name.
pub fn worst_first(cards: &mut [Card]) {
    cards.sort_by_cached_key(|card| {
        let name = card.group.outline.name.to_lowercase();
        (card.standing(), name, card.group.place)
    });
}

/// Finds groups by a part of their name, their description, or the name of a member.
#[derive(Debug, Clone, Default)]
pub struct Search(String);

impl Search {
    /// What was typed, whatever its case.
    pub fn new(typed: &str) -> Self {
        Self(typed.trim().to_lowercase())
    }

    /// Which groups match, by their place among all; all of them if nothing was typed.
    pub fn run(&self, groups: &Groups, snapshots: &[Arc<Snapshot>]) -> Vec<bool> {
        let holds = |text: &str| text.to_lowercase().contains(&self.0);
        let mut found: Vec<bool> = groups
            .all()
            .iter()
            .map(|group| {
                let outline = &group.outline;
                self.0.is_empty()
                    || holds(&outline.name)
                    || holds(&outline.description)
                    || outline.members.iter().any(|member| holds(&member.name))
            })
            .collect();
        if self.0.is_empty() {
            return found;
        }
        for snapshot in snapshots {
            let roster = groups.roster(snapshot);
            for (at, subscriber) in snapshot.subscribers.iter().enumerate() {
                if let Some(found) =
                    roster.group(at).and_then(|of| found.get_mut(of)).filter(|found| !**found)
                {
                    *found = holds(&subscriber.name);
                }
            }
        }
        found
    }
}
