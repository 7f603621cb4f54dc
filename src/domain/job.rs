//! Jobs: actions that somebody looks at, has begun, paused and ended, and what became of each.

use super::action::{Action, Afterwards, Denial, Outcome};
use super::router::RouterName;
use jiff::Timestamp;
use std::fmt::{Display, Formatter};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// The most actions of a job.
pub const MOST_STEPS: usize = 5_000;

/// The most actions that are begun in a second.
pub const FASTEST: u32 = 20;

/// What a job is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

impl Display for JobId {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Text that is the id of no job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a job is 16 hexadecimal digits")]
pub struct InvalidJobId;

impl FromStr for JobId {
    type Err = InvalidJobId;

    fn from_str(text: &str) -> Result<Self, InvalidJobId> {
        let is_id = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        u64::from_str_radix(text, 16).ok().filter(|_| is_id).map(Self).ok_or(InvalidJobId)
    }
}

/// How many actions are begun in a second, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(u32);

impl Pace {
    /// From one to [`FASTEST`]; `None` otherwise.
    pub fn new(per_second: u32) -> Option<Self> {
        (1..=FASTEST).contains(&per_second).then_some(Self(per_second))
    }

    /// How many.
    pub fn per_second(self) -> u32 {
        self.0
    }

    /// The time between two of them.
    pub fn interval(self) -> Duration {
        Duration::from_secs(1) / self.0
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self(5)
    }
}

/// One action of a job.
#[derive(Debug, Clone)]
pub struct Step {
    /// Where it is done.
    pub router: RouterName,
    /// What is done.
    pub action: Action,
    /// What became of it.
    pub state: StepState,
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq)]
pub enum StepState {
    /// It was not begun.
    Waiting,
    /// It came to nothing, and is begun again when the job goes on.
    Again(Outcome),
    /// It is under way.
    Acting,
    /// It is over.
    Ended(Outcome),
}

impl StepState {
    /// Whether it is still to be begun.
    pub fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting | Self::Again(_))
    }

    /// What became of it last.
    pub fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Again(outcome) | Self::Ended(outcome) => Some(outcome),
            Self::Waiting | Self::Acting => None,
        }
    }
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It is looked at, and nothing was begun.
    Prepared,
    /// Its actions are done one after the other.
    Running,
    /// It waits to be told to go on.
    Paused(Pause),
    /// Nothing of it is to be done any more, though not all was.
    Stopped,
    /// All was done.
    Over,
}

impl Phase {
    /// One word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Running => "running",
            Self::Paused(_) => "paused",
            Self::Stopped => "stopped",
            Self::Over => "over",
        }
    }
}

/// Why a job waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// Somebody wanted it to.
    Wanted,
    /// A router could not be reached: all others there would fail as well.
    Unreachable,
    /// A router does not let our user change anything.
    NotPermitted,
    /// Whoever had it go on may not have anything done there any more.
    NoRight,
    /// A router did not come to it: others kept it busy.
    Busy,
    /// An error in the program came between: nobody knows what became of one action.
    Broken,
    /// The audit log cannot be written, and nothing is done that does not stand in it.
    NotLogged,
}

impl Pause {
    /// One word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Unreachable => "unreachable",
            Self::NotPermitted => "not_permitted",
            Self::NoRight => "no_right",
            Self::Busy => "busy",
            Self::Broken => "broken",
            Self::NotLogged => "not_logged",
        }
    }
}

/// How many actions of a job are how far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not begun.
    pub waiting: usize,
    /// Under way.
    pub acting: usize,
    /// Done.
    pub done: usize,
    /// Not done, since the router refused, the row was another one, or the router was not reached.
    pub failed: usize,
    /// Of which nobody knows whether they were done.
    pub unknown: usize,
}

/// A list of actions, and how far it is. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Job {
    /// What it is called.
    pub id: JobId,
    /// Whose it is.
    pub who: String,
    /// When it was made.
    pub made: Timestamp,
    /// How fast it goes.
    pub pace: Pace,
    /// How far it is.
    pub phase: Phase,
    /// Its actions, in their order.
    pub steps: Vec<Arc<Step>>,
}

impl Job {
    /// How many actions are how far.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            let count = match &step.state {
                StepState::Waiting | StepState::Again(_) => &mut counts.waiting,
                StepState::Acting => &mut counts.acting,
                StepState::Ended(Outcome::Done { .. }) => &mut counts.done,
                StepState::Ended(Outcome::Unknown { .. }) => &mut counts.unknown,
                StepState::Ended(_) => &mut counts.failed,
            };
            *count += 1;
        }
        counts
    }

    /// The routers on which it does something.
    pub fn routers(&self) -> Vec<&RouterName> {
        let mut routers: Vec<&RouterName> = self.steps.iter().map(|step| &step.router).collect();
        routers.sort_unstable();
        routers.dedup();
        routers
    }

    /// The routers on which it will still do something.
    pub fn routers_ahead(&self) -> Vec<&RouterName> {
        let ahead = self.steps.iter().filter(|step| step.state.is_waiting());
        let mut routers: Vec<&RouterName> = ahead.map(|step| &step.router).collect();
        routers.sort_unstable();
        routers.dedup();
        routers
    }

    /// The next action that was not begun.
    pub fn next(&self) -> Option<usize> {
        self.steps.iter().position(|step| step.state.is_waiting())
    }

    /// Takes in how far one of its actions is.
    pub fn set(&mut self, at: usize, state: StepState) {
        if let Some(step) = self.steps.get_mut(at) {
            let step = Arc::make_mut(step);
            if matches!(state, StepState::Ended(_)) {
                step.action.forget_password();
            }
            step.state = state;
        }
    }

    /// Has it wait, or end: then nobody needs its passwords any more.
    pub fn halt(&mut self, to: Phase) {
        if to == Phase::Stopped {
            self.steps.iter_mut().for_each(|step| Arc::make_mut(step).action.forget_password());
        }
        self.phase = to;
    }

    /// Takes in what became of an action: where the next ones would fare alike, it waits instead of going on.
    pub fn ended(&mut self, at: usize, outcome: Outcome) {
        let pause = match &outcome {
            Outcome::Unreachable { .. } => Some(Pause::Unreachable),
            Outcome::Busy => Some(Pause::Busy),
            Outcome::Refused { denial: Denial::NotPermitted, .. } => Some(Pause::NotPermitted),
            _ => None,
        };
        // Nothing was done, so that it is done when the job goes on; the only one of a job is told as it ended.
        let is_again = pause.is_some() && 1 < self.steps.len();
        self.set(at, if is_again { StepState::Again(outcome) } else { StepState::Ended(outcome) });
        if let Some(pause) = pause.filter(|_| is_again)
            && matches!(self.phase, Phase::Running | Phase::Paused(Pause::Wanted))
        {
            self.phase = Phase::Paused(pause);
        }
        if self.next().is_none() && self.phase != Phase::Stopped {
            self.phase = Phase::Over;
        }
    }

    /// What takes back what was done, the last first.
    pub fn undo(&self) -> Vec<(RouterName, Action)> {
        let undo = |step: &Arc<Step>| match &step.state {
            StepState::Ended(Outcome::Done { after: Afterwards::Row(after) }) => {
                Some((step.router.clone(), step.action.undo(after)?))
            }
            _ => None,
        };
        self.steps.iter().rev().filter_map(undo).collect()
    }

    /// Whether nothing of it is under way, or will be without being told so.
    pub fn is_at_rest(&self) -> bool {
        self.phase != Phase::Running && self.counts().acting == 0
    }
}

#[cfg(test)]
mod tests;
