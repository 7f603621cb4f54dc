//! A way for tests to have the fleet itself make a mistake, wherever it does something.

use super::Fleet;
use crate::actors::crew;
use crate::domain::router::RouterName;
use actix::prelude::*;

/// Where it is made, once.
#[derive(Debug, Clone, PartialEq, Eq, Message)]
#[rtype(result = "()")]
pub(super) enum Step {
    /// While crews are checked.
    Checking,
    /// While this router is arranged with others.
    Arranging(RouterName),
    /// While the crew of this router is built.
    Building(RouterName),
}

/// Panics here, if that is wanted.
pub(super) fn pass(wanted: &mut Option<Step>, here: &Step) {
    let is_here = wanted.as_ref() == Some(here);
    assert!(wanted.take_if(|_| is_here).is_none(), "a mistake of the fleet: {here:?}");
}

/// Has the building of this router's crew fail half-way, if that is wanted.
pub(super) fn fail_half_way(wanted: &mut Option<Step>, router: &RouterName) {
    if wanted.take_if(|wanted| matches!(wanted, Step::Building(name) if name == router)).is_some() {
        crew::fail_half_way();
    }
}

impl Handler<Step> for Fleet {
    type Result = ();

    fn handle(&mut self, step: Step, _: &mut Self::Context) {
        self.fails = Some(step);
    }
}
