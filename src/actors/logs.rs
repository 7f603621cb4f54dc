//! The log book: the newest entries of our own log, events, and lines of the routers' logs.

use super::clock;
use super::crew::Stop;
use crate::domain::events::Changes;
use crate::state::{ClearOrder, FirstNumbers, LogView, RecentEvent, RouterLine};
use crate::telemetry::LogEntry;
use actix::prelude::*;
use futures_util::stream;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// How many entries of our own log, and how many lines of routers' logs, are kept.
const ENTRIES: usize = 1_000;

/// How many events are kept.
const EVENTS: usize = 200;

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
    /// Starts a log book that reads our own log from `feed`; readers borrow the view.
    pub fn open(feed: mpsc::Receiver<LogEntry>) -> (Addr<Self>, watch::Receiver<Arc<LogView>>) {
        let (view, reader) = watch::channel(Arc::default());
        let book = Self {
            feed: Some(feed),
            entries: Ring::new(ENTRIES),
            events: Ring::new(EVENTS),
            lines: Ring::new(ENTRIES),
            view,
            published: None,
            timer: None,
        };
        (book.start(), reader)
    }

    fn changed(&mut self, ctx: &mut Context<Self>) {
        if self.timer.is_some() {
            return;
        }
        let now = clock::instant();
        let due = self.published.map_or(now, |published| published + BETWEEN_VIEWS);
        self.timer = Some(ctx.run_later(due.saturating_duration_since(now), |this, _| {
            this.timer = None;
            this.publish();
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
        self.entries.push(entry);
        self.changed(ctx);
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
    fn handle(&mut self, cleared: ClearOrder, _: &mut Self::Context) {
        let entries = self.entries.clear();
        // At once: whoever ordered it reads the log next.
        self.publish();
        // Somebody who left meanwhile is not told.
        let _ = cleared.send(entries);
    }

    /// The default stops the actor; the log goes on when nobody can clear it any more.
    fn finished(&mut self, _: &mut Self::Context) {}
}

impl Handler<Happened> for LogBook {
    type Result = ();

    fn handle(&mut self, Happened(changes): Happened, ctx: &mut Self::Context) {
        for change in &changes.items {
            let (at, router) = (changes.at.wall, changes.router.clone());
            self.events.push(RecentEvent { at, router, change: change.clone() });
        }
        self.changed(ctx);
    }
}

impl Handler<RouterWrote> for LogBook {
    type Result = ();

    fn handle(&mut self, RouterWrote(lines): RouterWrote, ctx: &mut Self::Context) {
        for line in lines {
            self.lines.push(line);
        }
        self.changed(ctx);
    }
}

impl Handler<Stop> for LogBook {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::events::Change;
    use crate::domain::log_line::RouterLogLine;

    #[actix::test]
    async fn a_log_that_is_cleared_is_empty_at_once_and_counts_on() {
        let (feed, entries) = mpsc::channel(10);
        let (book, mut view) = LogBook::open(entries);
        let (orders, told) = mpsc::channel(1);
        book.do_send(Obey(told));
        let entry = |message: &str| LogEntry {
            at: clock::now().wall,
            level: "INFO",
            target: String::new(),
            message: message.to_owned(),
            fields: Vec::new(),
        };
        feed.send(entry("one")).await.unwrap();
        feed.send(entry("two")).await.unwrap();
        view.wait_for(|view| view.entries.len() == 2).await.unwrap();
        let (order, cleared) = tokio::sync::oneshot::channel();
        orders.send(order).await.unwrap();
        assert_eq!(cleared.await, Ok(2));
        assert_eq!((view.borrow().entries.len(), view.borrow().first.entries), (0, 2));
        feed.send(entry("three")).await.unwrap();
        let view = view.wait_for(|view| !view.entries.is_empty()).await.unwrap();
        assert_eq!((view.entries[0].message.as_str(), view.first.entries), ("three", 2));
    }

    #[actix::test]
    async fn the_newest_are_kept_and_shown_at_most_four_times_a_second() {
        tokio::time::pause();
        let (feed, entries) = mpsc::channel(10);
        let (book, mut view) = LogBook::open(entries);
        let (mut views, start) = (0, clock::instant());
        for number in 0..1_500 {
            let (at, message) = (clock::now(), number.to_string());
            let line = RouterLogLine { message: message.as_str().into(), ..RouterLogLine::default() };
            book.do_send(RouterWrote(vec![RouterLine { at: at.wall, router: "r".parse().unwrap(), line }]));
            let items = vec![Change::Link { word: "down", what: message.clone() }];
            book.do_send(Happened(Arc::new(Changes { router: "r".parse().unwrap(), at, items })));
            let (level, target, fields) = ("INFO", String::new(), Vec::new());
            feed.send(LogEntry { at: at.wall, level, target, message, fields }).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
            views += usize::from(view.has_changed().unwrap());
            view.mark_unchanged();
        }
        let most = (clock::instant() - start).as_millis() / BETWEEN_VIEWS.as_millis() + 1;
        assert!((2..=most).contains(&(views as u128)), "{views}, at most {most}");
        // Each ends with the last one and begins with the oldest that is kept.
        let ends_well =
            |view: &Arc<LogView>| view.entries.last().is_some_and(|entry| entry.message == "1499");
        let view = view.wait_for(ends_well).await.unwrap();
        assert_eq!((view.entries.len(), view.entries[0].message.as_str()), (ENTRIES, "500"));
        let messages: Vec<_> = view.router_lines.iter().map(|line| line.line.message.as_str()).collect();
        assert_eq!(
            (messages.len(), messages.first(), messages.last()),
            (ENTRIES, Some(&"500"), Some(&"1499"))
        );
        let first = Change::Link { word: "down", what: "1300".to_owned() };
        assert_eq!((view.events.len(), &view.events[0].change), (EVENTS, &first));
    }
}
