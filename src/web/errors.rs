//! Pages for what goes wrong, in the same frame as all others.

use super::frame::Frame;
use super::templates::Templates;
use crate::http::{Seen, allowed};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
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
    seen: Seen,
    templates: web::Data<Templates>,
) -> Result<HttpResponse, PageError> {
    page(&seen, &templates, StatusCode::NOT_FOUND)
}

/// Answers for methods that are not there.
pub(super) async fn method_not_allowed(
    request: HttpRequest,
    seen: Seen,
    templates: web::Data<Templates>,
) -> Result<HttpResponse, PageError> {
    let mut response = page(&seen, &templates, StatusCode::METHOD_NOT_ALLOWED)?;
    if let Ok(methods) = HeaderValue::from_str(&allowed(&request)) {
        response.headers_mut().insert(ALLOW, methods);
    }
    Ok(response)
}

fn page(seen: &Seen, templates: &Templates, status: StatusCode) -> Result<HttpResponse, PageError> {
    let view = View { frame: Frame::new(seen, "error"), status: status.as_u16() };
    templates.page(status, "error.html", &view)
}
