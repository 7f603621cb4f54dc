//! Problems, told as RFC 9457 wants it.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;

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
    /// Nobody watches a router of this name.
    #[error("no router is called `{0}`")]
    NoSuchRouter(String),
    /// A parameter says something that we do not understand.
    #[error("{0}")]
    Parameter(String),
    /// A search says something that we do not understand.
    #[error(transparent)]
    Search(#[from] crate::domain::find::Problem),
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: String,
    /// For pages, which say it in the reader's language: what is wrong with the search, and with which part.
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<(&'a str, &'a str)>,
}

impl Problem {
    fn word(&self) -> &'static str {
        match self {
            Self::NoSuchPath => "no_such_path",
            Self::NoSuchMethod(_) => "no_such_method",
            Self::SignIn => "sign_in",
            Self::NoSuchRouter(_) => "no_such_router",
            Self::Parameter(_) | Self::Search(_) => "bad_parameter",
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoSuchPath | Self::NoSuchRouter(_) => StatusCode::NOT_FOUND,
            Self::NoSuchMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Parameter(_) | Self::Search(_) => StatusCode::BAD_REQUEST,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
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
        };
        let mut response = HttpResponse::build(status);
        if let Self::NoSuchMethod(allowed) = self {
            response.insert_header((ALLOW, allowed.as_str()));
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
