//! `GET /api/docs`: the API's documentation, to be read and tried.

use super::errors::PageError;
use super::templates::Templates;
use crate::http::{Seen, WithoutTrustedTypes};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

#[derive(Serialize)]
struct View {
    version: &'static str,
}

/// Answers with the page. Swagger UI makes markup from text, so that page goes without Trusted Types; what it shows is
/// our own document, and no word of a router's.
pub(super) async fn page(_: Seen, templates: web::Data<Templates>) -> Result<HttpResponse, PageError> {
    let view = View { version: env!("CARGO_PKG_VERSION") };
    let mut page = templates.page(StatusCode::OK, "docs.html", &view)?;
    page.extensions_mut().insert(WithoutTrustedTypes);
    Ok(page)
}
