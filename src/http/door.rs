//! What the guard works with.

use super::hosts::Hosts;
use super::limits::Limits;
use super::peer::Proxies;
use crate::access::People;

/// Whom we know, and what we demand of everybody.
#[derive(Debug)]
pub struct Door {
    people: People,
    limits: Limits,
    proxies: Proxies,
    hosts: Hosts,
    is_tls: bool,
}

impl Door {
    /// A door for these people.
    pub fn new(people: People, proxies: Proxies, hosts: Hosts, is_tls: bool) -> Self {
        Self { people, limits: Limits::default(), proxies, hosts, is_tls }
    }

    /// Whom we know.
    pub fn people(&self) -> &People {
        &self.people
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    pub(super) fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    pub(super) fn is_tls(&self) -> bool {
        self.is_tls
    }
}
