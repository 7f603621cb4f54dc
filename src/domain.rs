//! What rows mean: pure types and functions, without sockets, clocks or actors.
//!
//! Time is an argument everywhere.

pub mod dhcp;
pub mod durations;
pub mod events;
pub mod find;
pub mod hotspot;
pub mod interface;
pub mod log_entry;
pub mod log_line;
pub mod network;
pub mod overview;
pub mod ppp;
pub mod rates;
pub mod resource;
pub mod router;
pub mod snapshot;
pub mod follow;
pub mod monitoring;
pub mod subscriber;
pub mod system;
pub mod time;
pub mod units;
pub mod id;
pub mod visible;
pub mod secrets;

#[cfg(test)]
pub(crate) mod example;
