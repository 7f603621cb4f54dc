//! Which state an answer was made of, so that the same is not sent twice.

use crate::domain::snapshot::Snapshot;
use crate::http::Seen;
use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

/// A weak tag: the same question about the same state has the same one. Ages and the time of the answer, which pass by
/// themselves, are no part of it.
#[derive(Debug)]
pub(super) struct Etag(DefaultHasher);

impl Etag {
    /// The tag of a question about these snapshots; which routers may be seen is in which snapshots there are.
    pub(super) fn new(request: &HttpRequest, seen: &Seen, snapshots: &[Arc<Snapshot>]) -> Self {
        let mut state = DefaultHasher::new();
        // Numbers and ids begin anew with the program.
        seen.started().wall.as_nanosecond().hash(&mut state);
        request.path().hash(&mut state);
        request.query_string().hash(&mut state);
        for snapshot in snapshots {
            snapshot.router.as_str().hash(&mut state);
            snapshot.at.wall.as_nanosecond().hash(&mut state);
        }
        Self(state)
    }

    /// The same, of a state that this number tells apart, too.
    pub(super) fn and(mut self, number: u64) -> Self {
        number.hash(&mut self.0);
        self
    }

    /// As the header has it.
    pub(super) fn text(&self) -> String {
        format!("W/\"{:016x}\"", self.0.finish())
    }

    /// The answer to somebody who has it already.
    pub(super) fn not_modified(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let known = request.headers().get(IF_NONE_MATCH)?.to_str().ok()?;
        let ours = self.text();
        let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        // `*` is no state that anybody has; it is answered as if it had not been said, as are wrong parameters.
        let is_known = known.split(',').any(|tag| bare(tag) == bare(&ours));
        is_known.then(|| {
            HttpResponse::NotModified()
                .insert_header((ETAG, ours))
                .insert_header((CACHE_CONTROL, "no-store"))
                .finish()
        })
    }
}
