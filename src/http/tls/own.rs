//! A certificate of our own, for those who have none: traffic is encrypted, and the fingerprint can be compared.

use super::pair::{Pair, TlsError};
use crate::store::file;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use std::fs::DirBuilder;
use std::net::IpAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Apple's devices refuse certificates that are valid for longer.
const VALID_DAYS: i64 = 825;

/// A new one is made so many days before the end.
const RENEW_DAYS: i32 = 30;

/// The files of the certificate and its key; makes them if they are not there, damaged, or about to end.
pub(super) fn files(data: &Path, names: &[String], now: Timestamp) -> Result<(PathBuf, PathBuf), TlsError> {
    let folder = data.join("tls");
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    match Pair::read(&certificate, &key) {
        Ok(pair) if pair.days_left(now).is_some_and(|days| RENEW_DAYS <= days) => {
            return Ok((certificate, key));
        }
        Ok(_) => tracing::info!("the certificate that tikwatch made ends soon: making a new one"),
        // A key that cannot be read now may be the one that people have accepted.
        Err(TlsError::File(file, error)) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(TlsError::File(file, error));
        }
        Err(TlsError::File(..)) => {}
        Err(error) => {
            tracing::warn!(%error, "the certificate that tikwatch made is damaged: making a new one");
        }
    }
    let wrong = |path: &Path| {
        let path = path.to_owned();
        move |error| TlsError::File(path, error)
    };
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(wrong(&folder))?;
    let (certificate_pem, key_pem) = make(names, now).map_err(TlsError::Make)?;
    // A crash between the two leaves a pair that does not match, which the next start replaces.
    file::replace(&key, key_pem.as_bytes()).map_err(wrong(&key))?;
    file::replace(&certificate, certificate_pem.as_bytes()).map_err(wrong(&certificate))?;
    let made = Pair::read(&certificate, &key)?;
    tracing::info!(
        certificate.fingerprint = %made.fingerprint(),
        "made a certificate; browsers warn of it once: compare the fingerprint (SHA-256) before you accept it"
    );
    Ok((certificate, key))
}

/// PEM of a certificate and its key.
fn make(names: &[String], now: Timestamp) -> Result<(String, zeroize::Zeroizing<String>), rcgen::Error> {
    let mut all: Vec<String> = Vec::new();
    for name in ["localhost", "127.0.0.1", "::1"].into_iter().chain(names.iter().map(String::as_str)) {
        // `0.0.0.0` and `::` stand for all addresses of the machine: nobody calls it by them.
        let is_any = name.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified());
        if !is_any && name.is_ascii() && !name.is_empty() && all.iter().all(|known| known != name) {
            all.push(name.to_owned());
        }
    }
    let mut parameters = CertificateParams::new(all)?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, "tikwatch");
    parameters.distinguished_name = subject;
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Clocks differ: it begins a day ago.
    let today = now.to_zoned(TimeZone::UTC).date();
    let day = |days: i64| {
        let date = today.saturating_add(days.days());
        rcgen::date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    parameters.not_before = day(-1);
    parameters.not_after = day(VALID_DAYS - 1);
    let key = KeyPair::generate()?;
    let certificate = parameters.self_signed(&key)?;
    Ok((certificate.pem(), zeroize::Zeroizing::new(key.serialize_pem())))
}
