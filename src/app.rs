//! What the program does, once its command line is understood.

pub mod check;
pub mod demo;
pub mod failure;
pub mod options;
pub mod serve;
pub mod simulate;

pub use demo::demo;
pub use failure::Failure;
pub use options::{CheckOptions, DemoOptions, ServeOptions, SimulateOptions};
pub use serve::serve;
pub use simulate::simulate;
