//! Carries actions out: one at a time on a router, each over a session of its own that ends with it.
//!
//! It is the only place that opens a session on which something can be changed.

mod outcome;
mod steps;
#[cfg(test)]
mod tests;

pub use outcome::{Afterwards, Outcome};

use super::clock;
use super::connection::{Credentials, Dial};
use super::crew::Stop;
use crate::domain::action::Action;
use crate::domain::router::RouterName;
use crate::routeros::Charset;
use actix::prelude::*;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
}

/// How long an action may wait for those before it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most actions that wait.
const MOST_WAITING: usize = 8;

/// Carries one action out and tells what became of it. It goes on to its end also when nobody waits for that.
#[derive(Debug, Clone, Message)]
#[rtype(result = "Outcome")]
pub struct Act {
    /// What to do.
    pub action: Action,
    asked: Instant,
}

impl Act {
    /// To be done now.
    pub fn now(action: Action) -> Self {
        Self { action, asked: clock::instant() }
    }
}

/// Who acts on one router.
#[derive(Debug)]
pub struct Acting {
    setup: ActingSetup,
}

impl Acting {
    /// Who acts on this router. It says nothing to it until there is something to do.
    pub fn new(setup: ActingSetup) -> Self {
        Self { setup }
    }
}

impl Actor for Acting {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MOST_WAITING);
    }
}

impl Handler<Act> for Acting {
    type Result = AtomicResponse<Self, Outcome>;

    fn handle(&mut self, Act { action, asked }: Act, _: &mut Self::Context) -> Self::Result {
        let setup = self.setup.clone();
        let is_late = PATIENCE < clock::instant().saturating_duration_since(asked);
        let done = async move {
            if is_late {
                return Outcome::Busy;
            }
            let outcome = steps::carry_out(&setup, &action).await;
            let (router, action, result) = (&setup.router, action.word(), outcome.word());
            tracing::info!(router.name = %router, action, outcome = result, "{action} on `{router}`: {result}");
            outcome
        };
        AtomicResponse::new(Box::pin(done.into_actor(self)))
    }
}

impl Handler<Stop> for Acting {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}
