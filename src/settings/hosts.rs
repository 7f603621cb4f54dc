//! Names of hosts, as the settings allow them and requests say them.

use crate::domain::wrong::Wrong;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A name has 253 characters at most, a part of it 63.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// A name that no server can have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct InvalidHost(Wrong);

impl From<InvalidHost> for Wrong {
    fn from(invalid: InvalidHost) -> Self {
        invalid.0
    }
}

/// What a request names as its host.
pub enum Host {
    /// An address.
    Address,
    /// In lower case, without a dot at the end.
    Name(String),
}

/// A name that may be allowed; upper and lower case and a dot at the end do not matter.
pub fn host_name(name: &str) -> Result<String, InvalidHost> {
    match authority(name.as_bytes()) {
        Some(Host::Name(parsed)) if !name.contains(':') => Ok(parsed),
        // An address needs no permission, and a list with one in it is right all the same.
        Some(Host::Address) => Ok(name.to_ascii_lowercase()),
        _ => Err(InvalidHost(Wrong::HostName(name.to_owned()))),
    }
}

/// The host of `host`, `host:port`, `[address]` or `[address]:port`; nothing else is one.
pub fn authority(authority: &[u8]) -> Option<Host> {
    let text = std::str::from_utf8(authority).ok()?;
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        address.parse::<Ipv6Addr>().ok()?;
        return (port.is_empty() || is_port(port.strip_prefix(':')?)).then_some(Host::Address);
    }
    let name = match text.split_once(':') {
        Some((name, port)) => is_port(port).then_some(name)?,
        None => text,
    };
    if name.parse::<Ipv4Addr>().is_ok() {
        return Some(Host::Address);
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_name = name.len() <= LONGEST_NAME && name.split('.').all(is_label);
    is_name.then(|| Host::Name(name.to_ascii_lowercase()))
}

/// Browsers send names of other alphabets in their ASCII form; `_` is not for hosts, and in use.
fn is_label(label: &str) -> bool {
    let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !label.is_empty() && label.len() <= LONGEST_LABEL && label.bytes().all(may_stand)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_may_be_allowed() {
        assert_eq!(host_name("A.Example.").unwrap(), "a.example");
        assert!(host_name("192.0.2.1").is_ok());
        for wrong in
            ["http://a.example", "a.example:80", "*.example", "a.example/", "", "a b", "192.0.2.1/24"]
        {
            assert_eq!(host_name(wrong), Err(InvalidHost(Wrong::HostName(wrong.to_owned()))));
        }
    }
}
