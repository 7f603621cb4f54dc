//! What the tests of the whole program share: the built program, running processes, a browser.

mod program;
mod running;
#[cfg(feature = "browser")]
pub mod browser;

pub use program::program;
pub use running::{Running, free_port};
