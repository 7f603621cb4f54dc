//! Pages for what goes wrong, in the same frame as all others.

use super::forms::go;
use super::frame::Frame;
use super::parameters::encode;
use super::reader::Reader;
use super::settings::{self, FaultView};
use super::templates::Templates;
use crate::access::Visitor;
use crate::domain::visible::visible;
use crate::http::{Problem, Seen, allowed};
use crate::state::State;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, HeaderMap, RETRY_AFTER};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest as _, HttpMessage as _, HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;

/// A page could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum PageError {
    /// A mistake of ours.
    #[error("the page could not be rendered")]
    Render(#[from] tera::Error),
    /// What was asked for cannot be done.
    #[error(transparent)]
    Problem(#[from] Problem),
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Render(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Problem(problem) => problem.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Render(error) => {
                tracing::error!(error = ?error, "a page could not be rendered");
                // The templates are what failed, so this is the one text that cannot come from them.
                HttpResponse::InternalServerError().content_type("text/plain; charset=utf-8").body("500")
            }
            Self::Problem(problem) => problem.error_response(),
        }
    }
}

#[derive(Serialize)]
struct View {
    frame: Frame,
    status: u16,
    detail: Option<Detail>,
}

/// What a person may want to know beside the status.
#[derive(Debug, Default, Serialize)]
struct Detail {
    /// A key of the words, and what fills it.
    key: String,
    value: String,
    /// What programs are told, in English, where nothing else is known.
    said: Option<String>,
    /// What is wrong with the settings file.
    faults: Vec<FaultView>,
}

/// Answers for paths that are not there.
pub(super) async fn not_found() -> Result<HttpResponse, Problem> {
    Err(Problem::NoSuchPath)
}

/// Answers for methods that are not there.
pub(super) async fn method_not_allowed(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::NoSuchMethod(allowed(&request)))
}

/// A middleware for `actix_web::middleware::from_fn`: tells problems to people as pages; programs, which use `/api`, get
/// them as they are. Who has to sign in is sent there, and comes back afterwards.
///
/// Who asks too much gets no page: no person opens fifty a second, and a flood of them would take all processor time.
pub async fn pages(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    // Programs read English and bits.
    let templates = request.app_data::<Data<Templates>>().filter(|_| is_page(request.path()));
    match templates.map(|templates| Reader::of(request.request(), templates.locales())) {
        Some(reader) => reader.scope(told(request, next)).await,
        None => told(request, next).await,
    }
}

/// Whether people look at what is at this path. The documentation of the API is a page, too.
fn is_page(path: &str) -> bool {
    path == "/api/docs" || !path.starts_with("/api/") && path != "/healthz"
}

async fn told(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    let is_told = is_page(request.path()) && request.path() != "/api/docs";
    let answer = next.call(request).await?;
    let error = answer.response().error().filter(|_| is_told);
    let told = error.map(|error| (error.as_response_error().status_code(), detail(error)));
    let told = told.filter(|(status, _)| *status != StatusCode::TOO_MANY_REQUESTS);
    let Some((status, detail)) = told else { return Ok(answer.map_into_left_body()) };
    let asked = answer.request().clone();
    let page = if status == StatusCode::UNAUTHORIZED && asked.method() == Method::GET {
        to_sign_in(&asked)
    } else {
        let page = page(&asked, status, answer.headers(), detail);
        page.unwrap_or_else(|error| PageError::from(error).error_response())
    };
    Ok(ServiceResponse::new(asked, page).map_into_right_body())
}

/// What a problem has to say to people beside its status.
fn detail(error: &actix_web::Error) -> Option<Detail> {
    let of_page = || match error.as_error::<PageError>() {
        Some(PageError::Problem(problem)) => Some(problem),
        _ => None,
    };
    let told = |key: &str, value: &str| {
        let value = visible(value).into_owned();
        Some(Detail { key: key.to_owned(), value, ..Detail::default() })
    };
    match error.as_error::<Problem>().or_else(of_page)? {
        Problem::Forbidden(_) => told("problem.forbidden", ""),
        Problem::Origin => told("problem.wrong_origin", ""),
        Problem::Csrf => told("problem.stale_form", ""),
        Problem::DiskFull => told("problem.disk_full", ""),
        Problem::NoSuchRouter(name) => told("problem.no_such_router", name),
        Problem::NoRouters => told("problem.no_routers", ""),
        Problem::NoSuchSubscriber(router) => told("problem.no_such_subscriber", router),
        Problem::OutOfScope => told("problem.out_of_scope", ""),
        Problem::Stale(_) => told("problem.stale", ""),
        Problem::Settings(refusal) => {
            let key = format!("js.refused.{}", refusal.word()?);
            Some(Detail { key, faults: settings::of_file(refusal), ..Detail::default() })
        }
        Problem::Parameter(what) => {
            let said = Some(visible(what).into_owned());
            Some(Detail { key: "js.refused.bad_parameter".to_owned(), said, ..Detail::default() })
        }
        _ => None,
    }
}

fn to_sign_in(asked: &HttpRequest) -> HttpResponse {
    let mut link = "/sign-in".to_owned();
    let wanted = asked.uri().path_and_query().map_or("/", |wanted| wanted.as_str());
    if wanted != "/" {
        link.push_str("?next=");
        encode(&mut link, wanted);
    }
    go(&link)
}

fn page(
    asked: &HttpRequest,
    status: StatusCode,
    headers: &HeaderMap,
    detail: Option<Detail>,
) -> Result<HttpResponse, tera::Error> {
    let seen = Seen::extract(asked).into_inner().ok();
    let visitor = asked.extensions().get::<Visitor>().cloned();
    let state = asked.app_data::<Data<State>>();
    let frame = match (seen, visitor, state) {
        (Some(seen), Some(visitor), _) => Frame::new(&seen, &visitor, "error"),
        (_, _, Some(state)) => Frame::outside(state, "error"),
        _ => return Err(tera::Error::message("there is no state")),
    };
    let templates = asked.app_data::<Data<Templates>>();
    let templates = templates.ok_or_else(|| tera::Error::message("there are no templates"))?;
    let view = View { frame, status: status.as_u16(), detail };
    let mut response = templates.render(status, "error.html", &view)?;
    for name in [ALLOW, RETRY_AFTER] {
        if let Some(value) = headers.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    Ok(response)
}
