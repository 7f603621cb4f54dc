//! Where a request comes from: the client's address, and whether it travelled encrypted.
//!
//! What a request says of itself is believed only when a proxy that the operator named says it. `Forwarded`,
//! `X-Real-IP` and `X-Forwarded-Host` are never read: one way to be told is enough, and two can contradict each other.

use crate::settings::{InvalidProxies, networks};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The reverse proxies whose word counts, as an explicit list of networks.
///
/// Written as addresses and networks between commas: `127.0.0.1, 10.1.0.0/24, fd00::/64`. No list trusts nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Whether this is a proxy whose word counts.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of the client that asks through this peer.
    ///
    /// Each proxy adds the address that it was asked from at the right, so the rightmost one that is no proxy of ours
    /// is the last that one of ours has seen with its own eyes; what stands left of it anyone can have written. Where
    /// all of them are proxies, or the first in question is no address, it is the peer.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        // Several lines are one list, in their order.
        let lines: Vec<&[u8]> = headers.get_all(FORWARDED_FOR).map(HeaderValue::as_bytes).collect();
        for line in lines.into_iter().rev() {
            for hop in line.rsplit(|byte| *byte == b',') {
                match address(hop) {
                    Some(address) if self.trusts(address) => {}
                    Some(address) => return address,
                    None => return peer,
                }
            }
        }
        peer
    }

    /// Whether the client's own connection is encrypted: by us, or by a proxy that says so.
    ///
    /// Of several words the last counts: it is the nearest proxy's.
    pub fn is_https(&self, own_tls: bool, peer: IpAddr, headers: &HeaderMap) -> bool {
        let told = || {
            let last = headers.get_all(FORWARDED_PROTO).last()?.as_bytes();
            last.rsplit(|byte| *byte == b',').next()
        };
        own_tls
            || (self.trusts(peer)
                && told().is_some_and(|word| word.trim_ascii().eq_ignore_ascii_case(b"https")))
    }
}

/// An address as proxies write it: some add the port, and then IPv6 stands in brackets.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop.trim_ascii()).ok()?;
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let parsed = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    parsed.or_else(with_port).or_else(bracketed).map(|address| address.to_canonical())
}

impl FromStr for Proxies {
    type Err = InvalidProxies;

    fn from_str(text: &str) -> Result<Self, InvalidProxies> {
        networks(text).map(Self)
    }
}

/// Who shares a budget: an IPv4 address, or a whole IPv6 /64, since that is what one customer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Network {
    /// One address.
    V4(Ipv4Addr),
    /// The first 64 bits.
    V6(u64),
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6((address.to_bits() >> 64) as u64),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => address.fmt(f),
            Self::V6(bits) => write!(f, "{}/64", Ipv6Addr::from_bits(u128::from(*bits) << 64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXIES: &str = "127.0.0.1, 10.1.0.0/24, fd00::/64, ::ffff:192.0.2.0/120";

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    fn check(peer: &str, forwarded: &[&str], expected: &str) {
        let proxies: Proxies = PROXIES.parse().unwrap();
        let lines: Vec<_> = forwarded.iter().map(|line| ("x-forwarded-for", *line)).collect();
        let client = proxies.client(peer.parse().unwrap(), &headers(&lines));
        assert_eq!(client, expected.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        check("203.0.113.9", &[], "203.0.113.9");
        check("203.0.113.9", &["198.51.100.1"], "203.0.113.9");
        check("::ffff:203.0.113.9", &["198.51.100.1"], "203.0.113.9");
        check("2001:db8::1", &["127.0.0.1"], "2001:db8::1");
    }

    #[test]
    fn a_proxy_tells_the_address_that_it_saw() {
        check("127.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("::ffff:127.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("192.0.2.77", &["2001:db8::7"], "2001:db8::7");
        check("fd00::9", &["[2001:db8::7]:4711"], "2001:db8::7");
        check("fd00::9", &["[2001:db8::7]"], "2001:db8::7");
        check("10.1.0.2", &["198.51.100.1:4711"], "198.51.100.1");
        check("10.1.0.2", &["::ffff:198.51.100.1"], "198.51.100.1");
    }

    #[test]
    fn what_stands_left_of_the_last_stranger_is_not_believed() {
        check("10.1.0.2", &["1.1.1.1, 198.51.100.1"], "198.51.100.1");
        check("10.1.0.2", &["nonsense, 198.51.100.1"], "198.51.100.1");
        check("10.1.0.2", &["1.1.1.1,198.51.100.1 ,\t10.1.0.3"], "198.51.100.1");
        check("10.1.0.2", &["1.1.1.1", "198.51.100.1, 10.1.0.3", "127.0.0.1"], "198.51.100.1");
        check("10.1.0.2", &["198.51.100.1, 10.1.0.3", "203.0.113.5"], "203.0.113.5");
    }

    #[test]
    fn what_is_no_address_or_proxies_only_leaves_the_peer() {
        for wrong in ["", "unknown", "198.51.100.1, ", "1.2.3", "0x7f.1", "1.2.3.4:", "1.2.3.4;x", "\u{e9}"] {
            check("10.1.0.2", &[wrong], "10.1.0.2");
        }
        check("10.1.0.2", &["10.1.0.7, 10.1.0.3"], "10.1.0.2");
        check("10.1.0.2", &[], "10.1.0.2");
    }

    #[test]
    fn no_other_header_is_read() {
        let proxies: Proxies = PROXIES.parse().unwrap();
        let lying = headers(&[
            ("forwarded", "for=198.51.100.1;proto=https"),
            ("x-real-ip", "198.51.100.1"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-ssl", "on"),
        ]);
        let peer = "10.1.0.2".parse().unwrap();
        assert_eq!(proxies.client(peer, &lying), peer);
        assert!(!proxies.is_https(false, peer, &lying));
    }

    #[test]
    fn only_a_proxy_can_say_that_a_connection_is_encrypted() {
        let proxies: Proxies = PROXIES.parse().unwrap();
        let (ours, stranger) = ("10.1.0.2".parse().unwrap(), "203.0.113.9".parse().unwrap());
        let proto = |value: &str| headers(&[("x-forwarded-proto", value)]);
        assert!(proxies.is_https(true, stranger, &HeaderMap::new()));
        assert!(proxies.is_https(false, ours, &proto("https")));
        assert!(proxies.is_https(false, ours, &proto("http, HTTPS ")));
        assert!(!proxies.is_https(false, ours, &proto("https, http")));
        assert!(!proxies.is_https(false, ours, &proto("httpss")));
        assert!(!proxies.is_https(false, ours, &HeaderMap::new()));
        assert!(!proxies.is_https(false, stranger, &proto("https")));
        assert!(!Proxies::default().is_https(false, ours, &proto("https")));
    }

    #[test]
    fn a_list_is_understood_or_refused_as_a_whole() {
        assert_eq!("".parse::<Proxies>().unwrap(), Proxies::default());
        assert!("10.1.0.9/24".parse::<Proxies>().unwrap().trusts("10.1.0.1".parse().unwrap()));
        for everybody in ["0.0.0.0/0", "::/0", "127.0.0.1, 10.0.0.0/0", "::ffff:0:0/96"] {
            let error = everybody.parse::<Proxies>().unwrap_err();
            assert!(matches!(error, InvalidProxies::Everybody(_)), "{everybody}: {error}");
        }
        for wrong in ["proxy.example", "10.1.0.0/33", "10.1.0", "10.1.0.1 10.1.0.2", "10.1.0.1:80", "/8"] {
            let error = wrong.parse::<Proxies>().unwrap_err();
            assert!(matches!(error, InvalidProxies::Malformed(_)), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_network_is_an_ipv4_address_or_64_bits() {
        let network = |text: &str| Network::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::"));
        assert_ne!(network("2001:db8:1:2::"), network("2001:db8:1:3::"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("2001:db8:1:2:3::1").to_string(), "2001:db8:1:2::/64");
        assert_eq!(network("192.0.2.1").to_string(), "192.0.2.1");
    }
}
