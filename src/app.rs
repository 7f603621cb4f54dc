//! What the program does, once its command line is understood.

pub mod check;
mod credentials;
pub mod demo;
pub mod failure;
pub mod key;
pub mod options;
pub mod people;
mod process;
pub mod record;
pub mod replay;
pub mod serve;
pub mod simulate;

pub use demo::demo;
pub use failure::Failure;
pub use key::rotate_key;
pub use options::{
    CheckOptions, DemoOptions, Protection, RecordOptions, ReplayOptions, ServeOptions, SimulateOptions,
};
pub use record::record;
pub use replay::replay;
pub use serve::serve;
pub use simulate::simulate;
