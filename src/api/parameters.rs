//! The parameters in a query, read one by one.

use crate::http::{Problem, Seen};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use std::future::{Ready, ready};

/// The most rows that one answer of a list holds, and how many it holds unless more are asked for.
pub(super) const MOST_ROWS: usize = 1_000;
pub(super) const USUAL_ROWS: usize = 100;

/// The most rows that may be passed over.
pub(super) const FURTHEST_ROW: usize = 1_000_000_000;

/// What stands behind the question mark. A value that is empty was not given.
#[derive(Debug, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// The first value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// All of them.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The router that is asked for, which programs of the seed call `router_id`.
    pub(super) fn router(&self) -> Option<&str> {
        self.get("router").or_else(|| self.get("router_id"))
    }

    /// How many rows are asked for.
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        self.number("limit", 1, MOST_ROWS, USUAL_ROWS)
    }

    /// How many rows are to be passed over.
    pub(super) fn offset(&self) -> Result<usize, Problem> {
        self.number("offset", 0, FURTHEST_ROW, 0)
    }

    /// A whole number within these bounds.
    pub(super) fn number(
        &self,
        name: &str,
        least: usize,
        most: usize,
        usual: usize,
    ) -> Result<usize, Problem> {
        let Some((_, text)) = self.0.iter().find(|(known, _)| known == name) else { return Ok(usual) };
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| {
            Problem::Parameter(format!("`{name}` is a whole number from {least} to {most}, not `{text}`"))
        })
    }

    /// `true` or `false`; false if it is not there.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Problem::Parameter(format!("`{name}` is `true` or `false`, not `{other}`"))),
        }
    }

    /// The snapshots of the router that is asked for, or of all that are seen.
    pub(super) fn snapshots(
        &self,
        seen: &Seen,
    ) -> Result<Vec<std::sync::Arc<crate::domain::snapshot::Snapshot>>, Problem> {
        seen.snapshots_of(self.router())
    }
}

impl FromRequest for Parameters {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        ready(match pairs {
            Ok(pairs) => Ok(Self(pairs.into_inner())),
            Err(error) => Err(Problem::Parameter(error.to_string())),
        })
    }
}
