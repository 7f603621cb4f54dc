//! Those who change what is kept, each on a thread of its own: they wait for the disk.

use super::Failure;
use crate::access::People;
use crate::actors::{self, JobKeeper, SettingsKeeper};
use crate::domain::groups::Groups;
use crate::domain::job::Job;
use crate::state::{GroupOrder, JobOrder, Restarts, RouterView, SettingsOrder};
use actix::{Addr, Arbiter};
use anyhow::anyhow;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Changes of groups that may wait for the disk; who comes after them waits with them.
const ORDERS_WAITING: usize = 64;

/// The groups, where to send changes of them, and the thread of who makes them.
pub(super) type KeptGroups = (watch::Receiver<Arc<Groups>>, mpsc::Sender<GroupOrder>, Arbiter);

/// Reads the groups from the store of these people, and starts who keeps them, on a thread of its own: it waits for the
/// disk.
pub(super) fn groups(people: &People, restarts: &Restarts) -> Result<KeptGroups, Failure> {
    let (orders, told) = mpsc::channel(ORDERS_WAITING);
    let (store, groups) =
        actors::GroupStore::open(people.store(), Box::new(people.clone())).map_err(Failure::setup)?;
    let thread = Arbiter::new();
    let mistakes = Arc::clone(&restarts.keepers);
    let is_running = thread.spawn_fn(move || store.obey(told, mistakes));
    if !is_running {
        return Err(Failure::Setup(anyhow!("the thread that keeps groups did not start")));
    }
    Ok((groups, orders, thread))
}

/// The jobs, where to send orders about them, who has them done, and on which thread.
pub(super) type KeptJobs =
    (watch::Receiver<Arc<[Arc<Job>]>>, mpsc::Sender<JobOrder>, (Addr<JobKeeper>, Arbiter));

/// Starts who has jobs done on these routers, on a thread of its own: it waits for the disk.
pub(super) fn jobs(
    people: &People,
    routers: watch::Receiver<Arc<[RouterView]>>,
    restarts: &Restarts,
) -> KeptJobs {
    let (shown, jobs) = watch::channel(Arc::from([]));
    let (orders, told) = mpsc::channel(ORDERS_WAITING);
    let thread = Arbiter::new();
    let (people, mistakes) = (Box::new(people.clone()), Arc::clone(&restarts.keepers));
    let keeper = JobKeeper::begin(&thread.handle(), people, routers, shown, told, mistakes);
    (jobs, orders, (keeper, thread))
}

/// Has this keeper of settings take orders, on a thread of its own: it waits for the disk.
pub(super) fn settings(keeper: SettingsKeeper) -> Result<(mpsc::Sender<SettingsOrder>, Arbiter), Failure> {
    let (orders, told) = mpsc::channel(ORDERS_WAITING);
    let thread = Arbiter::new();
    let is_running = thread.spawn_fn(move || {
        actix::spawn(keeper.obey(told));
    });
    if !is_running {
        return Err(Failure::Setup(anyhow!("the thread that keeps settings did not start")));
    }
    Ok((orders, thread))
}
