//! Carries actions out: one at a time on a router, over a session of its own that ends soon after the last of them.
//!
//! It is the only place that opens a session on which something can be changed. Where write mode is off there is nobody
//! who acts, and so nobody to give an order to.

mod steps;
#[cfg(test)]
mod tests;

use super::clock;
use super::connection::{Credentials, Dial};
use super::poller::Again;
use crate::domain::action::Outcome;
use crate::domain::router::RouterName;
use crate::routeros::Charset;
use crate::state::ActionOrder;
use actix::prelude::*;
use futures_util::stream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use steps::Session;
use tokio::sync::mpsc;

/// How to reach a router in order to change something there.
#[derive(Debug, Clone)]
pub struct ActingSetup {
    /// Its name, for the log.
    pub router: RouterName,
    /// Opens connections to it, by the rules of the sessions that watch.
    pub dial: Arc<dyn Dial>,
    /// As whom we sign in: the user for changes, or the ordinary one if there is none.
    pub credentials: Credentials,
    /// How its text that is not UTF-8 is read.
    pub charset: Charset,
    /// The longest that opening, signing in, or an answer may take.
    pub deadline: Duration,
    /// Has what was changed read again at once.
    pub again: Again,
    /// Whether something may be changed, which somebody may switch off while an action is about to be sent.
    pub gate: Arc<AtomicBool>,
}

impl ActingSetup {
    fn is_open(&self) -> bool {
        self.gate.load(Ordering::SeqCst)
    }
}

/// How long an action may wait for those before it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most actions that wait.
const MOST_WAITING: usize = 8;

/// How long a session stays open for the next action: a router writes a line into its log for each sign-in.
const IDLE: Duration = Duration::from_millis(1_500);

/// Who acts on one router, as long as somebody may give orders.
pub struct Acting {
    setup: ActingSetup,
    /// A session that is open still, for the next action.
    open: Option<Session>,
    /// Ends it.
    closing: Option<SpawnHandle>,
}

impl Acting {
    /// Has somebody act on this router, who says nothing to it until there is something to do; gives where to send orders.
    pub fn begin(setup: ActingSetup, on: &ArbiterHandle) -> mpsc::Sender<ActionOrder> {
        let (orders, told) = mpsc::channel(MOST_WAITING);
        Self::start_in_arbiter(on, move |ctx| {
            ctx.add_stream(stream::unfold(told, async |mut told: mpsc::Receiver<_>| {
                told.recv().await.map(|order| (order, told))
            }));
            Self { setup, open: None, closing: None }
        });
        orders
    }

    /// Closes the open session when nothing is to be done on it for a while.
    fn close_soon(&mut self, ctx: &mut Context<Self>) {
        if self.open.is_some() {
            let close = |this: &mut Self, ctx: &mut Context<Self>| {
                if let Some(session) = this.open.take() {
                    ctx.spawn(session.leave().into_actor(this));
                }
            };
            self.closing = Some(ctx.run_later(IDLE, close));
        }
    }
}

impl std::fmt::Debug for Acting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Acting").field("setup", &self.setup).finish_non_exhaustive()
    }
}

impl Actor for Acting {
    type Context = Context<Self>;
}

impl StreamHandler<ActionOrder> for Acting {
    /// Nothing else is begun before this one is over. It goes on to its end also when nobody waits for that.
    fn handle(&mut self, order: ActionOrder, ctx: &mut Self::Context) {
        if let Some(closing) = self.closing.take() {
            ctx.cancel_future(closing);
        }
        let (setup, mut open) = (self.setup.clone(), self.open.take());
        let ActionOrder { action, asked, answer } = order;
        let is_late = PATIENCE < clock::instant().saturating_duration_since(asked);
        let acting = async move {
            if !setup.is_open() {
                return (Outcome::forbidden(), answer, open);
            }
            if is_late {
                return (Outcome::Busy, answer, open);
            }
            let outcome = steps::carry_out(&setup, &action, &mut open).await;
            let (router, action_word, result) = (&setup.router, action.word(), outcome.word());
            tracing::info!(router.name = %router, action = action_word, outcome = result, "{action_word} on `{router}`: {result}");
            if !matches!(outcome, Outcome::Unreachable { .. }) {
                setup.again.ask(action.table().path());
            }
            (outcome, answer, open)
        };
        ctx.wait(acting.into_actor(self).map(|(outcome, answer, open), this, ctx| {
            this.open = open;
            this.close_soon(ctx);
            // Somebody who left meanwhile is not told.
            drop(answer.send(outcome));
        }));
    }

    /// Nobody may give orders any more.
    fn finished(&mut self, ctx: &mut Self::Context) {
        let open = self.open.take();
        let leave = async move {
            if let Some(session) = open {
                session.leave().await;
            }
        };
        ctx.wait(leave.into_actor(self).map(|(), _, ctx| ctx.stop()));
    }
}
