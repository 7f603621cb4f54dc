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
}

/// How many groups are offered on the page in all: each sub-category offers all that stand nowhere yet.
const MOST_OFFERED: usize = 20_000;

fn view(grouping: &Grouping, category: &Category, taken: &HashSet<Id>, offered: usize) -> CategoryView {
    let choice =
        |id: Id, name: &str, is_in: bool| Choice { id: id.to_string(), name: name.to_owned(), is_in };
    let mut free: Vec<_> = grouping
        .groups()
        .filter(|group| category.router.is_none() || group.outline.router == category.router)
        .filter(|group| !taken.contains(&group.id))
        .collect();
    let more = free.len().saturating_sub(offered);
    free.truncate(offered);
    let parts = category.subcategories.iter().map(|part| {
        let own = part.groups.iter().filter_map(|id| grouping.group(&id.to_string()).ok());
        let own = own.map(|group| choice(group.id, &group.outline.name, true));
        let free = free.iter().map(|group| choice(group.id, &group.outline.name, false));
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
        categories: grouping.categories().map(|category| view(grouping, category, &taken, offered)).collect(),
    };
    desk.templates.page(status, "categories.html", &page)
}

/// `GET /groups/categories`.
pub(in crate::web) async fn page(desk: Desk, grouping: Grouping) -> Result<HttpResponse, PageError> {
    show(&desk, &grouping, None, Vec::new()).await
}

/// `POST /groups/categories`: what the button says.
pub(in crate::web) async fn change(
    desk: Desk,
    mut grouping: Grouping,
    LargeForm(fields): LargeForm,
) -> Result<HttpResponse, PageError> {
    let wanted = read(&grouping, &fields)?;
    let (notice, faults) = match grouping.change(wanted).await {
        Ok(_) => {
            grouping.renew();
            (Some(Notice::good("groups.categories.saved")), Vec::new())
        }
        Err(Refused::Rules(Refusal::Faults(wrong))) => (None, faults::views(&grouping, &wrong)),
        Err(Refused::Rules(Refusal::Stale { .. })) => {
            (None, vec![faults::own("version", "stale_category", "")])
        }
        Err(Refused::Problem(Problem::Fields(_))) => (None, vec![faults::own("router", "router", "")]),
        Err(refused) => return Err(grouping.problem(refused).into()),
    };
    show(&desk, &grouping, notice, faults).await
}

fn read(grouping: &Grouping, fields: &[(String, String)]) -> Result<Change, Problem> {
    let all =
        |name: &'static str| fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value);
    let text = |name| all(name).next().cloned().unwrap_or_default();
    let (pressed, name) = (text("do"), text("name"));
    if pressed == "add" {
        let router = text("router");
        let router = if router.is_empty() { None } else { router.parse().ok() };
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
