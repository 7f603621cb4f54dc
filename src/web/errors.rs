//! Pages for what goes wrong, in the same frame as all others.

use super::frame::Frame;
use super::templates::Templates;
use crate::state::State;
use actix_web::http::StatusCode;
use actix_web::http::header::ALLOW;
use actix_web::{HttpResponse, ResponseError, web};
use serde::Serialize;

/// A page could not be made: a mistake of ours.
#[derive(Debug, thiserror::Error)]
#[error("the page could not be rendered")]
pub(super) struct PageError(#[from] tera::Error);

impl ResponseError for PageError {
    fn error_response(&self) -> HttpResponse {
        tracing::error!(error = ?self.0, "a page could not be rendered");
        // The templates are what failed, so this is the one text that cannot come from them.
        HttpResponse::InternalServerError().content_type("text/plain; charset=utf-8").body("500")
    }
}

#[derive(Serialize)]
struct View {
    frame: Frame,
    status: u16,
}

/// Answers for paths that are not there.
pub(super) async fn not_found(
    state: web::Data<State>,
    templates: web::Data<Templates>,
) -> Result<HttpResponse, PageError> {
    page(&state, &templates, StatusCode::NOT_FOUND)
}

/// Answers for methods that are not there.
pub(super) async fn method_not_allowed(
    state: web::Data<State>,
    templates: web::Data<Templates>,
) -> Result<HttpResponse, PageError> {
    let mut response = page(&state, &templates, StatusCode::METHOD_NOT_ALLOWED)?;
    let methods = actix_web::http::header::HeaderValue::from_static("GET, HEAD");
    response.headers_mut().insert(ALLOW, methods);
    Ok(response)
}

fn page(state: &State, templates: &Templates, status: StatusCode) -> Result<HttpResponse, PageError> {
    let view = View { frame: Frame::new(state, "error"), status: status.as_u16() };
    templates.page(status, "error.html", &view)
}
