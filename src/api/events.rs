//! `GET /api/v1/events`: what happened last, the newest first.

use super::etag::Etag;
use super::list::{self, List, Place, Window};
use super::logs::query;
use super::parameters::Parameters;
use super::wire::Rfc3339;
use super::words::EventWord;
use crate::domain::events::Change;
use crate::http::{Problem, Seen};
use crate::state::RecentEvent;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub(super) struct EventRow<'a> {
    /// Counts from the start of the program on.
    number: u64,
    time: Rfc3339,
    router: &'a str,
    /// `presence`, `link` or `rebooted`.
    #[schema(value_type = EventWord)]
    kind: &'static str,
    /// What is so now: a subscriber's state, or a link's status.
    state: Option<&'static str>,
    /// What was so before.
    before: Option<&'static str>,
    /// Since when, where that can be known.
    since: Option<Rfc3339>,
    /// The subscriber.
    name: Option<&'a str>,
    address: Option<&'a str>,
    caller_id: Option<&'a str>,
    /// Why a session ended, or what is wrong with a link.
    what: Option<&'a str>,
}

/// Answers with a window of the events.
pub(super) async fn list(
    request: HttpRequest,
    seen: Seen,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let all = seen.numbered_events();
    let newest = all.last().map_or(0, |(number, _)| number + 1);
    let etag = Etag::new(&request, &seen, &[]).and(newest).and(all.len() as u64);
    if let Some(known) = etag.not_modified(&request) {
        return Ok(known);
    }
    let found = query(&parameters)?.events(&seen)?;
    // One order for all routers: by when we saw it.
    let rows =
        found.iter().map(|(number, event)| (Place { router: "", number: *number }, row(*number, event)));
    let rows = rows.collect();
    let window = Window::parse(&parameters)?.newest_first();
    let list = List { name: "events", etag: &etag, window, tables: Vec::new(), rows };
    list.answer(&parameters, list::now(), |_, row| row)
}

/// An event as the API shows it.
pub(super) fn row(number: u64, event: &RecentEvent) -> EventRow<'_> {
    let mut row = EventRow {
        number,
        time: Rfc3339(event.at),
        router: event.router.as_str(),
        kind: "rebooted",
        state: None,
        before: None,
        since: None,
        name: None,
        address: None,
        caller_id: None,
        what: None,
    };
    match &event.change {
        Change::Presence(change) => {
            row.kind = "presence";
            row.state = Some(change.state.word());
            row.before = Some(change.from.word());
            row.since = change.since.map(Rfc3339);
            row.name = Some(&change.name);
            row.address = Some(&change.address);
            row.caller_id = Some(&change.caller_id);
            row.what = Some(change.why()).filter(|why| !why.is_empty());
        }
        Change::Link { word, what, .. } => {
            row.kind = "link";
            row.state = Some(word);
            row.what = Some(what.as_str()).filter(|what| !what.is_empty());
        }
        Change::Rebooted => {}
    }
    row
}
