//! What the program does, once its command line is understood.

pub mod backup;
mod control;
mod credentials;
mod debug_log;
pub mod demo;
pub mod failure;
mod first_admin;
pub mod keepers;
mod key;
pub mod options;
mod owner;
pub mod passphrase;
pub mod people;
mod process;
pub mod record;
pub mod replay;
pub mod restore;
pub mod serve;
pub mod simulate;
mod upkeep;

pub use crate::actors::check::{Asked, CheckOptions, Writing, check};
pub use backup::backup;
pub use demo::demo;
pub use failure::Failure;
pub use key::rotate_key;
pub use options::{
    BackupOptions, DemoOptions, Protection, RecordOptions, ReplayOptions, RestoreOptions, ServeOptions,
    SimulateOptions,
};
pub use record::record;
pub use replay::replay;
pub use restore::restore;
pub use serve::serve;
pub use simulate::simulate;
