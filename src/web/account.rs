//! One's own account: password, second factor, where one is signed in.

use super::desk::Desk;
use super::errors::PageError;
use super::format::{self, Ago};
use super::forms::{Fields, Notice, Sent};
use super::frame::Frame;
use super::users::told;
use crate::http::Problem;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::Serialize;

#[derive(Default, Serialize)]
struct Shown {
    /// A second factor that is offered: the picture to scan, and the same to type.
    offer: Option<Offer>,
    /// Codes for the day on which the telephone is lost, shown once.
    recovery: Vec<String>,
}

#[derive(Serialize)]
struct Offer {
    svg: String,
    secret: String,
}

#[derive(Serialize)]
struct View {
    frame: Frame,
    notice: Option<Notice>,
    csrf: String,
    name: String,
    role: &'static str,
    has_totp: bool,
    sessions: Vec<Session>,
    #[serde(flatten)]
    shown: Shown,
}

#[derive(Serialize)]
struct Session {
    id: String,
    address: String,
    agent: String,
    created: Ago,
    last_used: Ago,
    is_this: bool,
}

fn show(
    desk: &Desk,
    status: StatusCode,
    notice: Option<Notice>,
    shown: Shown,
) -> Result<HttpResponse, PageError> {
    let now = Timestamp::now();
    let session = |session: crate::access::SessionView| Session {
        is_this: session.id == desk.me.id,
        id: session.id.to_string(),
        address: session.address,
        agent: session.agent,
        created: format::ago(session.created, now),
        last_used: format::ago(session.last_used, now),
    };
    let user = desk.people().users().into_iter().find(|user| user.name == desk.me.name);
    let view = View {
        frame: Frame::new(&desk.seen, &desk.me, "account"),
        notice,
        csrf: desk.csrf(),
        name: desk.me.name.clone(),
        role: desk.me.role.as_str(),
        has_totp: user.is_some_and(|user| user.has_totp),
        sessions: desk.people().sessions(Some(&desk.me.name), now).into_iter().map(session).collect(),
        shown,
    };
    desk.templates.page(status, "account.html", &view)
}

fn done(desk: &Desk, done: Result<Notice, Notice>) -> Result<HttpResponse, PageError> {
    match done {
        Ok(notice) => show(desk, StatusCode::OK, Some(notice), Shown::default()),
        Err(notice) => show(desk, StatusCode::UNPROCESSABLE_ENTITY, Some(notice), Shown::default()),
    }
}

/// `GET /account`.
pub(super) async fn page(desk: Desk) -> Result<HttpResponse, PageError> {
    show(&desk, StatusCode::OK, None, Shown::default())
}

/// `POST /account/password`.
pub(super) async fn password(desk: Desk, sent: Sent) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let new = fields.secret("password");
    if new.expose_secret() != fields.secret("again").expose_secret() {
        return done(&desk, Err(Notice::bad("form.differ")));
    }
    let old = fields.secret("old");
    let changed = desk.people().change_password(&desk.me, &desk.actor(), old, new, Timestamp::now()).await;
    done(&desk, changed.map(|()| Notice::good("account.changed")).map_err(|error| told(&error)))
}

/// `POST /account/totp`: offers a second factor; it counts once a code of it was typed.
pub(super) async fn offer_totp(desk: Desk) -> Result<HttpResponse, PageError> {
    let name = desk.me.name.clone();
    match desk.wait(move |people| people.begin_totp(&name)).await? {
        Ok(offer) => {
            let offer = Offer {
                svg: offer.svg.expose_secret().to_owned(),
                secret: offer.secret.expose_secret().to_owned(),
            };
            show(&desk, StatusCode::OK, None, Shown { offer: Some(offer), ..Shown::default() })
        }
        Err(error) => done(&desk, Err(told(&error))),
    }
}

/// `POST /account/totp/confirm`.
pub(super) async fn confirm_totp(desk: Desk, sent: Sent) -> Result<HttpResponse, PageError> {
    let (actor, name) = (desk.actor(), desk.me.name.clone());
    let code = Fields::of(sent).secret("code");
    let confirmed =
        desk.wait(move |people| people.confirm_totp(&actor, &name, code.expose_secret(), Timestamp::now()));
    match confirmed.await? {
        Ok(codes) => {
            let recovery = codes.iter().map(|code| code.expose_secret().to_owned()).collect();
            let shown = Shown { recovery, ..Shown::default() };
            show(&desk, StatusCode::OK, Some(Notice::good("account.totp_on")), shown)
        }
        Err(error) => done(&desk, Err(told(&error))),
    }
}

/// `POST /account/totp/remove`.
pub(super) async fn remove_totp(desk: Desk) -> Result<HttpResponse, PageError> {
    let (actor, name) = (desk.actor(), desk.me.name.clone());
    let removed = desk.wait(move |people| people.remove_totp(&actor, &name, Timestamp::now())).await?;
    done(&desk, removed.map(|()| Notice::good("account.totp_off")).map_err(|error| told(&error)))
}

/// `POST /account/sessions/end`.
pub(super) async fn end_session(desk: Desk, sent: Sent) -> Result<HttpResponse, PageError> {
    let (actor, id) = (desk.actor(), Fields::of(sent).id()?);
    let now = Timestamp::now();
    // Only one's own.
    if !desk.people().sessions(Some(&desk.me.name), now).iter().any(|session| session.id == id) {
        return done(&desk, Err(Notice::bad("account.no_session")));
    }
    let ended = desk.wait(move |people| people.end_session(&actor, &id, now)).await?;
    ended.map_err(Problem::from)?;
    done(&desk, Ok(Notice::good("account.ended")))
}
