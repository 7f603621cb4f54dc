//! `/api/v1/categories`: where groups stand.

use super::{created, done, seen_version, version};
use crate::api::parameters::Parameters;
use crate::api::wire;
use crate::domain::groups::{Category, Change, Id, Outcome, Part, SubCategory};
use crate::domain::router::RouterName;
use crate::http::{Grouping, LargeJson, Problem};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All categories that may be seen.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct CategoriesAnswer {
    success: bool,
    categories: Vec<CategoryRow>,
}

/// One category.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct CategoryAnswer {
    success: bool,
    category: CategoryRow,
}

/// A category with its parts.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct CategoryRow {
    id: String,
    /// Give it back with a change.
    version: u64,
    /// Null is a category of all routers.
    router: Option<String>,
    name: String,
    subcategories: Vec<PartRow>,
}

/// A part of a category.
#[derive(Serialize, ToSchema)]
struct PartRow {
    id: String,
    name: String,
    /// The ids of its groups, in order.
    groups: Vec<String>,
}

impl From<&Category> for CategoryRow {
    fn from(category: &Category) -> Self {
        let part = |part: &SubCategory| PartRow {
            id: part.id.to_string(),
            name: part.name.clone(),
            groups: part.groups.iter().map(ToString::to_string).collect(),
        };
        Self {
            id: category.id.to_string(),
            version: category.version,
            router: category.router.as_ref().map(ToString::to_string),
            name: category.name.clone(),
            subcategories: category.subcategories.iter().map(part).collect(),
        }
    }
}

/// A category that shall be there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct CategoryBody {
    /// The router whose groups it shows; without one groups of any.
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9_-]{1,64}$")]
    router: Option<RouterName>,
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    #[serde(default)]
    #[schema(max_items = 200)]
    subcategories: Vec<PartBody>,
    /// The version that the change was made from. A change needs one; a new category has none.
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295u64)]
    version: Option<u32>,
}

/// A part of a category that shall be there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct PartBody {
    /// Its id, if it is there already.
    #[schema(value_type = Option<String>, pattern = "^[0-9a-f]{16}$")]
    id: Option<Id>,
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// The ids of its groups, in order.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    groups: Vec<Id>,
    /// The version of the category that the change was made from, where a part is changed by itself.
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295u64)]
    version: Option<u32>,
}

impl From<PartBody> for Part {
    fn from(PartBody { id, name, groups, .. }: PartBody) -> Self {
        Self { id, name, groups }
    }
}

/// `GET /api/v1/categories`.
pub(in crate::api) async fn list(grouping: Grouping) -> HttpResponse {
    let categories = grouping.categories().map(|category| CategoryRow::from(&**category)).collect();
    wire::json(&CategoriesAnswer { success: true, categories })
}

/// `GET /api/v1/categories/{id}`.
pub(in crate::api) async fn one(grouping: Grouping, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    Ok(answer(grouping.category(&id)?))
}

fn answer(category: &Category) -> HttpResponse {
    wire::json(&CategoryAnswer { success: true, category: category.into() })
}

async fn change(grouping: &Grouping, change: Change) -> Result<HttpResponse, Problem> {
    let outcome = grouping.change(change).await.map_err(|refused| grouping.problem(refused))?;
    match outcome {
        Outcome::Category(category) => Ok(answer(&category)),
        _ => Ok(done()),
    }
}

fn parts(bodies: Vec<PartBody>) -> Vec<Part> {
    bodies.into_iter().map(Part::from).collect()
}

/// `POST /api/v1/categories`.
pub(in crate::api) async fn add(
    grouping: Grouping,
    LargeJson(body): LargeJson<CategoryBody>,
) -> Result<HttpResponse, Problem> {
    let CategoryBody { router, name, subcategories, .. } = body;
    let parts = parts(subcategories);
    Ok(created(change(&grouping, Change::AddCategory { router, name, parts }).await?))
}

/// `PUT /api/v1/categories/{id}`.
pub(in crate::api) async fn set(
    grouping: Grouping,
    id: web::Path<String>,
    LargeJson(body): LargeJson<CategoryBody>,
) -> Result<HttpResponse, Problem> {
    let id = grouping.category(&id)?.id;
    let CategoryBody { name, subcategories, version: seen, .. } = body;
    let version = version(seen)?;
    change(&grouping, Change::SetCategory { id, version, name, parts: parts(subcategories) }).await
}

/// `DELETE /api/v1/categories/{id}`.
pub(in crate::api) async fn remove(
    grouping: Grouping,
    id: web::Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let (id, version) = (grouping.category(&id)?.id, seen_version(&parameters)?);
    change(&grouping, Change::RemoveCategory { id, version }).await
}

/// Changes the parts of a category. Without a version it is made from what is there now, and comes to nothing if
/// somebody else is quicker.
async fn change_parts(
    grouping: &Grouping,
    id: &str,
    seen: Option<u64>,
    work: impl FnOnce(&mut Vec<Part>) -> Result<(), Problem>,
) -> Result<HttpResponse, Problem> {
    let Category { id, version, name, subcategories, .. } = &**grouping.category(id)?;
    if let Some(seen) = seen
        && seen != *version
    {
        return Err(Problem::Stale(*version));
    }
    let mut parts = subcategories.iter().map(Part::from).collect();
    work(&mut parts)?;
    let (id, version, name) = (*id, *version, name.clone());
    change(grouping, Change::SetCategory { id, version, name, parts }).await
}

fn place(parts: &[Part], id: &str) -> Result<usize, Problem> {
    let id: Option<Id> = id.parse().ok();
    let place = id.and_then(|id| parts.iter().position(|part| part.id == Some(id)));
    place.ok_or(Problem::NoSuch("sub-category"))
}

/// `POST /api/v1/categories/{id}/subcategories`: one more, behind the others.
pub(in crate::api) async fn add_part(
    grouping: Grouping,
    id: web::Path<String>,
    LargeJson(body): LargeJson<PartBody>,
) -> Result<HttpResponse, Problem> {
    let added = change_parts(&grouping, &id, body.version.map(u64::from), |parts| {
        parts.push(Part { id: None, ..body.into() });
        Ok(())
    });
    Ok(created(added.await?))
}

/// `PUT /api/v1/categories/{id}/subcategories/{part}`.
pub(in crate::api) async fn set_part(
    grouping: Grouping,
    path: web::Path<(String, String)>,
    LargeJson(body): LargeJson<PartBody>,
) -> Result<HttpResponse, Problem> {
    let (id, part) = path.into_inner();
    let seen = version(body.version)?;
    change_parts(&grouping, &id, Some(seen), |parts| {
        let at = place(parts, &part)?;
        if let Some(old) = parts.get_mut(at) {
            *old = Part { id: old.id, ..body.into() };
        }
        Ok(())
    })
    .await
}

/// `DELETE /api/v1/categories/{id}/subcategories/{part}`: its groups stay.
pub(in crate::api) async fn remove_part(
    grouping: Grouping,
    path: web::Path<(String, String)>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let (id, part) = path.into_inner();
    change_parts(&grouping, &id, seen_version(&parameters)?, |parts| {
        parts.remove(place(parts, &part)?);
        Ok(())
    })
    .await
}
