//! Changes come from pages of ours only: a browser would send its cookie along for any page that asks it to.
//!
//! The `Origin` must be ours, and the session's own token must be in the header `X-CSRF-Token` or in the field `csrf`
//! of the form.

use super::Problem;
use super::client::Client;
use crate::access::Visitor;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::{CONTENT_TYPE, HeaderName, ORIGIN};
use actix_web::web::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use subtle::ConstantTimeEq as _;

/// Where scripts put the token.
const HEADER: HeaderName = HeaderName::from_static("x-csrf-token");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A form of ours is smaller than this.
const LARGEST_FORM: usize = 64 << 10;

/// Checks a change; the body is read if the token can only be there, and put back.
pub(super) async fn check(
    request: &mut ServiceRequest,
    client: &Client,
    visitor: Option<&Visitor>,
) -> Result<(), Problem> {
    let text = |name: &HeaderName| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    // Every browser that we support sends it with every change.
    if text(&ORIGIN) != Some(client.origin.as_str()) {
        return Err(Problem::Origin);
    }
    if text(&FETCH_SITE).is_some_and(|site| site != "same-origin") {
        return Err(Problem::Origin);
    }
    // Who has no session has nothing that a stranger could use.
    let Some(expected) = visitor.and_then(|visitor| visitor.csrf.as_deref()) else { return Ok(()) };
    let is = |given: &str| bool::from(given.as_bytes().ct_eq(expected.as_bytes()));
    if let Some(given) = text(&HEADER) {
        return if is(given) { Ok(()) } else { Err(Problem::Csrf) };
    }
    let is_form = text(&CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    });
    if !is_form {
        return Err(Problem::Csrf);
    }
    let body = read(std::mem::replace(request.parts_mut().1, Payload::None)).await?;
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(&body).map_err(|_| Problem::Csrf)?;
    let given = fields.iter().find(|(name, _)| name == "csrf").map(|(_, value)| value.as_str());
    request.set_payload(Payload::from(body.clone()));
    if given.is_some_and(is) { Ok(()) } else { Err(Problem::Csrf) }
}

async fn read(mut payload: Payload) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(piece) = payload.next().await {
        body.extend_from_slice(&piece.map_err(|error| super::extractors::payload(&error))?);
        if LARGEST_FORM < body.len() {
            return Err(Problem::TooLarge);
        }
    }
    Ok(body.freeze())
}
