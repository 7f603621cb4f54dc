//! The monitor of one router: the only writer of its snapshot.

use super::clock;
use super::crew::Stop;
use super::logs::LogBook;
use crate::domain::events::Changes;
use crate::domain::follow::Followed;
use crate::domain::hotspot::HotspotActive;
use crate::domain::monitoring::{Keep, Monitoring};
use crate::domain::ppp::ActiveSession;
use crate::domain::resource::Resource;
use crate::domain::router::{Calls, Link, RouterName};
use crate::domain::snapshot::{PollReport, Reading, Snapshot};
use crate::domain::time::Moment;
use actix::prelude::*;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, watch};

/// The time between two snapshots: a storm of changes makes ten a second, a single change is seen at once.
const BETWEEN_SNAPSHOTS: Duration = Duration::from_millis(100);

/// The link to the router changed.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct LinkChanged {
    /// How it stands now.
    pub link: Link,
    /// How often the router was called until now.
    pub calls: Calls,
}

/// A poll ended: its rows, if there were any, and what it cost.
pub struct Polled<R> {
    /// The rows.
    pub reading: Option<Reading<R>>,
    /// How it went.
    pub report: PollReport,
}

impl<R: Resource> Message for Polled<R> {
    type Result = ();
}

/// The router reported changes of a table, in this order.
pub struct FollowedRows<R> {
    /// What changed.
    pub changes: Vec<Followed<R>>,
    /// When the last of them was read.
    pub at: Moment,
}

impl<R: Resource> Message for FollowedRows<R> {
    type Result = ();
}

/// Where a monitor publishes.
#[derive(Clone)]
pub(super) struct Outlets {
    /// The newest snapshot.
    pub(super) cell: watch::Sender<Arc<Snapshot>>,
    /// Changes, as they become known.
    pub(super) changes: broadcast::Sender<Arc<Changes>>,
    /// The log book, for recent events.
    pub(super) log: Addr<LogBook>,
}

/// Makes readings into snapshots and changes.
pub struct Monitor {
    router: RouterName,
    monitoring: Monitoring,
    outlets: Outlets,
    published: Option<Instant>,
    timer: Option<SpawnHandle>,
    held: Option<Held>,
}

/// What a monitor that replaces another still lacks: until then readers keep the snapshot that they have.
#[derive(Default)]
struct Held {
    accounts: bool,
    sessions: bool,
}

impl Monitor {
    /// A monitor; one that replaces another (`again`) lets readers keep the old snapshot until it knows as much.
    pub(super) fn new(monitoring: Monitoring, outlets: Outlets, again: bool) -> Self {
        let router = monitoring.router().clone();
        let held = again.then(Held::default);
        Self { router, monitoring, outlets, published: None, timer: None, held }
    }

    /// Tells changes at once and publishes a snapshot soon.
    fn changed(&mut self, ctx: &mut Context<Self>) {
        let items = self.monitoring.take_changes();
        if !items.is_empty() {
            let changes = Arc::new(Changes { router: self.router.clone(), at: clock::now(), items });
            self.outlets.log.do_send(super::logs::Happened(Arc::clone(&changes)));
            // Nobody listening is no error.
            let _ = self.outlets.changes.send(changes);
        }
        if self.timer.is_some() {
            return;
        }
        let now = clock::instant();
        let due = self.published.map_or(now, |published| published + BETWEEN_SNAPSHOTS);
        if due <= now {
            self.publish();
        } else {
            self.timer = Some(ctx.run_later(due - now, |this, _| {
                this.timer = None;
                this.publish();
            }));
        }
    }

    fn publish(&mut self) {
        self.published = Some(clock::instant());
        let mut snapshot = self.monitoring.snapshot(clock::now());
        if let Some(held) = &self.held {
            if held.accounts && held.sessions {
                self.held = None;
            } else if snapshot.link.is_live() {
                return;
            } else {
                // What the monitor before us knew, under the link's true state.
                let before = Arc::clone(&self.outlets.cell.borrow());
                let (link, calls, at) = (snapshot.link.clone(), snapshot.calls, snapshot.at);
                snapshot =
                    Arc::new(Snapshot { link, calls, at, download: None, upload: None, ..(*before).clone() });
            }
        }
        self.outlets.cell.send_replace(snapshot);
    }

    fn note(&mut self, name: &str) {
        if let Some(held) = &mut self.held {
            held.accounts |= name == crate::domain::ppp::Account::NAME;
            held.sessions |= name == ActiveSession::NAME;
        }
    }
}

impl Actor for Monitor {
    type Context = Context<Self>;
}

impl Handler<LinkChanged> for Monitor {
    type Result = ();

    fn handle(&mut self, LinkChanged { link, calls }: LinkChanged, ctx: &mut Self::Context) {
        self.monitoring.called(calls);
        self.monitoring.link(link, clock::now());
        self.changed(ctx);
    }
}

impl<R: Resource> Handler<Polled<R>> for Monitor
where
    Monitoring: Keep<R>,
{
    type Result = ();

    fn handle(&mut self, Polled { reading, report }: Polled<R>, ctx: &mut Self::Context) {
        self.note(R::NAME);
        match reading {
            Some(reading) => self.monitoring.keep(reading),
            None => self.monitoring.table_state(R::NAME, report.state.clone()),
        }
        self.monitoring.polled(report);
        self.changed(ctx);
    }
}

impl Handler<FollowedRows<ActiveSession>> for Monitor {
    type Result = ();

    fn handle(&mut self, rows: FollowedRows<ActiveSession>, ctx: &mut Self::Context) {
        for change in rows.changes {
            self.monitoring.session_changed(change, rows.at);
        }
        self.changed(ctx);
    }
}

impl Handler<FollowedRows<HotspotActive>> for Monitor {
    type Result = ();

    fn handle(&mut self, rows: FollowedRows<HotspotActive>, ctx: &mut Self::Context) {
        for change in rows.changes {
            self.monitoring.hotspot_changed(change, rows.at);
        }
        self.changed(ctx);
    }
}

impl Handler<Stop> for Monitor {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}
