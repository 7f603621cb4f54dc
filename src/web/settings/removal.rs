//! Taking a router out, once it was said what becomes of its groups.

use super::{FaultView, read, refused};
use crate::domain::configuration::Change;
use crate::domain::groups::{self, Id};
use crate::domain::router::RouterName;
use crate::http::{Configuring, Grouping, Problem};
use crate::web::desk::Desk;
use crate::web::errors::PageError;
use crate::web::forms::{Fields, Notice, Sent, go};
use crate::web::frame::Frame;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

#[derive(Serialize)]
struct View {
    frame: Frame,
    csrf: String,
    notice: Option<Notice>,
    faults: Vec<FaultView>,
    name: String,
    version: u64,
    /// How many groups and categories are of this router alone.
    groups: usize,
    categories: usize,
}

fn groups_of(grouping: &Grouping, name: &str) -> Vec<Id> {
    let of = |router: Option<&RouterName>| router.is_some_and(|router| router.as_str() == name);
    grouping.groups().filter(|group| of(group.outline.router.as_ref())).map(|group| group.id).collect()
}

fn categories_of(grouping: &Grouping, name: &str) -> Vec<Id> {
    let of = |router: Option<&RouterName>| router.is_some_and(|router| router.as_str() == name);
    let categories = grouping.categories().filter(|category| of(category.router.as_ref()));
    categories.map(|category| category.id).collect()
}

async fn show(
    desk: &Desk,
    configuring: &Configuring,
    grouping: &Grouping,
    name: &str,
    (notice, faults): (Option<Notice>, Vec<FaultView>),
) -> Result<HttpResponse, PageError> {
    let configuration = read(configuring).await?;
    configuration.router(name).ok_or(Problem::NoSuch("router in the settings"))?;
    let status = if notice.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = View {
        frame: Frame::new(&desk.seen, &desk.me, "settings"),
        csrf: desk.csrf(),
        notice,
        faults,
        name: name.to_owned(),
        version: configuration.version,
        groups: groups_of(grouping, name).len(),
        categories: categories_of(grouping, name).len(),
    };
    desk.templates.page(status, "router_delete.html", &view)
}

/// `GET /settings/routers/{name}/delete`.
pub(in crate::web) async fn page(
    desk: Desk,
    configuring: Configuring,
    grouping: Grouping,
    name: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    show(&desk, &configuring, &grouping, &name, (None, Vec::new())).await
}

/// `POST /settings/routers/{name}/delete`: its groups stay unless they are to go, too.
pub(in crate::web) async fn remove(
    desk: Desk,
    configuring: Configuring,
    grouping: Grouping,
    name: web::Path<String>,
    sent: Sent,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let router: RouterName = name.parse().map_err(|_| Problem::NoSuch("router in the settings"))?;
    let version = fields.text("version").parse().ok();
    if let Err(denied) = configuring.change(Change::RemoveRouter(router), version).await {
        let (notice, faults) = refused(denied)?;
        return show(&desk, &configuring, &grouping, &name, (Some(notice), faults)).await;
    }
    if fields.is_ticked("groups") {
        // One that somebody else removed meanwhile is gone all the same.
        for id in groups_of(&grouping, &name) {
            let removed = grouping.change(groups::Change::RemoveGroup { id, version: None }).await;
            drop(removed);
        }
        for id in categories_of(&grouping, &name) {
            let removed = grouping.change(groups::Change::RemoveCategory { id, version: None }).await;
            drop(removed);
        }
    }
    Ok(go("/settings/routers?removed"))
}
