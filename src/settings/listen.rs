//! Where we may listen.

use std::net::SocketAddr;

/// An address and a port such as `0.0.0.0:5000`, `[::1]:5000` or `localhost:5000`.
pub fn address(text: &str) -> Result<SocketAddr, InvalidListen> {
    let text = text.trim();
    let address = match text.strip_prefix("localhost:") {
        // Not looked up: a hosts file may send the name anywhere.
        Some(port) => format!("127.0.0.1:{port}").parse(),
        None => text.parse(),
    };
    address.map_err(|_| InvalidListen::Malformed(text.to_owned()))
}

/// Why an address cannot be listened on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidListen {
    /// Not an address and a port.
    #[error("must be an address and a port such as 127.0.0.1:5000, not {0:?}")]
    Malformed(String),
    /// Reachable from other machines.
    #[error("{0} can be reached from other machines: use 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
}

/// An address of this machine only, such as `127.0.0.1:5000`, `[::1]:5000` or `localhost:5000`.
pub fn loopback(text: &str) -> Result<SocketAddr, InvalidListen> {
    let address = address(text)?;
    if !address.ip().is_loopback() {
        return Err(InvalidListen::NotLoopback(address));
    }
    Ok(address)
}
