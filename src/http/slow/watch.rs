//! All connections, and the one who looks at them.

use super::course::{Course, LOOK_EVERY, STILL};
use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::{SockRef, Socket};
use std::any::Any;
use std::net::Shutdown;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// What the kernel may hold for a reader that does not read; it doubles this. Left to itself, it would take megabytes
/// and so hide for long that nothing is read.
const SEND_BUFFER: usize = 64 << 10;

/// Watches all connections of the server, until the last clone is gone.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<Mutex<Vec<Weak<Wire>>>>);

/// A connection: the handle with which it can be cut, and how it is getting on.
///
/// The handle is a second one for the same socket, since actix-web keeps the first to itself. A connection costs two
/// file descriptors therefore; both are closed when it ends.
#[derive(Debug)]
pub(super) struct Wire {
    socket: Socket,
    course: Mutex<Course>,
}

impl Watch {
    /// Begins to watch, on the runtime of the caller.
    pub fn start() -> Self {
        let watch = Self::default();
        let wires = Arc::downgrade(&watch.0);
        actix_web::rt::spawn(async move {
            let mut looks = tokio::time::interval(LOOK_EVERY);
            loop {
                looks.tick().await;
                let Some(wires) = wires.upgrade() else { return };
                Self(wires).look(Instant::now());
            }
        });
        watch
    }

    /// Takes a new connection under watch: for `HttpServer::on_connect`.
    pub fn connected(&self, connection: &dyn Any, data: &mut Extensions) {
        let plain = connection.downcast_ref::<TcpStream>();
        let encrypted = || connection.downcast_ref::<TlsStream<TcpStream>>().map(|stream| stream.get_ref().0);
        let Some(stream) = plain.or_else(encrypted) else { return };
        let socket = SockRef::from(stream);
        let prepared = socket.set_send_buffer_size(SEND_BUFFER).and_then(|()| give_up_after(&socket));
        match prepared.and_then(|()| socket.try_clone()) {
            Ok(socket) => {
                let wire = Arc::new(Wire { socket, course: Mutex::new(Course::new(Instant::now())) });
                self.wires().push(Arc::downgrade(&wire));
                data.insert(wire);
            }
            // Nothing bounds how long it may take then, so it does not begin: there are no descriptors left, or the
            // client is gone already.
            Err(error) => {
                tracing::debug!(%error, "closed a connection that cannot be watched");
                let _ = socket.shutdown(Shutdown::Both);
            }
        }
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.wires().iter().filter(|wire| 0 < wire.strong_count()).count()
    }

    fn look(&self, now: Instant) {
        let mut wires = self.wires();
        wires.retain(|wire| {
            let Some(wire) = wire.upgrade() else { return false };
            let Some(reason) = wire.course().look(now) else { return true };
            tracing::debug!(?reason, "cut a connection");
            // The connection's task wakes up, finds it closed, and closes its own handle. What is still to be sent is
            // thrown away then: the kernel would keep it for whoever does not read.
            let _ = wire.socket.set_linger(Some(Duration::ZERO));
            let _ = wire.socket.shutdown(Shutdown::Both);
            true
        });
        if wires.len() < wires.capacity() / 4 {
            wires.shrink_to_fit();
        }
    }

    fn wires(&self) -> MutexGuard<'_, Vec<Weak<Wire>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wire {
    pub(super) fn course(&self) -> MutexGuard<'_, Course> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The kernel gives up a connection on which what it sends is not acknowledged, or that stays closed for more.
#[cfg(target_os = "linux")]
fn give_up_after(socket: &SockRef<'_>) -> std::io::Result<()> {
    socket.set_tcp_user_timeout(Some(STILL))
}

/// Other systems have no such option; there the watch alone cuts.
#[cfg(not(target_os = "linux"))]
fn give_up_after(_: &SockRef<'_>) -> std::io::Result<()> {
    Ok(())
}
