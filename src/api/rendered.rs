//! Whole lists, rendered once for all who ask for the same, and compressed once for each way of compressing.
//!
//! A list of 50,000 sessions is some 20 MB of JSON: to write and compress it for each of many browsers would cost more
//! than all else that this program does.

use super::etag::Etag;
use crate::domain::snapshot::Snapshot;
use crate::http::encoding::{Form, SHORT};
use crate::http::{Problem, Seen};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// So many answers are kept: a few lists, for a few scopes.
const MOST: usize = 16;

/// For so long an answer stays good while its snapshots do: ages in it are never further off than this.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// The answers that were rendered last. Cheap to clone.
#[derive(Clone, Default)]
pub struct Rendered(Arc<Mutex<VecDeque<Entry>>>);

struct Entry {
    question: Question,
    at: Instant,
    body: Arc<Body>,
}

/// What was asked of which state. The routers that may be seen are those whose snapshots are named.
struct Question {
    path: &'static str,
    asked: Option<String>,
    snapshots: Vec<Arc<Snapshot>>,
}

impl Question {
    fn is(&self, other: &Self) -> bool {
        self.path == other.path
            && self.asked == other.asked
            && self.snapshots.len() == other.snapshots.len()
            && self.snapshots.iter().zip(&other.snapshots).all(|(one, two)| Arc::ptr_eq(one, two))
    }
}

/// One answer, in the forms that were asked for until now.
#[derive(Default)]
struct Body {
    plain: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
    brotli: OnceLock<Option<Bytes>>,
    zstd: OnceLock<Option<Bytes>>,
}

impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rendered").finish_non_exhaustive()
    }
}

impl Rendered {
    fn body(&self, question: Question, now: Instant) -> Arc<Body> {
        // A panic while the lock was held cannot have left half an entry behind.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|entry| now.saturating_duration_since(entry.at) < GOOD_FOR);
        if let Some(entry) = kept.iter().find(|entry| entry.question.is(&question)) {
            return Arc::clone(&entry.body);
        }
        if kept.len() == MOST {
            kept.pop_front();
        }
        let body = Arc::<Body>::default();
        kept.push_back(Entry { question, at: now, body: Arc::clone(&body) });
        body
    }

    /// Answers with what `make` makes of the snapshots, unless it was made for somebody else just now.
    pub(super) async fn answer(
        &self,
        request: &HttpRequest,
        seen: &Seen,
        (path, router): (&'static str, Option<&str>),
        make: impl FnOnce(&[Arc<Snapshot>]) -> Option<Bytes> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let snapshots = seen.snapshots_of(router)?;
        let etag = Etag::new(request, seen, &snapshots);
        if let Some(known) = etag.not_modified(request) {
            return Ok(known);
        }
        let wanted = Form::accepted(request);
        let asked = router.map(str::to_owned);
        let body = self.body(Question { path, asked, snapshots: snapshots.clone() }, Instant::now());
        // Tens of megabytes: not on a thread on which others wait for their answers.
        let rendered = web::block(move || body.form(wanted, || make(&snapshots))).await;
        let (bytes, form) = rendered.ok().flatten().ok_or(Problem::Internal)?;
        let mut answer = HttpResponse::Ok();
        answer.insert_header((CONTENT_TYPE, "application/json"));
        answer.insert_header((CACHE_CONTROL, "no-store"));
        answer.insert_header((ETAG, etag.text()));
        answer.insert_header((CONTENT_ENCODING, form.name()));
        answer.insert_header((VARY, "accept-encoding"));
        Ok(answer.body(bytes))
    }
}

impl Body {
    /// The answer in this form, made by whoever asks first while the others wait for it.
    fn form(&self, form: Form, make: impl FnOnce() -> Option<Bytes>) -> Option<(Bytes, Form)> {
        let plain = self.plain.get_or_init(make).clone()?;
        if plain.len() < SHORT {
            return Some((plain, Form::Plain));
        }
        let kept = match form {
            Form::Plain => return Some((plain, form)),
            Form::Gzip => &self.gzip,
            Form::Brotli => &self.brotli,
            Form::Zstd => &self.zstd,
        };
        let compressed = kept.get_or_init(|| form.make(&plain)).clone();
        Some(compressed.map_or((plain, Form::Plain), |bytes| (bytes, form)))
    }
}

/// Writes an answer as JSON.
pub(super) fn render(body: &impl Serialize) -> Option<Bytes> {
    serde_json::to_vec(body)
        .map(Bytes::from)
        .inspect_err(|error| tracing::error!(error = %error, "an answer could not be written as JSON"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::example::snapshot;
    use std::cell::Cell;
    use std::io::Read as _;

    fn open(form: Form, bytes: &[u8]) -> Vec<u8> {
        let mut opened = Vec::new();
        let read = match form {
            Form::Plain => return bytes.to_vec(),
            Form::Gzip => flate2::read::GzDecoder::new(bytes).read_to_end(&mut opened),
            Form::Brotli => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut opened),
            Form::Zstd => zstd::Decoder::new(bytes).unwrap().read_to_end(&mut opened),
        };
        read.unwrap();
        opened
    }

    #[test]
    fn an_answer_is_written_once_and_compressed_once_in_each_way() {
        let plain = Bytes::from("{\"name\":\"ana\"},".repeat(1_000));
        let (body, written) = (Body::default(), Cell::new(0));
        let make = || {
            written.set(written.get() + 1);
            Some(plain.clone())
        };
        for form in [Form::Zstd, Form::Brotli, Form::Gzip, Form::Plain] {
            let ((first, is), (second, _)) = (body.form(form, make).unwrap(), body.form(form, make).unwrap());
            assert_eq!((is, open(form, &first).as_slice()), (form, &*plain));
            assert_eq!(first.as_ptr(), second.as_ptr(), "{form:?}: the same bytes, not the same once more");
            assert!(form == Form::Plain || first.len() < plain.len() / 10, "{form:?}: {} bytes", first.len());
        }
        assert_eq!(written.get(), 1);
    }

    #[test]
    fn who_asks_the_same_of_the_same_state_within_a_second_gets_the_same() {
        let (rendered, now) = (Rendered::default(), Instant::now());
        let (one, two) = (Arc::new(snapshot("ccr1", &[])), Arc::new(snapshot("ccr1", &[])));
        let body = |path, asked: Option<&str>, snapshot: &Arc<Snapshot>, at| {
            let snapshots = vec![Arc::clone(snapshot)];
            rendered.body(Question { path, asked: asked.map(str::to_owned), snapshots }, at)
        };
        let first = body("/a", None, &one, now);
        let is_first = |other: Arc<Body>| Arc::ptr_eq(&first, &other);
        assert!(is_first(body("/a", None, &one, now + GOOD_FOR / 2)));
        assert!(!is_first(body("/b", None, &one, now)), "another list");
        assert!(!is_first(body("/a", Some("ccr1"), &one, now)), "of one router only");
        assert!(!is_first(body("/a", None, &two, now)), "a newer state");
        assert!(!is_first(body("/a", None, &one, now + GOOD_FOR)), "its ages are too far off");
    }
}
