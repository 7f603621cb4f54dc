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
        JsonPayloadError::Deserialize(error) => Problem::Body(without_value(&error.to_string())),
        JsonPayloadError::Payload(error) => payload(&error),
        error => Problem::Body(error.to_string()),
    }
    .into()
}

/// What serde says, without the value that it did not expect: that may be a password in the wrong place. Names of
/// fields stay.
pub(super) fn without_value(text: &str) -> String {
    const QUOTING: [&str; 3] = ["invalid type: string", "invalid value: string", "unknown variant"];
    let kind = QUOTING.into_iter().find(|kind| text.starts_with(kind));
    match (kind, text.rfind(", expected")) {
        (Some(kind), Some(expected)) => format!("{kind}{}", text.get(expected..).unwrap_or_default()),
        (Some(kind), None) => kind.to_owned(),
        (None, _) => text.to_owned(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "it is read only")]
    struct Body {
        name: String,
        role: Role,
        count: u8,
    }

    #[test]
    fn what_is_wrong_with_a_body_is_told_without_its_values() {
        for (body, says) in [
            (r#""canary, expected x""#, "invalid type: string, expected struct Body at line 1"),
            (
                r#"{"role": "canary"}"#,
                "unknown variant, expected one of `viewer`, `operator`, `admin` at line 1",
            ),
            (r#"{"count": "canary"}"#, "invalid type: string, expected u8 at line 1"),
            (r#"{"kount": "canary"}"#, "unknown field `kount`, expected one of"),
            (r#"{"name": "canary"}"#, "missing field `role`"),
            (r#"{"name": "canary"#, "EOF while parsing a string"),
        ] {
            let error = serde_json::from_str::<Body>(body).unwrap_err().to_string();
            let told = without_value(&error);
            assert!(told.starts_with(says) && !told.contains("canary"), "{body}: {told}");
        }
    }
}
