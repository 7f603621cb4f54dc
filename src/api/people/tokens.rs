//! `/api/v1/tokens`: what programs bring instead of a password.

use super::{Asking, done, names, unavailable};
use crate::access::{NewToken, Role, Scope, TokenError, TokenView, VisitId};
use crate::api::wire::{self, Rfc3339};
use crate::api::words::RoleWord;
use crate::domain::router::RouterName;
use crate::http::Problem;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All tokens.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct TokensAnswer {
    success: bool,
    tokens: Vec<TokenRow>,
}

/// A token: all but itself.
#[derive(Serialize, ToSchema)]
struct TokenRow {
    id: String,
    name: String,
    #[schema(value_type = RoleWord)]
    role: &'static str,
    may_write: bool,
    /// The routers that it may see; null is all.
    routers: Option<Vec<String>>,
    created: Rfc3339,
    created_by: String,
    expires: Option<Rfc3339>,
    last_used: Option<Rfc3339>,
}

/// A token that is to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct TokenBody {
    /// What it is for.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    #[schema(value_type = RoleWord)]
    role: Role,
    /// Whether its program may change anything; it reads only if that is left out.
    #[serde(default)]
    may_write: bool,
    /// The routers that it may see; all if it is left out or null.
    #[schema(value_type = Option<Vec<String>>)]
    routers: Option<Vec<RouterName>>,
    /// When it ends by itself; never if it is left out or null.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires: Option<Timestamp>,
}

/// A new token, which is shown this once.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct TokenMade<'a> {
    success: bool,
    /// To be sent as `Authorization: Bearer tw_…`.
    secret: &'a str,
    token: TokenRow,
}

/// `GET /api/v1/tokens`.
pub(in crate::api) async fn list(asking: Asking) -> HttpResponse {
    wire::json(&TokensAnswer { success: true, tokens: asking.people.tokens().into_iter().map(row).collect() })
}

/// `POST /api/v1/tokens`.
pub(in crate::api) async fn make(
    asking: Asking,
    body: web::Json<TokenBody>,
) -> Result<HttpResponse, Problem> {
    let TokenBody { name, role, may_write, routers, expires } = body.into_inner();
    let scope = routers.map_or_else(Scope::default, Scope::only);
    asking.check_scope(&scope)?;
    let (actor, new) = (asking.actor(), NewToken { name, role, may_write, scope, expires });
    let made = asking.wait(move |people| people.create_token(&actor, new, Timestamp::now())).await?;
    let (view, secret) = made.map_err(|error| match error {
        TokenError::Store(error) => unavailable(error),
        error => Problem::Body(error.to_string()),
    })?;
    let made = TokenMade { success: true, secret: secret.expose_secret(), token: row(view) };
    let mut answer = wire::json(&made);
    *answer.status_mut() = StatusCode::CREATED;
    Ok(answer)
}

/// `DELETE /api/v1/tokens/{id}`.
pub(in crate::api) async fn revoke(asking: Asking, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id: VisitId = id.parse().map_err(|_| Problem::NoSuch("token"))?;
    let actor = asking.actor();
    let revoked = asking.wait(move |people| people.revoke_token(&actor, &id, Timestamp::now())).await?;
    if revoked.map_err(unavailable)? { Ok(done()) } else { Err(Problem::NoSuch("token")) }
}

fn row(token: TokenView) -> TokenRow {
    TokenRow {
        id: token.id.to_string(),
        name: token.name,
        role: token.role.as_str(),
        may_write: token.may_write,
        routers: names(&token.scope),
        created: Rfc3339(token.created),
        created_by: token.created_by,
        expires: token.expires.map(Rfc3339),
        last_used: token.last_used.map(Rfc3339),
    }
}
