//! What the program does, once its command line is understood.

pub mod check;
pub mod failure;
pub mod options;

pub use failure::Failure;
pub use options::{CheckOptions, DemoOptions, ServeOptions, SimulateOptions};
