//! The pages: server-rendered, readable without JavaScript, live with it.

mod account;
mod assets;
mod docs;
mod desk;
mod errors;
mod format;
mod forms;
mod frame;
mod locale;
mod outside;
mod overview;
mod parameters;
mod subscribers;
mod templates;
mod tokens;
mod users;

#[cfg(test)]
mod tests;

pub use errors::pages;
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
        .get("/sign-in", outside::sign_in)
        .post("/sign-in", outside::let_in)
        .post("/sign-out", outside::sign_out)
        .get("/setup", outside::setup)
        .post("/setup", outside::set_up)
        .get("/enter/{secret}", outside::entrance)
        .post("/enter", outside::enter)
        .get("/account", account::page)
        .post("/account/password", account::password)
        .post("/account/totp", account::offer_totp)
        .post("/account/totp/confirm", account::confirm_totp)
        .post("/account/totp/remove", account::remove_totp)
        .post("/account/sessions/end", account::end_session)
        .get("/users", users::page)
        .post("/users", users::add)
        .post("/users/change", users::change)
        .post("/users/password", users::password)
        .get("/tokens", tokens::page)
        .post("/tokens", tokens::add)
        .post("/tokens/revoke", tokens::revoke)
        .post("/walls", tokens::add_wall)
        .post("/walls/revoke", tokens::revoke_wall)
        .get("/api/docs", docs::page)
        .get("/static/{path:.*}", assets::asset)
        .get("/favicon.ico", assets::favicon)
}

/// Adds the pages, the assets, and the answer to every path that nobody else answers: call it last.
pub fn configure(config: &mut web::ServiceConfig) {
    routes().configure(config, &errors::method_not_allowed);
    config.default_service(web::to(errors::not_found));
}
