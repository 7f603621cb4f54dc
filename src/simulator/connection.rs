//! One connection: bytes in, bytes out. What they mean is up to the [`Conversation`].

use super::conversation::Conversation;
use super::fault::Fault;
use super::service::Service;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until};

/// As much is written ahead of a client that reads slowly; a long reply is made in pieces of this size.
pub const AHEAD: usize = 64 * 1024;

/// Serves one client until either side hangs up.
///
/// Reading, writing and hearing of changes go on side by side in one task, so a client that does not read
/// blocks nobody else, and costs no more than [`AHEAD`] bytes.
pub async fn serve(service: Arc<Service>, stream: impl AsyncRead + AsyncWrite + Unpin, from: String) {
    let open = Open::new(&service);
    let mut boots = service.boots.subscribe();
    let mut fault = service.fault.subscribe();
    let (mut reader, mut writer) = tokio::io::split(stream);
    if !open.allowed {
        let _ = writer.shutdown().await;
        return;
    }
    let mut talk = Conversation::new(service.clone(), from);
    let mut trickle = Instant::now();
    loop {
        talk.work(AHEAD);
        let ill = *fault.borrow();
        if talk.is_over() && (talk.pending().is_empty() || ill == Fault::Silent) {
            break;
        }
        let may_write = match ill {
            Fault::None => usize::MAX,
            Fault::Trickle if trickle <= Instant::now() => 1,
            Fault::Trickle | Fault::Silent => 0,
        };
        let held_back = ill == Fault::Trickle && may_write == 0 && !talk.pending().is_empty();
        let due = talk.due().into_iter().chain(held_back.then_some(trickle)).min();
        let ready = talk.is_ready(AHEAD);
        let (out, inbox, heard) = talk.split();
        let chunk = out.get(..may_write.min(out.len())).unwrap_or_default();
        inbox.reserve(4096);
        tokio::select! {
            read = reader.read_buf(inbox), if ready => match read {
                Ok(0) | Err(_) => break,
                Ok(_) => if talk.read().is_err() { break },
            },
            written = writer.write(chunk), if !chunk.is_empty() => match written {
                Ok(0) | Err(_) => break,
                Ok(written) => {
                    if ill == Fault::Trickle {
                        trickle = Instant::now() + Duration::from_secs(1);
                    }
                    service.counting().replies_bytes += written as u64;
                    talk.sent(written);
                    if talk.pending().is_empty() && writer.flush().await.is_err() {
                        break;
                    }
                }
            },
            Some(change) = heard.recv(), if ready => talk.hear(change),
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            _ = boots.changed() => break,
            changed = fault.changed() => if changed.is_err() { break },
        }
    }
    let _ = writer.shutdown().await;
}

/// Counts a connection for as long as it is open, even if its task is aborted.
struct Open {
    service: Arc<Service>,
    allowed: bool,
}

impl Open {
    fn new(service: &Arc<Service>) -> Self {
        let mut counters = service.counting();
        counters.connections_total += 1;
        counters.connections_open += 1;
        let allowed = counters.connections_open <= service.max_sessions as u64;
        drop(counters);
        Self { service: service.clone(), allowed }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.service.counting().connections_open -= 1;
    }
}
