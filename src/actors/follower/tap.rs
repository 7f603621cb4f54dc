//! The end of a follow at the connection: rows of one read become one message.

use crate::actors::clock;
use crate::actors::connection::{FollowEnd, FollowRows};
use crate::actors::monitor::FollowedRows;
use crate::domain::follow::Followed;
use crate::domain::resource::Resource;
use crate::domain::time::Moment;
use crate::routeros::Row;
use actix::prelude::*;
use std::time::Instant;

/// What a follow tells.
pub(super) enum News<R> {
    /// The router was asked; what changes from now on is reported.
    Started,
    /// Changes.
    Rows(FollowedRows<R>),
    /// The router will not report changes, and why.
    Refused(String),
    /// The session for follows is away.
    Lost,
}

impl<R: Resource> Message for News<R> {
    type Result = ();
}

/// Takes rows from the connection and passes them on.
pub(super) struct Tap<R: Resource> {
    to: Recipient<News<R>>,
    changes: Vec<Followed<R>>,
    at: Option<Instant>,
}

impl<R: Resource> Tap<R> {
    /// A tap that tells `to`.
    pub(super) fn new(to: Recipient<News<R>>) -> Self {
        Self { to, changes: Vec::new(), at: None }
    }
}

impl<R: Resource> FollowRows for Tap<R> {
    fn started(&mut self) {
        self.to.do_send(News::Started);
    }

    fn row(&mut self, row: Row<'_>, at: Instant) {
        self.changes.extend(Followed::from_row(row, at));
        self.at = Some(at);
    }

    fn caught_up(&mut self) {
        if let Some(at) = self.at.take() {
            let changes = std::mem::take(&mut self.changes);
            let at = Moment { instant: at, wall: clock::now().wall };
            self.to.do_send(News::Rows(FollowedRows { changes, at }));
        }
    }

    fn end(mut self: Box<Self>, end: FollowEnd) {
        self.caught_up();
        self.to.do_send(match end {
            FollowEnd::Refused(outcome) => News::Refused(
                outcome
                    .traps
                    .into_iter()
                    .next()
                    .map_or_else(|| "no reason given".to_owned(), |trap| trap.message),
            ),
            FollowEnd::Lost(_) => News::Lost,
        });
    }
}
