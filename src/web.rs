//! The pages: server-rendered, readable without JavaScript, live with it.

mod assets;
mod docs;
mod errors;
mod format;
mod frame;
mod locale;
mod overview;
mod parameters;
mod subscribers;
mod templates;

#[cfg(test)]
mod tests;

pub use templates::{Templates, TemplatesError};

use crate::http::Routes;
use actix_web::web;

/// Reads the templates and the words that they show; fails if one of them does not parse.
pub fn templates() -> Result<Templates, TemplatesError> {
    Templates::load()
}

/// The pages and the assets.
///
/// The pages need a `web::Data<State>`, a `web::Data<Templates>`, and a visitor who was let in.
pub fn routes() -> Routes {
    Routes::new()
        .get("/", overview::page)
        .get("/subscribers", subscribers::page)
        .get("/api/docs", docs::page)
        .get("/static/{path:.*}", assets::asset)
        .get("/favicon.ico", assets::favicon)
}

/// Adds the pages, the assets, and the answer to every path that nobody else answers: call it last.
pub fn configure(config: &mut web::ServiceConfig) {
    routes().configure(config, errors::method_not_allowed);
    config.default_service(web::to(errors::not_found));
}
