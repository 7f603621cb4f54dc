//! The API: what the pages show, for programs. Its shapes are a promise.

mod audit;
mod download;
mod earlier;
mod configured;
mod etag;
mod events;
mod export;
mod groups;
mod grouped;
mod health;
mod hotspot;
mod interfaces;
mod jobs;
mod leases;
mod list;
mod logs;
mod openapi;
mod parameters;
mod people;
mod performance;
mod piece;
mod pppoe_interfaces;
mod queues;
mod rendered;
mod routers;
mod seed;
mod settings;
mod sessions;
mod stream;
mod subscribers;
mod table;
mod wire;
mod words;

#[cfg(test)]
mod tests;

pub use rendered::Rendered;
pub use stream::Live;

use crate::domain::dhcp::{Lease, Pool};
use crate::domain::hotspot::{HotspotActive, HotspotHost, HotspotUser};
use crate::domain::interface::InterfaceFacts;
use crate::domain::network::SimpleQueue;
use crate::domain::snapshot::Snapshot;
use crate::http::{Routes, extractors, problem};

use actix_web::{FromRequest, Handler, Responder, web};
use openapi::{Answer, Doc};

/// The API's routes.
///
/// They need a `web::Data` of each of `State`, `Live`, `Rendered` and `Performance`, and a visitor who was let in.
pub fn routes() -> Routes {
    described().routes
}

/// Routes, each with what it says of itself.
struct Described {
    routes: Routes,
    docs: Vec<(&'static str, &'static str, Doc)>,
}

impl Described {
    fn get<F, Args>(mut self, path: &'static str, handler: F, doc: Doc) -> Self
    where
        F: Handler<Args> + Clone,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.docs.push(("GET", path, doc));
        Self { routes: self.routes.get(path, handler), ..self }
    }

    fn post<F, Args>(mut self, path: &'static str, handler: F, doc: Doc) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.docs.push(("POST", path, doc));
        Self { routes: self.routes.post(path, handler), ..self }
    }

    fn put<F, Args>(mut self, path: &'static str, handler: F, doc: Doc) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.docs.push(("PUT", path, doc));
        Self { routes: self.routes.put(path, handler), ..self }
    }

    fn delete<F, Args>(mut self, path: &'static str, handler: F, doc: Doc) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.docs.push(("DELETE", path, doc));
        Self { routes: self.routes.delete(path, handler), ..self }
    }
}

/// Users, tokens and whoever asks.
fn who(all: Described) -> Described {
    use people::{Done, Me, SignInsAnswer, tokens, users};
    let about = |what, answer| Doc::new("People", what, answer);
    let done = Answer::json::<Done>;
    let sign_ins = Answer::json::<SignInsAnswer>;
    all.get("/api/v1/me", people::me, about("Whoever asks", Answer::json::<Me>()))
        .get("/api/v1/me/sessions", people::my_sessions, about("One's own sessions", sign_ins()))
        .delete(
            "/api/v1/me/sessions/{id}",
            people::end_my_session,
            about("End one of one's own sessions", done()).path("id", "Its id.").or(500),
        )
        .get(
            "/api/v1/audit",
            audit::list,
            download::audit_parameters(about(
                "Who did what, the newest first",
                Answer::json::<audit::AuditAnswer>(),
            ))
            .query("limit", "How many entries at most.", openapi::number(1, 1_000))
            .query("offset", "How many to pass over.", openapi::number(0, 1_000_000_000))
            .or(500),
        )
        .get(
            "/api/v1/audit/check",
            audit::check,
            about("Whether the audit log is as it was written", Answer::json::<audit::AuditCheck>()).or(500),
        )
        .get("/api/v1/users", users::list, about("Users", Answer::json::<users::UsersAnswer>()))
        .post(
            "/api/v1/users",
            users::add,
            about("Add a user", done()).body::<users::UserBody>().giving(201).or(409).or(500),
        )
        .delete(
            "/api/v1/users/{name}",
            users::disable,
            about("Let a user in no more; the name stays for the audit log", done())
                .path("name", "Their name.")
                .or(409)
                .or(500),
        )
        .get(
            "/api/v1/users/{name}/sessions",
            users::sessions,
            about("A user's sessions", sign_ins()).path("name", "Their name."),
        )
        .delete(
            "/api/v1/users/{name}/sessions",
            users::end_sessions,
            about("Sign a user out everywhere", done()).path("name", "Their name.").or(500),
        )
        .get("/api/v1/tokens", tokens::list, about("Tokens", Answer::json::<tokens::TokensAnswer>()))
        .post(
            "/api/v1/tokens",
            tokens::make,
            about("Make a token, which is shown this once", Answer::json::<tokens::TokenMade<'static>>())
                .body::<tokens::TokenBody>()
                .giving(201)
                .or(500),
        )
        .delete(
            "/api/v1/tokens/{id}",
            tokens::revoke,
            about("Revoke a token", done()).path("id", "Its id.").or(500),
        )
}

fn described() -> Described {
    let all = Described { routes: Routes::new(), docs: Vec::new() };
    earlier::routes(configured::routes(download::routes(grouped::routes(acting(who(health(lists(live(
        all,
    )))))))))
}

/// What changes, while it does.
fn live(all: Described) -> Described {
    let topics = ["presence", "subscribers", "routers", "totals", "events", "logs"];
    let keys = openapi::some_of(&["[A-Za-z0-9_-]{1,64}:[0-9]{1,19}"]);
    let stream = Doc::new("Live", "What changes, as server-sent events", Answer::Events)
        .query("topics", "What to be told, by comma.", openapi::some_of(&topics))
        .query("rows", "The `key`s of subscribers whose rates are told, by comma.", keys)
        .query("after", "The `id` of the last event had, as in the header Last-Event-ID.", openapi::text());
    all.get("/api/v1/stream", stream::open, stream)
}

/// What the pages show, list by list.
fn lists(all: Described) -> Described {
    all.get(
        "/api/v1/routers",
        routers::list,
        Doc::table::<Snapshot, routers::RouterRow>(
            "routers",
            "The routers: whether they can be asked, load, sums",
        ),
    )
    .get(
        "/api/v1/routers/{name}",
        routers::one,
        Doc::new("Lists", "One router, with what reading it costs", Answer::json::<routers::RouterAnswer>())
            .path("name", "Its name.")
            .or(304),
    )
    .get("/api/v1/subscribers", subscribers::list, Doc::subscribers("Subscribers, searched and in order"))
    .get(
        "/api/v1/subscribers/{router}/{name}",
        subscribers::one,
        Doc::new(
            "Lists",
            "One subscriber: sessions, account, recent events",
            Answer::json::<subscribers::SubscriberAnswer<'static>>(),
        )
        .path("router", "The router.")
        .path("name", "The login name, exactly as the router has it, percent-encoded.")
        .or(304),
    )
    .get(
        "/api/v1/sessions",
        sessions::list,
        Doc::list::<sessions::SessionRow<'static>>("sessions", "Sessions with their rates"),
    )
    .get(
        "/api/v1/interfaces",
        interfaces::list,
        Doc::table::<InterfaceFacts, interfaces::InterfaceRow<'static>>(
            "interfaces",
            "The routers' own interfaces",
        ),
    )
    .get(
        "/api/v1/hotspot",
        hotspot::active,
        Doc::table::<HotspotActive, hotspot::HotspotRow<'static>>("hotspot", "Hotspot sessions"),
    )
    .get(
        "/api/v1/hotspot/hosts",
        hotspot::hosts,
        Doc::table::<HotspotHost, hotspot::HotspotHostRow<'static>>("hosts", "Hosts that hotspots see"),
    )
    .get(
        "/api/v1/hotspot/users",
        hotspot::users,
        Doc::table::<HotspotUser, hotspot::HotspotUserRow<'static>>("users", "Who may sign in at hotspots"),
    )
    .get(
        "/api/v1/leases",
        leases::list,
        Doc::table::<Lease, leases::LeaseRow<'static>>("leases", "DHCP leases"),
    )
    .get(
        "/api/v1/pools",
        leases::pools,
        Doc::table::<Pool, leases::PoolRow<'static>>("pools", "Pools of addresses"),
    )
    .get(
        "/api/v1/queues",
        queues::list,
        Doc::table::<SimpleQueue, queues::QueueRow<'static>>("queues", "Simple queues"),
    )
    .get(
        "/api/v1/events",
        events::list,
        Doc::list::<events::EventRow<'static>>("events", "What happened last, the newest first").query(
            "after",
            "Only those with a higher number.",
            openapi::number(0, 1_000_000_000),
        ),
    )
    .get(
        "/api/v1/logs",
        logs::list,
        download::log_parameters(Doc::list::<logs::LogRow<'static>>(
            "logs",
            "Our own log or the routers', the newest first",
        )),
    )
}

/// Actions on routers.
fn acting(all: Described) -> Described {
    let about = |what, answer| Doc::new("Actions", what, answer);
    let job = Answer::json::<jobs::JobAnswer>;
    all.get("/api/v1/jobs", jobs::list, about("Jobs, the newest first", Answer::json::<jobs::JobsAnswer>()))
        .post(
            "/api/v1/jobs",
            jobs::add,
            about("Prepare actions on routers, or begin them at once", job())
                .body::<jobs::JobBody>()
                .giving(201)
                .or(409)
                .or(500),
        )
        .get(
            "/api/v1/jobs/{id}",
            jobs::one,
            about("One job with its actions", job())
                .path("id", "Its id.")
                .query("limit", "How many actions at most.", openapi::number(1, 1_000))
                .query("offset", "How many to pass over.", openapi::number(0, 1_000_000_000))
                .or(404),
        )
        .post(
            "/api/v1/jobs/{id}",
            jobs::change,
            about("Begin a job, or have it go on, wait or end", job())
                .path("id", "Its id.")
                .body::<jobs::JobChange>()
                .or(404)
                .or(409)
                .or(500),
        )
        .get(
            "/api/v1/jobs/{id}/undo",
            jobs::undo,
            about("What takes back what a job did, to be posted as a job", Answer::json::<jobs::UndoFile>())
                .path("id", "Its id.")
                .or(404),
        )
}

const LEVELS: [&str; 6] = ["error", "warn", "warning", "info", "debug", "trace"];

/// How we are, everything at once, and what describes the API itself.
fn health(all: Described) -> Described {
    let is_alive = Doc::new("Health", "The server answers", Answer::Text("text/plain"));
    let document = Answer::Json(Box::new(|_| utoipa::openapi::ObjectBuilder::new().into()));
    all.get("/healthz", health::is_alive, is_alive)
        .get(
            "/api/health",
            health::health,
            Doc::new("Health", "How we and every router are", Answer::json::<health::Health>()).router(),
        )
        .post(
            "/api/health",
            health::ask,
            Doc::new(
                "Health",
                "The same as GET; with a body, whether such a router can be watched",
                Answer::json::<health::HealthOrTried<'static>>(),
            )
            .router()
            .body::<health::TryBody>()
            .body_may_lack()
            .or(404)
            .or(409)
            .or(500),
        )
        .get(
            "/api/performance",
            performance::report,
            Doc::new(
                "Health",
                "How well routers can be reached, and how fast they and we answer",
                Answer::json::<performance::PerformanceAnswer>(),
            )
            .router(),
        )
        .get(
            "/api/export",
            export::export,
            Doc::new(
                "Export",
                "Everything as one file, without secrets",
                Answer::json::<export::Export<'static>>(),
            )
            .router(),
        )
        .get("/api/openapi.json", openapi::document, Doc::new("Export", "This document", document))
}

/// Adds the API's routes, and the answer to what is not among them.
pub fn configure(config: &mut web::ServiceConfig) {
    config.configure(extractors);
    routes().configure(config, &problem::no_such_method);
    config.service(web::resource("/api/{rest:.*}").to(problem::no_such_path));
}
