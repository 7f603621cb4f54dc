//! Groups, as far as whoever asks may know of them, and their changes.
//!
//! Who may see some routers only knows the groups and categories of those: neither others' nor those of all routers.

use super::problem::FieldError;
use super::{Client, Problem, Seen};
use crate::access::{Actor, Visitor};
use crate::domain::groups::{
    Card, Category, Change, Fault, Group, Groups, Id, Outcome, Outline, Preview, Refusal, Search, Wrong,
    cards, worst_first,
};
use crate::domain::router::RouterName;
use crate::domain::snapshot::Snapshot;
use crate::state::{GroupOrder, GroupsError};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use jiff::Timestamp;
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

    /// The snapshot of the router that a body names, or those of all.
    pub fn snapshots_of(&self, router: Option<&RouterName>) -> Result<Vec<Arc<Snapshot>>, Problem> {
        self.seen.snapshots_of(router.map(RouterName::as_str)).map_err(|problem| in_field(&problem, "router"))
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
    fn check(&self, change: &Change) -> Result<(), Refused> {
        match change {
            Change::AddGroup(outline) => self.check_outline(outline, "router"),
            Change::AddCategory { router, .. } => self.check_router(router.as_ref(), "router"),
            Change::SetGroup { id, outline, .. } => {
                let group = self.group(&id.to_string())?;
                // A group whose router is in no settings any more can be mended all the same.
                if outline.router == group.outline.router {
                    Ok(())
                } else {
                    self.check_outline(outline, "router")
                }
            }
            Change::RemoveGroup { id, .. } => Ok(self.group(&id.to_string()).map(|_| ())?),
            Change::SetCategory { id, .. } | Change::RemoveCategory { id, .. } => {
                Ok(self.category(&id.to_string()).map(|_| ())?)
            }
            Change::Import(import) => {
                for (at, (_, outline)) in import.groups.iter().enumerate() {
                    self.check_outline(outline, &format!("groups[{at}].router"))?;
                }
                for (at, category) in import.categories.iter().enumerate() {
                    self.check_router(category.router.as_ref(), &format!("categories[{at}].router"))?;
                }
                Ok(())
            }
        }
    }

    fn check_outline(&self, outline: &Outline, field: &str) -> Result<(), Refused> {
        self.check_router(outline.router.as_ref(), field)?;
        for member in &outline.members {
            if let Some(router) = member.router.as_ref().filter(|of| Some(*of) != outline.router.as_ref()) {
                self.check_router(Some(router), "members")?;
            }
        }
        Ok(())
    }

    /// What concerns all routers is for those who may see all.
    fn check_router(&self, router: Option<&RouterName>, field: &str) -> Result<(), Refused> {
        let Some(router) = router else {
            return if self.seen.is_all() { Ok(()) } else { Err(Problem::OutOfScope.into()) };
        };
        // One that may not be seen is not there.
        let is_there = self.seen.router(router.as_str());
        is_there.map(|_| ()).map_err(|problem| in_field(&problem, field).into())
    }

    /// Has something changed; what came of it is on the disk.
    pub async fn change(&self, change: Change) -> Result<Outcome, Refused> {
        self.check(&change)?;
        let (answer, told) = oneshot::channel();
        let Actor { who, from } = self.actor.clone();
        let order = GroupOrder { change, who, from, answer };
        let gone = || Problem::Internal;
        self.seen.group_orders().send(order).await.map_err(|_| gone())?;
        match told.await.map_err(|_| gone())? {
            Ok(outcome) => Ok(outcome),
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
    pub fn try_out(&self, change: Change) -> Result<Outcome, Refused> {
        self.check(&change)?;
        let mut next = 0;
        let tried = self.all.apply(change, Timestamp::UNIX_EPOCH, &mut || {
            next += 1;
            Id(next)
        });
        tried.map(|written| written.outcome).map_err(Refused::Rules)
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
