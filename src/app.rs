//! What the program does, once its command line is understood.

mod credentials;
mod debug_log;
pub mod demo;
pub mod failure;
mod first_admin;
pub mod key;
pub mod options;
pub mod people;
mod process;
pub mod record;
pub mod replay;
pub mod serve;
pub mod simulate;
mod upkeep;

pub use crate::actors::check::{Asked, CheckOptions, check};
pub use demo::demo;
pub use failure::Failure;
pub use key::rotate_key;
pub use options::{DemoOptions, Protection, RecordOptions, ReplayOptions, ServeOptions, SimulateOptions};
pub use record::record;
pub use replay::replay;
pub use serve::serve;
pub use simulate::simulate;
