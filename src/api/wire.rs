//! How values look on the wire.

use crate::http::Problem;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError as _};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::{Duration, Instant};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};

/// A password that somebody sent.
#[derive(Debug, Clone)]
pub(super) struct Typed(pub(super) SecretString);

impl<'de> Deserialize<'de> for Typed {
    /// What is wrong with one is told without its value.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from).map_err(|_| D::Error::custom("a password is text"))?;
        Ok(Self(SecretString::from(text)))
    }
}

/// A moment in RFC 3339, in UTC, with milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rfc3339(pub(super) Timestamp);

impl Serialize for Rfc3339 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

/// A rate in whole bits per second: a fraction of a bit says nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate(pub(super) f64);

impl Serialize for Rate {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rates are finite and never negative, and far below what a u64 holds"
    )]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0.round() as u64)
    }
}

impl From<crate::domain::units::BitsPerSecond> for Rate {
    fn from(rate: crate::domain::units::BitsPerSecond) -> Self {
        Self(rate.0)
    }
}

impl utoipa::PartialSchema for Rfc3339 {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl utoipa::ToSchema for Rfc3339 {}

impl utoipa::PartialSchema for Rate {
    fn schema() -> RefOr<Schema> {
        let what = "Bits per second.";
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).description(Some(what)).into()
    }
}

impl utoipa::ToSchema for Rate {}

/// How long ago a moment was, in milliseconds.
pub(super) fn age_ms(at: Instant, now: Instant) -> u64 {
    u64::try_from(now.saturating_duration_since(at).as_millis()).unwrap_or(u64::MAX)
}

/// Whole seconds between two wall times, never below zero.
pub(super) fn seconds(since: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.duration_since(since).as_secs()).unwrap_or(0)
}

/// Answers with JSON that nobody may keep.
pub(super) fn json(value: &impl Serialize) -> HttpResponse {
    match serde_json::to_vec(value) {
        Ok(body) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/json"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(body),
        Err(error) => {
            tracing::error!(error = %error, "an answer could not be written as JSON");
            Problem::Internal.error_response()
        }
    }
}

/// Sets a header whose value is plain text of ours.
pub(super) fn set(answer: &mut HttpResponse, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// A duration in whole milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
