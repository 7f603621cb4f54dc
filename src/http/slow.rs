//! How slowly somebody may talk or listen: whoever holds a connection has to use it.
//!
//! actix-web cuts a slow first head (5 s) and an idle connection (`KEEP_ALIVE`); it has no limit for slow bodies, slow
//! readers, slow heads of later requests, or bodies that trickle in after their answer. Those limits are here:
//!
//! ```text
//! let watch = Watch::start();
//! HttpServer::new(|| App::new().wrap(Compress::default()).wrap(from_fn(slow::cut)).wrap(/* headers of errors, too */))
//!     .on_connect(move |connection, data| watch.connected(connection, data))
//!     .keep_alive(slow::KEEP_ALIVE)
//! ```
//!
//! `cut` stands outside of what changes bodies, and inside of what adds headers to errors.

mod answers;
mod bodies;
mod course;
mod watch;

#[cfg(test)]
mod tests;

pub use bodies::{BODY_WITHIN, BodyError, MOST_BODY, MOST_LARGE_BODY};
pub use watch::Watch;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use answers::Watched;
use bodies::Reading;
use std::sync::Arc;
use std::time::{Duration, Instant};
use watch::Wire;

/// How long a connection may rest between two requests.
///
/// actix-web counts this from when an answer is in its buffer, and then cuts what the reader has not fetched yet: with
/// its default of 5 s that would cut readers which are slow and honest.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A middleware for `actix_web::middleware::from_fn`: limits request bodies in size and time, and watches that what is
/// answered is fetched.
pub async fn cut(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Watched>, Error> {
    let most = if takes_much(request.path()) { MOST_LARGE_BODY } else { MOST_BODY };
    capped(most, request, next).await
}

/// Whether a route takes lists of subscribers or routers, of which there may be thousands. Only who was let in may send one: of
/// all others nothing is read.
pub fn takes_much(path: &str) -> bool {
    path.starts_with("/api/v1/groups")
        || path.starts_with("/api/v1/categories")
        || path.starts_with("/groups/")
        || matches!(path, "/settings/import" | "/api/v1/settings/import" | "/jobs/new" | "/api/v1/jobs")
}

/// The same for routes that take larger bodies.
pub async fn capped(
    most: usize,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Watched>, Error> {
    let wire = request.conn_data::<Arc<Wire>>().cloned();
    let began = Instant::now();
    if let Some(wire) = &wire {
        wire.course().begins();
    }
    let answer = match Reading::begin(&mut request, most) {
        Ok(None) => next.call(request).await,
        Ok(Some(reading)) => {
            let mut answer = reading.bounded(next.call(request)).await;
            if !reading.has_ended() {
                // The rest is of no use, and would come before the next request. actix-web waits for the end of a
                // chunked body for ever.
                if let Ok(answer) = &mut answer {
                    answer.response_mut().head_mut().set_connection_type(ConnectionType::Close);
                }
                if let Some(wire) = &wire {
                    wire.course().closes_by(began + BODY_WITHIN);
                }
            }
            answer
        }
        Err(error) => Err(error.into()),
    };
    match answer {
        Ok(answer) => Ok(answer.map_body(|_, body| Watched::new(body, wire))),
        Err(error) => {
            // Its text is short, and made outside of this middleware.
            if let Some(wire) = wire {
                wire.course().ends(Instant::now());
            }
            Err(error)
        }
    }
}
