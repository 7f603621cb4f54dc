//! The pages: server-rendered, readable without JavaScript, live with it.

mod assets;
mod errors;
mod format;
mod frame;
mod headers;
mod locale;
mod overview;
mod parameters;
mod subscribers;
mod templates;

#[cfg(test)]
mod tests;

pub use headers::headers;
pub use templates::{Templates, TemplatesError};

use actix_web::{FromRequest, Handler, Resource, Responder, web};

/// Reads the templates and the words that they show; fails if one of them does not parse.
pub fn templates() -> Result<Templates, TemplatesError> {
    Templates::load()
}

/// Adds the pages, the assets, and the answer to every path that nobody else answers: call it last.
///
/// The pages need a `web::Data<State>` and a `web::Data<Templates>`.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(readable("/", overview::page))
        .service(readable("/subscribers", subscribers::page))
        .service(readable("/static/{path:.*}", assets::asset))
        .service(readable("/favicon.ico", assets::favicon))
        .default_service(web::to(errors::not_found));
}

/// A path that can be read and nothing else.
fn readable<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args> + Clone,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path)
        .route(web::get().to(handler.clone()))
        .route(web::head().to(handler))
        .default_service(web::to(errors::method_not_allowed))
}
