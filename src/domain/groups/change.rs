//! Changes to groups: each is drafted from what there is, checked as a whole, and only then made.

use super::check::{folded, tidy_category};
use super::exchange::Import;
use super::import::Told;
use super::{
    Category, Fault, Group, Groups, Id, MOST_ALL_RULES, MOST_CATEGORIES, MOST_GROUPS, MOST_NAMED,
    MOST_SUBCATEGORIES, Outline, SubCategory, Wrong,
};
use crate::domain::router::RouterName;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Something that somebody wants changed.
#[derive(Debug, Clone)]
pub enum Change {
    /// A new group.
    AddGroup(Outline),
    /// Another outline for a group, made from this version of it.
    SetGroup {
        /// Which.
        id: Id,
        /// The version that was looked at.
        version: u64,
        /// What it shall be.
        outline: Outline,
    },
    /// A group less; it leaves its category, too.
    RemoveGroup {
        /// Which.
        id: Id,
        /// The version that was looked at, if somebody did.
        version: Option<u64>,
    },
    /// A new category.
    AddCategory {
        /// The router whose groups it shows.
        router: Option<RouterName>,
        /// What it is called.
        name: String,
        /// Its parts. Ids are drawn for those that have none.
        parts: Vec<Part>,
    },
    /// Another name, other parts for a category, made from this version of it.
    SetCategory {
        /// Which.
        id: Id,
        /// The version that was looked at.
        version: u64,
        /// What it is called.
        name: String,
        /// Its parts.
        parts: Vec<Part>,
    },
    /// A category less; its groups stay.
    RemoveCategory {
        /// Which.
        id: Id,
        /// The version that was looked at, if somebody did.
        version: Option<u64>,
    },
    /// Groups and categories from elsewhere: those of the same name are replaced, all others stay.
    Import(Import),
}

/// A sub-category as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its id, if it is there already.
    pub id: Option<Id>,
    /// What it is called.
    pub name: String,
    /// Its groups, in order.
    pub groups: Vec<Id>,
}

impl From<&SubCategory> for Part {
    fn from(part: &SubCategory) -> Self {
        Self { id: Some(part.id), name: part.name.clone(), groups: part.groups.clone() }
    }
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such group or category.
    #[error("there is no such {0}")]
    NoSuch(&'static str),
    /// Somebody else changed it meanwhile.
    #[error("somebody else changed it meanwhile: look at version {current} and try again")]
    Stale {
        /// The version that it has now.
        current: u64,
    },
    /// Some fields are not as they should be.
    #[error("some fields are not as they should be")]
    Faults(Vec<Fault>),
}

/// What was done, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// What.
    pub action: &'static str,
    /// To what.
    pub object: String,
}

/// What came of a change.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The group as it is now.
    Group(Arc<Group>),
    /// The category as it is now.
    Category(Arc<Category>),
    /// It is gone.
    Removed,
    /// What was imported.
    Imported(Told),
}

impl Outcome {
    /// The same, with the routers that what was imported is of, and that are in no settings.
    #[must_use]
    pub fn with_strangers(self, unknown_routers: Vec<RouterName>) -> Self {
        match self {
            Self::Imported(told) => Self::Imported(Told { unknown_routers, ..told }),
            other => other,
        }
    }
}

/// A change that was made in memory: what is to be written before anybody may see it.
#[derive(Debug)]
pub struct Written {
    /// All groups and categories after it.
    pub next: Groups,
    /// The groups that were written or, without one, removed.
    pub groups: Vec<(Id, Option<Arc<Group>>)>,
    /// The same of categories.
    pub categories: Vec<(Id, Option<Arc<Category>>)>,
    /// What the audit log says.
    pub deeds: Vec<Deed>,
    /// What came of it.
    pub outcome: Outcome,
}

/// Groups and categories while they are changed.
pub(super) struct Work<'a> {
    pub(super) from: &'a Groups,
    at: Timestamp,
    fresh: &'a mut dyn FnMut() -> Id,
    groups: HashMap<Id, Option<Arc<Group>>>,
    categories: HashMap<Id, Option<Arc<Category>>>,
    place: u64,
    deeds: Vec<Deed>,
}

impl Groups {
    /// Makes a change, or says why not; nothing here is changed by it. Ids are drawn with `fresh`.
    pub fn apply(
        &self,
        change: Change,
        at: Timestamp,
        fresh: &mut dyn FnMut() -> Id,
    ) -> Result<Written, Refusal> {
        let groups = self.all().iter().map(|group| group.place);
        let last = groups.chain(self.categories().iter().map(|category| category.place)).max();
        let mut work = Work {
            from: self,
            at,
            fresh,
            groups: HashMap::new(),
            categories: HashMap::new(),
            place: last.unwrap_or(0),
            deeds: Vec::new(),
        };
        let outcome = match change {
            Change::AddGroup(outline) => work.put_group(None, outline)?,
            Change::SetGroup { id, version, outline } => work.put_group(Some((id, version)), outline)?,
            Change::RemoveGroup { id, version } => work.remove_group(id, version)?,
            Change::AddCategory { router, name, parts } => {
                let beside = work.beside(None, router.as_ref(), &name);
                let category = work.category(None, router, name, parts, beside)?;
                work.keep_category("category.add", category)
            }
            Change::SetCategory { id, version, name, parts } => {
                let old = self.category(id).ok_or(Refusal::NoSuch("category"))?;
                is_current(old.version, Some(version))?;
                let beside = work.beside(Some(id), old.router.as_ref(), &name);
                let category = work.category(Some(old), old.router.clone(), name, parts, beside)?;
                work.keep_category("category.change", category)
            }
            Change::RemoveCategory { id, version } => {
                let old = self.category(id).ok_or(Refusal::NoSuch("category"))?;
                is_current(old.version, version)?;
                work.deed("category.remove", old.id, &old.name);
                work.categories.insert(id, None);
                Outcome::Removed
            }
            Change::Import(import) => Outcome::Imported(work.import(import)?),
        };
        work.finish(outcome)
    }
}

fn is_current(current: u64, seen: Option<u64>) -> Result<(), Refusal> {
    if seen.is_none_or(|seen| seen == current) { Ok(()) } else { Err(Refusal::Stale { current }) }
}

impl Work<'_> {
    fn deed(&mut self, action: &'static str, id: Id, name: &str) {
        self.note(action, format!("{id} ({name})"));
    }

    pub(super) fn note(&mut self, action: &'static str, object: String) {
        self.deeds.push(Deed { action, object });
    }

    /// Puts a group in its place, a new one behind all others.
    pub(super) fn keep_group(
        &mut self,
        old: Option<&Group>,
        origin: Option<String>,
        outline: Outline,
    ) -> Arc<Group> {
        let group = if let Some(old) = old {
            let origin = origin.or_else(|| old.origin.clone());
            Group { version: old.version + 1, changed: self.at, origin, outline, ..old.clone() }
        } else {
            self.place += 1;
            let (id, at, place) = ((self.fresh)(), self.at, self.place);
            Group { id, version: 1, place, created: at, changed: at, origin, outline }
        };
        let group = Arc::new(group);
        self.groups.insert(group.id, Some(Arc::clone(&group)));
        group
    }

    fn put_group(&mut self, of: Option<(Id, u64)>, mut outline: Outline) -> Result<Outcome, Refusal> {
        let old = match of {
            None => None,
            Some((id, version)) => {
                let old = self.from.get(id).ok_or(Refusal::NoSuch("group"))?;
                is_current(old.version, Some(version))?;
                Some(Arc::clone(old))
            }
        };
        let mut faults = outline.tidy();
        if old.as_ref().is_some_and(|old| old.outline.router != outline.router) {
            faults.push(Fault::new("router", Wrong::Moved));
        }
        if faults.is_empty() {
            faults = self.from.faults(of.map(|(id, _)| id), &outline);
        }
        if !faults.is_empty() {
            return Err(Refusal::Faults(faults));
        }
        let action = if old.is_some() { "group.change" } else { "group.add" };
        let group = self.keep_group(old.as_deref(), None, outline);
        self.deed(action, group.id, &group.outline.name);
        Ok(Outcome::Group(group))
    }

    fn remove_group(&mut self, id: Id, version: Option<u64>) -> Result<Outcome, Refusal> {
        let old = self.from.get(id).ok_or(Refusal::NoSuch("group"))?;
        is_current(old.version, version)?;
        self.deed("group.remove", old.id, &old.outline.name);
        self.groups.insert(id, None);
        for category in self.from.categories() {
            if category.subcategories.iter().any(|part| part.groups.contains(&id)) {
                let mut less = Category { version: category.version + 1, ..Category::clone(category) };
                for part in &mut less.subcategories {
                    part.groups.retain(|group| *group != id);
                }
                self.categories.insert(less.id, Some(Arc::new(less)));
            }
        }
        Ok(Outcome::Removed)
    }

    /// The groups that stand in other categories, and whether another one is called so.
    fn beside(&self, own: Option<Id>, router: Option<&RouterName>, name: &str) -> (HashSet<Id>, Vec<Fault>) {
        let (mut taken, mut faults) = (HashSet::new(), Vec::new());
        for other in self.from.categories().iter().filter(|other| Some(other.id) != own) {
            if other.router.as_ref() == router && folded(&other.name) == folded(name) {
                faults.push(Fault::new("name", Wrong::Taken));
            }
            taken.extend(other.subcategories.iter().flat_map(|part| &part.groups));
        }
        (taken, faults)
    }

    /// A category of these parts, if they are as they should be beside groups that are taken and known faults.
    pub(super) fn category(
        &mut self,
        old: Option<&Category>,
        router: Option<RouterName>,
        mut name: String,
        parts: Vec<Part>,
        (mut taken, mut faults): (HashSet<Id>, Vec<Fault>),
    ) -> Result<Category, Refusal> {
        let known = |id: &Id| old.is_some_and(|old| old.subcategories.iter().any(|part| part.id == *id));
        let mut subcategories = Vec::with_capacity(parts.len());
        let mut ids = HashSet::new();
        for (at, Part { id, name, groups }) in parts.into_iter().enumerate() {
            if let Some(id) = id.filter(|id| !ids.insert(*id)) {
                faults.push(Fault::new(format!("subcategories[{at}].id"), Wrong::SameId(id.to_string())));
            }
            let id = id.filter(known).unwrap_or_else(|| (self.fresh)());
            subcategories.push(SubCategory { id, name, groups });
        }
        faults.extend(tidy_category(&mut name, &mut subcategories));
        for (at, part) in subcategories.iter().enumerate() {
            for id in &part.groups {
                let wrong = match self.group(*id) {
                    None => Wrong::NoGroup(*id),
                    Some(group) if router.is_some() && group.outline.router != router => Wrong::OtherRouter,
                    Some(_) if !taken.insert(*id) => Wrong::Twice(*id),
                    Some(_) => continue,
                };
                faults.push(Fault::new(format!("subcategories[{at}].groups"), wrong));
            }
        }
        if !faults.is_empty() {
            return Err(Refusal::Faults(faults));
        }
        if let Some(old) = old {
            return Ok(Category { version: old.version + 1, name, subcategories, ..old.clone() });
        }
        self.place += 1;
        let (id, place) = ((self.fresh)(), self.place);
        Ok(Category { id, version: 1, place, router, name, subcategories })
    }

    fn keep_category(&mut self, action: &'static str, category: Category) -> Outcome {
        self.deed(action, category.id, &category.name);
        let category = Arc::new(category);
        self.categories.insert(category.id, Some(Arc::clone(&category)));
        Outcome::Category(category)
    }

    /// The same without a deed of its own.
    pub(super) fn put_category(&mut self, category: Category) {
        self.categories.insert(category.id, Some(Arc::new(category)));
    }

    /// The group as it will be.
    pub(super) fn group(&self, id: Id) -> Option<&Arc<Group>> {
        self.groups.get(&id).map_or_else(|| self.from.get(id), Option::as_ref)
    }

    /// All groups as they will be, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Group>> {
        let stay = self.from.all().iter().filter(|group| !self.groups.contains_key(&group.id));
        stay.chain(self.groups.values().flatten())
    }

    fn finish(self, outcome: Outcome) -> Result<Written, Refusal> {
        let groups: Vec<_> = self.all().cloned().collect();
        let stay = self.from.categories().iter().filter(|one| !self.categories.contains_key(&one.id));
        let categories: Vec<_> = stay.chain(self.categories.values().flatten()).cloned().collect();
        let mut faults = Vec::new();
        if MOST_GROUPS < groups.len() {
            faults.push(Fault::new("groups", Wrong::TooMany(MOST_GROUPS)));
        }
        if MOST_CATEGORIES < categories.len() {
            faults.push(Fault::new("categories", Wrong::TooMany(MOST_CATEGORIES)));
        }
        if MOST_NAMED < groups.iter().map(|group| group.outline.members.len()).sum::<usize>() {
            faults.push(Fault::new("members", Wrong::TooMany(MOST_NAMED)));
        }
        let rules = |all: &[Arc<Group>]| all.iter().map(|group| group.outline.rules.len()).sum();
        let before = rules(self.from.all());
        faults.extend(grown("rules", before, rules(&groups), MOST_ALL_RULES));
        let parts = |all: &[Arc<Category>]| all.iter().map(|one| one.subcategories.len()).sum();
        let before = parts(self.from.categories());
        faults.extend(grown("subcategories", before, parts(&categories), MOST_SUBCATEGORIES));
        if !faults.is_empty() {
            return Err(Refusal::Faults(faults));
        }
        Ok(Written {
            next: Groups::new(self.from.revision() + 1, groups, categories),
            groups: self.groups.into_iter().collect(),
            categories: self.categories.into_iter().collect(),
            deeds: self.deeds,
            outcome,
        })
    }
}

/// A fault if there would be too many, and more than before: whoever has too many already may take some away.
fn grown(field: &str, before: usize, now: usize, most: usize) -> Option<Fault> {
    (most.max(before) < now).then(|| Fault::new(field, Wrong::TooMany(most)))
}
