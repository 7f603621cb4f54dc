//! The keeper of groups: the only one who changes them, one change after the other.
//!
//! A change is worked out from what there is, written to the disk together with its entry in the audit log, then shown,
//! then acknowledged. Whatever happens in between, nobody was told of anything that is not kept.

use super::clock;
use super::mistakes::Mistakes;
use crate::domain::groups::{Category, Group, Groups, Id, Outcome, Written};
use crate::state::{GroupOrder, GroupsError};
use crate::store::ledger::{Entry, Ledger, LedgerError};
use crate::store::{Changes, Store, StoreError};
use actix::prelude::*;
use futures_util::stream;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::{mpsc, watch};

const GROUPS: &str = "groups";
const CATEGORIES: &str = "group_categories";

/// Keeps groups and categories. It waits for the disk, and so needs a thread of its own.
pub struct GroupStore {
    store: Store,
    ledger: Box<dyn Ledger>,
    shown: watch::Sender<Arc<Groups>>,
    orders: Option<mpsc::Receiver<GroupOrder>>,
    /// What a write that failed may have left on the disk all the same: written as it is with the next change.
    unsure: BTreeSet<Id>,
    /// How many orders ended in a panic.
    mistakes: Arc<AtomicU64>,
}

impl GroupStore {
    /// Reads all of them from the store; what the ledger writes must come to the same one.
    pub fn open(
        store: &Store,
        ledger: Box<dyn Ledger>,
    ) -> Result<(Self, watch::Receiver<Arc<Groups>>), StoreError> {
        fn records<T: DeserializeOwned>(store: &Store, table: &str) -> Result<Vec<Arc<T>>, StoreError> {
            Ok(store.all(table)?.into_iter().map(|(_, record)| Arc::new(record)).collect())
        }
        let groups = Groups::new(0, records(store, GROUPS)?, records(store, CATEGORIES)?);
        let (shown, reader) = watch::channel(Arc::new(groups));
        let store = store.clone();
        let (unsure, mistakes) = (BTreeSet::new(), Arc::default());
        Ok((Self { store, ledger, shown, orders: None, unsure, mistakes }, reader))
    }

    /// Starts it on the thread that calls this; orders that end in a panic are added to `mistakes`.
    pub fn obey(mut self, orders: mpsc::Receiver<GroupOrder>, mistakes: Arc<AtomicU64>) {
        (self.orders, self.mistakes) = (Some(orders), mistakes);
        self.start();
    }

    /// Does what was ordered, or says why not; what it did is on the disk. The answer is the caller's to give.
    pub fn carry_out(&mut self, order: GroupOrder) -> Result<Outcome, GroupsError> {
        let now = clock::now().wall;
        let current = Arc::clone(&self.shown.borrow());
        let written = current.apply(order.change, now, &mut || Id(fastrand::u64(..)))?;
        let Written { next, groups, categories, deeds, mut outcome } = written;
        if groups.is_empty() && categories.is_empty() {
            return Ok(outcome);
        }
        if let Outcome::Imported(told) = &mut outcome {
            told.backup = self.back_up(now)?;
        }
        let entry = |deed: &crate::domain::groups::Deed| {
            Entry::done(&order.who, &order.from, deed.action, deed.object.clone())
        };
        let entries: Vec<Entry> = deeds.iter().map(entry).collect();
        if let Err(error) = self.write(&current, &groups, &categories, &entries, now) {
            tracing::error!(error = error.what, "a change of groups could not be written");
            self.unsure.extend(groups.iter().map(|(id, _)| *id).chain(categories.iter().map(|(id, _)| *id)));
            return Err(if error.is_full_disk { GroupsError::FullDisk } else { GroupsError::Failed });
        }
        self.unsure.clear();
        self.shown.send_replace(Arc::new(next));
        Ok(outcome)
    }

    /// Keeps everything as it is before much of it changes at once; says in which file.
    fn back_up(&self, now: Timestamp) -> Result<Option<String>, GroupsError> {
        self.store.back_up(&now.to_string()).map_err(|error| {
            tracing::error!(error = %error, "no backup could be made, so the file was not imported");
            GroupsError::Failed
        })?;
        Ok(self.store.newest_backup().map(|path| path.display().to_string()))
    }

    fn write(
        &self,
        current: &Groups,
        groups: &Records<Group>,
        categories: &Records<Category>,
        entries: &[Entry],
        now: Timestamp,
    ) -> Result<(), Unwritten> {
        let mut changes = Changes::default();
        let gathered = (|| {
            for id in &self.unsure {
                put(&mut changes, GROUPS, *id, current.get(*id))?;
                put(&mut changes, CATEGORIES, *id, current.category(*id))?;
            }
            for (id, group) in groups {
                put(&mut changes, GROUPS, *id, group.as_ref())?;
            }
            for (id, category) in categories {
                put(&mut changes, CATEGORIES, *id, category.as_ref())?;
            }
            Ok::<_, StoreError>(())
        })();
        gathered.map_err(|error| Unwritten { is_full_disk: false, what: error.to_string() })?;
        let unwritten = |error: LedgerError| Unwritten {
            is_full_disk: error.is_full_disk,
            what: format!("{error}: {}", error.source),
        };
        self.ledger.write(changes, entries, now).map_err(unwritten)
    }
}

/// Why a change was not written.
struct Unwritten {
    is_full_disk: bool,
    what: String,
}

/// Records of one table to be written or, without one, removed.
type Records<T> = [(Id, Option<Arc<T>>)];

fn put<T: serde::Serialize>(
    changes: &mut Changes,
    table: &str,
    id: Id,
    record: Option<&Arc<T>>,
) -> Result<(), StoreError> {
    if let Some(record) = record {
        return changes.put(table, &id.to_string(), record);
    }
    changes.remove(table, &id.to_string());
    Ok(())
}

impl Actor for GroupStore {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if let Some(mut orders) = self.orders.take() {
            ctx.add_stream(stream::poll_fn(move |cx| orders.poll_recv(cx)));
        }
    }
}

impl StreamHandler<GroupOrder> for GroupStore {
    fn handle(&mut self, mut order: GroupOrder, _: &mut Self::Context) {
        let (answer, _) = tokio::sync::oneshot::channel();
        let answer = std::mem::replace(&mut order.answer, answer);
        // A mistake in one change must not be the end of all others; nothing was shown that was not written.
        let mistakes = Arc::clone(&self.mistakes);
        let outcome = Mistakes::caught_in(&mistakes, || self.carry_out(order));
        let outcome = outcome.unwrap_or_else(|| {
            tracing::error!("a change of groups ended in a panic: nothing was changed");
            Err(GroupsError::Failed)
        });
        // Somebody who left meanwhile is not told.
        let _ = answer.send(outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::groups::{Change, Outline};
    use std::sync::atomic::{AtomicBool, Ordering};
    use tokio::sync::oneshot;

    /// Writing of such a group ends in a panic.
    const MISTAKE: &str = "mistake";

    struct Book {
        store: Store,
        is_full: Arc<AtomicBool>,
    }

    fn lost(source: Box<dyn std::error::Error + Send + Sync>) -> LedgerError {
        LedgerError { is_full_disk: false, source }
    }

    impl Ledger for Book {
        fn write(&self, changes: Changes, entries: &[Entry], _: Timestamp) -> Result<(), LedgerError> {
            assert!(entries.iter().all(|entry| entry.who == "ann" && entry.from == "here"));
            assert!(entries.iter().all(|entry| !entry.object.contains(MISTAKE)), "a mistake");
            // The worst that a write can do: it is there, and it was said that it is not.
            self.store.apply(changes).map_err(|error| lost(Box::new(error)))?;
            let is_full = self.is_full.load(Ordering::Relaxed);
            if is_full { Err(lost("the disk is full".into())) } else { Ok(()) }
        }
    }

    async fn order(orders: &mpsc::Sender<GroupOrder>, change: Change) -> Result<Outcome, GroupsError> {
        let (answer, told) = oneshot::channel();
        let (who, from) = ("ann".to_owned(), "here".to_owned());
        orders.send(GroupOrder { change, who, from, answer }).await.unwrap();
        told.await.unwrap()
    }

    fn outline(name: &str) -> Outline {
        Outline { name: name.to_owned(), ..Outline::default() }
    }

    #[actix::test]
    async fn what_was_acknowledged_is_there_after_another_start() {
        let store = Store::temporary().unwrap();
        let is_full = Arc::new(AtomicBool::new(false));
        let book = || Box::new(Book { store: store.clone(), is_full: Arc::clone(&is_full) });
        let (keeper, groups) = GroupStore::open(&store, book()).unwrap();
        let (orders, told) = mpsc::channel(8);
        let mistakes = Arc::<AtomicU64>::default();
        keeper.obey(told, Arc::clone(&mistakes));
        let adding = (0..40).map(|n| order(&orders, Change::AddGroup(outline(&format!("g{n}")))));
        for added in futures_util::future::join_all(adding).await {
            assert!(matches!(added, Ok(Outcome::Group(_))));
        }
        assert_eq!(groups.borrow().all().len(), 40);
        let id = groups.borrow().all()[3].id;
        order(&orders, Change::RemoveGroup { id, version: Some(1) }).await.unwrap();
        // What could not be written is not seen, and is not there later.
        is_full.store(true, Ordering::Relaxed);
        let failed = order(&orders, Change::AddGroup(outline("lost"))).await.unwrap_err();
        assert_eq!(failed, GroupsError::Failed);
        assert_eq!(groups.borrow().all().len(), 39);
        is_full.store(false, Ordering::Relaxed);
        // Who dies of one order is there for the next, and it is counted.
        let failed = order(&orders, Change::AddGroup(outline(MISTAKE))).await.unwrap_err();
        assert_eq!(failed, GroupsError::Failed);
        assert_eq!((mistakes.load(Ordering::Relaxed), groups.borrow().all().len()), (1, 39));
        order(&orders, Change::AddGroup(outline("late"))).await.unwrap();
        let (_, again) = GroupStore::open(&store, book()).unwrap();
        let names =
            |groups: &Groups| groups.all().iter().map(|group| group.outline.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&again.borrow()), names(&groups.borrow()));
        assert_eq!(again.borrow().all().len(), 40);
    }
}
