//! A router that is not there: a real RouterOS API server, for the demo and for tests.
//!
//! Everything that is not a real router stands behind the wire. The service and its tests talk to this module
//! through a socket (or an in-memory stream) and never through its types, so there is one code path above it.
//!
//! A [`World`] holds the router's menus as tables with a change feed; the service answers from it. Here a
//! synthetic ISP fills it, drawn from a seed, or a recording does.

pub mod churn;
pub mod clock;
pub mod computed;
pub mod connection;
pub mod conversation;
pub mod fault;
pub mod fleet;
pub mod guests;
pub mod isp;
pub mod jobs;
pub mod later;
pub mod listening;
pub mod log;
pub mod menus;
pub mod operator;
pub mod plan;
pub mod replay;
pub mod ros;
pub mod router;
pub mod said;
pub mod selection;
pub mod service;
pub mod stored;
pub mod subscribers;
pub mod traffic;
pub mod values;
pub mod world;

#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use fleet::{SimulateError, SimulateOptions, Started, start};
pub use listening::Listening;
pub use plan::{Policies, RouterPlan};
pub use replay::{Replay, ReplayClock, ReplayError, ReplayOptions, Replaying};
pub use ros::{Ros, UnknownRos};
pub use router::SimulatedRouter;
pub use service::ServiceCounters;
pub use world::World;
