//! The session for polls: one question at a time, the rest waits.

use super::line::Line;
use super::lost::Lost;
use crate::actors::clock;
use crate::actors::pace::Pace;
use crate::actors::recorder::Tap;
use crate::domain::time::Moment;
use crate::routeros::session::{Event, Outcome};
use crate::routeros::{Command, Row};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;

/// Takes rows as they are read from the socket, on the connection's thread.
pub trait Collect: Send + 'static {
    /// Takes a row, lent out of the receive buffer; `at` is right after the read that brought it.
    fn row(&mut self, row: Row<'_>, at: Instant);
    /// The reply is over. Called exactly once, whatever happens.
    fn end(self: Box<Self>, end: Ended);
}

/// How a query ended.
#[derive(Debug)]
pub enum Ended {
    /// The whole reply is in.
    Reply {
        /// How the router ended it.
        outcome: Outcome,
        /// When its last byte was read.
        at: Moment,
        /// How long it took, from sending the command.
        took: Duration,
    },
    /// There will be no answer, or no rest of it.
    Lost(Lost),
}

/// Asks the router one question; the answer comes through `into`.
#[derive(actix::Message)]
#[rtype(result = "()")]
pub struct Query {
    command: Command,
    into: Collector,
}

impl Query {
    /// A question and who takes its answer.
    pub fn new(command: Command, into: Box<dyn Collect>) -> Self {
        Self { command, into: Collector(Some(into)) }
    }
}

/// Sees to it that a collector hears of the end even when its query is dropped on the way.
struct Collector(Option<Box<dyn Collect>>);

impl Collector {
    fn row(&mut self, row: Row<'_>, at: Instant) {
        if let Some(into) = &mut self.0 {
            into.row(row, at);
        }
    }

    fn end(&mut self, end: Ended) {
        if let Some(into) = self.0.take() {
            into.end(end);
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.end(Ended::Lost(Lost::NotConnected));
    }
}

/// Answers queries on a line until it is lost.
pub(super) async fn answer(
    mut line: Line,
    mut queries: UnboundedReceiver<Query>,
    deadline: Duration,
    tap: Option<Tap>,
) -> Lost {
    let mut pace = Pace::new(clock::instant());
    loop {
        let query = tokio::select! {
            query = queries.recv() => query,
            // Nothing is asked, so this is the router hanging up, or something to be skipped.
            read = line.read() => match read.and_then(|_| line.process(|_: Event<'_>| {})) {
                Ok(()) => {
                    // What nobody asked for may come without end.
                    tokio::task::yield_now().await;
                    continue;
                }
                Err(lost) => return lost,
            },
        };
        let Some(mut query) = query else { return Lost::NotConnected };
        tokio::time::sleep(pace.take(clock::instant())).await;
        let into = &mut query.into;
        let mut tapped = tap.as_ref().and_then(|tap| tap.print(&query.command));
        let mut on_row = |row: Row<'_>, at| {
            into.row(row, at);
            if let Some(tapped) = &mut tapped {
                tapped.row(row);
            }
        };
        match line.exchange(&query.command, deadline, &mut on_row).await {
            Ok(reply) => {
                if let Some(tapped) = tapped {
                    tapped.end(&reply.outcome, reply.at.instant);
                }
                into.end(Ended::Reply { outcome: reply.outcome, at: reply.at, took: reply.took });
            }
            Err(lost) => {
                if let Some(tapped) = tapped {
                    tapped.lost(&lost);
                }
                into.end(Ended::Lost(lost.clone()));
                return lost;
            }
        }
    }
}
