//! The categories: what there is, and which groups stand where.

use super::faults::{self, FaultView};
use super::{RouterChoice, may_edit, routers};
use crate::domain::groups::{Category, Change, Id, Part, Refusal};
use crate::http::{Grouping, LargeForm, Problem, Refused};
use crate::web::desk::Desk;
use crate::web::errors::PageError;
use crate::web::forms::Notice;
use crate::web::frame::Frame;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use std::collections::HashSet;

#[derive(Serialize)]
struct View {
    frame: Frame,
    csrf: String,
    notice: Option<Notice>,
    faults: Vec<FaultView>,
    may_edit: bool,
    sees_all: bool,
    routers: Vec<RouterChoice>,
    categories: Vec<CategoryView>,
    typed: Typed,
}

/// What was typed into one of the forms and refused.
#[derive(Serialize, Default)]
struct Typed {
    /// Which button it was, of which category and part.
    pressed: String,
    id: String,
    part: String,
    name: String,
    router: String,
    groups: Vec<String>,
}

impl Typed {
    fn read(fields: &[(String, String)]) -> Self {
        let text = |name: &str| {
            fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let groups = fields.iter().filter(|(name, _)| name == "group").map(|(_, value)| value.clone());
        Self {
            pressed: text("do"),
            id: text("id"),
            part: text("part"),
            name: text("name"),
            router: text("router"),
            groups: groups.collect(),
        }
    }

    /// Whether it is of this form, which is shown as it was sent then.
    fn is_of(&self, category: Id, part: Id) -> bool {
        self.pressed == "save_part" && self.id == category.to_string() && self.part == part.to_string()
    }
}

#[derive(Serialize)]
struct CategoryView {
    id: String,
    version: u64,
    name: String,
    router: Option<String>,
    parts: Vec<PartView>,
}

#[derive(Serialize)]
struct PartView {
    id: String,
    name: String,
    /// Its groups first, then those that stand nowhere yet.
    groups: Vec<Choice>,
    /// Groups that stand nowhere yet and are not offered.
    more: usize,
}

#[derive(Serialize)]
struct Choice {
    id: String,
    name: String,
    is_in: bool,
    /// Whether it is ticked: the same, but in a form that was refused.
    is_ticked: bool,
}

/// How many groups are offered on the page in all: each sub-category offers all that stand nowhere yet.
const MOST_OFFERED: usize = 20_000;

fn view(
    grouping: &Grouping,
    category: &Category,
    taken: &HashSet<Id>,
    offered: usize,
    typed: &Typed,
) -> CategoryView {
    let choice = |part: Id, id: Id, name: &str, is_in: bool| {
        let (id, name) = (id.to_string(), name.to_owned());
        let is_ticked = if typed.is_of(category.id, part) { typed.groups.contains(&id) } else { is_in };
        Choice { id, name, is_in, is_ticked }
    };
    let mut free: Vec<_> = grouping
        .groups()
        .filter(|group| category.router.is_none() || group.outline.router == category.router)
        .filter(|group| !taken.contains(&group.id))
        .collect();
    let more = free.len().saturating_sub(offered);
    free.truncate(offered);
    let parts = category.subcategories.iter().map(|part| {
        let own = part.groups.iter().filter_map(|id| grouping.group(&id.to_string()).ok());
        let own = own.map(|group| choice(part.id, group.id, &group.outline.name, true));
        let free = free.iter().map(|group| choice(part.id, group.id, &group.outline.name, false));
        PartView { id: part.id.to_string(), name: part.name.clone(), groups: own.chain(free).collect(), more }
    });
    CategoryView {
        id: category.id.to_string(),
        version: category.version,
        name: category.name.clone(),
        router: category.router.as_ref().map(ToString::to_string),
        parts: parts.collect(),
    }
}

async fn show(
    desk: &Desk,
    grouping: &Grouping,
    notice: Option<Notice>,
    faults: Vec<FaultView>,
    typed: Typed,
) -> Result<HttpResponse, PageError> {
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let parts = || grouping.all().categories().iter().flat_map(|category| &category.subcategories);
    let taken: HashSet<Id> = parts().flat_map(|part| part.groups.iter().copied()).collect();
    // Who may only look is offered nothing.
    let offered = if may_edit(desk) { MOST_OFFERED / parts().count().max(1) } else { 0 };
    let page = View {
        frame: Frame::new(&desk.seen, &desk.me, "groups"),
        csrf: desk.csrf(),
        notice,
        faults,
        may_edit: may_edit(desk),
        sees_all: desk.seen.is_all(),
        routers: routers(grouping).await,
        categories: grouping
            .categories()
            .map(|category| view(grouping, category, &taken, offered, &typed))
            .collect(),
        typed,
    };
    desk.templates.page(status, "categories.html", &page)
}

/// `GET /groups/categories`.
pub(in crate::web) async fn page(desk: Desk, grouping: Grouping) -> Result<HttpResponse, PageError> {
    show(&desk, &grouping, None, Vec::new(), Typed::default()).await
}

/// `POST /groups/categories`: what the button says.
pub(in crate::web) async fn change(
    desk: Desk,
    mut grouping: Grouping,
    LargeForm(fields): LargeForm,
) -> Result<HttpResponse, PageError> {
    let wanted = read(&grouping, &fields)?;
    let mut typed = Typed::default();
    let (notice, faults) = match grouping.change(wanted).await {
        Ok(_) => {
            grouping.renew();
            (Some(Notice::good("groups.categories.saved")), Vec::new())
        }
        Err(Refused::Rules(Refusal::Faults(wrong))) => {
            typed = Typed::read(&fields);
            (None, faults::views(&grouping, &wrong))
        }
        Err(Refused::Rules(Refusal::Stale { .. })) => {
            (None, vec![faults::own("version", "stale_category", "")])
        }
        Err(Refused::Problem(Problem::Fields(_))) => {
            typed = Typed::read(&fields);
            (None, vec![faults::own("router", "router", "")])
        }
        Err(refused) => return Err(grouping.problem(refused).into()),
    };
    show(&desk, &grouping, notice, faults, typed).await
}

fn read(grouping: &Grouping, fields: &[(String, String)]) -> Result<Change, Problem> {
    let all =
        |name: &'static str| fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value);
    let text = |name| all(name).next().cloned().unwrap_or_default();
    let (pressed, name) = (text("do"), text("name"));
    if pressed == "add" {
        let router = text("router");
        // No name of a router, which no form sends, is no word for all of them.
        let parsed = || router.parse().map_err(|_| Problem::Body("there is no such router".to_owned()));
        let router = if router.is_empty() { None } else { Some(parsed()?) };
        return Ok(Change::AddCategory { router, name, parts: Vec::new() });
    }
    let category = grouping.category(&text("id"))?;
    let (id, old) = (category.id, category.name.clone());
    let version = text("version").parse().map_err(|_| Problem::Body("a version is a number".to_owned()))?;
    if pressed == "remove" {
        return Ok(Change::RemoveCategory { id, version: Some(version) });
    }
    let mut parts: Vec<Part> = category.subcategories.iter().map(Part::from).collect();
    if pressed == "rename" {
        return Ok(Change::SetCategory { id, version, name, parts });
    }
    if pressed == "add_part" {
        parts.push(Part { id: None, name, groups: Vec::new() });
        return Ok(Change::SetCategory { id, version, name: old, parts });
    }
    let part: Option<Id> = text("part").parse().ok();
    let at = parts.iter().position(|one| one.id == part).ok_or(Problem::NoSuch("sub-category"))?;
    if pressed == "remove_part" {
        parts.remove(at);
    } else if let Some(part) = parts.get_mut(at) {
        let wanted: Vec<Id> = all("group").filter_map(|id| id.parse().ok()).collect();
        // Those who stay keep their order; those who come are behind them.
        let mut groups: Vec<Id> = part.groups.iter().copied().filter(|id| wanted.contains(id)).collect();
        groups.extend(wanted.iter().copied().filter(|id| !part.groups.contains(id)));
        (part.name, part.groups) = (name, groups);
    }
    Ok(Change::SetCategory { id, version, name: old, parts })
}
