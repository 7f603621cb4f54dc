//! Bodies that may be larger than others: lists of subscribers.

use super::Problem;
use super::extractors::{payload, without_value};
use super::slow::MOST_LARGE_BODY;
use actix_web::dev::Payload;
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

/// A body that says to be JSON, of up to 4 MiB, as it came.
#[derive(Debug)]
pub struct LargeBody(pub BytesMut);

impl FromRequest for LargeBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, body: &mut Payload) -> Self::Future {
        let kind = request.content_type().to_ascii_lowercase();
        let body = body.take();
        Box::pin(async move {
            if kind != "application/json" {
                return Err(Problem::MediaType("application/json"));
            }
            read(body).await.map(Self)
        })
    }
}

/// An object of JSON of up to 4 MiB.
#[derive(Debug)]
pub struct LargeJson<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for LargeJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, body: &mut Payload) -> Self::Future {
        let body = LargeBody::from_request(request, body);
        Box::pin(async move {
            let LargeBody(body) = body.await?;
            // serde would take a list for an object, its fields in the order of the source.
            if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
                return Err(Problem::Body("a list, where an object is expected".to_owned()));
            }
            let read = serde_json::from_slice(&body);
            read.map(Self).map_err(|error| Problem::Body(without_value(&error.to_string())))
        })
    }
}

/// A form of up to 4 MiB.
#[derive(Debug)]
pub struct LargeForm(pub Vec<(String, String)>);

impl FromRequest for LargeForm {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, body: &mut Payload) -> Self::Future {
        const KIND: &str = "application/x-www-form-urlencoded";
        let kind = request.content_type().to_ascii_lowercase();
        let body = body.take();
        Box::pin(async move {
            if kind != KIND {
                return Err(Problem::MediaType(KIND));
            }
            let body = read(body).await?;
            serde_urlencoded::from_bytes(&body).map(Self).map_err(|error| Problem::Body(error.to_string()))
        })
    }
}

/// A body of up to 4 MiB.
pub(super) async fn read(mut body: Payload) -> Result<BytesMut, Problem> {
    let mut all = BytesMut::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|error| payload(&error))?;
        if MOST_LARGE_BODY < all.len() + piece.len() {
            return Err(Problem::TooLarge);
        }
        all.extend_from_slice(&piece);
    }
    Ok(all)
}
