//! What the guard works with.

use super::hosts::Hosts;
use super::limits::Limits;
use super::peer::Proxies;
use crate::access::{People, Role};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

/// Whom we know, and what we demand of everybody.
#[derive(Debug)]
pub struct Door {
    people: People,
    limits: Limits,
    proxies: Proxies,
    hosts: Hosts,
    is_tls: bool,
    /// Links that let a demo's visitors in, and as what.
    demo: Vec<(SecretString, Role)>,
}

impl Door {
    /// A door for these people.
    pub fn new(people: People, proxies: Proxies, hosts: Hosts, is_tls: bool) -> Self {
        Self { people, limits: Limits::new(), proxies, hosts, is_tls, demo: Vec::new() }
    }

    /// Lets whoever knows one of these secrets in, as a visitor of a demo.
    #[must_use]
    pub fn with_demo(self, demo: Vec<(SecretString, Role)>) -> Self {
        Self { demo, ..self }
    }

    /// The links of a demo, by their secrets.
    pub fn demo(&self) -> &[(SecretString, Role)] {
        &self.demo
    }

    /// As what somebody comes in who knows a secret of the demo.
    pub fn demo_role(&self, secret: &str) -> Option<Role> {
        let knows =
            |known: &SecretString| bool::from(known.expose_secret().as_bytes().ct_eq(secret.as_bytes()));
        self.demo.iter().find(|(known, _)| knows(known)).map(|(_, role)| *role)
    }

    /// Forgets what is over: to be called each minute, where waiting for the disk is allowed.
    pub fn tidy(&self, now: Timestamp) {
        self.limits.tidy();
        if let Err(error) = self.people.tidy(now) {
            tracing::error!(error = %error, "sessions and tokens could not be tidied");
        }
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
