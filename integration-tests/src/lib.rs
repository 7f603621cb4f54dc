//! What the tests of the whole program share: the built program, running processes, a browser.

#[cfg(feature = "browser")]
pub mod browser;
mod program;
mod running;

pub use program::program;
pub use running::{Running, free_port};
