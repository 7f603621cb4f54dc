//! Networks of proxies, as the settings name them.

use crate::domain::wrong::Wrong;
use ipnet::{IpNet, Ipv4Net};
use std::net::IpAddr;

/// An IPv4 address that is written as an IPv6 one has this many bits before it.
const MAPPED_PREFIX: u8 = 96;

/// A list of proxies that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", Wrong::from(self.clone()))]
pub enum InvalidProxies {
    /// It is no address and no network.
    Malformed(String),
    /// It is everybody.
    Everybody(String),
}

impl From<InvalidProxies> for Wrong {
    fn from(invalid: InvalidProxies) -> Self {
        match invalid {
            InvalidProxies::Malformed(given) => Self::Proxy(given),
            InvalidProxies::Everybody(given) => Self::ProxyOfAll(given),
        }
    }
}

/// Addresses and networks between commas.
pub fn networks(text: &str) -> Result<Vec<IpNet>, InvalidProxies> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(network).collect()
}

fn network(text: &str) -> Result<IpNet, InvalidProxies> {
    let single = || text.parse::<IpAddr>().ok().map(IpNet::from);
    let network = text.parse::<IpNet>().ok().or_else(single);
    let network = network.ok_or_else(|| InvalidProxies::Malformed(text.to_owned()))?.trunc();
    let network = match (network.addr().to_canonical(), network.prefix_len().checked_sub(MAPPED_PREFIX)) {
        (IpAddr::V4(address), Some(bits)) if network.addr().is_ipv6() => {
            Ipv4Net::new(address, bits).map_or(network, IpNet::V4)
        }
        _ => network,
    };
    if network.prefix_len() == 0 {
        return Err(InvalidProxies::Everybody(text.to_owned()));
    }
    Ok(network)
}
