//! `GET /api/docs`: the API's documentation, to be read and tried.

use super::errors::PageError;
use super::reader::ReaderView;
use super::templates::Templates;
use crate::access::Visitor;
use crate::http::{Seen, WithoutTrustedTypes};
use actix_web::http::StatusCode;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use serde::Serialize;

#[derive(Serialize)]
struct View {
    version: &'static str,
    /// The visitor's token against forged requests: what is tried here may be a change.
    csrf: String,
    reader: ReaderView,
}

/// Answers with the page. Swagger UI makes markup from text, so that page goes without Trusted Types; what it shows is
/// our own document, and no word of a router's.
pub(super) async fn page(
    _: Seen,
    request: HttpRequest,
    templates: web::Data<Templates>,
) -> Result<HttpResponse, PageError> {
    let csrf = request.extensions().get::<Visitor>().and_then(|visitor| visitor.csrf.clone());
    let view = View {
        version: env!("CARGO_PKG_VERSION"),
        reader: ReaderView::now(),
        csrf: csrf.unwrap_or_default(),
    };
    let mut page = templates.page(StatusCode::OK, "docs.html", &view)?;
    page.extensions_mut().insert(WithoutTrustedTypes);
    Ok(page)
}
