//! What every request goes through, whoever answers it: which paths there are and who may use them, who asks, what they
//! may see, and how a refusal is told.

mod headers;
pub mod problem;
mod routes;
mod seen;

#[cfg(test)]
pub(crate) mod example;

pub use headers::headers;
pub use problem::Problem;
pub use routes::{RouteError, Routes, allowed, check};
pub use seen::Seen;
