//! A simulated router, as tests and the demo hold it.

use super::churn;
use super::connection;
use super::fault::Fault;
use super::isp::Isp;
use super::listening::Listening;
use super::menus::interfaces::{Port, bytes, ports};
use super::menus::world;
use super::plan::RouterPlan;
use super::service::{Service, ServiceCounters};
use super::stored::Stored;
use super::subscribers::Reason;
use crate::routeros::stream::TlsIdentity;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;

/// A router that is not there. Clones are handles to the same router.
#[derive(Clone)]
pub struct SimulatedRouter {
    isp: Arc<Isp>,
    ports: Arc<Vec<Port>>,
    service: Arc<Service>,
    /// The task in which sessions come and go.
    life: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl SimulatedRouter {
    /// The router of a plan. It answers nobody until it listens; its sessions come and go from then on.
    pub fn new(plan: RouterPlan) -> Self {
        let isp = Isp::new(plan);
        let ports = Arc::new(ports(&isp));
        let signed_in = Stored::new();
        let world = world(&isp, &ports, &signed_in);
        let service = Arc::new(Service::new(&isp.plan, world, Some(isp.log.clone()), signed_in));
        Self { isp, ports, service, life: Arc::default() }
    }

    /// What it follows from.
    pub fn plan(&self) -> &RouterPlan {
        &self.isp.plan
    }

    /// Listens in clear; port 0 is any free port.
    pub async fn listen(&self, address: SocketAddr) -> io::Result<Listening> {
        self.live();
        Listening::start(self.service.clone(), address, None).await
    }

    /// Listens with TLS.
    pub async fn listen_tls(&self, address: SocketAddr, identity: TlsIdentity) -> io::Result<Listening> {
        self.live();
        Listening::start(self.service.clone(), address, Some(identity)).await
    }

    /// Serves one connection in memory.
    pub fn serve(&self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        self.live();
        tokio::spawn(connection::serve(self.service.clone(), stream, "127.0.0.1".to_owned()));
    }

    /// Lets sessions come and go, once in each runtime that it is served in.
    fn live(&self) {
        if self.isp.clock.is_frozen() {
            return;
        }
        let mut life = self.life.lock().unwrap_or_else(PoisonError::into_inner);
        if life.as_ref().is_none_or(JoinHandle::is_finished) {
            *life = Some(tokio::spawn(churn::live(Arc::downgrade(&self.isp))));
        }
    }

    /// Ends every session of this name, for good; `false` if there is none.
    pub fn drop_session(&self, name: impl AsRef<[u8]>) -> bool {
        let numbers = self.sessions_of(name.as_ref());
        numbers
            .into_iter()
            .map(|number| self.isp.hang_up(number, Reason::HungUp))
            .fold(false, |any, ended| any | ended)
    }

    /// Starts a session of this name; `false` if it has one, is disabled or unknown.
    pub fn dial(&self, name: impl AsRef<[u8]>) -> bool {
        self.isp.subscriber(name.as_ref()).is_some_and(|subscriber| self.isp.dial(subscriber, 0))
    }

    /// Ends every session of this name and starts a new one at once; `false` if there was none.
    pub fn redial(&self, name: impl AsRef<[u8]>) -> bool {
        self.drop_session(&name) && self.dial(&name)
    }

    /// The names of all sessions, in the order in which they began; a name with two sessions is there twice.
    pub fn online_names(&self) -> Vec<Vec<u8>> {
        let state = self.isp.state();
        let name = |subscriber: u32| state.subscribers.get(subscriber as usize).map(|one| one.name.to_vec());
        state.sessions.values().filter_map(|session| name(session.subscriber)).collect()
    }

    /// How many sessions there are.
    pub fn session_count(&self) -> usize {
        self.isp.state().sessions.len()
    }

    /// The names of all accounts on the router itself.
    pub fn account_names(&self) -> Vec<Vec<u8>> {
        let state = self.isp.state();
        let accounts = state.subscribers.iter().filter(|subscriber| subscriber.has_account());
        accounts.map(|subscriber| subscriber.name.to_vec()).collect()
    }

    /// The bytes that an interface has really received and sent at an instant, were they asked for.
    pub fn true_bytes(&self, interface: impl AsRef<[u8]>, at: Instant) -> Option<(u64, u64)> {
        bytes(&self.isp, &self.ports, interface.as_ref(), self.isp.clock.at(at))
    }

    /// What it has been asked so far.
    pub fn counters(&self) -> ServiceCounters {
        self.service.counters()
    }

    /// Every command that was ever sent to it, sorted: the proof that nobody tried to write.
    pub fn commands_seen(&self) -> Vec<String> {
        self.counters().commands_by_path.into_keys().collect()
    }

    /// Every menu that it has, sorted.
    pub fn menus(&self) -> Vec<&str> {
        self.service.world.paths()
    }

    /// Boots again: cuts all connections; uptime, ids and counters begin anew, and everybody dials again.
    pub fn reboot(&self) {
        self.isp.reboot();
        self.service.boots.send_modify(|boots| *boots += 1);
    }

    /// Lets every change of an account, user or session of this name fail with these words.
    pub fn refuse_changes(&self, name: impl AsRef<[u8]>, message: &str) {
        self.isp.refuse_changes(name.as_ref(), message);
    }

    /// Lets something go wrong, or right again.
    pub fn set_fault(&self, fault: Fault) {
        self.service.fault.send_replace(fault);
    }

    fn sessions_of(&self, name: &[u8]) -> Vec<u32> {
        let Some(subscriber) = self.isp.subscriber(name) else { return Vec::new() };
        let state = self.isp.state();
        let sessions = state.subscribers.get(subscriber as usize).map(|one| one.sessions);
        sessions.into_iter().flatten().flatten().collect()
    }
}

impl std::fmt::Debug for SimulatedRouter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimulatedRouter")
            .field("name", &self.isp.plan.name)
            .field("ros", &self.isp.plan.ros)
            .field("sessions", &self.session_count())
            .finish_non_exhaustive()
    }
}
