//! The API: health, sessions, subscribers, and the live stream. Its shapes are a promise to programs.

mod health;
mod pppoe_interfaces;
mod problem;
mod stream;
mod subscribers;
mod wire;

#[cfg(test)]
mod tests;

pub use stream::Live;

use actix_web::{FromRequest, Handler, Resource, Responder, web};

/// Adds the API's routes.
///
/// They need a `web::Data<State>` and a `web::Data<Live>`.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(readable("/healthz", health::is_alive)).service(
        web::scope("/api")
            .service(readable("/health", health::health))
            .service(readable("/pppoe_interfaces", pppoe_interfaces::list))
            .service(readable("/v1/stream", stream::open))
            .service(readable("/v1/subscribers", subscribers::list))
            .default_service(web::to(problem::no_such_path)),
    );
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
        .default_service(web::to(problem::no_such_method))
}
