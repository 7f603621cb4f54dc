//! Headers that every answer carries, whoever gives it.

use super::client::Client;
use actix_web::HttpMessage as _;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY,
};
use actix_web::middleware::Next;

/// Scripts and styles come from us only, none of them inline; and no script can turn text into markup.
/// `data:` is for the icons that Bootstrap's style sheet carries within itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// What of it no page can do without that makes its markup from text.
const TRUSTED_TYPES: &str = "; require-trusted-types-for 'script'; trusted-types 'none'";

/// An extension of a response whose page breaks under Trusted Types: it goes without these two directives. The rest of
/// the policy holds.
#[derive(Debug, Clone, Copy)]
pub struct WithoutTrustedTypes;

const HEADERS: [(HeaderName, &str); 7] = [
    (HeaderName::from_static("content-security-policy"), POLICY),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("referrer-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    ),
];

/// Whoever came by HTTPS once shall come by HTTPS for a year.
const HSTS: &str = "max-age=31536000";

/// A middleware for `actix_web::middleware::from_fn`: adds the headers to answers and to errors alike.
///
/// What does not say how long it may be kept is data, and may not be kept at all.
pub async fn headers(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    match next.call(request).await {
        Ok(mut response) => {
            let is_https =
                response.request().extensions().get::<Client>().is_some_and(|client| client.is_https);
            if is_https {
                // Browsers heed it only where the certificate is one that they know.
                response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
            }
            let is_excepted = response.response().extensions().contains::<WithoutTrustedTypes>();
            add(response.headers_mut());
            if is_excepted && let Ok(policy) = HeaderValue::from_str(&POLICY.replace(TRUSTED_TYPES, "")) {
                response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
            }
            Ok(response)
        }
        Err(error) => {
            // An error of an inner middleware would pass by without the headers.
            let mut response = error.error_response();
            add(response.headers_mut());
            Err(InternalError::from_response(error, response).into())
        }
    }
}

fn add(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
