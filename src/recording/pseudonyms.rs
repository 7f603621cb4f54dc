//! Stand-ins for what tells who somebody is, so that a recording can be given away.
//!
//! A stand-in is drawn at random and kept, so that it tells nothing of what it stands for but its shape, and the same
//! value has the same stand-in wherever it occurs: tables can still be joined.

mod shape;

use super::line::hex;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Services whose dynamic interfaces are named `<service-USER>`.
const SERVICES: [&str; 7] = ["pppoe", "pptp", "l2tp", "sstp", "ovpn", "ppp", "hotspot"];

/// Gives stand-ins for names, MAC addresses, public IP addresses, comments and host names.
#[derive(Debug)]
pub struct Pseudonyms {
    chance: fastrand::Rng,
    names: HashMap<Box<[u8]>, Box<[u8]>>,
    taken: HashSet<Box<[u8]>>,
    macs: HashMap<[u8; 6], [u8; 6]>,
    addresses: HashMap<IpAddr, IpAddr>,
    /// Ids of rows that would tell an address.
    ids: HashMap<Box<[u8]>, usize>,
}

impl Pseudonyms {
    /// Stand-ins drawn from this chance.
    pub fn new(chance: fastrand::Rng) -> Self {
        Self {
            chance,
            names: HashMap::new(),
            taken: HashSet::new(),
            macs: HashMap::new(),
            addresses: HashMap::new(),
            ids: HashMap::new(),
        }
    }

    /// What stands for a value of this property of this menu in a recording.
    pub(super) fn replace<'v>(&mut self, menu: &str, property: &str, value: &'v [u8]) -> Cow<'v, [u8]> {
        match (menu, property) {
            // A guest's row has the guest's address as its id, in hexadecimal.
            ("/ip/hotspot/active" | "/ip/hotspot/host", ".id") => {
                let count = self.ids.len() + 1;
                let number = *self.ids.entry(value.into()).or_insert(count);
                format!("*{number:X}").into_bytes().into()
            }
            (_, ".id") => value.into(),
            ("/log", "message") | ("/queue/simple", "target") => self.words(value, true).into(),
            ("/ip/pool", "ranges") => self.ranges(value).into(),
            ("/queue/simple", "parent") if value == b"none" => value.into(),
            (
                "/interface" | "/interface/pppoe-server" | "/interface/ethernet/monitor" | "/interface/vlan",
                "name",
            )
            | (_, "interface") => {
                if shape::is_plain_interface(value) {
                    return value.into();
                }
                self.name(value).into()
            }
            (
                "/ppp/secret" | "/ppp/active" | "/queue/simple" | "/ip/hotspot/user" | "/system/identity",
                "name",
            )
            | ("/queue/simple", "parent")
            | (
                _,
                "user" | "caller-id" | "last-caller-id" | "comment" | "host-name" | "serial-number"
                | "client-id" | "active-client-id",
            ) => self.name(value).into(),
            _ if value.iter().any(|byte| matches!(byte, b'.' | b':' | b'<')) => {
                self.words(value, false).into()
            }
            _ => value.into(),
        }
    }

    /// What stands for a name.
    pub fn name(&mut self, name: &[u8]) -> Vec<u8> {
        if let Some(known) = self.address_or_mac(name) {
            return known;
        }
        if let Some((service, user)) = shape::dynamic(name) {
            return [b"<", service, b"-", &*self.name(user), b">"].concat();
        }
        // Further sessions of a user are numbered: `<pppoe-ana-1>` belongs to `ana`.
        let (stem, number) = shape::numbered(name);
        [&*self.stem(stem), number].concat()
    }

    fn stem(&mut self, name: &[u8]) -> Vec<u8> {
        if let Some(known) = self.names.get(name) {
            return known.to_vec();
        }
        let mut drawn = shape::like(name, &mut self.chance);
        for _ in 0..20 {
            // Chance may also draw the very name.
            if !self.taken.contains(&*drawn) && *drawn != *name {
                break;
            }
            drawn = shape::like(name, &mut self.chance);
        }
        while self.taken.contains(&*drawn) {
            // All names of this shape are taken.
            drawn.push(self.chance.lowercase() as u8);
        }
        self.taken.insert(drawn.clone().into());
        self.names.insert(name.into(), drawn.clone().into());
        drawn
    }

    /// Replaces addresses and names of dynamic interfaces in a text; `all` replaces every word that is none of
    /// RouterOS's own, too.
    fn words(&mut self, text: &[u8], all: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        for word in shape::words(text) {
            if let Some(replaced) = self.address_or_mac(word) {
                out.extend(replaced);
            } else if shape::dynamic(word).is_some() || (all && self.is_somebodys(word)) {
                out.extend(self.name(word));
            } else {
                out.extend_from_slice(word);
            }
        }
        out
    }

    /// Whether a word of a message may tell of somebody; a name that is known does even if RouterOS uses it, too.
    fn is_somebodys(&self, word: &[u8]) -> bool {
        self.names.contains_key(word) || !shape::is_of_routeros(word)
    }

    /// Replaces the public addresses of ranges, `a-b,c-d`.
    fn ranges(&mut self, ranges: &[u8]) -> Vec<u8> {
        let ends = ranges.split_inclusive(|byte| matches!(byte, b'-' | b','));
        ends.flat_map(|end| {
            let address = end.strip_suffix(b"-").or_else(|| end.strip_suffix(b",")).unwrap_or(end);
            let after = end.get(address.len()..).unwrap_or_default();
            let address = self.address_or_mac(address).unwrap_or_else(|| address.to_vec());
            [&*address, after].concat()
        })
        .collect()
    }

    /// What stands for a MAC address or an IP address, perhaps with a prefix length; private addresses stay.
    fn address_or_mac(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        if let Some((start, mac, upper)) = shape::mac(text) {
            let stand_in = self.mac(mac);
            let digits: Vec<String> = stand_in.iter().map(|byte| hex(&[*byte])).collect();
            let digits = digits.join(":");
            let digits = if upper { digits.to_ascii_uppercase() } else { digits };
            return Some([start, digits.as_bytes()].concat());
        }
        let text = std::str::from_utf8(text).ok()?;
        let (address, rest) = match text.find('/') {
            Some(slash) => text.split_at(slash),
            None => (text, ""),
        };
        let address: IpAddr = address.parse().ok()?;
        if !shape::is_public(address) {
            return Some(text.as_bytes().to_vec());
        }
        Some(format!("{}{rest}", self.address(address)).into_bytes())
    }

    fn mac(&mut self, mac: [u8; 6]) -> [u8; 6] {
        let count = self.macs.len() as u64 + 1;
        *self.macs.entry(mac).or_insert_with(|| {
            // Locally administered, so that it is nobody's.
            let mut mac = [0x02, 0, 0, 0, 0, 0];
            mac[1..].copy_from_slice(&count.to_be_bytes()[3..]);
            mac
        })
    }

    fn address(&mut self, address: IpAddr) -> IpAddr {
        let count = u32::try_from(self.addresses.len()).unwrap_or(u32::MAX);
        *self.addresses.entry(address).or_insert_with(|| match address {
            // 198.18.0.0/15 is for tests of devices (RFC 2544), 2001:db8::/32 for documents (RFC 3849).
            IpAddr::V4(_) => Ipv4Addr::from_bits(0xC612_0000 | (count & 0x1_FFFF)).into(),
            IpAddr::V6(_) => Ipv6Addr::from_bits(0x2001_0db8 << 96 | u128::from(count)).into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(pseudonyms: &mut Pseudonyms, menu: &str, property: &str, value: &str) -> String {
        String::from_utf8(pseudonyms.replace(menu, property, value.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn the_same_person_has_the_same_stand_in_in_every_table() {
        let mut all = Pseudonyms::new(fastrand::Rng::with_seed(1));
        let interface = replaced(&mut all, "/interface", "name", "<pppoe-Ana.G@isp>");
        let second = replaced(&mut all, "/interface", "name", "<pppoe-Ana.G@isp-1>");
        let name = replaced(&mut all, "/ppp/active", "name", "Ana.G@isp");
        assert_eq!(interface, format!("<pppoe-{name}>"));
        assert_eq!(second, format!("<pppoe-{name}-1>"));
        let message = replaced(&mut all, "/log", "message", "<pppoe-Ana.G@isp>: authenticated");
        assert_eq!(message, format!("{interface}: authenticated"));
        let message =
            replaced(&mut all, "/log", "message", "Ana.G@isp logged in, 10.0.0.7 from D0:D0:4B:00:00:01");
        assert_eq!(message, format!("{name} logged in, 10.0.0.7 from 02:00:00:00:00:01"));
    }

    #[test]
    fn a_message_tells_neither_names_that_are_numbers_nor_those_that_are_words() {
        let mut all = Pseudonyms::new(fastrand::Rng::with_seed(6));
        let number = replaced(&mut all, "/ppp/secret", "name", "10023");
        assert_ne!(number, "10023");
        let message = replaced(&mut all, "/log", "message", "10023 logged in, 10.0.0.7");
        assert_eq!(message, format!("{number} logged in, 10.0.0.7"));
        let word = replaced(&mut all, "/ppp/secret", "name", "memory");
        let message = replaced(&mut all, "/log", "message", "memory logged out");
        assert_eq!(message, format!("{word} logged out"));
        let unknown = replaced(&mut all, "/log", "message", "login failure for user 777");
        assert!(unknown.starts_with("login failure for user ") && !unknown.ends_with(" 777"), "{unknown}");
    }

    #[test]
    fn queues_and_pools_tell_no_more_than_sessions_do() {
        let mut all = Pseudonyms::new(fastrand::Rng::with_seed(7));
        let name = replaced(&mut all, "/queue/simple", "name", "ana");
        assert_eq!(replaced(&mut all, "/queue/simple", "parent", "ana"), name);
        assert_eq!(replaced(&mut all, "/queue/simple", "parent", "none"), "none");
        assert_eq!(
            replaced(&mut all, "/queue/simple", "target", "ana,10.0.0.7/32"),
            format!("{name},10.0.0.7/32")
        );
        let ranges = replaced(&mut all, "/ip/pool", "ranges", "203.0.114.2-203.0.114.9,10.0.0.2-10.0.0.9");
        assert_eq!(ranges, "198.18.0.0-198.18.0.1,10.0.0.2-10.0.0.9");
    }

    #[test]
    fn ids_tell_no_guests_address_and_are_the_same_wherever_they_stand() {
        let mut all = Pseudonyms::new(fastrand::Rng::with_seed(3));
        let id = replaced(&mut all, "/ip/hotspot/host", ".id", "*CB007207");
        let other = replaced(&mut all, "/ip/hotspot/host", ".id", "*CB007208");
        assert_eq!((id.as_str(), other.as_str()), ("*1", "*2"));
        assert_eq!(replaced(&mut all, "/ip/hotspot/active", ".id", "*CB007207"), id);
        assert_eq!(replaced(&mut all, "/ppp/active", ".id", "*80000A"), "*80000A");
    }

    #[test]
    fn a_stand_in_has_the_shape_of_what_it_stands_for_and_nothing_else() {
        let mut all = Pseudonyms::new(fastrand::Rng::with_seed(2));
        let name = replaced(&mut all, "/ppp/secret", "comment", "Ana María, casa 12");
        let shape = |text: &str| -> String {
            let kind = |c: char| match c {
                _ if c.is_lowercase() => 'a',
                _ if c.is_uppercase() => 'A',
                _ if c.is_numeric() => '0',
                _ => c,
            };
            text.chars().map(kind).collect()
        };
        assert_eq!(shape(&name), "Aaa Aaaaa, aaaa 00");
        assert!(!name.contains("Ana") && !name.contains("casa"), "{name}");
    }

    #[test]
    fn addresses_of_the_world_are_replaced_and_private_ones_stay() {
        let mut all = Pseudonyms::new(fastrand::Rng::with_seed(3));
        let mut check = |value: &str, expect: &str| {
            assert_eq!(replaced(&mut all, "/ip/arp", "address", value), expect, "{value}");
        };
        check("10.1.2.3", "10.1.2.3");
        check("100.64.9.9", "100.64.9.9");
        check("203.0.114.7", "198.18.0.0");
        check("203.0.114.7/32", "198.18.0.0/32");
        check("198.51.101.4", "198.18.0.1");
        check("2a02:8388::7", "2001:db8::2");
        check("fe80::1", "fe80::1");
        assert_eq!(
            replaced(&mut all, "/ip/dhcp-server/lease", "client-id", "1:d0:d0:4b:a:b:c"),
            "1:02:00:00:00:00:01"
        );
        assert_eq!(replaced(&mut all, "/ip/arp", "mac-address", "D0:D0:4B:0A:0B:0C"), "02:00:00:00:00:01");
    }

    #[test]
    fn two_names_never_share_a_stand_in() {
        let mut all = Pseudonyms::new(fastrand::Rng::with_seed(4));
        let stand_ins: HashSet<_> = (0..60).map(|n| all.name(&[b'a' + n % 26, b'0' + n / 26])).collect();
        assert_eq!(stand_ins.len(), 60);
        let mut all = Pseudonyms::new(fastrand::Rng::with_seed(8));
        for digit in b'0'..=b'4' {
            assert_ne!(all.name(&[digit]), [digit]);
        }
    }

    #[test]
    fn plain_interfaces_keep_their_names_and_others_do_not() {
        let mut all = Pseudonyms::new(fastrand::Rng::with_seed(5));
        for name in ["ether1", "sfp-sfpplus12", "vlan300", "bridge", "qsfpplus1-1"] {
            assert_eq!(replaced(&mut all, "/interface", "name", name), name);
        }
        assert_ne!(replaced(&mut all, "/interface", "name", "vlan-to-ana"), "vlan-to-ana");
    }
}
