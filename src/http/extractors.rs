//! What is said when a query, a path, a form or a body cannot be understood.

use super::Problem;
use actix_web::error::{JsonPayloadError, PathError, PayloadError, QueryPayloadError, UrlencodedError};
use actix_web::{HttpRequest, web};

/// The longest body that any route takes: settings and names, nothing that is uploaded.
pub const LONGEST_BODY: usize = 64 << 10;

/// Lets problem details be told where actix would answer with text of its own.
pub fn extractors(config: &mut web::ServiceConfig) {
    config
        .app_data(web::QueryConfig::default().error_handler(query))
        .app_data(web::PathConfig::default().error_handler(path))
        .app_data(web::JsonConfig::default().limit(LONGEST_BODY).error_handler(json))
        .app_data(web::FormConfig::default().limit(LONGEST_BODY).error_handler(form))
        .app_data(web::PayloadConfig::new(LONGEST_BODY));
}

#[expect(clippy::needless_pass_by_value, reason = "actix hands it over so")]
fn query(error: QueryPayloadError, _: &HttpRequest) -> actix_web::Error {
    Problem::Parameter(error.to_string()).into()
}

fn path(_: PathError, _: &HttpRequest) -> actix_web::Error {
    // A path whose parts are not what they should be leads nowhere.
    Problem::NoSuchPath.into()
}

fn json(error: JsonPayloadError, _: &HttpRequest) -> actix_web::Error {
    match error {
        JsonPayloadError::OverflowKnownLength { .. } | JsonPayloadError::Overflow { .. } => Problem::TooLarge,
        JsonPayloadError::ContentType => Problem::MediaType("application/json"),
        // serde says which field, and repeats of what was sent at most the words that it did not expect.
        JsonPayloadError::Deserialize(error) => Problem::Body(error.to_string()),
        JsonPayloadError::Payload(error) => payload(&error),
        error => Problem::Body(error.to_string()),
    }
    .into()
}

fn form(error: UrlencodedError, _: &HttpRequest) -> actix_web::Error {
    match error {
        UrlencodedError::Overflow { .. } => Problem::TooLarge,
        UrlencodedError::ContentType => Problem::MediaType("application/x-www-form-urlencoded"),
        UrlencodedError::Payload(error) => payload(&error),
        error => Problem::Body(error.to_string()),
    }
    .into()
}

/// The problem of a body that did not arrive whole.
pub fn payload(error: &PayloadError) -> Problem {
    match error {
        PayloadError::Overflow => Problem::TooLarge,
        error => Problem::Parameter(format!("the body did not arrive: {error}")),
    }
}
