//! Bodies of requests: how large and how slow they may be.

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{Error, HttpMessage as _, HttpResponse, ResponseError};
use bytes::Bytes;
use futures_util::Stream;
use std::cell::Cell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A body has to be here within this, in total. Forms and JSON of ours fit into one packet.
pub const BODY_WITHIN: Duration = Duration::from_secs(15);

/// The most bytes of a body, where a route does not say otherwise.
pub const MOST_BODY: usize = 64 << 10;

/// The most bytes where a route takes lists of subscribers.
pub const MOST_LARGE_BODY: usize = 4 << 20;

/// Why a body is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is larger than the route takes.
    #[error("the body of the request is too large")]
    TooLarge,
    /// It was not here in time.
    #[error("the body of the request did not arrive within {} seconds", BODY_WITHIN.as_secs())]
    TooSlow,
}

impl ResponseError for BodyError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// Problem details; the connection closes, since the rest of the body would come before the next request.
    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let word = match self {
            Self::TooLarge => "body_too_large",
            Self::TooSlow => "body_too_slow",
        };
        let body = serde_json::json!({
            "success": false,
            "type": format!("tikwatch:{word}"),
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": self.to_string(),
        });
        HttpResponse::build(status)
            .force_close()
            .insert_header((CONTENT_TYPE, "application/problem+json"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(body.to_string())
    }
}

/// A body that is being read.
pub(super) struct Reading(Rc<Progress>);

/// Shared by the body, which the handler has, and by the middleware around the handler.
#[derive(Default)]
struct Progress {
    /// Somebody waits for the next bytes.
    is_awaited: Cell<bool>,
    has_ended: Cell<bool>,
    refused: Cell<Option<BodyError>>,
}

impl Reading {
    /// Puts the limits around the body of a request, if it has one.
    pub(super) fn begin(request: &mut ServiceRequest, most: usize) -> Result<Option<Self>, BodyError> {
        let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        if announced.and_then(|length| length.parse().ok()).is_some_and(|length: u64| (most as u64) < length)
        {
            return Err(BodyError::TooLarge);
        }
        let payload = request.take_payload();
        if matches!(payload, Payload::None) {
            return Ok(None);
        }
        let progress = Rc::new(Progress::default());
        let until = Instant::now() + BODY_WITHIN;
        let body = Limited { payload, left: most, until, progress: Rc::clone(&progress) };
        request.set_payload(Payload::Stream { payload: Box::pin(body) });
        Ok(Some(Self(progress)))
    }

    /// What the handler answers, or that the body was too slow or too large for it to answer.
    pub(super) async fn bounded<T>(
        &self,
        handler: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut handler = pin!(handler);
        let answer = tokio::select! {
            biased;
            answer = &mut handler => answer,
            () = tokio::time::sleep(BODY_WITHIN) => {
                // A handler that does not read takes its own time; if it begins to now, it is told.
                if self.0.is_awaited.get() && !self.has_ended() {
                    return Err(BodyError::TooSlow.into());
                }
                handler.await
            }
        };
        // Whatever the handler made of the error that it was given.
        self.0.refused.get().map_or(answer, |refused| Err(refused.into()))
    }

    /// Whether all of it was read.
    pub(super) fn has_ended(&self) -> bool {
        self.0.has_ended.get()
    }
}

struct Limited {
    payload: Payload,
    /// How many more bytes it may have.
    left: usize,
    until: Instant,
    progress: Rc<Progress>,
}

impl Stream for Limited {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.progress.refused.get().is_some() {
            return Poll::Ready(None);
        }
        let next = Pin::new(&mut this.payload).poll_next(cx);
        this.progress.is_awaited.set(next.is_pending());
        match next {
            Poll::Ready(Some(Ok(bytes))) => {
                let Some(left) = this.left.checked_sub(bytes.len()) else {
                    this.progress.refused.set(Some(BodyError::TooLarge));
                    return Poll::Ready(Some(Err(PayloadError::Overflow)));
                };
                this.left = left;
                Poll::Ready(Some(Ok(bytes)))
            }
            Poll::Ready(None) => {
                this.progress.has_ended.set(true);
                Poll::Ready(None)
            }
            Poll::Pending if this.until <= Instant::now() => {
                this.progress.refused.set(Some(BodyError::TooSlow));
                Poll::Ready(Some(Err(PayloadError::Incomplete(None))))
            }
            other => other,
        }
    }
}
