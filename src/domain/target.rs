//! Addresses that are no router's: whoever may have connections tested must not reach this machine, its own links or a
//! cloud's metadata by it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whose address it is, if it is no router's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forbidden {
    /// This machine's own: a setting may allow it.
    Own,
    /// Of the link, of several machines, of nobody, or of a cloud's metadata: never.
    Never,
}

/// Whether an address must not be called. Addresses of this machine that are not loopback are not known here.
pub fn forbidden(address: IpAddr) -> Option<Forbidden> {
    match address {
        IpAddr::V4(address) => forbidden_v4(address),
        IpAddr::V6(address) => forbidden_v6(address),
    }
}

fn forbidden_v4(address: Ipv4Addr) -> Option<Forbidden> {
    // Where clouds tell their machines secrets, beside 169.254.169.254.
    const METADATA: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192)];
    let [first, ..] = address.octets();
    if address.is_loopback() || first == 0 {
        return Some(Forbidden::Own);
    }
    let never = address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || 240 <= first
        || METADATA.contains(&address);
    never.then_some(Forbidden::Never)
}

fn forbidden_v6(address: Ipv6Addr) -> Option<Forbidden> {
    if address.is_loopback() || address.is_unspecified() {
        return Some(Forbidden::Own);
    }
    if let Some(inside) = embedded(address) {
        return forbidden_v4(inside);
    }
    let [first, second, ..] = address.segments();
    let is_link_local = first & 0xffc0 == 0xfe80;
    let is_site_local = first & 0xffc0 == 0xfec0;
    let is_metadata = (first, second) == (0xfd00, 0x0ec2);
    (is_link_local || is_site_local || address.is_multicast() || is_metadata).then_some(Forbidden::Never)
}

/// The IPv4 address that an IPv6 one stands for: mapped, compatible, NAT64 or 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, .., high, low]
        | [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &[&str], expect: Option<Forbidden>) {
        for address in addresses {
            assert_eq!(forbidden(address.parse().unwrap()), expect, "{address}");
        }
    }

    #[test]
    fn only_what_may_be_a_router_is_called() {
        check(
            &["192.0.2.1", "10.0.0.1", "192.168.88.1", "172.16.0.1", "100.64.0.1", "2001:db8::1", "fd12::1"],
            None,
        );
        let own =
            ["127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "::1", "::", "::ffff:127.0.0.1", "::127.0.0.1"];
        check(&own, Some(Forbidden::Own));
        check(&["64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:0:127.0.0.1"], Some(Forbidden::Own));
        let never = [
            "169.254.169.254",
            "169.254.1.1",
            "100.100.100.200",
            "192.0.0.192",
            "224.0.0.1",
            "239.255.255.250",
            "255.255.255.255",
            "240.0.0.1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
        ];
        check(&never, Some(Forbidden::Never));
    }
}
