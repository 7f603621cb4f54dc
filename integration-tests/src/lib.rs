//! What the tests of the whole program share: the built program, running processes, a browser.

#[cfg(feature = "browser")]
pub mod browser;
pub mod feed;
mod program;
pub mod report;
mod running;

pub use program::program;
pub use running::{Running, free_port};
