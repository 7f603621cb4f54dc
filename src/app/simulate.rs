//! Simulated routers for other programs.

use super::Failure;
use super::options::{SimulateOptions, Version};
use super::process::{Stop, say};
use crate::simulator::{self, Ros};
use anyhow::Context as _;

/// Serves simulated routers until the program is told to stop; one JSON line a router says that it is ready.
pub async fn simulate(options: SimulateOptions) -> Result<(), Failure> {
    let mut stop = Stop::listen()?;
    let listen = options.listen;
    let (user, password) = options.credentials.unzip();
    let routers = simulator::start(simulator::SimulateOptions {
        operator: None,
        listen,
        tls_listen: options.tls_listen,
        routers: usize::from(options.routers),
        subscribers: options.subscribers as usize,
        ros: options.versions.into_iter().map(Ros::from).collect(),
        seed: options.seed,
        user,
        password,
        legacy_login: options.legacy_login,
        frozen: options.frozen,
    })
    .await
    .with_context(|| format!("cannot simulate on {listen} (any free ports: --listen 127.0.0.1:0)"))
    .map_err(Failure::Setup)?;
    say(routers.iter().map(simulator::Started::ready_line))?;
    stop.told().await;
    Ok(())
}

impl From<Version> for Ros {
    fn from(version: Version) -> Self {
        match version {
            Version::V6_49 => Self::V6_49,
            Version::V7_14 => Self::V7_14,
            Version::V7_21 => Self::V7_21,
        }
    }
}
