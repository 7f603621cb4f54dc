//! What is kept of the logs, how often it is shown, and what a mistake leaves of it.

use super::*;
use crate::domain::events::{Change, PresenceChange};
use crate::domain::log_line::RouterLogLine;
use crate::domain::subscriber::{State, SubscriberId};
use crate::domain::units::Text;

#[actix::test]
async fn a_log_that_is_cleared_is_empty_at_once_and_counts_on() {
    let (feed, entries) = mpsc::channel(10);
    let (book, mut view) = LogBook::open(entries, &Arc::default());
    let (orders, told) = mpsc::channel(1);
    book.do_send(Obey(told));
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
    let (book, mut view) = LogBook::open(entries, &Arc::default());
    let (mut views, start) = (0, clock::instant());
    for number in 0..1_500 {
        let (at, message) = (clock::now(), number.to_string());
        let line = RouterLogLine { message: message.as_str().into(), ..RouterLogLine::default() };
        book.do_send(RouterWrote(vec![RouterLine { at: at.wall, router: "r".parse().unwrap(), line }]));
        let items = vec![Change::Link { word: "down", trouble: "", what: message.clone() }];
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
    let ends_well = |view: &Arc<LogView>| view.entries.last().is_some_and(|entry| entry.message == "1499");
    let view = view.wait_for(ends_well).await.unwrap();
    assert_eq!((view.entries.len(), view.entries[0].message.as_str()), (ENTRIES, "500"));
    let messages: Vec<_> = view.router_lines.iter().map(|line| line.line.message.as_str()).collect();
    assert_eq!((messages.len(), messages.first(), messages.last()), (ENTRIES, Some(&"500"), Some(&"1499")));
    let first = Change::Link { word: "down", trouble: "", what: "0".to_owned() };
    assert_eq!((view.events.len(), &view.events[0].change), (1_500, &first));
}

fn came(number: usize, from: State, state: State) -> Change {
    let (id, name) = (SubscriberId(number as u64), number.to_string().as_str().into());
    let none = Text::default();
    let (address, caller_id, reason) = (none.clone(), none.clone(), none);
    Change::Presence(PresenceChange { id, name, from, state, since: None, address, caller_id, reason })
}

#[actix::test]
async fn a_router_out_of_sight_is_one_event_and_leaves_the_others_in_the_book() {
    tokio::time::pause();
    let (_feed, entries) = mpsc::channel(10);
    let (book, mut view) = LogBook::open(entries, &Arc::default());
    let tell = |items: Vec<Change>| {
        let (router, at) = ("r".parse().unwrap(), clock::now());
        book.do_send(Happened(Arc::new(Changes { router, at, items })));
    };
    tell(vec![came(7, State::Offline, State::Online)]);
    for _ in 0..2 {
        let mut lost = vec![Change::Link { word: "down", trouble: "", what: String::new() }];
        lost.extend((0..EVENTS).map(|number| came(number, State::Online, State::Unknown)));
        tell(lost);
        tell((0..EVENTS).map(|number| came(number, State::Unknown, State::Online)).collect());
    }
    let three = view.wait_for(|view| view.events.len() == 3).await.unwrap().clone();
    assert_eq!(three.events[0].change, came(7, State::Offline, State::Online));
    // What happened to people is kept up to a limit.
    tell((0..EVENTS).map(|number| came(number, State::Online, State::Offline)).collect());
    let full = view.wait_for(|view| view.events.len() == EVENTS).await.unwrap().clone();
    assert_eq!((full.first.events, &full.events[0].change), (3, &came(0, State::Online, State::Offline)));
}

/// Has the log book die of a mistake, and what it holds be in no good state.
#[derive(Message)]
#[rtype(result = "()")]
struct Fail;

impl Handler<Fail> for LogBook {
    type Result = ();

    fn handle(&mut self, _: Fail, ctx: &mut Self::Context) {
        self.contained(ctx, |this, _| {
            this.entries.gone += 7;
            this.events.newest.clear();
            panic!("a mistake in the log book");
        });
    }
}

fn entry(message: &str) -> LogEntry {
    let (target, message) = (String::new(), message.to_owned());
    LogEntry { at: clock::now().wall, level: "INFO", target, message, fields: Vec::new() }
}

fn event(what: &str) -> Happened {
    let items = vec![Change::Link { word: "down", trouble: "", what: what.to_owned() }];
    Happened(Arc::new(Changes { router: "r".parse().unwrap(), at: clock::now(), items }))
}

#[actix::test]
async fn a_log_book_that_dies_goes_on_with_what_it_had_shown_and_with_its_numbers() {
    tokio::time::pause();
    let (feed, entries) = mpsc::channel(10);
    let restarts = Arc::<AtomicU64>::default();
    let (book, mut view) = LogBook::open(entries, &restarts);
    let (orders, told) = mpsc::channel(1);
    book.do_send(Obey(told));
    for n in 0..ENTRIES + 5 {
        feed.send(entry(&n.to_string())).await.unwrap();
    }
    book.send(event("first")).await.unwrap();
    let is_full = |view: &Arc<LogView>| view.first.entries == 5 && !view.events.is_empty();
    let before = Arc::clone(&view.wait_for(is_full).await.unwrap());
    for death in 1..=3 {
        book.send(Fail).await.unwrap();
        assert_eq!(restarts.load(std::sync::atomic::Ordering::Relaxed), death);
        assert!(book.connected());
    }
    assert!(Arc::ptr_eq(&before, &view.borrow()), "readers keep what they have");
    feed.send(entry("after")).await.unwrap();
    book.send(event("second")).await.unwrap();
    let came = |view: &Arc<LogView>| {
        view.entries.last().is_some_and(|entry| entry.message == "after") && view.events.len() == 2
    };
    let after = Arc::clone(&view.wait_for(came).await.unwrap());
    // Each entry has the number that it had, and the new one has the next.
    assert_eq!((after.first, after.entries.len()), (FirstNumbers { entries: 6, ..before.first }, ENTRIES));
    assert!(Arc::ptr_eq(&before.entries[1], &after.entries[0]));
    assert!(Arc::ptr_eq(&before.events[0], &after.events[0]));
    let (order, cleared) = tokio::sync::oneshot::channel();
    orders.send(order).await.unwrap();
    assert_eq!(cleared.await, Ok(ENTRIES), "orders are obeyed on");
}

/// Writes whatever is logged into a feed, as the log of the process does.
struct Fed(mpsc::Sender<LogEntry>);

impl std::io::Write for &Fed {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.try_send(entry(&String::from_utf8_lossy(line))).unwrap();
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[actix::test]
async fn a_death_is_told_in_the_log_once_a_minute_so_that_a_mistake_in_taking_that_is_no_circle() {
    tokio::time::pause();
    let (feed, entries) = mpsc::channel(10);
    let log = tracing_subscriber::fmt().with_ansi(false).with_writer(Arc::new(Fed(feed)));
    let _log = tracing::subscriber::set_default(log.finish());
    let (book, mut view) = LogBook::open(entries, &Arc::default());
    for lines in [1, 2] {
        for _ in 0..5 {
            book.send(Fail).await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let told = Arc::clone(&view.wait_for(|view| view.entries.len() == lines).await.unwrap());
        assert!(told.entries.iter().all(|entry| entry.message.contains("the log book died")));
        tokio::time::sleep(super::super::mistakes::STEADY).await;
        assert_eq!(view.borrow().entries.len(), lines);
    }
}
