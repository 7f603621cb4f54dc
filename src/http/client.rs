//! Where a request comes from.

use super::Problem;
use super::door::Door;
use super::hosts::HostError;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::{HOST, USER_AGENT};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use std::future::{Ready, ready};
use std::net::IpAddr;

/// The cookie of a session, over plain HTTP.
pub const COOKIE: &str = "tikwatch";

/// The same over HTTPS.
pub const COOKIE_HTTPS: &str = "__Host-tikwatch";

/// Whoever holds the other end of a connection.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its address; behind a trusted proxy the one that the proxy tells.
    pub address: IpAddr,
    /// Whether nobody on the way can read along.
    pub is_https: bool,
    /// What pages of ours have as their origin there: `https://host:port`.
    pub origin: String,
    /// What it calls itself.
    pub agent: String,
}

impl Client {
    /// The address of whoever sent a request, all that is known of them before anything else is looked at.
    pub(super) fn address(request: &ServiceRequest, door: &Door) -> Result<IpAddr, Problem> {
        let peer = request.peer_addr().ok_or(Problem::Internal)?;
        Ok(door.proxies().client(peer.ip(), request.headers()))
    }

    /// Reads it from a request; fails if the request is for another host.
    pub(super) fn of(request: &ServiceRequest, door: &Door) -> Result<Self, Problem> {
        let headers = request.headers();
        let peer = request.peer_addr().map(|address| address.ip()).ok_or(Problem::Internal)?;
        let address = Self::address(request, door)?;
        let is_https = door.proxies().is_https(door.is_tls(), peer, headers);
        door.hosts().check(request.uri(), headers)?;
        let host = headers.get(HOST).and_then(|value| value.to_str().ok()).ok_or(HostError::Malformed)?;
        let scheme = if is_https { "https" } else { "http" };
        let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Self {
            address,
            is_https,
            origin: format!("{scheme}://{}", host.to_ascii_lowercase()),
            agent: agent.chars().take(200).collect(),
        })
    }

    /// Whether others on the way can read along: plain HTTP that leaves this machine.
    pub fn is_clear(&self) -> bool {
        !self.is_https && !self.address.is_loopback()
    }

    /// The name of the cookie: browsers take one with this prefix over HTTPS only, and only from this very host.
    pub fn cookie_name(&self) -> &'static str {
        if self.is_https { COOKIE_HTTPS } else { COOKIE }
    }
}

impl FromRequest for Client {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or(Problem::Internal))
    }
}
