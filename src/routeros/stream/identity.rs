//! The server's side of TLS: what simulated routers present.

use super::{Fingerprint, Stream};
use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::dh::Dh;
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{self, Ssl, SslContext, SslContextBuilder, SslMethod, SslVersion};
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509, X509Name};
use std::pin::Pin;
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

/// The certificate and key of a simulated router, or the lack of both.
#[derive(Clone)]
pub struct TlsIdentity {
    context: SslContext,
    pem: String,
    fingerprint: Option<Fingerprint>,
}

/// Why a simulated router could not make or use its identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// OpenSSL could not make the key, the certificate or the context.
    #[error("cannot make a TLS identity")]
    Make(#[from] ErrorStack),
    /// The client did not complete the handshake.
    #[error("the TLS handshake with the client failed")]
    Handshake(#[from] ssl::Error),
}

impl TlsIdentity {
    /// A fresh P-256 key in memory and a certificate for 127.0.0.1 and localhost, valid for ten years.
    pub fn self_signed(common_name: &str) -> Result<Self, IdentityError> {
        let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
        let key = PKey::from_ec_key(EcKey::generate(&curve)?)?;
        let certificate = certificate(common_name, &key)?;
        let mut builder = SslContext::builder(SslMethod::tls_server())?;
        builder.set_cipher_list("DEFAULT:!aNULL:@SECLEVEL=0")?;
        builder.set_private_key(&key)?;
        builder.set_certificate(&certificate)?;
        let fingerprint = Fingerprint::of(&certificate.to_der()?);
        let pem = String::from_utf8_lossy(&certificate.to_pem()?).into_owned();
        Ok(Self { context: builder.build(), pem, fingerprint: Some(fingerprint) })
    }

    /// No certificate: only anonymous Diffie-Hellman, as `api-ssl` is before it gets a certificate.
    pub fn anonymous() -> Result<Self, IdentityError> {
        let mut builder: SslContextBuilder = SslContext::builder(SslMethod::tls_server())?;
        builder.set_cipher_list("ADH:@SECLEVEL=0")?;
        builder.set_max_proto_version(Some(SslVersion::TLS1_2))?;
        builder.set_tmp_dh(&*Dh::get_2048_256()?)?;
        Ok(Self { context: builder.build(), pem: String::new(), fingerprint: None })
    }

    /// The certificate, to be trusted by a client; empty without one.
    pub fn certificate_pem(&self) -> String {
        self.pem.clone()
    }

    /// The certificate's fingerprint, to be pinned by a client.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.fingerprint
    }

    /// Does the handshake with a client; takes as long as the client does.
    pub async fn accept(&self, tcp: TcpStream) -> Result<Stream, IdentityError> {
        let mut stream = Box::new(SslStream::new(Ssl::new(&self.context)?, tcp)?);
        Pin::new(&mut *stream).accept().await?;
        Ok(Stream::Tls(stream))
    }
}

impl std::fmt::Debug for TlsIdentity {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TlsIdentity").field(&self.fingerprint).finish()
    }
}

fn certificate(common_name: &str, key: &PKey<Private>) -> Result<X509, ErrorStack> {
    let mut name = X509Name::builder()?;
    name.append_entry_by_nid(Nid::COMMONNAME, common_name)?;
    let name = name.build();
    let mut serial = BigNum::new()?;
    serial.rand(128, MsbOption::MAYBE_ZERO, false)?;
    let mut builder = X509::builder()?;
    // Certificates count versions from 0: this is version 3, the first with extensions.
    builder.set_version(2)?;
    builder.set_serial_number(&*serial.to_asn1_integer()?)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(&name)?;
    builder.set_pubkey(key)?;
    builder.set_not_before(&*Asn1Time::days_from_now(0)?)?;
    builder.set_not_after(&*Asn1Time::days_from_now(3653)?)?;
    let names = SubjectAlternativeName::new()
        .dns("localhost")
        .ip("127.0.0.1")
        .build(&builder.x509v3_context(None, None))?;
    builder.append_extension(names)?;
    builder.sign(key, MessageDigest::sha256())?;
    Ok(builder.build())
}
