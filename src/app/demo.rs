//! The demo: a simulated ISP on loopback sockets, and the server that watches it.

use super::Failure;
use super::options::{DemoOptions, Version};
use super::serve::{bind, run};
use crate::domain::router::RouterName;
use crate::routeros::Charset;
use crate::routeros::stream::{Endpoint, Tls};
use crate::settings::RouterSettings;
use crate::simulator::{self, Ros};
use anyhow::Context as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::sync::oneshot;

/// What the demo's ISP is grown from.
const SEED: u64 = 2026;

/// Shows a simulated ISP until the program is told to stop.
pub async fn demo(options: DemoOptions) -> Result<(), Failure> {
    let listener = bind(options.listen)?;
    let addresses = simulate(usize::from(options.routers), options.subscribers as usize)
        .await
        .context("cannot start the simulated routers")?;
    let routers = addresses.iter().enumerate().map(|(n, address)| router(n, *address)).collect();
    tracing::info!(
        routers = options.routers,
        subscribers = options.subscribers,
        "this is a demo: {} simulated routers, {} subscribers, nothing is stored",
        options.routers,
        options.subscribers
    );
    run(listener, routers, options.entries, true).await
}

/// Starts the routers on a thread of their own, as far from the service as a demo can be; gives their addresses.
async fn simulate(routers: usize, subscribers: usize) -> anyhow::Result<Vec<SocketAddr>> {
    let (ready, addresses) = oneshot::channel();
    let options = simulator::SimulateOptions {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        tls_listen: None,
        routers,
        subscribers,
        ros: [Version::V7_21, Version::V6_49, Version::V7_14].map(Ros::from).to_vec(),
        seed: SEED,
        user: None,
        password: None,
        legacy_login: false,
        frozen: false,
    };
    std::thread::Builder::new()
        .name("simulator".to_owned())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let started = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
                let routers = runtime.block_on(simulator::start(options))?;
                Ok((runtime, routers))
            });
            match started {
                Ok((runtime, routers)) => {
                    let addresses = routers.iter().map(|router| router.plain.address).collect();
                    // The routers run until the process ends.
                    if ready.send(Ok(addresses)).is_ok() {
                        runtime.block_on(std::future::pending::<()>());
                    }
                    drop(routers);
                }
                // Nobody waits any more when this cannot be told.
                Err(error) => drop(ready.send(Err(error))),
            }
        })
        .context("cannot start a thread")?;
    addresses.await.context("the simulator ended")?
}

fn router(number: usize, address: SocketAddr) -> RouterSettings {
    #[expect(clippy::expect_used, reason = "a word and a number make a valid name")]
    let name = RouterName::new(&format!("demo{}", number + 1)).expect("a valid name");
    RouterSettings {
        name,
        label: None,
        endpoint: Endpoint { host: address.ip().to_string(), port: address.port(), tls: Tls::Off },
        username: "tikwatch".to_owned(),
        password: None,
        charset: Charset::default(),
        enabled: true,
        poll_every: Duration::from_secs(5),
        deadline: Duration::from_secs(10),
        forbid_clear_sign_in: false,
    }
}
