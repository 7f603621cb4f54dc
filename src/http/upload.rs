//! Files that a browser sends with a form, as it does without scripts.

use super::Problem;
use super::large::read;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use futures_util::stream;
use std::convert::Infallible;
use std::future::ready;

/// What such a form is sent as.
pub(super) const KIND: &str = "multipart/form-data";

/// A form with a file has a few fields; more is not from a page of ours.
const MOST_FIELDS: usize = 32;

/// The file of a form, and its other fields. A later step of the same form comes without a file.
#[derive(Debug, Default)]
pub struct Upload {
    /// What was chosen; an empty file is as good as none.
    pub file: Option<Bytes>,
    /// The other fields.
    pub fields: Vec<(String, String)>,
}

/// Whether a route takes a file with a form. Nowhere else is the token of the session looked for in such a body.
pub(super) fn takes_files(path: &str) -> bool {
    matches!(path, "/groups/import" | "/settings/import")
}

/// The parts of such a body, with their names.
pub(super) async fn parts(kind: &str, body: Bytes) -> Result<Vec<(String, Bytes)>, Problem> {
    let wrong = |error: multer::Error| Problem::Body(format!("the form cannot be read: {error}"));
    let boundary = multer::parse_boundary(kind).map_err(|_| Problem::MediaType(KIND))?;
    let whole = stream::once(ready(Ok::<_, Infallible>(body)));
    let mut form = multer::Multipart::new(whole, boundary);
    let mut parts = Vec::new();
    while let Some(part) = form.next_field().await.map_err(wrong)? {
        if parts.len() == MOST_FIELDS {
            return Err(Problem::Body("the form has too many fields".to_owned()));
        }
        let name = part.name().unwrap_or_default().to_owned();
        parts.push((name, part.bytes().await.map_err(wrong)?));
    }
    Ok(parts)
}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, body: &mut Payload) -> Self::Future {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let body = body.take();
        Box::pin(async move {
            let body = read(body).await?.freeze();
            if kind.starts_with("application/x-www-form-urlencoded") {
                let fields = serde_urlencoded::from_bytes(&body);
                let fields = fields.map_err(|error| Problem::Body(error.to_string()))?;
                return Ok(Self { file: None, fields });
            }
            let mut upload = Self::default();
            for (name, bytes) in parts(&kind, body).await? {
                if name == "file" {
                    upload.file = Some(bytes).filter(|bytes| !bytes.is_empty());
                } else {
                    upload.fields.push((name, String::from_utf8_lossy(&bytes).into_owned()));
                }
            }
            Ok(upload)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF: &str = "multipart/form-data; boundary=x";

    async fn check(body: &str, expect: Result<&[(&str, &str)], ()>) {
        let read = parts(OF, Bytes::copy_from_slice(body.as_bytes())).await;
        let read = read.map_err(|_| ());
        let read = read.map(|parts| {
            let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
            parts.iter().map(|(name, bytes)| (name.clone(), text(bytes))).collect::<Vec<_>>()
        });
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        assert_eq!(read, expect.map(|parts| parts.iter().map(owned).collect()), "{body:?}");
    }

    fn part(head: &str, text: &str) -> String {
        format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n")
    }

    #[tokio::test]
    async fn a_form_with_a_file_is_read_whole_or_not_at_all() {
        let file = part("name=\"file\"; filename=\"a\\\"; name=\\\"csrf\"", "[\r\n--y\r\n]");
        let good = format!("{}{file}--x--\r\n", part("name=\"csrf\"", "t"));
        check(&good, Ok(&[("csrf", "t"), ("file", "[\r\n--y\r\n]")])).await;
        for end in 1..good.len() - 4 {
            // Cut anywhere before its end it is refused.
            check(&good[..end], Err(())).await;
        }
        check("", Err(())).await;
        check("--y--\r\n", Err(())).await;
        let many: String = (0..=MOST_FIELDS).map(|_| part("name=\"a\"", "")).collect();
        check(&format!("{many}--x--\r\n"), Err(())).await;
        assert!(parts("multipart/form-data", Bytes::new()).await.is_err(), "no boundary");
        assert!(parts("text/plain", Bytes::new()).await.is_err());
    }
}
