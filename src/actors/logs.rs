//! The log book: the newest entries of our own log, events, and lines of the routers' logs.
//!
//! After a mistake in the program it is begun anew with what it had shown: what readers saw stays, and what comes next has
//! the next number.

#[cfg(test)]
mod tests;

use super::clock;
use super::crew::Stop;
use super::mistakes::Mistakes;
use crate::domain::events::Changes;
use crate::state::{ClearOrder, FirstNumbers, LogView, RecentEvent, RouterLine};
use crate::telemetry::LogEntry;
use actix::prelude::*;
use futures_util::stream;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// How many entries of our own log, and how many lines of routers' logs, are kept.
const ENTRIES: usize = 1_000;

/// How many events are kept: when a large router restarts, each of its subscribers has one.
const EVENTS: usize = 10_000;

/// The time between two views: at most four a second.
const BETWEEN_VIEWS: Duration = Duration::from_millis(250);

/// Changes of a router became known.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Happened(pub Arc<Changes>);

/// A router wrote lines into its log.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct RouterWrote(pub Vec<RouterLine>);

/// Where orders to forget our own log come from.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Obey(pub mpsc::Receiver<ClearOrder>);

/// Keeps what was logged last.
pub struct LogBook {
    feed: Option<mpsc::Receiver<LogEntry>>,
    entries: Ring<LogEntry>,
    events: Ring<RecentEvent>,
    lines: Ring<RouterLine>,
    view: watch::Sender<Arc<LogView>>,
    published: Option<Instant>,
    timer: Option<SpawnHandle>,
    mistakes: Mistakes,
}

/// The newest of something.
struct Ring<T> {
    newest: VecDeque<Arc<T>>,
    most: usize,
    /// How many are gone: the number of the oldest that is left.
    gone: u64,
}

impl<T> Ring<T> {
    fn new(most: usize) -> Self {
        Self { newest: VecDeque::new(), most, gone: 0 }
    }

    /// Goes on with what was shown: these, the first of which has this number.
    fn begin_again(&mut self, first: u64, shown: &[Arc<T>]) {
        (self.newest, self.gone) = (shown.iter().cloned().collect(), first);
    }

    fn push(&mut self, one: T) {
        if self.newest.len() == self.most {
            self.newest.pop_front();
            self.gone += 1;
        }
        self.newest.push_back(Arc::new(one));
    }

    /// Forgets all of them, and says how many there were.
    fn clear(&mut self) -> usize {
        let cleared = self.newest.len();
        self.newest.clear();
        self.gone += cleared as u64;
        cleared
    }

    fn all(&self) -> Vec<Arc<T>> {
        self.newest.iter().cloned().collect()
    }
}

impl LogBook {
    /// Starts a log book that reads our own log from `feed`; readers borrow the view. How often it was begun anew is added
    /// to `restarts`.
    pub fn open(
        feed: mpsc::Receiver<LogEntry>,
        restarts: &Arc<AtomicU64>,
    ) -> (Addr<Self>, watch::Receiver<Arc<LogView>>) {
        let (view, reader) = watch::channel(Arc::default());
        let book = Self {
            feed: Some(feed),
            entries: Ring::new(ENTRIES),
            events: Ring::new(EVENTS),
            lines: Ring::new(ENTRIES),
            view,
            published: None,
            timer: None,
            mistakes: Mistakes::new(restarts),
        };
        (book.start(), reader)
    }

    /// Does something, and begins anew if that ends in a panic: who tells us something, and who waits for what we show,
    /// goes on as before.
    fn contained(&mut self, ctx: &mut Context<Self>, act: impl FnOnce(&mut Self, &mut Context<Self>)) {
        if Mistakes::caught(|| act(self, ctx)).is_some() {
            return;
        }
        let shown = Arc::clone(&self.view.borrow());
        let LogView { first, entries, events, router_lines } = &*shown;
        self.entries.begin_again(first.entries, entries);
        self.events.begin_again(first.events, events);
        self.lines.begin_again(first.router_lines, router_lines);
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        if self.mistakes.count() {
            tracing::error!(
                "the log book died of an error in the program: it goes on with what it had shown, and what came within the \
                 last moment is missing in it"
            );
        }
    }

    fn changed(&mut self, ctx: &mut Context<Self>) {
        if self.timer.is_some() {
            return;
        }
        let now = clock::instant();
        let due = self.published.map_or(now, |published| published + BETWEEN_VIEWS);
        self.timer = Some(ctx.run_later(due.saturating_duration_since(now), |this, ctx| {
            this.timer = None;
            this.contained(ctx, |this, _| this.publish());
        }));
    }

    fn publish(&mut self) {
        self.published = Some(clock::instant());
        self.view.send_replace(Arc::new(LogView {
            first: FirstNumbers {
                entries: self.entries.gone,
                events: self.events.gone,
                router_lines: self.lines.gone,
            },
            entries: self.entries.all(),
            events: self.events.all(),
            router_lines: self.lines.all(),
        }));
    }
}

impl Actor for LogBook {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if let Some(mut feed) = self.feed.take() {
            ctx.add_stream(stream::poll_fn(move |cx| feed.poll_recv(cx)));
        }
    }
}

impl StreamHandler<LogEntry> for LogBook {
    fn handle(&mut self, entry: LogEntry, ctx: &mut Self::Context) {
        self.contained(ctx, |this, ctx| {
            this.entries.push(entry);
            this.changed(ctx);
        });
    }

    /// The default stops the actor; events go on when our own log has ended.
    fn finished(&mut self, _: &mut Self::Context) {}
}

impl Handler<Obey> for LogBook {
    type Result = ();

    fn handle(&mut self, Obey(mut orders): Obey, ctx: &mut Self::Context) {
        ctx.add_stream(stream::poll_fn(move |cx| orders.poll_recv(cx)));
    }
}

impl StreamHandler<ClearOrder> for LogBook {
    fn handle(&mut self, cleared: ClearOrder, ctx: &mut Self::Context) {
        self.contained(ctx, |this, _| {
            let entries = this.entries.clear();
            // At once: whoever ordered it reads the log next.
            this.publish();
            // Somebody who left meanwhile is not told.
            let _ = cleared.send(entries);
        });
    }

    /// The default stops the actor; the log goes on when nobody can clear it any more.
    fn finished(&mut self, _: &mut Self::Context) {}
}

impl Handler<Happened> for LogBook {
    type Result = ();

    fn handle(&mut self, Happened(changes): Happened, ctx: &mut Self::Context) {
        self.contained(ctx, |this, ctx| {
            for change in changes.items.iter().filter(|change| change.is_event()) {
                let (at, router) = (changes.at.wall, changes.router.clone());
                this.events.push(RecentEvent { at, router, change: change.clone() });
            }
            this.changed(ctx);
        });
    }
}

impl Handler<RouterWrote> for LogBook {
    type Result = ();

    fn handle(&mut self, RouterWrote(lines): RouterWrote, ctx: &mut Self::Context) {
        self.contained(ctx, |this, ctx| {
            for line in lines {
                this.lines.push(line);
            }
            this.changed(ctx);
        });
    }
}

impl Handler<Stop> for LogBook {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}
