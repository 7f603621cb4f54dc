//! Who may come in: users, their sessions, tokens, and whoever asks.

pub(super) mod tokens;
pub(super) mod users;

use super::wire::{self, Rfc3339};
use super::words::{RoleWord, VisitorWord};
use crate::access::{Actor, Kind, People, Scope, SessionView, Unavailable, UserError, VisitId, Visitor};
use crate::http::{Client, Problem};
use actix_web::dev::Payload;
use actix_web::web::{self, Data};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse};
use jiff::Timestamp;
use serde::Serialize;
use std::future::{Ready, ready};
use utoipa::ToSchema;

/// Who asks, and whom we know.
pub(super) struct Asking {
    me: Visitor,
    client: Client,
    pub(super) people: People,
}

impl Asking {
    /// Who stands in the audit log for what is done.
    pub(super) fn actor(&self) -> Actor {
        self.me.actor(self.client.address)
    }

    /// Does something that waits for the disk, where waiting is allowed.
    pub(super) async fn wait<T: Send + 'static>(
        &self,
        act: impl FnOnce(&People) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let people = self.people.clone();
        web::block(move || act(&people)).await.map_err(|_| Problem::Internal)
    }

    /// Nobody gives away more than they have: the routers must be some of one's own.
    fn check_scope(&self, given: &Scope) -> Result<(), Problem> {
        if given.within(&self.me.scope) == *given { Ok(()) } else { Err(Problem::OutOfScope) }
    }
}

impl FromRequest for Asking {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    /// Nobody who was not let in learns of anybody, whatever became of the guard.
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut found = || {
            Ok(Self {
                me: request.extensions().get::<Visitor>().cloned().ok_or(Problem::SignIn)?,
                client: Client::from_request(request, payload).into_inner()?,
                people: request
                    .app_data::<Data<People>>()
                    .map(|people| People::clone(people))
                    .ok_or(Problem::Internal)?,
            })
        };
        ready(found())
    }
}

/// Whoever asks.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    success: bool,
    name: String,
    /// `user`, `token`, `wall` or `demo`.
    #[schema(value_type = VisitorWord)]
    kind: &'static str,
    #[schema(value_type = RoleWord)]
    role: &'static str,
    may_write: bool,
    /// The routers that may be seen; null is all.
    routers: Option<Vec<String>>,
}

/// Sessions of people.
#[derive(Serialize, ToSchema)]
pub(super) struct SignInsAnswer {
    success: bool,
    sessions: Vec<SignInRow>,
}

/// A session of somebody who signed in.
#[derive(Serialize, ToSchema)]
struct SignInRow {
    id: String,
    user: String,
    /// Whether it is the one that asks.
    is_this: bool,
    created: Rfc3339,
    last_used: Rfc3339,
    address: String,
    agent: String,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    success: bool,
}

fn done() -> HttpResponse {
    wire::json(&Done { success: true })
}

/// `GET /api/v1/me`.
pub(super) async fn me(asking: Asking) -> HttpResponse {
    let Visitor { kind, name, role, scope, may_write, .. } = &asking.me;
    let kind = match kind {
        Kind::User => "user",
        Kind::Token => "token",
        Kind::Wall => "wall",
        Kind::Demo => "demo",
    };
    let (name, role, routers) = (name.clone(), role.as_str(), names(scope));
    wire::json(&Me { success: true, name, kind, role, may_write: *may_write, routers })
}

/// `GET /api/v1/me/sessions`.
pub(super) async fn my_sessions(asking: Asking) -> HttpResponse {
    sign_ins(&asking, &asking.me.name)
}

/// `DELETE /api/v1/me/sessions/{id}`: one of one's own, and nobody else's.
pub(super) async fn end_my_session(asking: Asking, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id: VisitId = id.parse().map_err(|_| Problem::NoSuch("session"))?;
    let mine = asking.people.sessions(Some(&asking.me.name), Timestamp::now());
    if !mine.iter().any(|session| session.id == id) {
        return Err(Problem::NoSuch("session"));
    }
    let actor = asking.actor();
    let ended = asking.wait(move |people| people.end_session(&actor, &id, Timestamp::now())).await?;
    if ended.map_err(unavailable)? { Ok(done()) } else { Err(Problem::NoSuch("session")) }
}

fn sign_ins(asking: &Asking, user: &str) -> HttpResponse {
    let sessions = asking.people.sessions(Some(user), Timestamp::now());
    let row = |session: SessionView| SignInRow {
        is_this: session.id == asking.me.id,
        id: session.id.to_string(),
        user: session.user,
        created: Rfc3339(session.created),
        last_used: Rfc3339(session.last_used),
        address: session.address,
        agent: session.agent,
    };
    wire::json(&SignInsAnswer { success: true, sessions: sessions.into_iter().map(row).collect() })
}

fn names(scope: &Scope) -> Option<Vec<String>> {
    scope.routers.as_ref().map(|routers| routers.iter().map(ToString::to_string).collect())
}

fn refused(error: UserError) -> Problem {
    match error {
        UserError::NoSuchUser => Problem::NoSuch("user"),
        UserError::Exists | UserError::LastAdmin => Problem::Conflict(error.to_string()),
        UserError::TooMany { retry_after } => Problem::TooMany(retry_after),
        UserError::Store(error) => Problem::from(error),
        error => Problem::Body(error.to_string()),
    }
}

/// A refusal by whoever keeps people: told as what it is.
pub(super) fn unavailable(error: Unavailable) -> Problem {
    Problem::from(error)
}
