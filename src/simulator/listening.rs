//! A port on which a simulated router listens.

use super::connection::serve;
use super::service::Service;
use crate::routeros::stream::TlsIdentity;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// A client that has not finished its TLS handshake by then is cut off.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// An open port. Dropping it closes the port and cuts all its connections, as if the router lost power.
#[derive(Debug)]
pub struct Listening {
    /// Where it listens, with the port that was really given.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Listening {
    /// Listens for clients of this service, with TLS if there is a certificate; port 0 is any free port.
    pub async fn start(
        service: Arc<Service>,
        address: SocketAddr,
        identity: Option<TlsIdentity>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(service, listener, identity.map(Arc::new), stopped));
        Ok(Self { address, stop, task })
    }

    /// Closes the port and cuts all its connections; both are done when this returns.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let _ = (&mut self.task).await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    service: Arc<Service>,
    listener: TcpListener,
    identity: Option<Arc<TlsIdentity>>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, from)) = accepted {
                    connections.spawn(greet(service.clone(), stream, from, identity.clone()));
                } else {
                    // Out of file handles: wait until connections end instead of asking again at once.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            Some(_) = connections.join_next() => {}
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn greet(
    service: Arc<Service>,
    stream: TcpStream,
    from: SocketAddr,
    identity: Option<Arc<TlsIdentity>>,
) {
    let _ = stream.set_nodelay(true);
    let from = from.ip().to_string();
    match identity {
        None => serve(service, stream, from).await,
        Some(identity) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, identity.accept(stream)).await {
                serve(service, stream, from).await;
            }
        }
    }
}
