//! The router's log: a ring of the last thousand lines.

use super::clock::{Clock, Moment};
use super::plan::RouterPlan;
use super::ros::Ros;
use super::values::Local;
use super::world::{Cells, Change, Feed, Name, Source};
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

/// The lines that a router keeps in memory by default.
const KEPT: usize = 1000;

/// The log. Clones are handles to the same log.
#[derive(Debug, Clone)]
pub struct Log {
    lines: Arc<RwLock<Lines>>,
    feed: Feed,
    clock: Clock,
    ros: Ros,
    utc_offset: i32,
}

#[derive(Debug, Default)]
struct Lines {
    last: u64,
    kept: VecDeque<(u64, Line)>,
}

#[derive(Debug)]
struct Line {
    at: Moment,
    topics: &'static str,
    message: Box<[u8]>,
}

impl Log {
    /// An empty log.
    pub fn new(plan: &RouterPlan, clock: Clock) -> Self {
        let (lines, feed) = Default::default();
        Self { lines, feed, clock, ros: plan.ros, utc_offset: plan.utc_offset }
    }

    /// Writes a line now.
    pub fn write(&self, topics: &'static str, message: impl Into<Box<[u8]>>) {
        self.write_at(self.clock.now(), topics, message);
    }

    /// Writes a line as of a moment, which must not lie before the last line's.
    pub fn write_at(&self, at: Moment, topics: &'static str, message: impl Into<Box<[u8]>>) {
        let key = {
            let mut lines = self.lines.write().unwrap_or_else(PoisonError::into_inner);
            lines.last += 1;
            let key = lines.last;
            lines.kept.push_back((key, Line { at, topics, message: message.into() }));
            if KEPT < lines.kept.len() {
                lines.kept.pop_front();
            }
            key
        };
        self.feed.tell(Change::Put(key));
    }

    /// Forgets everything, as a reboot does; ids begin again.
    pub fn clear(&self) {
        *self.lines.write().unwrap_or_else(PoisonError::into_inner) = Lines::default();
    }

    /// What tells of new lines.
    pub fn feed(&self) -> Feed {
        self.feed.clone()
    }

    fn local(&self, at: Moment) -> Local {
        Local::new(self.clock.wall(at), self.utc_offset, self.ros)
    }
}

impl Source for Log {
    fn columns(&self) -> Vec<Name> {
        let names = ["time", "topics", "message", "buffer", "extra-info"];
        // The last two came with RouterOS 7.
        let known = if self.ros.is_7() { 5 } else { 3 };
        names.into_iter().take(known).map(Name::Borrowed).collect()
    }

    fn visit(&self, after: Option<u64>, visit: &mut dyn FnMut(u64, &dyn Cells) -> bool) {
        let today = self.local(self.clock.now());
        let lines = self.lines.read().unwrap_or_else(PoisonError::into_inner);
        let from = lines.kept.partition_point(|(key, _)| after.is_some_and(|after| *key <= after));
        for (key, line) in lines.kept.range(from..) {
            if !visit(*key, &Shown { line, log: self, today: &today }) {
                break;
            }
        }
    }
}

struct Shown<'a> {
    line: &'a Line,
    log: &'a Log,
    today: &'a Local,
}

impl Cells for Shown<'_> {
    fn put(&self, column: usize, out: &mut Vec<u8>) -> bool {
        match column {
            0 => self.log.local(self.line.at).put_log_time(out, self.today),
            1 => out.extend_from_slice(self.line.topics.as_bytes()),
            2 => out.extend_from_slice(&self.line.message),
            3 => out.extend_from_slice(b"memory"),
            _ => {}
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_a_ring_whose_ids_grow() {
        let log = Log::new(&RouterPlan::default(), Clock::frozen());
        for line in 0..1500 {
            log.write("system,info", format!("line {line}").into_bytes());
        }
        let mut seen = Vec::new();
        log.visit(Some(1490), &mut |key, cells| {
            let mut message = Vec::new();
            cells.put(2, &mut message);
            seen.push((key, String::from_utf8(message).unwrap()));
            true
        });
        assert_eq!(seen.len(), 10);
        assert_eq!(seen[9], (1500, "line 1499".to_owned()));
        let mut first = None;
        log.visit(None, &mut |key, _| {
            first = Some(key);
            false
        });
        assert_eq!(first, Some(501));
    }
}
