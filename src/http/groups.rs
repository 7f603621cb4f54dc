//! Groups, as far as whoever asks may know of them, and their changes.
//!
//! Who may see some routers only knows the groups and categories of those: neither others' nor those of all routers.

use super::problem::FieldError;
use super::{Client, Problem, Seen};
use crate::access::{Actor, Visitor};
use crate::domain::groups::{
    Card, Category, Change, Fault, Group, Groups, Id, Member, Outcome, Outline, Preview, Refusal, Search,
    Wrong, cards, worst_first,
};
use crate::domain::router::RouterName;
use crate::domain::snapshot::Snapshot;
use crate::state::{GroupOrder, GroupsError, SettingsOrder};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashSet};
use std::future::{Ready, ready};
use std::sync::Arc;
use tokio::sync::oneshot;

/// The most fields of which is told what is wrong with them.
const MOST_TOLD: usize = 100;

/// Groups within a visitor's scope, and who changes them.
pub struct Grouping {
    /// What else they see.
    pub seen: Seen,
    actor: Actor,
    all: Arc<Groups>,
}

/// A change that was not made.
#[derive(Debug)]
pub enum Refused {
    /// It is against the rules, which a page explains field by field.
    Rules(Refusal),
    /// It is not for whoever asks, or went wrong.
    Problem(Problem),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// What is wrong with one field of a body.
fn in_field(problem: &Problem, field: &str) -> Problem {
    Problem::Fields(vec![FieldError::new(field, problem.to_string())])
}

impl Grouping {
    /// All groups, also those that may not be known: to look up which subscriber is in which.
    pub fn all(&self) -> &Arc<Groups> {
        &self.all
    }

    /// Looks at the groups as they are by now.
    pub fn renew(&mut self) {
        self.all = self.seen.all_groups();
    }

    fn sees_router(&self, router: Option<&RouterName>) -> bool {
        router.map_or_else(|| self.seen.is_all(), |router| self.seen.scope().sees(router))
    }

    /// Whether whoever asks may know of a group.
    pub fn sees(&self, group: &Group) -> bool {
        self.sees_router(group.outline.router.as_ref())
    }

    /// The groups that may be known, in their order.
    pub fn groups(&self) -> impl Iterator<Item = &Arc<Group>> {
        self.all.all().iter().filter(|group| self.sees(group))
    }

    /// The categories that may be known, in their order.
    pub fn categories(&self) -> impl Iterator<Item = &Arc<Category>> {
        self.all.categories().iter().filter(|category| self.sees_router(category.router.as_ref()))
    }

    /// The group of this id. One that may not be known is not there.
    pub fn group(&self, id: &str) -> Result<&Arc<Group>, Problem> {
        let group = id.parse().ok().and_then(|id| self.all.get(id)).filter(|group| self.sees(group));
        group.ok_or(Problem::NoSuch("group"))
    }

    /// The category of this id.
    pub fn category(&self, id: &str) -> Result<&Arc<Category>, Problem> {
        let found = id.parse().ok().and_then(|id: Id| self.categories().find(|category| category.id == id));
        found.ok_or(Problem::NoSuch("category"))
    }

    /// The snapshots of all routers that are seen.
    pub fn snapshots(&self) -> Vec<Arc<Snapshot>> {
        self.seen.snapshots()
    }

    /// The snapshot of the router that a body names, or those of all. A router that is switched off has none.
    pub async fn snapshots_of(&self, router: Option<&RouterName>) -> Result<Vec<Arc<Snapshot>>, Problem> {
        match (self.seen.snapshots_of(router.map(RouterName::as_str)), router) {
            (Err(_), Some(router)) if self.routers().await.contains(router) => Ok(Vec::new()),
            (found, _) => found.map_err(|problem| in_field(&problem, "router")),
        }
    }

    /// The routers of which there may be groups: those of the settings, also those that are switched off, as far as
    /// they may be seen. Where the settings cannot be read, or there are none as in a demo, those that are watched.
    pub async fn routers(&self) -> Vec<RouterName> {
        let mut known: Vec<RouterName> = self.seen.routers().into_iter().map(|router| router.name).collect();
        let (answer, told) = oneshot::channel();
        if self.seen.settings_orders().send(SettingsOrder::Read(answer)).await.is_ok()
            && let Ok(Ok(settings)) = told.await
        {
            let set = settings.routers.iter().filter_map(|router| router.name.parse().ok());
            let more: Vec<RouterName> = set.filter(|name| !known.contains(name)).collect();
            known.extend(more.into_iter().filter(|name| self.seen.scope().sees(name)));
        }
        known
    }

    /// The router of this name, watched or not.
    pub async fn router(&self, name: &str) -> Result<RouterName, Problem> {
        let known = self.routers().await;
        // One that may not be seen is not there.
        let found = known.into_iter().find(|known| known.as_str() == name);
        found.ok_or_else(|| Problem::NoSuchRouter(name.to_owned()))
    }

    /// How the groups stand that match a search and are of this router, if one is named; the worst first.
    pub fn cards(&self, typed: &str, router: Option<&RouterName>) -> Vec<Card> {
        let snapshots = self.snapshots();
        let found = Search::new(typed).run(&self.all, &snapshots);
        let mut cards: Vec<Card> = cards(&self.all, &snapshots)
            .into_iter()
            .zip(found)
            .filter(|(card, found)| {
                let of = card.group.outline.router.as_ref();
                *found && self.sees(&card.group) && router.is_none_or(|router| of == Some(router))
            })
            .map(|(card, _)| card)
            .collect();
        worst_first(&mut cards);
        cards
    }

    /// How one group stands now, also one that was changed just now.
    pub fn card(&self, group: &Arc<Group>) -> Card {
        let all = self.seen.all_groups();
        let tallied = cards(&all, &self.snapshots()).into_iter().find(|card| card.group.id == group.id);
        Card { group: Arc::clone(group), tally: tallied.map(|card| card.tally).unwrap_or_default() }
    }

    /// Whether whoever asks may bring about this change, and whether it speaks of routers that are there.
    fn check(&self, change: &Change, known: &[RouterName]) -> Result<(), Refused> {
        match change {
            Change::AddGroup(outline) => self.check_outline(outline, "router", known),
            Change::AddCategory { router, .. } => self.check_router(router.as_ref(), "router", known),
            Change::SetGroup { id, outline, .. } => {
                let group = self.group(&id.to_string())?;
                let old = &group.outline;
                // A group whose router is in no settings any more can be mended all the same, and keeps the members
                // of such a router that it has.
                if outline.router != old.router {
                    self.check_router(outline.router.as_ref(), "router", known)?;
                }
                let had: HashSet<&Member> = old.members.iter().collect();
                self.check_members(outline, known, |member| !had.contains(member))
            }
            Change::RemoveGroup { id, .. } => Ok(self.group(&id.to_string()).map(|_| ())?),
            Change::SetCategory { id, .. } | Change::RemoveCategory { id, .. } => {
                Ok(self.category(&id.to_string()).map(|_| ())?)
            }
            Change::Import(import) => {
                let mut known = known.to_vec();
                // What was exported here comes back, also where a router was taken out of the settings since then.
                if import.is_ours {
                    let orphans = import.routers().filter(|router| self.seen.is_all() || self.keeps(router));
                    known.extend(orphans.cloned());
                }
                for (at, (_, outline)) in import.groups.iter().enumerate() {
                    self.check_outline(outline, &format!("groups[{at}].router"), &known)?;
                }
                for (at, category) in import.categories.iter().enumerate() {
                    let field = format!("categories[{at}].router");
                    self.check_router(category.router.as_ref(), &field, &known)?;
                }
                Ok(())
            }
        }
    }

    /// Whether there is a group of this router that may be known.
    fn keeps(&self, router: &RouterName) -> bool {
        self.groups().any(|group| group.outline.router.as_ref() == Some(router))
    }

    fn check_outline(&self, outline: &Outline, field: &str, known: &[RouterName]) -> Result<(), Refused> {
        self.check_router(outline.router.as_ref(), field, known)?;
        self.check_members(outline, known, |_| true)
    }

    /// Whether those of its members that are new are of routers that are there.
    fn check_members(
        &self,
        outline: &Outline,
        known: &[RouterName],
        is_new: impl Fn(&Member) -> bool,
    ) -> Result<(), Refused> {
        for member in outline.members.iter().filter(|member| is_new(member)) {
            if let Some(router) = member.router.as_ref().filter(|of| Some(*of) != outline.router.as_ref()) {
                self.check_router(Some(router), "members", known)?;
            }
        }
        Ok(())
    }

    /// What concerns all routers is for those who may see all.
    fn check_router(
        &self,
        router: Option<&RouterName>,
        field: &str,
        known: &[RouterName],
    ) -> Result<(), Refused> {
        match router {
            None if self.seen.is_all() => Ok(()),
            None => Err(Problem::OutOfScope.into()),
            Some(router) if known.contains(router) => Ok(()),
            Some(router) => Err(in_field(&Problem::NoSuchRouter(router.to_string()), field).into()),
        }
    }

    /// The routers of a file that are in no settings, the first of many.
    fn strangers(change: &Change, known: &[RouterName]) -> Vec<RouterName> {
        let Change::Import(import) = change else { return Vec::new() };
        let strange: BTreeSet<_> = import.routers().filter(|router| !known.contains(router)).collect();
        strange.into_iter().take(MOST_TOLD).cloned().collect()
    }

    /// Has something changed; what came of it is on the disk.
    pub async fn change(&self, change: Change) -> Result<Outcome, Refused> {
        let known = self.routers().await;
        self.check(&change, &known)?;
        let strangers = Self::strangers(&change, &known);
        let (answer, told) = oneshot::channel();
        let Actor { who, from } = self.actor.clone();
        let order = GroupOrder { change, who, from, answer };
        let gone = || Problem::Internal;
        self.seen.group_orders().send(order).await.map_err(|_| gone())?;
        match told.await.map_err(|_| gone())? {
            Ok(outcome) => Ok(outcome.with_strangers(strangers)),
            Err(GroupsError::Refused(refusal)) => Err(Refused::Rules(refusal)),
            Err(GroupsError::FullDisk) => Err(Problem::DiskFull.into()),
            Err(GroupsError::Failed) => Err(Problem::Internal.into()),
        }
    }

    /// Who would be in a group: rules are tried on all subscribers, which a thread of its own does.
    pub async fn preview(
        &self,
        own: Option<Id>,
        outline: Outline,
        snapshots: Vec<Arc<Snapshot>>,
        shown: usize,
    ) -> Result<Preview, Problem> {
        let groups = Arc::clone(self.all());
        let tried = move || groups.preview(own, &outline, &snapshots, shown);
        actix_web::web::block(tried).await.map_err(|_| Problem::Internal)
    }

    /// What would come of a change; nothing is changed.
    pub async fn try_out(&self, change: Change) -> Result<Outcome, Refused> {
        let known = self.routers().await;
        self.check(&change, &known)?;
        let strangers = Self::strangers(&change, &known);
        let mut next = 0;
        let tried = self.all.apply(change, Timestamp::UNIX_EPOCH, &mut || {
            next += 1;
            Id(next)
        });
        tried.map(|written| written.outcome.with_strangers(strangers)).map_err(Refused::Rules)
    }

    /// A refusal as programs are told.
    pub fn problem(&self, refused: Refused) -> Problem {
        match refused {
            Refused::Problem(problem) => problem,
            Refused::Rules(Refusal::NoSuch(what)) => Problem::NoSuch(what),
            Refused::Rules(Refusal::Stale { current }) => Problem::Stale(current),
            Refused::Rules(Refusal::Faults(faults)) => {
                let error = |fault: Fault| {
                    let detail = self.detail(&fault.wrong);
                    FieldError::new(fault.field, detail)
                };
                Problem::Fields(faults.into_iter().take(MOST_TOLD).map(error).collect())
            }
        }
    }

    /// What is wrong, with the name of the other group for whom may know of it.
    fn detail(&self, wrong: &Wrong) -> String {
        match wrong {
            Wrong::Elsewhere { name, group } => match self.all.get(*group).filter(|group| self.sees(group)) {
                Some(group) => format!("`{name}` is named in the group `{}`", group.outline.name),
                None => wrong.to_string(),
            },
            wrong => wrong.to_string(),
        }
    }
}

impl FromRequest for Grouping {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut found = || {
            let seen = Seen::from_request(request, payload).into_inner()?;
            let client = Client::from_request(request, payload).into_inner()?;
            let visitor = request.extensions().get::<Visitor>().cloned().ok_or(Problem::SignIn)?;
            Ok(Self { all: seen.all_groups(), actor: visitor.actor(client.address), seen })
        };
        ready(found())
    }
}
