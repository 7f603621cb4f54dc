//! Which names the server answers to: against pages that point a name of theirs at us (DNS rebinding).
//!
//! A hostile page can make the browser believe that `evil.example` is our address, and then read what we answer; but
//! the browser still says `Host: evil.example`. Such an attack needs a name, so addresses and `localhost` are fine.

use crate::settings::{Host, InvalidHost, authority, host_name};
use actix_web::http::Uri;
use actix_web::http::header::{HOST, HeaderMap};
use std::collections::BTreeSet;

/// The names that the server answers to, besides addresses and `localhost`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts(BTreeSet<String>);

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// It names no host, or several.
    #[error("the request must name one host")]
    Missing,
    /// What it names cannot be a host.
    #[error("the request names a host that cannot be one")]
    Malformed,
    /// It names a host that we are not. The name is safe to be shown.
    #[error("this server does not answer to the name `{0}`: add it to `allowed_hosts` in settings.json")]
    Unknown(String),
}

impl Hosts {
    /// Takes the names that are allowed; upper and lower case and a dot at the end do not matter.
    pub fn new(names: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, InvalidHost> {
        names.into_iter().map(|name| host_name(name.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the request is for us: by its `Host` header, and by its target where that names a host as well.
    pub fn check(&self, target: &Uri, headers: &HeaderMap) -> Result<(), HostError> {
        let mut named = headers.get_all(HOST);
        let (Some(host), None) = (named.next(), named.next()) else { return Err(HostError::Missing) };
        self.allows(host.as_bytes())?;
        match target.authority() {
            Some(authority) => self.allows(authority.as_str().as_bytes()),
            None => Ok(()),
        }
    }

    fn allows(&self, named: &[u8]) -> Result<(), HostError> {
        if named.is_empty() {
            return Err(HostError::Missing);
        }
        match authority(named).ok_or(HostError::Malformed)? {
            Host::Address => Ok(()),
            Host::Name(name) if name == "localhost" || self.0.contains(&name) => Ok(()),
            Host::Name(name) => Err(HostError::Unknown(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn check(target: &str, hosts: &[&[u8]], expected: &Result<(), HostError>) {
        let allowed = Hosts::new(["Tikwatch.example.", "noc"]).unwrap();
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_bytes(host).unwrap());
        }
        let told = hosts.iter().map(|host| String::from_utf8_lossy(host)).collect::<Vec<_>>();
        assert_eq!(allowed.check(&target.parse().unwrap(), &headers), *expected, "{target} {told:?}");
    }

    fn unknown(name: &str) -> Result<(), HostError> {
        Err(HostError::Unknown(name.to_owned()))
    }

    #[test]
    fn addresses_and_localhost_are_fine() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8080",
            "192.0.2.1:65535",
            "[::1]",
            "[::1]:8080",
            "[2001:db8::1]:1",
            "[::ffff:192.0.2.1]:80",
            "localhost",
            "LocalHost.:8080",
        ] {
            check("/", &[host.as_bytes()], &Ok(()));
        }
    }

    #[test]
    fn other_names_must_be_in_the_list() {
        for host in ["tikwatch.example", "TIKWATCH.Example:443", "tikwatch.example.", "noc.:8080", "noc"] {
            check("/", &[host.as_bytes()], &Ok(()));
        }
        check("/", &[b"evil.example:8080"], &unknown("evil.example"));
        check("/", &[b"Evil.Example."], &unknown("evil.example"));
        check("/", &[b"a.tikwatch.example"], &unknown("a.tikwatch.example"));
        check("/", &[b"localhost.evil.example"], &unknown("localhost.evil.example"));
        check("/", &[b"127.0.0.1.evil.example"], &unknown("127.0.0.1.evil.example"));
        // A browser writes these as addresses; what arrives like this was not asked for by one.
        check("/", &[b"2130706433"], &unknown("2130706433"));
        check("/", &[b"0x7f.1"], &unknown("0x7f.1"));
    }

    #[test]
    fn no_host_or_two_or_nonsense_is_refused() {
        check("/", &[], &Err(HostError::Missing));
        check("/", &[b""], &Err(HostError::Missing));
        check("/", &[b"localhost", b"localhost"], &Err(HostError::Missing));
        for wrong in [
            &b"local host"[..],
            b"localhost:",
            b"localhost:+80",
            b"localhost:65536",
            b"localhost:80:80",
            b"user@localhost",
            b"localhost/path",
            b"localhost..",
            b".",
            b":80",
            b"::1",
            b"[::1",
            b"[::1]80",
            b"[::1]:x",
            b"[localhost]",
            b"localhost,evil.example",
            b"evil.example#localhost",
            b"b\xc3\xbccher.example",
            b"\xff",
        ] {
            check("/", &[wrong], &Err(HostError::Malformed));
        }
        check("/", &["a".repeat(64).as_bytes()], &Err(HostError::Malformed));
        check("/", &["a.".repeat(127).as_bytes()], &unknown("a.".repeat(127).trim_end_matches('.')));
        check("/", &["a.".repeat(128).as_bytes()], &Err(HostError::Malformed));
    }

    #[test]
    fn a_target_that_names_a_host_counts_as_well() {
        check("http://localhost:8080/", &[b"localhost:8080"], &Ok(()));
        check("http://evil.example/", &[b"localhost:8080"], &unknown("evil.example"));
        check("http://localhost/", &[b"evil.example"], &unknown("evil.example"));
        check(&format!("http://{}localhost/", "user@"), &[b"localhost"], &Err(HostError::Malformed));
        check("/?http://evil.example/", &[b"localhost"], &Ok(()));
    }
}
