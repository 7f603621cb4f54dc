//! The keeper of the settings: the only one who changes them, one change after the other.
//!
//! A change is worked out on what the file says at that moment, written beside it, noted with its passwords in the store
//! and the audit log, put in the file's place, and then the routers are watched accordingly. One that was cut off between
//! the store and the file is undone (`settle`), at the start or with the next order.

mod passwords;
#[cfg(test)]
mod tests;
mod unfinished;

pub use unfinished::settle;

use super::check::{Asked, CheckOptions, Writing, check};
use super::fleet::{Arrange, Fleet};
use super::mistakes::Mistakes;
use super::recorder::Recorders;
use crate::domain::check::Report;
use crate::domain::configuration::{
    Change, Configuration, Draft, Fault, Obstacle, Refusal, RouterEntry, WRITE_MODE,
};
use crate::domain::router::RouterName;
use crate::domain::wrong::Wrong;
use crate::settings::{Rewritten, RouterSettings, SettingsFile};
use crate::state::{By, SettingsOrder};
use crate::store::Changes;
use crate::store::file::{self, Replacement};
use crate::store::ledger::{Entry, Ledger, LedgerError, Safe};
use crate::telemetry;
use actix::prelude::*;
use jiff::Timestamp;
use passwords::Secrets;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::net::{IpAddr, UdpSocket};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// What a router is called that is tested before it has a name.
const UNNAMED: &str = "unnamed-router";

/// Keeps the settings. It waits for the disk, and so needs a thread of its own.
pub struct SettingsKeeper {
    /// None in a demo.
    file: Option<SettingsFile>,
    safe: Box<dyn Safe>,
    ledger: Box<dyn Ledger>,
    fleet: Addr<Fleet>,
    recorders: Arc<Mutex<Recorders>>,
    /// Whose test is under way.
    testing: Arc<Mutex<HashSet<String>>>,
    /// How many orders ended in a panic.
    mistakes: Arc<AtomicU64>,
}

impl SettingsKeeper {
    /// Keeps this file, for the fleet that watches what it says.
    pub fn new(
        file: Option<SettingsFile>,
        safe: Box<dyn Safe>,
        ledger: Box<dyn Ledger>,
        fleet: Addr<Fleet>,
        recorders: Arc<Mutex<Recorders>>,
    ) -> Self {
        Self { file, safe, ledger, fleet, recorders, testing: Arc::default(), mistakes: Arc::default() }
    }

    /// Adds orders that end in a panic to these.
    #[must_use]
    pub fn counting(self, mistakes: &Arc<AtomicU64>) -> Self {
        Self { mistakes: Arc::clone(mistakes), ..self }
    }

    /// Does what is ordered, as long as somebody may order something.
    pub async fn obey(self, mut orders: mpsc::Receiver<SettingsOrder>) {
        while let Some(order) = orders.recv().await {
            // Somebody who left meanwhile is not told.
            match order {
                SettingsOrder::Read(answer) => drop(answer.send(self.guarded(Self::read))),
                SettingsOrder::Change { change, version, by, answer } => {
                    let changed = self.guarded(|this| this.change(&change, version, &by));
                    let told = match changed {
                        Ok(routers) => {
                            self.watch(routers).await;
                            self.guarded(Self::read)
                        }
                        Err(refusal) => Err(refusal),
                    };
                    drop(answer.send(told));
                }
                SettingsOrder::TryOut { change, version, answer } => {
                    let tried = self.guarded(|this| {
                        let file = this.settled_file()?;
                        this.rewrite(file, &change, version).map(|_| ())
                    });
                    drop(answer.send(tried));
                }
                SettingsOrder::Test { router, draft, by, answer } => {
                    match self.guarded(|this| this.to_test(router.as_ref(), &draft, &by)) {
                        Ok(options) => self.test(options, by.who, answer),
                        Err(refusal) => drop(answer.send(Err(refusal))),
                    }
                }
            }
        }
    }

    /// A mistake in one order must not be the end of all others.
    fn guarded<T>(&self, act: impl FnOnce(&Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        Mistakes::caught_in(&self.mistakes, || act(self)).unwrap_or_else(|| {
            tracing::error!("an order about settings ended in a panic");
            Err(Refusal::Failed)
        })
    }

    fn file(&self) -> Result<&SettingsFile, Refusal> {
        self.file.as_ref().ok_or(Refusal::Demo)
    }

    /// The file, to which the passwords that are kept belong for certain.
    fn settled_file(&self) -> Result<&SettingsFile, Refusal> {
        let file = self.file()?;
        settle(file.path(), &*self.safe, &*self.ledger).map_err(|error| refused(&error))?;
        Ok(file)
    }

    /// The settings as they are by now.
    fn read(&self) -> Result<Configuration, Refusal> {
        let own_address = own_address();
        let Some(file) = &self.file else {
            let (file, obstacle) = (String::new(), Some(Obstacle::Demo));
            let (routers, general, overrides) = (Vec::new(), Map::new(), Vec::new());
            return Ok(Configuration {
                version: 0,
                file,
                obstacle,
                routers,
                general,
                overrides,
                own_address,
            });
        };
        let written = file.read()?;
        let mut routers = file.routers(&written);
        self.tell_passwords(&mut routers)?;
        let obstacle = obstacle(file);
        let overrides = written.settings.overrides();
        let general = file.general(&written);
        let path = file.path().display().to_string();
        let version = written.version;
        Ok(Configuration { version, file: path, obstacle, routers, general, overrides, own_address })
    }

    /// Has the routers watched as they are set by now.
    async fn watch(&self, routers: Vec<RouterSettings>) {
        let (taps, ended) = self.recorders.lock().unwrap_or_else(PoisonError::into_inner).arrange(&routers);
        if self.fleet.send(Arrange { routers, taps }).await.is_err() {
            tracing::debug!("the fleet has stopped");
        }
        for recorder in ended {
            // It ends when the crew that had its tap is gone; what is missing is logged there.
            actix::spawn(async move { drop(recorder.finish().await) });
        }
    }

    /// Works a change out: what it is without what stays, what the file would say, and which passwords would be kept.
    fn rewrite(
        &self,
        file: &SettingsFile,
        change: &Change,
        version: Option<u64>,
    ) -> Result<(Change, Rewritten, Secrets), Refusal> {
        let written = file.read()?;
        if version.is_some_and(|version| version != written.version) {
            return Err(Refusal::Stale(written.version));
        }
        let change = narrowed(change, &file.routers(&written), &file.general(&written));
        let rewritten = file.change(&written, &change)?;
        let secrets = self.secrets(&written, &rewritten.settings.routers, &change)?;
        Ok((change, rewritten, secrets))
    }

    /// Brings a change about; gives the routers as they are to be watched.
    fn change(&self, change: &Change, version: Option<u64>, by: &By) -> Result<Vec<RouterSettings>, Refusal> {
        let file = self.settled_file()?;
        let (change, rewritten, secrets) = self.rewrite(file, change, version)?;
        let mut routers = rewritten.settings.routers;
        let not_writable = |error: std::io::Error| Refusal::NotWritable((&error).into());
        let text = rewritten.text.as_bytes();
        let replacement = Replacement::of(file.path(), text).map_err(not_writable)?;
        let prepared = file::prepare(file.path(), text).map_err(not_writable)?;
        let (action, object) = change.deed();
        let entry = |object: String| Entry::done(&by.who, &by.from, action, object);
        self.write(&secrets, &replacement, entry(object.clone()))?;
        if let Err(error) = prepared.put_in_place() {
            // Nothing may be left of a change that was not made.
            self.undo(entry(format!("{object}: undone, since the file could not be written")))?;
            return Err(not_writable(error));
        }
        if !secrets.is_empty() {
            self.note_made();
        }
        tracing::info!(by = %by.who, "the settings were changed: {action} {object}");
        telemetry::set_level(rewritten.settings.log_level);
        self.unseal(&mut routers)?;
        Ok(routers)
    }

    /// What is to be tested, once it is known that it may be.
    fn to_test(&self, router: Option<&RouterName>, draft: &Draft, by: &By) -> Result<CheckOptions, Refusal> {
        let file = self.settled_file()?;
        let written = file.read()?;
        let mut draft = draft.clone();
        // One that is not there yet is as good as none.
        let router = router.filter(|name| written.settings.routers.iter().any(|one| one.name == **name));
        let change = if let Some(name) = router {
            Change::SetRouter { name: name.clone(), draft: draft.clone() }
        } else {
            draft.values.insert("name".to_owned(), Value::from(UNNAMED));
            Change::AddRouter(draft.clone())
        };
        let name = router.map_or(UNNAMED, RouterName::as_str);
        let settings = file.change(&written, &change)?.settings;
        let tested = settings.routers.into_iter().find(|one| one.name.as_str() == name);
        let mut tested = tested.ok_or(Refusal::NoSuchRouter)?;
        let before = written.settings.routers.iter().find(|one| one.name == tested.name);
        self.check_passwords(before, &tested, &draft)?;
        self.give_passwords(before, &mut tested, &draft)?;
        let asked = Asked::Elsewhere { allow_own: settings.allow_loopback_routers };
        let mut testing = self.testing.lock().unwrap_or_else(PoisonError::into_inner);
        if !testing.insert(by.who.clone()) {
            return Err(Refusal::Busy);
        }
        let RouterSettings { endpoint, username, password, charset, forbid_clear_sign_in, .. } = tested;
        let writing = Writing::new(tested.write_mode);
        let object = format!("{endpoint} as {username:?}{}", writing.also());
        let entry = Entry::done(&by.who, &by.from, "router.test", object);
        if let Err(error) = self.ledger.write(Changes::default(), &[entry], Timestamp::now()) {
            testing.remove(&by.who);
            return Err(refused(&error));
        }
        let password = password.unwrap_or_default();
        Ok(CheckOptions { endpoint, username, password, charset, forbid_clear_sign_in, asked, writing })
    }

    /// Tests a connection beside everything else.
    fn test(&self, options: CheckOptions, who: String, answer: oneshot::Sender<Result<Report, Refusal>>) {
        let testing = Arc::clone(&self.testing);
        actix::spawn(async move {
            let report = check(&options, &mut std::io::sink()).await;
            testing.lock().unwrap_or_else(PoisonError::into_inner).remove(&who);
            drop(answer.send(Ok(report)));
        });
    }
}

impl std::fmt::Debug for SettingsKeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SettingsKeeper").field("file", &self.file).finish_non_exhaustive()
    }
}

/// Why nothing came of an order whose writing failed.
fn refused(error: &LedgerError) -> Refusal {
    tracing::error!(error = %error.source, "a change of the settings could not be kept");
    if error.is_full_disk { Refusal::FullDisk } else { Refusal::Failed }
}

/// The change without what stays as it is, so that the audit log tells what is another.
fn narrowed(change: &Change, entries: &[RouterEntry], general: &Map<String, Value>) -> Change {
    let is_another = |before: &Map<String, Value>, key: &String, value: &Value| {
        let before = before.get(key).unwrap_or(&Value::Null);
        // Write mode is off as well without its key, and is told only where it is switched.
        let is_off = |value: &Value| matches!(value, Value::Null | Value::Bool(false));
        before != value && !(key == WRITE_MODE && is_off(before) && is_off(value))
    };
    let (name, draft) = match change {
        Change::SetRouter { name, draft } => (name, draft),
        Change::SetGeneral(values) => {
            let mut values = values.clone();
            values.retain(|key, value| is_another(general, key, value));
            return Change::SetGeneral(values);
        }
        Change::Several(changes) => {
            let each = changes.iter().map(|change| narrowed(change, entries, general));
            return Change::Several(each.collect());
        }
        _ => return change.clone(),
    };
    let mut draft = draft.clone();
    draft.values.shift_remove("name");
    if let Some(entry) = entries.iter().find(|entry| entry.name == name.as_str()) {
        draft.values.retain(|key, value| is_another(&entry.values, key, value));
    }
    Change::SetRouter { name: name.clone(), draft }
}

/// Where a router may be that is set from elsewhere.
fn check_place(host: &str, asked: Asked) -> Result<(), Refusal> {
    let bare = host.split('%').next().unwrap_or(host);
    let address = if host == "localhost" { Ok(IpAddr::from([127, 0, 0, 1])) } else { bare.parse() };
    match address {
        Ok(address) if !asked.may_call(address) => {
            Err(Refusal::Faults(vec![Fault::new("host", Wrong::ForbiddenTarget)]))
        }
        _ => Ok(()),
    }
}

/// Why the file could not be written, as far as that can be seen without trying.
fn obstacle(file: &SettingsFile) -> Option<Obstacle> {
    let folder = file.path().parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(std::path::Path::new("."));
    let is_closed = rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_err();
    is_closed.then_some(Obstacle::Folder)
}

/// The address by which we call others; nothing is sent to find out.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    socket.connect(("192.0.2.1", 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|address| !address.is_loopback())
}
