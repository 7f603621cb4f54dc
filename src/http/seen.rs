//! The state, as far as whoever asks may see it.

use super::{Client, Problem};
use crate::access::{People, Scope, VisitId, Visitor};
use crate::domain::find::Grouped;
use crate::domain::groups::Groups;
use crate::domain::job::Job;
use crate::domain::log_entry::LogEntry;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::Moment;
use crate::state::{
    DebugLog, GroupOrder, JobOrder, RecentEvent, Recovered, ReplayTime, Restarts, RouterLine, RouterView,
    SettingsOrder, State,
};
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use jiff::Timestamp;
use std::future::{Ready, ready};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};

/// The state within a visitor's scope. Pages and the API read nothing else.
#[derive(Debug, Clone)]
pub struct Seen {
    state: State,
    scope: Scope,
    admitted: Option<Admitted>,
    is_clear: bool,
}

/// By what somebody was let in.
#[derive(Debug, Clone)]
pub(super) struct Admitted {
    pub(super) people: People,
    pub(super) id: VisitId,
}

impl Seen {
    /// What somebody of this scope sees.
    pub fn new(state: State, scope: Scope) -> Self {
        Self { state, scope, admitted: None, is_clear: false }
    }

    /// Whether whoever looks may still do so. An open live view counts as use.
    pub fn still_admits(&self, now: Timestamp) -> bool {
        let Some(Admitted { people, id }) = &self.admitted else { return true };
        // A session ends when its user's rights change; a token goes on, and looks again with what is left of it.
        let is_alive = people.is_alive(id, now)
            && people.scope_of_token(id, now).is_none_or(|scope| scope == self.scope);
        if is_alive {
            people.keep_alive(id, now);
        }
        is_alive
    }

    /// Whether all routers are seen.
    pub fn is_all(&self) -> bool {
        self.scope.is_all()
    }

    /// Which routers are seen.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The routers, in the order of the settings.
    pub fn routers(&self) -> Vec<RouterView> {
        let routers = self.state.routers.borrow();
        routers.iter().filter(|router| self.scope.sees(&router.name)).cloned().collect()
    }

    /// The router of this name.
    pub fn router(&self, name: &str) -> Result<RouterView, Problem> {
        let router = self.state.router(name).filter(|router| self.scope.sees(&router.name));
        // One that may not be seen is not there, so that nobody learns which there are.
        router.ok_or_else(|| Problem::NoSuchRouter(name.to_owned()))
    }

    /// The newest snapshot of every router, in the order of the settings.
    pub fn snapshots(&self) -> Vec<Arc<Snapshot>> {
        self.routers().iter().map(|router| Arc::clone(&router.snapshot.borrow())).collect()
    }

    /// The newest snapshots of all routers, or of the one that is named.
    pub fn snapshots_of(&self, router: Option<&str>) -> Result<Vec<Arc<Snapshot>>, Problem> {
        let Some(name) = router else { return Ok(self.snapshots()) };
        let router = self.router(name)?;
        let snapshot = Arc::clone(&router.snapshot.borrow());
        Ok(vec![snapshot])
    }

    /// How often parts of the program were begun again.
    pub fn restarts(&self) -> &Restarts {
        &self.state.restarts
    }

    /// Recent events, oldest first.
    pub fn events(&self) -> Vec<Arc<RecentEvent>> {
        let log = self.state.log.borrow();
        log.events.iter().filter(|event| self.scope.sees(&event.router)).cloned().collect()
    }

    /// The same with their numbers, which grow while the program runs.
    pub fn numbered_events(&self) -> Vec<(u64, Arc<RecentEvent>)> {
        let log = self.state.log.borrow();
        let numbered =
            (log.first.events..).zip(&log.events).filter(|(_, event)| self.scope.sees(&event.router));
        numbered.map(|(number, event)| (number, Arc::clone(event))).collect()
    }

    /// Recent lines of the routers' own logs with their numbers, oldest first.
    pub fn router_lines(&self) -> Vec<(u64, Arc<RouterLine>)> {
        let log = self.state.log.borrow();
        let lines = (log.first.router_lines..).zip(&log.router_lines);
        let seen = lines.filter(|(_, line)| self.scope.sees(&line.router));
        seen.map(|(number, line)| (number, Arc::clone(line))).collect()
    }

    /// Recent entries of our own log with their numbers, oldest first: they speak of all routers, so who may not see
    /// all sees none.
    pub fn entries(&self) -> Vec<(u64, Arc<LogEntry>)> {
        if !self.is_all() {
            return Vec::new();
        }
        let log = self.state.log.borrow();
        (log.first.entries..).zip(&log.entries).map(|(number, entry)| (number, Arc::clone(entry))).collect()
    }

    /// Has our own log forgotten; says how many entries that were, or `None` if nobody keeps one any more.
    pub async fn clear_log(&self) -> Option<usize> {
        let (order, cleared) = oneshot::channel();
        self.state.clear_log.send(order).await.ok()?;
        cleared.await.ok()
    }

    /// Debug entries for a while, for whoever sees our own log.
    pub fn debug_log(&self) -> Option<&DebugLog> {
        self.is_all().then_some(&self.state.debug_log)
    }

    /// In which group each subscriber is, as far as that may be known.
    pub fn grouped(&self) -> Grouped {
        Grouped { all: Some(self.all_groups()), with_global: self.is_all() }
    }

    /// All groups, also those that whoever looks may not know of: for [`super::Grouping`].
    pub(super) fn all_groups(&self) -> Arc<Groups> {
        Arc::clone(&self.state.groups.borrow())
    }

    /// Where orders to change groups go.
    pub(super) fn group_orders(&self) -> &mpsc::Sender<GroupOrder> {
        &self.state.change_groups
    }

    /// Where orders about settings go.
    pub(super) fn settings_orders(&self) -> &mpsc::Sender<SettingsOrder> {
        &self.state.settings
    }

    /// All jobs, also those that whoever looks may not know of: for [`super::Jobs`].
    pub(super) fn all_jobs(&self) -> Arc<[Arc<Job>]> {
        Arc::clone(&self.state.jobs.borrow())
    }

    /// Where orders about jobs go.
    pub(super) fn job_orders(&self) -> &mpsc::Sender<JobOrder> {
        &self.state.order_jobs
    }

    /// Whether others on the way can read along.
    pub fn is_clear(&self) -> bool {
        self.is_clear
    }

    /// When the program started.
    pub fn started(&self) -> Moment {
        self.state.started
    }

    /// Whether what is shown is made up.
    pub fn is_demo(&self) -> bool {
        self.state.demo
    }

    /// What became of what is kept, if it was damaged at the start.
    pub fn recovered(&self) -> Option<&Recovered> {
        self.state.recovered.as_deref()
    }

    /// Whether the disk is full, so that nothing can be changed.
    pub fn is_disk_full(&self) -> bool {
        *self.state.disk_full.borrow()
    }

    /// What time it is in the recording that is shown, if it is one.
    pub fn replay(&self) -> Option<watch::Receiver<ReplayTime>> {
        self.state.replay.clone()
    }

    /// Becomes true when the program is about to stop.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.state.stopping.clone()
    }
}

impl FromRequest for Seen {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    /// Nobody who was not let in sees anything, whatever became of the guard.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let scope = request.extensions().get::<Visitor>().map(|visitor| visitor.scope.clone());
        let state = request.app_data::<Data<State>>().map(|state| State::clone(state));
        ready(match (scope, state) {
            (Some(scope), Some(state)) => {
                let admitted = request.extensions().get::<Admitted>().cloned();
                let is_clear = request.extensions().get::<Client>().is_some_and(Client::is_clear);
                Ok(Self { admitted, is_clear, ..Self::new(state, scope) })
            }
            _ => Err(Problem::SignIn),
        })
    }
}
