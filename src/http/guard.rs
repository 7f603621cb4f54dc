//! The guard: every request passes here before anybody answers it.
//!
//! In this order: is it too much, is it meant for us (`Host`), who asks, may they, and, for changes, does it come from a
//! page of ours. Even a refusal costs something, so nothing is refused for another reason before it is counted.

use super::client::Client;
use super::door::Door;
use super::peer::Network;
use super::routes::{self, Needs, Route};
use super::seen::Admitted;
use super::{Problem, csrf};
use crate::access::{Actor, Kind, People, Role, Unavailable, Visitor};
use actix_web::HttpMessage as _;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Data;
use jiff::Timestamp;

/// A middleware for `actix_web::middleware::from_fn`: lets requests pass, or answers why not.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    match admit(&mut request).await {
        Ok(()) => next.call(request).await.map(ServiceResponse::map_into_left_body),
        Err(problem) => Ok(request.error_response(problem).map_into_right_body()),
    }
}

/// Decides; what it learned on the way is put into the request.
async fn admit(request: &mut ServiceRequest) -> Result<(), Problem> {
    let door = request.app_data::<Data<Door>>().cloned().ok_or(Problem::Internal)?;
    let now = Timestamp::now();
    let network = Network::from(Client::address(request, &door)?);
    let route = request.match_pattern().and_then(|path| routes::find(request.method().as_str(), &path));
    let budget = routes::budget(route, request.path());
    door.limits().check(budget, network).map_err(Problem::TooMany)?;
    let client = Client::of(request, &door)?;
    let visitor = match who(request, &door, &client, now) {
        Err(problem) => {
            let address = client.address;
            noted(&door, move |people| people.refuse_token(address, now)).await?;
            return Err(problem);
        }
        Ok(visitor) => visitor,
    };
    if let Some(Visitor { kind: Kind::Token, id, .. }) = &visitor {
        door.limits().check_token(budget, id.as_str()).map_err(Problem::TooMany)?;
    }
    if let Some(route) = route
        && let Err(problem) = check(request, route, visitor.as_ref(), &client).await
    {
        if let Some(visitor) = visitor {
            refused(&door, visitor.actor(client.address), route, &problem, now).await?;
        }
        return Err(problem);
    }
    let mut known = request.extensions_mut();
    if let Some(visitor) = visitor {
        known.insert(Admitted { people: door.people().clone(), id: visitor.id.clone() });
        known.insert(visitor);
    }
    known.insert(client);
    Ok(())
}

/// Whether they may, and whether what changes something comes from a page of ours.
async fn check(
    request: &mut ServiceRequest,
    route: &Route,
    visitor: Option<&Visitor>,
    client: &Client,
) -> Result<(), Problem> {
    let changes = is_change(request.method());
    may(route, visitor, changes)?;
    let by_token = visitor.is_some_and(|visitor| visitor.kind == Kind::Token);
    // A browser sends cookies along whoever made it ask; a program that brings a token means what it sends.
    if changes && !by_token { csrf::check(request, client, visitor).await } else { Ok(()) }
}

/// Has it noted that somebody who was let in may not do what they wanted to.
async fn refused(
    door: &Data<Door>,
    by: Actor,
    route: &Route,
    problem: &Problem,
    now: Timestamp,
) -> Result<(), Problem> {
    let why = match problem {
        Problem::Forbidden(why) => why,
        Problem::Origin => "from another site",
        Problem::Csrf => "without the token of the session",
        _ => "refused",
    };
    let what = format!("{} {}", route.method, route.path);
    noted(door, move |people| people.refuse_request(&by, &what, why, now)).await
}

/// Has something written where waiting for the disk holds nobody up.
async fn noted(
    door: &Data<Door>,
    note: impl FnOnce(People) -> Result<(), Unavailable> + Send + 'static,
) -> Result<(), Problem> {
    let people = door.people().clone();
    Ok(actix_web::web::block(move || note(people)).await.map_err(|_| Problem::Internal)??)
}

/// Whether a method changes anything.
fn is_change(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Who asks: by a token, else by a cookie, else nobody.
fn who(
    request: &ServiceRequest,
    door: &Door,
    client: &Client,
    now: Timestamp,
) -> Result<Option<Visitor>, Problem> {
    if let Some(header) = request.headers().get(actix_web::http::header::AUTHORIZATION) {
        let bearer = header.to_str().ok().and_then(|value| value.split_once(' '));
        let secret = bearer
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, secret)| secret.trim());
        let visitor = secret.and_then(|secret| door.people().token(secret, now));
        // Whoever brings a token that is no good must not be taken for somebody else by their cookie.
        return visitor.map(Some).ok_or(Problem::BadToken);
    }
    let cookie = request.cookie(client.cookie_name());
    Ok(cookie.and_then(|cookie| door.people().session(cookie.value(), now)))
}

/// Whether a visitor may use a route.
pub(super) fn may(route: &Route, visitor: Option<&Visitor>, changes: bool) -> Result<(), Problem> {
    let (role, person, whole) = match route.needs {
        Needs::Nothing => return Ok(()),
        Needs::Anyone => return visitor.map(|_| ()).ok_or(Problem::SignIn),
        Needs::Role(role) => (role, false, false),
        Needs::Person(role) => (role, true, false),
        Needs::Owner { person } => (Role::Admin, person, true),
    };
    let visitor = visitor.ok_or(Problem::SignIn)?;
    let is_person = visitor.kind == Kind::User;
    let is_shown = visitor
        .pages
        .as_ref()
        .is_none_or(|pages| pages.iter().any(|page| route.pages.contains(&page.as_str())));
    if visitor.role < role {
        return Err(Problem::Forbidden(match role {
            Role::Admin => "this needs the role admin",
            Role::Operator => "this needs the role operator",
            Role::Viewer => "this needs a role",
        }));
    }
    let wrong = match () {
        () if changes && !visitor.may_write => "this may only read",
        () if !is_shown => "this display may open other pages only",
        () if person && !is_person => "only a person who signed in may do this",
        () if whole && !visitor.scope.is_all() => "this needs an admin who may see all routers",
        () => return Ok(()),
    };
    Err(Problem::Forbidden(wrong))
}
