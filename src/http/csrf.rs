//! Changes come from pages of ours only: a browser would send its cookie along for any page that asks it to.
//!
//! The `Origin` must be ours, and the session's own token must be in the header `X-CSRF-Token` or in the field `csrf`
//! of the form, which may bring a file where a page has such a form.

use super::Problem;
use super::client::Client;
use super::routes::PREFERENCES;
use super::slow::{MOST_BODY, MOST_LARGE_BODY, takes_much};
use super::upload;
use crate::access::Visitor;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::{CONTENT_TYPE, HeaderName, ORIGIN};
use actix_web::web::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use subtle::ConstantTimeEq as _;

/// Where scripts put the token.
const HEADER: HeaderName = HeaderName::from_static("x-csrf-token");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

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
    // Nothing but cookies of the visitor's own browser; and who has a session chooses also on pages of those who have none.
    if request.path() == PREFERENCES {
        return Ok(());
    }
    // Who has no session has nothing that a stranger could use.
    let Some(expected) = visitor.and_then(|visitor| visitor.csrf.as_deref()) else { return Ok(()) };
    let is_token = |given: &str| bool::from(given.as_bytes().ct_eq(expected.as_bytes()));
    if let Some(given) = text(&HEADER) {
        return if is_token(given) { Ok(()) } else { Err(Problem::Csrf) };
    }
    let kind = text(&CONTENT_TYPE).unwrap_or_default().to_owned();
    let is = |form: &str| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(form);
    let has_file = is(upload::KIND) && upload::takes_files(request.path());
    if !has_file && !is("application/x-www-form-urlencoded") {
        return Err(Problem::Csrf);
    }
    let most = if takes_much(request.path()) { MOST_LARGE_BODY } else { MOST_BODY };
    let body = read(std::mem::replace(request.parts_mut().1, Payload::None), most).await?;
    request.set_payload(Payload::from(body.clone()));
    let is_right = if has_file {
        let parts = upload::parts(&kind, body).await.map_err(|_| Problem::Csrf)?;
        let given = parts.iter().find(|(name, _)| name == "csrf");
        given.and_then(|(_, value)| std::str::from_utf8(value).ok()).is_some_and(is_token)
    } else {
        let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(&body).map_err(|_| Problem::Csrf)?;
        fields.iter().find(|(name, _)| name == "csrf").is_some_and(|(_, value)| is_token(value))
    };
    if is_right { Ok(()) } else { Err(Problem::Csrf) }
}

async fn read(mut payload: Payload, most: usize) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(piece) = payload.next().await {
        body.extend_from_slice(&piece.map_err(|error| super::extractors::payload(&error))?);
        if most < body.len() {
            return Err(Problem::TooLarge);
        }
    }
    Ok(body.freeze())
}
