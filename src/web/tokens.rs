//! Tokens for programs and links for wall displays: an admin's page.

use super::desk::Desk;
use super::errors::PageError;
use super::format::{self, Ago};
use super::forms::{Fields, Notice, Sent, Ticked};
use super::frame::Frame;
use crate::access::{NewToken, NewWall, Role, Scope, TokenError};
use crate::http::Problem;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use jiff::{Timestamp, ToSpan as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

/// The pages that a wall display may show.
const PAGES: [&str; 2] = ["overview", "subscribers"];

/// A token is good for at most this long.
const LONGEST: i64 = 3_650;

#[derive(Serialize)]
struct View {
    frame: Frame,
    notice: Option<Notice>,
    csrf: String,
    /// What was made just now and is shown this once.
    made: Option<Made>,
    tokens: Vec<Token>,
    walls: Vec<Wall>,
    routers: Vec<String>,
    /// What new ones see unless something else is chosen.
    everything: Ticked,
    pages: [&'static str; 2],
}

#[derive(Serialize)]
struct Made {
    kind: &'static str,
    name: String,
    secret: String,
}

#[derive(Serialize)]
struct Token {
    id: String,
    name: String,
    role: &'static str,
    may_write: bool,
    scope: Ticked,
    created_by: String,
    created: Ago,
    /// The day on which it ends.
    expires: Option<String>,
    last_used: Option<Ago>,
}

#[derive(Serialize)]
struct Wall {
    id: String,
    name: String,
    pages: Vec<String>,
    scope: Ticked,
    created: Ago,
}

fn show(
    desk: &Desk,
    status: StatusCode,
    notice: Option<Notice>,
    made: Option<Made>,
) -> Result<HttpResponse, PageError> {
    let now = Timestamp::now();
    let token = |token: crate::access::TokenView| Token {
        id: token.id.to_string(),
        name: token.name,
        role: token.role.as_str(),
        may_write: token.may_write,
        scope: (&token.scope).into(),
        created_by: token.created_by,
        created: format::ago(token.created, now),
        expires: token.expires.map(|at| at.strftime("%Y-%m-%d").to_string()),
        last_used: token.last_used.map(|at| format::ago(at, now)),
    };
    let wall = |wall: crate::access::WallView| Wall {
        id: wall.id.to_string(),
        name: wall.name,
        pages: wall.pages,
        scope: (&wall.scope).into(),
        created: format::ago(wall.created, now),
    };
    let view = View {
        frame: Frame::new(&desk.seen, &desk.me, "tokens"),
        notice,
        csrf: desk.csrf(),
        made,
        tokens: desk.people().tokens().into_iter().map(token).collect(),
        walls: desk.people().walls().into_iter().map(wall).collect(),
        routers: desk.routers(),
        everything: (&Scope::ALL).into(),
        pages: PAGES,
    };
    desk.templates.page(status, "tokens.html", &view)
}

fn wrong(desk: &Desk, notice: Notice) -> Result<HttpResponse, PageError> {
    show(desk, StatusCode::UNPROCESSABLE_ENTITY, Some(notice), None)
}

/// `GET /tokens`.
pub(super) async fn page(desk: Desk) -> Result<HttpResponse, PageError> {
    show(&desk, StatusCode::OK, None, None)
}

/// `POST /tokens`: a new one, whose secret is shown once.
pub(super) async fn add(desk: Desk, sent: Sent) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let now = Timestamp::now();
    let Ok(role) = fields.text("role").parse::<Role>() else { return wrong(&desk, Notice::bad("form.role")) };
    let expires = match fields.text("days") {
        "" => None,
        days => match days.parse::<i64>() {
            Ok(days @ 1..=LONGEST) => now.checked_add((days * 24).hours()).ok(),
            _ => return wrong(&desk, Notice::bad("tokens.days")),
        },
    };
    let scope = match fields.scope() {
        Ok(scope) => scope,
        Err(notice) => return wrong(&desk, notice),
    };
    let new = NewToken {
        name: fields.text("name").to_owned(),
        role,
        may_write: fields.is_ticked("write"),
        scope,
        expires,
    };
    let (actor, name) = (desk.actor(), new.name.clone());
    match desk.wait(move |people| people.create_token(&actor, new, now)).await? {
        Ok((_, secret)) => show(&desk, StatusCode::OK, None, Some(made("token", name, &secret))),
        Err(error) => show(&desk, StatusCode::UNPROCESSABLE_ENTITY, Some(told(&error)), None),
    }
}

/// `POST /tokens/revoke`.
pub(super) async fn revoke(desk: Desk, sent: Sent) -> Result<HttpResponse, PageError> {
    let (actor, id) = (desk.actor(), Fields::of(sent).id()?);
    let revoked = desk.wait(move |people| people.revoke_token(&actor, &id, Timestamp::now())).await?;
    revoked.map_err(Problem::from)?;
    show(&desk, StatusCode::OK, Some(Notice::good("tokens.revoked")), None)
}

/// `POST /walls`: a new link, which is shown once.
pub(super) async fn add_wall(desk: Desk, sent: Sent) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let mut pages = fields.all("page");
    pages.retain(|page| PAGES.contains(&page.as_str()));
    if pages.is_empty() {
        return wrong(&desk, Notice::bad("tokens.pages"));
    }
    let scope = match fields.scope() {
        Ok(scope) => scope,
        Err(notice) => return wrong(&desk, notice),
    };
    let new = NewWall { name: fields.text("name").to_owned(), pages, scope };
    let (actor, name) = (desk.actor(), new.name.clone());
    match desk.wait(move |people| people.create_wall(&actor, new, Timestamp::now())).await? {
        Ok((_, secret)) => {
            let link = format!("{}/enter/{}", desk.client.origin, secret.expose_secret());
            show(&desk, StatusCode::OK, None, Some(made("wall", name, &SecretString::from(link))))
        }
        Err(error) => show(&desk, StatusCode::UNPROCESSABLE_ENTITY, Some(told(&error)), None),
    }
}

/// `POST /walls/revoke`.
pub(super) async fn revoke_wall(desk: Desk, sent: Sent) -> Result<HttpResponse, PageError> {
    let (actor, id) = (desk.actor(), Fields::of(sent).id()?);
    let revoked = desk.wait(move |people| people.revoke_wall(&actor, &id, Timestamp::now())).await?;
    revoked.map_err(Problem::from)?;
    show(&desk, StatusCode::OK, Some(Notice::good("tokens.revoked")), None)
}

fn made(kind: &'static str, name: String, secret: &SecretString) -> Made {
    Made { kind, name, secret: secret.expose_secret().to_owned() }
}

/// What went wrong, for the page.
fn told(error: &TokenError) -> Notice {
    Notice::bad(match error {
        TokenError::Name(_) => "tokens.label",
        TokenError::Expired => "tokens.days",
        TokenError::Store(error) => {
            tracing::error!(error = %error, "a token or a link could not be made");
            "form.failed"
        }
    })
}
