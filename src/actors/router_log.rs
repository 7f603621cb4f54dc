//! The log of one router: which of its lines are new.

use super::crew::Stop;
use super::logs::{LogBook, RouterWrote};
use super::monitor::{FollowedRows, Polled};
use crate::domain::follow::Followed;
use crate::domain::log_line::RouterLogLine;
use crate::domain::router::RouterName;
use crate::domain::time::Moment;
use crate::state::RouterLine;
use actix::prelude::*;

/// So many lines of a router's past are taken over when we first read its log.
const PAST: usize = 100;

/// Passes a router's new log lines on to the log book.
pub(super) struct RouterLog {
    router: RouterName,
    log: Addr<LogBook>,
    /// The number in the id of the newest line.
    newest: Option<u64>,
}

impl RouterLog {
    /// The log of `router`.
    pub(super) fn new(router: RouterName, log: Addr<LogBook>) -> Self {
        Self { router, log, newest: None }
    }

    /// The lines of a whole print that were not passed on yet.
    ///
    /// Ids grow with time and begin anew when the router restarts.
    fn unread(&mut self, mut lines: Vec<RouterLogLine>) -> Vec<RouterLogLine> {
        let last = lines.iter().map(|line| line.id.number()).max();
        let read = self.newest.filter(|newest| last.is_some_and(|last| *newest <= last));
        lines.retain(|line| read.is_none_or(|read| read < line.id.number()));
        // After an empty log any line is new.
        self.newest = last.or(self.newest).or(Some(0));
        let past = lines.len().saturating_sub(PAST);
        lines.split_off(past)
    }

    fn pass_on(&self, lines: Vec<RouterLogLine>, at: Moment) {
        if !lines.is_empty() {
            let line = |line| RouterLine { at: at.wall, router: self.router.clone(), line };
            self.log.do_send(RouterWrote(lines.into_iter().map(line).collect()));
        }
    }
}

impl Actor for RouterLog {
    type Context = Context<Self>;
}

impl Handler<Polled<RouterLogLine>> for RouterLog {
    type Result = ();

    fn handle(&mut self, polled: Polled<RouterLogLine>, _: &mut Self::Context) {
        if let Some(reading) = polled.reading {
            let lines = self.unread(reading.rows);
            self.pass_on(lines, reading.at);
        }
    }
}

impl Handler<FollowedRows<RouterLogLine>> for RouterLog {
    type Result = ();

    fn handle(&mut self, rows: FollowedRows<RouterLogLine>, _: &mut Self::Context) {
        let mut lines = Vec::new();
        for change in rows.changes {
            // Lines that fall off the end of the router's buffer are reported as gone.
            let Followed::Row(line) = change else { continue };
            let number = line.id.number();
            // Before the first print a new line waits for it, or the past would come after it.
            if self.newest.is_some_and(|newest| newest < number) {
                self.newest = Some(number);
                lines.push(line);
            }
        }
        self.pass_on(lines, rows.at);
    }
}

impl Handler<Stop> for RouterLog {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ItemId;
    use tokio::sync::mpsc;

    fn line(id: u64) -> RouterLogLine {
        RouterLogLine { id: ItemId::read(format!("*{id:X}").as_bytes()), ..RouterLogLine::default() }
    }

    /// Feeds prints of lines from and to these ids, and expects how many of each are unread.
    fn check(prints: &[(u64, u64)], expect: &[usize]) {
        let (_feed, entries) = mpsc::channel(1);
        let mut log =
            RouterLog::new("r".parse().unwrap(), LogBook::open(entries, &std::sync::Arc::default()).0);
        let print = |&(from, to): &(u64, u64)| log.unread((from..=to).map(line).collect()).len();
        assert_eq!(prints.iter().map(print).collect::<Vec<_>>(), expect, "{prints:?}");
    }

    #[actix::test]
    async fn the_first_print_brings_a_hundred_lines_and_later_ones_what_is_new() {
        check(&[(1, 1_000), (2, 1_001), (2, 1_001)], &[100, 1, 0]);
        check(&[(1, 5), (1, 9)], &[5, 4]);
    }

    #[actix::test]
    async fn ids_that_begin_anew_are_a_restart_of_the_router() {
        check(&[(500, 600), (1, 20), (1, 21)], &[100, 20, 1]);
    }
}
