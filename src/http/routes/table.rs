//! The table itself, route by route.

use crate::access::Role;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Needs {
    /// Anybody: it tells nothing, or it is the way in.
    Nothing,
    /// Whoever was let in, even to read only: it concerns nobody else.
    Anyone,
    /// Whoever was let in with at least this role.
    Role(Role),
    /// A person with at least this role, signed in: no program and no wall display.
    Person(Role),
    /// An admin who may see all routers; only a person, if so said. Who may see some must not make others who see more.
    Owner {
        /// Whether a program with a token may not use it.
        person: bool,
    },
}

/// One route.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Route {
    /// Its method.
    pub(in crate::http) method: &'static str,
    /// Its path, as actix writes it.
    pub(in crate::http) path: &'static str,
    /// Who may use it.
    pub(in crate::http) needs: Needs,
    /// The pages that cannot do without it: wall displays of these pages may use it.
    pub(in crate::http) pages: &'static [&'static str],
}

const fn route(method: &'static str, path: &'static str, needs: Needs) -> Route {
    Route { method, path, needs, pages: &[] }
}

const fn shown(path: &'static str, pages: &'static [&'static str]) -> Route {
    Route { method: "GET", path, needs: Needs::Role(Role::Viewer), pages }
}

/// A route that needs a role, and answers programs too.
const fn open(method: &'static str, path: &'static str, role: Role) -> Route {
    route(method, path, Needs::Role(role))
}

/// A route for people who signed in.
const fn personal(method: &'static str, path: &'static str, role: Role) -> Route {
    route(method, path, Needs::Person(role))
}

/// A route for admins who may see all routers, signed in.
const fn owners(method: &'static str, path: &'static str) -> Route {
    route(method, path, Needs::Owner { person: true })
}

/// A route for admins who may see all routers, and for their programs.
const fn owned(method: &'static str, path: &'static str) -> Route {
    route(method, path, Needs::Owner { person: false })
}

/// Where a browser is told in which language its pages are.
pub(in crate::http) const PREFERENCES: &str = "/preferences";

/// All routes. `HEAD` goes with `GET`.
pub(in crate::http) const TABLE: &[Route] = &[
    route("GET", "/healthz", Needs::Nothing),
    route("GET", "/static/{path:.*}", Needs::Nothing),
    route("GET", "/favicon.ico", Needs::Nothing),
    route("GET", "/manifest.webmanifest", Needs::Nothing),
    route("GET", "/worker.js", Needs::Nothing),
    route("GET", "/offline", Needs::Nothing),
    // In which language somebody reads, kept by the browser.
    route("POST", PREFERENCES, Needs::Nothing),
    // The ways in.
    route("GET", "/sign-in", Needs::Nothing),
    route("POST", "/sign-in", Needs::Nothing),
    route("GET", "/setup", Needs::Nothing),
    route("POST", "/setup", Needs::Nothing),
    route("GET", "/enter/{secret}", Needs::Nothing),
    route("POST", "/enter", Needs::Nothing),
    // Whoever was let in may leave.
    route("POST", "/sign-out", Needs::Anyone),
    personal("GET", "/account", Role::Viewer),
    personal("POST", "/account/password", Role::Viewer),
    personal("POST", "/account/totp", Role::Viewer),
    personal("POST", "/account/totp/confirm", Role::Viewer),
    personal("POST", "/account/totp/remove", Role::Viewer),
    personal("POST", "/account/sessions/end", Role::Viewer),
    owners("GET", "/users"),
    owners("POST", "/users"),
    owners("POST", "/users/change"),
    owners("POST", "/users/password"),
    owners("GET", "/audit"),
    owners("GET", "/tokens"),
    owners("POST", "/tokens"),
    owners("POST", "/tokens/revoke"),
    owners("POST", "/walls"),
    owners("POST", "/walls/revoke"),
    shown("/", &["overview"]),
    shown("/subscribers", &["subscribers"]),
    shown("/subscribers/{router}/{name}", &["subscribers"]),
    shown("/routers", &[]),
    shown("/routers/{name}", &[]),
    shown("/interfaces", &[]),
    shown("/hotspot", &[]),
    shown("/hotspot/hosts", &[]),
    shown("/hotspot/users", &[]),
    shown("/dhcp", &[]),
    shown("/dhcp/pools", &[]),
    shown("/queues", &[]),
    shown("/logs", &[]),
    shown("/logs/routers", &[]),
    shown("/logs/events", &[]),
    owners("POST", "/logs/debug"),
    shown("/performance", &[]),
    shown("/api/v1/subscribers", &["subscribers"]),
    shown("/api/v1/stream", &["overview", "subscribers"]),
    shown("/api/v1/subscribers/{router}/{name}", &["subscribers"]),
    shown("/api/v1/routers", &["overview"]),
    shown("/api/v1/routers/{name}", &["overview"]),
    shown("/api/v1/sessions", &[]),
    shown("/api/v1/interfaces", &[]),
    shown("/api/v1/hotspot", &[]),
    shown("/api/v1/hotspot/hosts", &[]),
    shown("/api/v1/hotspot/users", &[]),
    shown("/api/v1/leases", &[]),
    shown("/api/v1/pools", &[]),
    shown("/api/v1/queues", &[]),
    shown("/api/v1/events", &[]),
    shown("/api/v1/logs", &[]),
    // The same lists as files.
    shown("/api/v1/export/subscribers", &[]),
    shown("/api/v1/export/sessions", &[]),
    shown("/api/v1/export/routers", &[]),
    shown("/api/v1/export/interfaces", &[]),
    shown("/api/v1/export/hotspot", &[]),
    shown("/api/v1/export/hosts", &[]),
    shown("/api/v1/export/hotspot_users", &[]),
    shown("/api/v1/export/leases", &[]),
    shown("/api/v1/export/pools", &[]),
    shown("/api/v1/export/queues", &[]),
    shown("/api/v1/export/groups", &[]),
    shown("/api/v1/export/events", &[]),
    shown("/api/v1/export/logs", &[]),
    shown("/api/health", &[]),
    route("POST", "/api/health", Needs::Anyone),
    shown("/api/pppoe_interfaces", &[]),
    shown("/api/status", &[]),
    shown("/api/resources", &[]),
    shown("/api/interfaces", &[]),
    shown("/api/ppp_active", &[]),
    shown("/api/ppp_accounts", &[]),
    shown("/api/dashboard", &[]),
    shown("/api/pppoe", &[]),
    shown("/api/accounts", &[]),
    shown("/api/ppp_accounts_summary", &[]),
    shown("/api/routers", &[]),
    shown("/api/routers/active", &[]),
    route("POST", "/api/routers/test", Needs::Anyone),
    owned("GET", "/api/routers/{name}"),
    owned("GET", "/api/settings"),
    shown("/api/groups", &[]),
    shown("/api/groups/{id}", &[]),
    shown("/api/categories", &[]),
    shown("/api/performance", &[]),
    shown("/api/export", &[]),
    shown("/api/logs", &[]),
    owned("POST", "/api/logs/clear"),
    open("GET", "/api/v1/me", Role::Viewer),
    personal("GET", "/api/v1/me/sessions", Role::Viewer),
    personal("DELETE", "/api/v1/me/sessions/{id}", Role::Viewer),
    // Whom to let in is for people to say: a token that was stolen must not make others. It may take them away.
    owned("GET", "/api/v1/audit"),
    owned("GET", "/api/v1/audit/check"),
    owned("GET", "/api/v1/export/audit"),
    owned("GET", "/api/v1/users"),
    owners("POST", "/api/v1/users"),
    owners("DELETE", "/api/v1/users/{name}"),
    owned("GET", "/api/v1/users/{name}/sessions"),
    owned("DELETE", "/api/v1/users/{name}/sessions"),
    owned("GET", "/api/v1/tokens"),
    owners("POST", "/api/v1/tokens"),
    owned("DELETE", "/api/v1/tokens/{id}"),
    // Groups of subscribers, and the categories that they stand in.
    shown("/groups", &[]),
    shown("/groups/{id}", &[]),
    open("GET", "/groups/new", Role::Operator),
    open("POST", "/groups/new", Role::Operator),
    open("GET", "/groups/{id}/edit", Role::Operator),
    open("POST", "/groups/{id}/edit", Role::Operator),
    open("POST", "/groups/{id}/delete", Role::Operator),
    shown("/groups/categories", &[]),
    open("POST", "/groups/categories", Role::Operator),
    open("GET", "/groups/import", Role::Operator),
    open("POST", "/groups/import", Role::Operator),
    shown("/api/v1/groups", &[]),
    open("POST", "/api/v1/groups", Role::Operator),
    shown("/api/v1/groups/{id}", &[]),
    open("PUT", "/api/v1/groups/{id}", Role::Operator),
    open("DELETE", "/api/v1/groups/{id}", Role::Operator),
    open("POST", "/api/v1/groups/preview", Role::Operator),
    shown("/api/v1/groups/export", &[]),
    open("POST", "/api/v1/groups/import", Role::Operator),
    shown("/api/v1/categories", &[]),
    open("POST", "/api/v1/categories", Role::Operator),
    shown("/api/v1/categories/{id}", &[]),
    open("PUT", "/api/v1/categories/{id}", Role::Operator),
    open("DELETE", "/api/v1/categories/{id}", Role::Operator),
    open("POST", "/api/v1/categories/{id}/subcategories", Role::Operator),
    open("PUT", "/api/v1/categories/{id}/subcategories/{part}", Role::Operator),
    open("DELETE", "/api/v1/categories/{id}/subcategories/{part}", Role::Operator),
    // What stands in the settings file, and the tests before something does.
    owners("GET", "/settings"),
    owners("POST", "/settings"),
    owners("GET", "/settings/import"),
    owners("POST", "/settings/import"),
    owners("GET", "/settings/routers"),
    owners("POST", "/settings/routers"),
    owners("GET", "/settings/routers/new"),
    owners("POST", "/settings/routers/new"),
    owners("GET", "/settings/routers/{name}"),
    owners("POST", "/settings/routers/{name}"),
    owners("GET", "/settings/routers/{name}/delete"),
    owners("POST", "/settings/routers/{name}/delete"),
    owned("GET", "/api/v1/settings"),
    owned("PUT", "/api/v1/settings"),
    owned("POST", "/api/v1/settings/import"),
    owned("POST", "/api/v1/routers"),
    owned("POST", "/api/v1/routers/test"),
    owned("PUT", "/api/v1/routers/{name}"),
    owned("DELETE", "/api/v1/routers/{name}"),
    owned("POST", "/api/v1/routers/{name}/move"),
    // What is done on routers, where their write mode is on.
    open("GET", "/jobs", Role::Operator),
    open("GET", "/jobs/new", Role::Operator),
    open("POST", "/jobs/new", Role::Operator),
    open("GET", "/jobs/{id}", Role::Operator),
    open("POST", "/jobs/{id}", Role::Operator),
    open("GET", "/api/v1/jobs", Role::Operator),
    open("POST", "/api/v1/jobs", Role::Operator),
    open("GET", "/api/v1/jobs/{id}", Role::Operator),
    open("POST", "/api/v1/jobs/{id}", Role::Operator),
    open("GET", "/api/v1/jobs/{id}/undo", Role::Operator),
    shown("/api/openapi.json", &[]),
    shown("/api/docs", &[]),
];
