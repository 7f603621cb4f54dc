//! Menus as tables: what a simulated router has to tell, whoever fills it.
//!
//! The service reads rows through [`Source`] and hears of changes through [`Feed`]; it knows nothing of where
//! they come from. A table may be stored, or be computed from a model at the moment of the read: counters of
//! 50,000 sessions are formatted when someone asks, and not before.

use crate::routeros::server::Request;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// The name of a column; nearly always known when the program is built.
pub type Name = Cow<'static, str>;

/// The cells of one row.
pub trait Cells {
    /// Appends the value in a column of [`Source::columns`]; `false` if the row has none.
    fn put(&self, column: usize, out: &mut Vec<u8>) -> bool;
}

/// Where the rows of a table come from. A row has a key, which is also its `.id`; rows are in the order of keys.
pub trait Source: Send + Sync {
    /// The columns in the router's order, without `.id`.
    fn columns(&self) -> Vec<Name>;

    /// Shows the rows whose key lies above `after`, until `visit` says `false`.
    ///
    /// A long reply is read in pieces, so a print is no snapshot: as on a router, rows may come and go meanwhile.
    fn visit(&self, after: Option<u64>, visit: &mut dyn FnMut(u64, &dyn Cells) -> bool);

    /// Shows the row with this key, if it exists.
    fn find(&self, key: u64, visit: &mut dyn FnMut(&dyn Cells)) {
        let after = key.checked_sub(1);
        self.visit(after, &mut |found, cells| {
            if found == key {
                visit(cells);
            }
            false
        });
    }
}

/// Something that happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is new, or a value other than a counter changed.
    Put(u64),
    /// It is gone.
    Gone(u64),
}

/// A change, marked with who asked to hear of it.
pub type Heard = (u64, Change);

/// The most changes that wait for a listener which does not read; later ones are lost to it, as on a router.
pub const BACKLOG: usize = 65_536;

/// Tells listeners what changes in one table. Counters are no change.
#[derive(Debug, Clone, Default)]
pub struct Feed {
    listeners: Arc<Mutex<Vec<Listener>>>,
}

#[derive(Debug)]
struct Listener {
    mark: u64,
    to: mpsc::Sender<Heard>,
}

impl Feed {
    /// Sends every later change to `to`, with this mark, until its receiver is dropped or [`Feed::forget`].
    pub fn listen(&self, mark: u64, to: mpsc::Sender<Heard>) {
        self.listeners().push(Listener { mark, to });
    }

    /// Ends what [`Feed::listen`] began.
    pub fn forget(&self, mark: u64, to: &mpsc::Sender<Heard>) {
        self.listeners().retain(|listener| listener.mark != mark || !listener.to.same_channel(to));
    }

    /// Tells every listener.
    pub fn tell(&self, change: Change) {
        self.listeners().retain(|listener| {
            !matches!(
                listener.to.try_send((listener.mark, change)),
                Err(mpsc::error::TrySendError::Closed(_))
            )
        });
    }

    fn listeners(&self) -> std::sync::MutexGuard<'_, Vec<Listener>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One menu of the router.
pub struct Menu {
    /// Its rows.
    pub source: Box<dyn Source>,
    /// Its changes; `None` where RouterOS has no `listen`.
    pub feed: Option<Feed>,
    /// One row without `.id`.
    pub singleton: bool,
    /// Whether its rows are samples: `/x/monitor` tells them, and nothing prints them.
    pub is_monitor: bool,
    /// Columns shown only to users with the policy `sensitive`.
    pub sensitive: &'static [&'static str],
}

impl Menu {
    /// A list of items that can be listened to.
    pub fn list(source: impl Source + 'static, feed: Feed) -> Self {
        let source = Box::new(source);
        Self { source, feed: Some(feed), singleton: false, is_monitor: false, sensitive: &[] }
    }

    /// A single row without `.id`, which cannot be listened to.
    pub fn single(source: impl Source + 'static) -> Self {
        let source = Box::new(source);
        Self { source, feed: None, singleton: true, is_monitor: false, sensitive: &[] }
    }

    /// The samples of a command such as `/interface/ethernet/monitor`: rows with a `name` and without `.id`.
    pub fn monitor(source: impl Source + 'static) -> Self {
        Self { is_monitor: true, ..Self::single(source) }
    }

    /// The name of the item with this key.
    pub fn name_of(&self, key: u64) -> Option<Vec<u8>> {
        let column = self.source.columns().iter().position(|column| column == "name")?;
        let mut name = Vec::new();
        let mut is_there = false;
        self.source.find(key, &mut |cells| is_there = cells.put(column, &mut name));
        is_there.then_some(name)
    }

    /// Whether an item has this name.
    pub fn has_name(&self, name: &[u8]) -> bool {
        let Some(column) = self.source.columns().iter().position(|column| column == "name") else {
            return false;
        };
        let mut is_there = false;
        self.source.visit(None, &mut |_, cells| {
            let mut found = Vec::new();
            is_there = cells.put(column, &mut found) && found == name;
            !is_there
        });
        is_there
    }

    /// Hides columns from users without the policy `sensitive`.
    #[must_use]
    pub fn hiding(mut self, columns: &'static [&'static str]) -> Self {
        self.sensitive = columns;
        self
    }
}

/// The rates of an interface right now, in bits per second: received and sent.
pub type Rates = (u64, u64);

/// Answers `/interface/monitor-traffic`.
pub trait Monitor: Send + Sync {
    /// The rates of the interface of this name.
    fn rates(&self, interface: &[u8]) -> Option<Rates>;
}

/// A router's refusal: its category, if it tells one, and its words.
pub type Refused = (Option<u8>, String);

/// Carries out commands that change something.
pub trait Changes: Send + Sync {
    /// Does what a user wants and gives the key of a row that was made; `None` where there is no such command.
    fn change(&self, request: &Request, by: &[u8]) -> Option<Result<Option<u64>, Refused>>;
}

/// All menus of one router.
#[derive(Default)]
pub struct World {
    menus: HashMap<Name, Menu>,
    monitor: Option<Box<dyn Monitor>>,
    changes: Option<Box<dyn Changes>>,
}

impl World {
    /// A router without any menu.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a menu, such as `/ppp/active`.
    pub fn add(&mut self, path: impl Into<Name>, menu: Menu) {
        self.menus.insert(path.into(), menu);
    }

    /// Says who answers `/interface/monitor-traffic`; nobody does until then.
    pub fn monitor_with(&mut self, monitor: impl Monitor + 'static) {
        self.monitor = Some(Box::new(monitor));
    }

    /// Says who carries out what changes something; nobody does until then.
    pub fn change_with(&mut self, changes: impl Changes + 'static) {
        self.changes = Some(Box::new(changes));
    }

    /// Who carries out what changes something.
    pub fn changes(&self) -> Option<&dyn Changes> {
        self.changes.as_deref()
    }

    /// The menu at a path.
    pub fn menu(&self, path: &str) -> Option<&Menu> {
        self.menus.get(path)
    }

    /// Whether a path leads to a menu or to a folder of menus.
    pub fn has(&self, path: &str) -> bool {
        let below = |menu: &str| menu.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        self.menus.contains_key(path) || self.menus.keys().any(|menu| below(menu))
    }

    /// Who answers `/interface/monitor-traffic`.
    pub fn monitor(&self) -> Option<&dyn Monitor> {
        self.monitor.as_deref()
    }

    /// Every menu, sorted.
    pub fn paths(&self) -> Vec<&str> {
        let mut paths: Vec<_> = self.menus.keys().map(AsRef::as_ref).collect();
        paths.sort_unstable();
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_hears_changes_until_it_is_forgotten() {
        let feed = Feed::default();
        let (to, mut heard) = mpsc::channel(BACKLOG);
        feed.listen(7, to.clone());
        feed.tell(Change::Put(1));
        feed.tell(Change::Gone(1));
        feed.forget(7, &to);
        feed.tell(Change::Put(2));
        assert_eq!(heard.try_recv(), Ok((7, Change::Put(1))));
        assert_eq!(heard.try_recv(), Ok((7, Change::Gone(1))));
        assert!(heard.try_recv().is_err());
    }

    #[test]
    fn a_listener_that_is_gone_is_removed() {
        let feed = Feed::default();
        let (to, heard) = mpsc::channel(BACKLOG);
        feed.listen(1, to);
        drop(heard);
        feed.tell(Change::Put(1));
        assert!(feed.listeners().is_empty());
    }
}
