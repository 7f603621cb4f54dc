//! Why a router could not be reached, and what to do about it.

use super::Fingerprint;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The name does not resolve.
    #[error("cannot find the address of {host:?}")]
    UnknownHost {
        /// As it was given.
        host: String,
        /// The resolver's reason.
        source: io::Error,
    },
    /// Nothing listens on the port.
    #[error("{address} refuses connections")]
    Refused {
        /// What was tried.
        address: SocketAddr,
    },
    /// The network says no.
    #[error("cannot reach {address}")]
    Unreachable {
        /// What was tried.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// The port is open, and whoever is there breaks the connection off.
    #[error("{address} breaks the connection off at once")]
    BrokenOff {
        /// What was tried.
        address: SocketAddr,
    },
    /// The deadline passed.
    #[error("no answer from {address} within {seconds} s")]
    TimedOut {
        /// What was tried.
        address: String,
        /// The deadline.
        seconds: f64,
    },
    /// The port was open, but the deadline passed during the TLS handshake.
    ///
    /// A router's port without TLS does this: it takes the first bytes of a handshake for a long word.
    #[error("{address} did not answer the TLS handshake within {seconds} s")]
    HandshakeTimedOut {
        /// What was tried.
        address: SocketAddr,
        /// The deadline.
        seconds: f64,
    },
    /// What answered does not speak TLS.
    #[error("{address} does not speak TLS")]
    NoTls {
        /// What was tried.
        address: SocketAddr,
    },
    /// The router has nothing to offer that we accept.
    #[error("{address} and tikwatch have no TLS cipher in common")]
    NoCommonCipher {
        /// What was tried.
        address: SocketAddr,
    },
    /// No authority that we trust vouches for the certificate, or it names another host.
    #[error("the certificate of {address} is not trusted: {reason}")]
    CertificateNotTrusted {
        /// What was tried.
        address: SocketAddr,
        /// OpenSSL's words.
        reason: &'static str,
    },
    /// The certificate was not accepted yet.
    #[error("the certificate of {address} was not accepted yet, its fingerprint is {fingerprint}")]
    CertificateUnknown {
        /// What was tried.
        address: SocketAddr,
        /// Of the certificate that was presented.
        fingerprint: Fingerprint,
    },
    /// Not the certificate that was accepted.
    #[error("the certificate of {address} changed from {expected} to {found}")]
    CertificateChanged {
        /// What was tried.
        address: SocketAddr,
        /// Of the certificate that was accepted.
        expected: Fingerprint,
        /// Of the certificate that was presented.
        found: Fingerprint,
    },
    /// The handshake failed otherwise.
    #[error("the TLS handshake with {address} failed")]
    TlsFailed {
        /// What was tried.
        address: SocketAddr,
        /// OpenSSL's reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file of trusted certificates is of no use.
    #[error("cannot read trusted certificates from {}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Missing, not readable, or not PEM.
        source: io::Error,
    },
}

impl ConnectError {
    /// What the operator can do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::UnknownHost { .. } => "check the spelling of the host, or enter its IP address",
            Self::Refused { .. } => {
                "enable the service on the router (/ip service enable api, or api-ssl) and check the port"
            }
            Self::Unreachable { .. } => "check the address, the route to it and the firewalls on the way",
            Self::BrokenOff { .. } => {
                "check on the router that the service allows our address (/ip service print, column ADDRESS) and is \
                 not at its limit of sessions"
            }
            Self::TimedOut { .. } => {
                "check the address and the firewalls, and that the service allows our address \
                 (/ip service print, column ADDRESS); port 8728 is without TLS, 8729 with it"
            }
            Self::HandshakeTimedOut { .. } => {
                "check that the port is that of api-ssl (8729), or turn TLS off for this router"
            }
            Self::NoTls { .. } => "use the port of api-ssl (8729), or turn TLS off for this router",
            Self::NoCommonCipher { .. } => {
                "a router whose api-ssl has no certificate offers anonymous ciphers only: give it one \
                 (/certificate add name=api common-name=router, /certificate sign api, \
                 /ip service set api-ssl certificate=api), or set tls \"anonymous\" for this router"
            }
            Self::CertificateNotTrusted { .. } => {
                "set the authority's certificate file, or pin the router's own certificate"
            }
            Self::CertificateUnknown { .. } => {
                "compare the fingerprint with the router's (/certificate print detail) and accept it"
            }
            Self::CertificateChanged { .. } => {
                "if the router got a new certificate accept the new fingerprint, else someone may be \
                 listening in: do not connect from this network"
            }
            Self::TlsFailed { .. } => {
                "check that the port is that of api-ssl (8729), and the router's log; a very old RouterOS needs an \
                 upgrade, or TLS off"
            }
            Self::CaFile { .. } => "check that the file exists, may be read, and holds PEM certificates",
        }
    }

    /// A failure to open TCP.
    pub(super) fn from_tcp(address: SocketAddr, source: io::Error, deadline: Duration) -> Self {
        match source.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused { address },
            io::ErrorKind::TimedOut => {
                Self::TimedOut { address: address.to_string(), seconds: deadline.as_secs_f64() }
            }
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Self::BrokenOff { address },
            _ => Self::Unreachable { address, source },
        }
    }
}
