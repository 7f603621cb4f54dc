//! What an earlier program keeps (routers, settings, groups and categories) in its shapes, to be read only: it changes
//! them by their place in a list and without a version, so that two who change something lose what one of them did.
//! `/api/v1` changes them.

use super::{host_and_port, one, shown_name};
use crate::api::parameters::Parameters;
use crate::api::wire::{self, Rfc3339};
use crate::api::words::ConnectionWord;
use crate::domain::configuration::{Password, RouterEntry};
use crate::domain::groups::{Category, Group};
use crate::domain::router::{Link, RouterName};
use crate::http::{Configuring, Grouping, Problem, Seen};
use crate::state::RouterView;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// What stands where the earlier program shows a password.
const MASK: &str = "********";

/// The routers.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct SeedRouters {
    success: bool,
    routers: Vec<SeedRouter>,
}

/// A router as a list shows it.
#[derive(Serialize, ToSchema)]
struct SeedRouter {
    id: String,
    name: String,
    host: String,
    enabled: bool,
    #[schema(value_type = ConnectionWord)]
    connection_status: &'static str,
    /// Since when it is connected; null while it is not.
    last_connection: Option<Rfc3339>,
    description: String,
}

/// One router as it is set.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct SeedRouterAnswer {
    success: bool,
    router: SeedRouterSettings,
}

/// A router's settings.
#[derive(Serialize, ToSchema)]
struct SeedRouterSettings {
    id: String,
    name: String,
    description: String,
    host: String,
    port: u64,
    username: String,
    /// Stars if there is one: nobody is shown it.
    password: &'static str,
    use_ssl: bool,
    enabled: bool,
    #[schema(value_type = ConnectionWord)]
    connection_status: &'static str,
    last_connection: Option<Rfc3339>,
}

/// The router that is meant where none is named: the first. Another program's choice is none of ours.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the earlier program's")]
pub(in crate::api) struct ActiveRouter {
    success: bool,
    active_router_id: String,
    router_name: String,
}

/// The first router's settings.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the earlier program's")]
pub(in crate::api) struct SeedSettings {
    router_ip: String,
    router_user: String,
    router_port: u64,
}

/// Which router's connection is asked about.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct SeedTestBody {
    /// The first, if none is named.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    router_id: Option<String>,
}

/// Whether a router is connected.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct SeedTest {
    success: bool,
    connected: bool,
    identity: Option<String>,
    router_name: String,
    /// What is wrong, if it is not.
    error: Option<String>,
}

/// Groups.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct SeedGroups<'a> {
    success: bool,
    groups: Vec<SeedGroup<'a>>,
}

/// One group.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct SeedGroupAnswer<'a> {
    success: bool,
    group: SeedGroup<'a>,
}

/// A group of subscribers.
#[derive(Serialize, ToSchema)]
struct SeedGroup<'a> {
    id: String,
    /// Null is a group of all routers.
    router_id: Option<&'a str>,
    name: &'a str,
    description: &'a str,
    /// Who is named in it; whom rules bring in stands in `/api/v1/groups`.
    accounts: Vec<&'a str>,
    max_members: Option<u32>,
    created_at: Rfc3339,
    updated_at: Rfc3339,
}

/// Categories.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct SeedCategories<'a> {
    success: bool,
    categories: Vec<SeedCategory<'a>>,
}

/// A category with its parts.
#[derive(Serialize, ToSchema)]
struct SeedCategory<'a> {
    category: &'a str,
    subcategories: Vec<SeedPart<'a>>,
}

/// A part of a category.
#[derive(Serialize, ToSchema)]
struct SeedPart<'a> {
    subcategory: &'a str,
    /// The ids of its groups.
    groups: Vec<String>,
}

/// How a router's connection is, and since when it is live, or when it was heard last.
fn connection(view: Option<&RouterView>) -> (&'static str, Option<Rfc3339>) {
    let Some(snapshot) = view.map(|view| Arc::clone(&view.snapshot.borrow())) else {
        return ("unknown", None);
    };
    let heard = snapshot.traffic_at.map(|at| Rfc3339(at.wall));
    match &snapshot.link {
        Link::Live { since, .. } => ("connected", Some(Rfc3339(since.wall))),
        link if link.trouble().is_some() => ("disconnected", heard),
        _ => ("unknown", heard),
    }
}

/// `GET /api/routers`.
pub(in crate::api) async fn routers(seen: Seen) -> HttpResponse {
    let row = |view: RouterView| {
        let (connection_status, last_connection) = connection(Some(&view));
        SeedRouter {
            id: view.name.to_string(),
            name: shown_name(&view),
            host: host_and_port(&view.address).0.to_owned(),
            // One that is not watched is not among them.
            enabled: true,
            connection_status,
            last_connection,
            description: String::new(),
        }
    };
    wire::json(&SeedRouters { success: true, routers: seen.routers().into_iter().map(row).collect() })
}

/// `GET /api/routers/active`.
pub(in crate::api) async fn active(seen: Seen, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let view = one(&seen, &parameters)?;
    let (active_router_id, router_name) = (view.name.to_string(), shown_name(&view));
    Ok(wire::json(&ActiveRouter { success: true, active_router_id, router_name }))
}

/// `POST /api/routers/test`: whether it is connected, which is known without calling it once more.
pub(in crate::api) async fn test(seen: Seen, body: web::Json<SeedTestBody>) -> Result<HttpResponse, Problem> {
    let first = || seen.routers().into_iter().next().ok_or(Problem::NoRouters);
    let view = body.into_inner().router_id.map_or_else(first, |name| seen.router(&name))?;
    let snapshot = view.snapshot.borrow().clone();
    let connected = snapshot.link.is_live();
    let trouble = snapshot.link.trouble().map(|trouble| trouble.what.clone());
    Ok(wire::json(&SeedTest {
        success: connected,
        connected,
        identity: snapshot.system.identity.as_ref().map(|identity| identity.name.to_string()),
        router_name: shown_name(&view),
        error: trouble.or_else(|| (!connected).then(|| "not connected yet".to_owned())),
    }))
}

fn use_ssl(entry: &RouterEntry) -> bool {
    !matches!(entry.text("tls"), "" | "off")
}

fn port(entry: &RouterEntry) -> u64 {
    let usual = if use_ssl(entry) { 8729 } else { 8728 };
    entry.values.get("port").and_then(Value::as_u64).unwrap_or(usual)
}

/// `GET /api/routers/{name}`.
pub(in crate::api) async fn router(
    configuring: Configuring,
    name: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let settings = configuring.read().await?;
    let entry = settings.router(&name).ok_or(Problem::NoSuch("router in the settings"))?;
    let (connection_status, last_connection) = connection(configuring.seen.router(&name).ok().as_ref());
    let label = entry.text("label");
    let router = SeedRouterSettings {
        id: entry.name.clone(),
        name: if label.is_empty() { entry.name.clone() } else { label.to_owned() },
        description: String::new(),
        host: entry.text("host").to_owned(),
        port: port(entry),
        username: entry.text("username").to_owned(),
        password: if entry.password == Password::None { "" } else { MASK },
        use_ssl: use_ssl(entry),
        enabled: entry.is_enabled(),
        connection_status,
        last_connection,
    };
    Ok(wire::json(&SeedRouterAnswer { success: true, router }))
}

/// `GET /api/settings`.
pub(in crate::api) async fn settings(configuring: Configuring) -> Result<HttpResponse, Problem> {
    let settings = configuring.read().await?;
    let entry = settings.routers.first().ok_or(Problem::NoRouters)?;
    let (router_ip, router_user) = (entry.text("host").to_owned(), entry.text("username").to_owned());
    Ok(wire::json(&SeedSettings { router_ip, router_user, router_port: port(entry) }))
}

impl<'a> From<&'a Group> for SeedGroup<'a> {
    fn from(group: &'a Group) -> Self {
        let outline = &group.outline;
        Self {
            id: group.id.to_string(),
            router_id: outline.router.as_ref().map(RouterName::as_str),
            name: &outline.name,
            description: &outline.description,
            accounts: outline.members.iter().map(|member| member.name.as_str()).collect(),
            max_members: outline.maximum,
            created_at: Rfc3339(group.created),
            updated_at: Rfc3339(group.changed),
        }
    }
}

impl<'a> From<&'a Category> for SeedCategory<'a> {
    fn from(category: &'a Category) -> Self {
        let parts = category.subcategories.iter().map(|part| SeedPart {
            subcategory: &part.name,
            groups: part.groups.iter().map(ToString::to_string).collect(),
        });
        Self { category: &category.name, subcategories: parts.collect() }
    }
}

/// Whether something of this router is asked for. What is of all routers is of each.
fn is_of(router: Option<&RouterName>, asked: Option<&RouterName>) -> bool {
    router.is_none() || asked.is_none() || router == asked
}

/// `GET /api/groups`.
pub(in crate::api) async fn groups(
    grouping: Grouping,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let router = parameters.router().map(|name| grouping.seen.router(name)).transpose()?;
    let asked = router.as_ref().map(|router| &router.name);
    let groups = grouping.groups().filter(|group| is_of(group.outline.router.as_ref(), asked));
    let groups = groups.map(|group| SeedGroup::from(&**group)).collect();
    Ok(wire::json(&SeedGroups { success: true, groups }))
}

/// `GET /api/groups/{id}`.
pub(in crate::api) async fn group(
    grouping: Grouping,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let group = SeedGroup::from(&**grouping.group(&id)?);
    Ok(wire::json(&SeedGroupAnswer { success: true, group }))
}

/// `GET /api/categories`.
pub(in crate::api) async fn categories(
    grouping: Grouping,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let router = parameters.router().map(|name| grouping.seen.router(name)).transpose()?;
    let asked = router.as_ref().map(|router| &router.name);
    let all = grouping.categories().filter(|category| is_of(category.router.as_ref(), asked));
    let categories = all.map(|category| SeedCategory::from(&**category)).collect();
    Ok(wire::json(&SeedCategories { success: true, categories }))
}
