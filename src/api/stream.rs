//! `GET /api/v1/stream`: what changes, as server-sent events.
//!
//! What all clients see alike is encoded once, by [`Live`]; only the rows that one page shows are its own.

mod frames;
mod live;
mod own;
mod past;
mod rows;
pub(super) mod seats;
mod viewer;

pub use live::Live;

use crate::access::Visitor;
use crate::http::{Problem, Seen};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use rows::Rows;
use serde::Deserialize;
use std::time::Duration;
use viewer::Viewer;

/// What a client had last when its stream broke off ([HTML, server-sent events][1]).
///
/// [1]: https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header
const LAST_EVENT_ID: &str = "last-event-id";

/// When a visitor with too many streams may try again: by then those that were left are noticed.
const FULL: Duration = Duration::from_secs(10);

/// The parameters of the stream.
#[derive(Debug, Deserialize)]
pub(super) struct Parameters {
    topics: Option<String>,
    rows: Option<String>,
    after: Option<String>,
}

/// What a client wants to hear of.
#[expect(clippy::struct_excessive_bools, reason = "topics are chosen independently of each other")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Topics {
    presence: bool,
    subscribers: bool,
    routers: bool,
    totals: bool,
    events: bool,
    logs: bool,
}

impl Topics {
    /// Reads a comma list; without one a client gets the presence of subscribers.
    fn parse(list: Option<&str>) -> Result<Self, Problem> {
        let mut topics = Self::default();
        for word in list.unwrap_or("presence").split(',').filter(|word| !word.is_empty()) {
            match word {
                "presence" => topics.presence = true,
                "subscribers" => topics.subscribers = true,
                "routers" => topics.routers = true,
                "totals" => topics.totals = true,
                "events" => topics.events = true,
                "logs" => topics.logs = true,
                other => {
                    return Err(Problem::Parameter(format!(
                        "there is no topic `{other}`; there are presence, subscribers, routers, totals, events and logs"
                    )));
                }
            }
        }
        Ok(topics)
    }
}

/// Opens a stream that ends when the client leaves or the program stops.
pub(super) async fn open(
    seen: Seen,
    visitor: web::ReqData<Visitor>,
    live: web::Data<Live>,
    parameters: web::Query<Parameters>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let topics = Topics::parse(parameters.topics.as_deref())?;
    let rows = Rows::parse(parameters.rows.as_deref().unwrap_or_default())?;
    // A browser that comes back by itself says in the header where it was; a script of its page cannot set headers.
    let header = request.headers().get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
    let seat = live.seats.take(&visitor.id).ok_or(Problem::TooMany(FULL))?;
    let viewer = Viewer::new(seen, &live, topics, rows, header.or(parameters.after.as_deref()));
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        // Compression would keep events back until its buffer is full, and so would a proxy's buffer.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(viewer.into_stream(seat)))
}
