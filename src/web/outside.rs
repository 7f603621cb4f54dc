//! The ways in: signing in, the first account, and links that let somebody in.

use super::desk::wait;
use super::errors::PageError;
use super::forms::{Fields, Notice, Sent, go, go_in, onward};
use super::frame::Frame;
use super::templates::Templates;
use crate::access::{Attempt, People, SetupError, SignInError, Visitor};
use crate::http::{Client, Door, Problem};
use crate::state::State;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct View<'a> {
    frame: Frame,
    notice: Option<Notice>,
    is_clear: bool,
    /// What was typed, but for secrets.
    name: &'a str,
    next: &'a str,
    /// Whether a code is asked for.
    wants_code: bool,
    /// The link's secret, which the form brings back.
    secret: &'a str,
}

impl View<'_> {
    fn new(state: &State, client: &Client, page: &'static str) -> Self {
        Self {
            frame: Frame::outside(state, page),
            notice: None,
            is_clear: client.is_clear(),
            name: "",
            next: "/",
            wants_code: false,
            secret: "",
        }
    }
}

/// The parameters of the pages.
#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    next: Option<String>,
    token: Option<String>,
}

/// `GET /sign-in`.
pub(super) async fn sign_in(
    request: HttpRequest,
    state: web::Data<State>,
    templates: web::Data<Templates>,
    client: Client,
    parameters: web::Query<Parameters>,
) -> Result<HttpResponse, PageError> {
    let next = onward(parameters.next.as_deref().unwrap_or_default());
    if request.extensions().get::<Visitor>().is_some() {
        return Ok(go(next));
    }
    templates.page(StatusCode::OK, "sign_in.html", &View { next, ..View::new(&state, &client, "sign_in") })
}

/// `POST /sign-in`.
pub(super) async fn let_in(
    request: HttpRequest,
    state: web::Data<State>,
    templates: web::Data<Templates>,
    people: web::Data<People>,
    client: Client,
    sent: Sent,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let (name, next) = (fields.text("name"), onward(fields.text("next")));
    let code = fields.secret("code");
    let attempt = Attempt {
        name: name.to_owned(),
        password: fields.secret("password"),
        code: (!code.expose_secret().is_empty()).then_some(code),
        address: client.address,
        agent: client.agent.clone(),
        // The session that the browser had ends: nobody who planted it may go on with it.
        rotates: request.cookie(client.cookie_name()).map(|cookie| SecretString::from(cookie.value())),
    };
    let view = View { name, next, ..View::new(&state, &client, "sign_in") };
    let (status, notice, wants_code) = match people.sign_in(attempt, Timestamp::now).await {
        Ok(signed_in) => return Ok(go_in(&client, &signed_in.cookie, next)),
        Err(SignInError::Wrong) => (StatusCode::UNAUTHORIZED, Notice::bad("sign_in.wrong"), false),
        Err(SignInError::CodeNeeded) => (StatusCode::UNAUTHORIZED, Notice::bad("sign_in.code_needed"), true),
        Err(SignInError::TooMany { retry_after }) => {
            let seconds = retry_after.as_secs().max(1).to_string();
            let notice = Notice::bad("sign_in.too_many").with(seconds.clone());
            let view = View { notice: Some(notice), ..view };
            let mut response = templates.page(StatusCode::TOO_MANY_REQUESTS, "sign_in.html", &view)?;
            if let Ok(seconds) = seconds.parse() {
                response.headers_mut().insert(RETRY_AFTER, seconds);
            }
            return Ok(response);
        }
        Err(error) => {
            tracing::error!(error = %error, "somebody could not sign in");
            (StatusCode::INTERNAL_SERVER_ERROR, Notice::bad("sign_in.failed"), false)
        }
    };
    templates.page(status, "sign_in.html", &View { notice: Some(notice), wants_code, ..view })
}

/// `POST /sign-out`.
pub(super) async fn sign_out(
    people: web::Data<People>,
    client: Client,
    visitor: web::ReqData<Visitor>,
) -> Result<HttpResponse, Problem> {
    let id = visitor.id.clone();
    wait(&people, move |people| people.sign_out(&id, Timestamp::now())).await??;
    let mut response = go("/sign-in");
    let mut cookie = super::forms::cookie_of(&client, String::new());
    cookie.make_removal();
    if let Err(error) = response.add_cookie(&cookie) {
        tracing::error!(error = %error, "a cookie could not be removed");
    }
    // What the browser kept of pages goes too; its cookies have just been seen to.
    let clear = actix_web::http::header::HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert(actix_web::http::header::HeaderName::from_static("clear-site-data"), clear);
    Ok(response)
}

/// `GET /setup`.
pub(super) async fn setup(
    state: web::Data<State>,
    templates: web::Data<Templates>,
    people: web::Data<People>,
    client: Client,
    parameters: web::Query<Parameters>,
) -> Result<HttpResponse, PageError> {
    if !people.users().is_empty() {
        return Ok(go("/sign-in"));
    }
    let secret = parameters.token.as_deref().unwrap_or_default();
    let view = View { secret, name: "admin", ..View::new(&state, &client, "setup") };
    templates.page(StatusCode::OK, "setup.html", &view)
}

/// `POST /setup`.
pub(super) async fn set_up(
    state: web::Data<State>,
    templates: web::Data<Templates>,
    people: web::Data<People>,
    client: Client,
    sent: Sent,
) -> Result<HttpResponse, PageError> {
    let fields = Fields::of(sent);
    let (name, secret) = (fields.text("name"), fields.text("token"));
    let password = fields.secret("password");
    let again = fields.secret("again");
    let view = View { name, secret, ..View::new(&state, &client, "setup") };
    let notice = if password.expose_secret() == again.expose_secret() {
        let made = people
            .set_up(secret, name, password, client.address, client.agent.clone(), Timestamp::now())
            .await;
        match made {
            Ok(signed_in) => return Ok(go_in(&client, &signed_in.cookie, "/")),
            Err(SetupError::Closed) => Notice::bad("setup.closed"),
            Err(SetupError::Token) => Notice::bad("setup.token"),
            Err(SetupError::Name(_)) => Notice::bad("form.name"),
            Err(SetupError::Password(weak)) => Notice::bad(super::users::weak(weak)),
            Err(error) => {
                tracing::error!(error = %error, "the first account could not be made");
                Notice::bad("form.failed")
            }
        }
    } else {
        Notice::bad("form.differ")
    };
    templates.page(StatusCode::UNPROCESSABLE_ENTITY, "setup.html", &View { notice: Some(notice), ..view })
}

/// `GET /enter/{secret}`: a link that lets somebody in. Reading it changes nothing: its form does.
pub(super) async fn entrance(
    state: web::Data<State>,
    templates: web::Data<Templates>,
    client: Client,
    secret: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let view = View { secret: &secret, ..View::new(&state, &client, "enter") };
    templates.page(StatusCode::OK, "enter.html", &view)
}

/// `POST /enter`.
pub(super) async fn enter(
    state: web::Data<State>,
    templates: web::Data<Templates>,
    people: web::Data<People>,
    door: web::Data<Door>,
    client: Client,
    sent: Sent,
) -> Result<HttpResponse, PageError> {
    let secret = Fields::of(sent).secret("secret");
    let (address, now) = (client.address, Timestamp::now());
    let demo = door.demo_role(secret.expose_secret());
    let entered = wait(&people, move |people| match demo {
        Some(role) => people.demo_session(role, now).map(Some),
        None => people.enter_wall(secret.expose_secret(), address, now),
    });
    let Some(signed_in) = entered.await?.map_err(Problem::from)? else {
        let notice = Some(Notice::bad("enter.wrong"));
        let view = View { notice, ..View::new(&state, &client, "enter") };
        return templates.page(StatusCode::UNAUTHORIZED, "enter.html", &view);
    };
    let first = signed_in.visitor.pages.as_ref().and_then(|pages| pages.first());
    let path = match first.map(String::as_str) {
        Some("subscribers") => "/subscribers",
        _ => "/",
    };
    Ok(go_in(&client, &signed_in.cookie, path))
}
