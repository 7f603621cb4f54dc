//! The actors: who waits for routers, who keeps what they say, and who hears of it.
//!
//! ```text
//! Fleet ── builds, checks, rebuilds ──► one crew a router, all on one arbiter:
//!
//! router ⇄ Connection ◄── queries ── Poller<R>, one a table ──┐
//!            two sessions: polls,                             ├─ readings ─► Monitor ─► watch cell, changes
//!            follows       ◄── listens ─ Follower<R>, three ──┘                 └─────► LogBook
//! ```
//!
//! Of a router that is recorded, the connection also tells a `Recorder`, which writes on a thread of its own.
//!
//! State flows one way. Who needs the newest state borrows it from a cell and never asks an actor. Backpressure
//! is the protocol's: a poller has one question in flight, a reading is one message however many rows it has.
//!
//! When an actor dies of a panic its whole crew is built anew; readers keep the last snapshot meanwhile. Fleet, log book,
//! keepers and recorders, of which there is one each, catch their own panics and go on. The
//! rules of actix that this rests on: an actor's panic ends that actor only, `connected()` tells, and
//! `Supervisor` would not restart it.

pub mod acting;
mod answer;
mod backoff;
pub mod check;
mod clock;
pub mod connection;
pub mod crew;
mod facts;
pub mod fleet;
pub mod groups;
mod follower;
pub mod jobs;
pub mod logs;
mod mistakes;
pub mod monitor;
mod pace;
#[cfg(test)]
mod peer;
mod poller;
pub mod recorder;
mod router_log;
mod schedule;
pub mod settings;

pub use crew::Stop;
pub use fleet::Fleet;
pub use groups::GroupStore;
pub use jobs::JobKeeper;
pub use logs::{LogBook, Obey};
pub use settings::SettingsKeeper;
