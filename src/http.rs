//! What every request goes through, whoever answers it: which paths there are and who may use them, who asks, what they
//! may see, and how a refusal is told.

mod extractors;
mod headers;
mod performance;
pub mod problem;
mod routes;
mod seen;

#[cfg(test)]
pub(crate) mod example;

pub use extractors::{LONGEST_BODY, extractors, payload};
pub use headers::{WithoutTrustedTypes, headers};
pub use performance::{Performance, RouteReport, performance};
pub use problem::Problem;
pub use routes::{Listed, RouteError, Routes, allowed, check, listed};
pub use seen::Seen;
