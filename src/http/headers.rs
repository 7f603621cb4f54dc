//! Headers that every answer carries, whoever gives it.

use super::door::Door;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY,
};
use actix_web::middleware::Next;
use actix_web::web::Data;

/// Scripts and styles come from us only, none of them inline; and no script can turn text into markup. The one policy
/// of Trusted Types lets a page name its service worker, see `static/js/install.js`.
/// `data:` is for the icons that Bootstrap's style sheet carries within itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types tikwatch-worker";

/// What of it no page can do without that makes its markup from text.
const TRUSTED_TYPES: &str = "; require-trusted-types-for 'script'; trusted-types tikwatch-worker";

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
    // Before anybody else had a say: whoever is refused is told as well.
    let is_https = is_https(&request);
    match next.call(request).await {
        Ok(mut response) => {
            let is_excepted = response.response().extensions().contains::<WithoutTrustedTypes>();
            add(response.headers_mut(), is_https);
            if is_excepted && let Ok(policy) = HeaderValue::from_str(&POLICY.replace(TRUSTED_TYPES, "")) {
                response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
            }
            Ok(response)
        }
        Err(error) => {
            // An error of an inner middleware would pass by without the headers.
            let mut response = error.error_response();
            add(response.headers_mut(), is_https);
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// Whether the client's own connection is encrypted.
fn is_https(request: &ServiceRequest) -> bool {
    let (door, peer) = (request.app_data::<Data<Door>>(), request.peer_addr());
    let (Some(door), Some(peer)) = (door, peer) else { return false };
    door.proxies().is_https(door.is_tls(), peer.ip(), request.headers())
}

fn add(headers: &mut HeaderMap, is_https: bool) {
    if is_https {
        // Browsers heed it only where the certificate is one that they know.
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, test, web};

    /// A mistake of ours within a handler, and one within a middleware that hands it on.
    #[actix_web::test]
    async fn mistakes_of_ours_are_answered_with_all_headers() {
        let failing = from_fn(|request: ServiceRequest, next: Next<_>| async move {
            if request.path() == "/within" {
                return Err(actix_web::error::ErrorInternalServerError("broken"));
            }
            next.call(request).await
        });
        let app = App::new()
            .wrap(failing)
            .wrap(from_fn(headers))
            .route("/handler", web::get().to(HttpResponse::InternalServerError));
        let app = test::init_service(app).await;
        for path in ["/handler", "/within"] {
            let request = test::TestRequest::get().uri(path).to_request();
            let answered = match test::try_call_service(&app, request).await {
                Ok(response) => response.response().headers().clone(),
                Err(error) => error.error_response().headers().clone(),
            };
            for (name, value) in HEADERS {
                assert_eq!(answered.get(&name).unwrap(), value, "{path}");
            }
            assert_eq!(answered.get(CACHE_CONTROL).unwrap(), "no-store", "{path}");
        }
    }
}
