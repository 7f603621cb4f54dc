//! Answers: the typed rows of one reply and what became of it.

use super::connection::{Collect, Ended, Query};
use crate::domain::id::ItemId;
use crate::domain::resource::Resource;
use crate::domain::snapshot::{PollReport, Reading, TableState};
use crate::domain::time::Moment;
use crate::routeros::session::{Outcome, Refusal};
use crate::routeros::{Command, Row};
use actix::prelude::*;
use std::time::{Duration, Instant};

/// The answer to one print.
pub(super) struct Answer<R> {
    rows: Vec<R>,
    ended: Ended,
}

impl<R: Resource> Message for Answer<R> {
    type Result = ();
}

/// What an answer comes to.
pub(super) enum Verdict<R> {
    /// Rows, all of them or some.
    Read(Reading<R>, Cost),
    /// No rows but a refusal.
    Refused(TableState, Cost),
    /// The connection was lost; we are told when it is back.
    Lost,
}

/// What an answer cost the router.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    /// When the answer was complete.
    pub(super) at: Moment,
    /// How long the router took.
    pub(super) took: Duration,
    rows: u64,
    bytes: u64,
}

impl Cost {
    /// The report of a poll that cost this.
    pub(super) fn report(self, name: &'static str, every: Duration, state: TableState) -> PollReport {
        let Self { at, took, rows, bytes } = self;
        PollReport { name, at, took, rows, bytes, every, state }
    }
}

/// The query that prints all rows; its answer goes to `to`. `rows` is how many to make room for.
pub(super) fn print<R: Resource>(to: Recipient<Answer<R>>, rows: usize) -> Query {
    ask(R::print(), to, rows)
}

/// The query that this command makes.
pub(super) fn ask<R: Resource>(command: Command, to: Recipient<Answer<R>>, rows: usize) -> Query {
    Query::new(command, Box::new(Typed { rows: Vec::with_capacity(rows), to }))
}

impl<R: Resource> Answer<R> {
    /// Judges how the reply ended; `except` are the ids that a follow knows better.
    pub(super) fn verdict(self, except: Vec<ItemId>) -> Verdict<R> {
        let Ended::Reply { outcome, at, took } = self.ended else { return Verdict::Lost };
        let cost = Cost { at, took, rows: outcome.rows, bytes: outcome.bytes };
        if let Some(state) = refused(&outcome) {
            return Verdict::Refused(state, cost);
        }
        let partial = outcome.is_partial();
        Verdict::Read(Reading { at, rows: self.rows, partial, except }, cost)
    }
}

/// The state of a table whose print brought no row but a refusal.
fn refused(outcome: &Outcome) -> Option<TableState> {
    let trap = outcome.traps.first()?;
    if outcome.is_partial() {
        return None;
    }
    Some(match trap.refusal() {
        Refusal::NoSuchCommand => TableState::Absent,
        Refusal::NotPermitted => TableState::Forbidden,
        _ => TableState::Failed(trap.message.clone()),
    })
}

struct Typed<R: Resource> {
    rows: Vec<R>,
    to: Recipient<Answer<R>>,
}

impl<R: Resource> Collect for Typed<R> {
    fn row(&mut self, row: Row<'_>, at: Instant) {
        if let Some(row) = R::from_row(row, at) {
            self.rows.push(row);
        }
    }

    fn end(self: Box<Self>, ended: Ended) {
        self.to.do_send(Answer { rows: self.rows, ended });
    }
}
