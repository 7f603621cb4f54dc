//! What the tests of the whole program share: the built program, running processes, a browser.

#[cfg(feature = "browser")]
pub mod browser;
pub mod corpus;
pub mod feed;
pub mod fresh;
pub mod hostile;
pub mod hostile_routers;
#[cfg(feature = "browser")]
pub mod house;
pub mod isp;
#[cfg(feature = "browser")]
pub mod keyboard;
pub mod metronome;
pub mod network;
pub mod open_hearted;
mod program;
pub mod recordings;
pub mod report;
pub mod secrets;
pub mod service;
pub mod stream;
pub mod wire;
mod running;
pub mod visitor;

pub use program::{in_folder, program};
pub use running::{Running, free_port};
