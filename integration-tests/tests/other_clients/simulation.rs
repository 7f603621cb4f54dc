//! `tikwatch simulate` as a process.

use crate::client::{Account, PATIENCE};
use integration_tests::{Running, program};
use serde_json::Value;
use std::net::SocketAddr;
use std::process::Command;

/// Who may sign in.
pub(crate) const USER: &str = "monitor";
/// With characters that a client might mangle.
pub(crate) const PASSWORD: &str = "a long =one= 100%";

/// Simulated routers.
pub(crate) struct Simulation {
    pub(crate) routers: Vec<Value>,
    _running: Running,
}

impl Simulation {
    /// Starts a router of each of these versions, with 200 subscribers each, whose time stands still.
    pub(crate) fn start(versions: &[&str], options: &[&str]) -> anyhow::Result<Self> {
        Self::run(versions, 200, &[&["--frozen"], options].concat())
    }

    /// Starts a router of each of these versions, with so many subscribers each, who come and go.
    pub(crate) fn moving(versions: &[&str], subscribers: usize) -> anyhow::Result<Self> {
        Self::run(versions, subscribers, &[])
    }

    fn run(versions: &[&str], subscribers: usize, options: &[&str]) -> anyhow::Result<Self> {
        let (routers, subscribers) = (versions.len().to_string(), (subscribers * versions.len()).to_string());
        let mut command = Command::new(program());
        command.args(["simulate", "--listen", "127.0.0.1:0", "--user", USER, "--password", PASSWORD]);
        command.args(["--routers", &routers, "--subscribers", &subscribers, "--ros", &versions.join(",")]);
        let running = Running::start(command.args(options))?;
        let last = format!("\"sim{routers}\"");
        running.wait_for_line(PATIENCE, |line| line.contains(&last))?;
        let lines = running.stdout();
        let routers =
            lines.iter().map(|line| Ok(serde_json::from_str(line)?)).collect::<anyhow::Result<_>>()?;
        Ok(Self { routers, _running: running })
    }

    /// The port of a router: `address` in clear, `tls_address` with TLS.
    pub(crate) fn port(&self, router: usize, key: &str) -> u16 {
        let address =
            self.routers.get(router).and_then(|one| one.get(key)?.as_str()?.parse::<SocketAddr>().ok());
        address.map_or(0, |address| address.port())
    }

    /// The right user and password for a router, in clear.
    pub(crate) fn account(&self, router: usize) -> Account {
        Account { port: self.port(router, "address"), user: USER, password: PASSWORD, md5: false, ca: None }
    }
}
