//! What every request goes through, whoever answers it: which paths there are and who may use them, who asks, from
//! where and how much, what they may see, and how a refusal is told.

pub mod peer;
pub mod hosts;
pub mod limits;
pub mod slow;
pub mod tls;
mod client;
mod csrf;
mod door;
mod guard;
mod headers;
pub mod problem;
mod routes;
mod seen;

pub use client::Client;
pub use door::Door;
pub use guard::guard;
pub use headers::headers;
pub use hosts::Hosts;
pub use peer::Proxies;
pub use problem::Problem;
pub use routes::{RouteError, Routes, allowed, check};
pub use seen::Seen;
