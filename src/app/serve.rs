//! The server: order of start and stop.

use super::backup::{automatic, contents};
use super::keepers::{groups, jobs, settings};
use super::process::{Stop, raise_limits};
use super::{
    Failure, Protection, ServeOptions, control, credentials, debug_log, first_admin, restore, upkeep,
};
use crate::access::{People, Vault};
use crate::actors::recorder::Recorders;
use crate::actors::{self, LogBook};
use crate::domain::log_entry::LogEntry;
use crate::domain::time::Moment;
use crate::http::slow::{self, Watch};
use crate::http::tls::{Source, Tls};
use crate::http::{Door, Hosts, Proxies};
use crate::settings::{RouterSettings, SettingsFile};
use crate::state::{Recovered, ReplayTime, Restarts, State};
use crate::{api, http, web};
use actix::Arbiter;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use anyhow::{Context as _, anyhow};
use secrecy::ExposeSecret as _;
use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
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
    if options.protection == Protection::NoneHere && !options.listen.ip().is_loopback() {
        return Err(Failure::Setup(anyhow!(
            "{} can be reached from other machines, and passwords would travel in clear: use --tls self-signed, or \
             --tls-certificate and --tls-key, or 127.0.0.1; --insecure-http allows it all the same",
            options.listen
        )));
    }
    let listener = bind(options.listen)?;
    let vault = credentials::vault(&options.data)?;
    let claim = match options.claim {
        None => restore::claim(&options.data)?.0,
        claimed => claimed,
    };
    let mut routers = options.settings.routers;
    let people = People::open(vault.clone()).map_err(Failure::setup)?;
    credentials::settle(&options.settings_file, &vault, &people)?;
    crate::store::file::remove_leftovers(&options.settings_file);
    credentials::seal(&mut routers, &vault, &options.settings_file)?;
    if routers.is_empty() {
        tracing::warn!(
            "no routers in the settings yet: an admin adds them in the browser; or try `tikwatch demo`"
        );
    }
    let recorders = recorders(&routers, &options.data)?;
    let store = vault.store().clone();
    first_admin::make(&people, |name| std::env::var_os(name), jiff::Timestamp::now()).await?;
    let hosts = Hosts::new(&options.settings.allowed_hosts).map_err(Failure::setup)?;
    let proxies = options.settings.trusted_proxies.join(",").parse::<Proxies>().map_err(Failure::setup)?;
    let tls = tls(&options.protection, &options.data, options.listen, &options.settings.allowed_hosts)?;
    let door = Door::new(people, proxies, hosts, tls.is_some());
    let recovered = store.recovery().map(|recovery| Arc::new(upkeep::recovered(recovery)));
    let file = SettingsFile::new(&options.settings_file, options.environment);
    let file = file.loopback_only(options.protection == Protection::NoneHere);
    let ours = Arc::new(contents::Source { data: options.data, vault: vault.clone(), file: file.clone() });
    let control = control::start(Arc::clone(&ours), door.people().clone());
    let whole = actix_web::rt::spawn(automatic::make_now_and_then(ours, options.settings.backups));
    let backing_up = actix_web::rt::spawn(upkeep::back_up_now_and_then(store.clone()));
    let (room, disk_full) = watch::channel(store.is_full());
    let looking = actix_web::rt::spawn(upkeep::look_for_room(store.clone(), door.people().clone(), room));
    let watched =
        Watched { recorders, file: Some(file), recovered, disk_full, ..Watched::new(routers, vault) };
    let ended = run(listener, tls, watched, door, options.entries).await;
    // Nobody asks a service that ends, and nobody replaces what it writes.
    drop(control);
    whole.abort();
    backing_up.abort();
    looking.abort();
    upkeep::back_up(store).await;
    drop(claim);
    ended
}

/// What is watched and shown.
pub(super) struct Watched {
    /// The routers.
    pub(super) routers: Vec<RouterSettings>,
    /// Those that are recorded.
    pub(super) recorders: Recorders,
    /// Where they are set, unless they are made up.
    pub(super) file: Option<SettingsFile>,
    /// Where their passwords are kept.
    pub(super) vault: Vault,
    /// Whether all of it is made up.
    pub(super) demo: bool,
    /// What became of what is kept, if it was damaged.
    pub(super) recovered: Option<Arc<Recovered>>,
    /// Whether the disk is full.
    pub(super) disk_full: watch::Receiver<bool>,
    /// What time it is in the recording that is shown.
    pub(super) replay: Option<watch::Receiver<ReplayTime>>,
}

impl Watched {
    /// These routers, which nobody set.
    pub(super) fn new(routers: Vec<RouterSettings>, vault: Vault) -> Self {
        let recorders = Recorders::default();
        let (_, disk_full) = watch::channel(false);
        Self { routers, recorders, file: None, vault, demo: false, recovered: None, disk_full, replay: None }
    }
}

/// The certificate that the server shows, if it speaks HTTPS.
fn tls(
    protection: &Protection,
    data: &Path,
    listen: SocketAddr,
    hosts: &[String],
) -> Result<Option<Arc<Tls>>, Failure> {
    let source = match protection {
        Protection::Files { certificate, key } => {
            Source::Files { certificate: certificate.clone(), key: key.clone() }
        }
        Protection::SelfSigned => {
            let machine = rustix::system::uname().nodename().to_string_lossy().to_ascii_lowercase();
            let hosts = hosts.iter().map(|host| host.trim_end_matches('.').to_ascii_lowercase());
            let names = [listen.ip().to_string(), machine].into_iter().chain(hosts).collect();
            Source::SelfSigned { data: data.to_owned(), names }
        }
        Protection::NoneHere => return Ok(None),
        Protection::NoneAnywhere => {
            tracing::warn!("plain HTTP: whoever is on the way can read passwords and data");
            return Ok(None);
        }
    };
    let tls = Tls::open(source, jiff::Timestamp::now()).map_err(Failure::setup)?;
    tracing::info!("HTTPS with a certificate of SHA-256 {}", tls.fingerprint());
    Ok(Some(Arc::new(tls)))
}

/// Begins to record the routers of which the settings say so.
fn recorders(routers: &[RouterSettings], data: &Path) -> Result<Recorders, Failure> {
    let folder = data.join("recordings");
    let mut recorders = Recorders::into(folder.clone());
    for router in routers.iter().filter(|router| router.enabled && router.record) {
        recorders
            .begin(&router.name)
            .with_context(|| format!("cannot record `{}` in {}", router.name, folder.display()))?;
    }
    Ok(recorders)
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
    tls: Option<Arc<Tls>>,
    watched: Watched,
    door: Door,
    entries: mpsc::Receiver<LogEntry>,
) -> Result<(), Failure> {
    let address = listener.local_addr().context("the listener has no address")?;
    let mut stop = Stop::listen()?;
    raise_limits();

    let (changes, _) = broadcast::channel(CHANGES_KEPT);
    let (stopping, is_stopping) = watch::channel(false);
    let restarts = Restarts { recorders: watched.recorders.restarts(), ..Restarts::default() };
    let (book, log) = LogBook::open(entries, &restarts.log_book);
    let (clear_log, orders) = mpsc::channel(1);
    book.do_send(actors::Obey(orders));
    let (groups, change_groups, keeper) = groups(door.people(), &restarts)?;
    let Watched { routers, recorders, file, vault, demo, recovered, disk_full, replay } = watched;
    let taps = recorders.taps();
    let (fleet, views) = actors::fleet::start(routers, &taps, &changes, &book, &restarts.fleet);
    let recorders = Arc::new(Mutex::new(recorders));
    let ledger = Box::new(door.people().clone());
    let of_settings =
        actors::SettingsKeeper::new(file, Box::new(vault), ledger, fleet.clone(), Arc::clone(&recorders))
            .counting(&restarts.keepers);
    let (settings, settings_thread) = settings(of_settings)?;
    let (jobs, order_jobs, (job_keeper, jobs_thread)) = jobs(door.people(), views.clone(), &restarts);
    let state = State {
        restarts,
        routers: views,
        changes,
        log,
        clear_log,
        debug_log: debug_log::start(),
        groups,
        change_groups,
        settings,
        jobs,
        order_jobs,
        stopping: is_stopping,
        started: Moment::new(Instant::now(), jiff::Timestamp::now()),
        demo,
        recovered,
        disk_full,
        replay,
    };

    http::check(&[&api::routes(), &web::routes()]).context("the routes and their table differ")?;
    let templates = Data::new(web::templates().context("the built-in pages are damaged")?);
    let live = Data::new(api::Live::start(state.clone()));
    let (rendered, held) = (Data::new(api::Rendered::default()), Data::new(web::HeldFiles::default()));
    let performance = Data::new(http::Performance::default());
    let state = Data::new(state);
    let people = Data::new(door.people().clone());
    let door = Data::new(door);
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{address}");
    let (at_door, link) = (Data::clone(&door), links(&door, &url)?);
    let watch = Watch::start();
    let server = HttpServer::new(move || {
        App::new()
            .wrap(from_fn(http::guard))
            .wrap(from_fn(web::pages))
            .wrap(Compress::default())
            .wrap(from_fn(http::encodings))
            .wrap(from_fn(slow::cut))
            .wrap(from_fn(http::headers))
            .wrap(from_fn(http::performance))
            .app_data(people.clone())
            .app_data(at_door.clone())
            .app_data(state.clone())
            .app_data(templates.clone())
            .app_data(live.clone())
            .app_data(rendered.clone())
            .app_data(performance.clone())
            .app_data(held.clone())
            // The API answers everything else under its path, so the page of its documentation comes before.
            .configure(web::configure)
            .configure(api::configure)
    })
    // A live event is small and must not wait for an acknowledgement of the one before.
    .tcp_nodelay(true)
    .on_connect(move |connection, data| watch.connected(connection, data))
    .keep_alive(slow::KEEP_ALIVE)
    .workers(WORKERS)
    .disable_signals()
    .shutdown_timeout(LAST_ANSWERS.as_secs());
    let server = match &tls {
        Some(tls) => server.listen_rustls_0_23(listener, tls.config().map_err(Failure::setup)?),
        None => server.listen(listener),
    };
    let server = server.context("cannot serve on the listener")?.run();
    let handle = server.handle();
    let mut serving = actix_web::rt::spawn(server);
    let tidying = actix_web::rt::spawn(tidy(door, tls));
    tracing::info!(%address, "ready: open {url}");
    // Links that let somebody in are for whoever sits at the console, not for the log.
    std::io::stdout().write_all(link.as_bytes()).context("cannot write to stdout")?;

    let ended = tokio::select! {
        () = stop.told() => Ok(()),
        ended = &mut serving => Err(anyhow!("the server ended by itself: {ended:?}")),
        () = gone(&fleet) => Err(anyhow!("the part that watches routers died; the log says why")),
    };
    tracing::info!("stopping");
    tidying.abort();
    // Live streams never end by themselves; they watch this cell.
    stopping.send_replace(true);
    handle.stop(true).await;
    end(&fleet, &job_keeper, [keeper, settings_thread, jobs_thread], &recorders).await;
    Ok(ended?)
}

/// Ends the watching, the threads of those who change something, and the recordings; no request is left that could change
/// anything.
async fn end(
    fleet: &actix::Addr<actors::Fleet>,
    jobs: &actix::Addr<actors::JobKeeper>,
    threads: [Arbiter; 3],
    recorders: &Mutex<Recorders>,
) {
    // Before routers are left, what is under way on them comes to its end.
    if jobs.send(actors::Stop).await.is_err() {
        tracing::debug!("the keeper of jobs had stopped already");
    }
    if fleet.send(actors::Stop).await.is_err() {
        tracing::debug!("the fleet had stopped already");
    }
    for thread in threads {
        thread.stop();
    }
    let recorders = recorders.lock().unwrap_or_else(PoisonError::into_inner).end();
    for recorder in recorders {
        // What is missing was logged when it was lost.
        let _ = recorder.finish().await;
    }
}

/// What the console says about coming in.
fn links(door: &Door, url: &str) -> Result<String, Failure> {
    let mut text = String::new();
    for (secret, role) in door.demo() {
        let secret = secret.expose_secret();
        let _ = writeln!(text, "Look around as {role}: {url}/enter/{secret}");
    }
    if text.is_empty()
        && let Some(token) = door.people().setup_token(jiff::Timestamp::now()).map_err(Failure::setup)?
    {
        let token = token.expose_secret();
        text = format!("Create the first account within 30 minutes: {url}/setup?token={token}\n");
    }
    Ok(text)
}

/// Forgets what is over, once a minute.
async fn tidy(door: Data<Door>, tls: Option<Arc<Tls>>) {
    let mut minute = tokio::time::interval(Duration::from_secs(60));
    loop {
        minute.tick().await;
        let (door, tls) = (Data::clone(&door), tls.clone());
        let tidied = actix_web::web::block(move || {
            let now = jiff::Timestamp::now();
            door.tidy(now);
            // A certificate that was renewed is shown without a restart.
            if let Some(Err(error)) = tls.map(|tls| tls.refresh(now)) {
                tracing::error!(error = %error, "the certificate cannot be read again: the old one stays");
            }
        });
        if tidied.await.is_err() {
            tracing::error!("sessions and tokens could not be tidied");
        }
    }
}

/// Waits until the fleet is no more, which only a fault of ours can cause.
async fn gone(fleet: &actix::Addr<actors::Fleet>) {
    while fleet.connected() {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
