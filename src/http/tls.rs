//! HTTPS: the certificate that the server shows, from the operator's files or made by ourselves.
//!
//! ```text
//! let tls = Tls::open(source, Timestamp::now())?;
//! HttpServer::new(…).listen_rustls_0_23(listener, tls.config()?)
//! // and each minute, where waiting for files is allowed: tls.refresh(Timestamp::now())
//! ```
//!
//! actix-web offers `http/1.1` alone by ALPN, as it is built without HTTP/2.

mod own;
mod pair;

#[cfg(test)]
mod tests;

pub use pair::TlsError;

use jiff::Timestamp;
use pair::Pair;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

/// Where the certificate comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// PEM files of the operator.
    Files {
        /// The certificate, and after it those that lead to its issuer.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// Made by ourselves at the first start, and again a month before it ends.
    SelfSigned {
        /// The data folder; the files are in `tls` there.
        data: PathBuf,
        /// What it is for, besides `localhost` and loopback: the address that the server listens on, names of the
        /// machine. One that is there already is kept whatever it names: people have accepted it by its fingerprint.
        names: Vec<String>,
    },
}

/// The certificate that is shown at the moment.
#[derive(Debug)]
pub struct Tls {
    source: Source,
    shown: Arc<Shown>,
}

#[derive(Debug)]
struct Shown(RwLock<State>);

#[derive(Debug)]
struct State {
    pair: Pair,
    /// What stood in the files at the last look: what is wrong is told once.
    looked_at: [u8; 32],
}

impl Tls {
    /// Reads the certificate, or makes it. Waits for files.
    pub fn open(source: Source, now: Timestamp) -> Result<Self, TlsError> {
        let (certificate, key) = source.files(now)?;
        let looked_at = pair::digest(&certificate, &key)?;
        let pair = Pair::read(&certificate, &key)?;
        pair.warn(now);
        Ok(Self { source, shown: Arc::new(Shown(RwLock::new(State { pair, looked_at }))) })
    }

    /// What the server needs; connections that begin after a refresh see the new certificate.
    pub fn config(&self) -> Result<ServerConfig, TlsError> {
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Rustls)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.shown) as Arc<dyn ResolvesServerCert>);
        Ok(config)
    }

    /// Shows the certificate that is in the files now; says whether it is another one. Waits for files.
    ///
    /// After an error, which is told once for each state of the files, the old one is shown on: half of a pair may
    /// have been replaced a moment ago.
    pub fn refresh(&self, now: Timestamp) -> Result<bool, TlsError> {
        let (certificate, key) = self.source.files(now)?;
        let digest = pair::digest(&certificate, &key)?;
        if self.shown.state().looked_at == digest {
            return Ok(false);
        }
        self.shown.0.write().unwrap_or_else(PoisonError::into_inner).looked_at = digest;
        let pair = Pair::read(&certificate, &key)?;
        pair.warn(now);
        self.shown.0.write().unwrap_or_else(PoisonError::into_inner).pair = pair;
        Ok(true)
    }

    /// The certificate's SHA-256 fingerprint, as browsers show it.
    pub fn fingerprint(&self) -> String {
        self.shown.state().pair.fingerprint()
    }
}

impl Source {
    /// The certificate's file and the key's.
    fn files(&self, now: Timestamp) -> Result<(PathBuf, PathBuf), TlsError> {
        match self {
            Self::Files { certificate, key } => Ok((certificate.clone(), key.clone())),
            Self::SelfSigned { data, names } => own::files(data, names, now),
        }
    }
}

impl Shown {
    fn state(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.state().pair.key())
    }
}
