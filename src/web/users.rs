//! The people who may sign in: an admin's page.

use super::desk::Desk;
use super::errors::PageError;
use super::format::{self, Ago};
use super::forms::{Fields, Notice, Sent, Ticked};
use super::frame::Frame;
use crate::access::{NewUser, Role, Scope, UserError, WeakPassword};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::Serialize;

#[derive(Serialize)]
struct View {
    frame: Frame,
    notice: Option<Notice>,
    csrf: String,
    users: Vec<Row>,
    /// All routers, for the scope.
    routers: Vec<String>,
    /// What was typed into the form for a new user.
    typed: Typed,
}

#[derive(Serialize)]
struct Typed {
    name: String,
    role: String,
    scope: Ticked,
}

impl Default for Typed {
    fn default() -> Self {
        Self { name: String::new(), role: String::new(), scope: (&Scope::ALL).into() }
    }
}

#[derive(Serialize)]
struct Row {
    name: String,
    role: &'static str,
    scope: Ticked,
    has_totp: bool,
    is_disabled: bool,
    is_me: bool,
    last_sign_in: Option<Ago>,
    sessions: usize,
}

fn show(
    desk: &Desk,
    status: StatusCode,
    notice: Option<Notice>,
    typed: Typed,
) -> Result<HttpResponse, PageError> {
    let now = Timestamp::now();
    let row = |user: crate::access::UserView| Row {
        is_me: user.name == desk.me.name,
        role: user.role.as_str(),
        scope: (&user.scope).into(),
        has_totp: user.has_totp,
        is_disabled: user.is_disabled,
        last_sign_in: user.last_sign_in.map(|at| format::ago(at, now)),
        sessions: desk.people().sessions(Some(&user.name), now).len(),
        name: user.name,
    };
    let view = View {
        frame: Frame::new(&desk.seen, &desk.me, "users"),
        notice,
        csrf: desk.csrf(),
        users: desk.people().users().into_iter().map(row).collect(),
        routers: desk.routers(),
        typed,
    };
    desk.templates.page(status, "users.html", &view)
}

fn done(desk: &Desk, done: Result<Notice, Notice>, typed: Typed) -> Result<HttpResponse, PageError> {
    match done {
        Ok(notice) => show(desk, StatusCode::OK, Some(notice), Typed::default()),
        Err(notice) => show(desk, StatusCode::UNPROCESSABLE_ENTITY, Some(notice), typed),
    }
}

/// `GET /users`.
pub(super) async fn page(desk: Desk) -> Result<HttpResponse, PageError> {
    show(&desk, StatusCode::OK, None, Typed::default())
}

/// `POST /users`: a new one.
pub(super) async fn add(desk: Desk, sent: Sent) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let name = fields.text("name").to_owned();
    let scope = fields.scope();
    let typed = Typed {
        name: name.clone(),
        role: fields.text("role").to_owned(),
        scope: Ticked { is_all: fields.text("scope") != "some", names: fields.all("router") },
    };
    let password = fields.secret("password");
    if password.expose_secret() != fields.secret("again").expose_secret() {
        return done(&desk, Err(Notice::bad("form.differ")), typed);
    }
    let Ok(role) = fields.text("role").parse::<Role>() else {
        return done(&desk, Err(Notice::bad("form.role")), typed);
    };
    let scope = match scope {
        Ok(scope) => scope,
        Err(notice) => return done(&desk, Err(notice), typed),
    };
    let new = NewUser { name: name.clone(), role, scope, password };
    let added = desk.people().add_user(&desk.actor(), new, Timestamp::now()).await;
    let added = added.map(|()| Notice::good("users.added").with(name)).map_err(|error| told(&error));
    done(&desk, added, typed)
}

/// `POST /users/change`: role, scope, disabled or not, a lost second factor, all sessions.
pub(super) async fn change(desk: Desk, sent: Sent) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let (actor, now) = (desk.actor(), Timestamp::now());
    let (name, what) = (fields.text("name").to_owned(), fields.text("what").to_owned());
    let role = fields.text("role").parse::<Role>();
    let scope = match (what.as_str(), fields.scope()) {
        ("role", Err(notice)) => return done(&desk, Err(notice), Typed::default()),
        (_, scope) => scope.unwrap_or_default(),
    };
    let user = name.clone();
    let changed = desk.wait(move |people| match what.as_str() {
        "role" => match role {
            Ok(role) => people.set_rights(&actor, &user, role, scope, now),
            Err(_) => Err(UserError::NoSuchUser),
        },
        "disable" => people.set_disabled(&actor, &user, true, now),
        "enable" => people.set_disabled(&actor, &user, false, now),
        "totp" => people.remove_totp(&actor, &user, now),
        "sessions" => people.end_sessions_of(&actor, &user, now).map(|_| ()).map_err(UserError::from),
        _ => Err(UserError::NoSuchUser),
    });
    let changed = changed.await?;
    done(
        &desk,
        changed.map(|()| Notice::good("users.changed").with(name)).map_err(|error| told(&error)),
        Typed::default(),
    )
}

/// `POST /users/password`: a new password for somebody who lost it.
pub(super) async fn password(desk: Desk, sent: Sent) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let name = fields.text("name").to_owned();
    let actor = desk.actor();
    let reset =
        desk.people().reset_password(&actor, &name, fields.secret("password"), Timestamp::now()).await;
    done(
        &desk,
        reset.map(|()| Notice::good("users.changed").with(name)).map_err(|error| told(&error)),
        Typed::default(),
    )
}

/// What went wrong, for the page.
pub(super) fn told(error: &UserError) -> Notice {
    Notice::bad(match error {
        UserError::Exists => "users.exists",
        UserError::NoSuchUser => "users.none",
        UserError::Name(_) => "form.name",
        UserError::Password(password) => weak(*password),
        UserError::LastAdmin => "users.last_admin",
        UserError::WrongPassword | UserError::WrongCode => "account.wrong",
        UserError::NoOffer => "account.no_offer",
        UserError::TooMany { retry_after } => {
            return Notice::bad("sign_in.too_many").with(retry_after.as_secs().max(1).to_string());
        }
        UserError::Store(error) => {
            tracing::error!(error = %error, "users could not be changed");
            "form.failed"
        }
    })
}

/// What is wrong with a password, for the page.
pub(super) fn weak(weak: WeakPassword) -> &'static str {
    match weak {
        WeakPassword::Short => "form.short",
        WeakPassword::Long => "form.long",
        WeakPassword::Common => "form.common",
    }
}
