//! `/api/v1/users`: those who sign in with a password.

use super::{Asking, Done, done, names, refused, sign_ins, unavailable};
use crate::access::{NewUser, Role, Scope, UserView};
use crate::api::wire::{self, Rfc3339, Typed};
use crate::api::words::RoleWord;
use crate::domain::router::RouterName;
use crate::http::Problem;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All users.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct UsersAnswer {
    success: bool,
    users: Vec<UserRow>,
}

/// A user.
#[derive(Serialize, ToSchema)]
struct UserRow {
    name: String,
    #[schema(value_type = RoleWord)]
    role: &'static str,
    /// The routers that they may see; null is all.
    routers: Option<Vec<String>>,
    has_totp: bool,
    disabled: bool,
    created: Rfc3339,
    last_sign_in: Option<Rfc3339>,
}

/// A user who is to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct UserBody {
    #[schema(pattern = "^[A-Za-z0-9._@-]{1,64}$")]
    name: String,
    #[schema(value_type = RoleWord)]
    role: Role,
    /// The routers that they may see; all if it is left out or null.
    #[schema(value_type = Option<Vec<String>>)]
    routers: Option<Vec<RouterName>>,
    /// At least 12 characters, and none of those that everybody tries.
    #[schema(value_type = String, min_length = 12, max_length = 1024, format = Password, write_only)]
    password: Typed,
}

/// `GET /api/v1/users`.
pub(in crate::api) async fn list(asking: Asking) -> HttpResponse {
    let row = |user: UserView| UserRow {
        name: user.name,
        role: user.role.as_str(),
        routers: names(&user.scope),
        has_totp: user.has_totp,
        disabled: user.is_disabled,
        created: Rfc3339(user.created),
        last_sign_in: user.last_sign_in.map(Rfc3339),
    };
    wire::json(&UsersAnswer { success: true, users: asking.people.users().into_iter().map(row).collect() })
}

/// `POST /api/v1/users`.
pub(in crate::api) async fn add(asking: Asking, body: web::Json<UserBody>) -> Result<HttpResponse, Problem> {
    let UserBody { name, role, routers, password: Typed(password) } = body.into_inner();
    let scope = routers.map_or_else(Scope::default, Scope::only);
    asking.check_scope(&scope)?;
    let new = NewUser { name, role, scope, password };
    asking.people.add_user(&asking.actor(), new, Timestamp::now()).await.map_err(refused)?;
    let mut answer = wire::json(&Done { success: true });
    *answer.status_mut() = actix_web::http::StatusCode::CREATED;
    Ok(answer)
}

/// `DELETE /api/v1/users/{name}`: they come in no more. Their name stays, because the audit log speaks of it.
pub(in crate::api) async fn disable(
    asking: Asking,
    name: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (actor, name) = (asking.actor(), name.into_inner());
    let changed =
        asking.wait(move |people| people.set_disabled(&actor, &name, true, Timestamp::now())).await?;
    changed.map_err(refused)?;
    Ok(done())
}

/// `GET /api/v1/users/{name}/sessions`.
pub(in crate::api) async fn sessions(
    asking: Asking,
    name: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    check_is_there(&asking, &name)?;
    Ok(sign_ins(&asking, &name))
}

/// `DELETE /api/v1/users/{name}/sessions`: signs them out everywhere.
pub(in crate::api) async fn end_sessions(
    asking: Asking,
    name: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    check_is_there(&asking, &name)?;
    let (actor, name) = (asking.actor(), name.into_inner());
    let ended = asking.wait(move |people| people.end_sessions_of(&actor, &name, Timestamp::now())).await?;
    ended.map_err(unavailable)?;
    Ok(done())
}

fn check_is_there(asking: &Asking, name: &str) -> Result<(), Problem> {
    let is_there = asking.people.users().iter().any(|user| user.name.eq_ignore_ascii_case(name));
    if is_there { Ok(()) } else { Err(Problem::NoSuch("user")) }
}
