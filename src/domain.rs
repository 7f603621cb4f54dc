//! What rows mean: pure types and functions, without sockets, clocks or actors.
//!
//! Time is an argument everywhere.

pub mod action;
pub mod attention;
pub mod bursts;
pub mod check;
pub mod configuration;
pub mod credential;
pub mod dhcp;
pub mod durations;
pub mod ethernet;
pub mod events;
pub mod find;
pub mod hotspot;
pub mod interface;
pub mod job;
pub mod line;
pub mod log_entry;
pub mod log_line;
pub mod network;
pub mod overview;
pub mod polling;
pub mod ppp;
pub mod rates;
pub mod recent;
pub mod resource;
pub mod rights;
pub mod router;
pub mod router_import;
pub mod snapshot;
pub mod follow;
pub mod groups;
pub mod monitoring;
pub mod subscriber;
pub mod system;
pub mod target;
pub mod tables;
pub mod time;
pub mod units;
pub mod vendors;
pub mod id;
pub mod visible;
pub mod wrong;
pub mod secrets;

#[cfg(test)]
pub(crate) mod example;
