//! What the actors of one router tell each other of it: its load and its version.

use crate::domain::ethernet::EthernetLink;
use crate::domain::id::ItemId;
use crate::domain::interface::InterfaceFacts;
use crate::domain::resource::Resource as _;
use crate::domain::rights::OurUser;
use crate::domain::system::SystemResource;
use crate::domain::units::Text;
use crate::routeros::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Above this load, in percent, polls slow down.
const BUSY: u64 = 80;

/// More ports are not asked for: the largest router has some hundred, and a router may claim any number.
const MOST_PORTS: usize = 512;

/// What is known of one router and matters to all who poll it.
#[derive(Debug, Default)]
pub(super) struct Facts {
    cpu_load: AtomicU64,
    version: Mutex<Text>,
    /// How often the version turned out to be another one.
    generation: AtomicU64,
    /// As whom we sign in.
    user: String,
    /// Its Ethernet ports.
    ports: Mutex<Vec<ItemId>>,
}

impl Facts {
    /// Nothing is known yet of the router on which we are this user.
    pub(super) fn new(user: &str) -> Self {
        Self { user: user.to_owned(), ..Self::default() }
    }

    /// The question in which group our user is.
    #[expect(clippy::unnecessary_wraps, reason = "other questions have to wait until something is known")]
    pub(super) fn ask_user(&self) -> Option<Command> {
        Some(OurUser::print().query(&format!("?name={}", self.user)))
    }

    /// Takes in a reading of the router's load and version.
    pub(super) fn learn(&self, rows: &[SystemResource]) {
        let Some(resource) = rows.first() else { return };
        self.cpu_load.store(resource.cpu_load.unwrap_or_default(), Ordering::Relaxed);
        // A panic while the lock was held cannot have left half a version behind.
        let mut version = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        if *version != resource.version {
            version.clone_from(&resource.version);
            self.generation.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes in which Ethernet ports there are.
    pub(super) fn learn_ports(&self, rows: &[InterfaceFacts]) {
        let ports = rows.iter().filter(|row| row.kind == "ether").map(|row| row.id).take(MOST_PORTS);
        *self.ports.lock().unwrap_or_else(PoisonError::into_inner) = ports.collect();
    }

    /// The question what these ports have agreed on; `None` while there are none to ask for.
    pub(super) fn ask_links(&self) -> Option<Command> {
        let ports = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
        (!ports.is_empty()).then(|| EthernetLink::monitor_once(&ports))
    }

    /// Whether the router has no time for us.
    pub(super) fn is_busy(&self) -> bool {
        BUSY < self.cpu_load.load(Ordering::Relaxed)
    }

    /// Changes when the router's version does: what was absent may be there now.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }
}
