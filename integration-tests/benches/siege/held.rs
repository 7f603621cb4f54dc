//! Which connections a process holds, as the kernel tells it: whoever never reads does not notice that it was cut.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};

/// The far ends of the connections to this port that somebody holds, and whether bytes wait to be sent there.
pub(super) fn held(port: u16) -> anyhow::Result<HashMap<SocketAddr, bool>> {
    let table = std::fs::read_to_string("/proc/net/tcp")?;
    Ok(table.lines().skip(1).filter_map(|line| far_end(line, port)).collect())
}

fn far_end(line: &str, port: u16) -> Option<(SocketAddr, bool)> {
    let mut fields = line.split_whitespace();
    let (near, far) = (fields.nth(1)?, fields.next()?);
    let (waiting, _) = fields.nth(1)?.split_once(':')?;
    // A socket that its process has closed has no file any more, however long the kernel keeps it.
    let file = fields.nth(4)?;
    let is_held = end(near)?.port() == port && file != "0";
    is_held.then(|| Some((end(far)?, waiting != "00000000")))?
}

/// An address as the kernel writes it: in hexadecimal, the bytes in the order of the machine.
fn end(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let address = Ipv4Addr::from(u32::from_str_radix(address, 16).ok()?.to_ne_bytes());
    Some(SocketAddr::from((address, u16::from_str_radix(port, 16).ok()?)))
}
