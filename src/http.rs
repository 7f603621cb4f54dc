//! What every request goes through, whoever answers it: which paths there are and who may use them, who asks, from
//! where and how much, what they may see, and how a refusal is told.

pub mod peer;
pub mod encoding;
pub mod hosts;
pub mod limits;
pub mod slow;
pub mod tls;
mod client;
mod csrf;
mod door;
mod guard;
mod extractors;
mod headers;
mod performance;
pub mod problem;
mod routes;
mod seen;

#[cfg(test)]
pub(crate) mod example;

pub use client::{COOKIE, COOKIE_HTTPS, Client};
pub use door::Door;
pub use encoding::encodings;
pub use extractors::{LONGEST_BODY, extractors, payload};
pub use guard::guard;
pub use headers::{WithoutTrustedTypes, headers};
pub use hosts::Hosts;
pub use peer::Proxies;
pub use performance::{Performance, RouteReport, performance};
pub use problem::Problem;
pub use routes::{Listed, RouteError, Routes, allowed, check, listed};
pub use seen::Seen;
