//! Where we may listen.

use crate::domain::wrong::Wrong;
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
#[error("{}", Wrong::from(self.clone()))]
pub enum InvalidListen {
    /// Not an address and a port.
    Malformed(String),
    /// Reachable from other machines.
    NotLoopback(SocketAddr),
}

impl From<InvalidListen> for Wrong {
    fn from(invalid: InvalidListen) -> Self {
        match invalid {
            InvalidListen::Malformed(given) => Self::Listen(given),
            InvalidListen::NotLoopback(address) => Self::NotLoopback(address),
        }
    }
}

/// An address of this machine only, such as `127.0.0.1:5000`, `[::1]:5000` or `localhost:5000`.
pub fn loopback(text: &str) -> Result<SocketAddr, InvalidListen> {
    let address = address(text)?;
    if !address.ip().is_loopback() {
        return Err(InvalidListen::NotLoopback(address));
    }
    Ok(address)
}
