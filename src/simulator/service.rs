//! What all connections to one simulated router share: its world, its user, its counters.

use super::fault::Fault;
use super::log::Log;
use super::plan::{Policies, RouterPlan};
use super::ros::Ros;
use super::said;
use super::stored::Stored;
use super::world::{Name, World};
use crate::routeros::login;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What a simulated router has been asked so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceCounters {
    /// Sign-ins that were accepted.
    pub sign_ins: u64,
    /// Sign-ins that were refused.
    pub failed_sign_ins: u64,
    /// Connections open now.
    pub connections_open: u64,
    /// Connections that were ever opened.
    pub connections_total: u64,
    /// Commands, without sign-ins.
    pub commands: u64,
    /// Commands by their path, such as `/interface/print`; sign-ins are among them.
    pub commands_by_path: BTreeMap<String, u64>,
    /// Commands that only who acts may send, or nobody, by their path.
    pub changing_by_path: BTreeMap<String, u64>,
    /// Bytes sent in replies.
    pub replies_bytes: u64,
}

/// What all connections to one simulated router share.
pub struct Service {
    /// What it answers from.
    pub world: World,
    /// The version that it speaks.
    pub ros: Ros,
    /// What its user may do.
    pub policies: Policies,
    /// Whether a challenge is sent, as before 6.43.
    pub legacy_login: bool,
    /// How many connections it keeps open at once.
    pub max_sessions: usize,
    /// Where sign-ins are written down.
    pub log: Option<Log>,
    /// `/user/active`.
    pub signed_in: Stored,
    /// What is wrong with it.
    pub fault: watch::Sender<Fault>,
    /// Counts reboots; each one cuts all connections.
    pub boots: watch::Sender<u64>,
    user: Option<(String, SecretString)>,
    operator: Option<(String, SecretString)>,
    counters: Mutex<ServiceCounters>,
    last_user: AtomicU64,
}

impl Service {
    /// The service of a router with this plan, answering from this world.
    pub fn new(plan: &RouterPlan, world: World, log: Option<Log>, signed_in: Stored) -> Self {
        said::open();
        Self {
            world,
            ros: plan.ros,
            policies: plan.policies,
            legacy_login: plan.legacy_login,
            max_sessions: plan.max_sessions,
            log,
            signed_in,
            fault: watch::Sender::new(Fault::None),
            boots: watch::Sender::new(0),
            user: plan.user.clone(),
            operator: plan.operator.clone(),
            counters: Mutex::default(),
            last_user: AtomicU64::new(0),
        }
    }

    /// Whether there is a second user, who may change something.
    pub fn has_operator(&self) -> bool {
        self.operator.is_some()
    }

    /// The counters now.
    pub fn counters(&self) -> ServiceCounters {
        self.counting().clone()
    }

    /// The counters, to be changed.
    pub fn counting(&self) -> MutexGuard<'_, ServiceCounters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What who signs in with this name and password may do; `None` if they are wrong.
    pub fn accepts(&self, name: &[u8], password: &[u8]) -> Option<Policies> {
        self.policies_of(name, |secret| secret.expose_secret().as_bytes() == password)
    }

    /// The same for the answer to a challenge.
    pub fn accepts_response(&self, name: &[u8], challenge: &[u8; 16], response: &[u8]) -> Option<Policies> {
        self.policies_of(name, |secret| login::check_response(challenge, secret, response))
    }

    fn policies_of(&self, name: &[u8], is_right: impl Fn(&SecretString) -> bool) -> Option<Policies> {
        let policies = match (&self.operator, &self.user) {
            (Some((operator, secret)), _) if operator.as_bytes() == name => {
                is_right(secret).then_some(Policies { write: true, ..self.policies })
            }
            (_, Some((user, secret))) => {
                (user.as_bytes() == name && is_right(secret)).then_some(self.policies)
            }
            (_, None) => Some(self.policies),
        };
        policies.filter(|policies| policies.api)
    }

    /// Notes that somebody signed in; gives the row of `/user/active`.
    pub fn enter(&self, name: &[u8], from: &str) -> u64 {
        self.counting().sign_ins += 1;
        let key = self.last_user.fetch_add(1, Ordering::Relaxed) + 1;
        let cells = [("name", name.to_vec()), ("address", from.into()), ("via", b"api".to_vec())];
        let more = [("group", b"read".to_vec()), ("radius", b"false".to_vec())];
        let cells = cells.into_iter().chain(more);
        self.signed_in.put(key, cells.map(|(column, value)| (Name::Borrowed(column), value)));
        self.write_user(name, "system,info,account", "user ", &format!(" logged in from {from} via api"));
        key
    }

    /// Notes that somebody signed out.
    pub fn leave(&self, key: u64, name: &[u8], from: &str) {
        self.signed_in.remove(key);
        self.write_user(name, "system,info,account", "user ", &format!(" logged out from {from} via api"));
    }

    /// Notes that somebody was refused.
    pub fn refuse(&self, name: &[u8], from: &str) {
        self.counting().failed_sign_ins += 1;
        let end = format!(" from {from} via api");
        self.write_user(name, "system,error,critical", "login failure for user ", &end);
    }

    fn write_user(&self, name: &[u8], topics: &'static str, start: &str, end: &str) {
        if let Some(log) = &self.log {
            log.write(topics, [start.as_bytes(), name, end.as_bytes()].concat());
        }
    }
}
