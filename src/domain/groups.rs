//! Groups of subscribers, and the categories in which they are shown.
//!
//! A group has members by name and members by rule; a subscriber is in one group at most. Who is named in a group is in
//! that one; of several groups whose rules hold, the one that was made first has the subscriber.

mod cards;
mod change;
mod check;
mod exchange;
mod import;
mod preview;
mod rules;

#[cfg(test)]
mod tests;

pub use cards::{Absent, Card, Search, Standing, Tally, cards, worst_first};
pub use change::{Change, Deed, Outcome, Part, Refusal, Written};
pub use check::{Fault, Wrong, folded};
pub use exchange::{Document, Import, Reading, ReadingError, WrittenCategory, WrittenGroup, WrittenPart};
pub use import::Told;
pub use preview::Preview;
pub use rules::{InvalidRule, NOBODY, Roster, Rule, RuleKind};

use rules::Compiled;

use super::router::RouterName;
use super::snapshot::Snapshot;
use super::units::Text;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// The most groups there may be.
pub const MOST_GROUPS: usize = 2_000;
/// The most subscribers that may be named in one group.
pub const MOST_MEMBERS: usize = 10_000;
/// The most subscribers that may be named in all groups together.
pub const MOST_NAMED: usize = 500_000;
/// The most rules of one group.
pub const MOST_RULES: usize = 200;
/// The most rules of all groups together: each may have to be tried on each subscriber.
pub const MOST_ALL_RULES: usize = 2_000;
/// The most categories, and the most sub-categories of one.
pub const MOST_CATEGORIES: usize = 200;
/// The most sub-categories of all categories together.
pub const MOST_SUBCATEGORIES: usize = 1_000;

/// Names a group, a category or a sub-category: 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(pub u64);

/// Text that is no such id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an id has 16 hexadecimal digits")]
pub struct InvalidId;

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl std::str::FromStr for Id {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 16 || !text.bytes().all(is_digit) {
            return Err(InvalidId);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| InvalidId)
    }
}

impl TryFrom<String> for Id {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.to_string()
    }
}

macro_rules! chosen {
    ($(#[$doc:meta])* $name:ident: $first:ident = $first_word:literal $(, $more:ident = $word:literal)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[expect(missing_docs, reason = "each is what it is called")]
        pub enum $name { #[default] #[serde(rename = $first_word)] $first, $(#[serde(rename = $word)] $more),* }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[Self::$first, $(Self::$more),*];

            /// The word for it, in files and on the wire.
            pub fn word(self) -> &'static str {
                match self { Self::$first => $first_word, $(Self::$more => $word),* }
            }

            /// Reads its word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

chosen! {
    /// The colour of a group's tag: some that can be told apart and read in both themes.
    Colour: Blue = "blue", Teal = "teal", Green = "green", Amber = "amber", Orange = "orange", Red = "red",
        Purple = "purple", Grey = "grey"
}

chosen! {
    /// The sign of a group, of those that the pages have.
    Icon: People = "people", Collection = "collection", Diagram = "diagram-3", Ethernet = "ethernet",
        Stack = "hdd-stack", Network = "hdd-network", Router = "router", Wifi = "wifi", Plug = "plug",
        Funnel = "funnel", Lock = "lock-fill", Bell = "bell", Sun = "sun"
}

/// A subscriber who is named in a group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// At which router; a group of one router need not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub router: Option<RouterName>,
    /// The login name, exactly as the router has it.
    pub name: Text,
}

/// What people say of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// The router whose subscribers it is for; those of all routers if none.
    #[serde(default)]
    pub router: Option<RouterName>,
    /// What it is called; no other of that router (or of all) is called so.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The colour of its tag.
    #[serde(default)]
    pub colour: Colour,
    /// Its sign.
    #[serde(default)]
    pub icon: Icon,
    /// How many members it has room for.
    #[serde(default)]
    pub maximum: Option<u32>,
    /// Who is in it by name.
    #[serde(default)]
    pub members: Vec<Member>,
    /// Who else is in it.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its id.
    pub id: Id,
    /// Counts its changes; who changes it says which version they looked at.
    pub version: u64,
    /// Its place among all groups, by which it comes first where several rules hold.
    pub place: u64,
    /// Since when it is there.
    pub created: Timestamp,
    /// When it was last changed.
    pub changed: Timestamp,
    /// What it was called where it was imported from, so that categories that are imported later find it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What people say of it.
    pub outline: Outline,
}

/// A part of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubCategory {
    /// Its id.
    pub id: Id,
    /// What it is called; no other of its category is called so.
    pub name: String,
    /// Its groups, in order.
    #[serde(default)]
    pub groups: Vec<Id>,
}

/// Groups that belong together, in parts: a site and its ports, a town and its streets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its id.
    pub id: Id,
    /// Counts its changes.
    pub version: u64,
    /// Its place among all.
    pub place: u64,
    /// The router whose groups it shows; groups of any if none.
    #[serde(default)]
    pub router: Option<RouterName>,
    /// What it is called; no other of that router (or of all) is called so.
    pub name: String,
    /// Its parts, in order.
    #[serde(default)]
    pub subcategories: Vec<SubCategory>,
}

/// All groups and categories at one moment. Immutable; another replaces it.
#[derive(Debug, Default)]
pub struct Groups {
    revision: u64,
    all: Vec<Arc<Group>>,
    by_id: HashMap<Id, usize>,
    categories: Vec<Arc<Category>>,
    rules: Compiled,
}

impl Groups {
    /// What was kept; in the order of their places.
    pub fn new(revision: u64, mut groups: Vec<Arc<Group>>, mut categories: Vec<Arc<Category>>) -> Self {
        groups.sort_by_key(|group| (group.place, group.id));
        categories.sort_by_key(|category| (category.place, category.id));
        let by_id = groups.iter().enumerate().map(|(at, group)| (group.id, at)).collect();
        let rules = Compiled::new(groups.iter().map(|group| &group.outline));
        Self { revision, all: groups, by_id, categories, rules }
    }

    /// Grows with each change while the program runs.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// All groups, in their order.
    pub fn all(&self) -> &[Arc<Group>] {
        &self.all
    }

    /// All categories, in their order.
    pub fn categories(&self) -> &[Arc<Category>] {
        &self.categories
    }

    /// The group of this id.
    pub fn get(&self, id: Id) -> Option<&Arc<Group>> {
        self.all.get(*self.by_id.get(&id)?)
    }

    /// The category of this id.
    pub fn category(&self, id: Id) -> Option<&Arc<Category>> {
        self.categories.iter().find(|category| category.id == id)
    }

    /// Where the group of this id stands among all.
    pub fn index(&self, id: Id) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// Which group each subscriber of a snapshot is in. Worked out again only when its subscribers changed.
    pub fn roster(&self, snapshot: &Snapshot) -> Arc<Roster> {
        self.rules.roster(snapshot)
    }

    /// The group in which this subscriber is named, if any.
    pub fn named(&self, router: &RouterName, name: &str) -> Option<&Arc<Group>> {
        self.all.get(self.rules.named(router, name)?)
    }
}
