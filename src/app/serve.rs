//! The server: order of start and stop.

use super::process::Stop;
use super::{Failure, ServeOptions, credentials};
use crate::actors::recorder::{Backlog, Destination, Recorder, Tap, Taps};
use crate::actors::{self, LogBook};
use crate::domain::log_entry::LogEntry;
use crate::domain::router::RouterName;
use crate::domain::time::Moment;
use crate::settings::RouterSettings;
use crate::state::{ReplayTime, State};
use crate::{api, web};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use anyhow::{Context as _, anyhow};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, mpsc, watch};

/// Changes that a slow reader may fall behind before it is told that it missed some.
const CHANGES_KEPT: usize = 1024;

/// Threads that answer browsers: pages are short work, and routers are watched on threads of their own.
const WORKERS: usize = 2;

/// How long requests in flight may take once the program stops.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Watches the routers of the settings until the program is told to stop.
pub async fn serve(options: ServeOptions) -> Result<(), Failure> {
    let listener = bind(options.listen)?;
    let vault = credentials::vault(&options.data)?;
    let mut routers = options.settings.routers;
    credentials::seal(&mut routers, &vault, &options.settings_file)?;
    if routers.is_empty() {
        tracing::warn!("no routers in the settings yet; see the README, or try `tikwatch demo`");
    }
    let recorders = recorders(&routers, &options.data)?;
    run(listener, Watched { routers, recorders, ..Watched::default() }, options.entries).await
}

/// What is watched and shown.
#[derive(Default)]
pub(super) struct Watched {
    /// The routers.
    pub(super) routers: Vec<RouterSettings>,
    /// Those that are recorded.
    pub(super) recorders: Vec<(RouterName, Recorder, Tap)>,
    /// Whether all of it is made up.
    pub(super) demo: bool,
    /// What time it is in the recording that is shown.
    pub(super) replay: Option<watch::Receiver<ReplayTime>>,
}

/// Begins to record the routers of which the settings say so.
fn recorders(routers: &[RouterSettings], data: &Path) -> Result<Vec<(RouterName, Recorder, Tap)>, Failure> {
    let folder = data.join("recordings");
    let backlog = Backlog::default();
    let recorded = routers.iter().filter(|router| router.enabled && router.record);
    let start = |router: &RouterSettings| {
        let name = router.name.clone();
        let started = Recorder::start(name.clone(), Destination::Folder(folder.clone()), None, &backlog)
            .with_context(|| format!("cannot record `{name}` in {}", folder.display()));
        let (writing, tap) = started.map_err(Failure::Setup)?;
        Ok((name, writing, tap))
    };
    recorded.map(start).collect()
}

/// Takes the address before anything else starts, so that a busy port is told at once.
pub(super) fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
        Failure::Setup(match error.kind() {
            ErrorKind::AddrInUse => anyhow!(
                "{address} is in use by another program: stop that one, or take any free port with --listen \
                 127.0.0.1:0"
            ),
            _ => anyhow::Error::from(error).context(format!("cannot listen on {address}")),
        })
    })
}

/// Watches routers and serves browsers until a signal comes.
pub(super) async fn run(
    listener: TcpListener,
    watched: Watched,
    entries: mpsc::Receiver<LogEntry>,
) -> Result<(), Failure> {
    let address = listener.local_addr().context("the listener has no address")?;
    let mut stop = Stop::listen()?;

    let (changes, _) = broadcast::channel(CHANGES_KEPT);
    let (stopping, is_stopping) = watch::channel(false);
    let (book, log) = LogBook::open(entries);
    let Watched { routers, recorders, demo, replay } = watched;
    let (recorders, taps) = split(recorders);
    let (fleet, views) = actors::fleet::start(routers, &taps, &changes, &book);
    drop(taps);
    let started = Moment::new(Instant::now(), jiff::Timestamp::now());
    let state = State { routers: views, changes, log, stopping: is_stopping, started, demo, replay };

    let templates = Data::new(web::templates().context("the built-in pages are damaged")?);
    let live = Data::new(api::Live::start(state.clone()));
    let state = Data::new(state);
    let server = HttpServer::new(move || {
        App::new()
            .wrap(Compress::default())
            .wrap(from_fn(web::headers))
            .app_data(state.clone())
            .app_data(templates.clone())
            .app_data(live.clone())
            .configure(api::configure)
            .configure(web::configure)
    })
    // A live event is small and must not wait for an acknowledgement of the one before.
    .tcp_nodelay(true)
    .workers(WORKERS)
    .disable_signals()
    .shutdown_timeout(LAST_ANSWERS.as_secs())
    .listen(listener)
    .context("cannot serve on the listener")?
    .run();
    let handle = server.handle();
    let mut serving = actix_web::rt::spawn(server);
    tracing::info!(%address, "ready: open http://{address}");

    let ended = tokio::select! {
        () = stop.told() => Ok(()),
        ended = &mut serving => Err(anyhow!("the server ended by itself: {ended:?}")),
        () = gone(&fleet) => Err(anyhow!("the part that watches routers died; the log says why")),
    };
    tracing::info!("stopping");
    // Live streams never end by themselves; they watch this cell.
    stopping.send_replace(true);
    handle.stop(true).await;
    if fleet.send(actors::Stop).await.is_err() {
        tracing::debug!("the fleet had stopped already");
    }
    for recorder in recorders {
        // What is missing was logged when it was lost.
        let _ = recorder.finish().await;
    }
    Ok(ended?)
}

/// Recorders to be ended, and their taps.
pub(super) fn split(recorders: Vec<(RouterName, Recorder, Tap)>) -> (Vec<Recorder>, Taps) {
    recorders.into_iter().map(|(name, recorder, tap)| (recorder, (name, tap))).unzip()
}

/// Waits until the fleet is no more, which only a fault of ours can cause.
async fn gone(fleet: &actix::Addr<actors::Fleet>) {
    while fleet.connected() {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
