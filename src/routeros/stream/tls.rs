//! The client's side of the TLS handshake.

use super::{ConnectError, Connected, Endpoint, Fingerprint, Protection, Stream, Tls};
use openssl::error::ErrorStack;
use openssl::ssl::{self, Ssl, SslContext, SslContextBuilder, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::verify::X509VerifyFlags;
use openssl::x509::{X509, X509VerifyResult};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

/// Level 0 admits the 1024-bit keys and SHA-1 signatures of old routers, but nothing without a certificate.
const WITH_CERTIFICATE: &str = "DEFAULT:!aNULL:@SECLEVEL=0";
/// Anonymous Diffie-Hellman first: a router without a certificate offers nothing else.
const ANONYMOUS: &str = "ADH:ALL:@SECLEVEL=0";

/// Where systems keep the authorities that they trust: a bundled OpenSSL does not know.
const SYSTEM_AUTHORITIES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Does the handshake and checks the certificate, before anything is sent inside it.
pub(super) async fn handshake(
    endpoint: &Endpoint,
    tcp: TcpStream,
    peer: SocketAddr,
) -> Result<Connected, ConnectError> {
    let context = context(&endpoint.tls, peer).await?;
    let ssl = session(&context, endpoint).map_err(|error| failed(peer, error))?;
    let mut stream = Box::new(SslStream::new(ssl, tcp).map_err(|error| failed(peer, error))?);
    if let Err(error) = Pin::new(&mut *stream).connect().await {
        return Err(handshake_error(peer, stream.ssl().verify_result(), error));
    }
    let fingerprint = match stream.ssl().peer_certificate() {
        Some(certificate) => {
            Some(Fingerprint::of(&certificate.to_der().map_err(|error| failed(peer, error))?))
        }
        None => None,
    };
    let protection = admit(&endpoint.tls, fingerprint, peer)?;
    Ok(Connected { stream: Stream::Tls(stream), protection, fingerprint, peer })
}

/// What the finished handshake is worth.
fn admit(tls: &Tls, presented: Option<Fingerprint>, address: SocketAddr) -> Result<Protection, ConnectError> {
    match (tls, presented) {
        (Tls::Off, _) => Ok(Protection::Clear),
        (Tls::Anonymous, _) => Ok(Protection::Anonymous),
        // OpenSSL has refused ciphers without a certificate already; that must never rest on it alone.
        (_, None) => Err(ConnectError::NoCommonCipher { address }),
        (Tls::Verify { .. }, Some(_)) => Ok(Protection::Verified),
        (Tls::Pin { fingerprint: None }, Some(fingerprint)) => {
            Err(ConnectError::CertificateUnknown { address, fingerprint })
        }
        (&Tls::Pin { fingerprint: Some(expected) }, Some(found)) if expected != found => {
            Err(ConnectError::CertificateChanged { address, expected, found })
        }
        (Tls::Pin { .. }, Some(_)) => Ok(Protection::Pinned),
    }
}

/// Reading the authorities takes milliseconds of disk and CPU, which must not hold up other routers.
async fn context(tls: &Tls, address: SocketAddr) -> Result<SslContext, ConnectError> {
    let tls = tls.clone();
    match tokio::task::spawn_blocking(move || build(&tls, address)).await {
        Ok(built) => built,
        Err(stopped) => Err(failed(address, stopped)),
    }
}

fn build(tls: &Tls, address: SocketAddr) -> Result<SslContext, ConnectError> {
    let mut builder = configure(tls).map_err(|error| failed(address, error))?;
    if let Tls::Verify { ca_file, .. } = tls {
        match ca_file {
            Some(path) => trust_file(&mut builder, path)
                .map_err(|source| ConnectError::CaFile { path: path.clone(), source })?,
            None => trust_system(&mut builder).map_err(|error| failed(address, error))?,
        }
    }
    Ok(builder.build())
}

fn configure(tls: &Tls) -> Result<SslContextBuilder, ErrorStack> {
    let mut builder = SslContext::builder(SslMethod::tls_client())?;
    let verify = if matches!(tls, Tls::Verify { .. }) { SslVerifyMode::PEER } else { SslVerifyMode::NONE };
    builder.set_verify(verify);
    if *tls == Tls::Anonymous {
        builder.set_cipher_list(ANONYMOUS)?;
        // TLS 1.3 has no anonymous ciphers; offering it makes some servers answer with it and fail.
        builder.set_max_proto_version(Some(SslVersion::TLS1_2))?;
    } else {
        builder.set_cipher_list(WITH_CERTIFICATE)?;
        // RouterOS 6 and 7 speak 1.2; what came before is too weak to prove who answers.
        builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    }
    Ok(builder)
}

fn trust_file(builder: &mut SslContextBuilder, path: &Path) -> io::Result<()> {
    let certificates = X509::stack_from_pem(&std::fs::read(path)?)?;
    if certificates.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no PEM certificate in it"));
    }
    for certificate in certificates {
        builder.cert_store_mut().add_cert(certificate)?;
    }
    // The file may hold the router's own certificate, or an authority that another one signed.
    builder.verify_param_mut().set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
    Ok(())
}

fn trust_system(builder: &mut SslContextBuilder) -> Result<(), ErrorStack> {
    builder.set_default_verify_paths()?;
    match SYSTEM_AUTHORITIES.iter().map(PathBuf::from).find(|path| path.is_file()) {
        Some(path) => builder.set_ca_file(path),
        None => Ok(()),
    }
}

fn session(context: &SslContext, endpoint: &Endpoint) -> Result<Ssl, ErrorStack> {
    let mut ssl = Ssl::new(context)?;
    let host = endpoint.bare_host();
    let address = host.parse::<IpAddr>();
    // The extension that names the host must not hold an IP address (RFC 6066, section 3).
    if address.is_err() {
        ssl.set_hostname(host)?;
    }
    if let Tls::Verify { host_name: true, .. } = endpoint.tls {
        match address {
            Ok(address) => ssl.param_mut().set_ip(address)?,
            Err(_) => ssl.param_mut().set_host(host)?,
        }
    }
    Ok(ssl)
}

/// OpenSSL's numbers for why a handshake failed (`sslerr.h`); alerts are 1000 plus the number in RFC 8446.
mod reason {
    pub(super) const PACKET_LENGTH_TOO_LONG: i32 = 198;
    pub(super) const WRONG_VERSION_NUMBER: i32 = 267;
    pub(super) const BAD_RECORD_TYPE: i32 = 443;
    pub(super) const ALERT_HANDSHAKE_FAILURE: i32 = 1040;
    pub(super) const ALERT_INSUFFICIENT_SECURITY: i32 = 1071;
}

fn handshake_error(address: SocketAddr, verified: X509VerifyResult, error: ssl::Error) -> ConnectError {
    if verified != X509VerifyResult::OK {
        return ConnectError::CertificateNotTrusted { address, reason: verified.error_string() };
    }
    let first = error.ssl_error().and_then(|stack| stack.errors().first());
    match first.map(openssl::error::Error::reason_code) {
        Some(reason::WRONG_VERSION_NUMBER | reason::PACKET_LENGTH_TOO_LONG | reason::BAD_RECORD_TYPE) => {
            ConnectError::NoTls { address }
        }
        Some(reason::ALERT_HANDSHAKE_FAILURE | reason::ALERT_INSUFFICIENT_SECURITY) => {
            ConnectError::NoCommonCipher { address }
        }
        _ => failed(address, error),
    }
}

fn failed(address: SocketAddr, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ConnectError {
    ConnectError::TlsFailed { address, source: source.into() }
}
