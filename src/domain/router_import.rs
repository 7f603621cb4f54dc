//! Routers from a file of the earlier program, its `data/routers.json`: what would be added, set otherwise or left alone.
//!
//! Its id of a router becomes our name, so that its files of groups and categories find the router; its name becomes our
//! label. A router that is there is never made less safe: one with TLS is left alone by a file without it.

mod read;

use super::configuration::{Change, Configuration, Draft, Fault, Password, RouterEntry};
use super::router::RouterName;
use super::wrong::WrongImport;
use read::Incoming;
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The most routers of a file.
pub const MOST: usize = 1_000;

/// What becomes of one router of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// It is added.
    Add,
    /// The one of this name is set otherwise: these keys.
    Change(Vec<String>),
    /// It is there, just so.
    Unchanged,
    /// It is left alone.
    Skip(Why),
}

impl Deed {
    /// One word: `added`, `changed`, `unchanged` or `skipped`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Add => "added",
            Self::Change(_) => "changed",
            Self::Unchanged => "unchanged",
            Self::Skip(_) => "skipped",
        }
    }
}

/// Why a router of a file is left alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Another name leads there already.
    #[error("host and port are those of `{0}` already: set that one otherwise, if anything")]
    SameAddress(String),
    /// It is not the settings file's.
    #[error("the router of this name comes from the environment: change it there")]
    Environment,
    /// The file would have the password sent in clear from now on.
    #[error(
        "the router of this name is set with TLS, and the file has it without: change it on its own page"
    )]
    HasTls,
    /// It would be elsewhere, and the file lacks one of the two passwords that would go there.
    #[error(
        "host, port or TLS would be another, and the router of this name has a password for changes, which has to be \
         typed again: change it on its own page"
    )]
    WriteMode,
}

/// One router of a file.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its name here.
    pub name: RouterName,
    /// What people call it.
    pub label: String,
    /// Where it is.
    pub host: String,
    /// The port of its API.
    pub port: u64,
    /// Whom we sign in as.
    pub username: String,
    /// Whether its connection shall be protected: its certificate has to be accepted then.
    pub tls: bool,
    /// Whether it shall be watched.
    pub enabled: bool,
    /// Whether its password is taken from the file.
    pub takes_password: bool,
    /// What becomes of it.
    pub deed: Deed,
}

impl Line {
    /// Whether its certificate has to be accepted before it can be watched.
    pub fn needs_certificate(&self) -> bool {
        let is_new = match &self.deed {
            Deed::Add => true,
            Deed::Change(keys) => keys.iter().any(|key| key == "tls"),
            Deed::Unchanged | Deed::Skip(_) => false,
        };
        self.tls && is_new
    }
}

/// All that a file would bring about.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its routers, in their order.
    pub lines: Vec<Line>,
    changes: Vec<Change>,
    /// Where in the file each change comes from.
    places: Vec<usize>,
}

impl Plan {
    /// What this file brings about, as the settings are by now; or all that is wrong with it.
    pub fn new(json: &[u8], now: &Configuration) -> Result<Self, Vec<Fault>> {
        let routers = read::routers(json)?;
        check_twice(&routers)?;
        let mut plan = Self { lines: Vec::new(), changes: Vec::new(), places: Vec::new() };
        for (at, router) in routers.into_iter().enumerate() {
            let (deed, draft) = deed(&router, now);
            let takes_password = draft.as_ref().is_some_and(|draft| draft.password.is_some());
            let change = match (&deed, draft) {
                (Deed::Add, Some(draft)) => Some(Change::AddRouter(draft)),
                (_, Some(draft)) => Some(Change::SetRouter { name: router.name.clone(), draft }),
                (_, None) => None,
            };
            if let Some(change) = change {
                plan.changes.push(change);
                plan.places.push(at);
            }
            let port = router.port();
            let Incoming { name, label, host, username, tls, enabled, .. } = router;
            plan.lines.push(Line { name, label, host, port, username, tls, enabled, takes_password, deed });
        }
        Ok(plan)
    }

    /// The change of the settings, if there is any.
    pub fn change(&self) -> Option<Change> {
        (!self.changes.is_empty()).then(|| Change::Several(self.changes.clone()))
    }

    /// How many routers become of this word.
    pub fn count(&self, word: &str) -> usize {
        self.lines.iter().filter(|line| line.deed.word() == word).count()
    }

    /// Faults of the change as faults of the file: by its places and its keys.
    pub fn faults(&self, faults: Vec<Fault>) -> Vec<Fault> {
        let told = |fault: Fault| {
            let own = fault.field.strip_prefix("changes[").and_then(|rest| rest.split_once(']'));
            let Some((at, key)) = own else { return fault };
            let place = at.parse().ok().and_then(|at: usize| self.places.get(at));
            let Some(place) = place else { return fault };
            let key = match key.trim_start_matches('.') {
                "" => String::new(),
                "name" => ".id".to_owned(),
                "label" => ".name".to_owned(),
                "tls" => ".use_ssl".to_owned(),
                key => format!(".{key}"),
            };
            Fault::new(format!("[{place}]{key}"), WrongImport::Setting(Box::new(fault.wrong)))
        };
        faults.into_iter().map(told).collect()
    }
}

/// Two of a file that want the same name, or lead to the same place.
fn check_twice(routers: &[Incoming]) -> Result<(), Vec<Fault>> {
    let (mut names, mut places) = (HashMap::new(), HashMap::new());
    let mut faults = Vec::new();
    for (at, router) in routers.iter().enumerate() {
        if let Some(first) = names.insert(&router.name, at) {
            faults.push(Fault::new(format!("[{at}].id"), WrongImport::SameId(first)));
        } else if let Some(first) = places.insert((router.host.to_ascii_lowercase(), router.port()), at) {
            faults.push(Fault::new(format!("[{at}].host"), WrongImport::SamePlace(first)));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Whether a router that is set has its connection protected.
fn has_tls(entry: &RouterEntry) -> bool {
    !matches!(entry.text("tls"), "" | "off")
}

fn usual_port(tls: bool) -> u64 {
    if tls { 8729 } else { 8728 }
}

fn port(entry: &RouterEntry) -> u64 {
    entry.values.get("port").and_then(Value::as_u64).unwrap_or_else(|| usual_port(has_tls(entry)))
}

/// What becomes of a router, and the draft that does it.
fn deed(router: &Incoming, now: &Configuration) -> (Deed, Option<Draft>) {
    if let Some(entry) = now.router(router.name.as_str()) {
        return again(router, entry);
    }
    let is_same = |entry: &&RouterEntry| {
        entry.text("host").eq_ignore_ascii_case(&router.host) && port(entry) == router.port()
    };
    if let Some(same) = now.routers.iter().find(is_same) {
        return (Deed::Skip(Why::SameAddress(same.name.clone())), None);
    }
    let mut values = Map::new();
    let mut put = |key: &str, value: Value| values.insert(key.to_owned(), value);
    put("name", Value::from(router.name.as_str()));
    if !router.label.is_empty() {
        put("label", Value::from(router.label.as_str()));
    }
    put("host", Value::from(router.host.as_str()));
    if router.port() != usual_port(router.tls) {
        put("port", Value::from(router.port()));
    }
    put("username", Value::from(router.username.as_str()));
    if router.tls {
        // Which certificate is the right one the earlier program never knew: it is accepted here, once.
        put("tls", Value::from("pin"));
    }
    if !router.enabled {
        put("enabled", Value::Bool(false));
    }
    (Deed::Add, Some(Draft { values, password: router.password.clone(), ..Draft::default() }))
}

/// What becomes of a router whose name is there.
fn again(router: &Incoming, entry: &RouterEntry) -> (Deed, Option<Draft>) {
    if entry.is_from_environment {
        return (Deed::Skip(Why::Environment), None);
    }
    if has_tls(entry) && !router.tls {
        return (Deed::Skip(Why::HasTls), None);
    }
    let mut values = Map::new();
    let mut put = |key: &str, is_another: bool, value: Value| {
        if is_another && !entry.fixed.iter().any(|fixed| fixed == key) {
            values.insert(key.to_owned(), value);
        }
    };
    let label = if router.label.is_empty() { entry.text("label") } else { router.label.as_str() };
    put("label", label != entry.text("label"), Value::from(label));
    put("host", router.host != entry.text("host"), Value::from(router.host.as_str()));
    put("port", router.port() != port(entry), Value::from(router.port()));
    put("username", router.username != entry.text("username"), Value::from(router.username.as_str()));
    put("tls", router.tls && !has_tls(entry), Value::from("pin"));
    let goes_elsewhere = ["host", "port", "tls"].iter().any(|key| values.contains_key(*key));
    if goes_elsewhere && entry.write_password != Password::None {
        return (Deed::Skip(Why::WriteMode), None);
    }
    let leads_elsewhere = goes_elsewhere || values.contains_key("username");
    let is_fixed = entry.fixed.iter().any(|fixed| fixed == "password");
    // A password that is kept may be newer than the file's: it is another matter if what it is for is another.
    let takes = !is_fixed && (leads_elsewhere || entry.password == Password::None);
    let password: Option<SecretString> = router.password.clone().filter(|_| takes);
    let mut keys: Vec<String> = values.keys().cloned().collect();
    keys.extend(password.is_some().then(|| "password".to_owned()));
    if keys.is_empty() {
        return (Deed::Unchanged, None);
    }
    (Deed::Change(keys), Some(Draft { values, password, ..Draft::default() }))
}

#[cfg(test)]
mod tests;
