//! Why a router could not be reached, and what to do about it.

use super::Fingerprint;
use crate::routeros::Reason;
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
    /// The name leads where nobody has a router.
    #[error("{host:?} leads to an address that is not called from here")]
    Forbidden {
        /// As it was given.
        host: String,
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
    /// Which of the known reasons it is.
    pub fn reason(&self) -> Reason {
        match self {
            Self::UnknownHost { .. } => Reason::UnknownHost,
            Self::Forbidden { .. } => Reason::Forbidden,
            Self::Refused { .. } => Reason::Refused,
            Self::Unreachable { .. } => Reason::Unreachable,
            Self::BrokenOff { .. } => Reason::BrokenOff,
            Self::TimedOut { .. } => Reason::TimedOut,
            Self::HandshakeTimedOut { .. } => Reason::HandshakeTimedOut,
            Self::NoTls { .. } => Reason::NoTls,
            Self::NoCommonCipher { .. } => Reason::NoCommonCipher,
            Self::CertificateNotTrusted { .. } => Reason::CertificateNotTrusted,
            Self::CertificateUnknown { .. } => Reason::CertificateUnknown,
            Self::CertificateChanged { .. } => Reason::CertificateChanged,
            Self::TlsFailed { .. } => Reason::TlsFailed,
            Self::CaFile { .. } => Reason::CaFile,
        }
    }

    /// What the operator can do about it.
    pub fn advice(&self) -> &'static str {
        self.reason().remedy()
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
