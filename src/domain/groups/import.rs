//! Taking groups and categories from a file: all of it, or nothing.

use super::change::{Part, Refusal, Work};
use super::check::folded;
use super::exchange::{Import, WrittenCategory};
use super::{Fault, Groups, Id, MOST_CATEGORIES, MOST_GROUPS, Outline, SubCategory, Wrong};
use crate::domain::router::RouterName;
use std::collections::{HashMap, HashSet};

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Groups that were not there.
    pub added: usize,
    /// Groups that were there under the same name, and are other now.
    pub replaced: usize,
    /// Groups that were there, just so.
    pub unchanged: usize,
    /// Categories that were not there.
    pub categories_added: usize,
    /// Categories that were there under the same name, and have other parts now.
    pub categories_replaced: usize,
    /// What categories say of groups that nobody knows, or that stand in two places.
    pub left_out: Vec<String>,
    /// Routers of the file that are in no settings: what is theirs is kept, and nobody watches them.
    pub unknown_routers: Vec<RouterName>,
    /// The file in the data folder in which everything is kept as it was before, once it was done.
    pub backup: Option<String>,
}

impl Told {
    /// What the audit log says of it; nothing if nothing was changed.
    fn object(&self) -> Option<String> {
        let Self { added, replaced, categories_added, categories_replaced, .. } = self;
        let is_any = [added, replaced, categories_added, categories_replaced].into_iter().any(|n| *n != 0);
        is_any.then(|| {
            format!(
                "groups: {added} added, {replaced} replaced; categories: {categories_added} added, \
                 {categories_replaced} replaced"
            )
        })
    }
}

impl Work<'_> {
    pub(super) fn import(&mut self, import: Import) -> Result<Told, Refusal> {
        let mut told = Told::default();
        let ids = self.import_groups(import.groups, import.is_ours, &mut told)?;
        self.import_categories(import.categories, &ids, &mut told)?;
        if let Some(object) = told.object() {
            self.note("groups.import", object);
        }
        Ok(told)
    }

    /// Puts the groups in their places; gives the id of each by what its file calls it.
    fn import_groups(
        &mut self,
        groups: Vec<(String, Outline)>,
        is_ours: bool,
        told: &mut Told,
    ) -> Result<HashMap<String, Id>, Refusal> {
        let key = |outline: &Outline| (outline.router.clone(), folded(&outline.name));
        let there: HashMap<_, _> = self.from.all().iter().map(|group| (key(&group.outline), group)).collect();
        let (mut ids, mut faults) = (HashMap::new(), Vec::new());
        let mut names = HashSet::new();
        let mut places: HashMap<Id, usize> = HashMap::new();
        for (at, (origin, mut outline)) in groups.into_iter().enumerate() {
            let place = format!("groups[{at}]");
            faults.extend(outline.tidy().into_iter().map(|fault| fault.within(&place)));
            if !names.insert(key(&outline)) {
                faults.push(Fault::new("name", Wrong::Taken).within(&place));
            }
            let origin = Some(origin).filter(|origin| !origin.is_empty());
            // Of two, categories could mean either. The earlier program's ids are as they are.
            if let Some(origin) = origin.as_ref().filter(|origin| is_ours && ids.contains_key(*origin)) {
                faults.push(Fault::new("id", Wrong::SameId(origin.clone())).within(&place));
            }
            let id = match there.get(&key(&outline)) {
                Some(old) if old.outline == outline => {
                    told.unchanged += 1;
                    old.id
                }
                Some(old) => {
                    told.replaced += 1;
                    self.keep_group(Some(old), origin.clone(), outline).id
                }
                None => {
                    told.added += 1;
                    self.keep_group(None, origin.clone(), outline).id
                }
            };
            places.insert(id, at);
            ids.extend(origin.map(|origin| (origin, id)));
        }
        faults.extend(self.named_twice(&places));
        if faults.is_empty() { Ok(ids) } else { Err(Refusal::Faults(faults)) }
    }

    /// Who is named in two groups, of which one at least was imported.
    fn named_twice(&self, places: &HashMap<Id, usize>) -> Vec<Fault> {
        let mut all: Vec<_> = self.all().collect();
        // Groups that were there come first, so that the fault is told of the file.
        all.sort_by_key(|group| places.get(&group.id).map_or(0, |place| place + 1));
        let (mut seen, mut faults) = (HashMap::new(), Vec::new());
        for group in all {
            for (at, member) in group.outline.members.iter().enumerate() {
                let Some(router) = group.outline.router_of(member) else { continue };
                if let Some(other) = seen.insert((router, &member.name), group.id)
                    && let Some(place) = places.get(&group.id)
                {
                    let wrong = Wrong::Elsewhere { name: member.name.to_string(), group: other };
                    faults.push(Fault::new(format!("groups[{place}].members[{at}]"), wrong));
                }
            }
        }
        faults
    }

    fn import_categories(
        &mut self,
        categories: Vec<WrittenCategory>,
        ids: &HashMap<String, Id>,
        told: &mut Told,
    ) -> Result<(), Refusal> {
        let from: &Groups = self.from;
        // Looked at first, as what follows looks at all groups for each that is meant.
        if MOST_CATEGORIES < categories.len() {
            return Err(Refusal::Faults(vec![Fault::new("categories", Wrong::TooMany(MOST_CATEGORIES))]));
        }
        let parts = || categories.iter().flat_map(|category| &category.subcategories);
        if MOST_GROUPS < parts().map(|part| part.groups.len()).sum::<usize>() {
            return Err(Refusal::Faults(vec![Fault::new("categories", Wrong::TooMany(MOST_GROUPS))]));
        }
        let mut faults = Vec::new();
        let mut names = HashSet::new();
        let key = |router: &Option<RouterName>, name: &str| (router.clone(), folded(name));
        let replaced: HashSet<_> = categories.iter().map(|one| key(&one.router, &one.name)).collect();
        let stay = from.categories().iter().filter(|old| !replaced.contains(&key(&old.router, &old.name)));
        // Where groups stand already, in categories that stay.
        let mut taken: HashSet<Id> =
            stay.flat_map(|old| old.subcategories.iter().flat_map(|part| part.groups.clone())).collect();
        for (at, category) in categories.into_iter().enumerate() {
            let place = format!("categories[{at}]");
            let WrittenCategory { router, name, subcategories } = category;
            if !names.insert(key(&router, &name)) {
                faults.push(Fault::new("name", Wrong::Taken).within(&place));
                continue;
            }
            let old = from.categories().iter().find(|old| key(&old.router, &old.name) == key(&router, &name));
            let mut parts: Vec<Part> = Vec::with_capacity(subcategories.len());
            for part in subcategories {
                let mut groups = Vec::new();
                for wanted in part.groups {
                    match self.resolve(&wanted, router.as_ref(), ids).filter(|id| taken.insert(*id)) {
                        Some(id) => groups.push(id),
                        None => told.left_out.push(wanted),
                    }
                }
                let is_so = |one: &&SubCategory| folded(&one.name) == folded(&part.name);
                let known = old.and_then(|old| old.subcategories.iter().find(is_so)).map(|part| part.id);
                // Of two with one name that is a fault, not also that they have one id.
                let id = known.filter(|id| parts.iter().all(|part| part.id != Some(*id)));
                parts.push(Part { id, name: part.name, groups });
            }
            // Where groups stand twice was looked at above.
            let beside = (HashSet::new(), Vec::new());
            match self.category(old.map(|old| &**old), router, name, parts, beside) {
                Ok(category) => {
                    let is_new = old.is_none();
                    if old.is_none_or(|old| old.subcategories != category.subcategories) {
                        told.categories_added += usize::from(is_new);
                        told.categories_replaced += usize::from(!is_new);
                        self.put_category(category);
                    }
                }
                Err(Refusal::Faults(wrong)) => {
                    faults.extend(wrong.into_iter().map(|fault| fault.within(&place)));
                }
                Err(other) => return Err(other),
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Refusal::Faults(faults)) }
    }

    /// The group that a category means: one of the same file, one that came from an earlier file, or one of ours.
    fn resolve(&self, wanted: &str, router: Option<&RouterName>, ids: &HashMap<String, Id>) -> Option<Id> {
        let of_router = |id: &Id| {
            let group = self.group(*id);
            group.is_some_and(|group| router.is_none() || group.outline.router.as_ref() == router)
        };
        let earlier = || {
            let known = self.from.all().iter();
            known
                .filter(|group| group.origin.as_deref() == Some(wanted))
                .map(|group| group.id)
                .find(of_router)
        };
        let same = ids.get(wanted).copied().filter(of_router);
        same.or_else(earlier).or_else(|| wanted.parse().ok().filter(of_router))
    }
}
