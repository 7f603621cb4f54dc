//! A certificate and its key, from PEM files.

use jiff::Timestamp;
use openssl::asn1::Asn1Time;
use openssl::x509::X509;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use sha2::{Digest as _, Sha256};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Why HTTPS cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("cannot use {0:?}")]
    File(PathBuf, #[source] std::io::Error),
    /// A file holds no certificate.
    #[error("there is no certificate in {0:?}: it must begin with `-----BEGIN CERTIFICATE-----`")]
    NoCertificate(PathBuf),
    /// A file holds no key that we can read.
    #[error(
        "there is no private key in {0:?}: it must begin with `-----BEGIN PRIVATE KEY-----` or be an older form"
    )]
    NoKey(PathBuf),
    /// The key needs a password, which we do not have.
    #[error("the private key in {0:?} is encrypted: take the password off, `openssl pkey -in … -out …` does")]
    EncryptedKey(PathBuf),
    /// A file is damaged.
    #[error("{0:?} is damaged: {1}")]
    Malformed(PathBuf, String),
    /// The two files do not belong together.
    #[error("the private key in {key:?} is not that of the certificate in {certificate:?}")]
    Mismatch {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The certificate or its key is of a kind that is not spoken here.
    #[error("the certificate in {0:?} or its key cannot be used")]
    Unusable(PathBuf, #[source] Error),
    /// A certificate of our own cannot be made.
    #[error("cannot make a certificate")]
    Make(#[source] rcgen::Error),
    /// The library refuses its own settings.
    #[error("HTTPS cannot be set up")]
    Rustls(#[source] Error),
}

/// A certificate and its key.
#[derive(Debug)]
pub(super) struct Pair {
    key: Arc<CertifiedKey>,
    certificate_file: PathBuf,
    key_file: PathBuf,
}

impl Pair {
    /// Reads both files; they must belong together.
    pub(super) fn read(certificate_file: &Path, key_file: &Path) -> Result<Self, TlsError> {
        let (certificate_file, key_file) = (certificate_file.to_owned(), key_file.to_owned());
        let malformed = |file: &Path, error: &dyn std::fmt::Display| {
            TlsError::Malformed(file.to_owned(), error.to_string())
        };
        let text = read(&certificate_file)?;
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<_, _>>()
            .map_err(|error| malformed(&certificate_file, &error))?;
        let Some(first) = certificates.first() else { return Err(TlsError::NoCertificate(certificate_file)) };
        X509::from_der(first).map_err(|_| malformed(&certificate_file, &"its first certificate is none"))?;
        let text = read(&key_file)?;
        let key = match PrivateKeyDer::from_pem_slice(&text) {
            Ok(key) => key,
            Err(_) if contains(&text, b"ENCRYPTED") => return Err(TlsError::EncryptedKey(key_file)),
            Err(rustls::pki_types::pem::Error::NoItemsFound) => return Err(TlsError::NoKey(key_file)),
            Err(error) => return Err(malformed(&key_file, &error)),
        };
        let key = match CertifiedKey::from_der(certificates, key, &ring::default_provider()) {
            Ok(key) => Arc::new(key),
            Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                return Err(TlsError::Mismatch { certificate: certificate_file, key: key_file });
            }
            Err(error) => return Err(TlsError::Unusable(certificate_file, error)),
        };
        Ok(Self { key, certificate_file, key_file })
    }

    pub(super) fn key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.key)
    }

    /// Bytes in upper-case hexadecimal, between colons.
    pub(super) fn fingerprint(&self) -> String {
        let digest = self.key.end_entity_cert().map(Sha256::digest).unwrap_or_default();
        digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }

    /// Whole days from `now` to the end of the certificate; negative once it is over.
    pub(super) fn days_left(&self, now: Timestamp) -> Option<i32> {
        let certificate = X509::from_der(self.key.end_entity_cert().ok()?).ok()?;
        let now = Asn1Time::from_unix(now.as_second()).ok()?;
        let left = now.diff(certificate.not_after()).ok()?;
        Some(if left.secs < 0 { left.days - 1 } else { left.days })
    }

    /// Says what the operator should change about files that work all the same.
    pub(super) fn warn(&self, now: Timestamp) {
        let certificate = self.certificate_file.display();
        match self.days_left(now) {
            Some(days) if days < 0 => {
                tracing::warn!(certificate.file = %certificate, "the certificate has ended: browsers refuse it");
            }
            Some(days) if days < 14 => {
                tracing::warn!(certificate.file = %certificate, "the certificate ends in {days} days");
            }
            _ => {}
        }
        if self.others_may_read_key() {
            tracing::warn!(
                key.file = %self.key_file.display(),
                "others may read the private key: `chmod 600` keeps it to its owner"
            );
        }
    }

    /// Whether everybody on this machine may read the key. A group is often meant: `ssl-cert` on Debian.
    pub(super) fn others_may_read_key(&self) -> bool {
        self.key_file.metadata().is_ok_and(|file| file.mode() & 0o007 != 0)
    }
}

/// What stands in both files.
pub(super) fn digest(certificate: &Path, key: &Path) -> Result<[u8; 32], TlsError> {
    let mut digest = Sha256::new();
    for file in [certificate, key] {
        digest.update(Sha256::digest(&read(file)?));
    }
    Ok(digest.finalize().into())
}

fn read(file: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let read = std::fs::read(file).map(Zeroizing::new);
    read.map_err(|error| TlsError::File(file.to_owned(), error))
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
