//! A router that is not there: a real RouterOS API server, for the demo and for tests.
//!
//! Everything that is not a real router stands behind the wire. The service and its tests talk to this module
//! through a socket (or an in-memory stream) and never through its types, so there is one code path above it.
//!
//! A [`World`] holds the router's menus as tables with a change feed; the service answers from it. Here a
//! synthetic ISP fills it, drawn from a seed; something else may fill it just as well.

mod churn;
mod clock;
mod computed;
mod connection;
mod conversation;
mod fault;
mod isp;
mod jobs;
mod listening;
mod log;
mod menus;
mod plan;
mod ros;
mod router;
mod selection;
mod service;
mod stored;
mod subscribers;
mod traffic;
mod values;
mod world;

#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use listening::Listening;
pub use plan::{Policies, RouterPlan};
pub use ros::{Ros, UnknownRos};
pub use router::SimulatedRouter;
pub use service::ServiceCounters;
pub use world::World;
