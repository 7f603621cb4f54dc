//! Other people's clients of the RouterOS API, run against simulated routers: what they see is what ours sees.
//!
//! They are written against real routers, so where they and ours agree, the simulator and our client are right in
//! the same way as the world outside. `integration-tests/run` installs them; nothing of them is linked or shipped.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its checks too"
)]

#[path = "other_clients/client.rs"]
mod client;
#[path = "other_clients/commands.rs"]
mod commands;
#[path = "other_clients/faults.rs"]
mod faults;
#[path = "other_clients/listening.rs"]
mod listening;
#[path = "other_clients/menus.rs"]
mod menus;
#[path = "other_clients/ours.rs"]
mod ours;
#[path = "other_clients/scrape.rs"]
mod scrape;
#[path = "other_clients/signing_in.rs"]
mod signing_in;
#[path = "other_clients/simulation.rs"]
mod simulation;
