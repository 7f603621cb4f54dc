//! Who is in which group: names looked up, rules compiled once.

use super::Outline;
use crate::domain::router::RouterName;
use crate::domain::snapshot::Snapshot;
use crate::domain::subscriber::Subscriber;
use crate::domain::units::Text;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// The PPP profile of the account is this.
    Profile,
    /// An interface of a session fits this pattern; holds while there is a session.
    Interface,
    /// An address of a session is in this network or range; holds while there is a session.
    Network,
    /// The comment of the account fits this pattern.
    Comment,
    /// The login name fits this pattern.
    Name,
}

impl RuleKind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Profile, Self::Comment, Self::Name, Self::Network, Self::Interface];

    /// The word for it, in files and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Interface => "interface",
            Self::Network => "network",
            Self::Comment => "comment",
            Self::Name => "name",
        }
    }

    /// Reads its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Has the subscribers of whom it holds in a group.
///
/// A pattern is the whole text, whatever its case; `*` stands for any letters or none, `?` for one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it looks at.
    pub kind: RuleKind,
    /// The profile, the network, the range of addresses or the pattern.
    pub value: String,
}

/// A rule that cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no network; write for example `10.0.3.0/24`, `2001:db8::/48`, or from the lowest to the highest address \
     `10.0.3.10-10.0.3.200`"
)]
pub struct InvalidRule(pub String);

/// A network, a single address, or a range as pools of RouterOS write it.
fn network(text: &str) -> Option<Test> {
    if let Some((first, last)) = text.split_once('-') {
        let read = |text: &str| text.trim().parse::<IpAddr>().ok();
        let (first, last) = (read(first)?, read(last)?);
        let is_good = first.is_ipv4() == last.is_ipv4() && first <= last;
        return is_good.then_some(Test::Range(first, last));
    }
    let single = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse::<IpNet>().ok().or_else(single).map(Test::Network)
}

impl Rule {
    fn compile(&self) -> Result<Test, InvalidRule> {
        Ok(match self.kind {
            RuleKind::Profile => Test::Profile(self.value.clone()),
            RuleKind::Interface => Test::Interface(Pattern::new(&self.value)),
            RuleKind::Comment => Test::Comment(Pattern::new(&self.value)),
            RuleKind::Name => Test::Name(Pattern::new(&self.value)),
            RuleKind::Network => network(&self.value).ok_or_else(|| InvalidRule(self.value.clone()))?,
        })
    }

    /// Whether it can hold at all.
    pub fn check(&self) -> Result<(), InvalidRule> {
        self.compile().map(|_| ())
    }
}

#[derive(Debug, Clone)]
enum Test {
    Profile(String),
    Interface(Pattern),
    Network(IpNet),
    /// Both of one family: an address of the other one is below or above all of these.
    Range(IpAddr, IpAddr),
    Comment(Pattern),
    Name(Pattern),
}

/// A pattern in lower case, in the form that is compared fastest.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Any,
    Whole(String),
    Begins(String),
    Ends(String),
    Holds(String),
    Parts(Vec<char>),
}

impl Pattern {
    fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        let plain = |part: &str| !part.is_empty() && !part.contains(['*', '?']);
        let inside =
            text.strip_prefix('*').and_then(|rest| rest.strip_suffix('*')).filter(|part| plain(part));
        if text == "*" {
            return Self::Any;
        }
        if let Some(inside) = inside {
            return Self::Holds(inside.to_owned());
        }
        match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (Some(end), _) if plain(end) => Self::Ends(end.to_owned()),
            (_, Some(start)) if plain(start) => Self::Begins(start.to_owned()),
            _ if plain(&text) || text.is_empty() => Self::Whole(text),
            _ => Self::Parts(text.chars().collect()),
        }
    }

    /// Whether a text in lower case fits.
    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Whole(whole) => text == whole,
            Self::Begins(start) => text.starts_with(start.as_str()),
            Self::Ends(end) => text.ends_with(end.as_str()),
            Self::Holds(part) => text.contains(part.as_str()),
            Self::Parts(parts) => fits(parts, text),
        }
    }
}

/// Whether a text fits a pattern with several signs. Of all stars only the last one is tried again, so that no pattern
/// takes longer than its length times that of the text.
fn fits(pattern: &[char], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = text.get(at) {
        match pattern.get(place) {
            Some('*') => {
                star = Some((place, at));
                place += 1;
            }
            Some(wanted) if *wanted == '?' || wanted == letter => {
                at += 1;
                place += 1;
            }
            _ => {
                let Some((of, from)) = star else { return false };
                star = Some((of, from + 1));
                at = from + 1;
                place = of + 1;
            }
        }
    }
    pattern.get(place..).is_some_and(|rest| rest.iter().all(|sign| *sign == '*'))
}

/// Who is in no group, in a [`Roster`].
pub const NOBODY: u32 = u32::MAX;

/// The place of each subscriber's group among all groups, in the order of the snapshot's subscribers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster(Vec<u32>);

impl Roster {
    /// The place of the group of the subscriber at this place of the snapshot.
    pub fn group(&self, subscriber: usize) -> Option<usize> {
        self.0.get(subscriber).filter(|group| **group != NOBODY).map(|group| *group as usize)
    }
}

/// The rules of one router's subscribers, in the order of their groups.
#[derive(Debug, Default)]
struct Tests {
    /// A profile belongs to the first group that names it.
    profiles: HashMap<String, u32>,
    others: Vec<(u32, Test)>,
    texts: bool,
    networks: bool,
}

/// Whose subscribers a roster was made of, and the roster.
type Known = (Arc<Vec<Arc<Subscriber>>>, Arc<Roster>);

/// Names and rules of all groups, ready to be held against subscribers.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    /// The group in which a name stands, by router.
    names: HashMap<RouterName, HashMap<Text, u32>>,
    /// Rules that hold at one router, and those that hold at all.
    local: HashMap<RouterName, Vec<(u32, Test)>>,
    global: Vec<(u32, Test)>,
    /// The last roster of each router: most snapshots differ in their rates only.
    known: Mutex<HashMap<RouterName, Known>>,
}

impl Compiled {
    /// Of these groups in their order.
    pub(super) fn new<'a>(outlines: impl IntoIterator<Item = &'a Outline>) -> Self {
        let mut compiled = Self::default();
        for (group, outline) in (0_u32..).zip(outlines) {
            for member in &outline.members {
                if let Some(router) = member.router.as_ref().or(outline.router.as_ref()) {
                    let names = compiled.names.entry(router.clone()).or_default();
                    names.entry(member.name.clone()).or_insert(group);
                }
            }
            let tests = match &outline.router {
                Some(router) => compiled.local.entry(router.clone()).or_default(),
                None => &mut compiled.global,
            };
            tests.extend(outline.rules.iter().filter_map(|rule| Some((group, rule.compile().ok()?))));
        }
        compiled
    }

    /// The group in which a subscriber is named.
    pub(super) fn named(&self, router: &RouterName, name: &str) -> Option<usize> {
        self.names.get(router)?.get(name).map(|group| *group as usize)
    }

    /// Which group each subscriber of a snapshot is in.
    pub(super) fn roster(&self, snapshot: &Snapshot) -> Arc<Roster> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, roster)) = known().get(&snapshot.router)
            && Arc::ptr_eq(of, &snapshot.subscribers)
        {
            return Arc::clone(roster);
        }
        let roster = Arc::new(self.work_out(snapshot));
        let now = (Arc::clone(&snapshot.subscribers), Arc::clone(&roster));
        known().insert(snapshot.router.clone(), now);
        roster
    }

    fn work_out(&self, snapshot: &Snapshot) -> Roster {
        let names = self.names.get(&snapshot.router);
        let tests = self.tests(&snapshot.router);
        let group = |subscriber: &Arc<Subscriber>| {
            let by_name = names.and_then(|names| names.get(&subscriber.name)).copied();
            by_name.unwrap_or_else(|| tests.first(subscriber))
        };
        Roster(snapshot.subscribers.iter().map(group).collect())
    }

    fn tests(&self, router: &RouterName) -> Tests {
        let mut all: Vec<&(u32, Test)> =
            self.local.get(router).into_iter().flatten().chain(&self.global).collect();
        all.sort_by_key(|(group, _)| *group);
        let mut tests = Tests::default();
        for (group, test) in all {
            match test {
                Test::Profile(profile) => {
                    tests.profiles.entry(profile.clone()).or_insert(*group);
                    continue;
                }
                Test::Network(_) | Test::Range(..) => tests.networks = true,
                Test::Comment(_) | Test::Name(_) | Test::Interface(_) => tests.texts = true,
            }
            tests.others.push((*group, test.clone()));
        }
        tests
    }
}

impl Tests {
    /// The first group one of whose rules holds.
    fn first(&self, subscriber: &Subscriber) -> u32 {
        let by_profile = self.profiles.get(subscriber.profile()).copied().unwrap_or(NOBODY);
        if self.others.is_empty() {
            return by_profile;
        }
        let lower = |text: &str| if self.texts { text.to_lowercase() } else { String::new() };
        let (name, comment) = (lower(&subscriber.name), lower(subscriber.comment()));
        let sessions = &subscriber.sessions;
        let interfaces: Vec<String> =
            sessions.iter().filter_map(|session| session.interface.as_deref()).map(lower).collect();
        let addresses: Vec<IpAddr> = if self.networks {
            sessions.iter().filter_map(|session| session.address.parse().ok()).collect()
        } else {
            Vec::new()
        };
        for (group, test) in &self.others {
            if by_profile <= *group {
                break;
            }
            let holds = match test {
                Test::Profile(_) => false,
                Test::Name(pattern) => pattern.fits(&name),
                Test::Comment(pattern) => pattern.fits(&comment),
                Test::Interface(pattern) => interfaces.iter().any(|interface| pattern.fits(interface)),
                Test::Network(network) => addresses.iter().any(|address| network.contains(address)),
                Test::Range(first, last) => addresses.iter().any(|at| (first..=last).contains(&at)),
            };
            if holds {
                return *group;
            }
        }
        by_profile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_the_whole_text_with_stars_and_question_marks() {
        let check = |pattern: &str, text: &str, expect: bool| {
            assert_eq!(Pattern::new(pattern).fits(&text.to_lowercase()), expect, "{pattern} {text}");
        };
        check("tower-3", "Tower-3", true);
        check("tower-3", "tower-33", false);
        check("tower*", "TOWER-33", true);
        check("*-33", "tower-33", true);
        check("*wer*", "tower-33", true);
        check("t?wer*", "tower-33", true);
        check("t?wer*", "twer-33", false);
        check("*a*b*c", "xxaxxbxxc", true);
        check("*a*b*c", "xxaxxcxxb", false);
        check("*", "", true);
        check("**", "x", true);
        check("?", "é", true);
        check("?", "", false);
        check("", "", true);
        check("", "x", false);
        check("josé*", "JOSÉ del mar", true);
        // None of these may take for ever.
        check(&format!("{}b", "*a".repeat(100)), &"a".repeat(5_000), false);
    }

    #[test]
    fn only_networks_can_be_wrong() {
        let check = |value: &str, good: bool| {
            let rule = Rule { kind: RuleKind::Network, value: value.to_owned() };
            assert_eq!(rule.check().is_ok(), good, "{value}");
        };
        check("10.0.3.0/24", true);
        check("10.0.3.7", true);
        check("2001:db8::/48", true);
        check("10.0.3.0/33", false);
        check("10.0.3", false);
        check("", false);
        check("10.0.3.10-10.0.3.200", true);
        check("10.0.3.10 - 10.0.3.10", true);
        check("2001:db8::1-2001:db8::ff", true);
        check("10.0.3.200-10.0.3.10", false);
        check("10.0.3.1-2001:db8::1", false);
        check("10.0.3.1-", false);
        check("10.0.3.1-10.0.3.2-10.0.3.3", false);
        check("10.0.3.10-200", false);
    }
}
