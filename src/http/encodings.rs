//! How answers may be encoded for whoever asks.

use super::Problem;
use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT_ENCODING, AcceptEncoding, Encoding, Header as _};
use actix_web::middleware::Next;

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
