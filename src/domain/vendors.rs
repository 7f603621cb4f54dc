//! Who made a network card, by its MAC address.
//!
//! The list is searched as it stands in the program, so that it costs neither time at the start nor memory. Where it is
//! from: `integration-tests/vendors/README.md`.

use std::cmp::Ordering;

/// One line a prefix of 6, 7 or 9 hexadecimal digits, then the vendor; in the order of the prefixes.
const LIST: &str = include_str!("vendors.txt");

/// The lengths of prefixes, the longest first: small blocks were cut out of larger ones.
const LENGTHS: [usize; 3] = [9, 7, 6];

/// What a MAC address tells of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    /// Who made it.
    Known(&'static str),
    /// The device made the address up, as telephones do so that they are not recognised.
    Local,
}

/// What a MAC address tells; nothing if it is none, or of nobody in the list.
pub fn vendor(address: &str) -> Option<Vendor> {
    let digits = digits(address)?;
    let digits = std::str::from_utf8(&digits).ok()?;
    // The second bit of the first byte says who gave the address: the maker, or somebody here.
    let is_local =
        matches!(digits.as_bytes().get(1), Some(b'2' | b'3' | b'6' | b'7' | b'A' | b'B' | b'E' | b'F'));
    if is_local {
        return Some(Vendor::Local);
    }
    LENGTHS.into_iter().find_map(|length| find(digits.get(..length)?)).map(Vendor::Known)
}

/// The same in words; none where it tells nothing.
pub fn vendor_name(address: &str) -> &'static str {
    match vendor(address) {
        Some(Vendor::Known(name)) => name,
        Some(Vendor::Local) => "locally administered",
        None => "",
    }
}

/// The twelve digits of an address written as `AA:BB:CC:DD:EE:FF` or `AA-BB-…`, in upper case.
fn digits(address: &str) -> Option<[u8; 12]> {
    let bytes: &[u8; 17] = address.as_bytes().try_into().ok()?;
    let mut digits = [0; 12];
    let mut places = digits.iter_mut();
    for (at, byte) in bytes.iter().enumerate() {
        match (at % 3, byte) {
            (2, b':' | b'-') => {}
            (0 | 1, digit) if digit.is_ascii_hexdigit() => *places.next()? = digit.to_ascii_uppercase(),
            _ => return None,
        }
    }
    Some(digits)
}

/// The vendor of just this prefix: the list is halved until its line is found.
fn find(prefix: &str) -> Option<&'static str> {
    let mut list = LIST;
    while !list.is_empty() {
        // The names are text of any language: a line begins behind a line feed, wherever the middle is.
        let before = list.as_bytes().get(..list.len() / 2)?.iter().rposition(|byte| *byte == b'\n');
        let start = before.map_or(0, |at| at + 1);
        let line = list.get(start..)?.lines().next()?;
        let (known, vendor) = line.split_once(' ')?;
        list = match known.cmp(prefix) {
            Ordering::Equal => return Some(vendor),
            Ordering::Less => list.get(start + line.len() + 1..).unwrap_or_default(),
            Ordering::Greater => list.get(..start)?,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, expect: Option<Vendor>) {
        assert_eq!(vendor(address), expect, "{address:?}");
    }

    #[test]
    fn the_longest_prefix_tells_the_vendor() {
        check("E4:8D:8C:01:02:03", Some(Vendor::Known("Routerboard.com")));
        check("e4-8d-8c-01-02-03", Some(Vendor::Known("Routerboard.com")));
        // A medium and a small block.
        check("00:55:DA:1F:00:00", Some(Vendor::Known("KoolPOS")));
        check("00:1B:C5:00:10:00", Some(Vendor::Known("OpenRB.com, Direct SIA")));
        check("00:00:00:00:00:00", Some(Vendor::Known("XEROX")));
    }

    #[test]
    fn an_address_that_a_device_made_up_is_said_to_be_so() {
        check("AA:BB:CC:00:11:22", Some(Vendor::Local));
        check("02:00:00:00:00:01", Some(Vendor::Local));
    }

    #[test]
    fn what_is_no_address_has_no_vendor() {
        for odd in [
            "",
            "E4:8D:8C",
            "E48D8C010203",
            "E4:8D:8C:01:02:0é",
            "10.0.0.1",
            "E4:8D:8C:01:02:03:04",
            "<script>",
        ] {
            check(odd, None);
        }
        check("FC:FF:FF:FF:FF:FF", None);
    }

    #[test]
    fn every_line_of_the_list_is_found() {
        let mut before = "";
        for line in LIST.lines() {
            let (prefix, vendor) = line.split_once(' ').unwrap();
            assert!(before < prefix, "{prefix} is not in order");
            assert!(LENGTHS.contains(&prefix.len()) && !vendor.is_empty());
            assert_eq!(find(prefix), Some(vendor), "{prefix}");
            before = prefix;
        }
    }
}
