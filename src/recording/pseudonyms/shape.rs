//! What values look like, and others that look the same.

use super::SERVICES;
use std::net::IpAddr;

/// Kinds of interfaces: a name of one of these and a number tells nothing.
const INTERFACES: [&str; 20] = [
    "ether",
    "sfp",
    "sfp-sfpplus",
    "sfpplus",
    "sfp28",
    "qsfp",
    "qsfp28",
    "qsfpplus",
    "combo",
    "bridge",
    "vlan",
    "bonding",
    "bond",
    "wlan",
    "wifi",
    "lte",
    "lo",
    "loopback",
    "wireguard",
    "vrrp",
];

/// Words of the messages in RouterOS's log.
#[rustfmt::skip]
const WORDS: [&str; 190] = [
    "a", "access", "account", "acct", "activate", "active", "added", "address", "admin", "admin-reset",
    "already", "and", "api", "ash", "assign", "assigned", "at", "auth", "authenticated", "authenticating",
    "authentication", "authorized", "backup", "bad", "because", "been", "bridge", "by", "bytes", "called",
    "calling", "certificate", "changed", "cleared", "client", "code", "connected", "connection", "console",
    "cookie", "cpu", "created", "data", "deassigned", "deauth", "deauthorized", "denied", "dhcp",
    "disconnected", "discovery", "dns", "down", "encoding", "encryption", "error", "established", "exceeded",
    "failed", "failure", "fan", "filter", "firewall", "for", "forward", "from", "ftp", "full", "got", "has",
    "hotspot", "hung", "hung-up", "hungup", "id", "idle", "idle-timeout", "in", "initialized", "input",
    "interface", "invalid", "is", "item", "keepalive", "keepalive-timeout", "l2tp", "lcp", "lease",
    "leaving", "len", "limit", "link", "local", "log", "logged", "login", "lost", "lost-carrier", "mac",
    "max", "memory", "mppe", "name", "nas-error", "nas-request", "nat", "new", "no", "not", "ntp", "number",
    "of", "offered", "offering", "ok", "on", "or", "out", "output", "over", "package", "packet", "password",
    "peer", "peer-request", "ping", "pool", "port", "ppp", "pppoe", "profile", "proto", "psu", "queue",
    "radius", "reached", "ready", "reason", "reboot", "rebooted", "rebooting", "received", "registered",
    "rejected", "released", "remote", "removed", "request", "requested", "responding", "route", "router",
    "router-rebooted", "rule", "scheduler", "script", "secret", "sent", "session", "session-timeout",
    "signal", "speed", "srcnat", "ssh", "started", "state", "strength", "system", "tcp", "telnet",
    "temperature", "terminate", "terminating", "the", "timeout", "to", "tunnel", "udp", "unregistered", "up",
    "upgrade", "user", "user-request", "username", "using", "version", "via", "voltage", "winbox",
    "wireless",
];

/// Whether this is the name of an interface that a router had from the start, or one called after its kind.
pub(super) fn is_plain_interface(name: &[u8]) -> bool {
    let Ok(name) = std::str::from_utf8(name) else { return false };
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | '/'));
    INTERFACES.contains(&stem)
}

/// Service and user of a dynamic interface's name, `<service-USER>`.
pub(super) fn dynamic(name: &[u8]) -> Option<(&'static [u8], &[u8])> {
    let inner = name.strip_prefix(b"<")?.strip_suffix(b">")?;
    SERVICES.iter().find_map(|service| {
        let user = inner.strip_prefix(service.as_bytes())?.strip_prefix(b"-")?;
        Some((service.as_bytes(), user))
    })
}

/// A name and the number of a further session after it, `-1` to `-99`.
pub(super) fn numbered(name: &[u8]) -> (&[u8], &[u8]) {
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let at = name.len() - digits;
    match at.checked_sub(1) {
        Some(dash) if (1..=2).contains(&digits) && 0 < dash && name.get(dash) == Some(&b'-') => {
            name.split_at(dash)
        }
        _ => (name, b""),
    }
}

/// A text of the same shape, drawn at random.
pub(super) fn like(text: &[u8], chance: &mut fastrand::Rng) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            let other = match c {
                'a'..='z' => chance.lowercase(),
                'A'..='Z' => chance.uppercase(),
                '0'..='9' => chance.digit(10),
                _ if c.is_ascii() => c,
                _ if c.is_uppercase() => chance.char('À'..='Ö'),
                _ if c.is_alphanumeric() => chance.char('à'..='ö'),
                _ => '·',
            };
            out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
        }
        out.extend(chunk.invalid().iter().map(|_| chance.u8(0xE0..=0xFF)));
    }
    out
}

/// The pieces of a text: words, and what stands between them.
pub(super) fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_between =
        |byte: u8| matches!(byte, b' ' | b',' | b'(' | b')' | b'"' | b'\'' | b'=' | b'\n' | b'\t');
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = is_between(*rest.first()?);
        // A dynamic interface's name may have any of these in it.
        let end = match rest.iter().position(|byte| *byte == b'>') {
            Some(end) if rest.first() == Some(&b'<') && dynamic(rest.get(..=end)?).is_some() => end + 1,
            _ => rest.iter().position(|byte| is_between(*byte) != first).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at_checked(end)?;
        // A colon ends a word in messages.
        let colon = !first && 1 < word.len() && word.last() == Some(&b':');
        let (word, after) = if colon { rest.split_at_checked(end - 1)? } else { (word, after) };
        rest = after;
        Some(word)
    })
}

/// Whether a word of a log message is RouterOS's own. No number is: accounts may be numbers.
pub(super) fn is_of_routeros(word: &[u8]) -> bool {
    let word = word.to_ascii_lowercase();
    let trimmed = word.trim_ascii();
    let punctuation = trimmed.iter().all(u8::is_ascii_punctuation);
    let stem: &[u8] = trimmed.strip_suffix(b".").or_else(|| trimmed.strip_suffix(b":")).unwrap_or(trimmed);
    punctuation
        || std::str::from_utf8(stem).is_ok_and(|stem| WORDS.contains(&stem))
        || is_plain_interface(stem)
}

/// What stands before a MAC address (the `1:` of a DHCP client's id), its bytes, and whether it is in capitals.
pub(super) fn mac(text: &[u8]) -> Option<(&[u8], [u8; 6], bool)> {
    let (start, digits): (&[u8], _) = match text.strip_prefix(b"1:") {
        Some(digits) => (b"1:", digits),
        None => (b"", text),
    };
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() <= 17)?;
    let mut mac = [0; 6];
    let mut parts = digits.split([':', '-']);
    for byte in &mut mac {
        // A client's id leaves out leading zeros.
        let part = parts.next().filter(|part| part.len() == 2 || (part.len() == 1 && !start.is_empty()))?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    let upper = !digits.bytes().any(|byte| byte.is_ascii_lowercase());
    parts.next().is_none().then_some((start, mac, upper))
}

/// Whether an address belongs to somebody in the world.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || shared
                || 224 <= a)
        }
        IpAddr::V6(v6) => v6.segments().first().is_some_and(|first| first >> 13 == 1),
    }
}
