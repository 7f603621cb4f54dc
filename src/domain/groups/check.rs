//! What may stand in a group or a category.

use super::{Group, Groups, Id, MOST_MEMBERS, MOST_RULES, Outline, Rule, SubCategory};
use crate::domain::router::RouterName;
use std::collections::HashSet;

/// The longest name and the longest other texts, in letters.
const LONGEST_NAME: usize = 64;
const LONGEST_DESCRIPTION: usize = 500;
const LONGEST_VALUE: usize = 128;
/// RouterOS takes login names of up to 255 bytes or so.
const LONGEST_MEMBER: usize = 256;
/// The greatest number of members that a group may have room for.
const GREATEST_MAXIMUM: u32 = 1_000_000;

/// Something wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which field, as JSON names it: `name`, `members[3]`, `rules[0].value`.
    pub field: String,
    /// What is wrong with it.
    pub wrong: Wrong,
}

impl Fault {
    pub(super) fn new(field: impl Into<String>, wrong: Wrong) -> Self {
        Self { field: field.into(), wrong }
    }

    /// The same, of a part of something larger.
    pub(super) fn within(self, place: &str) -> Self {
        Self { field: format!("{place}.{}", self.field), ..self }
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Nothing but blanks.
    #[error("this must not be empty")]
    Empty,
    /// More letters than that.
    #[error("at most {0} characters")]
    TooLong(usize),
    /// Line breaks, control or direction characters.
    #[error("no line breaks or control characters")]
    Hidden,
    /// Another one of that router (or of all) is called so.
    #[error("another one is called so already")]
    Taken,
    /// Nobody would have room.
    #[error("a maximum is a number from 1 to {GREATEST_MAXIMUM}, or left out")]
    Maximum,
    /// More are named than there is room for.
    #[error("{named} are named, and there is room for {room}")]
    Full {
        /// How many are named.
        named: usize,
        /// How many may be.
        room: u32,
    },
    /// More than there may be.
    #[error("at most {0}")]
    TooMany(usize),
    /// The subscriber is named in another group.
    #[error("`{name}` is named in another group: take them out of that one first")]
    Elsewhere {
        /// The subscriber.
        name: String,
        /// The group, which not everybody may know of.
        group: Id,
    },
    /// A member of a group for all routers, without its router.
    #[error("say at which router `{0}` is")]
    NoRouter(String),
    /// A member or group of another router.
    #[error("this is of another router")]
    OtherRouter,
    /// A group or category stays with its router.
    #[error("it stays with the router that it was made for: make another one")]
    Moved,
    /// A rule's network cannot be read.
    #[error("{}", super::InvalidRule(.0.clone()))]
    Network(String),
    /// A sub-category names a group that is not there.
    #[error("there is no group {0}")]
    NoGroup(Id),
    /// Two of them have one id.
    #[error("another one has the id {0} already")]
    SameId(String),
    /// A group stands in two places.
    #[error("the group {0} stands in another sub-category already")]
    Twice(Id),
}

impl Wrong {
    /// The word for it, in translations.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong(_) => "too_long",
            Self::Hidden => "hidden",
            Self::Taken => "taken",
            Self::Maximum => "maximum",
            Self::Full { .. } => "full",
            Self::TooMany(_) => "too_many",
            Self::Elsewhere { .. } => "elsewhere",
            Self::NoRouter(_) => "no_router",
            Self::OtherRouter => "other_router",
            Self::Moved => "moved",
            Self::Network(_) => "network",
            Self::NoGroup(_) => "no_group",
            Self::Twice(_) => "twice",
            Self::SameId(_) => "same_id",
        }
    }

    /// What fills its words.
    pub fn value(&self) -> String {
        match self {
            Self::TooLong(most) | Self::TooMany(most) => most.to_string(),
            Self::Full { named, room } => format!("{named} / {room}"),
            Self::Elsewhere { name, .. } | Self::NoRouter(name) => name.clone(),
            Self::Network(value) | Self::SameId(value) => value.clone(),
            Self::NoGroup(id) | Self::Twice(id) => id.to_string(),
            Self::Empty | Self::Hidden | Self::Taken | Self::Maximum | Self::OtherRouter | Self::Moved => {
                String::new()
            }
        }
    }
}

/// A name as it is compared with others: two that look alike are one, whatever their case, however their accents are
/// written and whatever cannot be seen in them.
pub fn folded(name: &str) -> String {
    let seen: String = name.chars().filter(|letter| !is_unseen(*letter)).collect();
    icu_normalizer::ComposingNormalizerBorrowed::new_nfc().normalize(&seen.trim().to_lowercase()).into_owned()
}

fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{feff}')
}

/// Whether a letter cannot be seen by itself. Such letters may stand in a name, as Persian, Khmer and emoji need some of
/// them to join or part others; they alone make none, and tell it from no other.
fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// A text of ours, without the blanks around it.
fn text(field: &str, text: &mut String, longest: usize, may_be_empty: bool, faults: &mut Vec<Fault>) {
    if text.trim().len() != text.len() {
        *text = text.trim().to_owned();
    }
    if text.chars().all(|letter| letter.is_whitespace() || is_unseen(letter)) && !may_be_empty {
        faults.push(Fault::new(field, Wrong::Empty));
    }
    if longest < text.chars().count() {
        faults.push(Fault::new(field, Wrong::TooLong(longest)));
    }
    if text.contains(is_hidden) {
        faults.push(Fault::new(field, Wrong::Hidden));
    }
}

/// What is wrong with a rule that says something.
fn of_rule(field: String, rule: &Rule) -> Option<Fault> {
    let is_wrong = !rule.value.is_empty() && rule.check().is_err();
    is_wrong.then(|| Fault::new(field, Wrong::Network(rule.value.clone())))
}

impl Outline {
    /// What is wrong with its rules: of those who match them nothing true can be said.
    pub fn rule_faults(&self) -> Vec<Fault> {
        let rules = self.rules.iter().enumerate();
        rules.filter_map(|(at, rule)| of_rule(format!("rules[{at}].value"), rule)).collect()
    }

    /// Puts it in order (blanks, names given twice) and tells all that is wrong with it by itself.
    pub(super) fn tidy(&mut self) -> Vec<Fault> {
        let mut faults = Vec::new();
        text("name", &mut self.name, LONGEST_NAME, false, &mut faults);
        text("description", &mut self.description, LONGEST_DESCRIPTION, true, &mut faults);
        if self.maximum.is_some_and(|maximum| !(1..=GREATEST_MAXIMUM).contains(&maximum)) {
            faults.push(Fault::new("maximum", Wrong::Maximum));
        }
        if MOST_MEMBERS < self.members.len() {
            faults.push(Fault::new("members", Wrong::TooMany(MOST_MEMBERS)));
            return faults;
        }
        if MOST_RULES < self.rules.len() {
            faults.push(Fault::new("rules", Wrong::TooMany(MOST_RULES)));
            return faults;
        }
        for (at, member) in self.members.iter_mut().enumerate() {
            let field = format!("members[{at}]");
            if member.name.is_empty() {
                faults.push(Fault::new(&field, Wrong::Empty));
            } else if LONGEST_MEMBER < member.name.len() {
                faults.push(Fault::new(&field, Wrong::TooLong(LONGEST_MEMBER)));
            }
            match (&self.router, &member.router) {
                (None, None) => faults.push(Fault::new(field, Wrong::NoRouter(member.name.to_string()))),
                (Some(ours), Some(theirs)) if ours != theirs => {
                    faults.push(Fault::new(field, Wrong::OtherRouter));
                }
                // The group says it for all of them.
                (Some(_), Some(_)) => member.router = None,
                _ => {}
            }
        }
        let mut seen = HashSet::new();
        self.members.retain(|member| seen.insert(member.clone()));
        if let Some(room) = self.maximum
            && (room as usize) < self.members.len()
        {
            faults.push(Fault::new("maximum", Wrong::Full { named: self.members.len(), room }));
        }
        for (at, rule) in self.rules.iter_mut().enumerate() {
            let field = format!("rules[{at}].value");
            text(&field, &mut rule.value, LONGEST_VALUE, false, &mut faults);
            faults.extend(of_rule(field, rule));
        }
        let mut seen: HashSet<Rule> = HashSet::new();
        self.rules.retain(|rule| seen.insert(rule.clone()));
        faults
    }

    /// Where a member of it is.
    pub(super) fn router_of<'a>(&'a self, member: &'a super::Member) -> Option<&'a RouterName> {
        member.router.as_ref().or(self.router.as_ref())
    }
}

impl Groups {
    /// What is wrong with an outline beside the other groups; `own` is the group that it is for.
    pub fn faults(&self, own: Option<Id>, outline: &Outline) -> Vec<Fault> {
        let mut faults = Vec::new();
        let name = folded(&outline.name);
        let is_taken = |group: &Group| {
            Some(group.id) != own
                && group.outline.router == outline.router
                && folded(&group.outline.name) == name
        };
        if self.all().iter().any(|group| is_taken(group)) {
            faults.push(Fault::new("name", Wrong::Taken));
        }
        for (at, member) in outline.members.iter().enumerate() {
            let other = outline.router_of(member).and_then(|router| self.named(router, &member.name));
            if let Some(other) = other.filter(|other| Some(other.id) != own) {
                let wrong = Wrong::Elsewhere { name: member.name.to_string(), group: other.id };
                faults.push(Fault::new(format!("members[{at}]"), wrong));
            }
        }
        faults
    }
}

/// Puts the parts of a category in order, and tells all that is wrong with its name and theirs.
pub(super) fn tidy_category(name: &mut String, parts: &mut [SubCategory]) -> Vec<Fault> {
    let mut faults = Vec::new();
    text("name", name, LONGEST_NAME, false, &mut faults);
    if super::MOST_CATEGORIES < parts.len() {
        faults.push(Fault::new("subcategories", Wrong::TooMany(super::MOST_CATEGORIES)));
        return faults;
    }
    let mut names = HashSet::new();
    for (at, part) in parts.iter_mut().enumerate() {
        let field = format!("subcategories[{at}].name");
        text(&field, &mut part.name, LONGEST_NAME, false, &mut faults);
        if !names.insert(folded(&part.name)) {
            faults.push(Fault::new(field, Wrong::Taken));
        }
    }
    faults
}
