//! The one table of routes: which there are, and who may use them. A route that is not in it does not start.

mod table;

pub(super) use table::{Needs, PREFERENCES, Route, TABLE};

use super::limits::Budget;
use crate::access::Role;
use actix_web::http::Method;
use actix_web::web::ServiceConfig;
use actix_web::{FromRequest, Handler, HttpRequest, Resource, Responder, web};
use std::collections::BTreeMap;

/// A route as the API's own documentation tells it.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    /// Its method.
    pub method: &'static str,
    /// Its path.
    pub path: &'static str,
    /// The least role that may use it, if one is needed.
    pub role: Option<Role>,
    /// Whether a program with a token may use it.
    pub is_for_programs: bool,
    /// Whether whoever was let in may use it, even to read only.
    pub is_for_all: bool,
    /// Whether it is for those only who may see all routers.
    pub needs_all_routers: bool,
}

/// All routes, in the order of the table.
pub fn listed() -> impl Iterator<Item = Listed> {
    TABLE.iter().map(|route| {
        let (role, is_for_programs) = match route.needs {
            Needs::Nothing => (None, true),
            Needs::Anyone => (Some(Role::Viewer), true),
            Needs::Role(role) => (Some(role), true),
            Needs::Person(role) => (Some(role), false),
            Needs::Owner { person } => (Some(Role::Admin), !person),
        };
        Listed {
            method: route.method,
            path: route.path,
            role,
            is_for_programs,
            is_for_all: route.needs == Needs::Anyone,
            needs_all_routers: matches!(route.needs, Needs::Owner { .. }),
        }
    })
}

/// A route that cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Nobody said who may use it.
    #[error("{0} {1} is not in the table of routes")]
    Unlisted(&'static str, &'static str),
    /// It is in the table, and nobody answers it.
    #[error("{0} {1} is in the table of routes, and nobody answers it")]
    Unanswered(&'static str, &'static str),
}

/// Handlers by path and method.
pub struct Routes {
    paths: BTreeMap<&'static str, Resource>,
    answered: Vec<(&'static str, &'static str)>,
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.answered).finish()
    }
}

impl Routes {
    /// No routes yet.
    pub fn new() -> Self {
        Self { paths: BTreeMap::new(), answered: Vec::new() }
    }

    /// Answers `GET` and `HEAD`.
    #[must_use]
    pub fn get<F, Args>(self, path: &'static str, handler: F) -> Self
    where
        F: Handler<Args> + Clone,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add("GET", Method::GET, path, handler.clone()).add("HEAD", Method::HEAD, path, handler)
    }

    /// Answers `POST`.
    #[must_use]
    pub fn post<F, Args>(self, path: &'static str, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add("POST", Method::POST, path, handler)
    }

    /// Answers `PUT`.
    #[must_use]
    pub fn put<F, Args>(self, path: &'static str, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add("PUT", Method::PUT, path, handler)
    }

    /// Answers `DELETE`.
    #[must_use]
    pub fn delete<F, Args>(self, path: &'static str, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add("DELETE", Method::DELETE, path, handler)
    }

    fn add<F, Args>(mut self, name: &'static str, method: Method, path: &'static str, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let resource = self.paths.remove(path).unwrap_or_else(|| web::resource(path));
        self.paths.insert(path, resource.route(web::method(method).to(handler)));
        if name != "HEAD" {
            self.answered.push((name, path));
        }
        self
    }

    /// Registers them; every other method of these paths is answered by `no_such_method`.
    pub fn configure<F, Args>(self, config: &mut ServiceConfig, no_such_method: &F)
    where
        F: Handler<Args> + Clone,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        for (_, resource) in self.paths {
            config.service(resource.default_service(web::to(no_such_method.clone())));
        }
    }
}

impl Default for Routes {
    fn default() -> Self {
        Self::new()
    }
}

/// Checks that exactly the routes of the table are answered.
pub fn check(all: &[&Routes]) -> Result<(), RouteError> {
    let answered = || all.iter().flat_map(|routes| &routes.answered);
    for (method, path) in answered() {
        if find(method, path).is_none() {
            return Err(RouteError::Unlisted(method, path));
        }
    }
    let missing = TABLE.iter().find(|route| !answered().any(|one| *one == (route.method, route.path)));
    missing.map_or(Ok(()), |route| Err(RouteError::Unanswered(route.method, route.path)))
}

/// The route of a method and a path as it is written in the table.
pub(super) fn find(method: &str, path: &str) -> Option<&'static Route> {
    let method = if method == "HEAD" { "GET" } else { method };
    TABLE.iter().find(|route| route.method == method && route.path == path)
}

/// Files that are not below `/static/`.
const FILES: [&str; 3] = ["/favicon.ico", "/manifest.webmanifest", "/worker.js"];

/// What a request is counted against.
pub(super) fn budget(route: Option<&Route>, path: &str) -> Budget {
    match route {
        Some(route) if route.path == PREFERENCES => Budget::Pages,
        Some(route) if route.needs == Needs::Nothing && route.method == "POST" => Budget::SignIn,
        _ if path.starts_with("/static/") || FILES.contains(&path) => Budget::Assets,
        _ if path == "/api/export" => Budget::Export,
        _ if path.starts_with("/api/") || path == "/healthz" => Budget::Api,
        _ => Budget::Pages,
    }
}

/// The methods that the path of a request answers, for the header `Allow`.
pub fn allowed(request: &HttpRequest) -> String {
    let pattern = request.match_pattern().unwrap_or_default();
    let mut methods = Vec::new();
    for route in TABLE.iter().filter(|route| route.path == pattern) {
        methods.push(route.method);
        if route.method == "GET" {
            methods.push("HEAD");
        }
    }
    methods.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::HttpResponse;

    async fn answer() -> HttpResponse {
        HttpResponse::Ok().finish()
    }

    #[test]
    fn a_route_that_is_not_in_the_table_is_told() {
        let routes = Routes::new().get("/nowhere", answer);
        assert_eq!(check(&[&routes]), Err(RouteError::Unlisted("GET", "/nowhere")));
        let routes = Routes::new().post("/healthz", answer);
        assert_eq!(check(&[&routes]), Err(RouteError::Unlisted("POST", "/healthz")));
    }

    #[test]
    fn a_route_that_nobody_answers_is_told() {
        let routes = Routes::new().get("/healthz", answer);
        assert!(matches!(check(&[&routes]), Err(RouteError::Unanswered("GET", _))));
    }

    #[test]
    fn no_route_is_in_the_table_twice() {
        for (at, one) in TABLE.iter().enumerate() {
            let first = TABLE.iter().position(|other| (other.method, other.path) == (one.method, one.path));
            assert_eq!(first, Some(at), "{} {}", one.method, one.path);
        }
    }
}
