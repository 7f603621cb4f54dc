//! How answers may be encoded, which are compressed once and kept, and which form a client wants.
//!
//! To compress a megabyte anew for whoever asks would let strangers take all processor time with a few requests a
//! second. So what is large is kept compressed, and is sent as it is to those who accept no way that is kept.

use super::Problem;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT_ENCODING, AcceptEncoding, Encoding, Header as _};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// Less than this is not worth compressing.
pub const SHORT: usize = 1_024;

/// A form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// As it is.
    Plain,
    /// For those that know no better.
    Gzip,
    /// For browsers that know this and not the next.
    Brotli,
    /// What is smaller and faster.
    Zstd,
}

impl Form {
    /// The best form that a client accepts.
    pub fn accepted(request: &HttpRequest) -> Self {
        let Ok(accepted) = AcceptEncoding::parse(request) else { return Self::Plain };
        let best = |among: &[Self]| {
            let all: Vec<Encoding> = among.iter().map(|form| form.encoding()).collect();
            let chosen = accepted.negotiate(all.iter());
            among.iter().find(|form| chosen == Some(form.encoding())).copied().unwrap_or(Self::Plain)
        };
        match best(&[Self::Zstd, Self::Brotli, Self::Gzip, Self::Plain]) {
            // Browsers name all of them alike, and actix would take Brotli, which is the slowest to make.
            Self::Brotli if best(&[Self::Zstd, Self::Gzip, Self::Plain]) == Self::Zstd => Self::Zstd,
            best => best,
        }
    }

    fn encoding(self) -> Encoding {
        match self {
            Self::Plain => Encoding::identity(),
            Self::Gzip => Encoding::gzip(),
            Self::Brotli => Encoding::brotli(),
            Self::Zstd => Encoding::zstd(),
        }
    }

    /// As the header `Content-Encoding` says it. Whoever sets it keeps the server from compressing once more.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// Brings bytes into this form. Compressing into memory cannot fail; if it did, there would be nothing.
    pub fn make(self, plain: &Bytes) -> Option<Bytes> {
        match self {
            Self::Plain => Some(plain.clone()),
            Self::Gzip => gzip(plain).ok(),
            Self::Brotli => brotli(plain).ok(),
            Self::Zstd => zstd::bulk::compress(plain, 1).map(Bytes::from).ok(),
        }
    }
}

fn gzip(plain: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 8), Compression::fast());
    encoder.write_all(plain)?;
    Ok(encoder.finish()?.into())
}

fn brotli(mut plain: &[u8]) -> std::io::Result<Bytes> {
    // Fast, as gzip is here; 22 is the window that every client has to have.
    let quality = brotli::enc::BrotliEncoderParams { quality: 3, lgwin: 22, ..Default::default() };
    let mut compressed = Vec::with_capacity(plain.len() / 8);
    brotli::BrotliCompress(&mut plain, &mut compressed, &quality)?;
    Ok(compressed.into())
}

/// A middleware for `actix_web::middleware::from_fn`, to stand around the one that compresses: whoever takes no
/// encoding of ours is told so in problem details, where actix would say it as plain text.
pub async fn encodings(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    if takes_any(&request) {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    Ok(request.error_response(Problem::Encoding).map_into_right_body())
}

fn takes_any(request: &ServiceRequest) -> bool {
    // What that middleware knows.
    let ours =
        [Encoding::zstd(), Encoding::brotli(), Encoding::gzip(), Encoding::deflate(), Encoding::identity()];
    let accepted = request.headers().contains_key(ACCEPT_ENCODING).then(|| AcceptEncoding::parse(request));
    // What cannot be read is as good as nothing, which is any.
    accepted.and_then(Result::ok).is_none_or(|accepted| accepted.negotiate(ours.iter()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn what_is_accepted_decides_and_nothing_else_is_made() {
        fn check(accepted: Option<&str>, expected: Form) {
            let mut request = TestRequest::get();
            if let Some(accepted) = accepted {
                request = request.insert_header(("accept-encoding", accepted));
            }
            assert_eq!(Form::accepted(&request.to_http_request()), expected, "{accepted:?}");
        }
        check(None, Form::Plain);
        check(Some("gzip, deflate, br, zstd"), Form::Zstd);
        check(Some("gzip, deflate, br"), Form::Brotli);
        check(Some("gzip, deflate"), Form::Gzip);
        check(Some("zstd;q=0.1, gzip;q=0.9"), Form::Gzip);
        check(Some("deflate"), Form::Plain);
        check(Some("identity"), Form::Plain);
        check(Some("nonsense"), Form::Plain);
        check(Some("gzip;q=0"), Form::Plain);
    }

    #[test]
    fn each_form_is_the_same_bytes() {
        let plain = Bytes::from("a".repeat(10_000));
        let gzip = Form::Gzip.make(&plain).unwrap();
        let mut opened = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*gzip), &mut opened).unwrap();
        assert_eq!(opened, plain);
        let brotli = Form::Brotli.make(&plain).unwrap();
        let mut opened = Vec::new();
        brotli::BrotliDecompress(&mut &*brotli, &mut opened).unwrap();
        assert_eq!(opened, plain);
        let zstd = Form::Zstd.make(&plain).unwrap();
        assert_eq!(zstd::bulk::decompress(&zstd, plain.len()).unwrap(), plain);
        assert!(gzip.len().max(brotli.len()).max(zstd.len()) < 1_000);
    }

    #[test]
    fn whoever_takes_none_of_our_encodings_is_found() {
        let check = |accepted: &str, expect: bool| {
            let request = TestRequest::get().insert_header((ACCEPT_ENCODING, accepted)).to_srv_request();
            assert_eq!(takes_any(&request), expect, "{accepted}");
        };
        for accepted in ["", "*", "gzip", "x-unknown", "identity;q=0, zstd", "gzip;q=0"] {
            check(accepted, true);
        }
        for accepted in ["*;q=0", "identity;q=0", "x-unknown, identity;q=0"] {
            check(accepted, false);
        }
        assert!(takes_any(&TestRequest::get().to_srv_request()));
    }
}
