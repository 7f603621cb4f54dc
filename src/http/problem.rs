//! Problems, told as RFC 9457 wants it.

use super::limits::retry_after_seconds;
use crate::domain::configuration::{Fault, Refusal};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Why the API cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// There is no such path.
    #[error("there is nothing at this path")]
    NoSuchPath,
    /// The path is there, the method is not; these are.
    #[error("this path answers to {0} only")]
    NoSuchMethod(String),
    /// Nobody was let in.
    #[error("sign in, or bring a token")]
    SignIn,
    /// A token that is wrong, revoked, expired, or whose owner may not come in any more.
    #[error("this token is not valid, or not any more")]
    BadToken,
    /// Somebody was let in who may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// A change that does not come from a page of ours.
    #[error("changes are taken from pages of this very address only")]
    Origin,
    /// A change without the token of the session.
    #[error("the form is too old, or not ours: open the page again")]
    Csrf,
    /// The request is for another host.
    #[error(transparent)]
    Host(#[from] super::hosts::HostError),
    /// Too many requests; how long to wait.
    #[error("too many requests: wait {} s", retry_after_seconds(*.0))]
    TooMany(Duration),
    /// More bytes than are taken.
    #[error("that is more than can be taken")]
    TooLarge,
    /// A mistake of ours, or of the disk; the log says which.
    #[error("something went wrong here; the log says what")]
    Internal,
    /// The disk is full.
    #[error("the disk of the data folder is full: nothing was changed; make room and try again")]
    DiskFull,
    /// Nobody watches a router of this name.
    #[error("no router is called `{0}`")]
    NoSuchRouter(String),
    /// There is no router to speak of.
    #[error("there is no router that you may see")]
    NoRouters,
    /// Nobody has a subscriber of this name.
    #[error("`{0}` has no subscriber of this name")]
    NoSuchSubscriber(String),
    /// There is no user, session or token of this name or id.
    #[error("there is no such {0}")]
    NoSuch(&'static str),
    /// What is asked for cannot be while something else is.
    #[error("{0}")]
    Conflict(String),
    /// The settings cannot be read, changed or tried out as they are now.
    #[error(transparent)]
    Settings(Refusal),
    /// A parameter says something that we do not understand.
    #[error("{0}")]
    Parameter(String),
    /// What is asked for changes something, and reading must not; this path does it.
    #[error("reading changes nothing: use {0}")]
    NotByReading(&'static str),
    /// It concerns all routers, and whoever asks may see only some.
    #[error("this concerns all routers, and you may see some of them only")]
    OutOfScope,
    /// The body is of another kind than this route takes.
    #[error("send the body as {0}")]
    MediaType(&'static str),
    /// The body is of the right kind and says something that we do not understand.
    #[error("{0}")]
    Body(String),
    /// Fields are not as they should be; each with what is wrong.
    #[error("some fields are not as they should be: {}", fields(.0))]
    Fields(Vec<FieldError>),
    /// Somebody else changed it meanwhile; the version that it has now.
    #[error("somebody else changed it meanwhile: look at version {0} and try again")]
    Stale(u64),
    /// Whoever asks takes none of the ways in which answers can be encoded.
    #[error("answers are encoded as zstd, br or gzip, or not at all: accept one of these")]
    Encoding,
    /// A search says something that we do not understand.
    #[error(transparent)]
    Search(#[from] crate::domain::find::Problem),
}

/// The most fields of which is told what is wrong with them.
pub(super) const MOST_TOLD: usize = 100;

/// What is wrong with one field of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field: `name`, `members[3]`, `rules[0].value`.
    pub field: String,
    /// What is wrong with it, as a sentence for people.
    pub detail: String,
    /// For pages, which say it in the reader's language: what is wrong, as one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word: Option<&'static str>,
    /// What fills the text that the word stands for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub values: BTreeMap<&'static str, String>,
}

impl FieldError {
    /// What is wrong with this field, which pages tell by other ways.
    pub fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), detail: detail.into(), word: None, values: BTreeMap::new() }
    }
}

impl From<Fault> for FieldError {
    fn from(fault: Fault) -> Self {
        let told = fault.wrong.told();
        let kind = told.kind.map(|kind| ("kind", kind.word().to_owned()));
        let message = told.message.map(|message| ("message", message));
        let values = told.values.into_iter().chain(kind).chain(message).collect();
        Self { field: fault.field, detail: fault.wrong.to_string(), word: Some(told.word), values }
    }
}

/// The first of them, for a message; a body may have thousands.
fn fields(errors: &[FieldError]) -> String {
    const TOLD: usize = 3;
    let told: Vec<_> =
        errors.iter().take(TOLD).map(|error| format!("{}: {}", error.field, error.detail)).collect();
    let more =
        if TOLD < errors.len() { format!("; and {} more", errors.len() - TOLD) } else { String::new() };
    format!("{}{more}", told.join("; "))
}

/// Problem details (RFC 9457), with `success` for programs that look for it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct Body<'a> {
    success: bool,
    /// The problem as programs tell it, `tikwatch:` and a word.
    r#type: &'a str,
    title: &'a str,
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong, as a sentence for people.
    detail: String,
    /// For pages, which say it in the reader's language: what is wrong with the search, and with which part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, min_items = 2, max_items = 2)]
    search: Option<(&'a str, &'a str)>,
    /// For pages: why the settings are left as they are, as one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a str>,
    /// What is wrong with which field, if some are not as they should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'a [FieldError]>,
    /// The version that there is now, if a change was made from an older one.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<u64>,
}

impl Problem {
    fn word(&self) -> &'static str {
        match self {
            Self::NoSuchPath => "no_such_path",
            Self::NoSuchMethod(_) => "no_such_method",
            Self::SignIn => "sign_in",
            Self::BadToken => "bad_token",
            Self::Forbidden(_) => "forbidden",
            Self::Origin => "wrong_origin",
            Self::Csrf => "stale_form",
            Self::Host(_) => "wrong_host",
            Self::TooMany(_) => "too_many_requests",
            Self::TooLarge => "too_large",
            Self::Internal => "internal",
            Self::DiskFull => "disk_full",
            Self::NoSuchRouter(_) => "no_such_router",
            Self::NoRouters => "no_routers",
            Self::NoSuchSubscriber(_) => "no_such_subscriber",
            Self::NoSuch(_) => "not_found",
            Self::Conflict(_) | Self::Settings(_) => "conflict",
            Self::NotByReading(_) => "not_by_reading",
            Self::OutOfScope => "out_of_scope",
            Self::MediaType(_) => "media_type",
            Self::Body(_) => "bad_body",
            Self::Fields(_) => "bad_fields",
            Self::Stale(_) => "stale",
            Self::Encoding => "not_acceptable",
            Self::Parameter(_) | Self::Search(_) => "bad_parameter",
        }
    }
}

impl From<crate::access::Unavailable> for Problem {
    fn from(error: crate::access::Unavailable) -> Self {
        tracing::error!(error = %error, "what was to be kept could not be written");
        if error.is_full_disk() { Self::DiskFull } else { Self::Internal }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoSuchPath
            | Self::NoSuchRouter(_)
            | Self::NoRouters
            | Self::NoSuchSubscriber(_)
            | Self::NoSuch(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) | Self::Settings(_) | Self::Stale(_) => StatusCode::CONFLICT,
            Self::NoSuchMethod(_) | Self::NotByReading(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::SignIn | Self::BadToken => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::OutOfScope | Self::Origin | Self::Csrf => StatusCode::FORBIDDEN,
            Self::Host(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Body(_) | Self::Fields(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Encoding => StatusCode::NOT_ACCEPTABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            Self::Parameter(_) | Self::Search(_) => StatusCode::BAD_REQUEST,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let of_file: Vec<FieldError> = match self {
            Self::Settings(refusal) => {
                refusal.of_file().into_iter().take(MOST_TOLD).map(FieldError::from).collect()
            }
            _ => Vec::new(),
        };
        let body = Body {
            success: false,
            r#type: &format!("tikwatch:{}", self.word()),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: self.to_string(),
            search: match self {
                Self::Search(problem) => Some((problem.word(), problem.value())),
                _ => None,
            },
            refusal: match self {
                Self::Settings(refusal) => refusal.word(),
                _ => None,
            },
            errors: match self {
                Self::Fields(errors) => Some(errors),
                Self::Settings(_) => Some(of_file.as_slice()).filter(|faults| !faults.is_empty()),
                _ => None,
            },
            current_version: match self {
                Self::Stale(current) => Some(*current),
                _ => None,
            },
        };
        let mut response = HttpResponse::build(status);
        match self {
            Self::NoSuchMethod(allowed) => {
                response.insert_header((ALLOW, allowed.as_str()));
            }
            Self::NotByReading(_) => {
                response.insert_header((ALLOW, "GET, HEAD"));
            }
            Self::TooMany(wait) => {
                response.insert_header((RETRY_AFTER, retry_after_seconds(*wait).to_string()));
                // Who asks too much must cost as little as can be: compressing takes longer than all else.
                response.insert_header((CONTENT_ENCODING, "identity"));
            }
            Self::SignIn | Self::BadToken => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"tikwatch\""));
            }
            _ => {}
        }
        response
            .insert_header((CONTENT_TYPE, "application/problem+json"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(serde_json::to_vec(&body).unwrap_or_default())
    }
}

/// Answers for paths that are not there.
pub async fn no_such_path(_: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::NoSuchPath)
}

/// Answers for methods that are not there.
pub async fn no_such_method(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::NoSuchMethod(super::allowed(&request)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::configuration::Unusable;
    use crate::domain::wrong::{SystemFault, Wrong};
    use crate::http::hosts::HostError;

    #[test]
    fn what_scripts_are_refused_has_its_words_and_no_other_has() {
        let unusable = Unusable::new("", vec![Fault::new("", Wrong::EmptyFile)]);
        let refusals = [
            Refusal::Unreadable(unusable),
            Refusal::NotWritable(SystemFault::from(&std::io::Error::other("no"))),
            Refusal::Demo,
            Refusal::Environment,
            Refusal::Busy,
        ];
        let problems = [
            Problem::SignIn,
            Problem::Forbidden(""),
            Problem::Origin,
            Problem::Csrf,
            Problem::Host(HostError::Missing),
            Problem::TooMany(Duration::from_secs(1)),
            Problem::TooLarge,
            Problem::Internal,
            Problem::DiskFull,
            Problem::NoSuchRouter(String::new()),
            Problem::NoRouters,
            Problem::OutOfScope,
            Problem::Stale(1),
            Problem::Parameter(String::new()),
        ];
        let known = problems.iter().map(Problem::word).chain(refusals.iter().filter_map(Refusal::word));
        let known: std::collections::BTreeSet<_> = known.chain(["other"]).collect();
        let english = include_str!("../../templates/locales/en.json");
        let words: BTreeMap<String, String> = serde_json::from_str(english).unwrap();
        let told: std::collections::BTreeSet<_> =
            words.keys().filter_map(|key| key.strip_prefix("js.refused.")).collect();
        assert_eq!(told, known);
    }
}
