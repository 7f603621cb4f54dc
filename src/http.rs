//! What every request goes through, whoever answers it: which paths there are and who may use them, who asks, from
//! where and how much, what they may see, and how a refusal is told.

pub mod peer;
pub mod encoding;
pub mod hosts;
pub mod limits;
pub mod slow;
pub mod tls;
mod client;
mod configuring;
mod csrf;
mod door;
mod exports;
mod groups;
mod guard;
mod large;
mod logs;
mod extractors;
mod headers;
mod jobs;
mod performance;
pub mod problem;
mod routes;
mod seen;
mod upload;

#[cfg(test)]
pub(crate) mod example;

pub use client::{COOKIE, COOKIE_HTTPS, Client};
pub use configuring::{Configuring, Denied};
pub use door::Door;
pub use encoding::encodings;
pub use exports::Exports;
pub use extractors::{LONGEST_BODY, extractors, payload};
pub use groups::{Grouping, Refused};
pub use guard::guard;
pub use headers::{WithoutTrustedTypes, headers};
pub use hosts::Hosts;
pub use jobs::{Amiss, Jobs, Ordered};
pub use large::{LargeBody, LargeForm, LargeJson};
pub use logs::{LogQuery, Numbered};
pub use peer::Proxies;
pub use performance::{Performance, Process, RouteReport, performance};
pub use problem::{FieldError, Problem};
pub use routes::{Listed, RouteError, Routes, allowed, check, listed};
pub use seen::Seen;
pub use upload::Upload;
