//! Connections to routers: TCP, with or without TLS. The only place of `routeros` that waits.
//!
//! TLS is OpenSSL's, as routers speak what rustls does not: a router without a certificate offers anonymous
//! Diffie-Hellman only, and old ones want DHE-RSA or plain RSA key exchange.

mod error;
mod fingerprint;
mod identity;
mod socket;
mod tls;

#[cfg(test)]
mod tests;

pub use error::ConnectError;
pub use fingerprint::{Fingerprint, InvalidFingerprint};
pub use identity::{IdentityError, TlsIdentity};
pub use socket::Stream;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

/// Where a router listens, and how it has to prove who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A host name or an IP address, which may stand in brackets.
    pub host: String,
    /// Usually 8728 (`api`) or 8729 (`api-ssl`).
    pub port: u16,
    /// Whether and how the connection is encrypted.
    pub tls: Tls,
}

impl Endpoint {
    /// The host as the resolver wants it: an IPv6 address without its brackets.
    fn bare_host(&self) -> &str {
        self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&self.host)
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.bare_host();
        if host.contains(':') {
            write!(f, "[{host}]:{}", self.port)
        } else {
            write!(f, "{host}:{}", self.port)
        }
    }
}

/// Whether and how a connection is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: anyone on the way reads the password.
    Off,
    /// The certificate has to be signed by an authority that we trust.
    Verify {
        /// PEM certificates to trust instead of the system's: an own authority, or the router's certificate.
        ca_file: Option<PathBuf>,
        /// Whether the certificate has to name the host. Those of routers often name nothing useful.
        host_name: bool,
    },
    /// The certificate has to be the one that was seen before, whoever signed it.
    Pin {
        /// What was accepted; with `None` nothing is, and the error tells what the router presents.
        fingerprint: Option<Fingerprint>,
    },
    /// Anything is taken, even no certificate: safe from listeners, not from impostors.
    Anonymous,
}

/// What a connection is safe from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protection {
    /// Nothing.
    Clear,
    /// Listeners and impostors: an authority vouches for the router.
    Verified,
    /// Listeners and impostors: the router is the one that was accepted before.
    Pinned,
    /// Listeners only.
    Anonymous,
}

impl Protection {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Clear, Self::Verified, Self::Pinned, Self::Anonymous];

    /// What to tell the operator.
    pub fn label(self) -> &'static str {
        match self {
            Self::Clear => "password travels in clear",
            Self::Verified => "encrypted, certificate verified",
            Self::Pinned => "encrypted, certificate pinned",
            Self::Anonymous => "encrypted, not authenticated",
        }
    }

    /// One word, by which pages tell it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Verified => "verified",
            Self::Pinned => "pinned",
            Self::Anonymous => "anonymous",
        }
    }
}

/// A connection on which nothing was said yet.
#[derive(Debug)]
pub struct Connected {
    /// To read from and write to.
    pub stream: Stream,
    /// What the connection is safe from.
    pub protection: Protection,
    /// Of the certificate that the router presented, if it did.
    pub fingerprint: Option<Fingerprint>,
    /// The address that answered.
    pub peer: SocketAddr,
}

/// Connects to a router: resolves its name, opens TCP, does the TLS handshake.
///
/// The deadline is for all of these together. A name with several addresses is tried address by address, each
/// with its share of the time that is left, so that a silent IPv6 address does not hide a working IPv4 one.
pub async fn connect(endpoint: &Endpoint, deadline: Duration) -> Result<Connected, ConnectError> {
    let time = Time::new(deadline);
    let addresses =
        timeout_at(time.end, resolve(endpoint)).await.map_err(|_| time.timed_out(endpoint.to_string()))??;
    open_within(endpoint, &addresses, time).await?.protect_within(endpoint, time).await
}

/// Opens TCP to one of these addresses, and to no other, whatever the host's name leads to by now.
pub async fn open(
    endpoint: &Endpoint,
    addresses: &[SocketAddr],
    deadline: Duration,
) -> Result<Opened, ConnectError> {
    open_within(endpoint, addresses, Time::new(deadline)).await
}

/// A TCP connection that is not protected yet.
#[derive(Debug)]
pub struct Opened {
    tcp: TcpStream,
    /// The address that answered.
    pub peer: SocketAddr,
}

impl Opened {
    /// Does the TLS handshake, if the endpoint wants one.
    pub async fn protect(self, endpoint: &Endpoint, deadline: Duration) -> Result<Connected, ConnectError> {
        self.protect_within(endpoint, Time::new(deadline)).await
    }

    async fn protect_within(self, endpoint: &Endpoint, time: Time) -> Result<Connected, ConnectError> {
        let Self { tcp, peer } = self;
        if endpoint.tls == Tls::Off {
            let stream = Stream::Plain(tcp);
            return Ok(Connected { stream, protection: Protection::Clear, fingerprint: None, peer });
        }
        let seconds = time.deadline.as_secs_f64();
        timeout_at(time.end, tls::handshake(endpoint, tcp, peer))
            .await
            .map_err(|_| ConnectError::HandshakeTimedOut { address: peer, seconds })?
    }
}

/// How long something may take, and until when that is.
#[derive(Clone, Copy)]
struct Time {
    deadline: Duration,
    end: Instant,
}

impl Time {
    fn new(deadline: Duration) -> Self {
        Self { deadline, end: Instant::now() + deadline }
    }

    fn timed_out(self, address: String) -> ConnectError {
        ConnectError::TimedOut { address, seconds: self.deadline.as_secs_f64() }
    }
}

async fn open_within(
    endpoint: &Endpoint,
    addresses: &[SocketAddr],
    time: Time,
) -> Result<Opened, ConnectError> {
    let opened = first(addresses, time.end).await;
    let (tcp, peer) = opened.map_err(|failure| match failure {
        Failure::Silent => time.timed_out(endpoint.to_string()),
        Failure::At(address, source) => ConnectError::from_tcp(address, source, time.deadline),
    })?;
    Ok(Opened { tcp, peer })
}

/// All addresses of the host, with the port.
pub async fn resolve(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, ConnectError> {
    let unknown = |source| ConnectError::UnknownHost { host: endpoint.host.clone(), source };
    let found = tokio::net::lookup_host((endpoint.bare_host(), endpoint.port)).await.map_err(unknown)?;
    let addresses: Vec<SocketAddr> = found.collect();
    if addresses.is_empty() {
        return Err(unknown(io::Error::new(io::ErrorKind::NotFound, "the name has no address")));
    }
    Ok(addresses)
}

/// Why no address could be reached.
enum Failure {
    Silent,
    At(SocketAddr, io::Error),
}

/// Opens TCP to the first address that answers; reports the last failure if none does.
async fn first(addresses: &[SocketAddr], end: Instant) -> Result<(TcpStream, SocketAddr), Failure> {
    let mut failure = Failure::Silent;
    let mut left = u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    for &address in addresses {
        let now = Instant::now();
        let share = end.saturating_duration_since(now) / left.max(1);
        left = left.saturating_sub(1);
        match timeout_at(now + share, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => match prepare(&tcp) {
                Ok(()) => return Ok((tcp, address)),
                Err(source) => failure = Failure::At(address, source),
            },
            Ok(Err(source)) => failure = Failure::At(address, source),
            Err(_) => failure = Failure::Silent,
        }
    }
    Err(failure)
}

/// Sends each sentence at once, and notices a router that vanished without a word.
fn prepare(tcp: &TcpStream) -> io::Result<()> {
    // Nagle's algorithm against delayed acknowledgements costs 40 ms per command.
    tcp.set_nodelay(true)?;
    let keepalive = socket2::TcpKeepalive::new()
        .with_time(Duration::from_secs(30))
        .with_interval(Duration::from_secs(10));
    socket2::SockRef::from(tcp).set_tcp_keepalive(&keepalive)
}
