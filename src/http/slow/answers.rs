//! Bodies of answers, in pieces that the watch can count.

use super::watch::Wire;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

/// actix-web asks for the next piece when less than this waits in its buffer.
const PIECE: usize = 32 << 10;

/// A body that tells when it is asked for its next piece: that is when the last one is on its way.
#[derive(Debug)]
pub struct Watched {
    body: BoxBody,
    /// What is left of a piece that was too large.
    left: Bytes,
    wire: Option<Arc<Wire>>,
}

impl Watched {
    pub(super) fn new(body: impl MessageBody + 'static, wire: Option<Arc<Wire>>) -> Self {
        Self { body: BoxBody::new(body), left: Bytes::new(), wire }
    }
}

impl MessageBody for Watched {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        if this.left.is_empty() {
            match Pin::new(&mut this.body).poll_next(cx) {
                Poll::Ready(Some(Ok(piece))) => this.left = piece,
                Poll::Pending => {
                    if let Some(wire) = &this.wire {
                        wire.course().waits();
                    }
                    return Poll::Pending;
                }
                ended @ Poll::Ready(_) => return ended,
            }
        }
        let piece = this.left.split_to(this.left.len().min(PIECE));
        if let Some(wire) = &this.wire {
            wire.course().gives(piece.len(), Instant::now());
        }
        Poll::Ready(Some(Ok(piece)))
    }
}

impl Drop for Watched {
    /// It was given whole, or nobody wants it.
    fn drop(&mut self) {
        if let Some(wire) = &self.wire {
            wire.course().ends(Instant::now());
        }
    }
}
