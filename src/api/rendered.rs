//! Whole lists, rendered once for all who ask for the same, and compressed once for each way of compressing.
//!
//! A list of 50,000 sessions is some 20 MB of JSON: to write and compress it for each of many browsers would cost more
//! than all else that this program does.

use super::etag::Etag;
use crate::domain::snapshot::Snapshot;
use crate::http::{Problem, Seen};
use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, Encoding, Header as _, VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// So many answers are kept: a few lists, for a few scopes.
const MOST: usize = 16;

/// For so long an answer stays good while its snapshots do: ages in it are never further off than this.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Less than this is not worth compressing.
const SHORT: usize = 1_024;

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
        let wanted = accepted(request);
        let asked = router.map(str::to_owned);
        let body = self.body(Question { path, asked, snapshots: snapshots.clone() }, Instant::now());
        // Tens of megabytes: not on a thread on which others wait for their answers.
        let rendered = web::block(move || body.form(wanted, || make(&snapshots))).await;
        let (bytes, encoding) = rendered.ok().flatten().ok_or(Problem::Internal)?;
        let mut answer = HttpResponse::Ok();
        answer.insert_header((CONTENT_TYPE, "application/json"));
        answer.insert_header((CACHE_CONTROL, "no-store"));
        answer.insert_header((ETAG, etag.text()));
        if let Some(encoding) = encoding {
            answer.insert_header((CONTENT_ENCODING, encoding));
            answer.insert_header((VARY, "accept-encoding"));
        }
        Ok(answer.body(bytes))
    }
}

/// The ways of compressing that are kept; others are left to the server, answer by answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Gzip,
    Zstd,
}

fn accepted(request: &HttpRequest) -> Form {
    let all = [Encoding::zstd(), Encoding::gzip(), Encoding::brotli(), Encoding::identity()];
    let Ok(accepted) = AcceptEncoding::parse(request) else { return Form::Plain };
    match accepted.negotiate(all.iter()) {
        Some(encoding) if encoding == Encoding::zstd() => Form::Zstd,
        Some(encoding) if encoding == Encoding::gzip() => Form::Gzip,
        _ => Form::Plain,
    }
}

impl Body {
    /// The answer in this form, made by whoever asks first while the others wait for it.
    fn form(
        &self,
        form: Form,
        make: impl FnOnce() -> Option<Bytes>,
    ) -> Option<(Bytes, Option<&'static str>)> {
        let plain = self.plain.get_or_init(make).clone()?;
        if plain.len() < SHORT {
            return Some((plain, None));
        }
        // Compressing into memory cannot fail; if it did, the plain form would still be the answer.
        let compressed = match form {
            Form::Plain => None,
            Form::Gzip => Some((self.gzip.get_or_init(|| gzip(&plain).ok()), "gzip")),
            Form::Zstd => {
                let zstd = || zstd::bulk::compress(&plain, 1).map(Bytes::from).ok();
                Some((self.zstd.get_or_init(zstd), "zstd"))
            }
        };
        Some(match compressed {
            Some((Some(bytes), encoding)) => (bytes.clone(), Some(encoding)),
            _ => (plain, None),
        })
    }
}

fn gzip(plain: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 8), Compression::fast());
    encoder.write_all(plain)?;
    Ok(encoder.finish()?.into())
}

/// Writes an answer as JSON.
pub(super) fn render(body: &impl Serialize) -> Option<Bytes> {
    serde_json::to_vec(body)
        .map(Bytes::from)
        .inspect_err(|error| tracing::error!(error = %error, "an answer could not be written as JSON"))
        .ok()
}
