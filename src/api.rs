//! The API: health, sessions, subscribers, and the live stream. Its shapes are a promise to programs.

mod health;
mod pppoe_interfaces;
mod stream;
mod subscribers;
mod wire;

#[cfg(test)]
mod tests;

pub use stream::Live;

use crate::http::{Routes, problem};
use actix_web::web;

/// The API's routes.
///
/// They need a `web::Data<State>`, a `web::Data<Live>`, and a visitor who was let in.
pub fn routes() -> Routes {
    Routes::new()
        .get("/healthz", health::is_alive)
        .get("/api/health", health::health)
        .get("/api/pppoe_interfaces", pppoe_interfaces::list)
        .get("/api/v1/stream", stream::open)
        .get("/api/v1/subscribers", subscribers::list)
}

/// Adds the API's routes, and the answer to what is not among them.
pub fn configure(config: &mut web::ServiceConfig) {
    routes().configure(config, problem::no_such_method);
    config.service(web::resource("/api/{rest:.*}").to(problem::no_such_path));
}
