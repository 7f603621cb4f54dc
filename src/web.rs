//! The pages: server-rendered, readable without JavaScript, live with it.

mod account;
mod acts;
mod assets;
mod audit;
mod chart;
mod docs;
mod desk;
mod errors;
mod format;
mod forms;
mod frame;
mod groups;
mod held;
mod installed;
mod jobs;
mod language;
mod locale;
mod logs;
mod offer;
mod outside;
mod overview;
mod parameters;
mod performance;
#[cfg(debug_assertions)]
mod pseudo;
mod rail;
mod reader;
mod router;
mod subscriber;
mod settings;
mod subscribers;
mod table;
mod tables;
mod templates;
mod tokens;
mod trouble;
mod users;

#[cfg(test)]
mod tests;

pub use errors::pages;
pub use held::HeldFiles;
pub use templates::{Templates, TemplatesError};

use crate::http::Routes;
use actix_web::web;

/// Reads the templates and the words that they show; fails if one of them does not parse.
pub fn templates() -> Result<Templates, TemplatesError> {
    Templates::load()
}

/// The pages and the assets.
///
/// The pages need a `web::Data` of each of `State`, `Templates`, `People`, `Performance` and `HeldFiles`, and a visitor who was let in.
pub fn routes() -> Routes {
    Routes::new()
        .get("/", overview::page)
        .get("/subscribers", subscribers::page)
        .get("/subscribers/{router}/{name}", subscriber::page)
        .get("/groups", groups::page)
        .get("/groups/new", groups::editor::new)
        .post("/groups/new", groups::editor::add)
        .get("/groups/categories", groups::categories::page)
        .post("/groups/categories", groups::categories::change)
        .get("/groups/import", groups::import::page)
        .post("/groups/import", groups::import::send)
        .get("/groups/{id}", groups::one::page)
        .get("/groups/{id}/edit", groups::editor::edit)
        .post("/groups/{id}/edit", groups::editor::set)
        .post("/groups/{id}/delete", groups::editor::remove)
        .get("/routers", tables::routers)
        .get("/routers/{name}", router::page)
        .get("/interfaces", tables::interfaces)
        .get("/hotspot", tables::guests)
        .get("/hotspot/hosts", tables::hosts)
        .get("/hotspot/users", tables::vouchers)
        .get("/dhcp", tables::leases)
        .get("/dhcp/pools", tables::pools)
        .get("/queues", tables::queues)
        .get("/logs", logs::program)
        .get("/logs/routers", logs::routers)
        .get("/logs/events", logs::events)
        .post("/logs/debug", logs::debug)
        .get("/jobs", jobs::list)
        .get("/jobs/new", jobs::form::page)
        .post("/jobs/new", jobs::form::prepare)
        .get("/jobs/{id}", jobs::page)
        .post("/jobs/{id}", jobs::change)
        .get("/performance", performance::page)
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
        .get("/audit", audit::page)
        .get("/tokens", tokens::page)
        .post("/tokens", tokens::add)
        .post("/tokens/revoke", tokens::revoke)
        .post("/walls", tokens::add_wall)
        .post("/walls/revoke", tokens::revoke_wall)
        .get("/settings", settings::page)
        .post("/settings", settings::change)
        .get("/settings/import", settings::import::page)
        .post("/settings/import", settings::import::send)
        .get("/settings/routers", settings::routers::page)
        .post("/settings/routers", settings::routers::change)
        .get("/settings/routers/new", settings::editor::new)
        .post("/settings/routers/new", settings::editor::add)
        .get("/settings/routers/{name}", settings::editor::edit)
        .post("/settings/routers/{name}", settings::editor::set)
        .get("/settings/routers/{name}/delete", settings::removal::page)
        .post("/settings/routers/{name}/delete", settings::removal::remove)
        .get("/api/docs", docs::page)
        .get("/static/{path:.*}", assets::asset)
        .get("/favicon.ico", assets::favicon)
        .get("/manifest.webmanifest", installed::manifest)
        .get("/worker.js", installed::worker)
        .get("/offline", installed::offline)
        .post("/preferences", reader::choose)
}

/// Adds the pages, the assets, and the answer to every path that nobody else answers: call it last.
pub fn configure(config: &mut web::ServiceConfig) {
    routes().configure(config, &errors::method_not_allowed);
    config.default_service(web::to(errors::not_found));
}
