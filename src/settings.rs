//! `settings.json`, `.env` and the environment, understood before anything starts.
//!
//! The real environment beats `.env`, which beats `settings.json`. Every problem is told at once, with its
//! JSON path; nothing is half-loaded. Nothing here writes: a damaged file stays as it is.
//! Passwords in clear come with the places where they were written, so that they can be sealed and taken out there.

mod backups;
mod credentials;
mod document;
mod edit;
mod environment;
pub mod erase;
mod fields;
mod file;
mod hosts;
mod listen;
mod problems;
mod proxies;
mod router;
mod sources;
mod stored;
mod write_mode;

pub use backups::BackupSettings;
pub use environment::Environment;
pub use hosts::{Host, InvalidHost, authority, host_name};
pub use listen::{InvalidListen, address, loopback};
pub use problems::{Problem, SettingsError};
pub use proxies::{InvalidProxies, networks};
pub use router::{Place, RouterSettings, WrittenPassword, host};
pub use stored::{Rewritten, SettingsFile, Written};
pub use write_mode::WriteMode;

use crate::domain::router::RouterName;
use crate::domain::wrong::Wrong;
use document::Node;
use fields::Fields;
use problems::Problems;
use router::RawRouter;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;

const KEYS: [&str; 11] = [
    "routers",
    "listen",
    "allowed_hosts",
    "trusted_proxies",
    "log_level",
    "allow_loopback_routers",
    "backups",
    "router_ip",
    "router_user",
    "router_password",
    "router_port",
];

/// All settings, checked.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The routers, in the order of the file; no two of the same name.
    pub routers: Vec<RouterSettings>,
    /// Where the server listens, if the file says so.
    pub listen: Option<SocketAddr>,
    /// Names that the server answers to, besides addresses and `localhost`.
    pub allowed_hosts: Vec<String>,
    /// Networks of proxies that are believed to say whose requests they pass on.
    pub trusted_proxies: Vec<String>,
    /// The least important level that is logged, if the file says so.
    pub log_level: Option<tracing::Level>,
    /// Whether routers at addresses of this machine may be added and tested from elsewhere.
    pub allow_loopback_routers: bool,
    /// How backups are made by themselves; taken at the start.
    pub backups: BackupSettings,
    /// What `TIKWATCH_LOG` says should be logged; it comes before the two above and below.
    pub log_filter: Option<String>,
    /// Whether `DEBUG` asks for the debug log.
    pub debug: bool,
    /// What the operator should read in the log once it is there: a missing file, variables without effect.
    pub notes: Vec<String>,
}

impl Settings {
    /// What the environment decides beside routers, and the variable that does.
    pub fn overrides(&self) -> Vec<(&'static str, &'static str)> {
        let filter = self.log_filter.as_ref().map(|_| ("log_level", "TIKWATCH_LOG"));
        filter.or(self.debug.then_some(("log_level", "DEBUG"))).into_iter().collect()
    }

    /// Reads the file at `path`, `.env` beside it, and the environment.
    ///
    /// A missing file means no routers, unless the operator named it (`explicit`).
    ///
    /// The variables `MIKROTIK_HOST`, `_USER`, `_PASSWORD` and `_PORT` change the router with that host (of
    /// several the one with that port), else the one that the flat keys make, else without `MIKROTIK_HOST`
    /// the only router there is. If there is none, they make a router named `router1`.
    pub fn load(path: &Path, explicit: bool, environment: &Environment) -> Result<Self, SettingsError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut problems = Problems::default();
        let mut notes = Vec::new();
        let environment = environment.with_file(folder, &mut problems);
        let node = match file::read(path) {
            Ok(Some(bytes)) => Node::parse(&bytes).map_err(|wrong| problems.add("", wrong)).ok(),
            Ok(None) if explicit => {
                problems.add("", Wrong::NoFile);
                None
            }
            Ok(None) => {
                notes.push(format!(
                    "there is no {:?}, so no routers are set there",
                    path.display().to_string()
                ));
                None
            }
            Err(wrong) => {
                problems.add("", wrong);
                None
            }
        };
        let node = node.unwrap_or(Node::Object(Vec::new()));
        let settings = understand(node, folder, &environment, notes, &mut problems);
        problems.result(path)?;
        Ok(settings)
    }
}

fn understand(
    node: Node,
    folder: &Path,
    environment: &Environment,
    mut notes: Vec<String>,
    problems: &mut Problems,
) -> Settings {
    let mut top = Fields::of(node, "", problems);
    let raw = raw_routers(&mut top, environment, &mut notes, problems);
    let listen = top.parsed("listen", problems, |text| address(text).map_err(Wrong::from));
    // The server would not start with one that is wrong, and must not find that out after somebody saved it.
    let allowed_hosts =
        top.texts("allowed_hosts", problems, |name| host_name(name).map(drop).map_err(Wrong::from));
    let trusted_proxies =
        top.texts("trusted_proxies", problems, |list| networks(list).map(drop).map_err(Wrong::from));
    let log_level = top.parsed("log_level", problems, |text| {
        let known = ["error", "warn", "info", "debug", "trace"].contains(&text);
        text.parse().ok().filter(|_| known).ok_or_else(|| Wrong::LogLevel(text.to_owned()))
    });
    let allow_loopback_routers = top.truth("allow_loopback_routers", problems).unwrap_or(false);
    let backups = BackupSettings::take(&mut top, folder, problems);
    top.finish(&KEYS, problems);
    let mut places = HashMap::<RouterName, String>::new();
    let mut routers = Vec::new();
    for one in raw {
        let place = one.place();
        let path = one.fields.path_of("name");
        let Some(mut router) = one.understand(folder, problems) else { continue };
        for written in &mut router.written {
            if written.place == Place::Environment && environment.is_from_file(router::PASSWORD_VARIABLE) {
                written.place = Place::EnvFile;
            }
        }
        if let Some(first) = places.get(&router.name) {
            problems.add(path, Wrong::NameTaken { name: router.name.to_string(), place: first.clone() });
        }
        places.entry(router.name.clone()).or_insert(place);
        router.allow_own = allow_loopback_routers;
        routers.push(router);
    }
    let log_filter = environment.get("TIKWATCH_LOG").map(ToOwned::to_owned);
    let debug = sources::debug(environment, &mut notes);
    Settings {
        routers,
        listen,
        allowed_hosts,
        trusted_proxies,
        log_level,
        allow_loopback_routers,
        backups,
        log_filter,
        debug,
        notes,
    }
}

/// All routers as they were written, wherever that was.
fn raw_routers(
    top: &mut Fields,
    environment: &Environment,
    notes: &mut Vec<String>,
    problems: &mut Problems,
) -> Vec<RawRouter> {
    let mut raw = sources::listed(top, problems);
    sources::merge_flat_keys(&mut raw, top);
    sources::merge_variables(&mut raw, environment, notes, problems);
    raw
}

#[cfg(test)]
mod tests;
