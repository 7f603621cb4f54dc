//! The demo: a simulated ISP on loopback sockets, and the server that watches it.

use super::Failure;
use super::options::{DemoOptions, Version};
use super::serve::{Watched, bind, run};
use crate::access::{Keys, People, Role, Vault};
use crate::actors::GroupStore;
use crate::domain::groups::{Change, Import, Reading};
use crate::domain::polling::Profile;
use crate::domain::rates::Tempo;
use crate::domain::router::RouterName;
use crate::domain::time::Moment;
use crate::http::{Door, Hosts, Proxies};
use crate::routeros::Charset;
use crate::routeros::stream::{Endpoint, Tls};
use crate::settings::{RouterSettings, WriteMode};
use crate::simulator::{self, Replay, ReplayClock, Ros};
use crate::state::{GroupOrder, ReplayTime};
use crate::store::Store;
use crate::telemetry::LogEntry;
use anyhow::Context as _;
use secrecy::SecretString;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};

/// What the demo's ISP is grown from.
const SEED: u64 = 2026;

/// Groups of that ISP, as a file of ours.
const GROUPS: &str = include_str!("demo_groups.json");

/// Shows a simulated ISP until the program is told to stop.
pub async fn demo(options: DemoOptions) -> Result<(), Failure> {
    let listener = bind(options.listen)?;
    if let Some(recording) = options.replay {
        return replay(listener, recording, options.entries).await;
    }
    let addresses = simulate(usize::from(options.routers), options.subscribers as usize)
        .await
        .context("cannot start the simulated routers")?;
    let mut routers: Vec<_> = addresses.iter().enumerate().map(|(n, address)| router(n, *address)).collect();
    // One on which an operator can try things out; on the others it is seen that nothing can be changed.
    if let Some(first) = routers.first_mut() {
        first.write_mode = WriteMode {
            is_on: true,
            username: Some(OPERATOR.to_owned()),
            password: Some(SecretString::from(OPERATOR)),
            ..WriteMode::default()
        };
    }
    tracing::info!(
        routers = options.routers,
        subscribers = options.subscribers,
        "this is a demo: {} simulated routers, {} subscribers, nothing is stored",
        options.routers,
        options.subscribers
    );
    let watched = Watched { demo: true, ..Watched::new(routers, vault()?) };
    add_groups(&watched.vault)?;
    let door = door(&watched.vault)?;
    run(listener, None, watched, door, options.entries).await
}

/// Who may change something on the simulated routers, which nobody reaches from elsewhere.
const OPERATOR: &str = "tikwatch-write";

/// Makes some groups of the simulated ISP's subscribers, as its operator would have.
fn add_groups(vault: &Vault) -> Result<(), Failure> {
    let groups = Import::read(GROUPS.as_bytes(), &Reading::default());
    let change = Change::Import(groups.context("the groups of the demo are damaged")?);
    let people = People::open(vault.clone()).map_err(Failure::setup)?;
    let (mut keeper, _) = GroupStore::open(vault.store(), Box::new(people)).map_err(Failure::setup)?;
    let (answer, _) = oneshot::channel();
    let (who, from) = ("demo".to_owned(), "the start".to_owned());
    keeper
        .carry_out(GroupOrder { change, who, from, answer })
        .context("the groups of the demo are refused")?;
    Ok(())
}

/// Keeps nothing beyond the end of the program.
fn vault() -> Result<Vault, Failure> {
    let store = Store::temporary().map_err(Failure::setup)?;
    Ok(Vault::new(store, Keys::temporary().map_err(Failure::setup)?))
}

/// Lets in whoever has a link of the console: throw-away people for throw-away data.
fn door(vault: &Vault) -> Result<Door, Failure> {
    let people = People::open(vault.clone()).map_err(Failure::setup)?;
    let secret = || crate::access::secret().map_err(Failure::setup);
    let links = vec![(secret()?, Role::Viewer), (secret()?, Role::Operator)];
    Ok(Door::new(people, Proxies::default(), Hosts::default(), false).with_demo(links))
}

/// Shows a recording until the program is told to stop.
async fn replay(
    listener: TcpListener,
    options: simulator::ReplayOptions,
    entries: mpsc::Receiver<LogEntry>,
) -> Result<(), Failure> {
    let (speed, repeats) = (options.speed, options.repeats);
    let replay = Replay::open(options).map_err(Failure::setup)?;
    super::replay::introduce(&replay);
    let (name, started) = (replay.header().router.clone(), replay.header().started);
    let playing = on_a_thread(async move {
        let playing = replay.listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let known = (playing.address, playing.clock.clone());
        Ok((playing, known))
    });
    let (address, clock) = playing.await.context("cannot start the replay")?;
    let time = move |clock: &ReplayClock| ReplayTime {
        wall: Moment::new(Instant::now(), started).plus(clock.offset()).wall,
        speed,
        has_ended: !repeats && clock.has_ended(),
    };
    let (tell, told) = watch::channel(time(&clock));
    actix::spawn(async move {
        while !tell.is_closed() {
            tokio::time::sleep(Duration::from_secs(1)).await;
            tell.send_replace(time(&clock));
        }
    });
    // What was recorded in five seconds comes again in less, and a poll in between would see nothing new.
    let poll_every =
        Duration::from_secs(5).div_f64(speed).clamp(Duration::from_secs(1), Duration::from_secs(60));
    let router = RouterSettings { name, poll_every, tempo: Tempo(speed), ..router(0, address) };
    let routers = vec![router];
    let watched = Watched { demo: true, replay: Some(told), ..Watched::new(routers, vault()?) };
    let door = door(&watched.vault)?;
    run(listener, None, watched, door, entries).await
}

/// Starts the routers on a thread of their own, as far from the service as a demo can be; gives their addresses.
async fn simulate(routers: usize, subscribers: usize) -> anyhow::Result<Vec<SocketAddr>> {
    let options = simulator::SimulateOptions {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        tls_listen: None,
        routers,
        subscribers,
        ros: [Version::V7_21, Version::V6_49, Version::V7_14].map(Ros::from).to_vec(),
        seed: SEED,
        user: None,
        password: None,
        operator: Some((OPERATOR.to_owned(), SecretString::from(OPERATOR))),
        legacy_login: false,
        frozen: false,
    };
    on_a_thread(async move {
        let routers = simulator::start(options).await?;
        let addresses = routers.iter().map(|router| router.plain.address).collect();
        Ok((routers, addresses))
    })
    .await
}

/// Starts something on a thread with a runtime of its own, where it stays until the process ends; gives what is to be
/// known about it.
async fn on_a_thread<S: 'static, K: Send + 'static>(
    start: impl Future<Output = anyhow::Result<(S, K)>> + Send + 'static,
) -> anyhow::Result<K> {
    let (ready, known) = oneshot::channel();
    std::thread::Builder::new()
        .name("simulator".to_owned())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let started = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
                let started = runtime.block_on(start)?;
                Ok((runtime, started))
            });
            match started {
                Ok((runtime, (running, known))) => {
                    if ready.send(Ok(known)).is_ok() {
                        runtime.block_on(std::future::pending::<()>());
                    }
                    drop(running);
                }
                // Nobody waits any more when this cannot be told.
                Err(error) => drop(ready.send(Err(error))),
            }
        })
        .context("cannot start a thread")?;
    known.await.context("the simulator ended")?
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
        written: Vec::new(),
        is_locked: false,
        charset: Charset::default(),
        enabled: true,
        poll_every: Duration::from_secs(5),
        profile: Profile::default(),
        deadline: Duration::from_secs(10),
        forbid_clear_sign_in: false,
        record: false,
        tempo: Tempo::default(),
        allow_own: true,
        write_mode: WriteMode::default(),
    }
}
