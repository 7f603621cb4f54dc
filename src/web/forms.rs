//! Forms: reading them, and what pages say about them.

use crate::access::{Scope, VisitId};
use crate::domain::router::RouterName;
use crate::http::{Client, Problem};
use actix_web::HttpResponse;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::LOCATION;
use actix_web::web;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use std::collections::BTreeSet;

/// What a form sent: each field once, however often it was sent.
pub(super) type Sent = web::Form<Vec<(String, String)>>;

/// The fields of a form.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn of(sent: Sent) -> Self {
        Self(sent.into_inner())
    }

    /// Those of a form that may bring a file, too.
    pub(super) fn of_upload(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// A field without the blanks around it; empty if it was not sent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// A secret, exactly as it was typed.
    pub(super) fn secret(&self, name: &str) -> SecretString {
        let value = self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        SecretString::from(value)
    }

    /// Whether a box was ticked.
    pub(super) fn is_ticked(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// All values of a field that may be chosen several times.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// Which routers were chosen. All must be asked for: no box ticked says nothing.
    pub(super) fn scope(&self) -> Result<Scope, Notice> {
        let names: Result<BTreeSet<_>, _> =
            self.all("router").iter().map(|name| RouterName::new(name)).collect();
        match (self.text("scope"), names) {
            ("all", _) => Ok(Scope::ALL),
            ("some", Ok(names)) if !names.is_empty() => Ok(Scope::only(names)),
            _ => Err(Notice::bad("scope.missing")),
        }
    }

    /// What the id of a session, a token or a display is.
    pub(super) fn id(&self) -> Result<VisitId, Problem> {
        self.text("id").parse().map_err(|_| Problem::Parameter("there is no such id".to_owned()))
    }
}

/// A scope as pages show it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Ticked {
    pub(super) is_all: bool,
    pub(super) names: Vec<String>,
}

impl From<&Scope> for Ticked {
    fn from(scope: &Scope) -> Self {
        let names = scope.routers.iter().flatten().map(ToString::to_string).collect();
        Self { is_all: scope.is_all(), names }
    }
}

/// What a page says on top of itself: a key of the words, and what fills it.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Notice {
    pub(super) key: String,
    pub(super) is_good: bool,
    pub(super) value: String,
}

impl Notice {
    pub(super) fn good(key: &str) -> Self {
        Self { key: key.to_owned(), is_good: true, value: String::new() }
    }

    pub(super) fn bad(key: impl Into<String>) -> Self {
        Self { key: key.into(), is_good: false, value: String::new() }
    }

    pub(super) fn with(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }
}

/// Sends the browser to another page, which it asks for with `GET`.
pub(super) fn go(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, path)).finish()
}

/// Sends the browser to another page, signed in.
pub(super) fn go_in(client: &Client, cookie: &SecretString, path: &str) -> HttpResponse {
    let mut response = go(path);
    let cookie = cookie_of(client, cookie.expose_secret().to_owned());
    // The value is one that we made: it has no character that a header could not hold.
    if let Err(error) = response.add_cookie(&cookie) {
        tracing::error!(error = %error, "a cookie could not be written");
    }
    response
}

/// The session's cookie: no script can read it, and no other site's page can have it sent along.
pub(super) fn cookie_of(client: &Client, value: String) -> Cookie<'static> {
    Cookie::build(client.cookie_name(), value)
        .path("/")
        .http_only(true)
        .secure(client.is_https)
        .same_site(SameSite::Strict)
        .finish()
}

/// A path of ours to go on to, never one of another site.
pub(super) fn onward(next: &str) -> &str {
    let is_ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\', '\r', '\n'])
        && next.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    if is_ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_routers_must_be_asked_for() {
        let check = |sent: &[(&str, &str)], expect: Option<&str>| {
            let sent = sent.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let scope = Fields(sent).scope().ok().map(|scope| scope.to_string());
            assert_eq!(scope.as_deref(), expect);
        };
        check(&[("scope", "all")], Some("all"));
        check(&[("scope", "some"), ("router", "south"), ("router", "north")], Some("north,south"));
        check(&[], None);
        check(&[("router", "north")], None);
        check(&[("scope", "some")], None);
        check(&[("scope", "some"), ("router", "a b")], None);
    }

    #[test]
    fn only_paths_of_ours_are_gone_on_to() {
        let check = |next: &str, expect: &str| assert_eq!(onward(next), expect, "{next}");
        check("/subscribers?q=a", "/subscribers?q=a");
        for elsewhere in
            ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\r\nb", "javascript:x"]
        {
            check(elsewhere, "/");
        }
    }
}
