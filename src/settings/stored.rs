//! The settings file while the program runs: read anew each time, changed as a whole, and only to what can be used.

use super::document::Node;
use super::fields::Fields;
use super::problems::{Problem, Problems, SettingsError};
use super::router::{PASSWORD_VARIABLE, Place, RouterSettings};
use super::{Environment, Settings, edit, erase, file, raw_routers, understand};
use crate::domain::configuration::{Change, Fault, Password, Refusal, RouterEntry, Unusable};
use crate::domain::credential::Credential;
use crate::domain::wrong::Wrong;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where the settings are, and the variables that come before them.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    path: PathBuf,
    environment: Environment,
    /// Whether the service starts with an address of this machine only, for want of TLS.
    is_loopback_only: bool,
}

/// What the file says at one moment.
pub struct Written {
    node: Node,
    /// Grows with nothing, and is another for each other text.
    pub version: u64,
    /// What it means.
    pub settings: Settings,
}

/// What the file shall say, checked.
pub struct Rewritten {
    /// The text.
    pub text: String,
    /// What it means; passwords that stood in the text are here, and not in it.
    pub settings: Settings,
}

impl SettingsFile {
    /// The file at this path, for a process with these variables.
    pub fn new(path: &Path, environment: Environment) -> Self {
        Self { path: path.to_owned(), environment, is_loopback_only: false }
    }

    /// For a service that would not start with an address that other machines can reach.
    #[must_use]
    pub fn loopback_only(self, is_loopback_only: bool) -> Self {
        Self { is_loopback_only, ..self }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Reads it. What cannot be read or understood is told, and is never written over.
    pub fn read(&self) -> Result<Written, Refusal> {
        let bytes = file::read(&self.path).map_err(unreadable)?;
        let version = bytes.as_deref().map_or(0, version);
        let node = match &bytes {
            Some(bytes) => Node::parse(bytes).map_err(unreadable)?,
            None => Node::Object(Vec::new()),
        };
        let settings = self.understand(node.clone()).map_err(|error| unusable(&error))?;
        Ok(Written { node, version, settings })
    }

    /// A text of the file without the passwords that stand in it in clear; nothing if it cannot be understood, so that
    /// nobody knows where they stand.
    pub fn without_passwords(&self, text: &[u8]) -> Option<String> {
        let settings = self.understand(Node::parse(text).ok()?).ok()?;
        let text = String::from_utf8(text.to_vec()).ok()?;
        erased(text, &settings)
    }

    fn understand(&self, node: Node) -> Result<Settings, SettingsError> {
        let mut problems = Problems::default();
        let environment = self.environment.with_file(self.folder(), &mut problems);
        let settings = understand(node, self.folder(), &environment, Vec::new(), &mut problems);
        problems.result(&self.path)?;
        Ok(settings)
    }

    /// Works a change out; what is wrong with it is told field by field, and nothing is written.
    pub fn change(&self, written: &Written, change: &Change) -> Result<Rewritten, Refusal> {
        let entries = self.routers(written);
        let mut node = written.node.clone();
        for (at, one) in change.each().iter().enumerate() {
            let fixed = fixed(one, &entries)?;
            node = edit::apply(node, one, &fixed).map_err(|refusal| refusal.within(&change.place(at)))?;
        }
        let place = |(at, one)| (place(&node, one), change.place(at));
        let places: Vec<(String, String)> = change.each().iter().enumerate().map(place).collect();
        let settings = self.understand(node.clone()).map_err(|error| {
            Refusal::Faults(error.problems().iter().map(|one| fault(one, &places)).collect())
        })?;
        self.check_listen(change, settings.listen)?;
        check_variables(&written.settings.routers, &settings.routers)?;
        let mut text = serde_json::to_string_pretty(&Value::from(&node)).unwrap_or_default();
        text.push('\n');
        let text = erased(text, &settings).ok_or(Refusal::Failed)?;
        Ok(Rewritten { text, settings })
    }

    /// Nobody saves an address with which the next start would be refused.
    fn check_listen(&self, change: &Change, listen: Option<SocketAddr>) -> Result<(), Refusal> {
        let is_set = matches!(change, Change::SetGeneral(values) if values.contains_key("listen"));
        match listen {
            Some(listen) if is_set && self.is_loopback_only && !listen.ip().is_loopback() => {
                let wrong = Wrong::NotLoopbackWithoutTls(listen);
                Err(Refusal::Faults(vec![Fault::new("listen", wrong)]))
            }
            _ => Ok(()),
        }
    }

    /// All routers as they are set, with what of them the environment decides. How their passwords are known is for
    /// whoever keeps them.
    pub fn routers(&self, written: &Written) -> Vec<RouterEntry> {
        let mut problems = Problems::default();
        let environment = self.environment.with_file(self.folder(), &mut problems);
        let mut top = Fields::of(written.node.clone(), "", &mut problems);
        let raw = raw_routers(&mut top, &environment, &mut Vec::new(), &mut problems);
        let entry = |one: super::router::RawRouter| {
            let is_from_environment = one.is_from_variables();
            let (mut values, mut fixed, mut name) = (Map::new(), Vec::new(), String::new());
            let (mut password, mut write_password) = (Password::None, Password::None);
            for field in one.fields.into_list() {
                let is_fixed = field.path.starts_with("MIKROTIK_");
                if is_fixed {
                    fixed.push(field.key.clone());
                }
                let known =
                    if field.path == PASSWORD_VARIABLE { Password::Environment } else { Password::Kept };
                match (Credential::of_key(&field.key), field.key.as_str(), &field.value) {
                    (Some(Credential::Watch), ..) => password = known,
                    (Some(Credential::Write), ..) => write_password = known,
                    (None, "name", Node::Text(text)) => name.clone_from(text),
                    _ => {
                        values.insert(field.key, Value::from(&field.value));
                    }
                }
            }
            RouterEntry { name, values, password, write_password, fixed, is_from_environment }
        };
        raw.into_iter().map(entry).collect()
    }

    /// The keys beside the routers that are set.
    pub fn general(&self, written: &Written) -> Map<String, Value> {
        let Node::Object(entries) = &written.node else { return Map::new() };
        let of_routers = |key: &str| key == "routers" || key.starts_with("router_");
        let general = entries.iter().filter(|(key, _)| !of_routers(key));
        general.map(|(key, node)| (key.clone(), Value::from(node))).collect()
    }
}

/// The password of the environment stays where it is: when the router that has it goes, another one of the same host would
/// be taken for the one that is meant.
fn check_variables(before: &[RouterSettings], after: &[RouterSettings]) -> Result<(), Refusal> {
    let is_meant = |router: &&RouterSettings| {
        router.written.first().is_some_and(|one| !matches!(one.place, Place::Settings(_)))
    };
    let (Some(old), Some(new)) = (before.iter().find(is_meant), after.iter().find(is_meant)) else {
        return Ok(());
    };
    let was_there = before.iter().any(|router| router.name == new.name);
    if old.name == new.name || !was_there || old.leads_where(new) {
        return Ok(());
    }
    let wrong = Wrong::PasswordMoves { from: old.name.to_string(), to: new.name.to_string() };
    Err(Refusal::Faults(vec![Fault::new("MIKROTIK_PORT", wrong)]))
}

/// Nothing is changed in what cannot be read.
fn unreadable(wrong: Wrong) -> Refusal {
    Refusal::Unreadable(Unusable::new(wrong.to_string(), vec![Fault::new("", wrong)]))
}

/// Nothing is changed in what cannot be understood.
fn unusable(error: &SettingsError) -> Refusal {
    let faults = error.problems().iter().map(|one| Fault::new(one.path.clone(), one.wrong.clone()));
    Refusal::Unreadable(Unusable::new(error.to_string(), faults.collect()))
}

/// The text without the passwords that stand in it, which are these settings.
fn erased(mut text: String, settings: &Settings) -> Option<String> {
    for written in settings.routers.iter().flat_map(RouterSettings::all_written) {
        if let Place::Settings(path) = &written.place {
            text = erase::member(&text, path)?;
        }
    }
    Some(text)
}

/// Of a text: a number that fits into any JSON.
fn version(bytes: &[u8]) -> u64 {
    let hash = Sha256::digest(bytes);
    hash.iter().take(6).fold(1, |number, byte| number << 8 | u64::from(*byte))
}

/// What the environment decides of the router that is changed, once it is known that it may be.
fn fixed(change: &Change, entries: &[RouterEntry]) -> Result<Vec<String>, Refusal> {
    let (Change::SetRouter { name, .. } | Change::RemoveRouter(name) | Change::MoveRouter { name, .. }) =
        change
    else {
        return Ok(Vec::new());
    };
    let entry = entries.iter().find(|entry| entry.name == name.as_str()).ok_or(Refusal::NoSuchRouter)?;
    if entry.is_from_environment { Err(Refusal::Environment) } else { Ok(entry.fixed.clone()) }
}

/// Where what was changed stands in the document.
fn place(node: &Node, change: &Change) -> String {
    let Node::Object(entries) = node else { return String::new() };
    let routers = entries.iter().find(|(key, _)| key == "routers");
    let Some((_, Node::List(routers))) = routers else { return String::new() };
    let is_called = |router: &Node, name: &str| {
        let Node::Object(entries) = router else { return false };
        entries.iter().any(|(key, value)| key == "name" && matches!(value, Node::Text(text) if text == name))
    };
    let at = match change {
        // The last one of the name is the new one, if there was one already; one without a name is the last of all.
        Change::AddRouter(draft) => match draft.values.get("name").and_then(Value::as_str) {
            Some(name) => routers.iter().rposition(|router| is_called(router, name)),
            None => routers.len().checked_sub(1),
        },
        Change::SetRouter { name, .. } => routers.iter().position(|router| is_called(router, name.as_str())),
        _ => None,
    };
    at.map(|at| format!("routers[{at}]")).unwrap_or_default()
}

/// A problem as whoever wanted a change is told: what concerns a router in question by its own keys, within the place of
/// its change.
fn fault(problem: &Problem, places: &[(String, String)]) -> Fault {
    let own = places.iter().filter(|(place, _)| !place.is_empty()).find_map(|(place, told)| {
        let rest = problem.path.strip_prefix(place.as_str())?;
        let is_own = rest.is_empty() || rest.starts_with(['.', '[']);
        is_own.then(|| Fault::new(rest.trim_start_matches('.'), problem.wrong.clone()).within(told))
    });
    own.unwrap_or_else(|| Fault::new(problem.path.clone(), problem.wrong.clone()))
}

impl RouterSettings {
    /// Whether a password that was typed for this router may be used for the other one: who would get it is the same,
    /// and it is protected alike.
    pub fn leads_where(&self, other: &Self) -> bool {
        let (one, two) = (&self.endpoint, &other.endpoint);
        one.host == two.host
            && one.port == two.port
            && std::mem::discriminant(&one.tls) == std::mem::discriminant(&two.tls)
    }
}

#[cfg(test)]
mod tests;
